// The losses, each with its options: names, arguments and defaults are libtorch's.
#pragma once

#include <nnrun/nn/module.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn {

using reduction_t = std::variant<enumtype::kNone, enumtype::kMean, enumtype::kSum>;

#define NNRUN_REDUCTION(Name)                \
  using reduction_t = nn::reduction_t;       \
  Name() = default;                          \
  Name(enumtype::kNone r) : reduction_(r) {} \
  Name(enumtype::kMean r) : reduction_(r) {} \
  Name(enumtype::kSum r) : reduction_(r) {}  \
  TORCH_ARG(reduction_t, reduction) = kMean;

struct L1LossOptions {
  NNRUN_REDUCTION(L1LossOptions)
};
struct MSELossOptions {
  NNRUN_REDUCTION(MSELossOptions)
};
struct SmoothL1LossOptions {
  NNRUN_REDUCTION(SmoothL1LossOptions)
  TORCH_ARG(optional<double>, beta) = nullopt;
};
struct HuberLossOptions {
  NNRUN_REDUCTION(HuberLossOptions)
  TORCH_ARG(double, delta) = 1.0;
};
#undef NNRUN_REDUCTION
struct BCELossOptions {
  using reduction_t = nn::reduction_t;
  TORCH_ARG(Tensor, weight);
  TORCH_ARG(reduction_t, reduction) = kMean;
};
struct BCEWithLogitsLossOptions {
  using reduction_t = nn::reduction_t;
  TORCH_ARG(Tensor, weight);
  TORCH_ARG(reduction_t, reduction) = kMean;
  TORCH_ARG(Tensor, pos_weight);
};
struct NLLLossOptions {
  using reduction_t = nn::reduction_t;
  TORCH_ARG(Tensor, weight);
  TORCH_ARG(int64_t, ignore_index) = -100;
  TORCH_ARG(reduction_t, reduction) = kMean;
};
struct CrossEntropyLossOptions {
  using reduction_t = nn::reduction_t;
  TORCH_ARG(Tensor, weight);
  TORCH_ARG(int64_t, ignore_index) = -100;
  TORCH_ARG(reduction_t, reduction) = kMean;
  TORCH_ARG(double, label_smoothing) = 0.0;
};

namespace functional {

using L1LossFuncOptions = L1LossOptions;
using MSELossFuncOptions = MSELossOptions;
using SmoothL1LossFuncOptions = SmoothL1LossOptions;
using HuberLossFuncOptions = HuberLossOptions;
using BinaryCrossEntropyFuncOptions = BCELossOptions;
using BinaryCrossEntropyWithLogitsFuncOptions = BCEWithLogitsLossOptions;
using NLLLossFuncOptions = NLLLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& o = {});
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& o = {});
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossOptions& o = {});
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossOptions& o,
                      double beta);
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& o = {});
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BCELossOptions& o = {});
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& o = {});
/// Targets are classes: int64, of the input's sizes without dimension 1. An input of one dimension
/// is one sample.
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossOptions& o = {});
/// The same; or floats of the input's sizes, the probabilities of the classes.
Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyLossOptions& o = {});

}  // namespace functional

#define NNRUN_LOSS(Name, f)                                              \
  class Name##Impl : public Cloneable<Name##Impl> {                      \
   public:                                                               \
    explicit Name##Impl(Name##Options o = {}) : options(std::move(o)) {} \
    Tensor forward(const Tensor& input, const Tensor& target) {          \
      return functional::f(input, target, options);                      \
    }                                                                    \
    void reset() override {}                                             \
    void pretty_print(std::ostream& out) const override;                 \
    Name##Options options;                                               \
  };                                                                     \
  TORCH_MODULE(Name);
// clang-format off
#define NNRUN_LOSSES(F)                                                              \
  F(L1Loss, l1_loss) F(MSELoss, mse_loss) F(SmoothL1Loss, smooth_l1_loss)            \
  F(HuberLoss, huber_loss) F(BCELoss, binary_cross_entropy)                          \
  F(BCEWithLogitsLoss, binary_cross_entropy_with_logits) F(NLLLoss, nll_loss)        \
  F(CrossEntropyLoss, cross_entropy)
// clang-format on
NNRUN_LOSSES(NNRUN_LOSS)
#undef NNRUN_LOSS

}  // namespace nnrun::nn
#pragma GCC visibility pop
