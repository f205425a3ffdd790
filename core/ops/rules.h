// Shape rules that many ops share. All throw Error(model) "[op] ...".
#pragma once

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {

/// "[op] message".
[[noreturn]] void op_error(const std::string& op, const std::string& message);

/// Operand i has one of these dtypes (a mask).
void takes(const std::string& op, const OpCall& c, size_t i, uint64_t dtypes);

/// Operands first..last of one dtype; names both when they differ.
void same_dtype(const std::string& op, const OpCall& c, size_t first, size_t last);

/// The work of an op whose arithmetic is `terms` multiply-adds for each element of a type, over all
/// bytes of its operands and results.
Work multiply_adds(const OpCall& c, std::span<const Type> out, const Type& each, int64_t terms);
/// That of an op that picks elements of operand 0: it reads those alone, and calculates nothing.
Work picked(const OpCall& c, std::span<const Type> out);

/// The shape all operands broadcast to.
Shape broadcast_all(const std::string& op, const OpCall& c);

/// The infer of an elementwise op: one of its dtypes in, broadcast shape, that dtype out (or
/// `result`).
std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op);
std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op, DType result);

/// Attributes and shape rule of a reduction with attributes dims and keepdim.
std::vector<AttrDecl> reduction_attrs();
Shape reduced(const std::string& op, const OpCall& c);
/// The dims of a reduction made non-negative and complete ([] means all), sorted.
Ints reduction_dims(const std::string& op, const Attrs& a, int rank);
/// The operand's shape with size 1 in reduced dimensions.
Shape kept_shape(const std::string& op, const Attrs& a, const Shape& shape);
/// The infer of a reduction that has no value over nothing: max, min.
std::function<std::vector<Type>(const OpCall&)> nonempty_reduction(std::string op);
/// The gradient of max and min: shared evenly by the elements that equal the result.
std::vector<Var> extremum_gradient(const std::string& op, const GradCall& c);
/// argmax and argmin.
OpDef arg_extremum_op(std::string name, std::string doc);

/// Same rank, and the same sizes except at `dim`; names both shapes when not.
void same_sizes_except(const std::string& op, const Shape& a, const Shape& b, int dim);

/// A definition of an elementwise op of one or two operands of one dtype, ready but for its
/// gradient, and samples over broadcasting shapes with values in [lo, hi].
OpDef elementwise_op(std::string name, std::string doc, int operands, double lo = -2,
                     double hi = 2);

/// The dimension of gather and scatter_add, non-negative; index fits x in all others.
int gather_dim(const std::string& op, const Attrs& a, const Shape& x, const Shape& index);
/// That of index_select and index_add, whose operand 1 is a list of indices.
int index_dim(const std::string& op, const OpCall& c);

/// A comparison of two operands of any one dtype, with result bool.
OpDef comparison_op(std::string name, std::string doc);

/// A definition of an elementwise op of one operand given by a formula (<nnrun/sdk/formula.hpp>) in
/// x0 and its attributes a0.. in declared order, all numbers. Composition and gradient follow from
/// the formula. `kinks`: where it has no derivative.
OpDef formula_op(std::string name, std::string doc, std::string formula,
                 std::vector<AttrDecl> attrs = {}, std::vector<double> kinks = {});

}  // namespace nnrun
