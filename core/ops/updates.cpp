#include "core/ops/updates.h"

#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

using Slots = std::vector<UpdateSlot>;

void need_scalar(const std::string& op, const OpCall& c, size_t i, const char* what, DType t) {
  if (!c.has(i)) op_error(op, std::string("needs ") + what);
  takes(op, c, i, sdk::mask_of(t));
  need_shape(op, what, c.shape(i), {});
}

std::vector<Type> infer_update(const std::string& op, const Slots& slots, const OpCall& c) {
  takes(op, c, 0, sdk::kFloats);
  same_dtype(op, c, 0, 1 + slots.size());
  need_shape(op, "grad", c.shape(1), c.shape(0));
  std::vector<Type> out{c.type(0)};
  for (size_t i = 0; i < slots.size(); ++i) {
    const bool needed = slots[i].present(c.attrs);
    if (c.has(2 + i) != needed) {
      op_error(op, slots[i].name + (needed ? " is absent, but " : " is given, but not ") +
                       "needed with " + c.attrs.str());
    }
    if (!needed) continue;
    need_shape(op, slots[i].name.c_str(), c.shape(2 + i), c.shape(0));
    out.push_back(c.type(2 + i));
  }
  need_scalar(op, c, slots.size() + 2, "lr", DType::float64);
  need_scalar(op, c, slots.size() + 3, "step", DType::int64);
  need_scalar(op, c, slots.size() + 4, "ok", DType::uint8);
  return out;
}

}  // namespace

OpDef update_op(std::string name, std::string doc, Slots slots, std::vector<AttrDecl> attrs,
                UpdateRule rule, bool (*coupled)(const Attrs&)) {
  OpDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.min_in = 2;
  d.max_in = int(slots.size()) + 5;
  d.n_out = int(slots.size()) + 1;
  d.flags = kNoGradient;
  d.attrs = std::move(attrs);
  d.attrs.push_back(attr("weight_decay", 0.0, "times the parameter: pulls it to 0").at_least(0));
  d.attrs.push_back(attr("maximize", false, "go up the gradient"));
  d.infer = [name, slots](const OpCall& c) { return infer_update(name, slots, c); };
  d.compose = [slots, rule, coupled](Builder&, const Attrs& a, std::span<const Var> in) {
    const size_t n = slots.size();
    const double decay = a.number("weight_decay");
    UpdateArgs u{a, widened(in[0]), widened(in[1]), {}, in[n + 2], in[n + 3]};
    if (a.flag("maximize")) u.grad = neg(u.grad);
    if (decay != 0 && coupled(a)) u.grad = u.grad + u.param * decay;
    std::vector<Var> old{in[0]};
    for (size_t i = 0; i < n; ++i) {
      u.slots.push_back(widened(in[2 + i]));
      if (in[2 + i]) old.push_back(in[2 + i]);
    }
    const Var ok = cast(in[n + 4], DType::boolean);
    std::vector<Var> out;
    for (Var v : rule(u)) {
      if (!v) continue;
      const Var before = old[out.size()];
      out.push_back(where(ok, cast(v, before.dtype()), before));
    }
    return out;
  };
  return d;
}

std::vector<Sample> update_samples(const OpDef& op, const Slots& slots,
                                   const std::vector<Attrs>& attrs) {
  std::vector<Sample> samples;
  const auto add = [&](const Attrs& a, const Shape& shape, double step, double ok) {
    Sample s{{{shape}, {shape}}, a};
    const Attrs full = complete(op.attrs, a, op.name);
    for (const UpdateSlot& slot : slots) {
      s.in.push_back({shape, slot.lo, slot.hi});
      s.in.back().absent = !slot.present(full);
    }
    s.in.push_back({{}, 0.05, 0.1, DType::float64, true});
    s.in.push_back({{}, step, step, DType::int64, true});
    s.in.push_back({{}, ok, ok, DType::uint8, true});
    samples.push_back(std::move(s));
  };
  for (const Attrs& a : attrs) {
    add(a, {3, 5}, 0, 1);
    add(a, {37}, 4, 1);
  }
  add(attrs[0], {2, 3}, 4, 0);
  add(attrs[0], {0, 3}, 1, 1);
  return samples;
}

Var lerp(Var a, Var b, double w) { return w < 0.5 ? a + (b - a) * w : b - (b - a) * (1 - w); }

}  // namespace nnrun
