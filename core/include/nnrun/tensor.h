// Tensor: an n-dimensional array on a device, with a gradient when it is asked for. Functions run
// at once, through the kernels of the device's backend. Names, arguments and results are
// libtorch's.
//
// A Tensor is a handle: copies are the same tensor. Views (reshape of contiguous elements, slices,
// transpose, expand, ...) share storage with the tensor they look at. Functions ending in _ change
// their first operand.
//
// Functions throw nnrun::Error, code model for wrong shapes, dtypes, devices and indices ("[op]
// what is wrong", with both values), code memory when memory cannot be had. Different tensors may
// be used on different threads at once; one tensor may be read by several threads while none
// changes it.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <nnrun/types.h>

struct DLManagedTensor;

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

class Tensor;
using TensorList = ArrayRef<Tensor>;

namespace detail {

struct Access;  // how the library reaches a tensor's inside
struct Counted {
  mutable std::atomic<uint32_t> references{1};
};
/// What every handle of one tensor points to; its inside is the library's.
struct TensorBody;
void destroy(const Counted* body) noexcept;

}  // namespace detail

namespace indexing {

enum class EllipsisIndexType { Ellipsis };
inline constexpr EllipsisIndexType Ellipsis = EllipsisIndexType::Ellipsis;
inline constexpr std::nullopt_t None = std::nullopt;

/// start:stop:step of one dimension, as in Python.
struct Slice {
  optional<int64_t> start, stop, step;
  Slice(optional<int64_t> first = nullopt, optional<int64_t> end = nullopt,
        optional<int64_t> by = nullopt)
      : start(first), stop(end), step(by) {}
};

}  // namespace indexing

// Every function below is a member of Tensor as well, with its first operand as *this.

// Elementwise, one operand.
// clang-format off
#define NNRUN_UNARY_FUNCTIONS(F)                                                                  \
  F(abs) F(neg) F(sign) F(exp) F(expm1) F(log) F(log1p) F(sqrt) F(rsqrt) F(square) F(reciprocal)  \
  F(sin) F(cos) F(tanh) F(sigmoid) F(relu) F(erf) F(floor) F(ceil) F(round) F(logical_not)
// clang-format on
// Elementwise, two operands that broadcast; dtypes are promoted as in NumPy.
#define NNRUN_COMPARISONS(F) F(eq) F(ne) F(lt) F(le) F(gt) F(ge)

#define NNRUN_DECLARE(f) Tensor f(const Tensor& self);
NNRUN_UNARY_FUNCTIONS(NNRUN_DECLARE)
#undef NNRUN_DECLARE
#define NNRUN_DECLARE(f)                             \
  Tensor f(const Tensor& self, const Tensor& other); \
  Tensor f(const Tensor& self, const Scalar& other);
NNRUN_COMPARISONS(NNRUN_DECLARE)
#undef NNRUN_DECLARE
Tensor isfinite(const Tensor& self);
Tensor isnan(const Tensor& self);
Tensor isinf(const Tensor& self);
Tensor softmax(const Tensor& self, int64_t dim, optional<ScalarType> dtype = nullopt);
Tensor log_softmax(const Tensor& self, int64_t dim, optional<ScalarType> dtype = nullopt);
Tensor clamp(const Tensor& self, const optional<Scalar>& min = nullopt,
             const optional<Scalar>& max = nullopt);
