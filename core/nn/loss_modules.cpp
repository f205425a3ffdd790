#include <nnrun/nn/losses.h>

#include <ostream>

#include "core/base/text.h"
#include "core/eager/call.h"
#include "core/nn/loss.h"

namespace nnrun::nn {

namespace {

/// As libtorch prints it: two of them are without brackets.
void print_loss(std::ostream& out, const std::string& name) {
  out << "torch::nn::" << name << (name == "SmoothL1Loss" || name == "HuberLoss" ? "" : "()");
}

}  // namespace

#define NNRUN_PRINT(Name, f) \
  void Name##Impl::pretty_print(std::ostream& out) const { print_loss(out, #Name); }
NNRUN_LOSSES(NNRUN_PRINT)
#undef NNRUN_PRINT

namespace functional {
namespace {

constexpr const char* names[] = {"none", "mean", "sum"};  // of reductions
constexpr size_t kMostLossTraces =
    64;  // a thread keeps; more kinds of losses than that and it starts anew

struct TracedLoss {
  const LossDef* def;
  Attrs attrs;
  Type input, target;
  const EagerDevice* device;
  Traced traced;
};

const Traced& find_trace(const LossDef& def, const Attrs& attrs, const Tensor& input,
                         const Tensor& target) {
  thread_local std::vector<std::unique_ptr<TracedLoss>> traces;
  const Type x = type_of(input), y = type_of(target);
  for (const auto& t : traces) {
    if (t->def == &def && t->input == x && t->target == y && t->device == &device_of(input) &&
        t->attrs == attrs) {
      return t->traced;
    }
  }
  auto t = std::make_unique<TracedLoss>(TracedLoss{&def, attrs, x, y, &device_of(input), {}});
  Graph& g = t->traced.graph;
  GraphBuilder b(g);
  const Var p = b.var(g.add_input("input", x)), q = b.var(g.add_input("target", y));
  t->traced.in = {p.id, q.id};
  t->traced.out = {def.build(b, attrs, p, q).id};
  t->traced.finish(*t->device);
  if (traces.size() >= kMostLossTraces) traces.clear();
  traces.push_back(std::move(t));
  return traces.back()->traced;
}

Tensor loss(const LossDef& def, const reduction_t& reduction, const Tensor& input,
            const Tensor& target, Attrs attrs = {}) {
  defined(input, def.name.c_str());
  defined(target, def.name.c_str());
  attrs.set("reduction", names[reduction.index()]);
  Tensor r;
  find_trace(def, attrs, input, target).replay(Borrowed<2>{&input, &target}, &r);
  return r;
}

// What only the values tell is looked at where that costs little: on a CPU.

void check_probabilities(const char* name, const Tensor& input) {
  defined(input, name);
  if (!input.is_cpu() || !input.is_floating_point()) return;
  const Tensor p = input.detach().to(kFloat).contiguous();
  for (int64_t i = 0; i < p.numel(); ++i) {
    const float v = p.data_ptr<float>()[i];
    if (v >= 0 && v <= 1) continue;
    throw Error(Code::model, std::string("[") + name + "] an input is " + number_text(v) +
                                 ", expected between 0 and 1")
        .with_hint("put a sigmoid before it, or use binary_cross_entropy_with_logits");
  }
}

Tensor reduce(const Tensor& losses, const reduction_t& reduction) {
  return reduction.index() == 0 ? losses : reduction.index() == 1 ? losses.mean() : losses.sum();
}

/// The op of that name, where the weights of the classes are a tensor.
Tensor weighted_loss(const EagerOp& op, const reduction_t& reduction, const Tensor& input,
                     const Tensor& target, const Tensor& weight, Attrs attrs) {
  attrs.set("reduction", names[reduction.index()]);
  const Tensor in[] = {input, target, weight};
  return call1(op, TensorSpan(in, 3), attrs);
}

/// As torch demands; our ops take what is out of range for ignored.
void check_classes(const std::string& op, const Tensor& target, int64_t classes, int64_t ignored) {
  if (!device_of(target).is_host() || body(target).dtype != DType::int64) return;
  const Array a = host_array(target);
  const int64_t n = a.numel(), *p = a.data<int64_t>();
  for (int64_t i = 0; i < n; ++i) {
    if ((p[i] >= 0 && p[i] < classes) || p[i] == ignored) continue;
    throw Error(Code::model, "[" + op + "] class " + std::to_string(p[i]) + " at element " +
                                 std::to_string(i) + ", expected less than " +
                                 std::to_string(classes))
        .with_hint("the input has " + std::to_string(classes) + " classes in dimension 1");
  }
}

/// A loss of classes; an input of one dimension is one sample.
Tensor class_loss(const LossDef& def, const EagerOp& op, const Tensor& input, const Tensor& target,
                  const Tensor& weight, const reduction_t& reduction, const Attrs& attrs) {
  if (input.defined() && target.defined() && input.dim() == 1) {
    const Tensor y =
        class_loss(def, op, input.unsqueeze(0), target.unsqueeze(0), weight, reduction, attrs);
    return reduction.index() == 0 ? y.squeeze(0) : y;
  }
  if (input.defined() && target.defined() && input.dim() > 1) {
    check_classes(op.def->name, target, input.size(1), attrs.integer("ignore_index"));
  }
  return weight.defined() ? weighted_loss(op, reduction, input, target, weight, attrs)
                          : loss(def, reduction, input, target, attrs);
}

/// The targets are probabilities of the classes.
Tensor soft_cross_entropy(const Tensor& input, const Tensor& target,
                          const CrossEntropyLossOptions& o) {
  const int64_t dim = input.dim() == 1 ? 0 : 1, classes = input.size(dim);
  const double smooth = o.label_smoothing();
  if (!isFloatingType(target.scalar_type())) {
    throw Error(Code::model, std::string("[cross_entropy] targets of the input's shape ") +
                                 body(input).shape.str() +
                                 " are probabilities, of floats, not of " +
                                 toString(target.scalar_type()))
        .with_hint("classes have the input's shape without dimension 1; probabilities are floats");
  }
  if (!(smooth >= 0 && smooth <= 1)) {
    throw Error(Code::model, "[cross_entropy] label_smoothing is " + std::to_string(smooth) +
                                 ", expected between 0 and 1");
  }
  const Tensor p = smooth > 0 ? target * (1 - smooth) + smooth / double(classes) : target;
  Tensor losses = -(nnrun::log_softmax(input, dim) * p);
  if (o.weight().defined()) {
    std::vector<int64_t> sizes(size_t(input.dim()), 1);
    sizes[size_t(dim)] = -1;
    losses = losses * o.weight().view(sizes);
  }
  losses = losses.sum({dim});
  return o.reduction().index() == 0 ? losses : reduce(losses, o.reduction());
}

}  // namespace

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& o) {
  static const LossDef& def = find_loss("L1Loss");
  return loss(def, o.reduction(), input, target);
}
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& o) {
  static const LossDef& def = find_loss("MSELoss");
  return loss(def, o.reduction(), input, target);
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossOptions& o) {
  static const LossDef& def = find_loss("SmoothL1Loss");
  return loss(def, o.reduction(), input, target, {{"beta", o.beta().value_or(1.0)}});
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossOptions& o,
                      double beta) {
  return smooth_l1_loss(input, target, SmoothL1LossOptions(o).beta(beta));
}
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& o) {
  static const LossDef& def = find_loss("HuberLoss");
  return loss(def, o.reduction(), input, target, {{"delta", o.delta()}});
}
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BCELossOptions& o) {
  static const LossDef& def = find_loss("BCELoss");
  check_probabilities("binary_cross_entropy", input);
  if (!o.weight().defined()) return loss(def, o.reduction(), input, target);
  return reduce(loss(def, kNone, input, target) * o.weight(), o.reduction());
}
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& o) {
  static const LossDef& def = find_loss("BCEWithLogitsLoss");
  if (!o.weight().defined() && !o.pos_weight().defined()) {
    return loss(def, o.reduction(), input, target);
  }
  Tensor losses;
  if (o.pos_weight().defined()) {
    // log(1 + exp(-x)) without overflow, times pos_weight where the target is 1.
    const Tensor softplus = log1p(exp(-abs(input))) + nnrun::relu(-input);
    losses = (1 - target) * input + ((o.pos_weight() - 1) * target + 1) * softplus;
  } else {
    losses = loss(def, kNone, input, target);
  }
  if (o.weight().defined()) losses = losses * o.weight();
  return reduce(losses, o.reduction());
}
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossOptions& o) {
  static const LossDef& def = find_loss("NLLLoss");
  static const EagerOp op("nll_loss");
  return class_loss(def, op, input, target, o.weight(), o.reduction(),
                    {{"ignore_index", o.ignore_index()}});
}
Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyLossOptions& o) {
  static const LossDef& def = find_loss("CrossEntropyLoss");
  static const EagerOp op("cross_entropy");
  if (defined(input, "cross_entropy").shape == defined(target, "cross_entropy").shape &&
      input.dim() > 0) {
    return soft_cross_entropy(input, target, o);
  }
  return class_loss(def, op, input, target, o.weight(), o.reduction(),
                    {{"ignore_index", o.ignore_index()}, {"label_smoothing", o.label_smoothing()}});
}

}  // namespace functional
}  // namespace nnrun::nn
