#include "core/model/effective.h"

#include <charconv>
#include <cmath>
#include <filesystem>

#include "core/base/text.h"
#include "core/model/emit.h"
#include "core/model/read_sections.h"
#include "core/model/schema.h"

namespace nnrun {
namespace {

Tree plain(std::string text) { return Tree::scalar(std::move(text)); }
Tree plain(int64_t v) { return plain(std::to_string(v)); }
Tree plain(double v) { return plain(number_text(v)); }
Tree plain(bool v) { return plain(std::string(v ? "true" : "false")); }

Tree list(const std::vector<std::string>& texts) {
  Tree t = Tree::sequence();
  for (const std::string& s : texts) t.children.push_back(text_scalar(s));
  return t;
}

Tree value_tree(const AttrValue& v) {
  if (v.kind() == AttrKind::null) return {};
  if (v.kind() == AttrKind::text) return text_scalar(v.text());
  if (v.count() == 1) return plain(v.str());
  Tree t = Tree::sequence();
  if (v.kind() == AttrKind::integer) {
    for (int64_t x : v.ints()) t.children.push_back(plain(x));
  } else {
    for (double x : v.numbers()) t.children.push_back(plain(x));
  }
  return t;
}

/// A cell of an inline source: numbers stay numbers for whoever reads the file.
Tree cell(const std::string& text) {
  double value;
  const char* end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, value);
  const bool number = r.ec == std::errc() && r.ptr == end && std::isfinite(value);
  return number ? plain(text) : text_scalar(text);
}

/// A file that a plug-in entry names, from any folder; a name that is searched for stays one.
std::string plugin_file(const PluginSpec& p) {
  const std::string file = join_path(p.base_dir, p.name_or_file);
  const bool is_path = p.name_or_file.find('/') != std::string::npos;
  std::error_code none;
  const bool beside = p.name_or_file.size() > 3 &&
                      p.name_or_file.compare(p.name_or_file.size() - 3, 3, ".so") == 0 &&
                      std::filesystem::is_regular_file(file, none);
  return is_path || beside ? absolute_path(file) : p.name_or_file;
}

/// A mapping that is being filled; values get their places by their paths.
class Map {
 public:
  Map(const Spec& spec, std::string path) : spec_(spec), path_(std::move(path)) {
    tree_ = Tree::mapping();
  }

  std::string path_of(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }
  void put(const std::string& key, Tree value) {
    const auto origin = spec_.origins.find(path_of(key));
    if (origin != spec_.origins.end()) value.where = origin->second;
    tree_.add(key, std::move(value));
  }
  void text(const std::string& key, const std::string& v) { put(key, text_scalar(v)); }
  Tree take() { return std::move(tree_); }

 private:
  const Spec& spec_;
  std::string path_;
  Tree tree_;
};

class Effective {
 public:
  explicit Effective(const Spec& spec) : s_(spec) {}

  Tree tree() const {
    Map m(s_, "");
    m.put("nnrun", plain(kFormatVersion));
    m.text("name", s_.name);
    m.put("seed", plain(int64_t(s_.seed)));
    m.put("backend", backend());
    if (!s_.plugins.empty() || !s_.plugin_path.empty()) m.put("plugins", plugins());
    if (s_.data) m.put("data", data(*s_.data));
    m.put("model", model());
    if (s_.training) m.put("training", training(*s_.training));
    m.put("output", output());
    if (!s_.lint_off.empty()) {
      Map l(s_, "lint");
      l.put("off", list(s_.lint_off));
      m.put("lint", l.take());
    }
    return m.take();
  }

 private:
  Tree backend() const {
    const BackendSpec& b = s_.backend;
    Map m(s_, "backend");
    m.put("name", list(b.names));
    m.text("device", b.device);
    m.text("dtype", name_of(b.dtype));
    m.text("math", b.fast_math ? "fast" : "strict");
    m.text("fallback", b.fallback_error ? "error" : "warn");
    m.put("fuse", plain(b.fuse));
    m.put("threads", b.threads == 0 ? plain(std::string("auto")) : plain(int64_t(b.threads)));
    m.put("deterministic", plain(b.deterministic));
    m.put("measure_ms", plain(int64_t(b.measure_ms)));
    return m.take();
  }

  Tree plugins() const {
    Map m(s_, "plugins");
    if (!s_.plugin_path.empty()) {
      std::vector<std::string> folders;
      for (const std::string& p : s_.plugin_path) folders.push_back(absolute_path(p));
      m.put("path", list(folders));
    }
    Tree load = Tree::sequence();
    for (size_t i = 0; i < s_.plugins.size(); ++i) {
      const PluginSpec& p = s_.plugins[i];
      Map e(s_, "plugins.load." + std::to_string(i));
      e.text("file", plugin_file(p));
      if (!p.sha256.empty()) e.text("sha256", p.sha256);
      if (!p.provides.empty()) e.put("provides", list(p.provides));
      load.children.push_back(e.take());
    }
    if (!load.children.empty()) m.put("load", std::move(load));
    return m.take();
  }

  /// Arguments in the order of their declarations, then those that are not declared.
  void put_arguments(Map& m, const ComponentType& type, const Attrs& attrs,
                     const std::string& base_dir = "") const {
    Attrs rest = attrs;
    for (const AttrDecl& d : *type.attrs) {
      const AttrValue* v = attrs.find(d.name);
      if (v == nullptr) {
        if (!d.required && !d.optional) m.put(d.name, value_tree(d.dflt));
        continue;
      }
      if (d.is_path && v->text() != "-") {
        m.text(d.name, absolute_path(join_path(base_dir, v->text())));
      } else {
        m.put(d.name, value_tree(*v));
      }
      rest.erase(d.name);
    }
    for (const auto& [name, v] : rest) m.put(name, value_tree(v));
  }

