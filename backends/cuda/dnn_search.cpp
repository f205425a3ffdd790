#include "backends/cuda/dnn_search.h"

#include <map>

namespace nnrun::cuda {
namespace {

/// The strides of a shape whose elements lie without gaps in NCHW or NHWC order, as cuDNN wants
/// them of dimensions of size 1, too; nothing for another order.
std::vector<int64_t> plain_strides(const Operand& o) {
  const std::vector<int64_t> n = o.shape();
  for (const std::vector<int64_t>& s :
       {std::vector<int64_t>{n[1] * n[2] * n[3], n[2] * n[3], n[3], 1},
        std::vector<int64_t>{n[1] * n[2] * n[3], 1, n[1] * n[3], n[1]}}) {
    bool same = true;
    for (int i = 0; i < 4; ++i) same = same && (n[size_t(i)] == 1 || o.stride(i) == s[size_t(i)]);
    if (same) return s;
  }
  return {};
}

/// Adds the operation with y, of weight and x or the gradient of either.
void convolve(DnnGraph& g, const DnnProblem& p, const Descriptor& x, const Descriptor& weight,
              const Descriptor& y) {
  Descriptor& convolution = g.make(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, dnn_type(p.inner()))
      .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
      .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, int64_t{2})
      .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, p.stride)
      .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, p.dilation)
      .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, p.padding)
      .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, p.padding)
      .finalize();
  Descriptor& r = g.operation(p.way.operation);
  r.set(p.way.convolution, convolution).set(p.way.x, x).set(p.way.weight, weight).set(p.way.y, y);
  if (p.inner() == DType::float64) {
    r.set(p.way.alpha, 1.0).set(p.way.beta, 0.0);
  } else {
    r.set(p.way.alpha, 1.0f).set(p.way.beta, 0.0f);
  }
  r.finalize();
}

void add(DnnGraph& g, const DnnProblem& p, const Descriptor& x, const Descriptor& bias,
         const Descriptor& y) {
  Descriptor& addition = g.make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  addition.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_POINTWISE_ADD)
      .set(CUDNN_ATTR_POINTWISE_MATH_PREC, dnn_type(p.inner()))
      .finalize();
  g.operation(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
      .set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, addition)
      .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x)
      .set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bias)
      .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y)
      .finalize();
}

/// A plan for addresses that are multiples of `alignment`, with the bias added or without.
std::unique_ptr<const DnnPlan> plan(const DnnProblem& p, int64_t alignment, bool bias) {
  DnnGraph g;
  std::array<DnnTensor, 3> t = p.tensor;
  for (DnnTensor& each : t) each.alignment = alignment;
  const Descriptor &x = g.tensor(t[0]), &weight = g.tensor(t[1]), &y = g.tensor(t[2]);
  if (bias) {
    const int64_t channels = t[2].shape[1];
    const Descriptor& b =
        g.tensor({4, p.limits.dtype, {1, channels, 1, 1}, {channels, 1, 1, 1}, alignment});
    const Descriptor& product = g.tensor({5, p.inner(), t[2].shape, t[2].strides, 16, true});
    convolve(g, p, x, weight, product);
    add(g, p, product, b, y);
  } else {
    convolve(g, p, x, weight, y);
  }
  return std::make_unique<DnnPlan>(p.device, g, p.limits);
}

DnnPlans search(const DnnProblem& p) {
  DnnPlans r;
  for (const bool bias : {true, false}) {
    if (bias && !p.bias) continue;
    try {
      r.aligned = plan(p, 16, bias);
      r.any = plan(p, size_of(p.limits.dtype), bias);
      r.adds_bias = bias;
      r.why_not.clear();
      break;
    } catch (const Failure& f) {
      r.why_not = f.what();
    }
  }
  return r;
}

}  // namespace

DnnProblem::DnnProblem(const Desc& d, const DnnWay& w)
    : device(device_of(d.in(0).desc().t.device)), way(w) {
  for (int i = 0; i < 3; ++i) {
    const int at = w.operand[size_t(i)];
    const Operand o = d.operand(at == DnnWay::kOut ? d.inputs() : at);
    tensor[size_t(i)] = {i + 1, o.dtype(), o.shape(), plain_strides(o)};
  }
  stride = d.attrs().integers("stride");
  padding = d.attrs().integers("padding");
  dilation = d.attrs().integers("dilation");
  bias = bool(d.in(2));
  limits = {tensor[0].dtype, d.deterministic(), d.fast_math(), device.memory() / 4};
}

std::string DnnProblem::key() const {
  std::string r = std::to_string(device.index()) + "," + std::to_string(int(way.operation));
  const auto add = [&](const std::vector<int64_t>& v) {
    for (const int64_t i : v) r += "," + std::to_string(i);
  };
  for (const DnnTensor& t : tensor) add(t.shape), add(t.strides);
  add(stride), add(padding), add(dilation);
  add({int64_t(limits.dtype), bias, limits.deterministic, limits.fast});
  return r;
}

/// Kept, since a search takes long and every offer and prepare wants it.
std::shared_ptr<const DnnPlans> plans_of(const DnnProblem& p) {
  constexpr size_t kMost = 2000;  // far more than a model has; eager code may see any shapes
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const DnnPlans>> known;
  dnn_handle(p.device);  // fails where cuDNN does not start
  const std::lock_guard lock(mutex);
  if (known.size() >= kMost) known.clear();
  std::shared_ptr<const DnnPlans>& r = known[p.key()];
  if (r == nullptr) r = std::make_shared<DnnPlans>(search(p));
  return r;
}

}  // namespace nnrun::cuda
