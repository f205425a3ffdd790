#include "backends/onednn/tiny/lower.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include <nnrun/sdk/desc.hpp>
#include <nnrun/sdk/formula.hpp>

#include "backends/onednn/tiny/math.h"

namespace nnrun::onednn::tiny {
namespace {

using sdk::DType;
using Sizes = std::vector<int64_t>;

constexpr int64_t kMostBatch = 64, kMostElements = 4096;

struct CannotLower : std::runtime_error {
  using runtime_error::runtime_error;
};
[[noreturn]] void cannot(const std::string& what) { throw CannotLower(what); }

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
/// The coordinates of the i-th element.
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

/// What a value of the program is.
struct Val {
  enum class Kind {
    none,
    lanes,   // one dimension lies in the lanes; the others are unrolled
    flat,    // float32 in memory, or in registers row by row, or both
    scalar,  // one number that is no float32, as a double
    rows,    // int64: part of the order of rows, for index_select alone
  } kind = Kind::none;
  DType dtype = DType::float32;
  Sizes shape;

  int axis = 0;            // lanes: which dimension
  std::vector<Reg> cells;  // lanes: by the other dimensions, row-major, then by vector

  bool in_memory = false;  // flat
  Mem mem;
  Sizes strides;            // of elements, in memory
  std::vector<Reg> chunks;  // flat: kWidth elements each; empty: in memory alone
  Reg scalar = kNone;
  int order = -1, start = -1;  // rows: buffers
  int64_t order_length = 0;
};

class Lowerer {
 public:
  Lowerer(const nnr_graph& g, bool accepted)
      : g_(g), accepted_(accepted), batch_(batch_of(g)), r_{Code(batch_ <= 4 ? 4 : 8), {}, {}} {
    vectors_ = int((batch_ + width() - 1) / width());
  }

  Lowered run() {
    vals_.resize(g_.n_val);
    for (uint32_t i = 0; i < g_.n_in; ++i) vals_[g_.in[i]] = given(int(i), g_.in[i]);
    for (uint32_t i = 0; i < g_.n_node; ++i) {
      node(*g_.node[i]);
      if (code().instructions().size() > kMostInstructions) cannot("too many instructions");
    }
    for (uint32_t i = 0; i < g_.n_out; ++i) store(int(g_.n_in + i), vals_[g_.out[i]]);
    return std::move(r_);
  }

 private:
  using Handler = void (Lowerer::*)(const nnr_node&);

  Code& code() { return r_.code; }
  int width() const { return r_.code.width(); }
  F f(Reg r) { return {&code(), r}; }

  // ---- the program

  sdk::Operand desc(uint32_t v) const { return sdk::Operand(g_.val[v]); }
  static std::string name(const nnr_node& n) { return sdk::to_string(n.op); }
  static sdk::Attrs attrs(const nnr_node& n) { return {n.attr, n.n_attr}; }
  Val& in(const nnr_node& n, uint32_t i) {
    if (i >= n.n_in || n.in[i] == NNR_NONE) cannot(name(n) + ": an operand is absent");
    Val& v = vals_[n.in[i]];
    if (v.kind == Val::Kind::none) cannot(name(n) + ": an operand of a kind that is not known");
    return v;
  }
  bool has(const nnr_node& n, uint32_t i) const { return i < n.n_in && n.in[i] != NNR_NONE; }
  Val result(const nnr_node& n, uint32_t i = 0) const {
    Val v;
    v.dtype = desc(n.out[i]).dtype();
    v.shape = desc(n.out[i]).shape();
    return v;
  }

  /// How many rows a step has: those that it looks up, or those of the first product.
  static int64_t batch_of(const nnr_graph& g) {
    for (const char* op : {"index_select", "linear", "matmul"}) {
      for (uint32_t i = 0; i < g.n_node; ++i) {
        const nnr_node& n = *g.node[i];
        if (sdk::to_string(n.op) != op) continue;
        const sdk::Operand x(g.val[std::strcmp(op, "index_select") == 0 ? n.out[0] : n.in[0]]);
        const int64_t batch = x.rank() == 0 ? 1 : x.size(0);
        if (batch < 1 || batch > kMostBatch) cannot("a batch of " + std::to_string(batch));
        return batch;
      }
    }
    cannot("no product");
  }

