// The traced program as plain data: values with static types, nodes that apply ops to them, and
// writes that carry values back into state at the end of a step. A graph knows op names, not ops or
// kernels. Values and nodes are in the order they were made, which is an order that can be run.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <nnrun/error.h>

#include "core/graph/attrs.h"
#include "core/tensor/array.h"

namespace nnrun {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = std::numeric_limits<uint32_t>::max();

/// The static type of a value.
struct Type {
  DType dtype = DType::float32;
  Shape shape;
  std::string str() const { return name_of(dtype) + shape_text(); }  // "float32[2, 3]"
  friend bool operator==(const Type& a, const Type& b) {
    return a.dtype == b.dtype && a.shape == b.shape;
  }
  friend bool operator!=(const Type& a, const Type& b) { return !(a == b); }

 private:
  std::string shape_text() const {
    std::string s = "[";
    for (int i = 0; i < shape.rank(); ++i) s += (i ? ", " : "") + std::to_string(shape[i]);
    return s + "]";
  }
};

enum class ValueKind : uint8_t {
  node,      // an output of a node
  input,     // given at every run, by name
  state,     // lives between runs, by name: parameters, buffers, optimizer state, counters
  constant,  // known now
};

struct Value {
  Type type;
  ValueKind kind = ValueKind::node;
  std::string name;           // of an input or state
  Array constant;             // of a constant
  uint32_t node = kNoValue;   // that makes it
  bool is_parameter = false;  // of a state: trained
};

/// Which part of a training step a node belongs to; inference is all forward.
enum class Phase : uint8_t { forward, backward, update };
const char* name_of(Phase p);  // "forward"

struct Node {
  std::string op;
  Attrs attrs;
  std::vector<ValueId> in;  // kNoValue: absent
  std::vector<ValueId> out;
  std::string layer;  // full name of the layer it came from, for messages and listings
  Where where;        // of that layer in the model file
  Phase phase = Phase::forward;
};

/// state := value, once the step's nodes have run.
struct Write {
  ValueId state, value;
};

struct Graph {
  std::deque<Value> values;  // a reference to one stays good while others are added
  std::vector<Node> nodes;
  std::vector<Write> writes;
  std::map<std::string, ValueId> outputs;  // by name

  const Type& type(ValueId v) const { return values[v].type; }

  ValueId add_input(const std::string& name, const Type& t);
  /// The state of that name, made at first use; another type under one name is a bug.
  ValueId add_state(const std::string& name, const Type& t, bool is_parameter);
  ValueId add_constant(Array a);
  /// Appends a node; its outputs get these types.
  std::vector<ValueId> add_node(Node n, const std::vector<Type>& out);

  /// By name, what add_state made.
  std::map<std::string, ValueId> states;

  /// `%4 = op(%1, %2) {attrs} : float32[2, 3]  # layer`, one node a line, inputs and state first.
  std::string str() const;
};

}  // namespace nnrun
