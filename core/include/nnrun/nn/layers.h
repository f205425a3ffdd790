// The layers, each with its options: names, arguments and defaults are libtorch's.
#pragma once

#include <nnrun/nn/layer_module.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn {

/// A layer with a weight and a bias; either may be undefined.
class WeightedModule : public LayerModule {
 public:
  using LayerModule::LayerModule;
  Tensor weight, bias;

 protected:
  Tensor* member(std::string_view name) override;
};

struct LinearOptions {
  LinearOptions(int64_t in_features, int64_t out_features)
      : in_features_(in_features), out_features_(out_features) {}
  TORCH_ARG(int64_t, in_features);
  TORCH_ARG(int64_t, out_features);
  TORCH_ARG(bool, bias) = true;

 public:
  Options named() const;
  auto fields() const { return std::tie(in_features_, out_features_, bias_); }
};
class LinearImpl : public LayerWith<LinearImpl, LinearOptions, WeightedModule> {
 public:
  LinearImpl(int64_t in_features, int64_t out_features)
      : LinearImpl(LinearOptions(in_features, out_features)) {}
  explicit LinearImpl(const LinearOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(Linear);

template <size_t D> using conv_padding_t =
    std::variant<ExpandingArray<D>, enumtype::kValid, enumtype::kSame>;
using conv_padding_mode_t =
    std::variant<enumtype::kZeros, enumtype::kReflect, enumtype::kReplicate, enumtype::kCircular>;
template <size_t D> struct ConvOptions {
  using padding_t = conv_padding_t<D>;
  using padding_mode_t = conv_padding_mode_t;
  ConvOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}
  TORCH_ARG(int64_t, in_channels);
  TORCH_ARG(int64_t, out_channels);
  TORCH_ARG(ExpandingArray<D>, kernel_size);
  TORCH_ARG(ExpandingArray<D>, stride) = 1;
  TORCH_ARG(padding_t, padding) = 0;

 public:
  ConvOptions& padding(std::initializer_list<int64_t> list) {
    return padding(ExpandingArray<D>(list));
  }
  TORCH_ARG(ExpandingArray<D>, dilation) = 1;
  TORCH_ARG(int64_t, groups) = 1;
  TORCH_ARG(bool, bias) = true;
  TORCH_ARG(padding_mode_t, padding_mode) = kZeros;

 public:
  Options named() const;
  auto fields() const {
    return std::tie(in_channels_, out_channels_, kernel_size_, stride_, padding_, dilation_,
                    groups_, bias_, padding_mode_);
  }
};
using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
template <size_t D, class Derived> class ConvNdImpl
    : public LayerWith<Derived, ConvOptions<D>, WeightedModule> {
 public:
  void pretty_print(std::ostream& out) const override;

 protected:
  explicit ConvNdImpl(const ConvOptions<D>& o);
};
class Conv1dImpl : public ConvNdImpl<1, Conv1dImpl> {
 public:
  Conv1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size)
      : Conv1dImpl(Conv1dOptions(in_channels, out_channels, kernel_size)) {}
  explicit Conv1dImpl(const Conv1dOptions& o) : ConvNdImpl(o) {}
};
class Conv2dImpl : public ConvNdImpl<2, Conv2dImpl> {
 public:
  Conv2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size)
      : Conv2dImpl(Conv2dOptions(in_channels, out_channels, kernel_size)) {}
  explicit Conv2dImpl(const Conv2dOptions& o) : ConvNdImpl(o) {}
};
TORCH_MODULE(Conv1d);
TORCH_MODULE(Conv2d);

