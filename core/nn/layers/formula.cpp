#include <nnrun/sdk/formula.hpp>

#include "core/base/text.h"
#include "core/nn/layer_parts.h"

namespace nnrun {
namespace {

/// The place of characters [begin, end) of a text that stands at `mark`, plain or in quotes; `mark`
/// itself when it is written another way.
Where inside(const Where& mark, const std::string& text, size_t begin, size_t end) {
  const int quote = mark.end_col - mark.col == int(text.size()) + 2 ? 1 : 0;
  if (mark.end_col - mark.col != int(text.size()) + 2 * quote) return mark;
  Where w = mark;
  w.col = mark.col + quote + int(begin);
  w.end_col = mark.col + quote + int(end);
  return w;
}

sdk::Formula parse(const LayerScope& s, const std::string& expr, const sdk::FormulaNames& names) {
  try {
    return sdk::parse_formula(expr, names);
  } catch (const sdk::FormulaError& e) {
    auto mark = s.config().marks.find("expr");
    const Where at = mark == s.config().marks.end() ? s.config().where
                                                    : inside(mark->second, expr, e.begin, e.end);
    std::vector<std::string> known = names.a;
    known.insert(known.begin(), s.in.size() == 1 ? "x" : "x0, x1, ...");
    throw Error(Code::model, "expr: " + std::string(e.what()) + ", at character " +
                                 std::to_string(e.begin + 1) + " of '" + printable(expr) + "'")
        .at(at)
        .with_hint("it may use " + join(known));
  }
}

}  // namespace

LayerDef layer_formula() {
  LayerDef d;
  d.name = "Formula";
  d.doc =
      "an elementwise function as text: of x (or x0, x1, ... of several inputs) and of the layer's "
      "other keys";
  d.attrs = {required_attr("expr", AttrKind::text, "the formula: x * sigmoid(beta * x)")};
  d.any_number = true;
  d.max_in = 8;
  d.build = [](LayerScope& s) {
    expect_float(s);
    const std::string& expr = s.attrs.text("expr");
    sdk::FormulaNames names;
    names.n_x = int(s.in.size());
    names.x = {"x"};
    AttrValue::Numbers values;
    for (const auto& [name, value] : s.attrs) {
      if (name == "expr") continue;
      names.a.push_back(name);
      values.push_back(value.kind() == AttrKind::integer ? double(value.ints()[0])
                                                         : value.numbers()[0]);
    }
    names.n_a = int(values.size());
    const sdk::Formula f = parse(s, expr, names);
    return s.b.call("formula", s.in, {{"expr", sdk::to_text(f)}, {"a", values}})[0];
  };
  return d;
}

}  // namespace nnrun
