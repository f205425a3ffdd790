// Products and sums, over the lanes as well.
#include "backends/onednn/tiny/lowerer.h"

#include <algorithm>
#include <map>

namespace nnrun::onednn::tiny {

void Lowerer::multiply(const nnr_node& n, Val& x, Val& w, bool w_is_transposed, Val* bias) {
  Val r = result(n);
  if (x.shape.size() != 2 || w.shape.size() != 2) cannot("a product of more than matrices");
  const int64_t rows = x.shape[0], depth = x.shape[1];
  const int64_t columns = w_is_transposed ? w.shape[0] : w.shape[1];
  const auto w_at = [&](int64_t k, int64_t j) {
    return w_is_transposed ? Sizes{j, k} : Sizes{k, j};
  };
  const auto start = [&](int64_t j) { return bias == nullptr ? kNone : element(*bias, {j}); };
  const auto add = [&](Reg sum, Reg a, Reg b) {
    return sum == kNone ? code().op(Op::mul, a, b) : code().op(Op::fma, a, b, sum);
  };
  const int w_depth = w_is_transposed ? 1 : 0;
  using K = Val::Kind;
  if (x.kind == K::lanes && x.axis == 0 && w.kind == K::flat) {
    r.kind = K::lanes;
    r.axis = 0;
    for (int64_t j = 0; j < columns; ++j) {
      for (int v = 0; v < vectors_; ++v) {
        Reg sum = start(j);
        for (int64_t k = 0; k < depth; ++k) {
          sum = add(sum, cell(x, {0, k}, v), element(w, w_at(k, j)));
        }
        r.cells.push_back(sum);
      }
    }
  } else if (x.kind == K::lanes && x.axis == 1 && w.kind == K::lanes && w.axis == w_depth) {
    // The rows of the batch are what is summed over.
    if (bias != nullptr) cannot("a bias of a sum over rows");
    std::vector<Reg> sums;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        Reg sum = kNone;
        for (int v = 0; v < vectors_; ++v) {
          sum = add(sum, masked(cell(x, {i, 0}, v), v), cell(w, w_at(0, j), v));
        }
        sums.push_back(sum);
      }
    }
    r.kind = K::flat;
    r.chunks = across(sums);
  } else if (x.kind == K::flat && w.kind == K::flat && rows == 1) {
    // One row: the columns side by side.
    r.kind = K::flat;
    for (int64_t j = 0; j < columns; j += width()) {
      const int64_t count = std::min<int64_t>(width(), columns - j);
      Reg sum = bias == nullptr ? kNone : chunk(*bias, j / width());
      for (int64_t k = 0; k < depth; ++k) {
        to_memory(w);
        const int64_t first = w.mem.offset + 4 * dot(w_at(k, j), w.strides);
        const int64_t step =
            count > 1 ? 4 * (dot(w_at(k, j + 1), w.strides) - dot(w_at(k, j), w.strides)) : 4;
        const Reg column = step == 4 ? code().load({w.mem.base, first}, int(count))
                                     : code().gather({w.mem.base, first}, step, int(count));
        sum = add(sum, element(x, {0, k}), column);
      }
      r.chunks.push_back(sum);
    }
  } else if (x.kind == K::flat && w.kind == K::flat && depth == 1) {
    // An outer product, row by row.
    if (bias != nullptr) cannot("a bias of an outer product");
    r.kind = Val::Kind::flat;
    if (columns == 1) {
      for (int64_t i = 0; i < chunks_of(r.shape); ++i) {
        r.chunks.push_back(code().op(Op::mul, chunk(x, i), element(w, w_at(0, 0))));
      }
    } else {
      // Rows that would share a vector are put together in memory.
      const bool together = columns % width() != 0 && rows > 1;
      if (together) {
        r.in_memory = true;
        r.strides = row_major(r.shape);
        r.mem = code().scratch(4 * (product(r.shape) + width()));
      }
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < columns; j += width()) {
          const Reg part = code().op(Op::mul, element(x, {i, 0}), chunk(w, j / width()));
          if (together) {
            code().store(Op::store, {r.mem.base, r.mem.offset + 4 * (i * columns + j)}, part,
                         int(std::min<int64_t>(width(), columns - j)));
          } else {
            r.chunks.push_back(part);
          }
        }
      }
    }
  } else {
    cannot("a product of such operands");
  }
  vals_[n.out[0]] = std::move(r);
}

void Lowerer::linear(const nnr_node& n) {
  multiply(n, in(n, 0), in(n, 1), true, has(n, 2) ? &in(n, 2) : nullptr);
}

std::vector<Reg> Lowerer::across(const std::vector<Reg>& list) {
  std::vector<Reg> r;
  const size_t w = size_t(width());
  for (size_t i = 0; i < list.size(); i += w) {
    std::vector<Reg> level;
    for (size_t k = 0; k < w; ++k) level.push_back(list[std::min(i + k, list.size() - 1)]);
    for (int step = 0; step < 2; ++step) {
      std::vector<Reg> next;
      for (size_t k = 0; k + 1 < level.size(); k += 2) {
        next.push_back(level[k] == level[k + 1] && k >= 2 && level[k] == level[k - 1]
                           ? next.back()
                           : code().op(Op::hadd, level[k], level[k + 1]));
      }
      level = std::move(next);
    }
    r.push_back(w == 4 ? level[0]
                       : code().op(Op::add, code().op(Op::low_low, level[0], level[1]),
                                   code().op(Op::high_high, level[0], level[1])));
  }
  return r;
}

