/* A plug-in of one scalar, and the ways in which it can be broken: BAD says which one this is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <nnrun/plugin.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT(s) \
  { s, sizeof(s) - 1 }
enum {
  fine,
  no_entry,
  entry_is_data,
  null_plugin,
  other_major,
  newer_minor,
  size_zero,
  size_small,
  size_huge,
  size_odd,
  null_init,
  null_get_iface,
  null_name,
  name_not_utf8,
  name_with_escape,
  name_without_end,
  name_wild,
  constructor_exits,
  constructor_hangs,
  constructor_crashes,
  constructor_aborts,
  unresolved,
  missing_dependency,
  two_of_one_name,
  name_taken,
  init_fails,
  init_fails_without_text,
  fast_math,
  exec_stack,
  offers_nothing,
  null_in_list,
  short_table,
  formula_wrong,
  default_wrong,
  length_wrong,
  changes_locale,
  changes_folder,
  changes_handler,
  closes_stdout,
  exits_in_init
};

#define PASTE(a, b) a##b

static const double one = 1.0, ten = 10.0;
static const nnr_attr_decl beta = {
    sizeof beta,
    0,
    {TEXT("beta"), NNR_FLOAT, 0, 1, BAD == default_wrong ? &ten : &one},
    TEXT("slope"),
    0,
    2,
    NULL,
    0,
    1,
    1,
    0};
static const nnr_attr_decl* const attrs[] = {&beta};
static const nnr_scalar scalar = {.struct_size = sizeof scalar,
                                  .name = TEXT(BAD_SCALAR),
                                  .doc = {"beta * x", BAD == length_wrong ? 3 : 8},
                                  .n_in = 1,
                                  .n_attr = 1,
                                  .attr = attrs,
                                  .value = {BAD == formula_wrong ? "a0*x0 +" : "a0*x0  ", 7}};
static const nnr_scalar* const list[] = {&scalar, BAD == null_in_list ? NULL : &scalar};
static const nnr_scalars api = {BAD == short_table ? 8 : sizeof api,
                                BAD == two_of_one_name || BAD == null_in_list ? 2 : 1, list};

static nnr_status init(const nnr_host* h, nnr_err* e) {
  (void)h;
  if (BAD == init_fails) {
    e->msg_len = (uint32_t)strlen(strcpy(e->msg, "the licence has expired"));
    return NNR_E_UNSUPPORTED;
  }
  if (BAD == init_fails_without_text) return 77;
  if (BAD == changes_locale) setlocale(LC_ALL, "C.UTF-8");
  if (BAD == changes_folder && chdir("/")) return NNR_E_INTERNAL;
  if (BAD == changes_handler) signal(SIGINT, SIG_IGN);
  if (BAD == closes_stdout) close(1);
  if (BAD == exits_in_init) exit(0);
  return NNR_OK;
}
static const void* get_iface(const char* id) {
  return BAD == offers_nothing || strcmp(id, NNR_SCALARS_ID) ? NULL : &api;
}
static void shut_down(void) {}

/* A megabyte of text up to the end of its pages. */
static const char* endless(void) {
  char* p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memset(p, 'a', 1 << 20);
}
static const char* name(void) {
  switch (BAD) {
    case null_name: return NULL;
    case name_not_utf8: return "caf\xe9";
    case name_with_escape: return "\x1b[2Jgone";
    case name_without_end: return endless();
    case name_wild: return (const char*)16;
    default: return BAD_PLUGIN;
  }
}
static uint32_t size(void) {
  switch (BAD) {
    case size_zero: return 0;
    case size_small: return 8;
    case size_huge: return 1u << 30;
    case size_odd: return sizeof(nnr_plugin) + 3;
    default: return sizeof(nnr_plugin);
  }
}

void not_there(void);

#define ENTRY PASTE(nnr_plugin, _entry_v0)
#if BAD_IS_no_entry
NNR_EXPORT const nnr_plugin* nnr_plugin_entry_v9(void);
#undef ENTRY
#define ENTRY nnr_plugin_entry_v9
#elif BAD_IS_entry_is_data
NNR_EXPORT int entry_data __asm__("nnr_plugin_entry_v0") = 1;
#undef ENTRY
#define ENTRY other_entry
static const nnr_plugin* other_entry(void) __attribute__((used));
#endif

const nnr_plugin* ENTRY(void) {
  static nnr_plugin p;
#if BAD_IS_unresolved || BAD_IS_missing_dependency
  not_there();
#endif
  p = (nnr_plugin){size(),
                   BAD == other_major ? 9 : NNR_ABI_MAJOR,
                   BAD == newer_minor ? NNR_ABI_MINOR + 1 : NNR_ABI_MINOR,
                   NNR_ABI_MINOR,
                   name(),
                   "1.0.0",
                   "MIT",
                   "",
                   BAD == null_init ? NULL : init,
                   BAD == null_get_iface ? NULL : get_iface,
                   shut_down};
  return BAD == null_plugin ? NULL : &p;
}

__attribute__((constructor)) static void at_load(void) {
  if (BAD == constructor_exits) _exit(0);
  if (BAD == constructor_hangs) pause();
  if (BAD == constructor_crashes) *(volatile int*)16 = 1;
  if (BAD == constructor_aborts) abort();
}
