// Reading values as elements, vectors and lanes; views, slices and lookups of rows.
#include "backends/onednn/tiny/lowerer.h"

#include <algorithm>

namespace nnrun::onednn::tiny {

int64_t product(const Sizes& s) {
  int64_t n = 1;
  for (int64_t d : s) n *= d;
  return n;
}

Sizes row_major(const Sizes& s) {
  Sizes r(s.size());
  int64_t n = 1;
  for (size_t i = s.size(); i-- > 0; n *= s[i]) r[i] = n;
  return r;
}

Sizes coordinates(int64_t i, const Sizes& s) {
  Sizes r(s.size());
  for (size_t d = s.size(); d-- > 0; i /= s[d]) r[d] = i % s[d];
  return r;
}

int64_t dot(const Sizes& a, const Sizes& b) {
  int64_t n = 0;
  for (size_t i = 0; i < a.size(); ++i) n += a[i] * b[i];
  return n;
}

Sizes unrolled(const Sizes& shape, int axis) {
  Sizes s = shape;
  s.erase(s.begin() + axis);
  return s;
}

Reg Lowerer::chunk(Val& v, int64_t i) {
  if (v.chunks.empty()) {
    const int64_t n = product(v.shape);
    if (v.strides != row_major(v.shape) && n > 1) {
      v.chunks = gathered(v);
    } else {
      for (int64_t at = 0; at < n; at += width()) {
        v.chunks.push_back(code().load({v.mem.base, v.mem.offset + 4 * at},
                                       int(std::min<int64_t>(width(), n - at))));
      }
    }
  }
  return v.chunks[size_t(i)];
}

std::vector<Reg> Lowerer::gathered(const Val& v) {
  std::vector<Reg> r;
  const int64_t n = product(v.shape);
  for (int64_t at = 0; at < n; at += width()) {
    const int64_t count = std::min<int64_t>(width(), n - at);
    const int64_t first = dot(coordinates(at, v.shape), v.strides);
    const int64_t step = count > 1 ? dot(coordinates(at + 1, v.shape), v.strides) - first : 1;
    for (int64_t l = 1; l < count; ++l) {
      if (dot(coordinates(at + l, v.shape), v.strides) != first + l * step) {
        cannot("elements that are not equally far apart");
      }
    }
    r.push_back(code().gather({v.mem.base, v.mem.offset + 4 * first}, 4 * step, int(count)));
  }
  return r;
}

void Lowerer::to_memory(Val& v) {
  if (v.in_memory) return;
  v.mem = code().scratch(chunks_of(v.shape) * 4 * width());
  for (size_t i = 0; i < v.chunks.size(); ++i) {
    code().store(Op::store, {v.mem.base, v.mem.offset + int64_t(i) * 4 * width()}, v.chunks[i],
                 width());
  }
  v.strides = row_major(v.shape);
  v.in_memory = true;
}

Reg Lowerer::element(Val& v, const Sizes& at) {
  const int64_t i = dot(at, row_major(v.shape));
  const auto [known, is_new] = elements_.try_emplace({&v, i}, kNone);
  if (!is_new) return known->second;
  Reg r;
  if (!v.chunks.empty() && (width() == 4 || !v.in_memory)) {
    r = code().op(Op::splat, v.chunks[size_t(i / width())], kNone, kNone, int(i % width()));
  } else {
    r = code().broadcast({v.mem.base, v.mem.offset + 4 * dot(at, v.strides)});
  }
  return elements_[{&v, i}] = r;
}

Reg Lowerer::cell(const Val& v, Sizes at, int vector) const {
  at.erase(at.begin() + v.axis);
  const Sizes s = unrolled(v.shape, v.axis);
  return v.cells[size_t(dot(at, row_major(s)) * vectors_ + vector)];
}

Val Lowerer::to_lanes(const Val& v) {
  Val r = v;
  r.kind = Val::Kind::lanes;
  r.axis = 0;
  r.in_memory = false;
  for (int64_t c = 0; c < v.shape[1]; ++c) {
    for (int k = 0; k < vectors_; ++k) {
      const int64_t first = k * width();
      r.cells.push_back(
          code().gather({v.mem.base, v.mem.offset + 4 * (first * v.strides[0] + c * v.strides[1])},
                        4 * v.strides[0], int(std::min<int64_t>(width(), batch_ - first))));
    }
  }
  return r;
}

Reg Lowerer::masked(Reg r, int vector) {
  const int64_t n = batch_ - int64_t(vector) * width();
  return n >= width() ? r : code().op(Op::bit_and, r, code().mask(int(n)));
}

void Lowerer::as_strided(const nnr_node& n) {
  Val& x = in(n, 0);
  const Val typed = result(n);
  const Sizes strides = desc(n.out[0]).strides();
  const int64_t offset = attrs(n).integer("offset");
  Val r = typed;
  r.kind = x.kind;
  if (x.kind == Val::Kind::scalar) {
    r.scalar = x.scalar;
  } else if (x.kind == Val::Kind::flat) {
    if (product(r.shape) == product(x.shape) && strides == row_major(r.shape) && offset == 0) {
      r.chunks = x.chunks;
      r.in_memory = x.in_memory;
      r.mem = x.mem;
      r.strides = x.strides == row_major(x.shape) ? strides : Sizes{};
      if (r.in_memory && r.strides.empty()) cannot("a view of strided elements");
    } else {
      to_memory(x);
      if (x.strides != row_major(x.shape)) cannot("a view of strided elements");
      r.in_memory = true;
      r.mem = {x.mem.base, x.mem.offset + 4 * offset};
      r.strides = strides;
    }
  } else if (x.kind == Val::Kind::lanes) {
    const Sizes steps = row_major(x.shape);
    r.axis = -1;
    for (size_t d = 0; d < r.shape.size(); ++d) {
      if (r.shape[d] == batch_ && strides[d] == steps[size_t(x.axis)]) r.axis = int(d);
    }
    if (r.axis < 0) cannot("a view that takes the rows apart");
    const Sizes rest = unrolled(r.shape, r.axis);
    for (int64_t c = 0; c < product(rest); ++c) {
      Sizes at = coordinates(c, rest);
      at.insert(at.begin() + r.axis, 0);
      const Sizes from = coordinates(offset + dot(at, strides), x.shape);
      if (from[size_t(x.axis)] != 0) cannot("a view that takes the rows apart");
      for (int k = 0; k < vectors_; ++k) r.cells.push_back(cell(x, from, k));
    }
  } else {
    cannot("a view of rows");
  }
  vals_[n.out[0]] = std::move(r);
}

void Lowerer::dynamic_slice(const nnr_node& n) {
  Val r = result(n);
  const sdk::Operand order = desc(n.in[0]);
  if (r.dtype != DType::int64 || r.shape.size() != 1 || !order.contiguous()) {
    cannot("a slice of something else than the order of rows");
  }
  r.kind = Val::Kind::rows;
  r.order = buffer_of(n.in[0]);
  r.order_length = order.size(0);
  r.start = buffer_of(n.in[1]);
  vals_[n.out[0]] = std::move(r);
}

void Lowerer::index_select(const nnr_node& n) {
  const sdk::Operand data = desc(n.in[0]);
  const Val& order = vals_[n.in[1]];
  Val r = result(n);
  if (order.kind != Val::Kind::rows || attrs(n).integer("dim") != 0 || !data.contiguous() ||
      r.dtype != DType::float32 || r.shape[0] != batch_) {
    cannot("a lookup of something else than rows of float32");
  }
  const int64_t columns = product(r.shape) / batch_;
  const RowLookup look{buffer_of(n.in[0]), order.order,        order.start, data.size(0),
                       4 * columns,        order.order_length, r_.rows,     int(batch_)};
  r_.rows += int(batch_);
  r_.row_bytes = std::max(r_.row_bytes, look.row_bytes);
  r_.lookups.push_back(look);
  if (batch_ == 1) {
    // One row, as it lies there.
    r.kind = Val::Kind::flat;
    r.in_memory = true;
    r.mem = {Mem::kRow - look.first, 0};
    r.strides = row_major(r.shape);
  } else {
    r.kind = Val::Kind::lanes;
    r.axis = 0;
    for (int64_t c = 0; c < columns; ++c) {
      for (int k = 0; k < vectors_; ++k) {
        r.cells.push_back(
            code().rows(look.first + k * width(), 4 * c,
                        int(std::min<int64_t>(width(), batch_ - int64_t(k) * width()))));
      }
    }
  }
  vals_[n.out[0]] = std::move(r);
}

}  // namespace nnrun::onednn::tiny
