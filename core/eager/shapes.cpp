// Views, joins, gathers, copies and moves.
#include <algorithm>
#include <cstring>

#include "core/eager/autograd.h"
#include "core/eager/promote.h"

namespace nnrun {
namespace {

using detail::TensorBody;

/// Every index in [0, limit), as torch demands; our ops would answer 0.
void check_indices(const char* op, const Tensor& index, int64_t limit) {
  const TensorBody& b = defined(index, op);
  if (b.dtype != DType::int64 && b.dtype != DType::int32) {
    throw Error(Code::model, std::string("[") + op + "] indices are Int or Long, not " +
                                 toString(index.scalar_type()))
        .with_hint("convert them with .to(torch::kLong)");
  }
  const Array a = host_array(index);
  const int64_t n = a.numel();
  sdk::visit(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<T> && sizeof(T) >= 4) {
      const T* p = a.data<T>();
      for (int64_t i = 0; i < n; ++i) {
        if (p[i] >= 0 && int64_t(p[i]) < limit) continue;
        throw Error(Code::model, std::string("[") + op + "] index " + std::to_string(p[i]) +
                                     " is out of range: the size is " + std::to_string(limit))
            .with_hint("indices go from 0 to size - 1");
      }
    }
  });
}

int64_t dim_of(const char* op, const Tensor& t, int64_t dim) {
  return normal_dim(dim, defined(t, op).shape.rank(), op);
}

/// Elements of `size` bytes from one geometry to another, of one shape.
template <class T> void copy_strided(const T* from, const Shape& from_strides, T* to,
                                     const Shape& to_strides, const Shape& shape, int dim) {
  if (dim == shape.rank()) {
    *to = *from;
    return;
  }
  const int64_t n = shape[dim], a = from_strides[dim], b = to_strides[dim];
  if (dim + 1 == shape.rank()) {
    if (a == 1 && b == 1) {
      std::memcpy(to, from, size_t(n) * sizeof(T));
    } else {
      for (int64_t i = 0; i < n; ++i) to[i * b] = from[i * a];
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    copy_strided(from + i * a, from_strides, to + i * b, to_strides, shape, dim + 1);
  }
}

void copy_on_host(const TensorBody& a, const TensorBody& b) {
  if (a.contiguous && b.contiguous) {
    std::memcpy(address(b), address(a), size_t(a.shape.numel() * size_of(a.dtype)));
    return;
  }
  const auto as = [&](auto tag) {
    using T = decltype(tag);
    copy_strided(static_cast<const T*>(address(a)), a.strides, static_cast<T*>(address(b)),
                 b.strides, a.shape, 0);
  };
  switch (size_of(a.dtype)) {
    case 1: as(uint8_t{}); break;
    case 2: as(uint16_t{}); break;
    case 4: as(uint32_t{}); break;
    default: as(uint64_t{}); break;
  }
}

DLTensor flat(const TensorBody& b, int64_t* size) {
  *size = b.shape.numel() * size_of(b.dtype);
  DLTensor t = {};
  t.data = address(b);
  t.device = b.storage->device->dl;
  t.ndim = 1;
  t.dtype = {kDLUInt, 8, 1};
  t.shape = size;
  static int64_t one = 1;
  t.strides = &one;
  return t;
}

/// Between two devices, of which at most one is the host's; both row-major.
void copy_across(const TensorBody& a, const TensorBody& b) {
  const EagerDevice& far = a.storage->device->is_host() ? *b.storage->device : *a.storage->device;
  int64_t n, m;
  const DLTensor from = flat(a, &n);
  DLTensor to = flat(b, &m);
  const Backend& backend = *far.open_backend("[to]");
  const nnr_backend& t = backend.table();
  abi_call("copy to or from " + far.device.str(),
           [&](nnr_err* e) { return t.copy(backend.self(), &from, &to, nullptr, e); });
  if (t.stream_sync != nullptr) {
    abi_call("copy to or from " + far.device.str(),
             [&](nnr_err* e) { return t.stream_sync(backend.self(), nullptr, e); });
  }
}

}  // namespace

