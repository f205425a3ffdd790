#include "backends/cuda/product.h"

#include <algorithm>

#include "backends/cuda/texts.h"

namespace nnrun::cuda {

Product matmul_product(const Desc& d) {
  const Operand x = d.in(0), y = d.in(1), out = d.out(0);
  const int r = x.rank();
  Product p;
  p.dtype = x.dtype();
  p.rows = x.size(r - 2);
  p.inner = x.size(r - 1);
  p.columns = y.size(r - 1);
  p.x_row = x.stride(r - 2);
  p.x_inner = x.stride(r - 1);
  p.y_inner = y.stride(r - 2);
  p.y_column = y.stride(r - 1);
  p.out_row = out.stride(r - 2);
  p.out_column = out.stride(r - 1);
  const auto leading = [](std::vector<int64_t> v) {
    v.resize(v.size() - 2);
    return v;
  };
  const std::vector<int64_t> shape = out.shape();
  p.batch = walk_of(leading(shape), {leading(strides_over(x, shape)),
                                     leading(strides_over(y, shape)), leading(out.strides())});
  return p;
}

std::optional<Product> linear_product(const Desc& d) {
  const Operand x = d.in(0), weight = d.in(1), bias = d.in(2), y = d.out(0);
  const auto leading = [](std::vector<int64_t> v) {
    v.pop_back();
    return v;
  };
  const Walk rows = walk_of(leading(x.shape()), {leading(x.strides()), leading(y.strides())});
  if (rows.rank != 1) return std::nullopt;
  Product p;
  p.dtype = x.dtype();
  p.rows = rows.numel;
  p.inner = weight.size(1);
  p.columns = weight.size(0);
  p.x_row = rows.stride[0][0];
  p.x_inner = x.stride(x.rank() - 1);
  p.y_inner = weight.stride(1);
  p.y_column = weight.stride(0);
  p.out_row = rows.stride[0][1];
  p.out_column = y.stride(y.rank() - 1);
  p.batch = walk_of({}, {{}, {}, {}});
  p.out = d.inputs();
  if (bias) {
    p.bias = 2;
    p.bias_step = bias.stride(0);
  }
  return p;
}

void TiledKernel::add_product(const Product& p) {
  constexpr int64_t kTile = 64;
  if (p.rows * p.columns * p.batch.numel == 0) return;
  const int64_t tiles =
      p.batch.numel * ((p.rows + kTile - 1) / kTile) * ((p.columns + kTile - 1) / kTile);
  Launch& l = add({text_types(), text_math(), text_walk(), text_product()},
                  std::string("extern \"C\" __global__ void __launch_bounds__(256, 2) kernel(const "
                              "__grid_constant__ Args a) { product<") +
                      type_of(p.dtype) + ">(a); }\n",
                  {unsigned(std::min<int64_t>(tiles, 1 << 20)), 256});
  l.args.walk = p.batch;
  const int64_t n[] = {p.rows,    p.columns,  p.inner,   p.x_row,      p.x_inner,
                       p.y_inner, p.y_column, p.out_row, p.out_column, p.bias_step};
  std::copy(std::begin(n), std::end(n), l.args.n);
  l.pointer[0] = {p.x, 0};
  l.pointer[1] = {p.y, 0};
  l.pointer[2] = {p.out, 0};
  l.pointer[3] = {p.bias, 0};
}

Offer product_offer(Offer o, const Product& p) {
  constexpr double kPerNs = 2000;  // multiply-adds of one kernel of our own
  if (o.why_not.empty()) {
    o.est_ns +=
        double(p.rows) * double(p.columns) * double(p.inner) * double(p.batch.numel) / kPerNs;
  }
  return o;
}

}  // namespace nnrun::cuda
