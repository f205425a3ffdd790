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

LinearImpl::LinearImpl(const LinearOptions& o)
    : WeightedModule("Linear", {{"in_features", o.in_features()},
                                {"out_features", o.out_features()},
                                {"bias", o.bias()}}),
      options(o) {
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

template <size_t D> Options with_mode(const ConvOptions<D>& o) {
  static const char* const modes[] = {"zeros", "reflect", "replicate", "circular"};
  Options r = conv_options(o);
  r.emplace("padding_mode", modes[o.padding_mode().index()]);
  return r;
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

template <size_t D> ConvImpl<D>::ConvImpl(const ConvOptions<D>& o)
    : WeightedModule(D == 1 ? "Conv1d" : "Conv2d", with_mode(o)), options(o) {
  make_state(conv_input(o));
}
template <size_t D> void ConvImpl<D>::pretty_print(std::ostream& out) const {
  print_conv(out, D == 1 ? "Conv1d" : "Conv2d", options);
}
template class ConvImpl<1>;
template class ConvImpl<2>;

ConvTranspose2dImpl::ConvTranspose2dImpl(const ConvTranspose2dOptions& o)
    : WeightedModule("ConvTranspose2d",
                     [&] {
                       Options r = conv_options(o);
                       r.emplace("output_padding", o.output_padding());
                       return r;
                     }()),
      options(o) {
  // What padding takes away must not be all of the result.
  std::vector<int64_t> input = {1, o.in_channels()};
  for (size_t i = 0; i < 2; ++i) input.push_back(1 + 2 * o.padding()->at(i));
  make_state(input);
}
void ConvTranspose2dImpl::pretty_print(std::ostream& out) const {
  print_conv(out, "ConvTranspose2d", options);
}

BatchNormModule::BatchNormModule(const char* type, const BatchNormOptions& o,
                                 std::vector<int64_t> input_sizes)
    : WeightedModule(type, {{"num_features", o.num_features()},
                            {"eps", o.eps()},
                            {"momentum", o.momentum() ? OptionValue(*o.momentum()) : nullptr},
                            {"affine", o.affine()},
                            {"track_running_stats", o.track_running_stats()}}),
      options(o) {
  make_state(input_sizes);
}
Tensor* BatchNormModule::member(std::string_view name) {
  if (name == "running_mean") return &running_mean;
  if (name == "running_var") return &running_var;
  if (name == "num_batches_tracked") return &num_batches_tracked;
  return WeightedModule::member(name);
}
void BatchNormModule::pretty_print(std::ostream& out) const {
  out << name().substr(0, name().size() - 4) << "(" << options.num_features()
      << ", eps=" << options.eps() << ", momentum=";
  options.momentum() ? out << *options.momentum() : out << "None";
  out << ", affine=" << std::boolalpha << options.affine()
      << ", track_running_stats=" << std::boolalpha << options.track_running_stats() << ")";
}

LayerNormImpl::LayerNormImpl(const LayerNormOptions& o)
    : WeightedModule("LayerNorm", {{"normalized_shape", o.normalized_shape()},
                                   {"eps", o.eps()},
                                   {"elementwise_affine", o.elementwise_affine()}}),
      options(o) {
  std::vector<int64_t> input = {1};
  input.insert(input.end(), o.normalized_shape().begin(), o.normalized_shape().end());
  make_state(input);
}
void LayerNormImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::LayerNorm(" << IntArrayRef(options.normalized_shape())
      << ", eps=" << options.eps() << ", elementwise_affine=" << std::boolalpha
      << options.elementwise_affine() << ")";
}

EmbeddingImpl::EmbeddingImpl(const EmbeddingOptions& o)
    : WeightedModule("Embedding",
                     [&] {
                       Options r = {{"num_embeddings", o.num_embeddings()},
                                    {"embedding_dim", o.embedding_dim()}};
                       if (o.padding_idx()) r.emplace("padding_idx", *o.padding_idx());
                       return r;
                     }()),
      options(o) {
  make_state({1});
}
void EmbeddingImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Embedding(num_embeddings=" << options.num_embeddings()
      << ", embedding_dim=" << options.embedding_dim();
  if (options.padding_idx()) out << ", padding_idx=" << *options.padding_idx();
  out << ")";
}

PReLUImpl::PReLUImpl(const PReLUOptions& o)
    : WeightedModule("PReLU", {{"num_parameters", o.num_parameters()}, {"init", o.init()}}),
      options(o) {
  make_state({1, o.num_parameters()});
}
void PReLUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::PReLU(num_parameters=" << options.num_parameters() << ")";
}

DropoutImpl::DropoutImpl(const DropoutOptions& o)
    : LayerModule("Dropout", {{"p", o.p()}}), options(o) {}
void DropoutImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Dropout(p=" << options.p() << ", inplace=" << std::boolalpha
      << options.inplace() << ")";
}

FlattenImpl::FlattenImpl(const FlattenOptions& o)
    : LayerModule("Flatten", {{"start_dim", o.start_dim()}, {"end_dim", o.end_dim()}}),
      options(o) {}
void FlattenImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Flatten(start_dim=" << options.start_dim() << ", end_dim=" << options.end_dim()
      << ")";
}
UnflattenImpl::UnflattenImpl(const UnflattenOptions& o)
    : LayerModule("Unflatten", {{"dim", o.dim()}, {"unflattened_size", o.sizes()}}), options(o) {}
void UnflattenImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Unflatten(dim=" << options.dim() << ", unflattened_size={";
  for (size_t i = 0; i < options.sizes().size(); ++i) out << (i ? ", " : "") << options.sizes()[i];
  out << "})";
}

MaxPool2dImpl::MaxPool2dImpl(const MaxPool2dOptions& o)
    : LayerModule("MaxPool2d", {{"kernel_size", o.kernel_size()},
                                {"stride", o.stride()},
                                {"padding", o.padding()},
                                {"dilation", o.dilation()},
                                {"ceil_mode", o.ceil_mode()}}),
      options(o) {}
void MaxPool2dImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::MaxPool2d(kernel_size=" << options.kernel_size()
      << ", stride=" << options.stride() << ", padding=" << options.padding()
      << ", dilation=" << options.dilation() << ", ceil_mode=" << std::boolalpha
      << options.ceil_mode() << ")";
}
AvgPool2dImpl::AvgPool2dImpl(const AvgPool2dOptions& o)
    : LayerModule("AvgPool2d",
                  [&] {
                    Options r = {{"kernel_size", o.kernel_size()},
                                 {"stride", o.stride()},
                                 {"padding", o.padding()},
                                 {"ceil_mode", o.ceil_mode()},
                                 {"count_include_pad", o.count_include_pad()}};
                    if (o.divisor_override()) r.emplace("divisor_override", *o.divisor_override());
                    return r;
                  }()),
      options(o) {}
void AvgPool2dImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::AvgPool2d(kernel_size=" << options.kernel_size()
      << ", stride=" << options.stride() << ", padding=" << options.padding() << ")";
}
AdaptiveAvgPool2dImpl::AdaptiveAvgPool2dImpl(const AdaptiveAvgPool2dOptions& o)
    : LayerModule("AdaptiveAvgPool2d", {{"output_size", o.output_size()}}), options(o) {}
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

ELUImpl::ELUImpl(const ELUOptions& o) : LayerModule("ELU", {{"alpha", o.alpha()}}), options(o) {}
void ELUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::ELU(alpha=" << options.alpha() << Inplace{options.inplace()} << ")";
}
CELUImpl::CELUImpl(const CELUOptions& o)
    : LayerModule("CELU", {{"alpha", o.alpha()}}), options(o) {}
void CELUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::CELU(alpha=" << options.alpha() << Inplace{options.inplace()} << ")";
}
LeakyReLUImpl::LeakyReLUImpl(const LeakyReLUOptions& o)
    : LayerModule("LeakyReLU", {{"negative_slope", o.negative_slope()}}), options(o) {}
void LeakyReLUImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::LeakyReLU(negative_slope=" << options.negative_slope()
      << Inplace{options.inplace()} << ")";
}
GELUImpl::GELUImpl(const GELUOptions& o)
    : LayerModule("GELU", {{"approximate", o.approximate()}}), options(o) {}
void GELUImpl::pretty_print(std::ostream& out) const { out << "torch::nn::GELU()"; }
HardtanhImpl::HardtanhImpl(const HardtanhOptions& o)
    : LayerModule("Hardtanh", {{"min_val", o.min_val()}, {"max_val", o.max_val()}}), options(o) {}
void HardtanhImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Hardtanh(min_val=" << options.min_val() << ", max_val=" << options.max_val()
      << Inplace{options.inplace()} << ")";
}
HardshrinkImpl::HardshrinkImpl(const HardshrinkOptions& o)
    : LayerModule("Hardshrink", {{"lambd", o.lambda()}}), options(o) {}
void HardshrinkImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Hardshrink(" << options.lambda() << ")";
}
SoftshrinkImpl::SoftshrinkImpl(const SoftshrinkOptions& o)
    : LayerModule("Softshrink", {{"lambd", o.lambda()}}), options(o) {}
void SoftshrinkImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Softshrink(" << options.lambda() << ")";
}
SoftplusImpl::SoftplusImpl(const SoftplusOptions& o)
    : LayerModule("Softplus", {{"beta", o.beta()}, {"threshold", o.threshold()}}), options(o) {}
void SoftplusImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Softplus(beta=" << options.beta() << ", threshold=" << options.threshold()
      << ")";
}
ThresholdImpl::ThresholdImpl(const ThresholdOptions& o)
    : LayerModule("Threshold", {{"threshold", o.threshold()}, {"value", o.value()}}), options(o) {}
void ThresholdImpl::pretty_print(std::ostream& out) const {
  out << "torch::nn::Threshold(threshold=" << options.threshold() << ", value=" << options.value()
      << Inplace{options.inplace()} << ")";
}

}  // namespace nnrun::nn
