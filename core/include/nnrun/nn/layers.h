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
};
class LinearImpl : public WeightedModule {
 public:
  LinearImpl(int64_t in_features, int64_t out_features)
      : LinearImpl(LinearOptions(in_features, out_features)) {}
  explicit LinearImpl(const LinearOptions& o);
  void pretty_print(std::ostream& out) const override;
  LinearOptions options;
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
};
using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
template <size_t D> class ConvImpl : public WeightedModule {
 public:
  ConvImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : ConvImpl(ConvOptions<D>(in_channels, out_channels, kernel_size)) {}
  explicit ConvImpl(const ConvOptions<D>& o);
  void pretty_print(std::ostream& out) const override;
  ConvOptions<D> options;
};
using Conv1dImpl = ConvImpl<1>;
using Conv2dImpl = ConvImpl<2>;
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
};
class ConvTranspose2dImpl : public WeightedModule {
 public:
  ConvTranspose2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size)
      : ConvTranspose2dImpl(ConvTranspose2dOptions(in_channels, out_channels, kernel_size)) {}
  explicit ConvTranspose2dImpl(const ConvTranspose2dOptions& o);
  void pretty_print(std::ostream& out) const override;
  ConvTranspose2dOptions options;
};
TORCH_MODULE(ConvTranspose2d);

struct BatchNormOptions {
  BatchNormOptions(int64_t num_features) : num_features_(num_features) {}
  TORCH_ARG(int64_t, num_features);
  TORCH_ARG(double, eps) = 1e-5;
  TORCH_ARG(optional<double>, momentum) = 0.1;
  TORCH_ARG(bool, affine) = true;
  TORCH_ARG(bool, track_running_stats) = true;
};
using BatchNorm1dOptions = BatchNormOptions;
using BatchNorm2dOptions = BatchNormOptions;
class BatchNormModule : public WeightedModule {
 public:
  void pretty_print(std::ostream& out) const override;
  BatchNormOptions options;
  Tensor running_mean, running_var, num_batches_tracked;

 protected:
  BatchNormModule(const char* type, const BatchNormOptions& o, std::vector<int64_t> input_sizes);
  Tensor* member(std::string_view name) override;
};
class BatchNorm1dImpl : public BatchNormModule {
 public:
  explicit BatchNorm1dImpl(const BatchNormOptions& o)
      : BatchNormModule("BatchNorm1d", o, {2, o.num_features()}) {}
};
class BatchNorm2dImpl : public BatchNormModule {
 public:
  explicit BatchNorm2dImpl(const BatchNormOptions& o)
      : BatchNormModule("BatchNorm2d", o, {2, o.num_features(), 1, 1}) {}
};
TORCH_MODULE(BatchNorm1d);
TORCH_MODULE(BatchNorm2d);

struct LayerNormOptions {
  LayerNormOptions(std::vector<int64_t> normalized_shape)
      : normalized_shape_(std::move(normalized_shape)) {}
  TORCH_ARG(std::vector<int64_t>, normalized_shape);
  TORCH_ARG(double, eps) = 1e-5;
  TORCH_ARG(bool, elementwise_affine) = true;
};
class LayerNormImpl : public WeightedModule {
 public:
  explicit LayerNormImpl(std::vector<int64_t> normalized_shape)
      : LayerNormImpl(LayerNormOptions(std::move(normalized_shape))) {}
  explicit LayerNormImpl(const LayerNormOptions& o);
  void pretty_print(std::ostream& out) const override;
  LayerNormOptions options;
};
TORCH_MODULE(LayerNorm);

struct EmbeddingOptions {
  EmbeddingOptions(int64_t num_embeddings, int64_t embedding_dim)
      : num_embeddings_(num_embeddings), embedding_dim_(embedding_dim) {}
  TORCH_ARG(int64_t, num_embeddings);
  TORCH_ARG(int64_t, embedding_dim);
  TORCH_ARG(optional<int64_t>, padding_idx) = nullopt;
};
class EmbeddingImpl : public WeightedModule {
 public:
  EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim)
      : EmbeddingImpl(EmbeddingOptions(num_embeddings, embedding_dim)) {}
  explicit EmbeddingImpl(const EmbeddingOptions& o);
  void pretty_print(std::ostream& out) const override;
  EmbeddingOptions options;
};
TORCH_MODULE(Embedding);

