#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_embedding(const OpCall& c) {
  const Shape& weight = c.shape(0);
  need_rank("embedding", "weight", weight, 2);
  takes("embedding", c, 0, sdk::kFloats);
  takes("embedding", c, 1, NNR_I64);
  if (c.attrs.has("padding_idx")) {
    const int64_t i = c.attrs.integer("padding_idx");
    if (i < -weight[0] || i >= weight[0]) {
      op_error("embedding", "padding_idx " + std::to_string(i) + " is outside the " +
                                std::to_string(weight[0]) + " rows of weight");
    }
  }
  Shape y = c.shape(1);
  y.push_back(weight[1]);
  return {{c.dtype(0), y}};
}

std::vector<Var> compose_embedding(Builder& b, const Attrs&, std::span<const Var> in) {
  Shape y = in[1].shape();
  y.push_back(in[0].shape()[1]);
  const Var index = reshape(in[1], {in[1].shape().numel()});
  return {reshape(b.call1("index_select", {in[0], index}, {{"dim", 0}}), y)};
}

std::vector<Var> gradient_embedding(Builder& b, const GradCall& c) {
  const Var weight = c.in[0];
  const int64_t n = c.in[1].shape().numel();
  const Var index = reshape(c.in[1], {n});
  Var gy = reshape(c.gout[0], {n, weight.shape()[1]});
  if (c.attrs.has("padding_idx")) {
    const int64_t i = c.attrs.integer("padding_idx");
    const Var padding = eq(index, double(i < 0 ? i + weight.shape()[0] : i));
    gy = where(reshape(padding, {n, 1}), like(gy, 0), gy);
  }
  return {b.call1("index_add", {zeros_like(weight), index, gy}, {{"dim", 0}}), Var{}};
}

}  // namespace

OpDef op_embedding() {
  OpDef d;
  d.name = "embedding";
  d.doc =
      "rows of weight (V, D) by index int64 (...): (..., D). The row padding_idx gets no gradient";
  d.min_in = d.max_in = 2;
  d.attrs = {optional_attr("padding_idx", AttrKind::integer,
                           "row that is not trained; negative counts from the end")};
  d.infer = infer_embedding;
  d.compose = compose_embedding;
  d.gradient = gradient_embedding;
  const auto index = [](const Shape& s, double last) {
    return Sample::In{s, 0, last, DType::int64, true};
  };
  d.samples = {{{{{5, 3}}, index({7}, 4)}, {}},
               {{{{4, 2}}, index({2, 3}, 3)}, {}},
               {{{{6, 1}}, index({}, 5)}, {}},
               {{{{3, 4}}, index({0}, 2)}, {{"padding_idx", -1}}}};
  return d;
}

}  // namespace nnrun
