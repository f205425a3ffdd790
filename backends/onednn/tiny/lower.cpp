// The program as a whole: what is given, the nodes one after the other, what is stored.
#include "backends/onednn/tiny/lowerer.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace nnrun::onednn::tiny {
namespace {

constexpr int64_t kMostBatch = 64;

}  // namespace

Lowerer::Lowerer(const nnr_graph& g, bool accepted)
    : g_(g), accepted_(accepted), batch_(batch_of(g)), r_{Code(batch_ <= 4 ? 4 : 8), {}, {}} {
  vectors_ = int((batch_ + width() - 1) / width());
}

int64_t Lowerer::batch_of(const nnr_graph& g) {
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

Lowered Lowerer::run() {
  vals_.resize(g_.n_val);
  for (uint32_t i = 0; i < g_.n_in; ++i) vals_[g_.in[i]] = given(int(i), g_.in[i]);
  for (uint32_t i = 0; i < g_.n_node; ++i) node(*g_.node[i]);
  // A result may lie where an operand does: all is read before anything is written.
  for (uint32_t i = 0; i < g_.n_out; ++i) {
    Val& v = vals_[g_.out[i]];
    if (v.kind == Val::Kind::flat) chunk(v, 0);
  }
  for (uint32_t i = 0; i < g_.n_out; ++i) store(int(g_.n_in + i), vals_[g_.out[i]]);
  return std::move(r_);
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
  if (!by_name(n)) cannot("the op " + op);
}

Val& Lowerer::in(const nnr_node& n, uint32_t i) {
  if (i >= n.n_in || n.in[i] == NNR_NONE) cannot(name(n) + ": an operand is absent");
  Val& v = vals_[n.in[i]];
  if (v.kind == Val::Kind::none) cannot(name(n) + ": an operand of a kind that is not known");
  return v;
}

Val Lowerer::result(const nnr_node& n, uint32_t i) const {
  Val v;
  v.dtype = desc(n.out[i]).dtype();
  v.shape = desc(n.out[i]).shape();
  return v;
}

Val Lowerer::given(int buffer, uint32_t v) {
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

bool Lowerer::looks_up() const {
  for (uint32_t i = 0; i < g_.n_node; ++i) {
    if (name(*g_.node[i]) == "index_select") return true;
  }
  return false;
}

int Lowerer::buffer_of(uint32_t v) const {
  for (uint32_t i = 0; i < g_.n_in; ++i) {
    if (g_.in[i] == v) return int(i);
  }
  cannot("rows of a value that is made in the step");
}

Reg Lowerer::scalar_of(int buffer, const sdk::Operand& d) {
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

std::optional<Lowered> lower(const nnr_graph& g, bool accepted, std::string* why) {
  try {
    return Lowerer(g, accepted).run();
  } catch (const CannotLower& e) {
    *why = e.what();
    return std::nullopt;
  }
}

}  // namespace nnrun::onednn::tiny
