// argmax and argmin: over the attribute dim, or where that is absent over all elements.
#pragma once

#include "backends/cuda/reduce.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

class ArgKernel : public Launches {
 public:
  static Offer offer(const Desc& d) {
    if (d.in(0) && d.in(0).numel() == 0) return no("nothing to choose from");
    return accept(d, {kNumbers, NNR_I64});
  }

 protected:
  /// order: Larger or Smaller.
  ArgKernel(const Desc& d, const std::string& order) : Launches(d) {
    const int rank = d.in(0).rank();
    const auto chosen =
        d.attrs().has("dim") ? dim_flags({d.attrs().integer("dim")}, rank) : dim_flags({}, rank);
    const Parted p = Parted::of(d.in(0), d.out(0), chosen);
    Launch& l = add({text_types(), text_math(), text_walk(), text_block(), text_reduce()},
                    "extern \"C\" __global__ void kernel(const __grid_constant__ Args a) { "
                    "reduce_places<" +
                        order + ", " + type_of(d.in(0).dtype()) + ">(a); }\n",
                    grid_of_lines(p.outer.numel, p.inner.numel));
    l.args.walk = p.outer;
    l.args.inner = p.inner;
    l.pointer[0] = {0, 0};
    l.pointer[1] = {1, 0};
  }
};

}  // namespace nnrun::cuda
