#include "core/nn/plugin_layer.h"

#include "core/plugin/attrs_abi.h"
#include "core/plugin/builder_facade.h"

namespace nnrun {
namespace {

Init init_of(const nnr_init& i) {
  Init r;
  switch (i.kind) {
    case NNR_INIT_ZEROS: r.kind = InitKind::zeros; break;
    case NNR_INIT_ONES: r.kind = InitKind::ones; break;
    case NNR_INIT_UNIFORM: r.kind = InitKind::uniform; break;
    case NNR_INIT_NORMAL: r.kind = InitKind::normal; break;
    case NNR_INIT_KAIMING_UNIFORM: r.kind = InitKind::kaiming_uniform; break;
    case NNR_INIT_XAVIER_UNIFORM: r.kind = InitKind::xavier_uniform; break;
    case NNR_INIT_CONSTANT: r.kind = InitKind::constant; break;
    default: throw Error(Code::backend, "unknown nnr_init kind " + std::to_string(i.kind));
  }
  r.a = i.a;
  r.b = i.b;
  r.fan_in = i.fan_in;
  r.fan_out = i.fan_out;
  return r;
}

/// What the plug-in asks of its builder, done by the scope of the layer.
class ScopeHooks final : public LayerHooks {
 public:
  explicit ScopeHooks(LayerScope& s) : s_(s) {}
  Var param(const std::string& name, const Type& type, const nnr_init& init) override {
    return s_.param(name, type, init_of(init));
  }
  Var buffer(const std::string& name, const Type& type, const nnr_init& init,
             bool persistent) override {
    return s_.buffer(name, type, init_of(init), persistent);
  }
  void assign(Var buffer, Var value) override { s_.assign(buffer, value); }
  std::vector<Var> layer(const std::string& name, const std::string& type, const Attrs& attrs,
                         const std::vector<Var>& in) override {
    LayerConfig c;
    c.type = type;
    c.name = name;
    c.attrs = attrs;
    c.where = s_.config().where;
    return {s_.layer(c, name, in)};
  }
  Var rng(const std::string& purpose) override { return s_.rng(purpose); }
  Var step() override { return s_.step(); }

 private:
  LayerScope& s_;
};

}  // namespace

LayerDef plugin_layer_def(const PluginLayer& p) {
  const nnr_layer& layer = *p.layer;
  const std::string who = "layer '" + text_of(layer.name, "a layer's name") + "' of " + p.plugin;
  LayerDef d;
  d.name = text_of(layer.name, who);
  d.doc = text_of(layer.doc, who);
  d.attrs = decls_of(layer.attr, layer.n_attr, who);
  d.min_in = int(layer.min_in);
  d.max_in = int(layer.max_in);
  d.build = [&layer, who](LayerScope& s) {
    ScopeHooks hooks(s);
    BuilderFacade facade(s.b, who, &hooks, s.training);
    const AttrArray attrs(s.attrs);
    std::vector<uint32_t> in;
    for (Var v : s.in) in.push_back(facade.id(v));
    uint32_t out = NNR_NONE;
    facade.call([&](nnr_err* e) {
      return layer.build(attrs.data(), attrs.size(), facade.get(), in.data(), uint32_t(in.size()),
                         &out, e);
    });
    const Var y = facade.var(out);
    if (!y) throw Error(Code::backend, who + " gave no output");
    return y;
  };
  return d;
}

}  // namespace nnrun
