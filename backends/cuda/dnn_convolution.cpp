#include "backends/cuda/dnn_convolution.h"

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "backends/cuda/convolution.h"
#include "backends/cuda/dnn_plan.h"

namespace nnrun::cuda {
namespace {

/// What cuDNN calls an op, and which of its operands are x, weight and y; kOut: the output.
struct Way {
  static constexpr int kOut = -1;
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t alpha, beta, convolution, x, weight, y;
  std::array<int, 3> operand;
};

constexpr Way kForward = {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                          {0, 1, Way::kOut}};
constexpr Way kGradInput = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
                            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                            {Way::kOut, 1, 0}};
constexpr Way kGradWeight = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                             CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                             CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
                             CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                             CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                             CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                             CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                             {1, Way::kOut, 0}};

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

/// One convolution: what its plans follow from.
struct Problem {
  Problem(const Desc& d, const Way& w) : device(device_of(d.in(0).desc().t.device)), way(w) {
    for (int i = 0; i < 3; ++i) {
      const int at = w.operand[size_t(i)];
      const Operand o = d.operand(at == Way::kOut ? d.inputs() : at);
      tensor[size_t(i)] = {i, o.dtype(), o.shape(), plain_strides(o)};
    }
    stride = d.attrs().integers("stride");
    padding = d.attrs().integers("padding");
    dilation = d.attrs().integers("dilation");
    bias = bool(d.in(2));
    limits = {tensor[0].dtype, d.deterministic(), d.fast_math(), device.memory() / 4};
  }
  std::string key() const {
    std::string r = std::to_string(device.index()) + "," + std::to_string(int(way.operation));
    const auto add = [&](const std::vector<int64_t>& v) {
      for (const int64_t i : v) r += "," + std::to_string(i);
    };
    for (const DnnTensor& t : tensor) add(t.shape), add(t.strides);
    add(stride), add(padding), add(dilation);
    add({int64_t(limits.dtype), bias, limits.deterministic, limits.fast});
    return r;
  }
  /// What sums are made in.
  DType inner() const { return limits.dtype == DType::float64 ? DType::float64 : DType::float32; }

  Device& device;
  const Way& way;
  std::array<DnnTensor, 3> tensor;  // x, weight, y; their ids are 0, 1, 2
  std::vector<int64_t> stride, padding, dilation;
  bool bias;  // id 3
  DnnPlan::Limits limits;
};

