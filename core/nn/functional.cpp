#include <nnrun/nn/functional.h>

#include <algorithm>

#include "core/eager/call.h"
#include "core/eager/generator.h"

namespace nnrun::nn::functional {
namespace {

Tensor apply3(const EagerOp& op, const Tensor& x, const Tensor& y, const Tensor& z,
              const Attrs& attrs) {
  const Tensor in[] = {x, y, z};
  return call1(op, TensorSpan(in, 3), attrs);
}

/// f of a batch; one sample, of `rank` dimensions, becomes a batch and back.
template <class F> Tensor batched(const Tensor& x, int rank, F&& f) {
  return x.defined() && x.dim() == rank ? f(x.unsqueeze(0)).squeeze(0) : f(x);
}

Tensor as(const Tensor& t, optional<Dtype> dtype) { return dtype ? t.to(*dtype) : t; }

}  // namespace

#define NNRUN_FUNCTION(f, op_name, Options, ...)    \
  Tensor f(const Tensor& input, const Options& o) { \
    static const EagerOp op(op_name);               \
    static_cast<void>(o);                           \
    return call1(op, input, Attrs __VA_ARGS__);     \
  }
NNRUN_FUNCTION(relu, "relu", ReLUFuncOptions, {})
NNRUN_FUNCTION(relu6, "relu6", ReLU6FuncOptions, {})
NNRUN_FUNCTION(selu, "selu", SELUFuncOptions, {})
NNRUN_FUNCTION(elu, "elu", ELUFuncOptions, {{"alpha", o.alpha()}})
NNRUN_FUNCTION(celu, "celu", CELUFuncOptions, {{"alpha", o.alpha()}})
NNRUN_FUNCTION(leaky_relu, "leaky_relu", LeakyReLUFuncOptions,
               {{"negative_slope", o.negative_slope()}})
NNRUN_FUNCTION(gelu, "gelu", GELUFuncOptions, {{"approximate", o.approximate()}})
NNRUN_FUNCTION(hardtanh, "hardtanh", HardtanhFuncOptions,
               {{"min_val", o.min_val()}, {"max_val", o.max_val()}})
NNRUN_FUNCTION(hardshrink, "hardshrink", HardshrinkFuncOptions, {{"lambd", o.lambda()}})
NNRUN_FUNCTION(softshrink, "softshrink", SoftshrinkFuncOptions, {{"lambd", o.lambda()}})
NNRUN_FUNCTION(softplus, "softplus", SoftplusFuncOptions,
               {{"beta", o.beta()}, {"threshold", o.threshold()}})
NNRUN_FUNCTION(threshold, "threshold", ThresholdFuncOptions,
               {{"threshold", o.threshold()}, {"value", o.value()}})
#undef NNRUN_FUNCTION
#define NNRUN_FUNCTION(f, op_name)    \
  Tensor f(const Tensor& input) {     \
    static const EagerOp op(op_name); \
    return call1(op, input);          \
  }
NNRUN_FUNCTION(silu, "silu")
NNRUN_FUNCTION(mish, "mish")
NNRUN_FUNCTION(logsigmoid, "log_sigmoid")
NNRUN_FUNCTION(softsign, "softsign")
NNRUN_FUNCTION(tanhshrink, "tanhshrink")
#undef NNRUN_FUNCTION

Tensor prelu(const Tensor& input, const Tensor& weight) {
  static const EagerOp op("prelu");
  return call1(op, input, weight);
}
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& o) {
  return nnrun::softmax(input, o.dim(), o.dtype());
}
Tensor softmin(const Tensor& input, const SoftminFuncOptions& o) {
  return nnrun::softmax(-input, o.dim(), o.dtype());
}
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& o) {
  return nnrun::log_softmax(as(input, o.dtype()), o.dim());
}

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  static const EagerOp op("linear");
  return apply3(op, input, weight, bias, {});
}
Tensor conv1d(const Tensor& input, const Tensor& weight, const Conv1dFuncOptions& o) {
  static const EagerOp op("conv1d");
  const Attrs attrs = {{"stride", o.stride()->at(0)},
                       {"padding", o.padding()->at(0)},
                       {"dilation", o.dilation()->at(0)},
                       {"groups", o.groups()}};
  return batched(input, 2, [&](const Tensor& x) { return apply3(op, x, weight, o.bias(), attrs); });
}
Tensor conv2d(const Tensor& input, const Tensor& weight, const Conv2dFuncOptions& o) {
  static const EagerOp op("conv2d");
  const Attrs attrs = {{"stride", o.stride().vec()},
                       {"padding", o.padding().vec()},
                       {"dilation", o.dilation().vec()},
                       {"groups", o.groups()}};
  return batched(input, 3, [&](const Tensor& x) { return apply3(op, x, weight, o.bias(), attrs); });
}
Tensor max_pool2d(const Tensor& input, const MaxPool2dFuncOptions& o) {
  static const EagerOp op("max_pool2d");
  const Attrs attrs = {{"kernel_size", o.kernel_size().vec()},
                       {"stride", o.stride().vec()},
                       {"padding", o.padding().vec()},
                       {"dilation", o.dilation().vec()},
                       {"ceil_mode", o.ceil_mode()}};
  return batched(input, 3,
                 [&](const Tensor& x) { return call(*op.def, TensorSpan(&x, 1), attrs).at(0); });
}
Tensor adaptive_avg_pool2d(const Tensor& input, const AdaptiveAvgPool2dFuncOptions& o) {
  static const EagerOp op("adaptive_avg_pool2d");
  const Attrs attrs = {{"output_size", o.output_size().vec()}};
  return batched(input, 3, [&](const Tensor& x) { return call1(op, x, attrs); });
}
Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& o) {
  static const EagerOp op("avg_pool2d");
  const bool override = o.divisor_override().has_value();
  if (override && o.ceil_mode()) {
    throw Error(Code::model, "[avg_pool2d] divisor_override with ceil_mode is not supported");
  }
  const Attrs attrs = {{"kernel_size", o.kernel_size().vec()},
                       {"stride", o.stride().vec()},
                       {"padding", o.padding().vec()},
                       {"ceil_mode", o.ceil_mode()},
                       {"count_include_pad", override || o.count_include_pad()}};
  const Tensor y = batched(input, 3, [&](const Tensor& x) { return call1(op, x, attrs); });
  if (!override) return y;
  return y *
         (double(o.kernel_size()->at(0) * o.kernel_size()->at(1)) / double(*o.divisor_override()));
}
Tensor dropout(const Tensor& input, const DropoutFuncOptions& o) {
  static const EagerOp op("dropout");
  if (!(o.p() >= 0 && o.p() <= 1)) {
    throw Error(Code::model,
                "[dropout] p is " + std::to_string(o.p()) + ", expected between 0 and 1");
  }
  if (!o.training() || o.p() == 0) return input;
  defined(input, "dropout");
  const auto s = next_state();
  const Tensor in[] = {
      input, from_array(device_of(input), Array::of<int64_t>({4}, {s[0], s[1], s[2], s[3]}))};
  return call(*op.def, TensorSpan(in, 2), {{"p", o.p()}}).at(0);
}
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& o) {
  static const EagerOp op("layer_norm");
  const std::vector<int64_t>& sizes = o.normalized_shape();
  const IntArrayRef all = input.sizes();
  if (sizes.size() > all.size() ||
      !std::equal(sizes.begin(), sizes.end(), all.end() - sizes.size())) {
    throw Error(Code::model, "[layer_norm] normalized_shape is not the last sizes of the input");
  }
  const Tensor in[] = {input, o.weight(), o.bias()};
  return call(*op.def, TensorSpan(in, 3),
              {{"normalized_dims", int64_t(sizes.size())}, {"eps", o.eps()}})
      .at(0);
}
Tensor embedding(const Tensor& input, const Tensor& weight, const EmbeddingFuncOptions& o) {
  static const EagerOp op("embedding");
  if (input.scalar_type() != kLong && input.scalar_type() != kInt) {
    throw Error(Code::model, std::string("[embedding] the indices are ") +
                                 toString(input.scalar_type()) + ", expected Long or Int")
        .with_hint("convert them with .to(torch::kLong)");
  }
  Attrs attrs;
  if (o.padding_idx()) {
    const int64_t i = *o.padding_idx();
    attrs.set("padding_idx", i < 0 ? i + weight.size(0) : i);
  }
  return call1(op, weight, input.to(kLong), attrs);
}

}  // namespace nnrun::nn::functional

