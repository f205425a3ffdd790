// Shape rules that many ops share. All throw Error(model) "[op] ...".
#pragma once

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {

/// "[op] message".
[[noreturn]] void op_error(const std::string& op, const std::string& message);

/// Operands first..last of one dtype; names both when they differ.
void same_dtype(const std::string& op, const OpCall& c, size_t first, size_t last);

/// The shape all operands broadcast to.
Shape broadcast_all(const std::string& op, const OpCall& c);

/// The infer of an elementwise op: one dtype in, broadcast shape, that dtype out (or `result`).
std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op);
std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op, DType result);

/// Attributes and shape rule of a reduction with attributes dims and keepdim.
std::vector<AttrDecl> reduction_attrs();
Shape reduced(const std::string& op, const OpCall& c);
/// The dims of a reduction made non-negative and complete ([] means all), sorted.
Ints reduction_dims(const std::string& op, const Attrs& a, int rank);

/// A definition of an elementwise op of one or two operands of one dtype, ready but for its
/// gradient, and samples over broadcasting shapes with values in [lo, hi].
OpDef elementwise_op(std::string name, std::string doc, int operands, double lo = -2, double hi = 2);

}  // namespace nnrun
