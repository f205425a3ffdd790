// Updates of parameters by optimizers.
#include "backends/onednn/tiny/lowerer.h"

#include <algorithm>

namespace nnrun::onednn::tiny {

/// Operands param, grad, slots..., lr, step, ok; results param, slots...
struct Lowerer::UpdateOf {
  Val *param, *grad, *lr, *step, *ok;
  std::vector<Val*> slots;  // null where absent
};

Lowerer::UpdateOf Lowerer::update_of(const nnr_node& n) {
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

void Lowerer::updated(const nnr_node& n, const UpdateOf& u, uint32_t out, Val& old,
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

F Lowerer::gradient(const nnr_node& n, const UpdateOf& u, int64_t i, bool with_decay) {
  const sdk::Attrs a = attrs(n);
  F g = f(chunk(*u.grad, i));
  if (a.flag("maximize")) g = negated(g);
  const float decay = float(a.number("weight_decay"));
  return with_decay && decay != 0 ? fma(f(chunk(*u.param, i)), number(g, decay), g) : g;
}

void Lowerer::sgd(const nnr_node& n) {
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

void Lowerer::adam(const nnr_node& n) {
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

}  // namespace nnrun::onednn::tiny
