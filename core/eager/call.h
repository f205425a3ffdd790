// Running an op at once: finding its call, running the kernel (or taking the view, or replaying the
// composition), recording for gradients.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/eager/traced.h"

namespace nnrun {

/// An op by name, looked up once: `static const EagerOp op("add")`.
struct EagerOp {
  const OpDef* def;
  explicit EagerOp(const char* name) : def(&find_op(name)) {}
};

/// Applies an op; operands may be undefined where the op allows absent ones. All defined operands
/// share a device (else Error(model) naming both). Recorded for gradients as the mode and the
/// operands say.
std::vector<Tensor> call(const OpDef& op, TensorSpan in, const Attrs& attrs = {});
/// The same into out[i], as many as the op has results. `place`: of a Traced, 0: of none.
void call_into(const OpDef& op, TensorSpan in, const Attrs& attrs, Tensor* out, uint64_t place = 0);
/// The same for an op with one result.
Tensor call1(const EagerOp& op, TensorSpan in, const Attrs& attrs = {});
inline Tensor call1(const EagerOp& op, const Tensor& x, const Attrs& attrs = {}) {
  return call1(op, TensorSpan(&x, 1), attrs);
}
inline Tensor call1(const EagerOp& op, const Tensor& x, const Tensor& y, const Attrs& attrs = {}) {
  return call1(op, Borrowed<2>{&x, &y}, attrs);
}

/// The op with its result in operand 0's place, which must have the result's type; Error(model)
/// when it has not, when it is a leaf that wants a gradient, or a window with repeated elements.
void call_in_place(const EagerOp& op, TensorSpan in, const Attrs& attrs = {});

/// The op with each result i in the place of operand over[i], of its type. No gradients.
void call_over(const OpDef& op, TensorSpan in, const Attrs& attrs, std::span<const uint32_t> over,
               uint64_t place = 0);

/// Throws Error(model) naming `op` when t must not be written to: a leaf that requires a gradient,
/// or elements that share memory.
void check_in_place(const Tensor& t, const char* op);

/// Forgets everything that was kept, on every thread: after set_num_threads.
void forget_calls();
/// The same, and at once on this thread.
void drop_calls();

}  // namespace nnrun
