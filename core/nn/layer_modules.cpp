#include <nnrun/nn/functional.h>
#include <nnrun/nn/layers.h>

#include <algorithm>
#include <ostream>

namespace nnrun::nn {
namespace {

/// What a module says that is told to work in place. As in libtorch, bools of the stream are words
/// from there on.
struct Inplace {
  bool on;
  const char* comma = ", ";
  friend std::ostream& operator<<(std::ostream& out, const Inplace& i) {
    return i.on ? out << std::boolalpha << i.comma << "inplace=" << i.on : out;
  }
};

}  // namespace

Tensor* WeightedModule::member(std::string_view name) {
  return name == "weight" ? &weight : name == "bias" ? &bias : LayerModule::member(name);
}

Options LinearOptions::named() const {
  return {{"in_features", in_features_}, {"out_features", out_features_}, {"bias", bias_}};
}
LinearImpl::LinearImpl(const LinearOptions& o) : LayerWith("Linear", o) {
  make_state({1, o.in_features()});
}
void LinearImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Linear(in_features=" << options.in_features()
      << ", out_features=" << options.out_features() << ", bias=" << std::boolalpha
      << options.bias() << ")";
}

namespace {

template <size_t D> OptionValue sizes(const ExpandingArray<D>& a) {
  if constexpr (D == 1)
    return a->at(0);
  else
    return a;
}

template <size_t D> OptionValue padding_of(const ConvOptions<D>& o) {
  static const char* const words[] = {"", "valid", "same"};
  const size_t k = o.padding().index();
  return k == 0 ? sizes(std::get<0>(o.padding())) : OptionValue(words[k]);
}
OptionValue padding_of(const ConvTranspose2dOptions& o) { return o.padding(); }

template <class O> Options conv_options(const O& o) {
  return {{"in_channels", o.in_channels()},
          {"out_channels", o.out_channels()},
          {"kernel_size", sizes(o.kernel_size())},
          {"stride", sizes(o.stride())},
          {"padding", padding_of(o)},
          {"dilation", sizes(o.dilation())},
          {"groups", o.groups()},
          {"bias", o.bias()}};
}

/// The sizes of an input that a kernel fits into, and that is larger than its border.
template <size_t D> std::vector<int64_t> conv_input(const ConvOptions<D>& o) {
  std::vector<int64_t> r = {1, o.in_channels()};
  for (size_t i = 0; i < D; ++i) {
    const int64_t border = o.padding().index() == 0 ? std::get<0>(o.padding())->at(i) : 0;
    r.push_back(std::max((o.kernel_size()->at(i) - 1) * o.dilation()->at(i), border) + 1);
  }
  return r;
}

bool all_are(IntArrayRef a, int64_t n) {
  return std::all_of(a.begin(), a.end(), [n](int64_t v) { return v == n; });
}
template <size_t D> void print_padding(std::ostream& out, const ConvOptions<D>& o) {
  if (o.padding().index() == 1)
    out << ", padding='valid'";
  else if (o.padding().index() == 2)
    out << ", padding='same'";
  else if (!all_are(std::get<0>(o.padding()), 0))
    out << ", padding=" << std::get<0>(o.padding());
}
void print_padding(std::ostream& out, const ConvTranspose2dOptions& o) {
  if (!all_are(o.padding(), 0)) out << ", padding=" << o.padding();
}

template <class O> void print_conv(std::ostream& out, const char* name, const O& o) {
  out << "torch::nn::" << name << "(" << o.in_channels() << ", " << o.out_channels()
      << ", kernel_size=" << o.kernel_size() << ", stride=" << o.stride();
  print_padding(out, o);
  if (!all_are(o.dilation(), 1)) out << ", dilation=" << o.dilation();
  if constexpr (std::is_same_v<O, ConvTranspose2dOptions>) {
    if (!all_are(o.output_padding(), 0)) out << ", output_padding=" << o.output_padding();
  }
  if (o.groups() != 1) out << ", groups=" << o.groups();
  if (!o.bias()) out << ", bias=" << std::boolalpha << false;
  if constexpr (!std::is_same_v<O, ConvTranspose2dOptions>) {
    static const char* const modes[] = {"", "kReflect", "kReplicate", "kCircular"};
    if (o.padding_mode().index() != 0) out << ", padding_mode=" << modes[o.padding_mode().index()];
  }
  out << ")";
}

}  // namespace

template <size_t D> Options ConvOptions<D>::named() const {
  static const char* const modes[] = {"zeros", "reflect", "replicate", "circular"};
  Options r = conv_options(*this);
  r.emplace("padding_mode", modes[padding_mode_.index()]);
  return r;
}
template <size_t D, class Derived> ConvNdImpl<D, Derived>::ConvNdImpl(const ConvOptions<D>& o)
    : LayerWith<Derived, ConvOptions<D>, WeightedModule>(D == 1 ? "Conv1d" : "Conv2d", o) {
  this->make_state(conv_input(o));
}
template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::pretty_print(std::ostream& out) const {
  print_conv(out, D == 1 ? "Conv1d" : "Conv2d", this->options);
}
template struct ConvOptions<1>;
template struct ConvOptions<2>;
template class ConvNdImpl<1, Conv1dImpl>;
template class ConvNdImpl<2, Conv2dImpl>;

Options ConvTranspose2dOptions::named() const {
  Options r = conv_options(*this);
  r.emplace("output_padding", output_padding_);
  return r;
}
ConvTranspose2dImpl::ConvTranspose2dImpl(const ConvTranspose2dOptions& o)
    : LayerWith("ConvTranspose2d", o) {
  // What padding takes away must not be all of the result.
  std::vector<int64_t> input = {1, o.in_channels()};
  for (size_t i = 0; i < 2; ++i) input.push_back(1 + 2 * o.padding()->at(i));
  make_state(input);
}
void ConvTranspose2dImpl::pretty_print(std::ostream& out) const {
  print_conv(out, "ConvTranspose2d", options);
}

Options BatchNormOptions::named() const {
  return {{"num_features", num_features_},
          {"eps", eps_},
          {"momentum", momentum_ ? OptionValue(*momentum_) : nullptr},
          {"affine", affine_},
          {"track_running_stats", track_running_stats_}};
}
Tensor* BatchNormModule::member(std::string_view name) {
  if (name == "running_mean") return &running_mean;
  if (name == "running_var") return &running_var;
  if (name == "num_batches_tracked") return &num_batches_tracked;
  return WeightedModule::member(name);
}
template <size_t D, class Derived>
BatchNormImplBase<D, Derived>::BatchNormImplBase(const BatchNormOptions& o)
    : LayerWith<Derived, BatchNormOptions, BatchNormModule>(D == 1 ? "BatchNorm1d" : "BatchNorm2d",
                                                            o) {
  std::vector<int64_t> input = {2, o.num_features()};
  if (D == 2) input.insert(input.end(), {1, 1});
  this->make_state(input);
}
template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::pretty_print(std::ostream& out) const {
  const BatchNormOptions& o = this->options;
  out << "torch::nn::BatchNorm" << D << "d(" << o.num_features() << ", eps=" << o.eps()
      << ", momentum=";
  o.momentum() ? out << *o.momentum() : out << "None";
  out << ", affine=" << std::boolalpha << o.affine() << ", track_running_stats=" << std::boolalpha
      << o.track_running_stats() << ")";
}
template class BatchNormImplBase<1, BatchNorm1dImpl>;
template class BatchNormImplBase<2, BatchNorm2dImpl>;

Options LayerNormOptions::named() const {
  return {{"normalized_shape", normalized_shape_},
          {"eps", eps_},
          {"elementwise_affine", elementwise_affine_}};
}
LayerNormImpl::LayerNormImpl(const LayerNormOptions& o) : LayerWith("LayerNorm", o) {
  std::vector<int64_t> input = {1};
  input.insert(input.end(), o.normalized_shape().begin(), o.normalized_shape().end());
  make_state(input);
}
void LayerNormImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::LayerNorm(" << IntArrayRef(options.normalized_shape())
      << ", eps=" << options.eps() << ", elementwise_affine=" << std::boolalpha
      << options.elementwise_affine() << ")";
}

Options EmbeddingOptions::named() const {
  Options r = {{"num_embeddings", num_embeddings_}, {"embedding_dim", embedding_dim_}};
  if (padding_idx_) r.emplace("padding_idx", *padding_idx_);
  return r;
}
EmbeddingImpl::EmbeddingImpl(const EmbeddingOptions& o) : LayerWith("Embedding", o) {
  make_state({1});
}
Tensor EmbeddingImpl::forward(const Tensor& input) {
  return functional::embedding(
      input, weight, functional::EmbeddingFuncOptions().padding_idx(options.padding_idx()));
}
void EmbeddingImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Embedding(num_embeddings=" << options.num_embeddings()
      << ", embedding_dim=" << options.embedding_dim();
  if (options.padding_idx()) out << ", padding_idx=" << *options.padding_idx();
  out << ")";
}

Options PReLUOptions::named() const {
  return {{"num_parameters", num_parameters_}, {"init", init_}};
}
PReLUImpl::PReLUImpl(const PReLUOptions& o) : LayerWith("PReLU", o) {
  make_state({1, o.num_parameters()});
}
void PReLUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::PReLU(num_parameters=" << options.num_parameters() << ")";
}

