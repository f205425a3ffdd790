// y = x w + bias, for the ops that are matrix products: `matmul` (x, w) and `linear` (x, weight,
// [bias]).
#pragma once

#include "backends/onednn/fused.h"

namespace nnrun::onednn {

/// Both ops as one: matrices of some sizes and strides, for each index of merged batch dimensions.
struct Product {
  /// The operands fit the op, and can be read as matrices.
  static Offer accept(const Desc& d);
  /// And are of that dtype, one pair of matrices, with something to add up; a bias is side by side.
  static Offer accept_one(const Desc& d, DType t = DType::float32);
  static Product read(const Desc& d);  // after a yes

  double work() const {  // multiply-adds
    return double(batch.numel) * double(s.m) * double(s.k) * double(s.n);
  }

  DType dtype;
  SmallProduct s;
  Walk<3> batch;  // x, w, y
  int bias = -1;  // which operand
  int64_t bias_step = 0;
  int y;  // which operand
};

/// The operands of a product among the buffers of a group's launch, or of its own.
struct ProductBuffers {
  int x, w, bias, y;  // bias: or -1
  ProductBuffers(const Fused& f, const Product& p)
      : x(f.buffer(0)),
        w(f.buffer(1)),
        bias(p.bias < 0 ? -1 : f.buffer(p.bias)),
        y(f.buffer(p.y)) {}
};

/// Of a large product of oneDNN's, by what it is computed in: as on a Zen 5, and with AVX2 on a
/// Zen 3.
double onednn_multiply_adds_per_ns(DType t);

/// oneDNN's matmul with operands as they are.
KernelDef product_by_onednn(const char* op);
/// The same with a parameter in the layout it likes best.
KernelDef product_by_packed(const char* op);
/// Our own loops for small and for thin matrices.
std::vector<KernelDef> product_by_loops(const char* op);
/// Our own loops for large matrices.
KernelDef product_by_gemm(const char* op);

/// All of them.
std::vector<KernelDef> product_kernels(const char* op);
/// Those of groups that begin with a product.
std::vector<KernelDef> fused_products();

/// That of an op, or of the groups that begin with one.
template <class K> KernelDef product_kernel(const char* op, const char* impl) {
  return std::string_view(op) == "group" ? fused_kernel<K>(impl) : kernel<K>(op, impl);
}

}  // namespace nnrun::onednn
