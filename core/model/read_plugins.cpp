#include "core/base/text.h"
#include "core/model/read_sections.h"
#include "core/model/section.h"
#include "core/model/value.h"

namespace nnrun {
namespace {

#if defined(__x86_64__)
constexpr const char* kPlatform = "linux-x86_64";
#elif defined(__aarch64__)
constexpr const char* kPlatform = "linux-aarch64";
#else
constexpr const char* kPlatform = "linux-unknown";
#endif

std::string read_hash(const Tree& t, const std::string& what) {
  if (t.is_mapping()) {
    for (const Tree& c : t.children) {
      if (c.key == kPlatform) return read_hash(c, what + "." + c.key);
    }
    throw Error(code_at(t.where), what + " has no hash for " + kPlatform).at(t.where);
  }
  std::string s = read_text(t, what);
  for (char& c : s) c = c >= 'A' && c <= 'F' ? char(c + 32) : c;
  if (s.size() != 64 || s.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw Error(code_at(t.where), mismatch(what, t, "64 hexadecimal digits"))
        .at(t.where)
        .with_hint("nnrun plugins hash FILE prints them");
  }
  return s;
}

PluginSpec read_entry(ReadContext& context, const Tree& tree, const std::string& path) {
  const Section& section = *model_file().find("plugins")->section->find("load")->section;
  const SectionReader r(context, section, &tree, path);
  PluginSpec p;
  p.where = r.where("file");
  p.name_or_file = r.text("file");
  p.base_dir = base_dir_of(context, p.where);
  p.provides = r.texts("provides");
  if (const Tree* t = r.find("sha256")) {
    context.issues.attempt(t->where, [&] { p.sha256 = read_hash(*t, r.path_of("sha256")); });
  }
  return p;
}

}  // namespace

BackendSpec read_backend(ReadContext& context, const Tree* tree) {
  const SectionReader r(context, *model_file().find("backend")->section, tree, "backend");
  BackendSpec b;
  b.names = r.texts("name");
  b.device = r.text("device");
  parse_dtype(r.text("dtype"), &b.dtype);
  b.fast_math = r.text("math") == "fast";
  b.fallback_error = r.text("fallback") == "error";
  b.fuse = r.flag("fuse");
  b.threads = int(r.integer_or_auto("threads"));
  b.deterministic = r.flag("deterministic");
  b.measure_ms = int(r.integer("measure_ms"));
  b.marks = r.marks();
  b.where = r.where();
  if (b.names.empty()) context.issues.add(r.where("name"), "backend.name names no backend");
  return b;
}

void read_plugin_section(ReadContext& context, const Tree* tree, std::vector<std::string>* path,
                         std::vector<PluginSpec>* load) {
  const SectionReader r(context, *model_file().find("plugins")->section, tree, "plugins");
  const std::string base = base_dir_of(context, r.where("path"));
  for (const std::string& p : r.texts("path")) path->push_back(join_path(base, p));
  const Tree* entries = r.find("load");
  if (entries == nullptr) return;
  if (!entries->is_sequence()) {
    load->push_back(read_entry(context, *entries, "plugins.load"));
    return;
  }
  for (size_t i = 0; i < entries->children.size(); ++i) {
    load->push_back(read_entry(context, entries->children[i], "plugins.load." + std::to_string(i)));
  }
}

}  // namespace nnrun
