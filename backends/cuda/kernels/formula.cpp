#include <nnrun/sdk/formula.hpp>

#include "backends/cuda/rules.h"

namespace nnrun::cuda {
namespace {

/// A formula as statements over x0, x1, .. and y0; truths are the numbers 1 and 0.
std::string statements(const Formula& f, const std::vector<double>& a) {
  std::string s;
  for (size_t i = 0; i < f.nodes.size(); ++i) {
    const FormulaNode& n = f.nodes[i];
    const auto arg = [&](int k) { return "t" + std::to_string(n.in[k]); };
    const auto number = [](double v) {
      if (v != v) return std::string("W(0) / W(0)");
      if (v - v != 0) return std::string(v > 0 ? "W(1) / W(0)" : "W(-1) / W(0)");
      return "W(double(" + formula_number(v) + "))";
    };
    std::string v;
    switch (n.fn) {
      case Fn::number: v = number(n.value); break;
      case Fn::x: v = "x" + std::to_string(n.index); break;
      case Fn::a: v = number(a[size_t(n.index)]); break;
      case Fn::neg: v = "-" + arg(0); break;
      case Fn::logical_not: v = "W(" + arg(0) + " == W(0))"; break;
      case Fn::abs: v = "absolute(" + arg(0) + ")"; break;
      case Fn::add:
      case Fn::sub:
      case Fn::mul:
      case Fn::div: v = arg(0) + " " + spelling(n.fn) + " " + arg(1); break;
      case Fn::pow: v = "pow_of(" + arg(0) + ", " + arg(1) + ")"; break;
      case Fn::max: v = "larger(" + arg(0) + ", " + arg(1) + ")"; break;
      case Fn::min: v = "smaller(" + arg(0) + ", " + arg(1) + ")"; break;
      case Fn::lt:
      case Fn::le:
      case Fn::gt:
      case Fn::ge:
      case Fn::eq:
      case Fn::ne: v = "W(" + arg(0) + " " + spelling(n.fn) + " " + arg(1) + ")"; break;
      case Fn::logical_and:
      case Fn::logical_or:
        v = "W(" + arg(0) + " != W(0) " + spelling(n.fn) + " " + arg(1) + " != W(0))";
        break;
      case Fn::select: v = arg(0) + " != W(0) ? " + arg(1) + " : " + arg(2); break;
      default: v = std::string(spelling(n.fn)) + "_of(" + arg(0) + ")"; break;
    }
    s += "const W t" + std::to_string(i) + " = " + v + "; ";
  }
  return s + "y0 = t" + std::to_string(f.result()) + ";";
}

/// The op formula: a plug-in's or a model file's scalar function.
struct FormulaMap {
  static Offer offer(const Desc& d) {
    if (d.inputs() < 1 || d.inputs() >= Walk::kMaxOperands) return no("not 1 to 11 operands");
    std::vector<uint64_t> dtypes(size_t(d.inputs() + 1), same_as(0));
    dtypes[0] = kFloats;
    return elementwise_inplace(accept(d, dtypes), d);
  }
  static Map map(const Desc& d) {
    const std::vector<double> a = d.attrs().numbers("a");
    FormulaNames names;
    names.n_x = d.inputs();
    names.n_a = int(a.size());
    FormulaLimits limits;  // a derivative may be larger than what a user may write
    limits.nodes = FormulaBuilder::kMaxNodes;
    Map m;
    m.shape = d.out(0).shape();
    for (int i = 0; i < d.inputs(); ++i) m.in.push_back(operand_over(d, i, m.shape));
    m.out = {operand_over(d, d.inputs(), m.shape)};
    m.body = std::string("typedef ") + wide_type_of(d.in(0).dtype()) + " W; " +
             statements(parse_formula(d.attrs().text("expr"), names, limits), a);
    return m;
  }
};

}  // namespace

std::vector<KernelDef> kernel_formula() { return map_op<FormulaMap>("formula"); }

}  // namespace nnrun::cuda
