// Plan: a program bound to memory, ready to run. run() walks a flat array of launches: no look-ups,
// no allocation, no branches on kind or device.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/plan/memory.h"
#include "core/plan/program.h"
#include "core/plugin/call_kernels.h"
#include "core/plugin/op_desc.h"

namespace nnrun {

/// Host memory of inputs and state by name, row-major, valid as long as the plan; null: not known,
/// an error. The plan never frees it.
using Bindings = std::function<void*(const std::string& name)>;

class Plan {
 public:
  /// Prepares and binds every kernel. Throws Error(backend) when a kernel cannot be had after all,
  /// Error(memory) when memory cannot.
  Plan(Program program, const PlanOptions& options, const Bindings& bindings);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// n steps. Throws Error(backend) "<layer>: <op>: text" when a kernel fails.
  ///
  /// State that kernels want in a layout of their own the plan takes into memory of its own with
  /// the first run, and keeps there, like what it computes from state once (hoist.h). Before
  /// another plan runs on that state, release_state() gives it back; the next run takes it anew.
  ///
  /// A plan of a device takes inputs and state to its memory with the first run, where plans of the
  /// same PlanOptions::memories share them. Before the host reads or writes state, export_state()
  /// brings it there, and releases it, too; DeviceMemory::fetch and put do so for single arrays.
  /// On a device run() may return before its end; sync() waits for that.
  void run(int64_t n = 1);
  void release_state();
  void export_state();
  void sync() const;
  /// One step, slower: visit(i) is called before launch i, and once more at the end.
  void run_observed(const std::function<void(size_t)>& visit);
  /// The value of an output after run(): a view of the plan's own memory, until the next run; of a
  /// device's, a copy.
  Array output(const std::string& name) const;

  const Program& program() const { return program_; }
  const PlanOptions& options() const { return options_; }
  size_t launches() const { return launches_.size(); }
  /// What launch i computes; null: a value is copied to its state.
  const PlannedNode* node_of(size_t launch) const {
    const uint32_t n = launch_node_[launch];
    return n < program_.nodes.size() ? &program_.nodes[n] : nullptr;
  }
  /// A node as kernels see it, and where its operands lie, inputs first.
  OpDesc describe(const PlannedNode& n, std::vector<void*>* buffers) const;
  /// In all memories.
  int64_t arena_bytes() const;
  int64_t workspace_bytes() const;
  /// Where inputs and state lie; null: on the host.
  DeviceMemory* device() const { return device_; }
  /// One line a node: `%id = op(...) {attrs} : type  backend:impl  ns`.
  std::string str() const;

 private:
  struct Kernel;
  /// State in a layout of a backend's, in state_memory_.
  struct Held {
    nnr_launch in, out;
    uint32_t state;  // storage
  };
  /// Memory of a device in place of the host's that was given.
  struct Taken {
    std::shared_ptr<DeviceMemory::Copy> copy;
    DeviceMemory* memory;
    bool state, written;
  };
  struct Space {
    std::shared_ptr<void> arena, workspace;
    int64_t arena_bytes = 0, workspace_bytes = 0;
  };
  void open_spaces();
  void take_given(const Bindings& bindings);
  nnr_launch bound(const Program& p, const PlannedNode& n, const std::vector<void*>& buffers);
  nnr_launch transfer(const PlannedNode& n, const std::vector<void*>& buffers) const;
  void hold_state();
  void take_copies();
  void take_state();
  void run_reorder(const nnr_launch& l, uint32_t state) const;
  void* address(const Operand& o) const;
  [[noreturn]] void fail(size_t launch, nnr_status s, const std::string& text) const;

  Program program_;
  PlanOptions options_;
  MemoryPlan memory_;
  std::map<int, Space> spaces_;  // by memory
  DeviceMemory* device_ = nullptr;
  std::vector<Taken> taken_;
  uint64_t returns_ = UINT64_MAX;  // of the devices, when copies were taken
  std::shared_ptr<void> state_memory_;
  std::vector<Held> held_;
  bool holds_state_ = false;  // and what is computed once, since the last run
  std::vector<void*> given_;  // by storage
  std::vector<std::unique_ptr<Kernel>> kernels_;
  std::vector<nnr_launch> once_;
  std::vector<nnr_launch> launches_;
  std::vector<uint32_t> launch_node_;  // for messages; copies are numbered past the nodes
};

/// simplified + place + claim_groups + choose_layouts + claim_groups + hoisted + bind.
std::unique_ptr<Plan> make_plan(const Graph& g, const PlanOptions& options,
                                const Bindings& bindings);

}  // namespace nnrun