  Tree component(const ComponentSpec& c, const ComponentKind& kind, const std::string& path) const {
    Map m(s_, path);
    m.text("type", c.type);
    put_arguments(m, kind.find(c.type), c.attrs);
    return m.take();
  }

  Tree source(const SourceConfig& c, const std::string& path) const {
    Map m(s_, path);
    m.text("type", c.type);
    put_arguments(m, sources().find(c.type), c.attrs, c.base_dir);
    if (!c.columns.empty()) m.put("columns", list(c.columns));
    if (!c.rows.empty()) {
      Tree rows = Tree::sequence();
      for (const auto& r : c.rows) {
        Tree row = Tree::sequence();
        for (const std::string& text : r) row.children.push_back(cell(text));
        rows.children.push_back(std::move(row));
      }
      m.put("rows", std::move(rows));
    }
    return m.take();
  }

  Tree data(const DataConfig& d) const {
    Map m(s_, "data");
    m.put("source", source(d.source, "data.source"));
    if (d.val) m.put("val", source(*d.val, "data.val"));
    if (d.test) m.put("test", source(*d.test, "data.test"));
    if (!d.features.empty()) m.put("features", list(d.features));
    if (!d.target.empty()) m.put("target", list(d.target));
    m.text("normalize", d.normalize);
    if (d.split) {
      Map p(s_, "data.split");
      p.put("train", plain(d.split->train));
      p.put("val", plain(d.split->val));
      p.put("test", plain(d.split->test));
      p.put("stratify", plain(d.split->stratify));
      m.put("split", p.take());
    }
    return m.take();
  }

  Tree layer_list(const std::vector<LayerConfig>& configs, const std::string& path) const {
    Tree t = Tree::sequence();
    for (size_t i = 0; i < configs.size(); ++i) {
      const LayerConfig& c = configs[i];
      const std::string own_path = path + "." + std::to_string(i);
      Map m(s_, own_path);
      m.text("type", c.type);
      if (!c.name.empty()) m.text("name", c.name);
      if (!c.inputs.empty()) m.put("inputs", list(c.inputs));
      put_arguments(m, layers().find(c.type), c.attrs);
      if (!c.layers.empty()) m.put("layers", layer_list(c.layers, own_path + ".layers"));
      if (!c.shortcut.empty()) m.put("shortcut", layer_list(c.shortcut, own_path + ".shortcut"));
      t.children.push_back(m.take());
    }
    return t;
  }

  Tree model() const {
    Map m(s_, "model");
    m.text("type", "Sequential");
    m.put("input_shape", shape());
    m.put("layers", layer_list(s_.model.layers, "model.layers"));
    return m.take();
  }

  Tree shape() const {
    Tree t = Tree::sequence();
    for (int64_t n : s_.model.input_shape) t.children.push_back(plain(n));
    return t;
  }

  Tree training(const TrainingSpec& t) const {
    Map m(s_, "training");
    m.put("epochs", plain(t.epochs));
    m.put("batch_size", plain(t.batch_size));
    m.put("shuffle", plain(t.shuffle));
    m.put("drop_last", plain(t.drop_last));
    m.put("loss", component(t.loss, losses(), "training.loss"));
    m.put("optimizer", component(t.optimizer, optimizers(), "training.optimizer"));
    if (t.scheduler)
      m.put("scheduler", component(*t.scheduler, schedulers(), "training.scheduler"));
    m.put("metrics", list(t.metrics));
    if (t.early_stopping) m.put("early_stopping", early_stopping(*t.early_stopping));
    Map c(s_, "training.checkpoint");
    c.put("every", plain(t.checkpoint.every));
    c.put("every_steps", plain(t.checkpoint.every_steps));
    c.put("keep_last", plain(t.checkpoint.keep_last));
    m.put("checkpoint", c.take());
    if (t.clip_grad_norm) m.put("clip_grad_norm", plain(*t.clip_grad_norm));
    if (t.clip_grad_value) m.put("clip_grad_value", plain(*t.clip_grad_value));
    m.text("on_nan", t.on_nan);
    return m.take();
  }

  Tree early_stopping(const EarlyStoppingSpec& e) const {
    Map m(s_, "training.early_stopping");
    m.text("monitor", e.monitor);
    m.put("patience", plain(e.patience));
    m.put("min_delta", plain(e.min_delta));
    m.put("restore_best", plain(e.restore_best));
    return m.take();
  }

  Tree output() const {
    const OutputSpec& o = s_.output;
    Map m(s_, "output");
    m.text("dir", o.dir);
    m.put("metrics", list(o.metrics));
    m.put("metrics_every",
          o.metrics_every == 0 ? plain(std::string("auto")) : plain(o.metrics_every));
    return m.take();
  }

  const Spec& s_;
};

std::string origin_text(const Where& where) {
  if (!where.known()) return "default";
  if (where.file == kOverrideFile) return "command line";
  return printable(where.file) + ":" + std::to_string(where.line);
}

}  // namespace

Tree effective_tree(const Spec& spec) { return Effective(spec).tree(); }

std::string to_yaml(const Spec& spec) { return emit_yaml(effective_tree(spec)); }

std::string to_yaml_with_origins(const Spec& spec) {
  return emit_yaml(effective_tree(spec), origin_text);
}

}  // namespace nnrun
