#include "backends/cuda/blas.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "backends/cuda/library.h"

// clang-format off
#define NNRUN_CUDA_BLAS(F) \
  F(cublasLtCreate) F(cublasLtGetStatusName) F(cublasLtMatmul) F(cublasLtMatmulAlgoGetHeuristic) \
  F(cublasLtMatmulDescCreate) F(cublasLtMatmulDescDestroy) F(cublasLtMatmulDescSetAttribute) \
  F(cublasLtMatrixLayoutCreate) F(cublasLtMatrixLayoutDestroy) F(cublasLtMatrixLayoutSetAttribute) \
  F(cublasLtMatmulPreferenceCreate) F(cublasLtMatmulPreferenceDestroy) \
  F(cublasLtMatmulPreferenceSetAttribute)
// clang-format on

namespace nnrun::cuda {
namespace {

constexpr uint64_t kWorkspace = uint64_t{8} << 20;

struct Blas {
  NNRUN_CUDA_BLAS(NNRUN_CUDA_POINTER)

  Blas() {
    const Library library("libcublasLt.so.13",
                          "it is part of the CUDA Toolkit 13; tools/setup-cuda gets it");
    NNRUN_CUDA_BLAS(NNRUN_CUDA_LOOK_UP)
  }
  void check(cublasStatus_t s, const char* what) const {
    if (s == CUBLAS_STATUS_SUCCESS) return;
    const nnr_status status =
        s == CUBLAS_STATUS_ALLOC_FAILED
            ? NNR_E_NOMEM
            : (s == CUBLAS_STATUS_NOT_SUPPORTED ? NNR_E_UNSUPPORTED : NNR_E_INTERNAL);
    throw Failure(status, std::string(what) + ": " + cublasLtGetStatusName(s));
  }
};

const Blas& blas() {
  static const Blas* b = new Blas();
  return *b;
}

/// The handle of a device, made at its first use; it lives as long as the process.
cublasLtHandle_t handle_of(const Device& d) {
  static std::mutex mutex;
  static std::map<int, cublasLtHandle_t> handles;
  const std::lock_guard lock(mutex);
  cublasLtHandle_t& h = handles[d.index()];
  if (h == nullptr) {
    const Device::Current current(d);
    blas().check(blas().cublasLtCreate(&h), "cublasLtCreate");
  }
  return h;
}

cudaDataType_t data_type(DType t) {
  return t == DType::float64    ? CUDA_R_64F
         : t == DType::bfloat16 ? CUDA_R_16BF
         : t == DType::float16  ? CUDA_R_16F
                                : CUDA_R_32F;
}

void destroy_description(cublasLtMatmulDesc_t d) { blas().cublasLtMatmulDescDestroy(d); }
void destroy_layout(cublasLtMatrixLayout_t l) { blas().cublasLtMatrixLayoutDestroy(l); }

template <class T>
void set(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t what, const T& value) {
  blas().check(blas().cublasLtMatmulDescSetAttribute(d, what, &value, sizeof value),
               "cublasLtMatmulDescSetAttribute");
}
template <class T>
void set(cublasLtMatrixLayout_t l, cublasLtMatrixLayoutAttribute_t what, const T& value) {
  blas().check(blas().cublasLtMatrixLayoutSetAttribute(l, what, &value, sizeof value),
               "cublasLtMatrixLayoutSetAttribute");
}

}  // namespace

/// A matrix of rows by columns as it lies: column by column where its rows are contiguous in a
/// column, else its transpose. step 0: neither.
BlasKernel::Matrix BlasKernel::matrix_of(int64_t rows, int64_t columns, int64_t row_step,
                                         int64_t column_step) {
  if ((row_step == 1 || rows == 1) && (columns == 1 || column_step >= rows)) {
    return {false, rows, columns, columns == 1 ? rows : column_step};
  }
  if ((column_step == 1 || columns == 1) && (rows == 1 || row_step >= columns)) {
    return {true, columns, rows, rows == 1 ? columns : row_step};
  }
  return {false, rows, columns, 0};
}

std::string blas_refuses(const Product& p) {
  if (!is_float(p.dtype)) return std::string("not for ") + name_of(p.dtype);
  if (p.rows * p.columns * p.inner * p.batch.numel == 0) return "nothing to multiply";
  if (p.batch.rank != 1) return "batches that are not one step apart";
  const auto fits = [](int64_t a, int64_t b, int64_t step_a, int64_t step_b) {
    return BlasKernel::matrix_of(a, b, step_a, step_b).step != 0;
  };
  if (!fits(p.columns, p.inner, p.y_column, p.y_inner) ||
      !fits(p.inner, p.rows, p.x_inner, p.x_row)) {
    return "a factor whose rows and columns both have gaps";
  }
  const auto result = BlasKernel::matrix_of(p.columns, p.rows, p.out_column, p.out_row);
  if (result.step == 0 || result.transposed) return "a result that is not row-major";
  if (p.row_sums != Launch::kNone && p.batch.numel != 1) return "sums of a batch";
  if (p.bias != Launch::kNone && p.bias_step != 1 && p.columns != 1) return "a bias with gaps";
  try {
    blas();
  } catch (const Failure& f) {
    return f.what();
  }
  return "";
}

Offer blas_offer(Offer o, const Product& p) {
  if (!o.why_not.empty()) return o;
  const std::string reason = blas_refuses(p);
  if (!reason.empty()) return no(reason);
  constexpr double kPerNs = 20000;  // multiply-adds
  o.est_ns += double(p.rows) * double(p.columns) * double(p.inner) * double(p.batch.numel) / kPerNs;
  o.workspace_bytes = kWorkspace;
  return o;
}

BlasKernel::BlasKernel(const Desc& d, const Product& p)
    : device_(device_of(d.in(0).desc().t.device)),
      handle_(handle_of(device_)),
      complete_on_return_(d.in(0).desc().t.device.device_type == kDLCPU),
      fast_(d.fast_math()),
      p_(p),
      left_(matrix_of(p.columns, p.inner, p.y_column, p.y_inner)),
      right_(matrix_of(p.inner, p.rows, p.x_inner, p.x_row)),
      result_(matrix_of(p.columns, p.rows, p.out_column, p.out_row)),
      left_layout_(layout_of(left_, p.batch.stride[0][1])),
      right_layout_(layout_of(right_, p.batch.stride[0][0])),
      result_layout_(layout_of(result_, p.batch.stride[0][2])) {
  const Blas& b = blas();
  const Device::Current current(device_);
  const State s = describe();
  cublasLtMatmulPreference_t preference = nullptr;
  b.check(b.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
  const std::unique_ptr<cublasLtMatmulPreferenceOpaque_t,
                        cublasStatus_t (*)(cublasLtMatmulPreference_t)>
      owned(preference, b.cublasLtMatmulPreferenceDestroy);
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t what, auto value) {
    b.check(b.cublasLtMatmulPreferenceSetAttribute(preference, what, &value, sizeof value),
            "cublasLtMatmulPreferenceSetAttribute");
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspace);
  const uint32_t alignment = uint32_t(size_of(p.dtype));  // a launch may be bound to any address
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment);
  cublasLtMatmulHeuristicResult_t found = {};
  int n = 0;
  b.check(b.cublasLtMatmulAlgoGetHeuristic(handle_, s.what.get(), left_layout_.get(),
                                           right_layout_.get(), result_layout_.get(),
                                           result_layout_.get(), preference, 1, &found, &n),
          "cublasLtMatmulAlgoGetHeuristic");
  if (n == 0) throw Failure(NNR_E_UNSUPPORTED, "cuBLASLt has no algorithm for this product");
  algorithm_ = found.algo;
}

