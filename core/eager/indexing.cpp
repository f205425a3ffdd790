// x.index({...}) and x.index_put_({...}, v): views for numbers, slices, None and Ellipsis; gathers
// for tensors of indices and masks.
#include <cstring>

#include "core/eager/autograd.h"
#include "core/eager/promote.h"

namespace nnrun {
namespace {

using detail::TensorBody;

/// What is left after the views: the tensor, and for each dimension an index or nothing.
struct Plain {
  Tensor x;
  std::vector<Tensor> indices;  // int64; undefined where the dimension is whole
  bool any() const {
    return std::any_of(indices.begin(), indices.end(), [](const Tensor& t) { return t.defined(); });
  }
};

/// Where a mask is true: one column of indices for each of its dimensions.
std::vector<Tensor> places(const Tensor& mask) {
  const Array a = host_array(cast_to(mask, kBool));
  const bool* p = a.data<bool>();
  const Shape& s = a.shape();
  std::vector<std::vector<int64_t>> columns(s.size());
  for (int64_t i = 0; i < a.numel(); ++i) {
    if (!p[i]) continue;
    int64_t rest = i;
    for (int d = s.rank() - 1; d >= 0; --d) {
      columns[size_t(d)].push_back(rest % s[d]);
      rest /= s[d];
    }
  }
  std::vector<Tensor> r;
  for (const std::vector<int64_t>& c : columns) {
    r.push_back(from_array(device_of(mask), Array::of<int64_t>({int64_t(c.size())}, c)));
  }
  return r;
}

int64_t dims_taken(const TensorIndex& i) {
  switch (i.kind) {
    case TensorIndex::Kind::integer:
    case TensorIndex::Kind::slice: return 1;
    case TensorIndex::Kind::tensor:
      return i.tensor.scalar_type() == kBool || i.tensor.scalar_type() == kByte ? i.tensor.dim()
                                                                                : 1;
    default: return 0;
  }
}

Plain take_views(const Tensor& self, ArrayRef<TensorIndex> indices) {
  int64_t taken = 0;
  for (const TensorIndex& i : indices) taken += dims_taken(i);
  const int64_t left = self.dim() - taken;
  if (left < 0) {
    throw Error(Code::model, "[index] " + std::to_string(taken) +
                                 " indices for a tensor of shape " + body(self).shape.str())
        .with_hint("give one index for each dimension, or fewer");
  }
  Plain r{self, {}};
  int64_t d = 0;
  bool dots = false;
  for (const TensorIndex& i : indices) {
    switch (i.kind) {
      case TensorIndex::Kind::none:
        r.x = r.x.unsqueeze(d++);
        r.indices.resize(size_t(d));
        break;
      case TensorIndex::Kind::ellipsis:
        if (dots)
          throw Error(Code::model, "[index] more than one Ellipsis")
              .with_hint("write one Ellipsis, and Slice() for other dimensions");
        dots = true;
        d += left;
        r.indices.resize(size_t(d));
        break;
      case TensorIndex::Kind::integer: r.x = r.x.select(d, i.integer); break;
      case TensorIndex::Kind::boolean:
        r.x = r.x.unsqueeze(d).slice(d, 0, i.integer ? 1 : 0);
        r.indices.resize(size_t(++d));
        break;
      case TensorIndex::Kind::slice: {
        const int64_t step = i.slice.step.value_or(1);
        if (step < 1) {
          throw Error(Code::model, "[index] the step of a Slice is " + std::to_string(step) +
                                       ", expected at least 1")
              .with_hint("to go backwards use flip()");
        }
        r.x = r.x.slice(d, i.slice.start, i.slice.stop, step);
        r.indices.resize(size_t(++d));
        break;
      }
      case TensorIndex::Kind::tensor: {
        const ScalarType t = i.tensor.scalar_type();
        r.indices.resize(size_t(d));
        if (t == kBool || t == kByte) {
          for (int64_t k = 0; k < i.tensor.dim(); ++k) {
            if (i.tensor.size(k) != r.x.size(d + k)) {
              throw Error(Code::model, "[index] a mask of shape " + body(i.tensor).shape.str() +
                                           " for a tensor of shape " + body(self).shape.str())
                  .with_hint("a mask has the sizes of the dimensions that it selects from");
            }
          }
          for (Tensor& column : places(i.tensor)) r.indices.push_back(std::move(column));
          d += i.tensor.dim();
        } else if (t == kLong || t == kInt) {
          r.indices.push_back(cast_to(i.tensor, kLong));
          ++d;
        } else {
          throw Error(
              Code::model,
              std::string("[index] tensors of indices are Long, Int or Bool, not ") + toString(t))
              .with_hint("convert it with .to(torch::kLong)");
        }
        break;
      }
    }
  }
  r.indices.resize(size_t(r.x.dim()));
  return r;
}

/// The indexed dimensions as one index into them flattened, brought to the front of x.
struct Flat {
  Tensor x;                    // (product of the indexed sizes, rest...)
  Tensor index;                // int64, flat
  Shape shape;                 // that the indices broadcast to
  int64_t front;               // where their dimensions go in the result
  std::vector<int64_t> order;  // of x's dimensions
};

Flat flatten_indices(const Plain& p) {
  Flat f;
  std::vector<int64_t> indexed, rest;
  for (int64_t d = 0; d < p.x.dim(); ++d)
    (p.indices[size_t(d)].defined() ? indexed : rest).push_back(d);
  const bool adjacent = indexed.back() - indexed.front() + 1 == int64_t(indexed.size());
  f.front = adjacent ? indexed.front() : 0;
  for (int64_t d : indexed) {
    if (!broadcast(f.shape, body(p.indices[size_t(d)]).shape, &f.shape)) {
      throw Error(Code::model, "[index] tensors of indices do not broadcast: " + f.shape.str() +
                                   " and " + body(p.indices[size_t(d)]).shape.str())
          .with_hint("give tensors of indices one shape");
    }
  }
  std::vector<int64_t> flat(size_t(f.shape.numel()), 0);
  for (int64_t d : indexed) {
    const int64_t n = p.x.size(d);
    const Array a = host_array(p.indices[size_t(d)].expand({f.shape.begin(), f.shape.size()}));
    for (size_t i = 0; i < flat.size(); ++i) {
      int64_t v = a.data<int64_t>()[i];
      if (v < -n || v >= n) {
        throw Error(Code::model, "[index] index " + std::to_string(v) +
                                     " is out of range for dimension " + std::to_string(d) +
                                     " of size " + std::to_string(n))
            .with_hint("indices go from -size to size - 1");
      }
      flat[i] = flat[i] * n + (v < 0 ? v + n : v);
    }
  }
  f.index = from_array(device_of(p.x), Array::of<int64_t>({int64_t(flat.size())}, flat));
  f.order = indexed;
  f.order.insert(f.order.end(), rest.begin(), rest.end());
  Tensor x = p.x.permute(f.order);
  std::vector<int64_t> sizes{1};
  for (int64_t d : indexed) sizes[0] *= p.x.size(d);
  for (int64_t d : rest) sizes.push_back(p.x.size(d));
  f.x = x.reshape(sizes);
  return f;
}

}  // namespace

TensorIndex::TensorIndex(const char* dots) : kind(Kind::ellipsis) {
  if (std::strcmp(dots, "...") != 0) {
    throw Error(Code::model, std::string("[index] '") + dots + "', expected \"...\"");
  }
}

Tensor Tensor::operator[](const Tensor& i) const { return index({i}); }

Tensor Tensor::index(std::initializer_list<TensorIndex> indices) const {
  return index(ArrayRef<TensorIndex>(indices.begin(), indices.size()));
}
Tensor Tensor::index(ArrayRef<TensorIndex> indices) const {
  nnrun::defined(*this, "index");
  const Plain p = take_views(*this, indices);
  if (!p.any()) return p.x;
  const Flat f = flatten_indices(p);
  Tensor r = nnrun::index_select(f.x, 0, f.index);
  std::vector<int64_t> sizes = f.shape.vector();
  const int64_t k = int64_t(sizes.size());
  for (int64_t d = 1; d < f.x.dim(); ++d) sizes.push_back(f.x.size(d));
  r = r.reshape(sizes);
  if (f.front == 0) return r;
  // (indices..., rest...) -> the indices where the indexed dimensions were.
  std::vector<int64_t> order;
  for (int64_t d = 0; d < f.front; ++d) order.push_back(k + d);
  for (int64_t d = 0; d < k; ++d) order.push_back(d);
  for (int64_t d = k + f.front; d < r.dim(); ++d) order.push_back(d);
  return r.permute(order);
}

Tensor& Tensor::index_put_(std::initializer_list<TensorIndex> indices, const Tensor& value) {
  return index_put_(ArrayRef<TensorIndex>(indices.begin(), indices.size()), value);
}
Tensor& Tensor::index_put_(std::initializer_list<TensorIndex> indices, const Scalar& value) {
  return index_put_(ArrayRef<TensorIndex>(indices.begin(), indices.size()), value);
}
Tensor& Tensor::index_put_(ArrayRef<TensorIndex> indices, const Scalar& value) {
  nnrun::defined(*this, "index_put");
  return index_put_(indices, scalar_tensor(device_of(*this), scalar_type(), value));
}
Tensor& Tensor::index_put_(ArrayRef<TensorIndex> indices, const Tensor& value) {
  nnrun::defined(*this, "index_put");
  nnrun::defined(value, "index_put");
  Plain p = take_views(*this, indices);
  if (!p.any()) {
    p.x.copy_(value);
    return *this;
  }
  const Flat f = flatten_indices(p);
  std::vector<int64_t> sizes = f.shape.vector();
  for (int64_t d = 1; d < f.x.dim(); ++d) sizes.push_back(f.x.size(d));
  // Rows that are written lose their old elements; the last of several writers wins.
  std::vector<int64_t> writer(size_t(f.x.size(0)), -1);
  const Array at = host_array(f.index);
  for (int64_t i = 0; i < at.numel(); ++i) writer[size_t(at.data<int64_t>()[i])] = i;
  std::vector<int64_t> source;
  std::vector<uint8_t> written;
  for (int64_t w : writer) {
    source.push_back(std::max<int64_t>(w, 0));
    written.push_back(w >= 0);
  }
  const EagerDevice& device = device_of(*this);
  Tensor v = cast_to(value, scalar_type());
  if (f.front == 0) {
    v = v.expand(sizes);
  } else {  // as index() gives it, with the dimensions of the indices where the indexed ones were
    const int64_t k = f.shape.rank(), front = f.front;
    std::vector<int64_t> shown(sizes.begin() + k, sizes.end()), order;
    shown.insert(shown.begin() + front, sizes.begin(), sizes.begin() + k);
    for (int64_t d = 0; d < k; ++d) order.push_back(front + d);
    for (int64_t d = 0; d < front; ++d) order.push_back(d);
    for (int64_t d = k + front; d < int64_t(sizes.size()); ++d) order.push_back(d);
    v = v.expand(shown).permute(order);
  }
  std::vector<int64_t> rows{at.numel()}, mask_sizes{f.x.size(0)};
  for (int64_t d = 1; d < f.x.dim(); ++d) {
    rows.push_back(f.x.size(d));
    mask_sizes.push_back(1);
  }
  if (at.numel() == 0) return *this;
  v = nnrun::index_select(v.reshape(rows), 0,
                          from_array(device, Array::of<int64_t>({int64_t(source.size())}, source)));
  const Tensor mask = from_array(device, Array::of<uint8_t>({int64_t(written.size())}, written))
                          .to(kBool)
                          .view(mask_sizes);
  Tensor all = nnrun::where(mask, v, f.x);
  std::vector<int64_t> permuted, back(f.order.size());
  for (int64_t d : f.order) permuted.push_back(p.x.size(d));
  for (size_t d = 0; d < f.order.size(); ++d) back[size_t(f.order[d])] = int64_t(d);
  p.x.copy_(all.reshape(permuted).permute(back));
  return *this;
}

}  // namespace nnrun