void copy_elements(const Tensor& from, const Tensor& to) {
  const TensorBody &a = body(from), &b = body(to);
  if (a.shape.numel() == 0) return;
  if (a.dtype != b.dtype) {
    NoGradGuard guard;
    return copy_elements(cast_to(from, to_scalar_type(b.dtype)), to);
  }
  const bool host_a = a.storage->device->is_host(), host_b = b.storage->device->is_host();
  if (host_a && host_b) return copy_on_host(a, b);
  NoGradGuard guard;
  if (!a.contiguous) return copy_elements(from.contiguous(), to);
  if (b.contiguous) return copy_across(a, b);
  throw Error(Code::model, "[copy_] into a window with gaps on device " +
                               b.storage->device->device.str() + " is not supported")
      .with_hint("write to a contiguous tensor there");
}

Tensor Tensor::contiguous() const {
  static const EagerOp copy("copy");
  return nnrun::defined(*this, "contiguous").contiguous ? *this : call1(copy, *this);
}
Tensor clone(const Tensor& self) {
  static const EagerOp copy("copy");
  defined(self, "clone");
  return call1(copy, self);
}

Tensor Tensor::to(const TensorOptions& o, bool, bool copy) const {
  const TensorBody& b = nnrun::defined(*this, "to");
  const ScalarType t = o.has_dtype() ? o.dtype().toScalarType() : scalar_type();
  const EagerDevice& where = o.has_device() ? open_device(o.device()) : *b.storage->device;
  Tensor r = cast_to(*this, t);
  if (&where != b.storage->device) {
    const Tensor here = r.contiguous();
    const Tensor there = make_tensor(where, body(here).dtype, body(here).shape);
    copy_elements(here, there);
    if (grad_mode() && wants_grad(here)) {
      class Move final : public GradNode {
       public:
        Move(const Tensor& t) : GradNode("To", 1), device_(t.device()) { edges[0] = grad_edge(t); }
        void apply(Tensor* grads, Tensor* out) override {
          out[0] = grads[0].to(TensorOptions(device_));
        }

       private:
        Device device_;
      };
      set_grad_fn(there, Ref<GradNode>::own(new Move(here)), 0);
    }
    r = there;
  }
  return copy && r.is_same(*this) ? r.clone() : r;
}
Tensor Tensor::to(ScalarType dtype, bool, bool copy) const {
  nnrun::defined(*this, "to");
  const Tensor r = cast_to(*this, dtype);
  return copy && r.is_same(*this) ? r.clone() : r;
}
Tensor Tensor::to(Device device, ScalarType dtype, bool non_blocking, bool copy) const {
  return to(TensorOptions(device).dtype(dtype), non_blocking, copy);
}
Tensor Tensor::to(const Tensor& other, bool non_blocking, bool copy) const {
  return to(other.options(), non_blocking, copy);
}

