// The contract of an op: attributes, shape rule, gradient, decomposition, sample cases. One op is
// one file in this folder that defines `OpDef op_<file name>()`; the build finds it and lists it.
//
// An op is a pure function of values with static types. A primitive op has no composition: every
// complete backend has a kernel for it. Any other op is a composition of simpler ops, which a
// backend may still do in one kernel. A gradient is a composition too, so it can be differentiated
// again.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/ops/builder.h"

namespace nnrun {

/// The operands' types and the attributes of one application. An absent operand has no type.
struct OpCall {
  const Attrs& attrs;
  std::vector<const Type*> in;

  const Type& type(size_t i) const { return *in.at(i); }
  const Shape& shape(size_t i) const { return in.at(i)->shape; }
  DType dtype(size_t i) const { return in.at(i)->dtype; }
  bool has(size_t i) const { return i < in.size() && in[i] != nullptr; }
};

/// What a gradient rule sees: operands, results, the gradients of the results (some may be null
/// handles: nothing flowed there), and which operands' gradients are asked for.
struct GradCall {
  const Attrs& attrs;
  std::span<const Var> in, out, gout;
  std::span<const bool> want;

  /// gout[i], or zeros when nothing flowed.
  Var gout_or_zero(size_t i) const;
};

/// A window onto another value's elements: how view ops compute without a kernel.
struct View {
  Shape shape, strides;  // strides in elements, may be 0
  int64_t offset = 0;    // of element 0, in elements
};

/// One application the tests run: on every dtype the op takes, on every backend, and (for float
/// inputs) as a gradient check. Inputs are drawn uniformly from [lo, hi]; integer inputs too,
/// rounded. kinks: points the gradient check keeps away from.
struct Sample {
  struct In {
    Shape shape;
    double lo = -2, hi = 2;
    DType dtype = DType::float32;  // replaced by the dtype under test unless `fixed`
    bool fixed = false;            // indices, masks, counters
    bool distinct = false;         // values far apart: max, sort
    bool absent = false;           // an optional operand left out
    bool no_grad = false;          // gradients do not flow to it, though it is a float
  };
  std::vector<In> in;
  Attrs attrs;
  std::vector<double> kinks = {};
};

/// What one application costs, as far as the op decides it.
struct Work {
  double flops = 0;  // a multiply-add counts as two
  double bytes = 0;  // of memory that has to be read or written
};

enum OpFlags : unsigned {
  kElementwise = 1,  // operands broadcast, one result element from one element of each
  kZeroToZero = 2,   // elementwise, and 0 from zeros
  kSurrogate = 4,    // the gradient is a stated formula, not the derivative
  kNoGradient = 8,   // gradients do not flow: comparisons, indices, random numbers
  kRandom = 16,      // the values are random: compared by distribution or bits, not by tolerance
  kOneBackend = 32,  // with saved outputs in a private format: decomposed with its gradient
};

struct OpDef {
  std::string name, doc;
  int rev = 1;
  int min_in = 1, max_in = 1;  // max_in -1: any number
  int n_out = 1;
  std::vector<AttrDecl> attrs = {};
  unsigned flags = 0;
  uint64_t dtypes = sdk::kFloats;  // of the first operand, and of the samples

  /// The results' types; throws Error(model) "[op] what is wrong, with both values".
  std::function<std::vector<Type>(const OpCall&)> infer = {};
  /// The op in terms of simpler ones; empty: primitive.
  std::function<std::vector<Var>(Builder&, const Attrs&, std::span<const Var> in)> compose = {};
  /// One handle per operand, null where none flows; empty: that of the composition.
  std::function<std::vector<Var>(Builder&, const GradCall&)> gradient = {};
  /// For an op that only looks at its operand differently: the same elements through another view,
  /// or false when these strides do not allow it (the planner then copies first). No kernel needed.
  std::function<bool(const OpCall&, const View& in, View* out)> view = {};
  /// `out`: the results' types. Empty: one operation for each element of the largest operand or
  /// result, and all of their bytes.
  std::function<Work(const OpCall&, std::span<const Type> out)> work = {};
  std::vector<Sample> samples = {};
  /// Set for ops of plug-ins: the C table, of which the planner may use `call` and `kernels`.
  const struct nnr_op* plugin = nullptr;

  bool has(OpFlags f) const { return (flags & f) != 0; }
};

double bytes_of(const Type& t);
/// The work of an application; out as infer gives it.
Work work_of(const OpDef& def, const OpCall& call, std::span<const Type> out);

/// All ops by name: built-ins from the start, plug-in ops once loaded. Lookups from any thread;
/// add_op before anything is built from it. Names are never removed.
const OpDef& find_op(const std::string& name);      // throws Error(model), nearest name as hint
const OpDef* try_find_op(const std::string& name);  // null when there is none
void add_op(OpDef def);                             // throws Error(backend) when the name is taken
std::vector<const OpDef*> all_ops();                // sorted by name

}  // namespace nnrun
