// Groups of this backend: one op, the anchor, and elementwise ops in a row that follow on its
// result, the epilogue; of a matrix, perhaps, the sum of what comes out over its rows. A kernel of
// the anchor does them to what it has just computed. An activation is such an op, and so is the
// gradient of one, which follows on the product that makes what it takes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nnrun/sdk/graph.hpp>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// One op of an epilogue.
struct EpilogueOp {
  static constexpr int kResult = -1, kAbsent = -2;
  std::string_view op;
  const nnr_node* node;
  std::vector<int> operands;  // numbers among the group's inputs, or kResult: what is there so far
};

/// A group read as its anchor and its epilogue. It borrows from the desc.
class Fused {
 public:
  /// Nothing, and the reason, when the group is none of that kind.
  static std::optional<Fused> read(const Desc& group, std::string* why);
  /// An op alone.
  explicit Fused(const Desc& d);
  Fused(Fused&&) noexcept = default;

  /// The anchor as if it were alone: its result is the group's, in the layout that is to have.
  Desc anchor() const { return anchor_ == nullptr ? d_ : Desc(anchor_.get()); }
  const std::vector<EpilogueOp>& epilogue() const { return epilogue_; }
  Desc whole() const { return d_; }
  /// The buffer of the sum over the rows of the result, or -1.
  int sum() const { return sum_; }
  /// Which buffer of a launch operand i of the anchor is.
  int buffer(int i) const { return buffer_.empty() ? i : buffer_[size_t(i)]; }
  /// An offer of the anchor as one of the group, but for its in-place pairs, which are the group's.
  /// Operands of the epilogue that have the result's shape are to have its layout.
  Offer give(Offer o) const;

 private:
  Desc d_;
  std::unique_ptr<nnr_op_desc> anchor_;
  std::vector<const nnr_tdesc*> in_, out_;
  std::vector<int> buffer_;
  std::vector<EpilogueOp> epilogue_;
  int sum_ = -1;
};

/// Names the groups in a graph whose anchors and epilogues some kernel here may take, each with all
/// shorter ones.
void claim_fused(const nnr_graph& g, nnr_group_fn group, void* arg);

/// Kernels of groups with that anchor: K has offer(const Fused&) and is made from one.
template <class K> class FusedKernel : public K {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    const std::optional<Fused> f = Fused::read(d, &why);
    return f ? f->give(K::offer(*f)) : no(why);
  }
  explicit FusedKernel(const Desc& d) : K(read(d)) {}

 private:
  static Fused read(const Desc& d) {
    std::string why;
    std::optional<Fused> f = Fused::read(d, &why);
    if (!f) throw Failure(NNR_E_UNSUPPORTED, why);
    return std::move(*f);
  }
};
template <class K> KernelDef fused_kernel(const char* impl) {
  return kernel<FusedKernel<K>>("group", impl);
}

}  // namespace nnrun::onednn
