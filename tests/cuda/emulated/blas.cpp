// libcublasLt.so.13 for tests: plain loops over what the descriptions say, so that layouts, steps
// and epilogues that are wrong show.
#include <cublasLt.h>

#include <cstring>

#include <nnrun/sdk/dtype.hpp>

namespace {

using nnrun::sdk::bfloat16;
using nnrun::sdk::float16;

/// What the opaque structs hold here.
struct Description {
  cublasComputeType_t compute;
  cublasOperation_t left, right;
  cublasLtEpilogue_t epilogue;
  const void* bias;
};
struct Layout {
  cudaDataType type;
  uint64_t rows, columns;
  int64_t step, batch_step;
  int32_t batch;
};
template <class T> T load(const void* opaque) {
  T t;
  std::memcpy(&t, opaque, sizeof t);
  return t;
}
template <class T> void store(void* opaque, const T& t) { std::memcpy(opaque, &t, sizeof t); }

double element(const void* p, cudaDataType t, int64_t i) {
  switch (t) {
    case CUDA_R_64F: return static_cast<const double*>(p)[i];
    case CUDA_R_16F: return static_cast<const float16*>(p)[i];
    case CUDA_R_16BF: return static_cast<const bfloat16*>(p)[i];
    default: return static_cast<const float*>(p)[i];
  }
}
void set_element(void* p, cudaDataType t, int64_t i, double v) {
  switch (t) {
    case CUDA_R_64F: static_cast<double*>(p)[i] = v; break;
    case CUDA_R_16F: static_cast<float16*>(p)[i] = float16(float(v)); break;
    case CUDA_R_16BF: static_cast<bfloat16*>(p)[i] = bfloat16(float(v)); break;
    default: static_cast<float*>(p)[i] = float(v); break;
  }
}
/// The sums of a factor's columns; turned: of its rows.
void add_up(const void* p, const Layout& l, bool turned, void* sums) {
  const int64_t lines = int64_t(turned ? l.rows : l.columns);
  const int64_t length = int64_t(turned ? l.columns : l.rows);
  for (int64_t j = 0; j < lines; ++j) {
    double sum = 0;
    for (int64_t k = 0; k < length; ++k) {
      sum += element(p, l.type, turned ? j + k * l.step : k + j * l.step);
    }
    set_element(sums, l.type, j, sum);
  }
}
/// Steps must leave room for a column.
bool whole(const Layout& l) { return l.step >= int64_t(l.rows) && l.batch >= 1; }

}  // namespace

