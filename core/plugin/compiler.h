// Compiler: an opened nnr_compiler as a C++ object. It names groups of nodes that it can run as one
// kernel, and is asked for those kernels like a backend for others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nnrun/plugin.h>

namespace nnrun {

class Compiler {
 public:
  /// Opens it; throws Error(backend) with the reason when it cannot run here.
  Compiler(const nnr_compiler* table, const nnr_host* host, std::string name);

  const nnr_kernels* kernels() const { return table_->kernels; }
  void* self() const { return self_.get(); }

  struct Group {
    std::vector<uint32_t> nodes;  // of the graph, ascending, each once
    double gain_ns = 0;
  };
  /// The groups it would like, which may overlap. Throws Error(backend) when they are no nodes of
  /// the graph. From any thread, one at a time.
  std::vector<Group> claim(const nnr_graph* g) const;

 private:
  const nnr_compiler* table_;
  std::shared_ptr<void> self_;  // closed with the last copy
  std::string name_;
};

}  // namespace nnrun
