// What layers compute, as functions. Names, arguments and defaults are libtorch's.
#pragma once

#include <nnrun/nn/layers.h>
#include <nnrun/nn/losses.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn::functional {

using ELUFuncOptions = ELUOptions;
using SELUFuncOptions = SELUOptions;
using CELUFuncOptions = CELUOptions;
using GELUFuncOptions = GELUOptions;
using HardshrinkFuncOptions = HardshrinkOptions;
using HardtanhFuncOptions = HardtanhOptions;
using LeakyReLUFuncOptions = LeakyReLUOptions;
using ReLUFuncOptions = ReLUOptions;
using ReLU6FuncOptions = ReLU6Options;
using SoftplusFuncOptions = SoftplusOptions;
using SoftshrinkFuncOptions = SoftshrinkOptions;
using ThresholdFuncOptions = ThresholdOptions;

Tensor relu(const Tensor& input, const ReLUFuncOptions& o = {});
Tensor relu6(const Tensor& input, const ReLU6FuncOptions& o = {});
Tensor selu(const Tensor& input, const SELUFuncOptions& o = {});
Tensor elu(const Tensor& input, const ELUFuncOptions& o = {});
Tensor celu(const Tensor& input, const CELUFuncOptions& o = {});
Tensor leaky_relu(const Tensor& input, const LeakyReLUFuncOptions& o = {});
Tensor gelu(const Tensor& input, const GELUFuncOptions& o = {});
Tensor silu(const Tensor& input);
Tensor mish(const Tensor& input);
Tensor logsigmoid(const Tensor& input);
Tensor softsign(const Tensor& input);
Tensor tanhshrink(const Tensor& input);
Tensor hardtanh(const Tensor& input, const HardtanhFuncOptions& o = {});
Tensor hardshrink(const Tensor& input, const HardshrinkFuncOptions& o = {});
Tensor softshrink(const Tensor& input, const SoftshrinkFuncOptions& o = {});
Tensor softplus(const Tensor& input, const SoftplusFuncOptions& o = {});
Tensor threshold(const Tensor& input, const ThresholdFuncOptions& o);
Tensor prelu(const Tensor& input, const Tensor& weight);

#define NNRUN_OPTIONS(Name)                      \
  struct Name {                                  \
    Name(int64_t dim) : dim_(dim) {}             \
    TORCH_ARG(int64_t, dim);                     \
    TORCH_ARG(optional<Dtype>, dtype) = nullopt; \
  };
NNRUN_OPTIONS(SoftmaxFuncOptions)
NNRUN_OPTIONS(SoftminFuncOptions)
NNRUN_OPTIONS(LogSoftmaxFuncOptions)
#undef NNRUN_OPTIONS
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& o);
Tensor softmin(const Tensor& input, const SoftminFuncOptions& o);
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& o);

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});
template <size_t D> struct ConvFuncOptions {
  TORCH_ARG(Tensor, bias);
  TORCH_ARG(ExpandingArray<D>, stride) = 1;
  TORCH_ARG(ExpandingArray<D>, padding) = 0;
  TORCH_ARG(ExpandingArray<D>, dilation) = 1;
  TORCH_ARG(int64_t, groups) = 1;
};
using Conv1dFuncOptions = ConvFuncOptions<1>;
using Conv2dFuncOptions = ConvFuncOptions<2>;
Tensor conv1d(const Tensor& input, const Tensor& weight, const Conv1dFuncOptions& o = {});
Tensor conv2d(const Tensor& input, const Tensor& weight, const Conv2dFuncOptions& o = {});

using MaxPool2dFuncOptions = MaxPool2dOptions;
using AvgPool2dFuncOptions = AvgPool2dOptions;
using AdaptiveAvgPool2dFuncOptions = AdaptiveAvgPool2dOptions;
Tensor max_pool2d(const Tensor& input, const MaxPool2dFuncOptions& o);
Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& o);
Tensor adaptive_avg_pool2d(const Tensor& input, const AdaptiveAvgPool2dFuncOptions& o);

struct DropoutFuncOptions {
  TORCH_ARG(double, p) = 0.5;
  TORCH_ARG(bool, training) = true;
  TORCH_ARG(bool, inplace) = false;
};
Tensor dropout(const Tensor& input, const DropoutFuncOptions& o = {});

struct LayerNormFuncOptions {
  LayerNormFuncOptions(std::vector<int64_t> normalized_shape)
      : normalized_shape_(std::move(normalized_shape)) {}
  TORCH_ARG(std::vector<int64_t>, normalized_shape);
  TORCH_ARG(Tensor, weight);
  TORCH_ARG(Tensor, bias);
  TORCH_ARG(double, eps) = 1e-5;
};
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& o);
struct EmbeddingFuncOptions {
  TORCH_ARG(optional<int64_t>, padding_idx) = nullopt;
};
Tensor embedding(const Tensor& input, const Tensor& weight, const EmbeddingFuncOptions& o = {});
inline Tensor one_hot(const Tensor& input, int64_t num_classes = -1) {
  return nnrun::one_hot(input, num_classes);
}

}  // namespace nnrun::nn::functional

namespace nnrun {

namespace Reduction {
enum Reduction { None, Mean, Sum };
}

// The same as functions of tensors, with plain arguments.
Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
              ExpandingArray<2> stride = 1, ExpandingArray<2> padding = 0,
              ExpandingArray<2> dilation = 1, int64_t groups = 1);
Tensor max_pool2d(const Tensor& self, ExpandingArray<2> kernel_size);
Tensor max_pool2d(const Tensor& self, ExpandingArray<2> kernel_size, ExpandingArray<2> stride,
                  ExpandingArray<2> padding = 0, ExpandingArray<2> dilation = 1,
                  bool ceil_mode = false);
Tensor dropout(const Tensor& input, double p, bool train);
Tensor mse_loss(const Tensor& self, const Tensor& target, int64_t reduction = Reduction::Mean);
Tensor l1_loss(const Tensor& self, const Tensor& target, int64_t reduction = Reduction::Mean);
Tensor nll_loss(const Tensor& self, const Tensor& target, const Tensor& weight = {},
                int64_t reduction = Reduction::Mean, int64_t ignore_index = -100);
Tensor cross_entropy_loss(const Tensor& self, const Tensor& target, const Tensor& weight = {},
                          int64_t reduction = Reduction::Mean, int64_t ignore_index = -100,
                          double label_smoothing = 0);
Tensor binary_cross_entropy(const Tensor& self, const Tensor& target, const Tensor& weight = {},
                            int64_t reduction = Reduction::Mean);
Tensor binary_cross_entropy_with_logits(const Tensor& self, const Tensor& target,
                                        const Tensor& weight = {}, const Tensor& pos_weight = {},
                                        int64_t reduction = Reduction::Mean);

}  // namespace nnrun
#pragma GCC visibility pop
