// Broken plug-ins: each ends in one Error(backend) that says what is wrong, and we go on.
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>

#include "core/ops/op.h"
#include "core/plugin/file.h"
#include "core/plugin/fp_guard.h"
#include "core/plugin/host.h"
#include "core/plugin/probe.h"
#include "tests/plugin/support.h"

namespace nnrun::test {
namespace {

struct Bad {
  const char* name;
  const char* says;
};

class BadPlugin : public testing::TestWithParam<Bad> {};

TEST_P(BadPlugin, IsRefusedWithItsReason) {
  set_probe_timeout(std::chrono::seconds(1));
  const std::string file = kPlugins + GetParam().name + ".so";
  ASSERT_TRUE(std::filesystem::exists(file));
  const std::string text = refusal(Code::backend, [&] { load(file); });
  set_probe_timeout(std::chrono::seconds(10));
  EXPECT_SAYS(text, GetParam().says);
  EXPECT_SAYS(text, file);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadPlugin,
    testing::Values(
        Bad{"no_entry", "does not define nnr_plugin_entry_v0"},
        Bad{"entry_is_data", "is not a function"}, Bad{"null_plugin", "is a null pointer"},
        Bad{"other_major", "built for ABI 9.1, this nnrun has 0.1"},
        Bad{"newer_minor", "built for ABI 0.2, this nnrun has 0.1"},
        Bad{"size_zero", "struct_size 0"}, Bad{"size_small", "struct_size 8"},
        Bad{"size_huge", "struct_size 1073741824"}, Bad{"size_odd", "struct_size 75"},
        Bad{"null_init", "init is a null pointer"},
        Bad{"null_get_iface", "get_iface is a null pointer"},
        Bad{"null_name", "name is a null pointer"}, Bad{"name_not_utf8", "caf\\xe9"},
        Bad{"name_with_escape", "\\x1b[2Jgone"}, Bad{"name_without_end", "has no end"},
        Bad{"name_wild", "dies of signal 11"}, Bad{"constructor_exits", "ends the process"},
        Bad{"constructor_hangs", "stopped after 1 s"},
        Bad{"constructor_crashes", "dies of signal 11"},
        Bad{"constructor_aborts", "dies of signal 6"}, Bad{"unresolved", "not_there"},
        Bad{"missing_dependency", "libgone.so"}, Bad{"two_of_one_name", "two of its entries"},
        Bad{"init_fails", "the licence has expired"},
        Bad{"init_fails_without_text", "unknown status 77"},
        Bad{"exec_stack", "wants an executable stack"},
        Bad{"offers_nothing", "offers nothing that this nnrun knows"},
        Bad{"null_in_list", "entry 1 is a null pointer"},
        Bad{"short_table", "nnr_scalars has struct_size 8"},
        Bad{"formula_wrong", "scalar 'bad.formula_wrong'"},
        Bad{"default_wrong", "beta is 10, expected between 0 and 2"},
        Bad{"length_wrong", "does not end in a NUL"}, Bad{"changes_locale", "changes the locale"},
        Bad{"changes_folder", "changes the current folder"},
        Bad{"changes_handler", "changes the handler of signal 2"},
        Bad{"closes_stdout", "closes a standard stream"}, Bad{"exits_in_init", "ends the process"}),
    [](const auto& info) { return info.param.name; });

TEST(Plugin, OfATakenNameIsRefusedNamingBothFiles) {
  EXPECT_TRUE(load(kPlugins + "fine.so").ok);
  const std::string text = refusal(Code::backend, [] { load(kPlugins + "name_taken.so"); });
  EXPECT_SAYS(text, "bad.fine");
  EXPECT_SAYS(text, "/fine.so");
  EXPECT_SAYS(text, "/name_taken.so");
}

TEST(Plugin, ThatIsLoadedTwiceIsLoadedOnce) {
  const Folder f;
  std::filesystem::create_symlink(kPlugins + "fine.so", f.file("other.so"));
  EXPECT_EQ(load(kPlugins + "fine.so").file, load(f.file("other.so")).file);
}

TEST(Plugin, OfAnotherHashThanPinnedIsRefusedWithBoth) {
  PluginRequest r;
  r.name_or_file = kPlugins + "fine.so";
  r.sha256 = std::string(64, '0');
  const std::string text = refusal(Code::backend, [&] { load_plugin(r); });
  EXPECT_SAYS(text, "pinned 0000");
  EXPECT_SAYS(text, "file is " + inspect_plugin(r.name_or_file).sha256);
}

TEST(Plugin, WithoutWhatTheModelFileSaysItProvidesIsRefused) {
  PluginRequest r;
  r.name_or_file = kPlugins + "fine.so";
  r.provides = {"acme.swish"};
  EXPECT_SAYS(refusal(Code::backend, [&] { load_plugin(r); }), "does not provide 'acme.swish'");
}

TEST(Plugin, ThatSwitchesDenormalsOffIsPutRight) {
  std::string warned;
  set_plugin_log([&](int, const std::string& line) { warned += line; });
  const FpMode before = fp_mode();
  EXPECT_TRUE(load(kPlugins + "fast_math.so").ok);
  set_plugin_log({});
  EXPECT_EQ(fp_mode(), before);
  EXPECT_SAYS(warned, "floating-point mode");
}

TEST(Plugin, WhoseOpThrowsInInferIsAnErrorOfTheBackend) {
  load(kPlugins + "throws.so");
  Graph g;
  GraphBuilder b(g);
  const Var x = b.var(g.add_input("x", Type{DType::float32, {2}}));
  EXPECT_SAYS(refusal(Code::backend, [&] { b.call1("bad.throws", {x}); }), "no one caught this");
}

TEST(Plugin, ThatIsNotThereNamesEveryPathTried) {
  set_search_path({{"/nowhere/a", "/nowhere/b"}, {}});
  const std::string text = refusal(Code::backend, [] { load("gone"); });
  set_search_path({});
  EXPECT_SAYS(text, "/nowhere/a/nnrun-gone.so: no such file");
  EXPECT_SAYS(text, "/nowhere/b/nnrun-gone.so: no such file");
}

TEST(Plugin, FilesThatAreNoLibrariesSayWhatTheyAre) {
  const Folder f;
  auto reason = [&](const std::string& path) {
    return refusal(Code::backend, [&] { load(path); });
  };
  const std::string good = contents(kPlugins + "fine.so");
  EXPECT_SAYS(reason(f.write("empty.so", "")), "the file is empty");
  EXPECT_SAYS(reason(f.write("tiny.so", "abc")), "no ELF header");
  EXPECT_SAYS(reason(f.write("script.so", "#!/bin/sh\necho hi\n")), "it is a script");
  EXPECT_SAYS(reason(f.write("cut.so", good.substr(0, good.size() * 8 / 10))), "truncated");
  std::string other = good;
  other[4] = 1;
  EXPECT_SAYS(reason(f.write("narrow.so", other)), "not a 64 bit library");
  other = good;
  other[18] = char(0xf3);  // e_machine: RISC-V
  EXPECT_SAYS(reason(f.write("riscv.so", other)), "built for RISC-V");
  EXPECT_SAYS(reason("/proc/self/exe"), "not a shared library");
  EXPECT_SAYS(reason(f.path() + "/"), "not a regular file");
  ASSERT_EQ(::mkfifo(f.file("pipe.so").c_str(), 0600), 0);
  EXPECT_SAYS(reason(f.file("pipe.so")), "not a regular file");
  EXPECT_SAYS(reason(f.file("missing.so")), "no such file");
}

TEST(Plugin, ThatEveryoneMayWriteIsRefusedUnlessAllowed) {
  const Folder f;
  const std::string file = f.write("open.so", contents(kPlugins + "fine.so"));
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_SAYS(inspect_plugin(file).reason, "can be written by everyone");
  set_allow_insecure_plugins(true);
  const PluginInfo i = inspect_plugin(file);
  set_allow_insecure_plugins(false);
  EXPECT_TRUE(i.ok) << i.reason;
}

TEST(Plugin, IsInspectedWithoutBeingLoaded) {
  const PluginInfo bad = inspect_plugin(kPlugins + "constructor_crashes.so");
  EXPECT_FALSE(bad.ok);
  const PluginInfo good = inspect_plugin(kPlugins + "sdk_example.so");
  EXPECT_TRUE(good.ok) << good.reason;
  EXPECT_EQ(good.name, "sdk-example");
  EXPECT_EQ(good.version, "2.1.0");
  EXPECT_EQ(good.sha256.size(), 64u);
  EXPECT_NE(std::find(good.provides.begin(), good.provides.end(), "layer example.Scale"),
            good.provides.end());
}

TEST(Backend, ThatDoesNotExistNamesThoseThatDo) {
  const std::string text = refusal(Code::backend, [] { find_backend("refrence"); });
  EXPECT_SAYS(text, "there is no backend 'refrence'");
  EXPECT_SAYS(text, "did you mean 'reference'?");
}

TEST(Backend, ThatCannotRunSaysWhyEveryTime) {
  const SearchPath before = search_path();
  SearchPath path = before;
  path.command_line = {kPlugins + "backends"};
  set_search_path(path);
  for (int i = 0; i < 2; ++i) {
    const std::string closed = refusal(Code::backend, [] { find_backend("no_driver"); });
    EXPECT_SAYS(closed, "backend 'no_driver' cannot be used");
    EXPECT_SAYS(closed, "no driver: /dev/accelerator0 is missing");
    const std::string bare = refusal(Code::backend, [] { find_backend("no_device"); });
    EXPECT_SAYS(bare, "it finds no device on this machine");
  }
  set_search_path(before);
}

TEST(Backend, IsOpenedOnceAndGivesZeroedAlignedMemory) {
  const auto b = find_backend("reference");
  EXPECT_EQ(b, find_backend("reference"));
  ASSERT_FALSE(b->devices().empty());
  const auto memory = b->allocate({kDLCPU, 0}, 100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.get()) % 64, 0u);
  EXPECT_EQ(std::string(static_cast<const char*>(memory.get()), 100), std::string(100, '\0'));
}

TEST(Probe, KeepsGoodVerdictsByHash) {
  const Folder cache;
  const std::string before = std::getenv("XDG_CACHE_HOME") ? std::getenv("XDG_CACHE_HOME") : "";
  ::setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
  const PluginInfo i = inspect_plugin(kPlugins + "fine.so");
  const std::string verdict = cache.file("nnrun/probe/" + i.sha256 + "-0.1");
  EXPECT_TRUE(std::filesystem::exists(verdict));
  std::ofstream(verdict) << "not a verdict";  // a damaged one is made again
  EXPECT_TRUE(inspect_plugin(kPlugins + "fine.so").ok);
  EXPECT_SAYS(contents(verdict), "provides scalar bad.fine");
  ::setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);  // nowhere to keep it
  EXPECT_TRUE(inspect_plugin(kPlugins + "fine.so").ok);
  ::setenv("XDG_CACHE_HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace nnrun::test