  Val given(int buffer, uint32_t v) {
    const sdk::Operand d = desc(v);
    Val r;
    r.dtype = d.dtype();
    r.shape = d.shape();
    const int64_t n = d.numel();
    if (n == 0) cannot("an operand without elements");
    if (r.dtype == DType::float32) {
      r.kind = Val::Kind::flat;
      r.in_memory = true;
      r.mem = {buffer, 0};
      r.strides = d.strides();
      const bool is_const = (d.desc().flags & NNR_T_CONST) != 0;
      if (n == 1 && is_const) {
        float x;
        std::memcpy(&x, d.desc().t.data, 4);
        r.in_memory = false;
        r.chunks = {code().constant(x)};
        return r;
      }
      const bool of_model = (d.desc().flags & (NNR_T_CONST | NNR_T_PARAM)) != 0;
      if (!looks_up() && !of_model && batch_ > 1 && r.shape.size() == 2 && r.shape[0] == batch_) {
        return to_lanes(r);
      }
      return r;
    }
    if (n == 1 && r.dtype != DType::bfloat16 && r.dtype != DType::float16) {
      r.kind = Val::Kind::scalar;
      r.scalar = scalar_of(buffer, d);
      return r;
    }
    return r;  // of kind none, until somebody reads it as rows
  }
  bool looks_up() const {
    for (uint32_t i = 0; i < g_.n_node; ++i) {
      if (name(*g_.node[i]) == "index_select") return true;
    }
    return false;
  }
  int buffer_of(uint32_t v) const {
    for (uint32_t i = 0; i < g_.n_in; ++i) {
      if (g_.in[i] == v) return int(i);
    }
    cannot("rows of a value that is made in the step");
  }

  Reg scalar_of(int buffer, const sdk::Operand& d) {
    if ((d.desc().flags & NNR_T_CONST) != 0) {
      double x = 0;
      sdk::visit(d.dtype(), [&](auto tag) {
        using T = typename decltype(tag)::type;
        T t;
        std::memcpy(&t, d.desc().t.data, sizeof t);
        if constexpr (std::is_arithmetic_v<T>) x = double(t);
      });
      return code().constant_f64(x);
    }
    const Mem m{buffer, 0};
    switch (d.dtype()) {
      case DType::float64: return code().load_scalar(Op::load_f64, m);
      case DType::int64: return code().load_scalar(Op::load_i64, m);
      case DType::uint8:
      case DType::boolean: return code().load_scalar(Op::load_u8, m);
      default: cannot("a scalar of " + std::string(sdk::name_of(d.dtype())));
    }
  }

  // ---- reading values

