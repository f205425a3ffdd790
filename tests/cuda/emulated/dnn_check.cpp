// What descriptors take, and what has to hold of them: dnn.h.
#include "tests/cuda/emulated/dnn.h"

namespace nnrun::emulated {
namespace {

// clang-format off
constexpr Rule kRules[] = {
  {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, 1},
  {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, 1},
  {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, 4},
  {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, 4},
  {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, 1},
  {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, 1, false},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, 1},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, 1},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, 1},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, 2},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, 2},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, 2},
  {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, 2},
  {CUDNN_BACKEND_POINTWISE_DESCRIPTOR, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, 1},
  {CUDNN_BACKEND_POINTWISE_DESCRIPTOR, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, 1},
  {CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1},
  {CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1},
  {CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1},
  {CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1},
  {CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, 1},
  {CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 2},
  {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1},
  {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, 1},
  {CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, 1},
  {CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1},
  {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 1, 8},
  {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 1, 8},
  {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, 1},
};
// clang-format on

constexpr Names kConvolutions[] = {
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, 2,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y},
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, 0,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY},
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, 1,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY},
};
std::string wrong_windows(const Convolution& c) {
  if (c.x.n[0] != c.y.n[0] || c.w.n[0] != c.y.n[1]) return "sizes of x, weight and y do not fit";
  if (c.x.n[1] % c.w.n[1] != 0 || c.w.n[0] % (c.x.n[1] / c.w.n[1]) != 0)
    return "channels of no groups";
  for (size_t i = 0; i < 2; ++i) {
    const int64_t room =
        c.x.n[i + 2] + c.before[i] + c.after[i] - c.dilation[i] * (c.w.n[i + 2] - 1) - 1;
    if (room < 0 || room / c.stride[i] + 1 != c.y.n[i + 2]) return "y has not the size of windows";
  }
  const auto stored = [](const Tensor& t) { return t.is_virtual ? CUDNN_DATA_FLOAT : t.type; };
  if (stored(c.x) != stored(c.w) || (!c.y.is_virtual && stored(c.x) != stored(c.y)))
    return "dtypes differ";
  return (c.inner == CUDNN_DATA_DOUBLE) == (c.x.type == CUDNN_DATA_DOUBLE) ? ""
                                                                           : "another math type";
}

int64_t size_of(cudnnDataType_t t) {
  return t == CUDNN_DATA_DOUBLE ? 8 : t == CUDNN_DATA_FLOAT ? 4 : 2;
}

std::string wrong_tensor(const Tensor& t) {
  int64_t span = 1;
  for (size_t i = 0; i < 4; ++i) {
    if (t.n[i] < 1 || t.s[i] < 1) return "sizes and strides are at least 1";
    span += (t.n[i] - 1) * t.s[i];
  }
  if (span != t.numel()) return "elements with gaps, or two at one place";
  if (t.alignment < size_of(t.type) || (t.alignment & (t.alignment - 1)) != 0) {
    return "an alignment of no use";
  }
  return "";
}

std::string wrong_convolution(const Node& d, const Names& n) {
  const Convolution c(d, n);
  const auto scale = [&](cudnnBackendAttributeName_t name) {
    return d.values.at(name).type == CUDNN_TYPE_DOUBLE ? d.one<double>(name)
                                                       : double(d.one<float>(name));
  };
  if (scale(n.alpha) != 1 || scale(n.beta) != 0) return "only y = conv(x, w)";
  if ((d.values.at(n.alpha).type == CUDNN_TYPE_DOUBLE) != (c.inner == CUDNN_DATA_DOUBLE)) {
    return "alpha of another type";
  }
  return wrong_windows(c);
}

std::string wrong_sum(const Node& d) {
  const Tensor x(d.part(CUDNN_ATTR_OPERATION_POINTWISE_XDESC));
  const Tensor b(d.part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC));
  const Tensor y(d.part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC));
  const Node& how = d.part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
  if (how.one<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE) != CUDNN_POINTWISE_ADD) {
    return "only sums";
  }
  if (x.n != y.n) return "x and y of two sizes";
  for (size_t i = 0; i < 4; ++i) {
    if (b.n[i] != 1 && b.n[i] != y.n[i]) return "b is not broadcast to y";
  }
  return "";
}

}  // namespace

const Names* convolution_names(cudnnBackendDescriptorType_t kind) {
  for (const Names& n : kConvolutions) {
    if (n.kind == kind) return &n;
  }
  return nullptr;
}

std::vector<Rule> rules_of(cudnnBackendDescriptorType_t kind) {
  std::vector<Rule> r;
  for (const Rule& each : kRules) {
    if (each.kind == kind) r.push_back(each);
  }
  if (const Names* n = convolution_names(kind)) {
    for (const auto name : {n->convolution, n->x, n->weight, n->y}) {
      r.push_back({kind, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1});
    }
    for (const auto name : {n->alpha, n->beta}) {
      r.push_back({kind, name, CUDNN_TYPE_FLOAT, 1, 1});  // or double
    }
  }
  return r;
}

std::string wrong(const Node& d) {
  const Names* convolution = convolution_names(d.kind);
  switch (d.kind) {
    case CUDNN_BACKEND_TENSOR_DESCRIPTOR: return wrong_tensor(Tensor(d));
    case CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR:
      for (const auto name :
           {CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_ATTR_CONVOLUTION_DILATIONS}) {
        for (const int64_t v : d.list<int64_t>(name)) {
          if (v < 1) return "strides and dilations are at least 1";
        }
      }
      if (d.one<int64_t>(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS) != 2) return "not of images";
      return d.one<cudnnConvolutionMode_t>(CUDNN_ATTR_CONVOLUTION_CONV_MODE) ==
                     CUDNN_CROSS_CORRELATION
                 ? ""
                 : "kernels that are turned";
    case CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR:
      return d.list<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS).size() ==
                     d.list<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS).size()
                 ? ""
                 : "an address for each id";
    case CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR: return wrong_sum(d);
    default: return convolution ? wrong_convolution(d, *convolution) : "";
  }
}

}  // namespace nnrun::emulated