BlasKernel::Layout BlasKernel::layout_of(const Matrix& m, int64_t batch_step) const {
  cublasLtMatrixLayout_t l = nullptr;
  blas().check(blas().cublasLtMatrixLayoutCreate(&l, data_type(p_.dtype), uint64_t(m.rows),
                                                 uint64_t(m.columns), m.step),
               "cublasLtMatrixLayoutCreate");
  Layout owned(l, destroy_layout);
  set(l, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, int32_t(p_.batch.numel));
  set(l, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, batch_step);
  return owned;
}

BlasKernel::State BlasKernel::describe() const {
  const bool wide = p_.dtype == DType::float64;
  const cublasComputeType_t compute = wide ? CUBLAS_COMPUTE_64F
                                      : fast_ && p_.dtype == DType::float32
                                          ? CUBLAS_COMPUTE_32F_FAST_TF32
                                          : CUBLAS_COMPUTE_32F;
  cublasLtMatmulDesc_t d = nullptr;
  blas().check(blas().cublasLtMatmulDescCreate(&d, compute, wide ? CUDA_R_64F : CUDA_R_32F),
               "cublasLtMatmulDescCreate");
  State s{{d, destroy_description}, nullptr, nullptr, nullptr, nullptr, nullptr};
  set(d, CUBLASLT_MATMUL_DESC_TRANSA, left_.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(d, CUBLASLT_MATMUL_DESC_TRANSB, right_.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
  if (p_.bias != Launch::kNone) set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
  // x is on the right, since cuBLASLt's matrices lie column by column.
  if (p_.row_sums != Launch::kNone) {
    set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BGRADB);
  }
  return s;
}

BlasKernel::State BlasKernel::bind(void* const* buffer, void* workspace, void* stream) const {
  State s = describe();
  rebind(s, buffer, workspace, stream);
  return s;
}

void BlasKernel::rebind(State& s, void* const* buffer, void* workspace, void* stream) const {
  const int vector = p_.bias != Launch::kNone ? p_.bias : p_.row_sums;
  if (vector != Launch::kNone) {
    const void* address = buffer[vector];
    set(s.what.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, address);
  }
  s.x = buffer[p_.x];
  s.y = buffer[p_.y];
  s.out = buffer[p_.out];
  s.workspace = workspace;
  s.stream = static_cast<CUstream>(stream);
}

void BlasKernel::run(State& s) const {
  const Blas& b = blas();
  const Device::Current current(device_);
  const float one = 1, zero = 0;
  const double wide_one = 1, wide_zero = 0;
  const bool wide = p_.dtype == DType::float64;
  b.check(b.cublasLtMatmul(handle_, s.what.get(), wide ? static_cast<const void*>(&wide_one) : &one,
                           s.y, left_layout_.get(), s.x, right_layout_.get(),
                           wide ? static_cast<const void*>(&wide_zero) : &zero, s.out,
                           result_layout_.get(), s.out, result_layout_.get(), &algorithm_,
                           s.workspace, kWorkspace, s.stream),
          "cublasLtMatmul");
  if (complete_on_return_) {
    driver().check(driver().cuStreamSynchronize(s.stream), "cuStreamSynchronize");
  }
}

}  // namespace nnrun::cuda