struct PReLUOptions {
  TORCH_ARG(int64_t, num_parameters) = 1;
  TORCH_ARG(double, init) = 0.25;
};
class PReLUImpl : public WeightedModule {
 public:
  explicit PReLUImpl(const PReLUOptions& o = {});
  void pretty_print(std::ostream& out) const override;
  PReLUOptions options;
};
TORCH_MODULE(PReLU);

struct DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  TORCH_ARG(double, p);
  TORCH_ARG(bool, inplace) = false;
};
class DropoutImpl : public LayerModule {
 public:
  explicit DropoutImpl(double p) : DropoutImpl(DropoutOptions(p)) {}
  explicit DropoutImpl(const DropoutOptions& o = {});
  void pretty_print(std::ostream& out) const override;
  DropoutOptions options;
};
TORCH_MODULE(Dropout);

struct FlattenOptions {
  TORCH_ARG(int64_t, start_dim) = 1;
  TORCH_ARG(int64_t, end_dim) = -1;
};
class FlattenImpl : public LayerModule {
 public:
  explicit FlattenImpl(const FlattenOptions& o = {});
  void pretty_print(std::ostream& out) const override;
  FlattenOptions options;
};
TORCH_MODULE(Flatten);

struct UnflattenOptions {
  UnflattenOptions(int64_t dim, std::vector<int64_t> sizes) : dim_(dim), sizes_(std::move(sizes)) {}
  TORCH_ARG(int64_t, dim);
  TORCH_ARG(std::vector<int64_t>, sizes);
};
class UnflattenImpl : public LayerModule {
 public:
  UnflattenImpl(int64_t dim, std::vector<int64_t> sizes)
      : UnflattenImpl(UnflattenOptions(dim, std::move(sizes))) {}
  explicit UnflattenImpl(const UnflattenOptions& o);
  void pretty_print(std::ostream& out) const override;
  UnflattenOptions options;
};
TORCH_MODULE(Unflatten);

template <size_t D> struct MaxPoolOptions {
  MaxPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  TORCH_ARG(ExpandingArray<D>, kernel_size);
  TORCH_ARG(ExpandingArray<D>, stride);
  TORCH_ARG(ExpandingArray<D>, padding) = 0;
  TORCH_ARG(ExpandingArray<D>, dilation) = 1;
  TORCH_ARG(bool, ceil_mode) = false;
};
using MaxPool2dOptions = MaxPoolOptions<2>;
class MaxPool2dImpl : public LayerModule {
 public:
  MaxPool2dImpl(ExpandingArray<2> kernel_size) : MaxPool2dImpl(MaxPool2dOptions(kernel_size)) {}
  explicit MaxPool2dImpl(const MaxPool2dOptions& o);
  void pretty_print(std::ostream& out) const override;
  MaxPool2dOptions options;
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
};
using AvgPool2dOptions = AvgPoolOptions<2>;
class AvgPool2dImpl : public LayerModule {
 public:
  AvgPool2dImpl(ExpandingArray<2> kernel_size) : AvgPool2dImpl(AvgPool2dOptions(kernel_size)) {}
  explicit AvgPool2dImpl(const AvgPool2dOptions& o);
  void pretty_print(std::ostream& out) const override;
  AvgPool2dOptions options;
};
TORCH_MODULE(AvgPool2d);

struct AdaptiveAvgPool2dOptions {
  AdaptiveAvgPool2dOptions(ExpandingArray<2> output_size) : output_size_(output_size) {}
  TORCH_ARG(ExpandingArray<2>, output_size);
};
class AdaptiveAvgPool2dImpl : public LayerModule {
 public:
  AdaptiveAvgPool2dImpl(ExpandingArray<2> output_size)
      : AdaptiveAvgPool2dImpl(AdaptiveAvgPool2dOptions(output_size)) {}
  explicit AdaptiveAvgPool2dImpl(const AdaptiveAvgPool2dOptions& o);
  void pretty_print(std::ostream& out) const override;
  AdaptiveAvgPool2dOptions options;
};
TORCH_MODULE(AdaptiveAvgPool2d);

