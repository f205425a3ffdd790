// Program: a graph after placement. Every remaining node has a backend and an implementation, view
// ops are gone (their results are windows onto other storage), and nothing has an address yet.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/ops/op.h"
#include "core/plugin/backend.h"

namespace nnrun {

struct PlanOptions {
  std::vector<std::shared_ptr<Backend>> backends;  // in order of preference
  bool fast_math = false;
  bool fallback_error = false;  // an op that the first backend lacks is an error
  bool deterministic = false;
  int threads = 1;
};

/// Memory with one lifetime: made by one node, or given by name, or constant.
struct Storage {
  Type type;  // dense, row-major
  ValueKind kind = ValueKind::node;
  std::string name;
  Array constant;
  bool is_parameter = false;
};

/// An operand or result: elements of a storage seen through a view.
struct Operand {
  static constexpr uint32_t kAbsent = UINT32_MAX;
  uint32_t storage = kAbsent;
  View view;
  bool absent() const { return storage == kAbsent; }
};

/// Who computes a node, and how.
struct Choice {
  static constexpr int kPluginOp = -1;  // the op's own kernel, from its plug-in
  int backend = 0;                      // index into PlanOptions::backends, or kPluginOp
  std::string impl;
  double est_ns = 0;
  uint32_t flags = 0;
  uint64_t workspace_bytes = 0;
  std::vector<nnr_alias> inplace;
};

struct PlannedNode {
  std::string op;
  Attrs attrs;
  std::vector<Operand> in, out;
  Choice choice;
  std::string layer;
  Where where;
};

/// An op that the first backend would not do, once per op and reason.
struct Fallback {
  std::string op, backend, reason;  // where it went, and why the first one declined
  int count = 0;
};

struct Program {
  std::vector<Storage> storages;
  std::vector<PlannedNode> nodes;
  std::vector<std::pair<uint32_t, Operand>> writes;  // state storage := value
  std::map<std::string, Operand> outputs;
  std::vector<Fallback> fallbacks;
};

/// Places every node that an output or a write needs. An op the first backend declines is asked for
/// in float32 when it is of 16-bit floats, else decomposed, else offered to the next backend, else
/// Error(backend) listing what each one said.
Program place(const Graph& g, const PlanOptions& options);

}  // namespace nnrun
