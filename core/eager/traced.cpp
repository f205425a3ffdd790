#include "core/eager/traced.h"

#include <atomic>

#include "core/eager/call.h"

namespace nnrun {

void Traced::finish(const EagerDevice& device) {
  static std::atomic<uint64_t> places{1};
  device_ = &device;
  first_place_ = places.fetch_add(graph.nodes.size());
  std::vector<Source> where(graph.values.size());
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] != kNoValue) where[in[i]] = {Source::given, false, uint32_t(i)};
  }
  for (size_t v = 0; v < graph.values.size(); ++v) {
    if (graph.values[v].kind != ValueKind::constant) continue;
    where[v] = {Source::constant, false, uint32_t(constants_.size())};
    constants_.push_back(from_array(device, graph.values[v].constant));
  }
  for (const Node& n : graph.nodes) {
    ops.push_back(&find_op(n.op));
    made_.push_back(uint32_t(n_made_));
    for (ValueId v : n.in) operands_.push_back(v == kNoValue ? Source{} : where[v]);
    for (ValueId v : n.out) where[v] = {Source::made, false, uint32_t(n_made_++)};
  }
  for (ValueId v : out) results_.push_back(v == kNoValue ? Source{} : where[v]);
  std::vector<uint8_t> is_used(in.size());
  for (const Source& s : operands_) {
    if (s.kind == Source::given) is_used[s.index] = 1;
  }
  for (uint32_t i = 0; i < in.size(); ++i) {
    if (is_used[i]) used_.push_back({i, graph.values[in[i]].type});
  }
  // From the end: the first reader that is met is the last.
  std::vector<uint8_t> read(n_made_);
  const auto note = [&](Source& s) {
    if (s.kind == Source::made) s.last = !std::exchange(read[s.index], 1);
  };
  for (auto s = results_.rbegin(); s != results_.rend(); ++s) note(*s);
  for (auto s = operands_.rbegin(); s != operands_.rend(); ++s) note(*s);
}

bool Traced::fits(TensorSpan in_values) const {
  for (const auto& [i, type] : used_) {
    if (!in_values[i].defined()) return false;
    const detail::TensorBody& b = body(in_values[i]);
    if (b.dtype != type.dtype || b.storage->device != device_ || b.shape != type.shape) {
      return false;
    }
  }
  return true;
}

void Traced::replay(TensorSpan in_values, Tensor* results) const {
  const bool as_traced = fits(in_values);
  Row<Tensor, 12> made(n_made_);
  const auto at = [&](const Source& s) -> const Tensor& {
    static const Tensor none;
    switch (s.kind) {
      case Source::given: return in_values[s.index];
      case Source::constant: return constants_[s.index];
      case Source::made: return made[s.index];
      case Source::absent: break;
    }
    return none;
  };
  const Source* source = operands_.data();
  for (size_t i = 0; i < ops.size(); ++i) {
    const Node& n = graph.nodes[i];
    Borrowed<6> operands(n.in.size());
    for (size_t k = 0; k < n.in.size(); ++k) operands.set(k, at(source[k]));
    call_into(*ops[i], operands, n.attrs, made.begin() + made_[i], as_traced ? place(i) : 0);
    for (size_t k = 0; k < n.in.size(); ++k) {
      if (source[k].last) made[source[k].index].reset();
    }
    source += n.in.size();
  }
  for (size_t i = 0; i < results_.size(); ++i) {
    const Source& s = results_[i];
    if (s.kind == Source::constant) {  // which stays as it is whatever becomes of the result
      results[i] = at(s).clone();
    } else {
      results[i] = s.last ? std::move(made[s.index]) : at(s);
    }
  }
}

}  // namespace nnrun
