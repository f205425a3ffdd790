// Running an op at once. What it takes to run one on operands of some types and strides is found
// out once per thread and kept: the kernel, bound to a launch whose addresses change from call to
// call; the view; or the composition, traced into a graph that is replayed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/eager/body.h"

namespace nnrun {

/// An op by name, looked up once: `static const EagerOp op("add")`.
struct EagerOp {
  const OpDef* def;
  explicit EagerOp(const char* name) : def(&find_op(name)) {}
};

using TensorSpan = std::span<const Tensor>;

/// Applies an op; operands may be undefined where the op allows absent ones. All defined operands
/// share a device (else Error(model) naming both). Recorded for gradients as the mode and the
/// operands say.
std::vector<Tensor> call(const OpDef& op, TensorSpan in, const Attrs& attrs = {});
/// The same for an op with one result.
Tensor call1(const EagerOp& op, TensorSpan in, const Attrs& attrs = {});
inline Tensor call1(const EagerOp& op, const Tensor& x, const Attrs& attrs = {}) {
  return call1(op, TensorSpan(&x, 1), attrs);
}
inline Tensor call1(const EagerOp& op, const Tensor& x, const Tensor& y, const Attrs& attrs = {}) {
  const Tensor in[] = {x, y};
  return call1(op, TensorSpan(in, 2), attrs);
}

/// The op with its result in operand 0's place, which must have the result's type; Error(model)
/// when it has not, when it is a leaf that wants a gradient, or a window with repeated elements.
void call_in_place(const EagerOp& op, TensorSpan in, const Attrs& attrs = {});

/// The op with each result i in the place of operand over[i], of its type. No gradients.
void call_over(const OpDef& op, TensorSpan in, const Attrs& attrs, std::span<const uint32_t> over);

/// Throws Error(model) naming `op` when t must not be written to: a leaf that requires a gradient,
/// or elements that share memory.
void check_in_place(const Tensor& t, const char* op);

/// A traced piece of ops, run again and again on other values.
struct Traced {
  Graph graph;
  std::vector<ValueId> in, out;    // kNoValue: absent
  std::vector<const OpDef*> ops;   // by node
  std::vector<Tensor> constants;   // by value
  std::vector<uint32_t> last_use;  // by value: the last node that reads it
  void finish(const EagerDevice& device);
  std::vector<Tensor> replay(TensorSpan in_values) const;
};

/// Forgets everything that was kept, on every thread: after set_num_threads.
void forget_calls();

}  // namespace nnrun