Tensor reshape(const Tensor& self, IntArrayRef shape) {
  static const EagerOp op("reshape");
  defined(self, "reshape");
  return call1(op, self, {{"shape", shape.vec()}});
}
Tensor Tensor::view(IntArrayRef size) const {
  static const EagerOp op("reshape");
  const TensorBody& b = nnrun::defined(*this, "view");
  const Attrs attrs{{"shape", size.vec()}};
  if (!b.contiguous) {
    const Type t = type_of(*this);
    View out;
    op.def->infer({attrs, {&t}});  // what is wrong with the sizes themselves comes first
    if (!op.def->view({attrs, {&t}}, {b.shape, b.strides, 0}, &out)) {
      throw Error(Code::model, "[view] elements of shape " + b.shape.str() + " and strides " +
                                   b.strides.str() + " cannot be seen as " +
                                   Shape(size.vec()).str() + " without a copy")
          .with_hint("use reshape()");
    }
  }
  return call1(op, *this, attrs);
}
Tensor transpose(const Tensor& self, int64_t dim0, int64_t dim1) {
  static const EagerOp op("transpose");
  defined(self, "transpose");
  return call1(op, self, {{"dim0", dim0}, {"dim1", dim1}});
}
Tensor permute(const Tensor& self, IntArrayRef dims) {
  static const EagerOp op("permute");
  defined(self, "permute");
  return call1(op, self, {{"dims", dims.vec()}});
}
Tensor t(const Tensor& self) {
  const int rank = defined(self, "t").shape.rank();
  if (rank > 2) {
    throw Error(Code::model, "[t] takes at most 2 dimensions, not " + body(self).shape.str())
        .with_hint("use transpose(dim0, dim1)");
  }
  return rank < 2 ? self : transpose(self, 0, 1);
}
Tensor squeeze(const Tensor& self) {
  static const EagerOp op("squeeze");
  defined(self, "squeeze");
  return call1(op, self);
}
Tensor squeeze(const Tensor& self, int64_t dim) {
  static const EagerOp op("squeeze");
  const int64_t d = dim_of("squeeze", self, dim);
  return self.dim() == 0 || self.size(d) != 1 ? self : call1(op, self, {{"dims", d}});
}
Tensor unsqueeze(const Tensor& self, int64_t dim) {
  static const EagerOp op("unsqueeze");
  defined(self, "unsqueeze");
  return call1(op, self, {{"dim", dim}});
}
Tensor flatten(const Tensor& self, int64_t start_dim, int64_t end_dim) {
  static const EagerOp op("flatten");
  defined(self, "flatten");
  return self.dim() == 0 ? self.reshape({1})
                         : call1(op, self, {{"start_dim", start_dim}, {"end_dim", end_dim}});
}
Tensor Tensor::expand(IntArrayRef size) const {
  static const EagerOp op("expand");
  nnrun::defined(*this, "expand");
  return call1(op, *this, {{"shape", size.vec()}});
}
Tensor Tensor::repeat(IntArrayRef repeats) const {
  const TensorBody& b = nnrun::defined(*this, "repeat");
  const int extra = int(repeats.size()) - b.shape.rank();
  if (extra < 0) {
    throw Error(Code::model, "[repeat] " + std::to_string(repeats.size()) + " repeats for shape " +
                                 b.shape.str() + ", expected at least one for each dimension")
        .with_hint("add leading 1s for the dimensions");
  }
  Tensor x = *this;
  for (int i = 0; i < extra; ++i) x = x.unsqueeze(0);
  for (size_t d = 0; d < repeats.size(); ++d) {
    if (repeats[d] < 0)
      throw Error(Code::model, "[repeat] a negative number of repeats")
          .with_hint("0 gives an empty tensor");
    std::vector<Tensor> copies(size_t(repeats[d]), x);
    x = copies.empty() ? x.slice(int64_t(d), 0, 0) : cat(copies, int64_t(d));
  }
  return x;
}
Tensor Tensor::as_strided(IntArrayRef size, IntArrayRef stride) const {
  const TensorBody& b = nnrun::defined(*this, "as_strided");
  if (grad_mode() && wants_grad(*this)) {
    throw Error(Code::model, "[as_strided] has no gradient").with_hint("use slices and views");
  }
  int64_t last = b.offset;
  for (size_t i = 0; i < size.size() && i < stride.size(); ++i) {
    if (size[i] > 0) last = checked_add(last, checked_mul(size[i] - 1, stride[i]));
  }
  if (size.size() != stride.size() || last * size_of(b.dtype) >= b.storage->bytes) {
    throw Error(Code::model,
                "[as_strided] reaches beyond the storage, or sizes and strides differ in number")
        .with_hint("the last element must lie in the storage");
  }
  return make_alias(*this, Shape(size.vec()), Shape(stride.vec()), b.offset);
}

