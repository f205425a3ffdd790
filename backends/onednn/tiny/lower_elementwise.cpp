// Functions of elements, on vectors or on single numbers: ops by name, casts and formulas.
#include "backends/onednn/tiny/lowerer.h"

#include <map>

#include <nnrun/sdk/formula.hpp>

namespace nnrun::onednn::tiny {
namespace {

Sizes narrowed(const Sizes& at, const Sizes& shape) {
  Sizes r(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    r[i] = shape[i] == 1 ? 0 : at[at.size() - shape.size() + i];
  }
  return r;
}

F truth(const F& mask) {  // 1 or 0
  return tiny::apply(Op::bit_and, mask, number(mask, 1.f));
}
F nonzero(const F& x) { return differ(x, number(x, 0.f)); }
F unordered_of(const F& a, const F& b) { return tiny::apply(Op::compare, a, b, 3); }

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

/// In lanes, truths and what is counted from them are float32; other integers are not here.
void check_numbers(const Val& r, const std::vector<Val*>& operands) {
  const bool truth = r.dtype == DType::boolean || r.dtype == DType::float32;
  if (!truth) cannot("numbers that are no float32");
  for (const Val* v : operands) {
    if (v->kind == Val::Kind::rows) cannot("arithmetic on the order of rows");
  }
}

}  // namespace

Val Lowerer::elementwise(Val r, const std::vector<Val*>& operands, const Fold& fold) {
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

Reg Lowerer::as_float(const Val& v) {
  const auto [known, is_new] = floats_.try_emplace(v.scalar, kNone);
  if (is_new) known->second = code().op(Op::to_f32, v.scalar);
  return known->second;
}

bool Lowerer::is_scalar_work(const nnr_node& n) {
  const DType out = desc(n.out[0]).dtype();
  bool any = out != DType::float32;
  for (uint32_t i = 0; i < n.n_in; ++i) {
    const Val& v = in(n, i);
    if (v.kind == Val::Kind::lanes || product(v.shape) != 1) return false;
    any = any || v.kind == Val::Kind::scalar;
  }
  return any && desc(n.out[0]).numel() == 1;
}

Reg Lowerer::as_double(Val& v) {
  if (v.kind == Val::Kind::scalar) return v.scalar;
  const Reg r = v.chunks.empty() ? chunk(v, 0) : v.chunks[0];
  return code().op(Op::to_f64, r);
}

Val Lowerer::of_double(Val r, Reg d) {
  if (r.dtype == DType::float32) {
    r.kind = Val::Kind::flat;
    r.chunks = {code().op(Op::to_f32, d)};
  } else {
    r.kind = Val::Kind::scalar;
    r.scalar = d;
  }
  return r;
}

Reg Lowerer::double_function(sdk::Fn fn, const std::vector<Reg>& x) {
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

void Lowerer::by_function(const nnr_node& n, sdk::Fn fn) {
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
  vals_[n.out[0]] =
      elementwise(std::move(r), operands, [&](const std::vector<F>& x) { return function(fn, x); });
}

void Lowerer::activation_grad(const nnr_node& n, F (*fold)(const F& g, const F& y)) {
  vals_[n.out[0]] = elementwise(result(n), {&in(n, 0), &in(n, 1)},
                                [&](const std::vector<F>& x) { return fold(x[0], x[1]); });
}

bool Lowerer::by_name(const nnr_node& n) {
  const std::string op = name(n);
  if (const auto fn = functions().find(op); fn != functions().end()) {
    by_function(n, fn->second);
  } else if (op == "copy") {
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
    activation_grad(n, [](const F& g, const F& y) { return g * (y * (number(y, 1.f) - y)); });
  } else if (op == "tanh_grad") {
    activation_grad(n, [](const F& g, const F& y) { return g * fnma(y, y, number(y, 1.f)); });
  } else {
    return false;
  }
  return true;
}

void Lowerer::cast(const nnr_node& n) {
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

void Lowerer::formula(const nnr_node& n) {
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

}  // namespace nnrun::onednn::tiny