// Activations without options.
#define NNRUN_ACTIVATION(Name)                           \
  class Name##Impl : public LayerModule {                \
   public:                                               \
    Name##Impl() : LayerModule(#Name) {}                 \
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
#define NNRUN_ACTIVATION(Name)                                                           \
  struct Name##Options {                                                                 \
    Name##Options(bool inplace = false) : inplace_(inplace) {}                           \
    TORCH_ARG(bool, inplace);                                                            \
  };                                                                                     \
  class Name##Impl : public LayerModule {                                                \
   public:                                                                               \
    explicit Name##Impl(const Name##Options& o = {}) : LayerModule(#Name), options(o) {} \
    void pretty_print(std::ostream& out) const override;                                 \
    Name##Options options;                                                               \
  };                                                                                     \
  TORCH_MODULE(Name);
#define NNRUN_INPLACE_ACTIVATIONS(F) F(ReLU) F(ReLU6) F(SELU)
NNRUN_INPLACE_ACTIVATIONS(NNRUN_ACTIVATION)
#undef NNRUN_ACTIVATION

struct ELUOptions {
  TORCH_ARG(double, alpha) = 1.0;
  TORCH_ARG(bool, inplace) = false;
};
struct CELUOptions {
  TORCH_ARG(double, alpha) = 1.0;
  TORCH_ARG(bool, inplace) = false;
};
struct LeakyReLUOptions {
  TORCH_ARG(double, negative_slope) = 1e-2;
  TORCH_ARG(bool, inplace) = false;
};
struct GELUOptions {
  TORCH_ARG(std::string, approximate) = "none";
};
struct HardtanhOptions {
  TORCH_ARG(double, min_val) = -1.0;
  TORCH_ARG(double, max_val) = 1.0;
  TORCH_ARG(bool, inplace) = false;
};
struct HardshrinkOptions {
  HardshrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  TORCH_ARG(double, lambda);
};
struct SoftshrinkOptions {
  SoftshrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  TORCH_ARG(double, lambda);
};
struct SoftplusOptions {
  TORCH_ARG(double, beta) = 1.0;
  TORCH_ARG(double, threshold) = 20.0;
};
#define NNRUN_ACTIVATION(Name)                           \
  class Name##Impl : public LayerModule {                \
   public:                                               \
    explicit Name##Impl(const Name##Options& o = {});    \
    void pretty_print(std::ostream& out) const override; \
    Name##Options options;                               \
  };                                                     \
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
};
class ThresholdImpl : public LayerModule {
 public:
  ThresholdImpl(double threshold, double value)
      : ThresholdImpl(ThresholdOptions(threshold, value)) {}
  explicit ThresholdImpl(const ThresholdOptions& o);
  void pretty_print(std::ostream& out) const override;
  ThresholdOptions options;
};
TORCH_MODULE(Threshold);

// Those along a dimension.
#define NNRUN_ACTIVATION(Name)                                  \
  struct Name##Options {                                        \
    Name##Options(int64_t dim) : dim_(dim) {}                   \
    TORCH_ARG(int64_t, dim);                                    \
  };                                                            \
  class Name##Impl : public LayerModule {                       \
   public:                                                      \
    explicit Name##Impl(const Name##Options& o)                 \
        : LayerModule(#Name, {{"dim", o.dim()}}), options(o) {} \
    void pretty_print(std::ostream& out) const override;        \
    Name##Options options;                                      \
  };                                                            \
  TORCH_MODULE(Name);
#define NNRUN_DIM_ACTIVATIONS(F) F(Softmax) F(Softmin) F(LogSoftmax)
NNRUN_DIM_ACTIVATIONS(NNRUN_ACTIVATION)
#undef NNRUN_ACTIVATION

}  // namespace nnrun::nn
#pragma GCC visibility pop
