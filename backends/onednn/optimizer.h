// Optimizers: one pass over the parameter, its gradient and the slots.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <string_view>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// What an optimizer's loop is given, by its attributes and the step.
class UpdateRule {
 public:
  explicit UpdateRule(OptimizerOp op) : op_(op) {}
  virtual ~UpdateRule() = default;
  OptimizerOp op() const { return op_; }
  virtual OptimizerScalars at(double lr, int64_t step) const = 0;
  /// Where s (of a step) says no more than param += factor * grad: that factor; else 0.
  virtual float factor(const OptimizerScalars& s) const = 0;

 private:
  OptimizerOp op_;
};

/// That of an optimizer's op; null where the op is none.
std::unique_ptr<UpdateRule> update_rule(std::string_view op, const Attrs& attrs);
void add_update_rule(const std::string& op, std::unique_ptr<UpdateRule> (*make)(const Attrs&));

/// Which input of an optimizer's op each of its results replaces: the parameter, then the slots
/// that are there.
std::vector<int> updated_inputs(const Desc& d);

/// The operands are param, grad, slots..., lr, step, ok; the results param, slots.... K gives
///   static constexpr OptimizerOp kOp;
///   explicit K(const Attrs&)                                     constants of the run
///   OptimizerScalars at(double lr, int64_t step) const          what depends on the step
///   static float factor(const OptimizerScalars&)                maybe: see UpdateRule
template <class K> class Optimizer {
 public:
  static Offer offer(const Desc& d) {
    const int slots = d.outputs() - 1;
    if (d.inputs() < 5 + slots || slots < 0) return no("operands are missing");
    const DType t = d.in(0).dtype();
    if (loops().optimizer(K::kOp, t) == nullptr) return no(std::string("not for ") + name_of(t));
    const std::string_view layout = layout_of_all(d);
    for (int i = 0; i < d.inputs() - 3; ++i) {
      if (!d.in(i)) continue;
      if (d.in(i).dtype() != t || d.in(i).layout() != layout || !d.in(i).contiguous())
        return no("operands differ in dtype or layout");
    }
    for (int i = 0; i < d.outputs(); ++i) {
      if (!d.out(i) || !d.out(i).contiguous()) return no("a result is strided");
    }
    const bool padded = numbers(d) != d.in(0).numel();
    if (padded && d.attrs().has("eps") && d.attrs().number("eps") == 0)
      return no("padding would not stay zero");
    Offer o = yes(20 + double(d.in(0).numel()) * 0.4);
    const std::vector<int> from = updated_inputs(d);
    for (size_t i = 0; i < from.size(); ++i) o.inplace.push_back({uint32_t(from[i]), uint32_t(i)});
    for (int i = 0; !layout.empty() && i < d.inputs() + d.outputs(); ++i) {
      const bool scalar = i < d.inputs() && i >= d.inputs() - 3;
      const Operand x = d.operand(i);
      o.layouts.emplace_back(scalar || !x ? "" : layout);
      o.bytes.push_back(!x ? 0 : scalar ? x.bytes() : d.in(0).bytes());
    }
    return o;
  }
  explicit Optimizer(const Desc& d)
      : k_(d.attrs()),
        state_(updated_inputs(d)),
        scalars_(d.inputs() - 3),
        inputs_(d.inputs()),
        n_(numbers(d)),
        bytes_(size_of(d.in(0).dtype())),
        threads_(threads_for(d, n_)),
        loop_(loops().optimizer(K::kOp, d.in(0).dtype())) {}

  void run(void* const* buffer, void*) const {
    const double lr = *static_cast<const double*>(buffer[scalars_]);
    const int64_t step = *static_cast<const int64_t*>(buffer[scalars_ + 1]);
    const bool ok = *static_cast<const uint8_t*>(buffer[scalars_ + 2]) != 0;
    const size_t slots = state_.size() - 1;
    void* p[2 * kMost];  // param, grad, slots, then the results
    p[0] = buffer[0];
    p[1] = buffer[1];
    for (size_t i = 1; i <= slots; ++i) p[i + 1] = buffer[state_[i]];
    for (size_t i = 0; i <= slots; ++i) p[slots + 2 + i] = buffer[size_t(inputs_) + i];
    if (!ok) {  // nothing changes
      for (size_t i = 0; i <= slots; ++i) {
        std::memmove(p[slots + 2 + i], i == 0 ? p[0] : p[i + 1], size_t(n_ * bytes_));
      }
      return;
    }
    const OptimizerScalars s = k_.at(lr, step);
    const size_t count = 2 * slots + 3;
    parallel_for(n_, kGrain, threads_, [&](int64_t begin, int64_t end) {
      void* q[2 * kMost];
      for (size_t i = 0; i < count; ++i) q[i] = at(p[i], begin * bytes_);
      loop_(q, end - begin, s);
    });
  }

 private:
  static constexpr size_t kMost = 6;
  static std::string_view layout_of_all(const Desc& d) { return d.in(0).layout(); }
  /// With the padding, whose updates are zero as everything that they are made from.
  static int64_t numbers(const Desc& d) {
    return layout_of_all(d).empty() ? d.in(0).numel()
                                    : int64_t(d.in(0).bytes()) / size_of(d.in(0).dtype());
  }

  K k_;
  std::vector<int> state_;
  int scalars_, inputs_;
  int64_t n_;
  int bytes_, threads_;
  OptimizerLoop loop_;
};

/// The kernels of an optimizer's op, and its rule.
template <class K> std::vector<KernelDef> optimizer_kernels(const char* op) {
  class Rule : public UpdateRule {
   public:
    explicit Rule(const Attrs& a) : UpdateRule(K::kOp), k_(a) {}
    OptimizerScalars at(double lr, int64_t step) const override { return k_.at(lr, step); }
    float factor(const OptimizerScalars& s) const override {
      if constexpr (requires { K::factor(s); }) {
        return K::factor(s);
      } else {
        return 0;
      }
    }

   private:
    K k_;
  };
  add_update_rule(
      op, [](const Attrs& a) -> std::unique_ptr<UpdateRule> { return std::make_unique<Rule>(a); });
  return {kernel<Optimizer<K>>(op, "simd")};
}

}  // namespace nnrun::onednn
