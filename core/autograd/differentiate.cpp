#include "core/autograd/differentiate.h"

#include <array>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {
namespace {

/// Which values depend on wrt: gradients of the others are never made.
std::vector<bool> dependents(const Graph& g, std::span<const Var> wrt) {
  std::vector<bool> depends(g.values.size(), false);
  for (const Var& v : wrt) depends[v.id] = true;
  for (const Node& n : g.nodes) {
    bool any = false;
    for (ValueId v : n.in) any = any || (v != kNoValue && depends[v]);
    if (!any || find_op(n.op).has(kNoGradient)) continue;
    for (ValueId v : n.out) depends[v] = is_float(g.type(v).dtype);
  }
  return depends;
}

}  // namespace

std::vector<Var> differentiate(GraphBuilder& b, Var loss, std::span<const Var> wrt) {
  Graph& g = b.graph;
  if (loss.shape().numel() != 1) {
    throw Error(Code::model,
                "a gradient is taken of a scalar, not of a value of shape " + loss.shape().str());
  }
  const std::vector<bool> depends = dependents(g, wrt);
  std::vector<Var> grad(g.values.size());
  if (depends[loss.id]) grad[loss.id] = full(b, loss.dtype(), loss.shape(), 1);

  const std::string layer = b.layer;
  const Where where = b.where;
  for (size_t i = g.nodes.size(); i-- > 0;) {
    const Node n = g.nodes[i];  // a copy: rules append nodes
    std::vector<Var> in, out, gout;
    bool flows = false;
    for (ValueId v : n.out) {
      out.push_back(b.var(v));
      gout.push_back(grad[v]);
      flows = flows || grad[v];
    }
    // std::vector<bool> is not an array of bool, and a rule sees a span.
    std::vector<uint8_t> want;
    for (ValueId v : n.in) {
      in.push_back(b.var(v));
      want.push_back(v != kNoValue && depends[v]);
    }
    if (!flows || std::find(want.begin(), want.end(), 1) == want.end()) continue;

    const OpDef& def = find_op(n.op);
    b.layer = n.layer;
    b.where = n.where;
    if (!def.gradient) {
      throw Error(Code::model, (n.layer.empty() ? "" : "layer '" + n.layer + "': ") + "op '" +
                                   n.op + "' has no gradient, so nothing before it can be trained")
          .at(n.where);
    }
    static_assert(sizeof(bool) == sizeof(uint8_t));
    const GradCall c{
        n.attrs, in, out, gout, {reinterpret_cast<const bool*>(want.data()), want.size()}};
    const std::vector<Var> gin = def.gradient(b, c);
    for (size_t k = 0; k < n.in.size() && k < gin.size(); ++k) {
      if (!want[k] || !gin[k]) continue;
      const ValueId v = n.in[k];
      if (gin[k].type() != g.type(v)) {
        throw Error(Code::internal, "the gradient of '" + n.op + "' for operand " +
                                        std::to_string(k) + " is " + gin[k].type().str() +
                                        ", the operand " + g.type(v).str());
      }
      grad[v] = grad[v] ? add(grad[v], gin[k]) : gin[k];
    }
  }
  b.layer = layer;
  b.where = where;

  std::vector<Var> result;
  for (const Var& v : wrt) result.push_back(grad[v.id]);
  return result;
}

}  // namespace nnrun
