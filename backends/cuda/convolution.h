// The sizes and steps of a convolution, as device/convolution.cuh has them.
#pragma once

#include "backends/cuda/map.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

inline std::vector<int64_t> convolution_numbers(const Desc& d, const Operand& x, const Operand& w,
                                                const Operand& y) {
  std::vector<int64_t> n;
  for (int i = 0; i < 4; ++i) n.push_back(x.size(i));
  for (int i = 0; i < 4; ++i) n.push_back(w.size(i));
  for (int i = 2; i < 4; ++i) n.push_back(y.size(i));
  for (const Operand& o : {x, w, y}) {
    for (int i = 0; i < 4; ++i) n.push_back(o.stride(i));
  }
  for (size_t i = 0; i < 2; ++i) {
    for (const char* name : {"stride", "padding", "dilation"}) {
      n.push_back(d.attrs().integers(name)[i]);
    }
  }
  n.push_back(d.attrs().integer("groups"));
  return n;
}

/// Yes when every operand is where the device can use it, and all are of one dtype.
inline Offer accept_convolution(const Desc& d) {
  std::vector<uint64_t> dtypes = {kFloats, same_as(0), same_as(0)};
  if (d.inputs() == 3) dtypes.insert(dtypes.begin() + 2, optional(same_as(0)));
  return accept(d, dtypes);
}

/// A yes for loops that read everything again and again.
inline Offer loops_offer(Offer o, double multiply_adds) {
  o.flags |= NNR_K_REFERENCE;
  o.est_ns += multiply_adds / 200;
  return o;
}

}  // namespace nnrun::cuda