Options DropoutOptions::named() const { return {{"p", p_}}; }
DropoutImpl::DropoutImpl(const DropoutOptions& o) : LayerWith("Dropout", o) {}
void DropoutImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Dropout(p=" << options.p() << ", inplace=" << std::boolalpha
      << options.inplace() << ")";
}

Options FlattenOptions::named() const { return {{"start_dim", start_dim_}, {"end_dim", end_dim_}}; }
FlattenImpl::FlattenImpl(const FlattenOptions& o) : LayerWith("Flatten", o) {}
void FlattenImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Flatten(start_dim=" << options.start_dim() << ", end_dim=" << options.end_dim()
      << ")";
}
Options UnflattenOptions::named() const { return {{"dim", dim_}, {"unflattened_size", sizes_}}; }
UnflattenImpl::UnflattenImpl(const UnflattenOptions& o) : LayerWith("Unflatten", o) {}
void UnflattenImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Unflatten(dim=" << options.dim() << ", unflattened_size={";
  for (size_t i = 0; i < options.sizes().size(); ++i) out << (i ? ", " : "") << options.sizes()[i];
  out << "})";
}

template <size_t D> Options MaxPoolOptions<D>::named() const {
  return {{"kernel_size", kernel_size_},
          {"stride", stride_},
          {"padding", padding_},
          {"dilation", dilation_},
          {"ceil_mode", ceil_mode_}};
}
template struct MaxPoolOptions<2>;
MaxPool2dImpl::MaxPool2dImpl(const MaxPool2dOptions& o) : LayerWith("MaxPool2d", o) {}
void MaxPool2dImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::MaxPool2d(kernel_size=" << options.kernel_size()
      << ", stride=" << options.stride() << ", padding=" << options.padding()
      << ", dilation=" << options.dilation() << ", ceil_mode=" << std::boolalpha
      << options.ceil_mode() << ")";
}
template <size_t D> Options AvgPoolOptions<D>::named() const {
  Options r = {{"kernel_size", kernel_size_},
               {"stride", stride_},
               {"padding", padding_},
               {"ceil_mode", ceil_mode_},
               {"count_include_pad", count_include_pad_}};
  if (divisor_override_) r.emplace("divisor_override", *divisor_override_);
  return r;
}
template struct AvgPoolOptions<2>;
AvgPool2dImpl::AvgPool2dImpl(const AvgPool2dOptions& o) : LayerWith("AvgPool2d", o) {}
void AvgPool2dImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::AvgPool2d(kernel_size=" << options.kernel_size()
      << ", stride=" << options.stride() << ", padding=" << options.padding() << ")";
}
Options AdaptiveAvgPool2dOptions::named() const { return {{"output_size", output_size_}}; }
AdaptiveAvgPool2dImpl::AdaptiveAvgPool2dImpl(const AdaptiveAvgPool2dOptions& o)
    : LayerWith("AdaptiveAvgPool2d", o) {}
void AdaptiveAvgPool2dImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::AdaptiveAvgPool2d(output_size=" << options.output_size() << ")";
}