/// Adds the operation with y, of weight and x or the gradient of either.
void convolve(DnnGraph& g, const Problem& p, const Descriptor& x, const Descriptor& weight,
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

void add(DnnGraph& g, const Problem& p, const Descriptor& x, const Descriptor& bias,
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
std::unique_ptr<const DnnPlan> plan(const Problem& p, int64_t alignment, bool bias) {
  DnnGraph g;
  std::array<DnnTensor, 3> t = p.tensor;
  for (DnnTensor& each : t) each.alignment = alignment;
  const Descriptor &x = g.tensor(t[0]), &weight = g.tensor(t[1]), &y = g.tensor(t[2]);
  if (bias) {
    const int64_t channels = t[2].shape[1];
    const Descriptor& b =
        g.tensor({3, p.limits.dtype, {1, channels, 1, 1}, {channels, 1, 1, 1}, alignment});
    const Descriptor& product = g.tensor({4, p.inner(), t[2].shape, t[2].strides, 16, true});
    convolve(g, p, x, weight, product);
    add(g, p, product, b, y);
  } else {
    convolve(g, p, x, weight, y);
  }
  return std::make_unique<DnnPlan>(p.device, g, p.limits);
}

/// The plans of one convolution, or why there are none.
struct Plans {
  std::unique_ptr<const DnnPlan> aligned, any;  // addresses: multiples of 16 bytes, of an element
  bool adds_bias = false;
  std::string why_not;
};

Plans search(const Problem& p) {
  Plans r;
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

/// Kept, since a search takes long and every offer and prepare wants it.
std::shared_ptr<const Plans> plans_of(const Problem& p) {
  constexpr size_t kMost = 2000;  // far more than a model has; eager code may see any shapes
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Plans>> known;
  dnn_handle(p.device);  // fails where cuDNN does not start
  const std::lock_guard lock(mutex);
  if (known.size() >= kMost) known.clear();
  std::shared_ptr<const Plans>& r = known[p.key()];
  if (r == nullptr) r = std::make_shared<Plans>(search(p));
  return r;
}

/// y += bias, where no engine does both.
class AddBias : public MapKernel {
 public:
  explicit AddBias(const Desc& d) : MapKernel(d) {
    Map m;
    m.shape = d.out(0).shape();
    m.in = {operand_over(d, 3, m.shape), {d.in(2).dtype(), {0, d.in(2).stride(0), 0, 0}, {2, 0}}};
    m.out = {operand_over(d, 3, m.shape)};
    m.body = "y0 = x0 + x1;";
    add_map(m);
  }
};

template <const Way& kWay> class DnnConvolution {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_convolution(d);
    if (!o.why_not.empty()) return o;
    const Problem p(d, kWay);
    for (const DnnTensor& t : p.tensor) {
      for (const int64_t n : t.shape) {
        if (n == 0) return no("nothing to convolve");
      }
      if (t.strides.empty()) return no("elements in neither the order NCHW nor NHWC");
    }
    if (p.bias && d.in(2).size(0) != 1 && d.in(2).stride(0) != 1) return no("a bias with gaps");
    std::shared_ptr<const Plans> plans;
    try {
      plans = plans_of(p);
    } catch (const Failure& f) {
      return no(f.what());
    }
    if (!plans->why_not.empty()) return no(plans->why_not);
    for (const DnnPlan* plan : {plans->aligned.get(), plans->any.get()}) {
      o.workspace_bytes = std::max(o.workspace_bytes, plan->workspace());
      if (!plan->deterministic()) o.flags &= ~uint32_t(NNR_K_DETERMINISTIC);
      if (plan->approximate()) o.flags |= NNR_K_APPROX;
    }
    constexpr double kPerNs = 20000;  // multiply-adds
    const auto& w = p.tensor[1].shape;
    o.est_ns += double(numel(p.tensor[2])) * double(w[1] * w[2] * w[3]) / kPerNs;
    o.detail = std::to_string(plans->aligned->engine());
    return o;
  }

  explicit DnnConvolution(const Desc& d)
      : device_(device_of(d.in(0).desc().t.device)),
        complete_on_return_(d.in(0).desc().t.device.device_type == kDLCPU),
        plans_(plans_of(Problem(d, kWay))) {
    for (int i : kWay.operand) operands_.push_back(i == Way::kOut ? d.inputs() : i);
    if (d.in(2) && plans_->adds_bias) operands_.push_back(2);
    if (d.in(2) && !plans_->adds_bias) add_bias_.emplace(d);
  }

  struct State {
    const DnnPlan* plan;
    Descriptor addresses;
    CUstream stream;
    AddBias::State add_bias;
  };
  State bind(void* const* buffer, void* workspace, void* stream) const {
    std::vector<void*> pointers;
    std::vector<int64_t> ids;
    bool aligned = true;
    for (const int i : operands_) {
      ids.push_back(int64_t(ids.size()));
      pointers.push_back(buffer[i]);
      aligned = aligned && reinterpret_cast<uintptr_t>(buffer[i]) % 16 == 0;
    }
    State s{aligned ? plans_->aligned.get() : plans_->any.get(),
            DnnPlan::addresses(ids, pointers, workspace),
            static_cast<CUstream>(stream),
            {}};
    if (add_bias_) s.add_bias = add_bias_->bind(buffer, workspace, stream);
    return s;
  }
  void rebind(State& s, void* const* buffer, void* workspace, void* stream) const {
    s = bind(buffer, workspace, stream);
  }
  void run(State& s) const {
    s.plan->run(s.addresses, s.stream);
    if (add_bias_) add_bias_->run(s.add_bias);
    if (complete_on_return_) {
      driver().check(driver().cuStreamSynchronize(s.stream), "cuStreamSynchronize");
    }
  }

 private:
  static int64_t numel(const DnnTensor& t) {
    return t.shape[0] * t.shape[1] * t.shape[2] * t.shape[3];
  }

  Device& device_;
  bool complete_on_return_;
  std::shared_ptr<const Plans> plans_;
  std::vector<int> operands_;  // x, weight, y and the bias that the plans add: by id
  std::optional<AddBias> add_bias_;
};

}  // namespace

std::vector<KernelDef> with_dnn(const KernelDef& own) {
  const std::string op = own.op;
  return {op == "conv2d"              ? kernel<DnnConvolution<kForward>>(own.op, "cudnn")
          : op == "conv2d_grad_input" ? kernel<DnnConvolution<kGradInput>>(own.op, "cudnn")
                                      : kernel<DnnConvolution<kGradWeight>>(own.op, "cudnn"),
          own};
}

}  // namespace nnrun::cuda