Tensor slice(const Tensor& self, int64_t dim, optional<int64_t> start, optional<int64_t> end,
             int64_t step) {
  static const EagerOp op("slice");
  defined(self, "slice");
  return call1(op, self,
               {{"dim", dim},
                {"start", start.value_or(0)},
                {"end", end.value_or(std::numeric_limits<int64_t>::max())},
                {"step", step}});
}
Tensor narrow(const Tensor& self, int64_t dim, int64_t start, int64_t length) {
  const int64_t d = dim_of("narrow", self, dim), n = self.dim() == 0 ? 0 : self.size(d);
  const int64_t from = start < 0 ? start + n : start;
  if (from < 0 || length < 0 || from > n || length > n - from) {
    throw Error(Code::model, "[narrow] start " + std::to_string(start) + " and length " +
                                 std::to_string(length) + " do not fit into size " +
                                 std::to_string(n))
        .with_hint("start + length is at most the size");
  }
  return slice(self, d, from, from + length);
}
Tensor select(const Tensor& self, int64_t dim, int64_t index) {
  if (defined(self, "select").shape.rank() == 0) {
    throw Error(Code::model,
                "[select] index " + std::to_string(index) + " of a tensor without dimensions")
        .with_hint("use item()");
  }
  const int64_t d = dim_of("select", self, dim), n = self.size(d);
  if (index < -n || index >= n) {
    throw Error(Code::model, "[select] index " + std::to_string(index) +
                                 " is out of range for dimension " + std::to_string(d) +
                                 " of size " + std::to_string(n))
        .with_hint("indices go from -size to size - 1");
  }
  const int64_t at = index < 0 ? index + n : index;
  static const EagerOp op("squeeze");
  return call1(op, slice(self, d, at, at + 1), {{"dims", d}});
}
std::vector<Tensor> split(const Tensor& self, IntArrayRef split_sizes, int64_t dim) {
  const int64_t d = dim_of("split", self, dim);
  int64_t at = 0;
  for (int64_t n : split_sizes) at = checked_add(at, n);
  if (self.dim() == 0 || at != self.size(d)) {
    throw Error(Code::model, "[split] sizes add up to " + std::to_string(at) + ", dimension " +
                                 std::to_string(d) + " of " + body(self).shape.str() + " does not")
        .with_hint("the sizes of the parts add up to that of the dimension");
  }
  std::vector<Tensor> r;
  at = 0;
  for (int64_t n : split_sizes) {
    r.push_back(narrow(self, d, at, n));
    at += n;
  }
  return r;
}
std::vector<Tensor> split(const Tensor& self, int64_t split_size, int64_t dim) {
  const int64_t d = dim_of("split", self, dim), n = self.dim() == 0 ? 0 : self.size(d);
  if (split_size < 1) {
    throw Error(Code::model,
                "[split] pieces of " + std::to_string(split_size) + ", expected at least 1")
        .with_hint("pass the size of a part");
  }
  std::vector<int64_t> sizes;
  for (int64_t at = 0; at < n; at += split_size) sizes.push_back(std::min(split_size, n - at));
  return n == 0 ? std::vector<Tensor>{self} : split(self, IntArrayRef(sizes), d);
}
std::vector<Tensor> chunk(const Tensor& self, int64_t chunks, int64_t dim) {
  const int64_t d = dim_of("chunk", self, dim), n = self.dim() == 0 ? 0 : self.size(d);
  if (chunks < 1) {
    throw Error(Code::model, "[chunk] " + std::to_string(chunks) + " pieces, expected at least 1")
        .with_hint("pass how many parts there shall be");
  }
  if (n == 0) return split(self, std::vector<int64_t>(size_t(chunks), 0), d);
  return split(self, (n + chunks - 1) / chunks, d);
}
std::vector<Tensor> unbind(const Tensor& self, int64_t dim) {
  const int64_t d = dim_of("unbind", self, dim);
  std::vector<Tensor> r;
  for (int64_t i = 0; i < self.size(d); ++i) r.push_back(select(self, d, i));
  return r;
}
Tensor flip(const Tensor& self, IntArrayRef dims) {
  static const EagerOp op("flip");
  defined(self, "flip");
  return call1(op, self, {{"dims", dims.vec()}});
}

