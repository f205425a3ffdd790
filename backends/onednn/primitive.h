// oneDNN's primitives as prepared kernels: a sequence of them over the buffers of a launch, with
// everything between them in the workspace.
#pragma once

#include <functional>

#include "backends/onednn/compat.h"
#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

using dnnl::memory;

std::string library_version();

/// The CPU, as oneDNN sees it.
const dnnl::engine& engine();

/// Attributes with the scratchpad in our hands, so that running allocates nothing.
dnnl::primitive_attr user_scratchpad();

/// What operands of this dtype are multiplied in: their own, or float32, to which they are widened
/// first, where the CPU has no instructions for a 16-bit one.
DType compute_dtype(DType t);
memory::data_type to_dnnl(DType t);

/// How many threads oneDNN may use, while this lives. It fixes some of that when a primitive is
/// made and some when it runs, so both happen under one of these.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

/// Whether this is a reference implementation, hundreds of times too slow.
template <class P> bool is_reference(const P& pd) {
  return std::string(pd.impl_info_str()).find("ref") != std::string::npos;
}
/// Moves to the first implementation that is not a reference one; false when there is none.
template <class P> bool skip_reference(P& pd) {
  while (is_reference(pd)) {
    if (!pd.next_impl()) return false;
  }
  return true;
}

/// Copies, reorders and primitives in a row. Built once, immutable then.
class Pipeline {
 public:
  using Memory = int;  // a memory object, by number
  explicit Pipeline(int threads) : threads_(threads) {}

  /// Operand `buffer` of the launch, as described.
  Memory operand(const memory::desc& m, int buffer);
  /// The same, from a row-major copy of compute_dtype in the workspace, which `m` describes, when
  /// the operand has gaps, repeats or another dtype.
  Memory copied(const Operand& o, const memory::desc& m, int buffer);
  /// A contiguous result, in the workspace until the end when it has another dtype.
  Memory produced(const Operand& o, const memory::desc& m, int buffer);
  /// A place in the workspace.
  Memory scratch(const memory::desc& m);
  /// `m` itself when it has that layout, else a reordered copy. False: only a slow one would do it.
  bool reordered(Memory* m, const memory::desc& wanted);
  /// Adds a primitive and its scratchpad.
  void add(const dnnl::primitive& p, const memory::desc& scratchpad,
           std::vector<std::pair<int, Memory>> args);
  /// Adds a reorder, which is left out where both are one place. False: only a slow one would do
  /// it.
  bool reorder(Memory from, Memory to);
  /// Adds, after all primitives, what is done to a memory, on its address.
  void after(Memory m, std::function<void(void*)> f) { finishes_.push_back({m, std::move(f)}); }

  const memory::desc& desc(Memory m) const { return memories_[size_t(m)].desc; }
  uint64_t workspace_bytes() const { return workspace_bytes_; }
  bool casts() const { return !after_.empty(); }  // operands and result have another dtype

  struct State {
    std::vector<memory> memories;
    std::vector<std::vector<dnnl_exec_arg_t>> args;   // by primitive
    std::vector<std::array<void*, 2>> before, after;  // copies: from, to
    std::vector<bool> skip;                           // by primitive
    std::vector<void*> finished;                      // by what is done after them
  };
  State bind(void* const* buffer, void* workspace) const;
  void rebind(State& s, void* const* buffer, void* workspace) const;
  nnr_status run(State& s) const;

 private:
  struct Place {
    memory::desc desc;
    int buffer = -1;  // -1: the workspace, from `offset`
    uint64_t offset = 0;
  };
  struct Step {
    dnnl::primitive primitive;
    std::vector<std::pair<int, Memory>> args;
    bool moves = false;  // from its first argument to its second, of one layout
  };
  struct Copy {
    int buffer;
    Memory memory;
    TileLoop loop;
    Tiles<2> tiles;
  };
  struct Finish {
    Memory memory;
    std::function<void(void*)> run;
  };
  void* address(Memory m, void* const* buffer, void* workspace) const;

  int threads_;
  std::vector<Place> memories_;
  std::vector<Copy> before_, after_;  // the primitives
  std::vector<Step> steps_;
  std::vector<Finish> finishes_;
  uint64_t workspace_bytes_ = 0;
};

/// What all kernels have in common that are such a sequence.
class PipelineKernel {
 public:
  using State = Pipeline::State;
  State bind(void* const* buffer, void* workspace) const {
    return pipeline_.bind(buffer, workspace);
  }
  void rebind(State& s, void* const* buffer, void* workspace) const {
    pipeline_.rebind(s, buffer, workspace);
  }
  nnr_status run(State& s) const { return pipeline_.run(s); }

 protected:
  explicit PipelineKernel(Pipeline p) : pipeline_(std::move(p)) {}
  explicit PipelineKernel(int threads) : pipeline_(threads) {}
  Pipeline pipeline_;
};

}  // namespace nnrun::onednn
