#include "core/nn/loss_parts.h"
#include "core/ops/checks.h"

namespace nnrun {
namespace {

constexpr char kName[] = "BCEWithLogitsLoss";

/// Target 1 of each column counts pos_weight times.
Var weighted(Builder& b, const Attrs& a, Var prediction, Var target) {
  expect_equal_shapes(kName, prediction, target);
  const Var x = widened(prediction), y = cast(target, x.dtype());
  const Var w = class_numbers(b, a, "pos_weight", x, x.shape().back());
  const Var each =
      b.call1("formula", {x, y, w},
              {{"expr", "(1 - x1)*x0 + (1 + (x2 - 1)*x1)*(max(-x0, 0) + log1p(exp(-abs(x0))))"},
               {"a", AttrValue::Numbers{}}});
  return a.text("reduction") == "sum" ? sum(each) : mean(each);
}

}  // namespace

LossDef loss_bce_with_logits() {
  LossDef d = value_loss(kName, "BCELoss of sigmoid(prediction), computed safely",
                         "binary_cross_entropy_with_logits", {mean_or_sum_attr()});
  d.attrs.push_back(class_numbers_attr("pos_weight", "of target 1 in each column"));
  d.build = [plain = d.build](Builder& b, const Attrs& a, Var prediction, Var target) {
    return a.has("pos_weight") ? weighted(b, a, prediction, target)
                               : plain(b, a, prediction, target);
  };
  return d;
}

}  // namespace nnrun
