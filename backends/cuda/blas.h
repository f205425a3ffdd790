// Products by cuBLASLt, opened when the first product is offered.
#pragma once

#include <cublasLt.h>

#include <memory>

#include "backends/cuda/product.h"

namespace nnrun::cuda {

/// Why cuBLASLt cannot do p: it is missing, or the strides are not those of matrices. Empty: it
/// can.
std::string blas_refuses(const Product& p);

/// A yes for p, or no with the reason.
Offer blas_offer(Offer o, const Product& p);

class BlasKernel {
 public:
  /// What a launch has for itself: cuBLASLt keeps the address of bias or sums in the description.
  struct State {
    std::unique_ptr<cublasLtMatmulDescOpaque_t, void (*)(cublasLtMatmulDesc_t)> what;
    const void *x, *y;
    void *out, *workspace;
    CUstream stream;
  };
  State bind(void* const* buffer, void* workspace, void* stream) const;
  void rebind(State& s, void* const* buffer, void* workspace, void* stream) const;
  void run(State& s) const;

 protected:
  BlasKernel(const Desc& d, const Product& p);

 private:
  using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, void (*)(cublasLtMatrixLayout_t)>;
  /// Where the elements of one matrix lie, column by column.
  struct Matrix {
    bool transposed;
    int64_t rows, columns, step;
  };
  static Matrix matrix_of(int64_t rows, int64_t columns, int64_t row_step, int64_t column_step);
  Layout layout_of(const Matrix& m, int64_t batch_step) const;
  State describe() const;

  Device& device_;
  cublasLtHandle_t handle_;
  bool complete_on_return_, fast_;
  Product p_;
  Matrix left_, right_, result_;  // result = left right, all transposed: column-major
  Layout left_layout_, right_layout_, result_layout_;
  cublasLtMatmulAlgo_t algorithm_ = {};

  friend std::string blas_refuses(const Product& p);
};

}  // namespace nnrun::cuda