extern "C" {

cublasStatus_t cublasLtCreate(cublasLtHandle_t* h) {
  static int one;
  *h = reinterpret_cast<cublasLtHandle_t>(&one);
  return CUBLAS_STATUS_SUCCESS;
}
const char* cublasLtGetStatusName(cublasStatus_t) { return "CUBLAS_STATUS (emulated)"; }

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* d, cublasComputeType_t compute,
                                        cudaDataType_t) {
  *d = new cublasLtMatmulDescOpaque_t;
  static_assert(sizeof(Description) <= sizeof(**d));
  store(*d, Description{compute, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) {
  delete d;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d,
                                              cublasLtMatmulDescAttributes_t what,
                                              const void* value, size_t n) {
  Description s = load<Description>(d);
  const auto take = [&](auto& member) {
    if (n != sizeof member) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&member, value, n);
    return CUBLAS_STATUS_SUCCESS;
  };
  const cublasStatus_t r = what == CUBLASLT_MATMUL_DESC_TRANSA     ? take(s.left)
                           : what == CUBLASLT_MATMUL_DESC_TRANSB   ? take(s.right)
                           : what == CUBLASLT_MATMUL_DESC_EPILOGUE ? take(s.epilogue)
                           : what == CUBLASLT_MATMUL_DESC_BIAS_POINTER
                               ? take(s.bias)
                               : CUBLAS_STATUS_INVALID_VALUE;
  store(d, s);
  return r;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* l, cudaDataType type,
                                          uint64_t rows, uint64_t columns, int64_t step) {
  *l = new cublasLtMatrixLayoutOpaque_t;
  static_assert(sizeof(Layout) <= sizeof(**l));
  store(*l, Layout{type, rows, columns, step, 0, 1});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) {
  delete l;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t l,
                                                cublasLtMatrixLayoutAttribute_t what,
                                                const void* value, size_t n) {
  Layout s = load<Layout>(l);
  if (what == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT && n == 4) {
    std::memcpy(&s.batch, value, n);
  } else if (what == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET && n == 8) {
    std::memcpy(&s.batch_step, value, n);
  } else {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  store(l, s);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* p) {
  *p = new cublasLtMatmulPreferenceOpaque_t;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) {
  delete p;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t,
                                                    cublasLtMatmulPreferenceAttributes_t,
                                                    const void*, size_t) {
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t what,
                                              cublasLtMatrixLayout_t left,
                                              cublasLtMatrixLayout_t right, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t result,
                                              cublasLtMatmulPreference_t, int,
                                              cublasLtMatmulHeuristicResult_t*, int* n) {
  const Description d = load<Description>(what);
  const Layout a = load<Layout>(left), b = load<Layout>(right), c = load<Layout>(result);
  const bool left_turned = d.left == CUBLAS_OP_T, right_turned = d.right == CUBLAS_OP_T;
  const bool fits = (left_turned ? a.columns : a.rows) == c.rows &&
                    (right_turned ? b.rows : b.columns) == c.columns &&
                    (left_turned ? a.rows : a.columns) == (right_turned ? b.columns : b.rows) &&
                    a.type == b.type && a.type == c.type && a.batch == b.batch &&
                    a.batch == c.batch && whole(a) && whole(b) && whole(c) &&
                    (d.compute == CUBLAS_COMPUTE_64F) == (a.type == CUDA_R_64F);
  *n = fits ? 1 : 0;
  return fits ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t what, const void* alpha,
                              const void* left, cublasLtMatrixLayout_t left_layout,
                              const void* right, cublasLtMatrixLayout_t right_layout,
                              const void* beta, const void* before, cublasLtMatrixLayout_t,
                              void* result, cublasLtMatrixLayout_t result_layout,
                              const cublasLtMatmulAlgo_t*, void*, size_t, cudaStream_t) {
  const Description d = load<Description>(what);
  const Layout a = load<Layout>(left_layout), b = load<Layout>(right_layout);
  const Layout c = load<Layout>(result_layout);
  const bool wide = c.type == CUDA_R_64F;
  const double scale = wide ? load<double>(alpha) : load<float>(alpha);
  if ((wide ? load<double>(beta) : load<float>(beta)) != 0 || before != result) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const bool sums = d.epilogue == CUBLASLT_EPILOGUE_BGRADB;
  const bool known =
      sums || d.epilogue == CUBLASLT_EPILOGUE_DEFAULT || d.epilogue == CUBLASLT_EPILOGUE_BIAS;
  if (!known || (sums && (c.batch != 1 || d.bias == nullptr))) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (sums) add_up(right, b, d.right == CUBLAS_OP_T, const_cast<void*>(d.bias));
  const int64_t inner = int64_t(d.left == CUBLAS_OP_T ? a.rows : a.columns);
  for (int64_t n = 0; n < c.batch; ++n) {
    for (int64_t j = 0; j < int64_t(c.columns); ++j) {
      for (int64_t i = 0; i < int64_t(c.rows); ++i) {
        double sum = 0;
        for (int64_t k = 0; k < inner; ++k) {
          const int64_t at_left = d.left == CUBLAS_OP_T ? k + i * a.step : i + k * a.step;
          const int64_t at_right = d.right == CUBLAS_OP_T ? j + k * b.step : k + j * b.step;
          sum += element(left, a.type, n * a.batch_step + at_left) *
                 element(right, b.type, n * b.batch_step + at_right);
        }
        sum *= scale;
        if (d.epilogue == CUBLASLT_EPILOGUE_BIAS) sum += element(d.bias, c.type, i);
        set_element(result, c.type, n * c.batch_step + i + j * c.step, sum);
      }
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}
}