  /// Vector v of a flat value's elements, row-major.
  Reg chunk(Val& v, int64_t i) {
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
  /// Strided elements: equally far apart within a chunk, or not at all.
  std::vector<Reg> gathered(const Val& v) {
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
  int64_t chunks_of(const Sizes& shape) const { return (product(shape) + width() - 1) / width(); }

  /// Makes sure that a flat value is in memory, too.
  void to_memory(Val& v) {
    if (v.in_memory) return;
    v.mem = code().scratch(chunks_of(v.shape) * 4 * width());
    for (size_t i = 0; i < v.chunks.size(); ++i) {
      code().store(Op::store, {v.mem.base, v.mem.offset + int64_t(i) * 4 * width()}, v.chunks[i],
                   width());
    }
    v.strides = row_major(v.shape);
    v.in_memory = true;
  }
  /// One element of a flat value, in all lanes.
  Reg element(Val& v, const Sizes& at) {
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
  /// The other dimensions of a value in lanes.
  static Sizes unrolled(const Sizes& shape, int axis) {
    Sizes s = shape;
    s.erase(s.begin() + axis);
    return s;
  }
  Reg cell(const Val& v, Sizes at, int vector) const {
    at.erase(at.begin() + v.axis);
    const Sizes s = unrolled(v.shape, v.axis);
    return v.cells[size_t(dot(at, row_major(s)) * vectors_ + vector)];
  }

  Val to_lanes(const Val& v) {  // rows of a matrix in memory
    Val r = v;
    r.kind = Val::Kind::lanes;
    r.axis = 0;
    r.in_memory = false;
    for (int64_t c = 0; c < v.shape[1]; ++c) {
      for (int k = 0; k < vectors_; ++k) {
        const int64_t first = k * width();
        r.cells.push_back(code().gather(
            {v.mem.base, v.mem.offset + 4 * (first * v.strides[0] + c * v.strides[1])},
            4 * v.strides[0], int(std::min<int64_t>(width(), batch_ - first))));
      }
    }
    return r;
  }

  /// Lanes that are no rows, made 0.
  Reg masked(Reg r, int vector) {
    const int64_t n = batch_ - int64_t(vector) * width();
    return n >= width() ? r : code().op(Op::bit_and, r, code().mask(int(n)));
  }

  // ---- elementwise

  using Fold = std::function<F(const std::vector<F>&)>;

  Val elementwise(Val r, const std::vector<Val*>& operands, const Fold& fold) {
    const Val* lead = nullptr;
    for (const Val* v : operands) {
      if (v->kind == Val::Kind::lanes && (lead == nullptr || v->shape.size() > lead->shape.size()))
        lead = v;
    }
    std::vector<F> x(operands.size(), F{&code(), kNone});
    if (lead != nullptr) {
      r.kind = Val::Kind::lanes;
      r.axis = lead->axis + int(r.shape.size() - lead->shape.size());
      for (const Val* v : operands) {
        if (v->kind == Val::Kind::lanes &&
            (v->axis + int(r.shape.size() - v->shape.size()) != r.axis)) {
          cannot("operands with different dimensions in the lanes");
        }
        if (v->kind == Val::Kind::flat) {  // the lanes' dimension must not be one of its own
          const int axis = r.axis - int(r.shape.size() - v->shape.size());
          const bool repeats = axis < 0 || v->shape[size_t(axis)] == 1 ||
                               (v->chunks.empty() && v->strides[size_t(axis)] == 0);
          if (!repeats) cannot("a matrix beside lanes");
        }
      }
      const Sizes rest = unrolled(r.shape, r.axis);
      for (int64_t c = 0; c < product(rest); ++c) {
        Sizes at = coordinates(c, rest);
        at.insert(at.begin() + r.axis, 0);
        for (int k = 0; k < vectors_; ++k) {
          for (size_t i = 0; i < operands.size(); ++i) {
            Val& v = *operands[i];
            const Sizes mine = narrowed(at, v.shape);
            x[i].reg = v.kind == Val::Kind::lanes    ? cell(v, mine, k)
                       : v.kind == Val::Kind::scalar ? as_float(v)
                                                     : element(v, mine);
          }
          r.cells.push_back(fold(x).reg);
        }
      }
      return r;
    }
    r.kind = Val::Kind::flat;
    const int64_t n = product(r.shape);
    if (n > kMostElements) cannot("a large tensor");
    for (int64_t i = 0; i < chunks_of(r.shape); ++i) {
      for (size_t k = 0; k < operands.size(); ++k) {
        Val& v = *operands[k];
        const int64_t have = product(v.shape);
        if (v.kind == Val::Kind::scalar) {
          x[k].reg = as_float(v);
        } else if (have == 1 && n > 1) {
          x[k].reg = element(v, Sizes(v.shape.size(), 0));
        } else if (have == n) {
          x[k].reg = chunk(v, i);
        } else {
          cannot("a broadcast of tensors");
        }
      }
      r.chunks.push_back(fold(x).reg);
    }
    return r;
  }
  static Sizes narrowed(const Sizes& at, const Sizes& shape) {
    Sizes r(shape.size());
    for (size_t i = 0; i < shape.size(); ++i) {
      r[i] = shape[i] == 1 ? 0 : at[at.size() - shape.size() + i];
    }
    return r;
  }
  Reg as_float(const Val& v) {
    const auto [known, is_new] = floats_.try_emplace(v.scalar, kNone);
    if (is_new) known->second = code().op(Op::to_f32, v.scalar);
    return known->second;
  }

  /// A number that is no float32 among operands or as a result: all as doubles.
  bool is_scalar_work(const nnr_node& n) {
    const DType out = desc(n.out[0]).dtype();
    bool any = out != DType::float32;
    for (uint32_t i = 0; i < n.n_in; ++i) {
      const Val& v = in(n, i);
      if (v.kind == Val::Kind::lanes || product(v.shape) != 1) return false;
      any = any || v.kind == Val::Kind::scalar;
    }
    return any && desc(n.out[0]).numel() == 1;
  }
  Reg as_double(Val& v) {
    if (v.kind == Val::Kind::scalar) return v.scalar;
    const Reg r = v.chunks.empty() ? chunk(v, 0) : v.chunks[0];
    return code().op(Op::to_f64, r);
  }
  Val of_double(Val r, Reg d) {
    if (r.dtype == DType::float32) {
      r.kind = Val::Kind::flat;
      r.chunks = {code().op(Op::to_f32, d)};
    } else {
      r.kind = Val::Kind::scalar;
      r.scalar = d;
    }
    return r;
  }

  F truth(const F& mask) {  // 1 or 0
    return tiny::apply(Op::bit_and, mask, number(mask, 1.f));
  }
  F nonzero(const F& x) { return differ(x, number(x, 0.f)); }

  F function(sdk::Fn fn, const std::vector<F>& x) {
    using sdk::Fn;
    const F zero = number(x[0], 0.f);
    switch (fn) {
      case Fn::neg: return negated(x[0]);
      case Fn::logical_not: return truth(equal(x[0], zero));
      case Fn::exp: return exp_of(x[0]);
      case Fn::expm1: return expm1_of(x[0]);
      case Fn::log: return log_of(x[0]);
      case Fn::log1p: return log1p_of(x[0]);
      case Fn::tanh: return tanh_of(x[0]);
      case Fn::sqrt: return tiny::apply(Op::sqrt, x[0]);
      case Fn::abs: return magnitude(x[0]);
      case Fn::erf: return erf_of(x[0]);
      case Fn::sigmoid: return sigmoid_of(x[0]);
      case Fn::floor: return tiny::apply(Op::floor, x[0]);
      case Fn::sign:
        return select(unordered(x[0]), x[0], truth(less(zero, x[0])) - truth(less(x[0], zero)));
      case Fn::add: return x[0] + x[1];
      case Fn::sub: return x[0] - x[1];
      case Fn::mul: return x[0] * x[1];
      case Fn::div: return x[0] / x[1];
      // The second operand is the answer when one is NaN; the sum of both is NaN then.
      case Fn::max:
        return select(unordered_of(x[0], x[1]), x[0] + x[1], tiny::apply(Op::max, x[0], x[1]));
      case Fn::min:
        return select(unordered_of(x[0], x[1]), x[0] + x[1], tiny::apply(Op::min, x[0], x[1]));
      case Fn::lt: return truth(less(x[0], x[1]));
      case Fn::le: return truth(at_most(x[0], x[1]));
      case Fn::gt: return truth(less(x[1], x[0]));
      case Fn::ge: return truth(at_most(x[1], x[0]));
      case Fn::eq: return truth(equal(x[0], x[1]));
      case Fn::ne: return truth(differ(x[0], x[1]));
      case Fn::logical_and: return truth(tiny::apply(Op::bit_and, nonzero(x[0]), nonzero(x[1])));
      case Fn::logical_or: return truth(tiny::apply(Op::bit_or, nonzero(x[0]), nonzero(x[1])));
      case Fn::select: return select(nonzero(x[0]), x[1], x[2]);
      default: cannot(std::string("the function ") + sdk::spelling(fn));
    }
  }
  F unordered_of(const F& a, const F& b) { return tiny::apply(Op::compare, a, b, 3); }

  Reg double_function(sdk::Fn fn, const std::vector<Reg>& x) {
    using sdk::Fn;
    const auto compare = [&](int predicate) {
      return code().op(Op::compare_f64, x[0], x[1], kNone, predicate);
    };
    switch (fn) {
      case Fn::add: return code().op(Op::add_f64, x[0], x[1]);
      case Fn::sub: return code().op(Op::sub_f64, x[0], x[1]);
      case Fn::mul: return code().op(Op::mul_f64, x[0], x[1]);
      case Fn::div: return code().op(Op::div_f64, x[0], x[1]);
      case Fn::sqrt: return code().op(Op::sqrt_f64, x[0]);
      case Fn::neg: return code().op(Op::sub_f64, code().constant_f64(0), x[0]);
      case Fn::eq: return compare(0);
      case Fn::lt: return compare(1);
      case Fn::le: return compare(2);
      case Fn::ne: return compare(4);
      case Fn::select: {
        // x0 is 1 or 0 here: both ways would be computed anyway.
        const Reg truth = code().op(Op::compare_f64, x[0], code().constant_f64(0), kNone, 4);
        const Reg mask = code().op(Op::sub_f64, code().constant_f64(0), truth);  // its sign
        return code().op(Op::blend_f64, mask, x[1], x[2]);
      }
      default: cannot(std::string("the function ") + sdk::spelling(fn) + " of one number");
    }
  }

  void by_function(const nnr_node& n, sdk::Fn fn) {
    std::vector<Val*> operands;
    for (uint32_t i = 0; i < n.n_in; ++i) operands.push_back(&in(n, i));
    Val r = result(n);
    if (is_scalar_work(n)) {
      std::vector<Reg> x;
      for (Val* v : operands) x.push_back(as_double(*v));
      vals_[n.out[0]] = of_double(std::move(r), double_function(fn, x));
      return;
    }
    check_numbers(r, operands);
    vals_[n.out[0]] = elementwise(std::move(r), operands,
                                  [&](const std::vector<F>& x) { return function(fn, x); });
  }
  /// In lanes, truths and what is counted from them are float32; other integers are not here.
  static void check_numbers(const Val& r, const std::vector<Val*>& operands) {
    const bool truth = r.dtype == DType::boolean || r.dtype == DType::float32;
    if (!truth) cannot("numbers that are no float32");
    for (const Val* v : operands) {
      if (v->kind == Val::Kind::rows) cannot("arithmetic on the order of rows");
    }
  }

  // ---- nodes

  void node(const nnr_node& n);
  void store(int buffer, Val& v);

  void as_strided(const nnr_node& n) {
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

  void dynamic_slice(const nnr_node& n) {
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

  void index_select(const nnr_node& n) {
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

  void cast(const nnr_node& n) {
    Val& x = in(n, 0);
    Val r = result(n);
    if (x.kind == Val::Kind::lanes || product(x.shape) != 1) {
      // Truths stay what they are; a wider float would need wider lanes.
      if (x.dtype != r.dtype && x.dtype != DType::boolean && !counted_.count(n.in[0])) {
        cannot("a conversion of lanes");
      }
      if (x.kind == Val::Kind::rows) cannot("a conversion of the order of rows");
      Val same = x;
      same.dtype = r.dtype;
      if (x.dtype != r.dtype) counted_.insert(n.out[0]);
      vals_[n.out[0]] = std::move(same);
      return;
    }
    const bool to_integer = r.dtype != DType::float32 && r.dtype != DType::float64;
    const bool from_integer = x.dtype != DType::float32 && x.dtype != DType::float64;
    if (r.dtype == DType::boolean && x.dtype != DType::boolean) cannot("a conversion to bool");
    if (to_integer && !from_integer) cannot("a conversion to integers");
    if (x.kind == Val::Kind::flat && r.dtype == DType::float32) {
      vals_[n.out[0]] = x;
      return;
    }
    vals_[n.out[0]] = of_double(std::move(r), as_double(x));
  }

  void formula(const nnr_node& n) {
    const sdk::Attrs a = attrs(n);
    const std::vector<double> numbers = a.numbers("a");
    sdk::FormulaNames names;
    names.n_x = int(n.n_in);
    names.n_a = int(numbers.size());
    const sdk::Formula formula = sdk::parse_formula(a.text("expr"), names);
    std::vector<Val*> operands;
    for (uint32_t i = 0; i < n.n_in; ++i) operands.push_back(&in(n, i));
    Val r = result(n);
    if (r.dtype != DType::float32) cannot("a formula of " + std::string(sdk::name_of(r.dtype)));
    check_numbers(r, operands);
    vals_[n.out[0]] = elementwise(std::move(r), operands, [&](const std::vector<F>& x) {
      std::vector<F> at;
      for (const sdk::FormulaNode& node : formula.nodes) {
        switch (node.fn) {
          case sdk::Fn::number: at.push_back(number(x[0], float(node.value))); break;
          case sdk::Fn::a: at.push_back(number(x[0], float(numbers[size_t(node.index)]))); break;
          case sdk::Fn::x: at.push_back(x[size_t(node.index)]); break;
          default: {
            std::vector<F> args;
            for (int k = 0; k < arity(node.fn); ++k) args.push_back(at[size_t(node.in[k])]);
            at.push_back(function(node.fn, args));
          }
        }
      }
      return at.back();
    });
  }

  /// y = x w (+ bias): x (m, k), w (k, n) by the function of its coordinates.
  void multiply(const nnr_node& n, Val& x, Val& w, bool w_is_transposed, Val* bias) {
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
  void linear(const nnr_node& n) {
    multiply(n, in(n, 0), in(n, 1), true, has(n, 2) ? &in(n, 2) : nullptr);
  }
  void matmul(const nnr_node& n) { multiply(n, in(n, 0), in(n, 1), false, nullptr); }

  /// The sums over the lanes of each, side by side.
  std::vector<Reg> across(const std::vector<Reg>& list) {
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

  void reduce(const nnr_node& n) {
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

  void all_finite(const nnr_node& n) {
    const Reg zero = code().constant(0.f);
    Reg sum = kNone;  // of x * 0: NaN when one is not finite
    const auto add = [&](Reg x) {
      sum = sum == kNone ? code().op(Op::mul, x, zero) : code().op(Op::fma, x, zero, sum);
    };
    for (uint32_t i = 1; i < n.n_in; ++i) {
      Val& v = in(n, i);
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
    }
    Reg ok = code().op(Op::compare_f64, as_double(in(n, 0)), code().constant_f64(0), kNone, 4);
    if (sum != kNone) {
      const Reg all = code().op(Op::to_f64, across({sum})[0]);
      const Reg finite = code().op(Op::compare_f64, all, code().constant_f64(0), kNone, 0);
      ok = code().op(Op::mul_f64, ok, finite);
    }
    Val r = result(n);
    r.kind = Val::Kind::scalar;
    if (accepted_) {
      code().require(ok);
      ok = code().constant_f64(1);
    }
    r.scalar = ok;
    vals_[n.out[0]] = std::move(r);
  }

  /// Operands param, grad, slots..., lr, step, ok; results param, slots...
  struct UpdateOf {
    Val *param, *grad, *lr, *step, *ok;
    std::vector<Val*> slots;  // null where absent
  };
  UpdateOf update_of(const nnr_node& n) {
    UpdateOf u{&in(n, 0), &in(n, 1), &in(n, n.n_in - 3), nullptr, &in(n, n.n_in - 1), {}};
    u.step = &in(n, n.n_in - 2);
    for (uint32_t i = 2; i + 3 < n.n_in; ++i) u.slots.push_back(has(n, i) ? &in(n, i) : nullptr);
    for (Val* v : {u.param, u.grad}) {
      if (v->kind != Val::Kind::flat || product(v->shape) > kMostElements) {
        cannot("an update of such a parameter");
      }
    }
    return u;
  }
  /// new: chunks of the result, `i`th after `old`, where the step is accepted.
  void updated(const nnr_node& n, const UpdateOf& u, uint32_t out, Val& old,
               std::vector<Reg> fresh) {
    Val r = result(n, out);
    r.kind = Val::Kind::flat;
    if (!accepted_) {
      const Reg ok = as_float(*u.ok);
      const Reg yes = code().op(Op::compare, ok, code().constant(0.f), kNone, 4);
      for (size_t i = 0; i < fresh.size(); ++i) {
        fresh[i] = code().op(Op::blend, yes, fresh[i], chunk(old, int64_t(i)));
      }
    }
    r.chunks = std::move(fresh);
    vals_[n.out[out]] = std::move(r);
  }
  F gradient(const nnr_node& n, const UpdateOf& u, int64_t i, bool with_decay) {
    const sdk::Attrs a = attrs(n);
    F g = f(chunk(*u.grad, i));
    if (a.flag("maximize")) g = negated(g);
    const float decay = float(a.number("weight_decay"));
    return with_decay && decay != 0 ? fma(f(chunk(*u.param, i)), number(g, decay), g) : g;
  }

  void sgd(const nnr_node& n) {
    const UpdateOf u = update_of(n);
    const sdk::Attrs a = attrs(n);
    const float momentum = float(a.number("momentum"));
    const float take = float(1 - a.number("dampening"));
    const F lr = f(as_float(*u.lr));
    const bool has_buffer = momentum != 0 && !u.slots.empty() && u.slots[0] != nullptr;
    F first = lr;
    if (has_buffer) first = equal(f(as_float(*u.step)), number(lr, 0.f));
    std::vector<Reg> params, buffers;
    for (int64_t i = 0; i < chunks_of(u.param->shape); ++i) {
      const F g = gradient(n, u, i, true);
      F step = g;
      if (has_buffer) {
        const F old = f(chunk(*u.slots[0], i));
        const F scaled = take == 1.f ? g : g * take;
        const F buffer = select(first, g, fma(old, number(g, momentum), scaled));
        buffers.push_back(buffer.reg);
        step = a.flag("nesterov") ? fma(buffer, number(g, momentum), g) : buffer;
      }
      params.push_back(fnma(lr, step, f(chunk(*u.param, i))).reg);
    }
    updated(n, u, 0, *u.param, std::move(params));
    if (has_buffer) updated(n, u, 1, *u.slots[0], std::move(buffers));
  }

  void adam(const nnr_node& n) {
    const UpdateOf u = update_of(n);
    const sdk::Attrs a = attrs(n);
    if (u.slots.size() < 2 || a.flag("amsgrad")) cannot("Adam with amsgrad");
    const auto power = [&](double base) {
      const auto known = std::find_if(r_.powers.begin(), r_.powers.end(),
                                      [&](const Power& p) { return p.base == base; });
      if (known != r_.powers.end()) {
        return code().load_scalar(Op::load_f64, {Mem::kScratch, known->scratch});
      }
      const Mem m = code().scratch(8);
      r_.powers.push_back({base, buffer_of(n.in[n.n_in - 2]), m.offset});
      return code().load_scalar(Op::load_f64, m);
    };
    const double beta1 = a.number("beta1"), beta2 = a.number("beta2");
    const Reg one = code().constant_f64(1);
    const Reg lr = code().op(Op::div_f64, u.lr->scalar, code().op(Op::sub_f64, one, power(beta1)));
    const Reg root = code().op(Op::sqrt_f64, code().op(Op::sub_f64, one, power(beta2)));
    const F step = f(code().op(Op::to_f32, lr)), correction = f(code().op(Op::to_f32, root));
    const double decay = a.number("weight_decay");
    const bool decoupled = a.flag("decoupled");
    F shrink = step;
    if (decoupled && decay != 0) {
      const Reg by = code().op(Op::mul_f64, u.lr->scalar, code().constant_f64(decay));
      shrink = f(code().op(Op::to_f32, code().op(Op::sub_f64, one, by)));
    }
    std::vector<Reg> params, means, squares;
    for (int64_t i = 0; i < chunks_of(u.param->shape); ++i) {
      const F g = gradient(n, u, i, !decoupled), old = f(chunk(*u.slots[0], i));
      const float w = float(1 - beta1);
      const F m = w < 0.5f ? fma(g - old, number(g, w), old) : fnma(g - old, number(g, 1.f - w), g);
      const F v = fma(f(chunk(*u.slots[1], i)), number(g, float(beta2)), g * float(1 - beta2) * g);
      F p = f(chunk(*u.param, i));
      if (decoupled && decay != 0) p = p * shrink;
      const F bottom = tiny::apply(Op::sqrt, v) / correction + float(a.number("eps"));
      params.push_back((p - step * m / bottom).reg);
      means.push_back(m.reg);
      squares.push_back(v.reg);
    }
    updated(n, u, 0, *u.param, std::move(params));
    updated(n, u, 1, *u.slots[0], std::move(means));
    updated(n, u, 2, *u.slots[1], std::move(squares));
  }

  /// Of the incoming gradient and the result of the function.
  void activation_grad(const nnr_node& n, F (*fold)(const F& g, const F& y)) {
    vals_[n.out[0]] = elementwise(result(n), {&in(n, 0), &in(n, 1)},
                                  [&](const std::vector<F>& x) { return fold(x[0], x[1]); });
  }

  const nnr_graph& g_;
  const bool accepted_;
  const int64_t batch_;
  int vectors_ = 1;
  Lowered r_;
  std::vector<Val> vals_;
  std::map<std::pair<const Val*, int64_t>, Reg> elements_;
  std::map<Reg, Reg> floats_;   // of doubles
  std::set<uint32_t> counted_;  // integers and doubles made of truths
};

const std::map<std::string, sdk::Fn>& functions() {
  using sdk::Fn;
  static const std::map<std::string, Fn> all = {{"neg", Fn::neg},
                                                {"exp", Fn::exp},
                                                {"expm1", Fn::expm1},
                                                {"log", Fn::log},
                                                {"log1p", Fn::log1p},
                                                {"tanh", Fn::tanh},
                                                {"sqrt", Fn::sqrt},
                                                {"abs", Fn::abs},
                                                {"erf", Fn::erf},
                                                {"sigmoid", Fn::sigmoid},
                                                {"floor", Fn::floor},
                                                {"sign", Fn::sign},
                                                {"add", Fn::add},
                                                {"sub", Fn::sub},
                                                {"mul", Fn::mul},
                                                {"div", Fn::div},
                                                {"maximum", Fn::max},
                                                {"minimum", Fn::min},
                                                {"lt", Fn::lt},
                                                {"le", Fn::le},
                                                {"gt", Fn::gt},
                                                {"ge", Fn::ge},
                                                {"eq", Fn::eq},
                                                {"ne", Fn::ne},
                                                {"logical_and", Fn::logical_and},
                                                {"logical_or", Fn::logical_or},
                                                {"logical_not", Fn::logical_not},
                                                {"where", Fn::select}};
  return all;
}

void Lowerer::node(const nnr_node& n) {
  static const std::map<std::string, Handler> handlers = {
      {"as_strided", &Lowerer::as_strided},
      {"dynamic_slice", &Lowerer::dynamic_slice},
      {"index_select", &Lowerer::index_select},
      {"cast", &Lowerer::cast},
      {"formula", &Lowerer::formula},
      {"linear", &Lowerer::linear},
      {"matmul", &Lowerer::matmul},
      {"sum", &Lowerer::reduce},
      {"mean", &Lowerer::reduce},
      {"all_finite", &Lowerer::all_finite},
      {"sgd", &Lowerer::sgd},
      {"adam", &Lowerer::adam}};
  const std::string op = name(n);
  if (const auto h = handlers.find(op); h != handlers.end()) return (this->*h->second)(n);
  if (const auto fn = functions().find(op); fn != functions().end()) {
    return by_function(n, fn->second);
  }
  if (op == "copy") {
    vals_[n.out[0]] =
        elementwise(result(n), {&in(n, 0)}, [](const std::vector<F>& x) { return x[0]; });
  } else if (op == "relu") {
    vals_[n.out[0]] = elementwise(result(n), {&in(n, 0)}, [](const std::vector<F>& x) {
      return tiny::apply(Op::max, number(x[0], 0.f), x[0]);  // NaN stays
    });
  } else if (op == "rsqrt") {
    vals_[n.out[0]] = elementwise(result(n), {&in(n, 0)}, [](const std::vector<F>& x) {
      return number(x[0], 1.f) / tiny::apply(Op::sqrt, x[0]);
    });
  } else if (op == "relu_grad") {
    activation_grad(n, [](const F& g, const F& y) {
      return tiny::apply(Op::bit_and, less(number(y, 0.f), y), g);
    });
  } else if (op == "sigmoid_grad") {
    activation_grad(n, [](const F& g, const F& y) { return g * y * (number(y, 1.f) - y); });
  } else if (op == "tanh_grad") {
    activation_grad(n, [](const F& g, const F& y) { return g * fnma(y, y, number(y, 1.f)); });
  } else {
    cannot("the op " + op);
  }
}

void Lowerer::store(int buffer, Val& v) {
  if (v.kind == Val::Kind::scalar) {
    const Mem m{buffer, 0};
    switch (v.dtype) {
      case DType::float64: return code().store(Op::store_f64, m, v.scalar, 1);
      case DType::int64: return code().store(Op::store_i64, m, v.scalar, 1);
      case DType::uint8:
      case DType::boolean: return code().store(Op::store_u8, m, v.scalar, 1);
      default: cannot("a result of " + std::string(sdk::name_of(v.dtype)));
    }
  }
  if (v.dtype != DType::float32) cannot("a result of " + std::string(sdk::name_of(v.dtype)));
  const int64_t n = product(v.shape);
  if (v.kind == Val::Kind::flat) {
    for (int64_t i = 0; i < chunks_of(v.shape); ++i) {
      code().store(Op::store, {buffer, i * 4 * width()}, chunk(v, i),
                   int(std::min<int64_t>(width(), n - i * width())));
    }
    return;
  }
  if (v.kind != Val::Kind::lanes) cannot("a result of such a kind");
  // Lane by lane through scratch memory; side by side where the rows are.
  const Sizes steps = row_major(v.shape), rest = unrolled(v.shape, v.axis);
  const int64_t step = steps[size_t(v.axis)];
  for (int64_t c = 0; c < product(rest); ++c) {
    Sizes at = coordinates(c, rest);
    at.insert(at.begin() + v.axis, 0);
    for (int k = 0; k < vectors_; ++k) {
      const int64_t first = int64_t(k) * width();
      const int count = int(std::min<int64_t>(width(), batch_ - first));
      const int64_t to = 4 * (dot(at, steps) + first * step);
      if (step == 1) {
        code().store(Op::store, {buffer, to}, cell(v, at, k), count);
        continue;
      }
      const Mem m = code().scratch(4 * width());
      code().store(Op::store, m, cell(v, at, k), width());
      for (int l = 0; l < count; ++l) {
        code().store(Op::store, {buffer, to + 4 * l * step},
                     code().load({m.base, m.offset + 4 * l}, 1), 1);
      }
    }
  }
}

}  // namespace

std::optional<Lowered> lower(const nnr_graph& g, bool accepted, std::string* why) {
  try {
    return Lowerer(g, accepted).run();
  } catch (const CannotLower& e) {
    *why = e.what();
    return std::nullopt;
  }
}

}  // namespace nnrun::onednn::tiny
