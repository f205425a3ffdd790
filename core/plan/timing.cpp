#include "core/plan/timing.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace nnrun {
namespace {

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A kernel that was prepared to be timed, bound to a node's operands and to results of its own.
class Trial {
 public:
  Trial(const Plan& plan, const PlannedNode& n, const Candidate& c)
      : source_(kernels_of(n, c.backend, plan.options())), desc_(plan.describe(n, &buffers_)) {
    if (c.backend >= 0 && memory_of(c.backend, plan.options()) != n.memory)
      throw Error(Code::backend, "its operands lie elsewhere");
    if (n.memory != kHostMemory) device_ = plan.options().memories[size_t(n.memory)].get();
    const auto allocate = [&](double bytes) {
      memory_.push_back(nnrun::allocate(n.memory, int64_t(bytes), plan.options()));
      if (n.memory == kHostMemory)  // new pages are not what is timed
        std::memset(memory_.back().get(), 0, size_t(bytes));
      return memory_.back().get();
    };
    for (size_t k = 0; k < n.out.size(); ++k) {
      const Operand& o = n.out[k];
      if (o.absent()) continue;
      buffers_[n.in.size() + k] = allocate(double(plan.program().storages[o.storage].size()));
    }
    void* workspace = c.workspace_bytes > 0 ? allocate(double(c.workspace_bytes)) : nullptr;
    kernel_ = prepare_kernel(source_.table, source_.self, desc_, c.impl, n.op);
    const AbiResult bound = abi_try([&](nnr_err* e) {
      return source_.table->bind(kernel_, buffers_.data(), workspace,
                                 stream_of(n.memory, plan.options()), &launch_, e);
    });
    if (bound.status != NNR_OK) {
      release_kernel(source_.table, kernel_);
      throw abi_error(n.op, bound.status, bound.text);
    }
  }
  ~Trial() {
    if (device_ != nullptr) device_->drain();
    if (launch_.unbind != nullptr) launch_.unbind(launch_.ctx);
    release_kernel(source_.table, kernel_);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// Median ns of one run, over samples long enough for the clock; one run when that takes long; -1
  /// when it fails.
  double time(double seconds) {
    constexpr int64_t kSample = 20'000;  // ns
    const int64_t start = now_ns(), end = start + int64_t(seconds * 1e9);
    std::vector<double> samples;
    int64_t runs = 1;
    if (!run(1)) return -1;  // the first one warms up
    if (const int64_t first = now_ns(); first > end) return double(first - start);
    while (samples.size() < 3 || (now_ns() < end && samples.size() < 1000)) {
      const int64_t began = now_ns();
      if (!run(runs)) return -1;
      const int64_t took = now_ns() - began;
      if (took < kSample && runs < 1'000'000) {
        runs *= 2;
      } else {
        samples.push_back(double(took) / double(runs));
      }
    }
    std::nth_element(samples.begin(), samples.begin() + long(samples.size() / 2), samples.end());
    return samples[samples.size() / 2];
  }

  static Type type_of(const Program& p, const Operand& o) {
    return {p.storages[o.storage].type.dtype, o.view.shape};
  }

 private:
  bool run(int64_t times) {
    nnr_err e = {sizeof(nnr_err), 0, 0, 0, nullptr};
    for (; times > 0; --times) {
      if (launch_.run(launch_.ctx, &e) != NNR_OK) return false;
    }
    if (device_ != nullptr) device_->sync();
    return true;
  }

  KernelSource source_;
  const DeviceMemory* device_ = nullptr;
  std::vector<void*> buffers_;
  OpDesc desc_;
  std::vector<std::shared_ptr<void>> memory_;
  void* kernel_ = nullptr;
  nnr_launch launch_ = {};
};

}  // namespace

std::vector<int64_t> launch_times(Plan& plan) {
  std::vector<int64_t> at(plan.launches() + 1);
  plan.run_observed([&](size_t i) { at[i] = now_ns(); });
  return at;
}

double clock_cost() {
  std::vector<int64_t> deltas(1001);
  for (int64_t& t : deltas) t = now_ns();
  for (size_t i = deltas.size() - 1; i > 0; --i) deltas[i] -= deltas[i - 1];
  std::nth_element(deltas.begin() + 1, deltas.begin() + 501, deltas.end());
  return double(deltas[501]);
}

std::vector<std::vector<double>> time_candidates(Plan& plan, double seconds) {
  const Program& p = plan.program();
  std::vector<std::vector<double>> r(p.nodes.size());
  plan.run_observed([&](size_t launch) {
    const PlannedNode* n = launch < plan.launches() ? plan.node_of(launch) : nullptr;
    if (n == nullptr) return;
    for (const Candidate& c : n->candidates) {
      double ns = -1;
      try {
        if (!c.impl.empty()) ns = Trial(plan, *n, c).time(seconds);
      } catch (const Error&) {
        // Not to be had after all: like one that was refused.
      }
      r[size_t(n - p.nodes.data())].push_back(ns);
    }
  });
  for (size_t i = 0; i < p.once; ++i) r[i].assign(p.nodes[i].candidates.size(), -1);
  return r;
}

Work work_of(const Program& p, const PlannedNode& n) {
  const std::vector<Operand>& in = n.in;
  std::vector<Type> operands, results;
  for (const Operand& o : in) operands.push_back(o.absent() ? Type{} : Trial::type_of(p, o));
  for (const Operand& o : n.out) results.push_back(Trial::type_of(p, o));
  OpCall call{n.attrs, {}};
  for (size_t i = 0; i < in.size(); ++i) call.in.push_back(in[i].absent() ? nullptr : &operands[i]);
  if (n.body == nullptr) return work_of(find_op(n.op), call, results);
  Work w =
      work_of(OpDef{}, call, results);  // what it reads and writes: the rest stays in registers
  w.flops = n.flops;
  return w;
}

}  // namespace nnrun
