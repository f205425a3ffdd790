#include "core/ops/losses.h"

#include <limits>

#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<double> numbers(const Attrs& a, const std::vector<AttrDecl>& decls) {
  std::vector<double> r;
  for (const AttrDecl& d : decls) r.push_back(a.number(d.name));
  return r;
}

Var formula(std::initializer_list<Var> x, const std::string& expr, std::vector<double> a) {
  return x.begin()->b->call1("formula", x, {{"expr", expr}, {"a", std::move(a)}});
}

}  // namespace

AttrDecl reduction_attr() {
  return attr("reduction", "mean", "what becomes of the losses of the elements")
      .of({"mean", "sum", "none"});
}

OpDef value_loss(ValueLoss loss) {
  OpDef d;
  d.name = loss.name;
  d.doc = loss.doc;
  d.min_in = d.max_in = 2;
  d.attrs = loss.number;
  d.attrs.push_back(reduction_attr());
  d.infer = [name = loss.name](const OpCall& c) -> std::vector<Type> {
    takes(name, c, 0, sdk::kFloats);
    same_dtype(name, c, 0, 1);
    if (c.shape(0) != c.shape(1)) {
      op_error(name, "prediction has shape " + c.shape(0).str() + ", target " + c.shape(1).str() +
                         "; they must be the same");
    }
    return {{c.dtype(0), c.attrs.text("reduction") == "none" ? c.shape(0) : Shape{}}};
  };
  d.compose = [loss](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const Var each = formula({in[0], in[1]}, loss.formula, numbers(a, loss.number));
    const std::string& how = a.text("reduction");
    return {how == "mean" ? mean(each) : how == "sum" ? sum(each) : each};
  };
  if (!loss.gradient0.empty()) {
    d.gradient = [loss](Builder&, const GradCall& c) -> std::vector<Var> {
      const Var x = c.in[0], y = c.in[1];
      Var g = c.gout[0];
      if (c.attrs.text("reduction") == "mean") g = g / double(x.shape().numel());
      const std::vector<double> a = numbers(c.attrs, loss.number);
      return {c.want[0] ? formula({x, y, g}, loss.gradient0, a) : Var{},
              c.want[1] ? formula({x, y, g}, loss.gradient1, a) : Var{}};
    };
  }
  d.samples = {{{{{4, 3}}, {{4, 3}}}, {}},
               {{{{2, 3, 5}}, {{2, 3, 5}}}, {{"reduction", "sum"}}},
               {{{{7}}, {{7}}}, {{"reduction", "none"}}},
               {{{{0, 2}}, {{0, 2}}}, {{"reduction", "sum"}}}};
  return d;
}

AttrDecl ignore_index_attr() {
  return attr("ignore_index", -100, "targets of this value do not count");
}

void check_classes(const std::string& op, const OpCall& c, size_t first) {
  takes(op, c, first, sdk::kFloats);
  const Shape &x = c.shape(first), &target = c.shape(first + 1);
  if (x.rank() < 2) op_error(op, "prediction has shape " + x.str() + "; (N, C, ...) is needed");
  takes(op, c, first + 1, NNR_I64);
  Shape expected = x;
  expected.erase(1);
  if (target != expected) {
    op_error(op, "prediction has shape " + x.str() + ", so target must have shape " +
                     expected.str() + ", not " + target.str());
  }
  if (c.has(first + 2)) {
    takes(op, c, first + 2, sdk::mask_of(c.dtype(first)));
    need_vector(op, c, first + 2, "weight", x[1]);
  }
}

Type class_loss_type(const OpCall& c) {
  return {c.dtype(0), c.attrs.text("reduction") == "none" ? c.shape(1) : Shape{}};
}

TargetWeights target_weights(Var target, Var class_weight, int64_t classes, DType dtype,
                             int64_t ignore_index) {
  Builder& b = *target.b;
  const Var ignored = eq(target, b.constant(Array::scalar(ignore_index)));
  const Var valid = logical_and(ge(target, 0.0), lt(target, double(classes)));
  const Var index = where(valid, target, like(target, 0));
  Var w = scalar(b, dtype, 1);
  if (class_weight) {
    const Var flat = reshape(index, {index.shape().numel()});
    w = reshape(b.call1("index_select", {class_weight, flat}, {{"dim", 0}}), target.shape());
  }
  w = where(valid, w, scalar(b, dtype, std::numeric_limits<double>::quiet_NaN()));
  return {ignored, where(ignored, scalar(b, dtype, 0), w), index};
}

Var class_loss(Var log_prob, Var target, Var class_weight, const Attrs& a, double smoothing) {
  const int64_t classes = log_prob.shape()[1];
  const TargetWeights t =
      target_weights(target, class_weight, classes, log_prob.dtype(), a.integer("ignore_index"));
  const Var picked = log_prob.b->call1("gather", {log_prob, unsqueeze(t.index, 1)}, {{"dim", 1}});
  Var each = reshape(picked, target.shape()) * t.weight * (smoothing - 1);
  if (smoothing > 0) {
    const Var all = class_weight ? log_prob * along_channels(class_weight, log_prob) : log_prob;
    each = each - sum(all, {1}) * (smoothing / double(classes));
  }
  each = where(t.ignored, like(each, 0), each);
  const std::string& how = a.text("reduction");
  if (how == "none") return each;
  return how == "sum" ? sum(each) : sum(each) / sum(t.weight);
}

std::vector<Sample> class_loss_samples(bool with_gy) {
  const auto target = [](const Shape& s, double last) {
    return Sample::In{s, 0, last, DType::int64, true};
  };
  std::vector<Sample> samples = {
      {{{{5, 4}, -3, 0}, target({5}, 3)}, {}},
      {{{{4, 3}, -3, 0}, target({4}, 2), {{3}, 0.5, 2}}, {{"ignore_index", 1}}},
      {{{{2, 3, 4}, -3, 0}, target({2, 4}, 2), {{3}, 0.5, 2}}, {{"reduction", "sum"}}},
      {{{{2, 5, 2, 3}, -3, 0}, target({2, 2, 3}, 4)}, {{"reduction", "none"}}},
      {{{{0, 3}, -3, 0}, target({0}, 2)}, {{"reduction", "sum"}}}};
  if (with_gy) {
    for (Sample& s : samples) {
      const bool none = s.attrs.has("reduction") && s.attrs.text("reduction") == "none";
      s.in.insert(s.in.begin(), {none ? s.in[1].shape : Shape{}});
    }
  }
  return samples;
}

}  // namespace nnrun
