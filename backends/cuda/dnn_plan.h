// A graph of cuDNN's operations with the engine that computes it.
#pragma once

#include <deque>

#include "backends/cuda/dnn.h"
#include "backends/cuda/launch.h"

namespace nnrun::cuda {

/// An operand of a graph: id is its name there. virtual_: it has no memory.
struct DnnTensor {
  int64_t id;
  DType dtype;
  std::vector<int64_t> shape, strides;
  int64_t alignment = 16;  // of its address, in bytes
  bool virtual_ = false;
};

cudnnDataType_t dnn_type(DType t);

/// The operations of a graph with all that they are made of, which has to live until the plan is
/// made.
class DnnGraph {
 public:
  const Descriptor& tensor(const DnnTensor& t);
  /// To be set and finalized by the caller.
  Descriptor& make(cudnnBackendDescriptorType_t kind) { return all_.emplace_back(kind); }
  Descriptor& operation(cudnnBackendDescriptorType_t kind);
  const std::vector<const Descriptor*>& operations() const { return operations_; }

 private:
  std::deque<Descriptor> all_;
  std::vector<const Descriptor*> operations_;
};

/// Chosen once, run many times. From any thread.
class DnnPlan {
 public:
  /// What an engine may be.
  struct Limits {
    DType dtype;
    bool deterministic, fast;
    uint64_t workspace;
  };
  /// The first engine within the limits, in the order of the heuristics of mode A, then of the
  /// fallback. Throws Failure(UNSUPPORTED) when there is none.
  DnnPlan(Device& device, const DnnGraph& g, const Limits& limits);

  uint64_t workspace() const { return workspace_; }
  bool deterministic() const { return deterministic_; }
  bool approximate() const { return approximate_; }  // looser than the dtype's tolerance
  int64_t engine() const { return engine_; }         // its number in cuDNN

  /// The addresses of a launch.
  static Descriptor addresses(const std::vector<int64_t>& ids, const std::vector<void*>& pointers,
                              void* workspace);
  void run(const Descriptor& addresses, CUstream stream) const;

 private:
  Device& device_;
  DnnHandle& handle_;
  Descriptor plan_;
  uint64_t workspace_ = 0;
  bool deterministic_ = true, approximate_ = false;
  int64_t engine_ = 0;
};

}  // namespace nnrun::cuda