/// self + alpha * other, and so on.
Tensor add(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor add(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor sub(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor sub(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor mul(const Tensor& self, const Tensor& other);
Tensor mul(const Tensor& self, const Scalar& other);
/// True division: whole numbers become floats.
Tensor div(const Tensor& self, const Tensor& other);
Tensor div(const Tensor& self, const Scalar& other);
Tensor pow(const Tensor& self, const Tensor& exponent);
Tensor pow(const Tensor& self, const Scalar& exponent);
Tensor maximum(const Tensor& self, const Tensor& other);
Tensor minimum(const Tensor& self, const Tensor& other);
Tensor logical_and(const Tensor& self, const Tensor& other);
Tensor logical_or(const Tensor& self, const Tensor& other);
Tensor where(const Tensor& condition, const Tensor& self, const Tensor& other);
Tensor where(const Tensor& condition, const Tensor& self, const Scalar& other);
Tensor where(const Tensor& condition, const Scalar& self, const Tensor& other);
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Scalar& value);

// Reductions: over everything, one dimension or several. Sums of whole numbers are int64.
Tensor sum(const Tensor& self, optional<ScalarType> dtype = nullopt);
Tensor sum(const Tensor& self, IntArrayRef dim, bool keepdim = false,
           optional<ScalarType> dtype = nullopt);
Tensor mean(const Tensor& self, optional<ScalarType> dtype = nullopt);
Tensor mean(const Tensor& self, IntArrayRef dim, bool keepdim = false,
            optional<ScalarType> dtype = nullopt);
Tensor prod(const Tensor& self, optional<ScalarType> dtype = nullopt);
Tensor prod(const Tensor& self, int64_t dim, bool keepdim = false,
            optional<ScalarType> dtype = nullopt);
Tensor var(const Tensor& self, bool unbiased = true);
Tensor var(const Tensor& self, int dim);
Tensor var(const Tensor& self, IntArrayRef dim, bool unbiased = true, bool keepdim = false);
Tensor std(const Tensor& self, bool unbiased = true);
Tensor std(const Tensor& self, int dim);
Tensor std(const Tensor& self, IntArrayRef dim, bool unbiased = true, bool keepdim = false);
Tensor norm(const Tensor& self, const Scalar& p = 2);
Tensor norm(const Tensor& self, const optional<Scalar>& p, IntArrayRef dim, bool keepdim = false);
Tensor all(const Tensor& self);
Tensor any(const Tensor& self);
Tensor max(const Tensor& self);
Tensor max(const Tensor& self, const Tensor& other);
Tensor min(const Tensor& self);
Tensor min(const Tensor& self, const Tensor& other);
Tensor amax(const Tensor& self, IntArrayRef dim = {}, bool keepdim = false);
Tensor amin(const Tensor& self, IntArrayRef dim = {}, bool keepdim = false);
/// Values and where they are.
std::tuple<Tensor, Tensor> max(const Tensor& self, int64_t dim, bool keepdim = false);
std::tuple<Tensor, Tensor> min(const Tensor& self, int64_t dim, bool keepdim = false);
Tensor argmax(const Tensor& self, optional<int64_t> dim = nullopt, bool keepdim = false);
Tensor argmin(const Tensor& self, optional<int64_t> dim = nullopt, bool keepdim = false);
std::tuple<Tensor, Tensor> topk(const Tensor& self, int64_t k, int64_t dim = -1,
                                bool largest = true, bool sorted = true);
std::tuple<Tensor, Tensor> sort(const Tensor& self, int64_t dim = -1, bool descending = false);
Tensor argsort(const Tensor& self, int64_t dim = -1, bool descending = false);
Tensor cumsum(const Tensor& self, int64_t dim, optional<ScalarType> dtype = nullopt);
bool equal(const Tensor& self, const Tensor& other);
bool allclose(const Tensor& self, const Tensor& other, double rtol = 1e-5, double atol = 1e-8,
              bool equal_nan = false);

// Products.
Tensor matmul(const Tensor& self, const Tensor& other);
Tensor mm(const Tensor& self, const Tensor& mat2);
Tensor bmm(const Tensor& self, const Tensor& mat2);
Tensor mv(const Tensor& self, const Tensor& vec);
Tensor dot(const Tensor& self, const Tensor& tensor);
/// beta * self + alpha * (mat1 mat2)
Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1,
             const Scalar& alpha = 1);

// Shapes.
Tensor reshape(const Tensor& self, IntArrayRef shape);
Tensor transpose(const Tensor& self, int64_t dim0, int64_t dim1);
Tensor permute(const Tensor& self, IntArrayRef dims);
Tensor t(const Tensor& self);
Tensor squeeze(const Tensor& self);
Tensor squeeze(const Tensor& self, int64_t dim);
Tensor unsqueeze(const Tensor& self, int64_t dim);
Tensor flatten(const Tensor& self, int64_t start_dim = 0, int64_t end_dim = -1);
Tensor slice(const Tensor& self, int64_t dim = 0, optional<int64_t> start = nullopt,
             optional<int64_t> end = nullopt, int64_t step = 1);
Tensor narrow(const Tensor& self, int64_t dim, int64_t start, int64_t length);
Tensor select(const Tensor& self, int64_t dim, int64_t index);
std::vector<Tensor> split(const Tensor& self, int64_t split_size, int64_t dim = 0);
std::vector<Tensor> split(const Tensor& self, IntArrayRef split_sizes, int64_t dim = 0);
std::vector<Tensor> chunk(const Tensor& self, int64_t chunks, int64_t dim = 0);
std::vector<Tensor> unbind(const Tensor& self, int64_t dim = 0);
Tensor flip(const Tensor& self, IntArrayRef dims);
Tensor gather(const Tensor& self, int64_t dim, const Tensor& index);
Tensor scatter_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor index_select(const Tensor& self, int64_t dim, const Tensor& index);
Tensor clone(const Tensor& self);

class TensorIndex;

class Tensor {
 public:
  Tensor() noexcept : body_(nullptr) {}
  Tensor(const Tensor& o) noexcept : body_(o.body_) { retain(); }
  Tensor(Tensor&& o) noexcept : body_(std::exchange(o.body_, nullptr)) {}
  Tensor& operator=(const Tensor& o) & noexcept {
    Tensor copy(o);
    std::swap(body_, copy.body_);
    return *this;
  }
  Tensor& operator=(Tensor&& o) & noexcept {
    std::swap(body_, o.body_);
    return *this;
  }
  /// Of a temporary, as in x[0] = y: writes into the elements.
  Tensor& operator=(const Tensor& o) &&;
  Tensor& operator=(const Scalar& v) &&;
  ~Tensor() { release(); }

  // What it is.
  bool defined() const { return body_ != nullptr; }
  IntArrayRef sizes() const;
  IntArrayRef strides() const;
  int64_t size(int64_t dim) const;
  int64_t stride(int64_t dim) const;
  int64_t dim() const;
  int64_t ndimension() const { return dim(); }
  int64_t numel() const;
  ScalarType scalar_type() const;
  TypeMeta dtype() const { return scalar_type(); }
  Device device() const;
  TensorOptions options() const;
  int64_t element_size() const;
  int64_t nbytes() const { return numel() * element_size(); }
  int64_t storage_offset() const;
  bool is_contiguous() const;
  bool is_cuda() const { return device().is_cuda(); }
  bool is_cpu() const { return device().is_cpu(); }
  bool is_floating_point() const { return isFloatingType(scalar_type()); }
  bool is_same(const Tensor& other) const { return body_ == other.body_; }
  /// What every handle of this tensor has in common, as a key.
  void* unsafeGetTensorImpl() const { return body_; }
  /// Lets go of it: undefined from here on.
  void reset() { *this = Tensor(); }

  // Its elements.
  Scalar item() const;
  template <class T> T item() const { return item().template to<T>(); }
  /// The address of element 0; with a type, which must be the dtype's.
  void* data_ptr() const;
  template <class T> T* data_ptr() const {
    return static_cast<T*>(checked_data(CppTypeToScalarType<T>::value));
  }
  Tensor operator[](int64_t index) const { return select(0, index); }
  Tensor operator[](const Tensor& index) const;
  Tensor index(ArrayRef<TensorIndex> indices) const;
  Tensor index(std::initializer_list<TensorIndex> indices) const;
  Tensor& index_put_(ArrayRef<TensorIndex> indices, const Tensor& value);
  Tensor& index_put_(ArrayRef<TensorIndex> indices, const Scalar& value);
  Tensor& index_put_(std::initializer_list<TensorIndex> indices, const Tensor& value);
  Tensor& index_put_(std::initializer_list<TensorIndex> indices, const Scalar& value);

  // The same elements elsewhere or otherwise.
  Tensor contiguous() const;
  Tensor to(const TensorOptions& options, bool non_blocking = false, bool copy = false) const;
  Tensor to(ScalarType dtype, bool non_blocking = false, bool copy = false) const;
  Tensor to(Device device, ScalarType dtype, bool non_blocking = false, bool copy = false) const;
  Tensor to(const Tensor& other, bool non_blocking = false, bool copy = false) const;
  Tensor cpu() const { return to(TensorOptions(kCPU)); }
  Tensor cuda() const { return to(TensorOptions(kCUDA)); }
  Tensor toType(ScalarType t) const { return to(t); }
  Tensor type_as(const Tensor& other) const { return to(other.scalar_type()); }
  Tensor view(IntArrayRef size) const;
  Tensor view_as(const Tensor& other) const { return view(other.sizes()); }
  Tensor reshape_as(const Tensor& other) const { return reshape(other.sizes()); }
  Tensor expand(IntArrayRef size) const;
  Tensor expand_as(const Tensor& other) const { return expand(other.sizes()); }
  Tensor repeat(IntArrayRef repeats) const;
  Tensor as_strided(IntArrayRef size, IntArrayRef stride) const;

  // Gradients.
  bool requires_grad() const;
  /// Only of a leaf of floats.
  const Tensor& set_requires_grad(bool requires_grad) const;
  const Tensor& requires_grad_(bool requires_grad = true) const {
    return set_requires_grad(requires_grad);
  }
  bool is_leaf() const;
  /// The gradient that backward() has left; undefined when there is none.
  const Tensor& grad() const;
  Tensor& mutable_grad() const;
  /// d(this)/d(leaves) is added to the grad() of every leaf that asks for it. `gradient`: of this
  /// tensor, ones when it is a scalar. What the graph kept is freed unless retain_graph;
  /// create_graph makes the gradients differentiable themselves.
  void backward(const Tensor& gradient = {}, optional<bool> retain_graph = nullopt,
                bool create_graph = false, optional<TensorList> inputs = nullopt) const;
  /// The same elements, of which gradients know nothing.
  Tensor detach() const;
  Tensor& detach_() const;
  Tensor data() const { return detach(); }
  /// This tensor, and every handle of it, with the elements, dtype, device and sizes of another
  /// one.
  void set_data(const Tensor& new_data) const;
  /// By default only leaves keep their gradient.
  void retain_grad() const;
  /// The operations that gave this value, one a line.
  void print_graph(std::ostream& out) const;
  /// The same as a graph in the DOT language.
  void print_graph_dot(std::ostream& out) const;

  // In place. A handle may be const, its elements are not.
  Tensor& copy_(const Tensor& src, bool non_blocking = false) const;
  Tensor& zero_() const;
  Tensor& fill_(const Scalar& value) const;
  Tensor& fill_(const Tensor& value) const;
  Tensor& add_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& add_(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& sub_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& sub_(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& mul_(const Tensor& other) const;
  Tensor& mul_(const Scalar& other) const;
  Tensor& div_(const Tensor& other) const;
  Tensor& div_(const Scalar& other) const;
  Tensor& pow_(const Scalar& exponent) const;
  Tensor& clamp_(const optional<Scalar>& min = nullopt,
                 const optional<Scalar>& max = nullopt) const;
  Tensor& masked_fill_(const Tensor& mask, const Scalar& value) const;
  Tensor& scatter_add_(int64_t dim, const Tensor& index, const Tensor& src) const;
  /// Other numbers of the global generator in every element.
  Tensor& uniform_(double from = 0, double to = 1) const;
  Tensor& normal_(double mean = 0, double std = 1) const;
  Tensor& bernoulli_(double p = 0.5) const;
  Tensor& operator+=(const Tensor& o) { return add_(o); }
  Tensor& operator+=(const Scalar& o) { return add_(o); }
  Tensor& operator-=(const Tensor& o) { return sub_(o); }
  Tensor& operator-=(const Scalar& o) { return sub_(o); }
  Tensor& operator*=(const Tensor& o) { return mul_(o); }
  Tensor& operator*=(const Scalar& o) { return mul_(o); }
  Tensor& operator/=(const Tensor& o) { return div_(o); }
  Tensor& operator/=(const Scalar& o) { return div_(o); }
  Tensor operator-() const { return neg(); }

#define NNRUN_MEMBER(f)                        \
  Tensor f() const { return nnrun::f(*this); } \
  Tensor& f##_() const;
  NNRUN_UNARY_FUNCTIONS(NNRUN_MEMBER)
#undef NNRUN_MEMBER
#define NNRUN_MEMBER(f)                                                  \
  Tensor f(const Tensor& other) const { return nnrun::f(*this, other); } \
  Tensor f(const Scalar& other) const { return nnrun::f(*this, other); }
  NNRUN_COMPARISONS(NNRUN_MEMBER)
#undef NNRUN_MEMBER
  Tensor isfinite() const { return nnrun::isfinite(*this); }
  Tensor isnan() const { return nnrun::isnan(*this); }
  Tensor isinf() const { return nnrun::isinf(*this); }
  Tensor softmax(int64_t dim, optional<ScalarType> dtype = nullopt) const {
    return nnrun::softmax(*this, dim, dtype);
  }
  Tensor log_softmax(int64_t dim, optional<ScalarType> dtype = nullopt) const {
    return nnrun::log_softmax(*this, dim, dtype);
  }
  Tensor clamp(const optional<Scalar>& min = nullopt, const optional<Scalar>& max = nullopt) const {
    return nnrun::clamp(*this, min, max);
  }
  Tensor add(const Tensor& o, const Scalar& alpha = 1) const { return nnrun::add(*this, o, alpha); }
  Tensor add(const Scalar& o, const Scalar& alpha = 1) const { return nnrun::add(*this, o, alpha); }
  Tensor sub(const Tensor& o, const Scalar& alpha = 1) const { return nnrun::sub(*this, o, alpha); }
  Tensor sub(const Scalar& o, const Scalar& alpha = 1) const { return nnrun::sub(*this, o, alpha); }
  Tensor mul(const Tensor& o) const { return nnrun::mul(*this, o); }
  Tensor mul(const Scalar& o) const { return nnrun::mul(*this, o); }
  Tensor div(const Tensor& o) const { return nnrun::div(*this, o); }
  Tensor div(const Scalar& o) const { return nnrun::div(*this, o); }
  Tensor pow(const Tensor& e) const { return nnrun::pow(*this, e); }
  Tensor pow(const Scalar& e) const { return nnrun::pow(*this, e); }
  Tensor maximum(const Tensor& o) const { return nnrun::maximum(*this, o); }
  Tensor minimum(const Tensor& o) const { return nnrun::minimum(*this, o); }
  Tensor logical_and(const Tensor& o) const { return nnrun::logical_and(*this, o); }
  Tensor logical_or(const Tensor& o) const { return nnrun::logical_or(*this, o); }
  Tensor where(const Tensor& condition, const Tensor& other) const {
    return nnrun::where(condition, *this, other);
  }
  Tensor masked_fill(const Tensor& mask, const Scalar& value) const {
    return nnrun::masked_fill(*this, mask, value);
  }
  Tensor sum(optional<ScalarType> dtype = nullopt) const { return nnrun::sum(*this, dtype); }
  Tensor sum(IntArrayRef dim, bool keepdim = false, optional<ScalarType> dtype = nullopt) const {
    return nnrun::sum(*this, dim, keepdim, dtype);
  }
  Tensor mean(optional<ScalarType> dtype = nullopt) const { return nnrun::mean(*this, dtype); }
  Tensor mean(IntArrayRef dim, bool keepdim = false, optional<ScalarType> dtype = nullopt) const {
    return nnrun::mean(*this, dim, keepdim, dtype);
  }
  Tensor prod(optional<ScalarType> dtype = nullopt) const { return nnrun::prod(*this, dtype); }
  Tensor prod(int64_t dim, bool keepdim = false, optional<ScalarType> dtype = nullopt) const {
    return nnrun::prod(*this, dim, keepdim, dtype);
  }
  Tensor var(bool unbiased = true) const { return nnrun::var(*this, unbiased); }
  Tensor var(int dim) const { return nnrun::var(*this, dim); }
  Tensor var(IntArrayRef dim, bool unbiased = true, bool keepdim = false) const {
    return nnrun::var(*this, dim, unbiased, keepdim);
  }
  Tensor std(bool unbiased = true) const { return nnrun::std(*this, unbiased); }
  Tensor std(int dim) const { return nnrun::std(*this, dim); }
  Tensor std(IntArrayRef dim, bool unbiased = true, bool keepdim = false) const {
    return nnrun::std(*this, dim, unbiased, keepdim);
  }
  Tensor norm(const Scalar& p = 2) const { return nnrun::norm(*this, p); }
  Tensor norm(const optional<Scalar>& p, IntArrayRef dim, bool keepdim = false) const {
    return nnrun::norm(*this, p, dim, keepdim);
  }
  Tensor all() const { return nnrun::all(*this); }
  Tensor any() const { return nnrun::any(*this); }
  Tensor max() const { return nnrun::max(*this); }
  Tensor max(const Tensor& other) const { return nnrun::max(*this, other); }
  Tensor min() const { return nnrun::min(*this); }
  Tensor min(const Tensor& other) const { return nnrun::min(*this, other); }
  Tensor amax(IntArrayRef dim = {}, bool keepdim = false) const {
    return nnrun::amax(*this, dim, keepdim);
  }
  Tensor amin(IntArrayRef dim = {}, bool keepdim = false) const {
    return nnrun::amin(*this, dim, keepdim);
  }
  std::tuple<Tensor, Tensor> max(int64_t dim, bool keepdim = false) const {
    return nnrun::max(*this, dim, keepdim);
  }
  std::tuple<Tensor, Tensor> min(int64_t dim, bool keepdim = false) const {
    return nnrun::min(*this, dim, keepdim);
  }
  Tensor argmax(optional<int64_t> dim = nullopt, bool keepdim = false) const {
    return nnrun::argmax(*this, dim, keepdim);
  }
  Tensor argmin(optional<int64_t> dim = nullopt, bool keepdim = false) const {
    return nnrun::argmin(*this, dim, keepdim);
  }
  std::tuple<Tensor, Tensor> topk(int64_t k, int64_t dim = -1, bool largest = true,
                                  bool sorted = true) const {
    return nnrun::topk(*this, k, dim, largest, sorted);
  }
  std::tuple<Tensor, Tensor> sort(int64_t dim = -1, bool descending = false) const {
    return nnrun::sort(*this, dim, descending);
  }
  Tensor argsort(int64_t dim = -1, bool descending = false) const {
    return nnrun::argsort(*this, dim, descending);
  }
  Tensor cumsum(int64_t dim, optional<ScalarType> dtype = nullopt) const {
    return nnrun::cumsum(*this, dim, dtype);
  }
  bool equal(const Tensor& other) const { return nnrun::equal(*this, other); }
  bool allclose(const Tensor& other, double rtol = 1e-5, double atol = 1e-8,
                bool equal_nan = false) const {
    return nnrun::allclose(*this, other, rtol, atol, equal_nan);
  }
  Tensor matmul(const Tensor& other) const { return nnrun::matmul(*this, other); }
  Tensor mm(const Tensor& mat2) const { return nnrun::mm(*this, mat2); }
  Tensor bmm(const Tensor& mat2) const { return nnrun::bmm(*this, mat2); }
  Tensor mv(const Tensor& vec) const { return nnrun::mv(*this, vec); }
  Tensor dot(const Tensor& tensor) const { return nnrun::dot(*this, tensor); }
  Tensor addmm(const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1,
               const Scalar& alpha = 1) const {
    return nnrun::addmm(*this, mat1, mat2, beta, alpha);
  }
  Tensor reshape(IntArrayRef shape) const { return nnrun::reshape(*this, shape); }
  Tensor transpose(int64_t dim0, int64_t dim1) const { return nnrun::transpose(*this, dim0, dim1); }
  Tensor permute(IntArrayRef dims) const { return nnrun::permute(*this, dims); }
  Tensor t() const { return nnrun::t(*this); }
  Tensor squeeze() const { return nnrun::squeeze(*this); }
  Tensor squeeze(int64_t dim) const { return nnrun::squeeze(*this, dim); }
  Tensor unsqueeze(int64_t dim) const { return nnrun::unsqueeze(*this, dim); }
  Tensor flatten(int64_t start_dim = 0, int64_t end_dim = -1) const {
    return nnrun::flatten(*this, start_dim, end_dim);
  }
  Tensor slice(int64_t dim = 0, optional<int64_t> start = nullopt, optional<int64_t> end = nullopt,
               int64_t step = 1) const {
    return nnrun::slice(*this, dim, start, end, step);
  }
  Tensor narrow(int64_t dim, int64_t start, int64_t length) const {
    return nnrun::narrow(*this, dim, start, length);
  }
  Tensor select(int64_t dim, int64_t index) const { return nnrun::select(*this, dim, index); }
  std::vector<Tensor> split(int64_t split_size, int64_t dim = 0) const {
    return nnrun::split(*this, split_size, dim);
  }
  std::vector<Tensor> split(IntArrayRef split_sizes, int64_t dim = 0) const {
    return nnrun::split(*this, split_sizes, dim);
  }
  std::vector<Tensor> chunk(int64_t chunks, int64_t dim = 0) const {
    return nnrun::chunk(*this, chunks, dim);
  }
  std::vector<Tensor> unbind(int64_t dim = 0) const { return nnrun::unbind(*this, dim); }
  Tensor flip(IntArrayRef dims) const { return nnrun::flip(*this, dims); }
  Tensor gather(int64_t dim, const Tensor& index) const { return nnrun::gather(*this, dim, index); }
  Tensor scatter_add(int64_t dim, const Tensor& index, const Tensor& src) const {
    return nnrun::scatter_add(*this, dim, index, src);
  }
  Tensor index_select(int64_t dim, const Tensor& index) const {
    return nnrun::index_select(*this, dim, index);
  }
  Tensor clone() const { return nnrun::clone(*this); }

 private:
  friend struct detail::Access;
  Tensor& changed() const { return const_cast<Tensor&>(*this); }
  void* checked_data(ScalarType t) const;
  void retain() const noexcept {
    if (body_ != nullptr) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    // The only handle there is needs no atomic decrement: nobody else can count.
    if (body_ != nullptr && (body_->references.load(std::memory_order_acquire) == 1 ||
                             body_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
      detail::destroy(body_);
    }
  }
  detail::Counted* body_;  // of a TensorBody
};

/// One entry of x.index({...}): None, Ellipsis, a number, a Slice, a bool or a Tensor (of indices,
/// or of bools as a mask).
class TensorIndex {
 public:
  enum class Kind { none, ellipsis, integer, boolean, slice, tensor };
  TensorIndex(std::nullopt_t) : kind(Kind::none) {}
  TensorIndex(indexing::EllipsisIndexType) : kind(Kind::ellipsis) {}
  TensorIndex(const char* dots);  // "..."
  TensorIndex(int64_t i) : kind(Kind::integer), integer(i) {}
  TensorIndex(int i) : TensorIndex(int64_t(i)) {}
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0> TensorIndex(T b)
      : kind(Kind::boolean), integer(b) {}
  TensorIndex(indexing::Slice s) : kind(Kind::slice), slice(s) {}
  TensorIndex(Tensor t) : kind(Kind::tensor), tensor(std::move(t)) {}

  Kind kind;
  int64_t integer = 0;
  indexing::Slice slice;
  Tensor tensor;
};
namespace indexing {
using nnrun::TensorIndex;
}

#define NNRUN_OPERATOR(op, f)                                                     \
  inline Tensor operator op(const Tensor& x, const Tensor& y) { return f(x, y); } \
  inline Tensor operator op(const Tensor& x, const Scalar& y) { return f(x, y); }
NNRUN_OPERATOR(+, add)
NNRUN_OPERATOR(-, sub)
NNRUN_OPERATOR(*, mul)
NNRUN_OPERATOR(/, div)
NNRUN_OPERATOR(==, eq)
NNRUN_OPERATOR(!=, ne)
NNRUN_OPERATOR(<, lt)
NNRUN_OPERATOR(<=, le)
NNRUN_OPERATOR(>, gt)
NNRUN_OPERATOR(>=, ge)
#undef NNRUN_OPERATOR
inline Tensor operator+(const Scalar& x, const Tensor& y) { return add(y, x); }
Tensor operator-(const Scalar& x, const Tensor& y);
inline Tensor operator*(const Scalar& x, const Tensor& y) { return mul(y, x); }
Tensor operator/(const Scalar& x, const Tensor& y);
inline Tensor operator<(const Scalar& x, const Tensor& y) { return gt(y, x); }
inline Tensor operator<=(const Scalar& x, const Tensor& y) { return ge(y, x); }
inline Tensor operator>(const Scalar& x, const Tensor& y) { return lt(y, x); }
inline Tensor operator>=(const Scalar& x, const Tensor& y) { return le(y, x); }

Tensor cat(TensorList tensors, int64_t dim = 0);
Tensor stack(TensorList tensors, int64_t dim = 0);

/// As libtorch prints: columns aligned, one matrix at a time, then the type and the sizes.
std::ostream& operator<<(std::ostream& out, const Tensor& t);

// ---- factories

Tensor empty(IntArrayRef size, const TensorOptions& options = {});
Tensor zeros(IntArrayRef size, const TensorOptions& options = {});
Tensor ones(IntArrayRef size, const TensorOptions& options = {});
Tensor full(IntArrayRef size, const Scalar& value, const TensorOptions& options = {});
Tensor eye(int64_t n, const TensorOptions& options = {});
Tensor eye(int64_t n, int64_t m, const TensorOptions& options = {});
Tensor arange(const Scalar& end, const TensorOptions& options = {});
Tensor arange(const Scalar& start, const Scalar& end, const TensorOptions& options = {});
Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step,
              const TensorOptions& options = {});
Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps,
                const TensorOptions& options = {});
Tensor rand(IntArrayRef size, const TensorOptions& options = {});
Tensor randn(IntArrayRef size, const TensorOptions& options = {});
Tensor randint(int64_t high, IntArrayRef size, const TensorOptions& options = {});
Tensor randint(int64_t low, int64_t high, IntArrayRef size, const TensorOptions& options = {});
Tensor randperm(int64_t n, const TensorOptions& options = {});
Tensor empty_like(const Tensor& self, const TensorOptions& options = {});
Tensor zeros_like(const Tensor& self, const TensorOptions& options = {});
Tensor ones_like(const Tensor& self, const TensorOptions& options = {});
Tensor full_like(const Tensor& self, const Scalar& value, const TensorOptions& options = {});
Tensor rand_like(const Tensor& self, const TensorOptions& options = {});
Tensor randn_like(const Tensor& self, const TensorOptions& options = {});
Tensor one_hot(const Tensor& self, int64_t num_classes = -1);
/// Memory of someone else, row-major or with strides in elements, on the CPU. It must outlive every
/// view of it; with a deleter, that is called when the last one is gone.
Tensor from_blob(void* data, IntArrayRef sizes, const TensorOptions& options = {});
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides,
                 const TensorOptions& options = {});
Tensor from_blob(void* data, IntArrayRef sizes, const std::function<void(void*)>& deleter,
                 const TensorOptions& options = {});
/// DLPack, zero-copy both ways; the capsule's deleter is called when the last view is gone.
Tensor from_dlpack(DLManagedTensor* capsule);
DLManagedTensor* to_dlpack(const Tensor& t);

namespace detail {

/// Nested braces, vectors and numbers, flattened.
class TensorData {
 public:
  template <class T, class = decltype(CppTypeToScalarType<T>::value)> TensorData(T v)
      : type_(CppTypeToScalarType<T>::value), values_{Scalar(v)} {}
  TensorData(std::initializer_list<TensorData> rows);
  template <class T, class = decltype(CppTypeToScalarType<T>::value)>
  TensorData(const std::vector<T>& v)
      : type_(CppTypeToScalarType<T>::value), sizes_{int64_t(v.size())} {
    for (const T x : v) values_.emplace_back(x);
  }
  template <class T, class = decltype(CppTypeToScalarType<T>::value)> TensorData(ArrayRef<T> v)
      : TensorData(v.vec()) {}

  Tensor make(const TensorOptions& options) const;

 private:
  ScalarType type_ = kFloat;
  bool empty_ = false;  // {}: no type yet
  std::vector<int64_t> sizes_;
  std::vector<Scalar> values_;
};

}  // namespace detail

/// tensor({{1, 2}, {3, 4}}): whole numbers are int64, floats the default dtype, unless options say.
inline Tensor tensor(detail::TensorData data, const TensorOptions& options = {}) {
  return data.make(options);
}

/// Seeds the global generator, which rand, randn, randint, randperm, uniform_, normal_, bernoulli_
/// and dropout draw from: the same numbers on every backend and thread count.
void manual_seed(uint64_t seed);

/// Threads a kernel may use; all CPUs of the process until it is set.
void set_num_threads(int n);
int get_num_threads();

/// Names of the backends that are found, and could be a Device.
std::vector<std::string> backends();

// ---- gradients

/// While one lives, operations of its thread are not recorded.
class NoGradGuard {
 public:
  NoGradGuard();
  ~NoGradGuard();
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool before_;
};
class AutoGradMode {
 public:
  explicit AutoGradMode(bool enabled);
  ~AutoGradMode();
  AutoGradMode(const AutoGradMode&) = delete;
  AutoGradMode& operator=(const AutoGradMode&) = delete;

 private:
  bool before_;
};
struct GradMode {
  static bool is_enabled();
  static void set_enabled(bool enabled);
};

}  // namespace nnrun
#pragma GCC visibility pop