namespace nnrun {
namespace {

namespace F = nn::functional;

nn::reduction_t reduction_of(int64_t r) {
  switch (r) {
    case Reduction::None: return kNone;
    case Reduction::Mean: return kMean;
    case Reduction::Sum: return kSum;
  }
  throw Error(Code::model, "reduction " + std::to_string(r) + " is none of Reduction::");
}

}  // namespace

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  return F::linear(input, weight, bias);
}
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias,
              ExpandingArray<2> stride, ExpandingArray<2> padding, ExpandingArray<2> dilation,
              int64_t groups) {
  return F::conv2d(
      input, weight,
      F::Conv2dFuncOptions().bias(bias).stride(stride).padding(padding).dilation(dilation).groups(
          groups));
}
Tensor max_pool2d(const Tensor& self, ExpandingArray<2> kernel_size) {
  return F::max_pool2d(self, F::MaxPool2dFuncOptions(kernel_size));
}
Tensor max_pool2d(const Tensor& self, ExpandingArray<2> kernel_size, ExpandingArray<2> stride,
                  ExpandingArray<2> padding, ExpandingArray<2> dilation, bool ceil_mode) {
  return F::max_pool2d(self, F::MaxPool2dFuncOptions(kernel_size)
                                 .stride(stride)
                                 .padding(padding)
                                 .dilation(dilation)
                                 .ceil_mode(ceil_mode));
}
Tensor dropout(const Tensor& input, double p, bool train) {
  return F::dropout(input, F::DropoutFuncOptions().p(p).training(train));
}
Tensor mse_loss(const Tensor& self, const Tensor& target, int64_t reduction) {
  return F::mse_loss(self, target, F::MSELossFuncOptions().reduction(reduction_of(reduction)));
}
Tensor l1_loss(const Tensor& self, const Tensor& target, int64_t reduction) {
  return F::l1_loss(self, target, F::L1LossFuncOptions().reduction(reduction_of(reduction)));
}
Tensor nll_loss(const Tensor& self, const Tensor& target, const Tensor& weight, int64_t reduction,
                int64_t ignore_index) {
  return F::nll_loss(self, target,
                     F::NLLLossFuncOptions()
                         .weight(weight)
                         .ignore_index(ignore_index)
                         .reduction(reduction_of(reduction)));
}
Tensor cross_entropy_loss(const Tensor& self, const Tensor& target, const Tensor& weight,
                          int64_t reduction, int64_t ignore_index, double label_smoothing) {
  return F::cross_entropy(self, target,
                          F::CrossEntropyFuncOptions()
                              .weight(weight)
                              .ignore_index(ignore_index)
                              .reduction(reduction_of(reduction))
                              .label_smoothing(label_smoothing));
}
Tensor binary_cross_entropy(const Tensor& self, const Tensor& target, const Tensor& weight,
                            int64_t reduction) {
  return F::binary_cross_entropy(
      self, target,
      F::BinaryCrossEntropyFuncOptions().weight(weight).reduction(reduction_of(reduction)));
}
Tensor binary_cross_entropy_with_logits(const Tensor& self, const Tensor& target,
                                        const Tensor& weight, const Tensor& pos_weight,
                                        int64_t reduction) {
  return F::binary_cross_entropy_with_logits(self, target,
                                             F::BinaryCrossEntropyWithLogitsFuncOptions()
                                                 .weight(weight)
                                                 .pos_weight(pos_weight)
                                                 .reduction(reduction_of(reduction)));
}

}  // namespace nnrun
