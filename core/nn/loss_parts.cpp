#include "core/nn/loss_parts.h"

#include "core/ops/functions.h"

namespace nnrun {
namespace {

[[noreturn]] void misfit(const std::string& name, Var prediction, Var target,
                         const std::string& wanted, const std::string& hint) {
  throw Error(Code::model, name + ": the prediction is " + prediction.type().str() +
                               " and the target " + target.type().str() + ", expected " + wanted)
      .with_hint(hint);
}

/// Losses of 16-bit predictions are computed in float32.
Var widened(Var x) { return size_of(x.dtype()) == 2 ? cast(x, DType::float32) : x; }

}  // namespace

AttrDecl mean_or_sum_attr() {
  return attr("reduction", "mean", "of the samples' losses").of({"mean", "sum"});
}

LossDef value_loss(std::string name, std::string doc, std::string op, std::vector<AttrDecl> attrs) {
  LossDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.attrs = std::move(attrs);
  d.target = TargetKind::values;
  d.build = [name, op = std::move(op)](Builder& b, const Attrs& a, Var prediction, Var target) {
    if (prediction.shape() != target.shape()) {
      misfit(name, prediction, target, "equal shapes",
             "one output needs one target column, which is (N, 1)");
    }
    const Var p = widened(prediction);
    return b.call1(op, {p, cast(target, p.dtype())}, a);
  };
  return d;
}

LossDef class_loss(std::string name, std::string doc, std::string op, std::vector<AttrDecl> attrs) {
  LossDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.attrs = std::move(attrs);
  d.target = TargetKind::classes;
  d.build = [name, op = std::move(op)](Builder& b, const Attrs& a, Var prediction, Var target) {
    Shape without_classes = prediction.shape();
    if (prediction.rank() >= 2) without_classes.erase(1);
    if (prediction.rank() < 2 || target.shape() != without_classes ||
        target.dtype() != DType::int64) {
      misfit(name, prediction, target, "(N, classes) and int64 classes (N)",
             "the last layer has one output per class, and the target is one column of classes");
    }
    return b.call1(op, {widened(prediction), target}, a);
  };
  return d;
}

}  // namespace nnrun
