#include "backends/cuda/dnn_convolution.h"

#include <optional>

#include "backends/cuda/convolution.h"
#include "backends/cuda/dnn_search.h"

namespace nnrun::cuda {
namespace {

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

template <const DnnWay& kWay> class DnnConvolution {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_convolution(d);
    if (!o.why_not.empty()) return o;
    const DnnProblem p(d, kWay);
    for (const DnnTensor& t : p.tensor) {
      for (const int64_t n : t.shape) {
        if (n == 0) return no("nothing to convolve");
      }
      if (t.strides.empty()) return no("elements in neither the order NCHW nor NHWC");
    }
    if (p.bias && d.in(2).size(0) != 1 && d.in(2).stride(0) != 1) return no("a bias with gaps");
    std::shared_ptr<const DnnPlans> plans;
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
      : complete_on_return_(d.in(0).desc().t.device.device_type == kDLCPU),
        plans_(plans_of(DnnProblem(d, kWay))) {
    for (int i : kWay.operand) operands_.push_back(i == DnnWay::kOut ? d.inputs() : i);
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
      ids.push_back(int64_t(ids.size()) + 1);
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

  bool complete_on_return_;
  std::shared_ptr<const DnnPlans> plans_;
  std::vector<int> operands_;  // x, weight, y and the bias that the plans add: ids 1, 2, ..
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
