// An epilogue as oneDNN's post-ops: done by a primitive to each part of its result while that is
// still in registers.
#pragma once

#include "backends/onednn/fused.h"
#include "backends/onednn/primitive.h"

namespace nnrun::onednn {

class PostOps {
 public:
  /// Throws Failure when it cannot be said in post-ops.
  explicit PostOps(const Fused& f);

  /// For the primitive.
  dnnl::primitive_attr attr() const;
  /// Before the primitive is added, which writes its result to `result`.
  void prepare(Pipeline* line, Pipeline::Memory result) const;
  /// The group's input that is added and may lie where the result will, or -1: none of those that
  /// the primitive still reads while it writes.
  int added() const;

 private:
  const Fused& f_;
  dnnl::post_ops ops_;
  int added_ = -1;
};

}  // namespace nnrun::onednn
