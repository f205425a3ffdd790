// An epilogue as kernels of oneDNN's do it: a sum by a post-op of the primitive's, to each part of
// its result while that is still in registers, and not rounded; activations by our own loops, to
// all of the result. (Its own activations make numbers of NaN, and nobody would hear of it.)
#pragma once

#include <memory>
#include <vector>

#include "backends/onednn/chain.h"
#include "backends/onednn/fused.h"
#include "backends/onednn/primitive.h"

namespace nnrun::onednn {

class PostOps {
 public:
  /// Throws Failure when it cannot be done so.
  explicit PostOps(const Fused& f);

  /// For the primitive.
  dnnl::primitive_attr attr() const;
  /// Before the primitive is added, which writes its result to `result`.
  void prepare(Pipeline* line, Pipeline::Memory result) const;
  /// After all: the group's result is in `result`.
  void finish(Pipeline* line, Pipeline::Memory result) const;
  /// What the group offers, where `o` is what its anchor does.
  Offer offer(Offer o) const;

 private:
  /// The group's input that is added and may lie where the result will, or -1: none of those that
  /// the primitive still reads while it writes.
  int added() const;

  const Fused& f_;
  dnnl::post_ops ops_;
  int added_ = -1;
  std::vector<std::shared_ptr<const TileKernel>> activations_;
  bool keep_zero_ = true;
};

}  // namespace nnrun::onednn
