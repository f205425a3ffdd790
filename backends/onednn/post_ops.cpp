#include "backends/onednn/post_ops.h"

#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

using dnnl::algorithm;

std::optional<algorithm> eltwise(std::string_view op) {
  if (op == "relu") return algorithm::eltwise_relu;
  if (op == "sigmoid") return algorithm::eltwise_logistic;
  if (op == "tanh") return algorithm::eltwise_tanh;
  return std::nullopt;
}

}  // namespace

PostOps::PostOps(const Fused& f) : f_(f) {
  const Operand result = f.anchor().out(0);
  const auto refuse = [](const std::string& text) { throw Failure(NNR_E_UNSUPPORTED, text); };
  if (!f.epilogue().empty() && result.dtype() != DType::float32)
    refuse("post-ops of float32 alone");
  if (f.sum() >= 0) refuse("no post-op: sum");
  for (const EpilogueOp& e : f.epilogue()) {
    if (const auto how = eltwise(e.op)) {
      compat::append_eltwise(&ops_, *how);
    } else if (e.op == "add") {
      const int other = std::max(e.operands[0], e.operands[1]);
      if (other < 0) refuse("a result that is doubled");
      const Operand o = f.whole().in(other);
      if (added_ >= 0 || o.shape() != result.shape() || !o.contiguous()) refuse("that sum");
      added_ = other;
      ops_.append_sum(1);
    } else {
      refuse("no post-op: " + std::string(e.op));
    }
  }
}

int PostOps::added() const {
  for (int i = 0; i < f_.anchor().inputs(); ++i) {
    if (f_.anchor().in(i) && f_.buffer(i) == added_) return -1;
  }
  return added_;
}

dnnl::primitive_attr PostOps::attr() const {
  dnnl::primitive_attr a = user_scratchpad();
  a.set_post_ops(ops_);
  return a;
}

void PostOps::prepare(Pipeline* line, Pipeline::Memory result) const {
  if (added_ < 0) return;
  const memory::desc& wanted = line->desc(result);
  const Operand o = f_.whole().in(added_);
  const memory::desc given = o.layout().empty() ? row_major(o.shape(), to_dnnl(o.dtype())) : wanted;
  if (!line->reorder(line->operand(given, added_), result))
    throw Failure(NNR_E_UNSUPPORTED, "a slow reorder");
}

}  // namespace nnrun::onednn
