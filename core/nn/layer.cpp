#include "core/nn/layer.h"

#include <algorithm>
#include <cctype>
#include <mutex>

#include "core/nn/plugin_layer.h"
#include "core/nn/registry.h"
#include "core/ops/op.h"
#include "core/plugin/plugins.h"

namespace nnrun {

std::vector<LayerDef> builtin_layers();  // generated from the files of layers/

namespace {

const Registry<LayerDef>& builtins() {
  static const Registry<LayerDef> r("layer type", builtin_layers());
  return r;
}

/// What other frameworks call a layer that we have.
const std::map<std::string, std::string>& foreign_names() {
  static const std::map<std::string, std::string> names = {
      {"Dense", "Linear"},
      {"FullyConnected", "Linear"},
      {"InnerProduct", "Linear"},
      {"Conv", "Conv2d"},
      {"Convolution", "Conv2d"},
      {"Convolutional", "Conv2d"},
      {"Conv2DTranspose", "ConvTranspose2d"},
      {"Deconvolution", "ConvTranspose2d"},
      {"MaxPooling2D", "MaxPool2d"},
      {"AveragePooling2D", "AvgPool2d"},
      {"GlobalAveragePooling2D", "AdaptiveAvgPool2d(1)"},
      {"BatchNorm", "BatchNorm2d (of images) or BatchNorm1d"},
      {"BatchNormalization", "BatchNorm2d (of images) or BatchNorm1d"},
      {"LayerNormalization", "LayerNorm"},
      {"Swish", "SiLU"},
      {"Logistic", "Sigmoid"},
      {"Concatenate", "Concat"},
      {"Multiply", "Mul"},
      {"Reshape", "Unflatten or Flatten"},
      {"Lambda", "Formula"},
      {"Activation", "ReLU, Tanh, ..., or Formula"},
  };
  return names;
}

bool from_plugin(const OpDef& op) { return op.name.find('.') != std::string::npos; }

/// An op, or a scalar function, as a layer without parameters.
LayerDef op_layer(const OpDef& op) {
  LayerDef d;
  d.name = op.name;
  d.doc = op.doc;
  d.attrs = op.attrs;
  d.min_in = op.min_in;
  d.max_in = op.max_in;
  d.build = [name = op.name](LayerScope& s) { return s.b.call(name, s.in, s.attrs).at(0); };
  return d;
}

/// Everything that loaded plug-ins bring to model files, by full name. Definitions are made at
/// first sight and stay.
class PluginLayers {
 public:
  std::vector<const LayerDef*> all() {
    std::lock_guard lock(mutex_);
    for (const OpDef* op : all_ops()) {
      if (from_plugin(*op) && op->n_out == 1 && !made_.count(op->name)) {
        made_.emplace(op->name, op_layer(*op));
      }
    }
    for (const auto& [name, layer] : plugin_layers()) {
      if (!made_.count(name)) made_.emplace(name, plugin_layer_def(layer));
    }
    std::vector<const LayerDef*> r;
    for (const auto& [name, d] : made_) r.push_back(&d);
    return r;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, LayerDef> made_;
};

std::vector<const LayerDef*> layers_of_plugins() {
  static auto* p = new PluginLayers;  // lives as long as the plug-ins it points into
  return p->all();
}

/// soft_step -> SoftStep, as layers are written.
std::string camel(const std::string& name) {
  std::string r;
  bool up = true;
  for (char c : name) {
    if (c == '_') {
      up = true;
    } else {
      r += up ? char(std::toupper(static_cast<unsigned char>(c))) : c;
      up = false;
    }
  }
  return r;
}

std::string short_name(const std::string& full) { return full.substr(full.rfind('.') + 1); }

[[noreturn]] void unknown(const std::string& type, const std::vector<const LayerDef*>& plugins) {
  std::vector<std::string> names = builtins().names(), full;
  for (const LayerDef* d : plugins) {
    full.push_back(d->name);
    names.push_back(d->name);
    names.push_back(camel(short_name(d->name)));
  }
  auto foreign = foreign_names().find(type);
  const std::string hint = foreign != foreign_names().end() ? "here it is " + foreign->second
                                                            : did_you_mean(type, names);
  const std::string provided =
      full.empty() ? "and no plug-in that provides layers is loaded (plugins: [...])"
                   : "and plug-ins provide: " + join(full);
  throw Error(Code::model, "there is no layer '" + printable(type) + "'")
      .with_hint(hint.empty() ? "it is no built-in, " + provided : hint);
}

bool finite_number(const AttrValue& v) {
  return (v.kind() == AttrKind::integer || v.kind() == AttrKind::number) && v.count() == 1;
}

}  // namespace

const LayerDef& find_layer(const std::string& type) {
  if (const LayerDef* d = builtins().try_find(type)) return *d;
  const std::vector<const LayerDef*> plugins = layers_of_plugins();
  std::vector<const LayerDef*> found;
  for (const LayerDef* d : plugins) {
    if (d->name == type) return *d;
    const std::vector<std::string> names = names_of(*d);
    if (std::find(names.begin(), names.end(), type) != names.end()) found.push_back(d);
  }
  if (found.empty()) unknown(type, plugins);
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const LayerDef* d : found) names.push_back(d->name);
    throw Error(Code::backend, "'" + printable(type) + "' is ambiguous: " + join(names))
        .with_hint("write the full name");
  }
  return *found[0];
}

std::vector<std::string> names_of(const LayerDef& def) {
  if (builtins().try_find(def.name) != nullptr) return {def.name};
  const std::string s = short_name(def.name);
  return {def.name, s, camel(s)};
}

std::vector<const LayerDef*> all_layers() {
  std::vector<const LayerDef*> r = builtins().all();
  for (const LayerDef* d : layers_of_plugins()) r.push_back(d);
  std::sort(r.begin(), r.end(), [](auto* a, auto* b) { return a->name < b->name; });
  return r;
}

Attrs complete(const LayerDef& def, const LayerConfig& config, const std::string& owner) {
  std::vector<Error> errors;
  auto attempt = [&](const std::string& name, auto&& f) {
    auto mark = config.marks.find(name);
    try {
      f();
    } catch (Error& e) {
      errors.push_back(std::move(e).at(mark == config.marks.end() ? config.where : mark->second));
    }
  };
  Attrs good, own;
  for (const auto& [name, value] : config.attrs) {
    attempt(name, [&, &name = name, &value = value] {
      for (const AttrDecl& d : def.attrs) {
        if (d.name == name) {
          complete({d}, {{name, value}}, owner);
          good.set(name, value);
          return;
        }
      }
      if (def.any_number && finite_number(value)) {
        own.set(name, value);
      } else if (def.any_number) {
        throw Error(Code::model,
                    owner + ": " + name + " is " + printable(value.str()) + ", expected a number");
      } else {
        complete(def.attrs, {{name, value}}, owner);  // throws: unknown, with the nearest name
      }
    });
  }
  Attrs full;
  // What is missing may be what is misspelt above: one error, not two.
  if (errors.empty()) attempt("", [&] { full = complete(def.attrs, good, owner); });
  if (!errors.empty()) {
    Error first = std::move(errors.front());
    errors.erase(errors.begin());
    throw std::move(first).with_more(std::move(errors));
  }
  for (const auto& [name, value] : own) full.set(name, value);
  return full;
}

}  // namespace nnrun
