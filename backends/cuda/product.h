// Products of matrices: out = x y + bias, of any batch.
#pragma once

#include <optional>

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

/// The sizes and steps of matmul and linear, in elements.
struct Product {
  int64_t rows = 0, columns = 0, inner = 0;
  int64_t x_row = 0, x_inner = 0, y_inner = 0, y_column = 0, out_row = 0, out_column = 0;
  Walk batch = {};                                  // operands x, y, out
  int x = 0, y = 1, bias = Launch::kNone, out = 2;  // operands
  int64_t bias_step = 0;
  int row_sums = Launch::kNone;  // the operand that gets the sums of x's rows, one after another
  DType dtype = DType::float32;
};
/// Of the op matmul.
Product matmul_product(const Desc& d);
/// Of the op linear; none where the rows of x or y are not one step apart.
std::optional<Product> linear_product(const Desc& d);

/// Our own kernel (device/product.cuh).
class TiledKernel : public Launches {
 protected:
  explicit TiledKernel(const Desc& d) : Launches(d) {}
  void add_product(const Product& p);
};
/// A yes with what p costs.
Offer product_offer(Offer o, const Product& p);

}  // namespace nnrun::cuda
