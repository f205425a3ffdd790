// What it takes to run an op on operands of some types and strides, found out once per thread and
// kept: the kernel, bound to a launch whose addresses change from call to call; the view; or the
// composition, traced into a graph that is replayed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nnrun/abi/kernel.h>

#include "core/eager/traced.h"
#include "core/plugin/op_desc.h"

namespace nnrun {

struct Rule;

struct Call {
  enum class Kind { view, kernel, composed } kind = Kind::kernel;
  const OpDef* op = nullptr;
  std::shared_ptr<const Attrs> attrs;
  const EagerDevice* device = nullptr;
  std::vector<Type> in;
  std::vector<RowMajor> out;
  std::vector<uint8_t> present;
  bool dense = false;      // operands are made row-major first
  bool any_float = false;  // among the results

  View view;  // of operand 0, with its offset from there

  std::shared_ptr<Backend> backend;  // keeps it open
  const nnr_kernels* table = nullptr;
  void* kernel = nullptr;
  std::unique_ptr<OpDesc> desc;
  nnr_launch launch = {};
  int64_t workspace = 0;
  std::shared_ptr<void> far_workspace;  // of a device that is not the host; its stream keeps order
  std::vector<nnr_alias> inplace;

  std::unique_ptr<Traced> composition;  // of kind composed
  std::unique_ptr<Traced>
      differentiable;       // where the parts have gradient rules and the whole has not
  bool by_parts = false;    // gradients flow through `differentiable`
  bool only_views = false;  // the composition: the result is a view itself
  std::vector<Ref<const Rule>> rules;

  ~Call();
};

/// The call of an op for operands, of which all that are defined share a device (else Error(model)
/// naming both). It stays while a CallScope lives. `place`: of the op in something traced, where
/// each operand has one type and device; known by that alone when they are row-major. 0: nowhere.
Call& find_call(const OpDef& op, TensorSpan in, const Attrs& attrs, uint64_t place = 0);

/// One lives in every call: nothing that was found is dropped meanwhile.
class CallScope {
 public:
  CallScope();
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
};

/// The composition of a call's op for its operands.
std::unique_ptr<Traced> trace_composition(const Call& c, bool differentiable);

}  // namespace nnrun
