#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

/// (A, B, L) as (A, B, 1, L).
Shape flat(const char* what, const Shape& s) {
  need_rank("conv1d", what, s, 3);
  return {s[0], s[1], 1, s[2]};
}

/// The attributes of the conv2d over height 1.
Attrs attrs_2d(const Attrs& a) {
  return {{"stride", Ints{1, a.integer("stride")}},
          {"padding", Ints{0, a.integer("padding")}},
          {"dilation", Ints{1, a.integer("dilation")}},
          {"groups", a.integer("groups")}};
}

std::vector<Type> infer_conv1d(const OpCall& c) {
  takes("conv1d", c, 0, sdk::kFloats);
  same_dtype("conv1d", c, 0, c.in.size() - 1);
  Shape y = conv2d_shape("conv1d", attrs_2d(c.attrs), flat("input", c.shape(0)),
                         flat("weight", c.shape(1)));
  need_vector("conv1d", c, 2, "bias", y[1]);
  y.erase(2);
  return {{c.dtype(0), y}};
}

std::vector<Var> compose_conv1d(Builder& b, const Attrs& a, std::span<const Var> in) {
  const Var x = reshape(in[0], flat("input", in[0].shape()));
  const Var weight = reshape(in[1], flat("weight", in[1].shape()));
  const Var y = b.call1("conv2d", {x, weight, in.size() > 2 ? in[2] : Var{}}, attrs_2d(a));
  return {reshape(y, {y.shape()[0], y.shape()[1], y.shape()[3]})};
}

}  // namespace

OpDef op_conv1d() {
  OpDef d;
  d.name = "conv1d";
  d.doc = "cross-correlation of x (N, C, L) with weight (O, C/groups, K), plus bias (O)";
  d.min_in = 2;
  d.max_in = 3;
  d.attrs = {attr("stride", 1, "step of the window").at_least(1),
             attr("padding", 0, "zeros added on both sides").at_least(0),
             attr("dilation", 1, "distance between the taps of the kernel").at_least(1),
             attr("groups", 1, "channels are split into groups that do not mix").at_least(1)};
  d.infer = infer_conv1d;
  d.compose = compose_conv1d;
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, out[0], taps(c.shape(1)));
  };
  d.samples = {{{{{2, 3, 8}}, {{4, 3, 3}}, {{4}}}, {{"padding", 1}}},
               {{{{1, 4, 11}}, {{2, 2, 3}}}, {{"stride", 2}, {"dilation", 2}, {"groups", 2}}},
               {{{{0, 2, 5}}, {{3, 2, 5}}, {{3}}}, {}}};
  return d;
}

}  // namespace nnrun