void Lowerer::reduce(const nnr_node& n) {
  Val& x = in(n, 0);
  const sdk::Attrs a = attrs(n);
  Val r = result(n);
  const bool mean = name(n) == "mean";
  std::vector<int64_t> dims = a.integers("dims");
  if (dims.empty()) {
    for (size_t d = 0; d < x.shape.size(); ++d) dims.push_back(int64_t(d));
  }
  int64_t count = 1;
  std::vector<uint8_t> gone(x.shape.size());
  for (int64_t d : dims) {
    const size_t at = size_t(d < 0 ? d + int64_t(x.shape.size()) : d);
    gone[at] = 1;
    count *= x.shape[at];
  }
  const auto scaled = [&](Reg s) {
    return mean ? code().op(Op::mul, s, code().constant(float(1.0 / double(count)))) : s;
  };
  if (x.kind == Val::Kind::flat) {
    if (std::find(gone.begin(), gone.end(), 0) != gone.end() && product(x.shape) != 1 &&
        product(r.shape) != 1) {
      if (count != 1) cannot("a sum over part of a tensor");
      Val same = x;
      same.shape = r.shape;
      if (same.in_memory) same.strides = row_major(r.shape);
      vals_[n.out[0]] = std::move(same);
      return;
    }
    const int64_t size = product(x.shape);
    Reg sum = kNone;
    for (int64_t i = 0; i < chunks_of(x.shape); ++i) {
      Reg c = chunk(x, i);
      const int64_t left = size - i * width();
      if (left < width()) c = code().op(Op::bit_and, c, code().mask(int(left)));
      sum = sum == kNone ? c : code().op(Op::add, sum, c);
    }
    r.kind = Val::Kind::flat;
    r.chunks = {scaled(across({sum})[0])};
    vals_[n.out[0]] = std::move(r);
    return;
  }
  if (x.kind != Val::Kind::lanes) cannot("a sum of such an operand");
  const bool over_rows = gone[size_t(x.axis)] != 0;
  const Sizes rest = unrolled(x.shape, x.axis);
  std::map<Sizes, std::vector<std::vector<Reg>>> groups;  // by what stays, the vectors' terms
  for (int64_t c = 0; c < product(rest); ++c) {
    Sizes at = coordinates(c, rest), kept;
    at.insert(at.begin() + x.axis, 0);
    for (size_t d = 0; d < at.size(); ++d) {
      if (!gone[d] && int(d) != x.axis) kept.push_back(at[d]);
    }
    auto& terms = groups[kept];
    terms.resize(size_t(vectors_));
    for (int v = 0; v < vectors_; ++v) terms[size_t(v)].push_back(cell(x, at, v));
  }
  std::vector<Reg> sums;
  for (auto& [kept, terms] : groups) {
    Reg all = kNone;
    for (int v = 0; v < vectors_; ++v) {
      Reg sum = kNone;
      for (Reg t : terms[size_t(v)]) sum = sum == kNone ? t : code().op(Op::add, sum, t);
      if (!over_rows) {
        r.cells.push_back(scaled(sum));
      } else {
        sum = masked(sum, v);
        all = all == kNone ? sum : code().op(Op::add, all, sum);
      }
    }
    if (over_rows) sums.push_back(all);
  }
  if (!over_rows) {
    if (r.dtype != x.dtype) cannot("a sum in another type");
    r.kind = Val::Kind::lanes;
    r.axis = 0;
    for (int d = 0; d < x.axis; ++d) r.axis += gone[size_t(d)] && !a.flag("keepdim") ? 0 : 1;
  } else {
    r.kind = Val::Kind::flat;
    r.chunks = across(sums);
    for (Reg& s : r.chunks) s = scaled(s);
    if (r.dtype != DType::float32) {
      if (product(r.shape) != 1) cannot("sums of another type");
      r.kind = Val::Kind::scalar;
      r.scalar = code().op(Op::to_f64, r.chunks[0]);
      r.chunks.clear();
    }
  }
  vals_[n.out[0]] = std::move(r);
}

void Lowerer::all_finite(const nnr_node& n) {
  const Reg zero = code().constant(0.f);
  Reg sum = kNone;  // of x * 0: NaN when one is not finite
  const auto add = [&](Reg x) {
    sum = sum == kNone ? code().op(Op::mul, x, zero) : code().op(Op::fma, x, zero, sum);
  };
  const auto add_all = [&](Val& v) {
    if (v.kind == Val::Kind::lanes) {
      for (size_t c = 0; c < v.cells.size(); ++c) {
        add(masked(v.cells[c], int(c) % vectors_));
      }
    } else if (v.kind == Val::Kind::flat) {
      const int64_t size = product(v.shape);
      for (int64_t c = 0; c < chunks_of(v.shape); ++c) {
        const int64_t left = size - c * width();
        const Reg x = chunk(v, c);
        add(left < width() ? code().op(Op::bit_and, x, code().mask(int(left))) : x);
      }
    } else {
      cannot("all_finite of a number");
    }
  };
  // The loss comes first, then gradients of the last layer, which are the first to be known.
  if (n.n_in > 1) add_all(in(n, 1));
  for (uint32_t i = n.n_in; i-- > 2;) add_all(in(n, i));
  Val r = result(n);
  r.kind = Val::Kind::scalar;
  const Reg before = as_double(in(n, 0));
  if (accepted_) {
    code().require(before);
    if (sum != kNone) code().require_no_nan(sum);
    r.scalar = code().constant_f64(1);
  } else {
    r.scalar = code().op(Op::compare_f64, before, code().constant_f64(0), kNone, 4);
    if (sum != kNone) {
      const Reg all = code().op(Op::to_f64, across({sum})[0]);
      const Reg finite = code().op(Op::compare_f64, all, code().constant_f64(0), kNone, 0);
      r.scalar = code().op(Op::mul_f64, r.scalar, finite);
    }
  }
  vals_[n.out[0]] = std::move(r);
}

}  // namespace nnrun::onednn::tiny
