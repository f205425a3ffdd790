// The builder: where compositions, gradients, layers and losses put the ops they are made of. The
// same rule written against it serves tracing (nodes of a graph) and eager running (ops at once).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/graph.h"

namespace nnrun {

class Builder;

/// A handle to a value of a builder. Cheap to copy; valid as long as the builder. Null: absent.
struct Var {
  Builder* b = nullptr;
  ValueId id = kNoValue;

  explicit operator bool() const { return b != nullptr; }
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int rank() const { return type().shape.rank(); }
};

class Builder {
 public:
  virtual ~Builder() = default;

  /// Applies an op: attributes are completed, types inferred, and the results returned. A null
  /// handle is an absent operand.
  std::vector<Var> call(const std::string& op, std::span<const Var> in, const Attrs& attrs = {});
  /// The same for an op with one result.
  Var call1(const std::string& op, std::initializer_list<Var> in, const Attrs& attrs = {});

  /// The reference stays valid as long as the builder, whatever is added meanwhile.
  virtual const Type& type(ValueId v) const = 0;
  virtual Var constant(Array value) = 0;

  /// Gradients will be asked for: an op that has a composition but no gradient rule of its own is
  /// composed at once, so that the rules of its parts apply.
  bool differentiable = false;

 protected:
  /// op, attributes and types are valid here.
  virtual std::vector<ValueId> emit(const std::string& op, const Attrs& attrs,
                                    const std::vector<ValueId>& in,
                                    const std::vector<Type>& out) = 0;
};

inline const Type& Var::type() const { return b->type(id); }

/// Adds nodes to a graph. `layer`, `where` and `phase` are stamped on each node it makes. The same
/// op on the same operands is one node: ops are pure. Keep one builder per graph.
class GraphBuilder : public Builder {
 public:
  explicit GraphBuilder(Graph& g) : graph(g) {}
  Graph& graph;
  std::string layer;
  Where where;
  Phase phase = Phase::forward;

  const Type& type(ValueId v) const override { return graph.values[v].type; }
  Var constant(Array value) override;  // equal scalars are one value
  Var var(ValueId v) { return v == kNoValue ? Var{} : Var{this, v}; }

 protected:
  std::vector<ValueId> emit(const std::string& op, const Attrs& attrs,
                            const std::vector<ValueId>& in, const std::vector<Type>& out) override;

 private:
  std::map<std::pair<DType, uint64_t>, ValueId> scalars_;
  std::map<std::string, std::vector<ValueId>> made_;  // by op, attributes and operands
};

}  // namespace nnrun
