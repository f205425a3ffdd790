#include "core/plugin/adapt.h"

#include <deque>

#include "core/base/text.h"
#include "core/ops/rules.h"
#include "core/plugin/attrs_abi.h"
#include "core/plugin/backend.h"
#include "core/plugin/builder_facade.h"
#include "core/plugin/op_desc.h"

namespace nnrun {
namespace {

using Operand = OpDesc::Operand;

std::string string_of(nnr_str s) { return std::string(s.ptr, size_t(s.len)); }

/// An op of a plug-in, and what its messages call it.
struct Op {
  const nnr_op* abi;
  std::string name, who;
};

std::vector<Operand> operands(const std::vector<const Type*>& types) {
  std::vector<Operand> r;
  for (const Type* t : types) r.push_back(t ? Operand(*t) : Operand::absent());
  return r;
}
std::vector<Operand> operands(std::span<const Var> vars) {
  std::vector<Operand> r;
  for (const Var& v : vars) r.push_back(v ? Operand(v.type()) : Operand::absent());
  return r;
}
std::vector<Operand> operands(const std::vector<Type>& types) {
  return std::vector<Operand>(types.begin(), types.end());
}

OpDesc describe(const Op& op, const Attrs& attrs, const std::vector<Operand>& in,
                const std::vector<Operand>& out) {
  return OpDesc(op.name, int(op.abi->op_rev), attrs, in, out);
}

std::vector<Type> infer(const Op& op, const OpCall& c) {
  const std::vector<Operand> unknown(op.abi->n_out, Operand::absent());
  const OpDesc desc = describe(op, c.attrs, operands(c.in), unknown);
  std::deque<TensorDesc> room(op.abi->n_out);
  std::vector<nnr_tdesc*> out;
  for (TensorDesc& t : room) out.push_back(t.get());
  const AbiResult r =
      abi_try([&](nnr_err* e) { return may_throw(op.abi->infer)(desc.get(), out.data(), e); });
  if (r.status == NNR_E_INVALID) {
    op_error(op.name, r.text.empty() ? "the operands do not fit" : printable(r.text, 900));
  }
  if (r.status != NNR_OK) throw abi_error(op.who + ": infer", r.status, r.text);
  std::vector<Type> types;
  for (const TensorDesc& t : room) types.push_back(type_of(*t.get(), op.who + ": infer"));
  return types;
}

std::vector<Var> compose(const Op& op, Builder& b, const Attrs& attrs, std::span<const Var> in) {
  OpCall call{attrs, {}};
  for (const Var& v : in) call.in.push_back(v ? &v.type() : nullptr);
  const std::vector<Type> types = infer(op, call);
  const OpDesc desc = describe(op, attrs, operands(in), operands(types));
  BuilderFacade facade(b, op.who + ": compose");
  std::vector<uint32_t> in_id, out_id(types.size(), NNR_NONE);
  for (const Var& v : in) in_id.push_back(facade.id(v));
  facade.call([&](nnr_err* e) {
    return may_throw(op.abi->compose)(desc.get(), facade.get(), in_id.data(), out_id.data(), e);
  });
  std::vector<Var> out;
  for (size_t i = 0; i < types.size(); ++i) {
    out.push_back(facade.var(out_id[i]));
    if (!out[i] || out[i].type() != types[i]) {
      throw Error(Code::backend, op.who + ": compose gives " +
                                     (out[i] ? out[i].type().str() : "nothing") + " as output " +
                                     std::to_string(i) + ", infer says " + types[i].str());
    }
  }
  return out;
}

std::vector<Var> gradient(const Op& op, Builder& b, const GradCall& c) {
  const OpDesc desc = describe(op, c.attrs, operands(c.in), operands(c.out));
  BuilderFacade facade(b, op.who + ": gradient");
  auto ids = [&](std::span<const Var> vars) {
    std::vector<uint32_t> r;
    for (const Var& v : vars) r.push_back(facade.id(v));
    return r;
  };
  const std::vector<uint32_t> in = ids(c.in), out = ids(c.out), gout = ids(c.gout);
  const std::vector<uint8_t> want(c.want.begin(), c.want.end());
  std::vector<uint32_t> gin(c.in.size(), NNR_NONE);
  facade.call([&](nnr_err* e) {
    return may_throw(op.abi->gradient)(desc.get(), facade.get(), in.data(), out.data(), gout.data(),
                                       want.data(), gin.data(), e);
  });
  std::vector<Var> r;
  for (size_t i = 0; i < gin.size(); ++i) {
    r.push_back(facade.var(gin[i]));
    if (r[i] && (!c.in[i] || r[i].type() != c.in[i].type())) {
      throw Error(Code::backend, op.who + ": the gradient of input " + std::to_string(i) + " is " +
                                     r[i].type().str() + ", expected " +
                                     (c.in[i] ? c.in[i].type().str() : "none"));
    }
  }
  return r;
}

}  // namespace

OpDef adapt_op(const nnr_op& abi, const std::string& plugin) {
  const std::string name = string_of(abi.name);
  const Op op = {&abi, name, "op '" + name + "' of plug-in " + plugin};
  OpDef d;
  d.name = name;
  d.doc = string_of(abi.doc);
  d.rev = int(abi.op_rev);
  d.min_in = int(abi.min_in);
  d.max_in = int(abi.max_in);
  d.n_out = int(abi.n_out);
  d.attrs = decls_of(abi.attr, abi.n_attr, op.who);
  if (abi.flags & NNR_OP_SURROGATE) d.flags |= kSurrogate;
  if (abi.flags & NNR_OP_ZERO_TO_ZERO) d.flags |= kElementwise | kZeroToZero;
  if (abi.compose == nullptr && abi.kernels == nullptr) d.dtypes = abi.call_dtypes;
  d.infer = [op](const OpCall& c) { return infer(op, c); };
  if (abi.compose != nullptr) {
    d.compose = [op](Builder& b, const Attrs& attrs, std::span<const Var> in) {
      return compose(op, b, attrs, in);
    };
  }
  if (abi.gradient != nullptr) {
    d.gradient = [op](Builder& b, const GradCall& c) { return gradient(op, b, c); };
  }
  d.plugin = &abi;
  return d;
}

OpDef adapt_scalar(const nnr_scalar& s, const std::string& plugin) {
  const std::string name = string_of(s.name), who = "scalar '" + name + "' of plug-in " + plugin;
  OpDef d;
  d.name = name;
  d.doc = string_of(s.doc);
  d.min_in = d.max_in = int(s.n_in);
  d.attrs = decls_of(s.attr, s.n_attr, who);
  d.flags = kElementwise;
  if (s.flags & NNR_S_ZERO_TO_ZERO) d.flags |= kZeroToZero;
  if (s.flags & NNR_S_SURROGATE) d.flags |= kSurrogate;
  d.infer = elementwise(name);

  std::vector<std::string> names;
  for (const AttrDecl& a : d.attrs) names.push_back(a.name);
  auto formula = [names](Builder& b, const std::string& text, const Attrs& attrs,
                         std::span<const Var> in) {
    std::vector<double> a;
    for (const std::string& n : names) a.push_back(attrs.number(n));
    return b.call("formula", in, {{"expr", text}, {"a", a}}).at(0);
  };
  d.compose = [formula, value = string_of(s.value)](Builder& b, const Attrs& attrs,
                                                    std::span<const Var> in) -> std::vector<Var> {
    return {formula(b, value, attrs, in)};
  };
  if (s.derivative != nullptr) {
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < s.n_in; ++i) texts.push_back(string_of(s.derivative[i]));
    d.gradient = [formula, texts](Builder& b, const GradCall& c) {
      std::vector<Var> gin(c.in.size());
      for (size_t i = 0; i < gin.size(); ++i) {
        if (!c.want[i] || !c.gout[0]) continue;
        gin[i] = sum_to(c.gout[0] * formula(b, texts[i], c.attrs, c.in), c.in[i].shape());
      }
      return gin;
    };
  }

  // A formula that does not parse is found now, not when a model is built.
  try {
    Graph g;
    GraphBuilder b(g);
    std::vector<Var> in(s.n_in), gout(1);
    for (Var& v : in) v = scalar(b, DType::float32, 0.5);
    gout[0] = in[0];
    Attrs attrs;
    for (const AttrDecl& a : d.attrs) attrs.set(a.name, a.required ? AttrValue(1.0) : a.dflt);
    const std::vector<Var> out = d.compose(b, attrs, in);
    const std::unique_ptr<bool[]> want(new bool[s.n_in]);
    std::fill_n(want.get(), s.n_in, true);
    if (d.gradient) d.gradient(b, GradCall{attrs, in, out, gout, {want.get(), s.n_in}});
  } catch (const Error& e) {
    throw Error(Code::backend, who + ": " + e.what()).with_hint(e.hint());
  }
  return d;
}

}  // namespace nnrun
