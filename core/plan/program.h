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
#include "core/plugin/call_kernels.h"
#include "core/plugin/device_memory.h"
#include "core/plugin/graph_desc.h"
#include "core/plugin/offer.h"

namespace nnrun {

/// One application of an op, as far as it decides who can run it.
struct Application {
  std::string op, layer;
  std::string operands;  // types and strides, as text
  friend auto operator<=>(const Application&, const Application&) = default;
};

/// Choices of a former plan.
struct StoredChoice {
  std::string backend, impl;
  std::vector<std::string> layouts = {};  // by operand; empty: all row-major
  std::string str() const { return backend + ":" + impl; }
  friend bool operator==(const StoredChoice&, const StoredChoice&) = default;
};
using StoredChoices = std::map<Application, StoredChoice>;

struct PlanOptions {
  std::vector<std::shared_ptr<Backend>> backends;  // in order of preference
  bool fast_math = false;
  bool fallback_error = false;  // an op that the first backend lacks is an error
  bool deterministic = false;
  int threads = 1;
  bool fuse = true;      // groups of nodes become one kernel where a compiler claims them
  bool explain = false;  // PlannedNode::candidates and reason are kept
  int measure_ms = 0;    // what planning may spend on timing kernels; 0: estimates alone
  StoredChoices stored;  // repeated where they are still offered, whatever the estimates say
  /// By backend, null of those on the host; plans with the same share the state that lies there.
  /// Empty: each plan has its own.
  std::vector<std::shared_ptr<DeviceMemory>> memories = {};
};

/// Where values lie: on the host, or in the memory of the backend of that index.
inline constexpr int kHostMemory = -1;

/// Memory with one lifetime: made by one node, or given by name, or constant.
struct PlannedStorage {
  Type type;
  ValueKind kind = ValueKind::node;
  std::string name;
  Array constant;
  bool is_parameter = false;
  std::string layout = {};  // "": dense, row-major; else whoever uses it uses the whole of it
  int64_t bytes = -1;       // in that layout
  int memory = kHostMemory;

  int64_t size() const;  // in bytes
};

/// An operand or result: elements of a storage seen through a view.
struct Operand {
  static constexpr uint32_t kAbsent = UINT32_MAX;
  uint32_t storage = kAbsent;
  View view;
  bool absent() const { return storage == kAbsent; }
};

/// Who computes a node, and how. Its layouts are those of all operands unless all are row-major.
struct Choice : KernelOffer {
  static constexpr int kPluginOp = -1;  // the op's own kernel, from its plug-in
  static constexpr int kTransfer = -2;  // no kernel: the `copy` of the one device's backend
  int backend = 0;                      // index into PlanOptions::backends, or one of those
};

/// The op of a node that stands for others, its body.
inline constexpr const char* kGroup = "group";

/// Another way to compute a node, or the same way: what was offered and refused.
struct Candidate : SeenOffer {
  int backend = 0;  // as in Choice
};

struct PlannedNode {
  std::string op;
  Attrs attrs;
  std::vector<Operand> in, out;
  Choice choice;
  std::string layer;
  Where where;
  std::string operands;                // of its Application
  std::vector<KernelOffer> ways = {};  // all that its backend offered for row-major operands
  Phase phase = Phase::forward;
  // For an explanation, when PlanOptions ask for it.
  std::vector<Candidate> candidates = {};
  std::string reason = {};  // why the node is there, or there; "": as the graph says
  std::shared_ptr<const GraphDesc> body = nullptr;  // of a group
  double flops = 0;                                 // of a group: of all its nodes
  int memory = kHostMemory;                         // where its kernel runs
};

/// An op that does not run where it was wanted, once per op and reason.
struct Fallback {
  std::string op, backend, reason;  // where it went, and why
  int count = 0;
};

struct Program {
  std::vector<PlannedStorage> storages;
  std::vector<PlannedNode> nodes;
  size_t once = 0;  // so many nodes at the front run when state is taken, not in each step
  std::vector<std::pair<uint32_t, Operand>> writes;  // state storage := value
  std::map<std::string, Operand> outputs;
  std::vector<Fallback> fallbacks;

  void note(const std::string& op, const std::string& backend, const std::string& reason);
};

/// Where the kernels of a backend run and find their operands.
int memory_of(int backend, const PlanOptions& options);
DLDevice device_of(int memory, const PlanOptions& options);
/// Fills PlanOptions::memories, unless they are there.
void open_memories(PlanOptions* options);
/// Zero-filled; of the host's a backend of the list is asked. The memories are open.
std::shared_ptr<void> allocate(int memory, int64_t bytes, const PlanOptions& options);
void* stream_of(int memory, const PlanOptions& options);

/// The backend's name, "plug-in" or "transfer".
std::string backend_of(int backend, const PlanOptions& options);
inline std::string backend_of(const Choice& c, const PlanOptions& options) {
  return backend_of(c.backend, options);
}
StoredChoice stored_form(const Choice& c, const PlanOptions& options);
/// The kernels that a backend has for a node: its own, its compiler's, or its plug-in's.
KernelSource kernels_of(const PlannedNode& n, int backend, const PlanOptions& options);
/// ":strides(1, 4)" of a view that is not row-major, else "".
std::string strides_text(const View& v);
bool is_dense(const View& v);  // row-major, from whatever offset
bool is_whole(const Operand& o, const Program& p);
/// An operand as a backend sees it, in the layout of its storage.
OpDesc::Operand describe(const Program& p, const Operand& o);
/// The node as a backend sees it: operands in the layouts of their storages, or in those of `as`. A
/// description of a group reads the node's body.
OpDesc describe(const Program& p, const PlannedNode& n, const PlanOptions& options,
                const KernelOffer* as = nullptr);

/// Places every node that an output or a write needs. An op the first backend declines is asked for
/// in float32 when it is of 16-bit floats, else decomposed, else offered to the next backend, else
/// Error(backend) listing what each one said.
Program place(const Graph& g, const PlanOptions& options);

}  // namespace nnrun
