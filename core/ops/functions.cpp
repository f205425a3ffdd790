#include "core/ops/functions.h"

#include <numeric>

namespace nnrun {

Var sum_to(Var x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int lead = x.rank() - shape.rank();
  Ints dims;
  for (int i = 0; i < x.rank(); ++i) {
    if (i < lead || (shape[i - lead] == 1 && x.shape()[i] != 1)) dims.push_back(i);
  }
  if (!dims.empty()) x = sum(x, dims, true);
  return reshape(x, shape);
}

Var transpose(Var x, int64_t dim0, int64_t dim1) {
  if (x.rank() == 0) return x;
  Ints dims(size_t(x.rank()));
  std::iota(dims.begin(), dims.end(), 0);
  std::swap(dims[size_t(normal_dim(dim0, x.rank(), "transpose"))],
            dims[size_t(normal_dim(dim1, x.rank(), "transpose"))]);
  return permute(x, dims);
}

Var unsqueeze(Var x, int64_t dim) {
  Shape s = x.shape();
  s.insert(normal_dim(dim, x.rank() + 1, "unsqueeze"), 1);
  return reshape(x, s);
}

}  // namespace nnrun
