// Tensors in tests.
#pragma once

#include <vector>

#include <nnrun/tensor.h>

namespace nnrun::test {

/// The elements, row by row.
inline std::vector<double> values(const Tensor& t) {
  std::vector<double> r;
  const Tensor c = t.detach().to(kDouble).contiguous();
  for (int64_t i = 0; i < c.numel(); ++i) r.push_back(c.data_ptr<double>()[i]);
  return r;
}

}  // namespace nnrun::test
