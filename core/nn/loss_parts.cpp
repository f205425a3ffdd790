#include "core/nn/loss_parts.h"

#include "core/ops/checks.h"

namespace nnrun {
namespace {

[[noreturn]] void misfit(const std::string& name, Var prediction, Var target,
                         const std::string& wanted, const std::string& hint) {
  throw Error(Code::model, name + ": the prediction is " + prediction.type().str() +
                               " and the target " + target.type().str() + ", expected " + wanted)
      .with_hint(hint);
}

}  // namespace

void expect_equal_shapes(const std::string& loss, Var prediction, Var target) {
  if (prediction.shape() == target.shape()) return;
  misfit(loss, prediction, target, "equal shapes",
         "one output needs one target column, which is (N, 1)");
}

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
    expect_equal_shapes(name, prediction, target);
    const Var p = widened(prediction);
    return b.call1(op, {p, cast(target, p.dtype())}, a);
  };
  return d;
}

AttrDecl class_numbers_attr(std::string name, std::string doc) {
  return optional_attr(std::move(name), AttrKind::number, std::move(doc) + "; left out: 1")
      .at_least(0)
      .count(1, 65'536);
}

Var class_numbers(Builder& b, const Attrs& a, const std::string& name, Var x, int64_t classes) {
  if (!a.has(name)) return {};
  const std::vector<double>& v = a.numbers(name);
  if (int64_t(v.size()) != classes) {
    throw Error(Code::model, name + " has " + std::to_string(v.size()) +
                                 (v.size() == 1 ? " value" : " values") + ", but there are " +
                                 std::to_string(classes) + " outputs");
  }
  return b.constant(Array::of<double>({classes}, v).cast(x.dtype()));
}

LossDef class_loss(std::string name, std::string doc, std::string op, std::vector<AttrDecl> attrs) {
  LossDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.attrs = std::move(attrs);
  d.attrs.insert(d.attrs.begin(), class_numbers_attr("weight", "of each class in the mean"));
  d.target = TargetKind::classes;
  d.build = [name, op = std::move(op)](Builder& b, const Attrs& a, Var prediction, Var target) {
    Shape without_classes = prediction.shape();
    if (prediction.rank() >= 2) without_classes.erase(1);
    if (prediction.rank() < 2 || target.shape() != without_classes ||
        target.dtype() != DType::int64) {
      misfit(name, prediction, target, "(N, classes) and int64 classes (N)",
             "the last layer has one output per class, and the target is one column of classes");
    }
    const Var p = widened(prediction);
    Attrs of_op = a;
    of_op.erase("weight");
    std::vector<Var> in = {p, target};
    if (const Var w = class_numbers(b, a, "weight", p, p.shape()[1])) in.push_back(w);
    return b.call(op, in, of_op).at(0);
  };
  return d;
}

}  // namespace nnrun