struct ConvTranspose2dOptions {
  ConvTranspose2dOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}
  TORCH_ARG(int64_t, in_channels);
  TORCH_ARG(int64_t, out_channels);
  TORCH_ARG(ExpandingArray<2>, kernel_size);
  TORCH_ARG(ExpandingArray<2>, stride) = 1;
  TORCH_ARG(ExpandingArray<2>, padding) = 0;
  TORCH_ARG(ExpandingArray<2>, output_padding) = 0;
  TORCH_ARG(int64_t, groups) = 1;
  TORCH_ARG(bool, bias) = true;
  TORCH_ARG(ExpandingArray<2>, dilation) = 1;

 public:
  Options named() const;
  auto fields() const {
    return std::tie(in_channels_, out_channels_, kernel_size_, stride_, padding_, output_padding_,
                    groups_, bias_, dilation_);
  }
};
class ConvTranspose2dImpl
    : public LayerWith<ConvTranspose2dImpl, ConvTranspose2dOptions, WeightedModule> {
 public:
  ConvTranspose2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size)
      : ConvTranspose2dImpl(ConvTranspose2dOptions(in_channels, out_channels, kernel_size)) {}
  explicit ConvTranspose2dImpl(const ConvTranspose2dOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(ConvTranspose2d);

struct BatchNormOptions {
  BatchNormOptions(int64_t num_features) : num_features_(num_features) {}
  TORCH_ARG(int64_t, num_features);
  TORCH_ARG(double, eps) = 1e-5;
  TORCH_ARG(optional<double>, momentum) = 0.1;
  TORCH_ARG(bool, affine) = true;
  TORCH_ARG(bool, track_running_stats) = true;

 public:
  Options named() const;
  auto fields() const {
    return std::tie(num_features_, eps_, momentum_, affine_, track_running_stats_);
  }
};
using BatchNorm1dOptions = BatchNormOptions;
using BatchNorm2dOptions = BatchNormOptions;
class BatchNormModule : public WeightedModule {
 public:
  using WeightedModule::WeightedModule;
  Tensor running_mean, running_var, num_batches_tracked;

 protected:
  Tensor* member(std::string_view name) override;
};
template <size_t D, class Derived> class BatchNormImplBase
    : public LayerWith<Derived, BatchNormOptions, BatchNormModule> {
 public:
  void pretty_print(std::ostream& out) const override;

 protected:
  explicit BatchNormImplBase(const BatchNormOptions& o);
};
class BatchNorm1dImpl : public BatchNormImplBase<1, BatchNorm1dImpl> {
 public:
  explicit BatchNorm1dImpl(const BatchNormOptions& o) : BatchNormImplBase(o) {}
};
class BatchNorm2dImpl : public BatchNormImplBase<2, BatchNorm2dImpl> {
 public:
  explicit BatchNorm2dImpl(const BatchNormOptions& o) : BatchNormImplBase(o) {}
};
TORCH_MODULE(BatchNorm1d);
TORCH_MODULE(BatchNorm2d);

struct LayerNormOptions {
  LayerNormOptions(std::vector<int64_t> normalized_shape)
      : normalized_shape_(std::move(normalized_shape)) {}
  TORCH_ARG(std::vector<int64_t>, normalized_shape);
  TORCH_ARG(double, eps) = 1e-5;
  TORCH_ARG(bool, elementwise_affine) = true;

 public:
  Options named() const;
  auto fields() const { return std::tie(normalized_shape_, eps_, elementwise_affine_); }
};
class LayerNormImpl : public LayerWith<LayerNormImpl, LayerNormOptions, WeightedModule> {
 public:
  explicit LayerNormImpl(std::vector<int64_t> normalized_shape)
      : LayerNormImpl(LayerNormOptions(std::move(normalized_shape))) {}
  explicit LayerNormImpl(const LayerNormOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(LayerNorm);

struct EmbeddingOptions {
  EmbeddingOptions(int64_t num_embeddings, int64_t embedding_dim)
      : num_embeddings_(num_embeddings), embedding_dim_(embedding_dim) {}
  TORCH_ARG(int64_t, num_embeddings);
  TORCH_ARG(int64_t, embedding_dim);
  TORCH_ARG(optional<int64_t>, padding_idx) = nullopt;

 public:
  Options named() const;
  auto fields() const { return std::tie(num_embeddings_, embedding_dim_, padding_idx_); }
};
class EmbeddingImpl : public LayerWith<EmbeddingImpl, EmbeddingOptions, WeightedModule> {
 public:
  EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim)
      : EmbeddingImpl(EmbeddingOptions(num_embeddings, embedding_dim)) {}
  explicit EmbeddingImpl(const EmbeddingOptions& o);
  /// input: Long or Int.
  Tensor forward(const Tensor& input);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(Embedding);

struct PReLUOptions {
  TORCH_ARG(int64_t, num_parameters) = 1;
  TORCH_ARG(double, init) = 0.25;

 public:
  Options named() const;
  auto fields() const { return std::tie(num_parameters_, init_); }
};
class PReLUImpl : public LayerWith<PReLUImpl, PReLUOptions, WeightedModule> {
 public:
  explicit PReLUImpl(const PReLUOptions& o = {});
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(PReLU);

struct DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  TORCH_ARG(double, p);
  TORCH_ARG(bool, inplace) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(p_); }
};
class DropoutImpl : public LayerWith<DropoutImpl, DropoutOptions> {
 public:
  explicit DropoutImpl(double p) : DropoutImpl(DropoutOptions(p)) {}
  explicit DropoutImpl(const DropoutOptions& o = {});
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(Dropout);

struct FlattenOptions {
  TORCH_ARG(int64_t, start_dim) = 1;
  TORCH_ARG(int64_t, end_dim) = -1;

 public:
  Options named() const;
  auto fields() const { return std::tie(start_dim_, end_dim_); }
};
class FlattenImpl : public LayerWith<FlattenImpl, FlattenOptions> {
 public:
  explicit FlattenImpl(const FlattenOptions& o = {});
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(Flatten);

struct UnflattenOptions {
  UnflattenOptions(int64_t dim, std::vector<int64_t> sizes) : dim_(dim), sizes_(std::move(sizes)) {}
  TORCH_ARG(int64_t, dim);
  TORCH_ARG(std::vector<int64_t>, sizes);

 public:
  Options named() const;
  auto fields() const { return std::tie(dim_, sizes_); }
};
class UnflattenImpl : public LayerWith<UnflattenImpl, UnflattenOptions> {
 public:
  UnflattenImpl(int64_t dim, std::vector<int64_t> sizes)
      : UnflattenImpl(UnflattenOptions(dim, std::move(sizes))) {}
  explicit UnflattenImpl(const UnflattenOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(Unflatten);

template <size_t D> struct MaxPoolOptions {
  MaxPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  TORCH_ARG(ExpandingArray<D>, kernel_size);
  TORCH_ARG(ExpandingArray<D>, stride);
  TORCH_ARG(ExpandingArray<D>, padding) = 0;
  TORCH_ARG(ExpandingArray<D>, dilation) = 1;
  TORCH_ARG(bool, ceil_mode) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(kernel_size_, stride_, padding_, dilation_, ceil_mode_); }
};
using MaxPool2dOptions = MaxPoolOptions<2>;
class MaxPool2dImpl : public LayerWith<MaxPool2dImpl, MaxPool2dOptions> {
 public:
  MaxPool2dImpl(ExpandingArray<2> kernel_size) : MaxPool2dImpl(MaxPool2dOptions(kernel_size)) {}
  explicit MaxPool2dImpl(const MaxPool2dOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(MaxPool2d);

template <size_t D> struct AvgPoolOptions {
  AvgPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  TORCH_ARG(ExpandingArray<D>, kernel_size);
  TORCH_ARG(ExpandingArray<D>, stride);
  TORCH_ARG(ExpandingArray<D>, padding) = 0;
  TORCH_ARG(bool, ceil_mode) = false;
  TORCH_ARG(bool, count_include_pad) = true;
  TORCH_ARG(optional<int64_t>, divisor_override) = nullopt;

 public:
  Options named() const;
  auto fields() const {
    return std::tie(kernel_size_, stride_, padding_, ceil_mode_, count_include_pad_,
                    divisor_override_);
  }
};
using AvgPool2dOptions = AvgPoolOptions<2>;
class AvgPool2dImpl : public LayerWith<AvgPool2dImpl, AvgPool2dOptions> {
 public:
  AvgPool2dImpl(ExpandingArray<2> kernel_size) : AvgPool2dImpl(AvgPool2dOptions(kernel_size)) {}
  explicit AvgPool2dImpl(const AvgPool2dOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(AvgPool2d);

struct AdaptiveAvgPool2dOptions {
  AdaptiveAvgPool2dOptions(ExpandingArray<2> output_size) : output_size_(output_size) {}
  TORCH_ARG(ExpandingArray<2>, output_size);

 public:
  Options named() const;
  auto fields() const { return std::tie(output_size_); }
};
class AdaptiveAvgPool2dImpl : public LayerWith<AdaptiveAvgPool2dImpl, AdaptiveAvgPool2dOptions> {
 public:
  AdaptiveAvgPool2dImpl(ExpandingArray<2> output_size)
      : AdaptiveAvgPool2dImpl(AdaptiveAvgPool2dOptions(output_size)) {}
  explicit AdaptiveAvgPool2dImpl(const AdaptiveAvgPool2dOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(AdaptiveAvgPool2d);

// Activations without options.
#define NNRUN_ACTIVATION(Name)                           \
  class Name##Impl : public LayerOf<Name##Impl> {        \
   public:                                               \
    Name##Impl() : LayerOf(#Name) {}                     \
    void pretty_print(std::ostream& out) const override; \
  };                                                     \
  TORCH_MODULE(Name);
#define NNRUN_PLAIN_ACTIVATIONS(F) \
  F(Identity)                      \
  F(Sigmoid)                       \
  F(Tanh)                          \
  F(SiLU) F(Mish) F(LogSigmoid) F(Softsign) F(Tanhshrink) F(Hardsigmoid) F(Hardswish) F(Softmax2d)
NNRUN_PLAIN_ACTIVATIONS(NNRUN_ACTIVATION)
#undef NNRUN_ACTIVATION

// Those that may be told to work in place, which changes nothing here.
#define NNRUN_ACTIVATION(Name)                                                       \
  struct Name##Options {                                                             \
    Name##Options(bool inplace = false) : inplace_(inplace) {}                       \
    TORCH_ARG(bool, inplace);                                                        \
  };                                                                                 \
  class Name##Impl : public LayerOf<Name##Impl> {                                    \
   public:                                                                           \
    explicit Name##Impl(const Name##Options& o = {}) : LayerOf(#Name), options(o) {} \
    void pretty_print(std::ostream& out) const override;                             \
    Name##Options options;                                                           \
  };                                                                                 \
  TORCH_MODULE(Name);
#define NNRUN_INPLACE_ACTIVATIONS(F) F(ReLU) F(ReLU6) F(SELU)
NNRUN_INPLACE_ACTIVATIONS(NNRUN_ACTIVATION)
#undef NNRUN_ACTIVATION

struct ELUOptions {
  TORCH_ARG(double, alpha) = 1.0;
  TORCH_ARG(bool, inplace) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(alpha_); }
};
struct CELUOptions {
  TORCH_ARG(double, alpha) = 1.0;
  TORCH_ARG(bool, inplace) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(alpha_); }
};
struct LeakyReLUOptions {
  TORCH_ARG(double, negative_slope) = 1e-2;
  TORCH_ARG(bool, inplace) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(negative_slope_); }
};
struct GELUOptions {
  TORCH_ARG(std::string, approximate) = "none";

 public:
  Options named() const;
  auto fields() const { return std::tie(approximate_); }
};
struct HardtanhOptions {
  TORCH_ARG(double, min_val) = -1.0;
  TORCH_ARG(double, max_val) = 1.0;
  TORCH_ARG(bool, inplace) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(min_val_, max_val_); }
};
struct HardshrinkOptions {
  HardshrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  TORCH_ARG(double, lambda);

 public:
  Options named() const;
  auto fields() const { return std::tie(lambda_); }
};
struct SoftshrinkOptions {
  SoftshrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  TORCH_ARG(double, lambda);

 public:
  Options named() const;
  auto fields() const { return std::tie(lambda_); }
};
struct SoftplusOptions {
  TORCH_ARG(double, beta) = 1.0;
  TORCH_ARG(double, threshold) = 20.0;

 public:
  Options named() const;
  auto fields() const { return std::tie(beta_, threshold_); }
};
#define NNRUN_ACTIVATION(Name)                                                \
  class Name##Impl : public LayerWith<Name##Impl, Name##Options> {            \
   public:                                                                    \
    explicit Name##Impl(const Name##Options& o = {}) : LayerWith(#Name, o) {} \
    void pretty_print(std::ostream& out) const override;                      \
  };                                                                          \
  TORCH_MODULE(Name);
NNRUN_ACTIVATION(ELU)
NNRUN_ACTIVATION(CELU)
NNRUN_ACTIVATION(LeakyReLU)
NNRUN_ACTIVATION(GELU)
NNRUN_ACTIVATION(Hardtanh)
NNRUN_ACTIVATION(Hardshrink)
NNRUN_ACTIVATION(Softshrink)
NNRUN_ACTIVATION(Softplus)
#undef NNRUN_ACTIVATION

struct ThresholdOptions {
  ThresholdOptions(double threshold, double value) : threshold_(threshold), value_(value) {}
  TORCH_ARG(double, threshold);
  TORCH_ARG(double, value);
  TORCH_ARG(bool, inplace) = false;

 public:
  Options named() const;
  auto fields() const { return std::tie(threshold_, value_); }
};
class ThresholdImpl : public LayerWith<ThresholdImpl, ThresholdOptions> {
 public:
  ThresholdImpl(double threshold, double value)
      : ThresholdImpl(ThresholdOptions(threshold, value)) {}
  explicit ThresholdImpl(const ThresholdOptions& o);
  void pretty_print(std::ostream& out) const override;
};
TORCH_MODULE(Threshold);

// Those along a dimension.
#define NNRUN_ACTIVATION(Name)                                           \
  struct Name##Options {                                                 \
    Name##Options(int64_t dim) : dim_(dim) {}                            \
    TORCH_ARG(int64_t, dim);                                             \
                                                                         \
   public:                                                               \
    Options named() const { return {{"dim", dim_}}; }                    \
    auto fields() const { return std::tie(dim_); }                       \
  };                                                                     \
  class Name##Impl : public LayerWith<Name##Impl, Name##Options> {       \
   public:                                                               \
    explicit Name##Impl(const Name##Options& o) : LayerWith(#Name, o) {} \
    void pretty_print(std::ostream& out) const override;                 \
  };                                                                     \
  TORCH_MODULE(Name);
#define NNRUN_DIM_ACTIVATIONS(F) F(Softmax) F(Softmin) F(LogSoftmax)
NNRUN_DIM_ACTIVATIONS(NNRUN_ACTIVATION)
#undef NNRUN_ACTIVATION

}  // namespace nnrun::nn
#pragma GCC visibility pop
