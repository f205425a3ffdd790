// Shared by batch_norm and layer_norm: which dimensions an element's group has.
#pragma once

#include "backends/cuda/launch.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

class NormKernel : public Launches {
 protected:
  /// inner: whether the elements of one group differ along a dimension.
  NormKernel(const Desc& d, const std::vector<int64_t>& shape, std::vector<bool> inner)
      : Launches(d), shape_(shape), inner_(std::move(inner)) {}

  /// The sizes, or the strides of an operand, along the dimensions of groups or within one.
  std::vector<int64_t> part(const std::vector<int64_t>& of_each, bool inner) const {
    std::vector<int64_t> r;
    for (size_t i = 0; i < of_each.size(); ++i) {
      if (inner_[i] == inner) r.push_back(of_each[i]);
    }
    return r;
  }
  /// The strides of an operand that has only these dimensions itself; zeros where it is absent.
  std::vector<int64_t> alone(const Operand& o, bool inner) const {
    if (o) return o.strides();
    return std::vector<int64_t>(part(shape_, inner).size(), 0);
  }
  std::vector<int64_t> still(bool inner) const {
    return std::vector<int64_t>(part(shape_, inner).size(), 0);
  }

  Launch& launch(const Desc& d, const std::string& call, const Walk& walk, const Walk& inner) {
    Launch& l =
        add({text_types(), text_math(), text_walk(), text_block(), text_lines(), text_norm()},
            "extern \"C\" __global__ void kernel(const __grid_constant__ Args a) { " + call +
                "(a); }\n",
            grid_of_lines(walk.numel, inner.numel));
    l.args.walk = walk;
    l.args.inner = inner;
    if (d.attrs().has("eps")) l.args.v[0] = d.attrs().number("eps");
    return l;
  }
  /// p[k] = operand k of this list; an absent one stays null.
  static void point(const Desc& d, Launch& l, const std::vector<int>& operands) {
    for (size_t k = 0; k < operands.size(); ++k) {
      const int i = operands[k];
      if (i >= 0 && d.operand(i)) l.pointer[k] = {i, 0};
    }
  }

  std::vector<int64_t> shape_;
  std::vector<bool> inner_;
};

/// Channels are dimension 1.
inline std::vector<bool> all_but_channels(int rank) {
  std::vector<bool> inner(size_t(rank), true);
  inner[1] = false;
  return inner;
}
inline std::vector<bool> last_dims(int rank, int64_t n) {
  std::vector<bool> inner(size_t(rank), false);
  for (int64_t i = rank - n; i < rank; ++i) inner[size_t(i)] = true;
  return inner;
}

}  // namespace nnrun::cuda
