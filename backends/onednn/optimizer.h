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

/// One parameter and its slots. The operands are param, grad, slots..., lr, step, ok; the results
/// param, slots....
class Update {
 public:
  static Offer offer(const Desc& d);
  explicit Update(const Desc& d);
  void run(void* const* buffer, void*) const;

  // The same in parts. Buffers are those of the operands, then of the results.
  int64_t numbers() const { return n_; }  // with the padding of a layout
  bool accepted(void* const* buffer) const;
  void keep(void* const* buffer) const;  // what there is, of a step that is not accepted
  OptimizerScalars now(void* const* buffer) const;
  void part(void* const* buffer, const OptimizerScalars& s, int64_t begin, int64_t end) const;

 private:
  static constexpr size_t kMost = 6;  // the parameter and its slots
  std::shared_ptr<const UpdateRule> rule_;
  std::vector<int> state_;
  int scalars_, inputs_;
  int64_t n_;
  int bytes_, threads_;
  OptimizerLoop loop_;
};

/// The kernel of an optimizer's op, and its rule. K gives
///   static constexpr OptimizerOp kOp;
///   explicit K(const Attrs&)                                     constants of the run
///   OptimizerScalars at(double lr, int64_t step) const          what depends on the step
///   static float factor(const OptimizerScalars&)                maybe: see UpdateRule
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
  return {kernel<Update>(op, "simd")};
}

}  // namespace nnrun::onednn