#define NNRUN_PRINT(Name) \
  void Name##Impl::pretty_print(std::ostream& out) const { out << "torch::nn::" #Name "()"; }
NNRUN_PLAIN_ACTIVATIONS(NNRUN_PRINT)
#undef NNRUN_PRINT
#define NNRUN_PRINT(Name)                                                    \
  void Name##Impl::pretty_print(std::ostream& out) const {                   \
    out << "torch::nn::" #Name "(" << Inplace{options.inplace(), ""} << ")"; \
  }
NNRUN_INPLACE_ACTIVATIONS(NNRUN_PRINT)
#undef NNRUN_PRINT
#define NNRUN_PRINT(Name)                                       \
  void Name##Impl::pretty_print(std::ostream& out) const {      \
    out << "torch::nn::" #Name "(dim=" << options.dim() << ")"; \
  }
NNRUN_DIM_ACTIVATIONS(NNRUN_PRINT)
#undef NNRUN_PRINT

Options ELUOptions::named() const { return {{"alpha", alpha_}}; }
void ELUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::ELU(alpha=" << options.alpha() << Inplace{options.inplace()} << ")";
}
Options CELUOptions::named() const { return {{"alpha", alpha_}}; }
void CELUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::CELU(alpha=" << options.alpha() << Inplace{options.inplace()} << ")";
}
Options LeakyReLUOptions::named() const { return {{"negative_slope", negative_slope_}}; }
void LeakyReLUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::LeakyReLU(negative_slope=" << options.negative_slope()
      << Inplace{options.inplace()} << ")";
}
Options GELUOptions::named() const { return {{"approximate", approximate_}}; }
void GELUImpl::pretty_print(std::ostream& out) const { out << "torch::nn::GELU()"; }
Options HardtanhOptions::named() const { return {{"min_val", min_val_}, {"max_val", max_val_}}; }
void HardtanhImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Hardtanh(min_val=" << options.min_val() << ", max_val=" << options.max_val()
      << Inplace{options.inplace()} << ")";
}
Options HardshrinkOptions::named() const { return {{"lambd", lambda_}}; }
void HardshrinkImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Hardshrink(" << options.lambda() << ")";
}
Options SoftshrinkOptions::named() const { return {{"lambd", lambda_}}; }
void SoftshrinkImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Softshrink(" << options.lambda() << ")";
}
Options SoftplusOptions::named() const { return {{"beta", beta_}, {"threshold", threshold_}}; }
void SoftplusImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Softplus(beta=" << options.beta() << ", threshold=" << options.threshold()
      << ")";
}
Options ThresholdOptions::named() const { return {{"threshold", threshold_}, {"value", value_}}; }
ThresholdImpl::ThresholdImpl(const ThresholdOptions& o) : LayerWith("Threshold", o) {}
void ThresholdImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Threshold(threshold=" << options.threshold() << ", value=" << options.value()
      << Inplace{options.inplace()} << ")";
}

}  // namespace nnrun::nn
