// Kernels over the lines along the attribute dim: functions of device/lines.cuh.
#pragma once

#include <algorithm>

#include "backends/cuda/launch.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

class LinesKernel : public Launches {
 protected:
  explicit LinesKernel(const Desc& d) : Launches(d) {}

  /// All operands have the shape of operand 0. call: "softmax<float, false>". thread_each:
  /// a thread for each line, not a block.
  void lines(const Desc& d, const std::string& call, bool thread_each = false) {
    const Operand x = d.in(0);
    const int dim = dim_of(d, x.rank());
    std::vector<int64_t> shape = x.shape();
    const int64_t length = x.rank() == 0 ? 1 : x.size(dim);
    if (x.rank() > 0) shape[size_t(dim)] = 1;
    std::vector<std::vector<int64_t>> strides;
    const int n = d.inputs() + d.outputs();
    for (int i = 0; i < n; ++i) strides.push_back(d.operand(i).strides());
    const Walk w = walk_of(shape, strides);
    if (w.numel == 0 || length == 0) return;
    Launch& l = add(
        {text_types(), text_math(), text_walk(), text_block(), text_lines()},
        "extern \"C\" __global__ void kernel(const __grid_constant__ Args a) { " + call +
            "(a); }\n",
        thread_each ? grid_for(w.numel, 1, device().processors()) : grid_of_lines(w.numel, length));
    l.args.walk = w;
    l.args.n[0] = length;
    for (int i = 0; i < n; ++i) {
      l.args.n[1 + i] = x.rank() == 0 ? 0 : d.operand(i).stride(dim);
      l.pointer[size_t(i)] = {i, 0};
    }
    if (d.attrs().has("descending")) l.args.n[8] = d.attrs().flag("descending") ? 1 : 0;
  }
};

}  // namespace nnrun::cuda
