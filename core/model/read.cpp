#include "core/model/read.h"

#include <filesystem>

#include "core/base/text.h"
#include "core/model/read_sections.h"
#include "core/model/section.h"

namespace nnrun {
namespace {

namespace fs = std::filesystem;

ReadContext context_of(const std::string& file) {
  ReadContext c;
  c.base_dir = fs::path(file).parent_path().string();
  return c;
}

void check_version(ReadContext& context, const SectionReader& top) {
  const int64_t version = top.integer("nnrun");
  if (version > kFormatVersion) {
    context.issues.add(top.where("nnrun"),
                       "the file has format version " + std::to_string(version) +
                           ", this nnrun reads version " + std::to_string(kFormatVersion),
                       "a newer nnrun reads it");
  }
}

/// The name of runs must be the name of a folder.
std::string run_name(ReadContext& context, const SectionReader& top, const std::string& file) {
  if (!top.given("name")) {
    const std::string stem = fs::path(file).stem().string();
    const bool usable =
        !stem.empty() && stem != "-" && stem[0] != '.' && stem[0] != '<' && printable(stem) == stem;
    return usable ? stem : "model";
  }
  const std::string name = top.text("name");
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
      printable(name, 100) != name) {
    context.issues.add(top.where("name"),
                       "name is '" + printable(name, 100) + "', expected a name for a folder",
                       "up to 100 letters, without '/' and not beginning with '.'");
  }
  return name;
}

bool has_validation(const Spec& s) {
  return s.data && (s.data->val || (s.data->split && s.data->split->val > 0));
}

/// What early stopping watches must be computed.
void check_monitor(ReadContext& context, const Spec& s) {
  if (!s.training || !s.training->early_stopping) return;
  const EarlyStoppingSpec& e = *s.training->early_stopping;
  std::vector<std::string> known = {"loss"};
  known.insert(known.end(), s.training->metrics.begin(), s.training->metrics.end());
  for (size_t i = 0, n = known.size(); i < n; ++i) known.push_back("val_" + known[i]);
  bool found = false;
  for (const std::string& k : known) found = found || k == e.monitor;
  const auto origin = context.origins.find("training.early_stopping.monitor");
  const Where at = origin == context.origins.end() ? e.where : origin->second;
  if (!found) {
    std::string hint = did_you_mean(e.monitor, known);
    context.issues.add(at,
                       "training.early_stopping.monitor is '" + printable(e.monitor) +
                           "', expected one of: " + join(known),
                       hint.empty() ? "a metric must be in training.metrics" : hint);
  } else if (s.data && e.monitor.rfind("val_", 0) == 0 && !has_validation(s)) {
    context.issues.add(
        at,
        "training.early_stopping watches " + e.monitor + ", but there are no rows for validation",
        "give data.split a val part, or data.val, or monitor: loss");
  }
}

}  // namespace

std::string base_dir_of(const ReadContext& context, const Where& where) {
  if (where.file == kOverrideFile) return "";
  if (!where.known()) return context.base_dir;
  return fs::path(where.file).parent_path().string();
}

std::string join_path(const std::string& base_dir, const std::string& path) {
  return base_dir.empty() ? path : (fs::path(base_dir) / path).string();
}

std::string absolute_path(const std::string& path) { return fs::absolute(path).string(); }

PluginSections read_plugins(const Tree& tree, const std::string& file) {
  ReadContext context = context_of(file);
  Tree part = Tree::mapping(tree.where);
  for (const char* name : {"nnrun", "plugins", "backend"}) {
    if (const Tree* t = tree.find(name)) part.children.push_back(*t);
  }
  PluginSections r;
  if (const Tree* version = part.find("nnrun")) {
    Tree only = Tree::mapping(tree.where);
    only.children.push_back(*version);
    static const Section section = {"", "", {*model_file().find("nnrun")}};
    check_version(context, SectionReader(context, section, &only, ""));
  }
  read_plugin_section(context, part.find("plugins"), &r.path, &r.load);
  r.backend = read_backend(context, part.find("backend"));
  context.issues.raise();
  return r;
}

Spec read_spec(const Tree& tree, const std::string& file) {
  ReadContext context = context_of(file);
  const SectionReader top(context, model_file(), &tree, "");
  check_version(context, top);
  Spec s;
  s.file = file;
  s.name = run_name(context, top, file);
  s.seed = uint64_t(top.integer("seed"));
  s.backend = read_backend(context, top.find("backend"));
  read_plugin_section(context, top.find("plugins"), &s.plugin_path, &s.plugins);
  if (const Tree* t = top.find("data")) s.data = read_data(context, *t);
  s.model = read_model(context, top.find("model"));
  if (const Tree* t = top.find("training")) s.training = read_training(context, *t);
  s.output = read_output(context, top.find("output"));
  const SectionReader lint(context, *model_file().find("lint")->section, top.find("lint"), "lint");
  s.lint_off = lint.texts("off");
  check_monitor(context, s);
  s.origins = std::move(context.origins);
  context.issues.raise();
  return s;
}

}  // namespace nnrun
