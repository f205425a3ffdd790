#include "core/base/text.h"
#include "core/model/read_sections.h"
#include "core/model/section.h"
#include "core/model/value.h"
#include "core/model/wiring.h"

namespace nnrun {
namespace {

std::vector<LayerConfig> read_layers(ReadContext& context, const Tree& tree,
                                     const std::string& path, const std::string& prefix);

/// The layers of a container under `key`.
std::vector<LayerConfig> read_inner(ReadContext& context, const ComponentTree& c, const char* key,
                                    const std::string& path, const std::string& full_name) {
  const Tree* t = c.map.find(key);
  if (t == nullptr || t->is_null()) return {};
  // Sequential's layers are called by their index alone, as in torch.
  const std::string prefix =
      full_name + (c.type.name == "Sequential" ? "." : std::string(".") + key + ".");
  return read_layers(context, *t, path + "." + key, prefix);
}

void read_container(ReadContext& context, const ComponentTree& c, const std::string& path,
                    const std::string& full_name, LayerConfig* layer) {
  layer->layers = read_inner(context, c, "layers", path, full_name);
  layer->shortcut = read_inner(context, c, "shortcut", path, full_name);
  if (c.map.find("layers") == nullptr) {
    context.issues.add(
        c.where, layer_title(*layer, full_name) + ": layers is missing (" + path + ".layers)");
  }
}

/// Keys that belong to the layer and not to its type's arguments.
std::vector<std::string> reserved_keys(const ComponentType& type) {
  if (!type.container) return {"type", "name", "inputs"};
  if (type.name != "Residual") return {"type", "name", "inputs", "layers"};
  return {"type", "name", "inputs", "layers", "shortcut"};
}

LayerConfig read_layer(ReadContext& context, const Tree& tree, const std::string& path,
                       size_t index, const std::string& prefix) {
  LayerConfig layer;
  context.issues.attempt(tree.where, [&] {
    const ComponentTree c = read_component_tree(tree, layers(), path);
    layer.type = c.type.name;
    layer.where = c.where;
    std::map<std::string, Where> marks;
    if (const Tree* t = c.map.find("name"); t != nullptr && !t->is_null()) {
      layer.name = read_text(*t, path + ".name");
      marks["name"] = t->where;
    }
    if (const Tree* t = c.map.find("inputs"); t != nullptr && !t->is_null()) {
      marks["inputs"] = t->where;
      if (t->is_sequence()) {
        for (const Tree& i : t->children) layer.inputs.push_back(read_text(i, path + ".inputs"));
      } else {
        layer.inputs.push_back(read_text(*t, path + ".inputs"));
      }
    }
    const std::string full_name =
        prefix + (layer.name.empty() ? std::to_string(index) : layer.name);
    Arguments a =
        read_arguments(context, c, reserved_keys(c.type), layer_title(layer, full_name), path);
    layer.attrs = std::move(a.given);
    layer.marks = std::move(a.marks);
    layer.marks.merge(marks);
    if (c.type.container) read_container(context, c, path, full_name, &layer);
  });
  return layer;
}

std::vector<LayerConfig> read_layers(ReadContext& context, const Tree& tree,
                                     const std::string& path, const std::string& prefix) {
  std::vector<LayerConfig> r;
  if (!tree.is_sequence()) {
    context.issues.add(tree.where, mismatch(path, tree, "a list of layers"), "- Linear(16, 2)");
    return r;
  }
  if (tree.children.empty()) context.issues.add(tree.where, path + " has no layers");
  for (size_t i = 0; i < tree.children.size(); ++i) {
    r.push_back(read_layer(context, tree.children[i], path + "." + std::to_string(i), i, prefix));
  }
  return r;
}

}  // namespace

ModelSpec read_model(ReadContext& context, const Tree* tree) {
  const SectionReader r(context, *model_file().find("model")->section, tree, "model");
  ModelSpec m;
  m.where = r.where();
  m.input_shape = r.integers("input_shape");
  m.input_shape_where = r.where("input_shape");
  if (const Tree* t = r.find("layers")) m.layers = read_layers(context, *t, "model.layers", "");
  return m;
}

}  // namespace nnrun
