#include "core/nn/layer_parts.h"

#include <cmath>

namespace nnrun {

std::string sample_text(const Shape& shape) {
  std::string s = "(N";
  for (int i = 1; i < shape.rank(); ++i) s += ", " + std::to_string(shape[i]);
  return s + (shape.rank() == 1 ? ",)" : ")");
}

void expect_rank(const LayerScope& s, int lo, int hi, const char* layout) {
  if (s.shape().rank() >= lo && s.shape().rank() <= hi) return;
  s.fail("", std::string("takes ") + layout + ", but the layer before it gives " +
                 sample_text(s.shape()));
}

void expect_groups(const LayerScope& s, int64_t in_channels, int64_t out_channels, int64_t groups) {
  if (in_channels % groups == 0 && out_channels % groups == 0) return;
  s.fail("groups", "groups is " + std::to_string(groups) +
                       ", which does not divide both in_channels " + std::to_string(in_channels) +
                       " and out_channels " + std::to_string(out_channels));
}

void expect_float(const LayerScope& s) {
  if (is_float(s.x().dtype())) return;
  s.fail("", std::string("takes floats, but the layer before it gives ") + name_of(s.x().dtype()),
         "indices are for an Embedding");
}

WeightBias weight_and_bias(LayerScope& s, const Shape& weight, int64_t bias_size, int64_t fan_in) {
  expect_float(s);
  const DType t = s.x().dtype();
  WeightBias w;
  w.weight = s.param("weight", {t, weight}, Init::kaiming_uniform(std::sqrt(5.0), fan_in));
  if (s.attrs.flag("bias")) {
    const double bound = 1 / std::sqrt(double(fan_in));
    w.bias = s.param("bias", {t, {bias_size}}, Init::uniform(-bound, bound));
  }
  return w;
}

AttrDecl inferred_size(std::string name, std::string doc) {
  return optional_attr(std::move(name), AttrKind::integer, doc + "; left out: what the input has")
      .at_least(1);
}

AttrDecl inplace_attr() { return attr("inplace", false, "as torch prints it; has no effect"); }

LayerDef activation(std::string name, std::string doc, std::string op,
                    std::vector<AttrDecl> attrs) {
  LayerDef d;
  d.name = std::move(name);
  d.doc = std::move(doc);
  d.attrs = std::move(attrs);
  d.build = [op = std::move(op)](LayerScope& s) {
    expect_float(s);
    Attrs a = s.attrs;
    a.erase("inplace");
    return s.b.call1(op, {s.x()}, a);
  };
  return d;
}

LayerDef inplace_activation(std::string name, std::string doc, std::string op,
                            std::vector<AttrDecl> attrs) {
  attrs.push_back(inplace_attr());
  return activation(std::move(name), std::move(doc), std::move(op), std::move(attrs));
}

LayerDef softmax_layer(std::string name, std::string doc, Var (*f)(Var x, int64_t dim)) {
  LayerDef d;
  d.name = std::move(name);
  d.doc = std::move(doc);
  d.attrs = {
      optional_attr("dim", AttrKind::integer,
                    "along which values sum to 1; left out: 1, where that is the only choice")};
  d.build = [f](LayerScope& s) {
    expect_float(s);
    if (s.attrs.has("dim")) return f(s.x(), s.attrs.integer("dim"));
    if (s.shape().rank() == 3 || s.shape().rank() < 2) {  // torch would take dim 0: the batch
      s.fail("dim", "dim is missing, and its input " + sample_text(s.shape()) + " leaves it open",
             "dim: -1 is the last dimension");
    }
    return f(s.x(), 1);
  };
  return d;
}

}  // namespace nnrun