Tensor cat(TensorList tensors, int64_t dim) {
  static const EagerOp op("concat");
  constexpr size_t kAtOnce = 32;
  if (tensors.empty())
    throw Error(Code::model, "[cat] of 0 tensors, expected at least one")
        .with_hint("pass the tensors in braces: cat({a, b})");
  ScalarType type = tensors[0].defined() ? tensors[0].scalar_type() : kFloat;
  for (const Tensor& t : tensors) {
    defined(t, "cat");
    type = promote_types(type, t.scalar_type());
  }
  std::vector<Tensor> in;
  for (const Tensor& t : tensors) {
    if (t.dim() == 0) {
      throw Error(Code::model, "[cat] a tensor without dimensions cannot be joined")
          .with_hint("use stack()");
    }
    // As in torch, an empty vector joins anything.
    if (!(t.dim() == 1 && t.size(0) == 0 && tensors.size() > 1)) in.push_back(cast_to(t, type));
  }
  if (in.empty()) return tensors[0];
  while (in.size() > 1) {
    std::vector<Tensor> fewer;
    for (size_t i = 0; i < in.size(); i += kAtOnce) {
      const size_t n = std::min(kAtOnce, in.size() - i);
      fewer.push_back(n == 1 ? in[i] : call1(op, TensorSpan(&in[i], n), {{"dim", dim}}));
    }
    in = std::move(fewer);
  }
  return in[0].is_same(tensors[0]) ? in[0].clone() : in[0];
}
Tensor stack(TensorList tensors, int64_t dim) {
  if (tensors.empty())
    throw Error(Code::model, "[stack] of 0 tensors, expected at least one")
        .with_hint("pass the tensors in braces: stack({a, b})");
  std::vector<Tensor> in;
  for (const Tensor& t : tensors) {
    if (defined(t, "stack").shape != body(tensors[0]).shape) {
      throw Error(Code::model, "[stack] shapes " + body(tensors[0]).shape.str() + " and " +
                                   body(t).shape.str() + " differ")
          .with_hint("stack() wants equal shapes, cat() joins along a dimension");
    }
    in.push_back(t.unsqueeze(dim));
  }
  const int64_t rank = tensors[0].dim() + 1;
  return cat(in, dim < 0 ? dim + rank : dim);
}

Tensor gather(const Tensor& self, int64_t dim, const Tensor& index) {
  static const EagerOp op("gather");
  const int64_t d = dim_of("gather", self, dim);
  check_indices("gather", index, self.dim() == 0 ? 1 : self.size(d));
  return call1(op, self, index, {{"dim", d}});
}
Tensor scatter_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src) {
  static const EagerOp op("scatter_add");
  const int64_t d = dim_of("scatter_add", self, dim);
  check_indices("scatter_add", index, self.dim() == 0 ? 1 : self.size(d));
  const Tensor in[] = {self, index, src};
  return call1(op, TensorSpan(in, 3), {{"dim", d}});
}
Tensor index_select(const Tensor& self, int64_t dim, const Tensor& index) {
  static const EagerOp op("index_select");
  const int64_t d = dim_of("index_select", self, dim);
  check_indices("index_select", index, self.dim() == 0 ? 1 : self.size(d));
  return call1(op, self, index, {{"dim", d}});
}
Tensor one_hot(const Tensor& self, int64_t num_classes) {
  static const EagerOp op("one_hot");
  defined(self, "one_hot");
  if (self.scalar_type() != kLong) {
    throw Error(Code::model,
                std::string("[one_hot] classes are Long, not ") + toString(self.scalar_type()))
        .with_hint("convert them with .to(torch::kLong)");
  }
  if (num_classes < 0 && self.numel() == 0) {
    throw Error(Code::model, "[one_hot] of nothing needs num_classes")
        .with_hint("pass num_classes");
  }
  const int64_t n = num_classes < 0 ? max(self).item<int64_t>() + 1 : num_classes;
  check_indices("one_hot", self, n);
  return call1(op, self, {{"num_classes", n}});
}

}  // namespace nnrun
