#include "backends/onednn/product.h"

#include <optional>

namespace nnrun::onednn {
namespace {

/// The leading dimensions of a tensor as one: their common step, or nothing.
std::optional<int64_t> row_step(const Operand& o) {
  int64_t step = 0, size = 1;  // of the dimensions seen so far, innermost first
  for (int i = o.rank() - 2; i >= 0; --i) {
    if (o.size(i) == 1) continue;
    if (size == 1) {
      step = o.stride(i);
    } else if (o.stride(i) != step * size) {
      return std::nullopt;
    }
    size *= o.size(i);
  }
  return step;
}

}  // namespace

Offer Product::accept(const Desc& d) {
  constexpr uint64_t kTypes = NNR_F32 | NNR_BF16 | NNR_F16;
  if (d.op() == "matmul") return onednn::accept(d, {kTypes, same_as(0)}, {same_as(0)});
  if (d.op() != "linear") return no("no matrix product");
  Offer o = onednn::accept(d, {kTypes, same_as(0), optional(same_as(0))}, {same_as(0)});
  if (!refused(o) && (!row_step(d.in(0)) || !row_step(d.out(0)))) {
    return no("leading dimensions do not merge");
  }
  return o;
}

Offer Product::accept_one(const Desc& d, DType t) {
  Offer o = accept(d);
  if (refused(o)) return o;
  const Product p = read(d);
  if (p.dtype != t) return no(std::string("only for ") + name_of(t));
  if (p.batch.numel != 1 || p.work() == 0) return no("not one product");
  if (p.bias_step > 1 && p.s.n > 1) return no("a strided bias");
  return o;
}

Product Product::read(const Desc& d) {
  const Operand x = d.in(0), w = d.in(1), y = d.out(0);
  const int r = x.rank(), ry = y.rank();
  if (d.op() == "linear") {
    const int64_t in = x.size(r - 1);
    int64_t rows = 1;
    for (int i = 0; i + 1 < r; ++i) rows *= x.size(i);
    Product p{x.dtype(),
              {rows, in, w.size(0), *row_step(x), x.stride(r - 1), w.stride(1), w.stride(0),
               *row_step(y), y.stride(ry - 1)},
              Walk<3>({}, {}),
              -1,
              0,
              d.inputs()};
    if (d.in(2)) {
      p.bias = 2;
      p.bias_step = d.in(2).stride(0);
    }
    return p;
  }
  const auto leading = [&](const Operand& o) {
    std::vector<int64_t> s = broadcast_strides(o, o.shape());
    for (int i = 0; i < r; ++i) {
      if (o.size(i) == 1) s[size_t(i)] = 0;
    }
    s.resize(size_t(r - 2));
    return s;
  };
  std::vector<int64_t> sizes = y.shape();
  sizes.resize(size_t(r - 2));
  return {x.dtype(),
          {x.size(r - 2), x.size(r - 1), w.size(r - 1), x.stride(r - 2), x.stride(r - 1),
           w.stride(r - 2), w.stride(r - 1), y.stride(r - 2), y.stride(r - 1)},
          Walk<3>(sizes, {leading(x), leading(w), leading(y)}),
          -1,
          0,
          2};
}

std::vector<KernelDef> product_kernels(const char* op) {
  std::vector<KernelDef> all = {product_by_onednn(op), product_by_packed(op)};
  for (const KernelDef& k : product_by_loops(op)) all.push_back(k);
  all.push_back(product_by_gemm(op));
  return all;
}

std::vector<KernelDef> fused_products() { return product_kernels("group"); }

}  // namespace nnrun::onednn
