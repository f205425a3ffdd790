// The optimizers' updates, one launch each: operands param, grad, slots, lr, step, ok; results the
// new param and the new present slots. ok = 0 leaves everything as it was.
#pragma once

#include <nnrun/sdk/formula.hpp>

#include "backends/cuda/rules.h"

namespace nnrun::cuda {

class Update {
 public:
  /// The text of an update sees param, grad (with maximize and a coupled weight_decay in it),
  /// slot0, slot1, .. (of present slots), lr and step (double), all but those two in W; it sets
  /// new_param and new0, new1, .. of present slots.
  struct Rule {
    std::string text;
    bool coupled = true;
  };

  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(size_t(d.inputs() + d.outputs()), optional(same_as(0)));
    const size_t n = size_t(d.inputs());
    if (n < 5) return no("too few operands");
    dtypes[0] = kFloats;
    dtypes[1] = same_as(0);
    dtypes[n - 3] = NNR_F64;
    dtypes[n - 2] = NNR_I64;
    dtypes[n - 1] = NNR_U8;
    Offer o = accept(d, dtypes);
    if (!o.why_not.empty()) return o;
    uint32_t out = 0;
    for (uint32_t i = 0; i + 3 < n; ++i) {  // param and the slots, over themselves
      if (i == 1 || !d.in(int(i))) continue;
      if (d.in(int(i)).strides() == d.out(int(out)).strides()) o.inplace.push_back({i, out});
      ++out;
    }
    return o;
  }

 protected:
  /// An attribute as text: in double, and in W.
  static std::string number(const Desc& d, const char* name) {
    return "double(" + formula_number(d.attrs().number(name)) + ")";
  }
  static std::string narrow(const Desc& d, const char* name) {
    return "W(" + number(d, name) + ")";
  }

  static Map update(const Desc& d, const Rule& rule) {
    const int n = d.inputs();
    Map m;
    m.shape = d.in(0).shape();
    std::string body = std::string("typedef ") + wide_type_of(d.in(0).dtype()) + " W; ";
    std::string end = "const bool good = ok != 0; y0 = good ? new_param : x0; ";
    std::string declared = "W new_param = x0; ";
    int slots = 0;
    for (int i = 0; i < n; ++i) {
      if (!d.in(i)) continue;
      m.in.push_back(operand_over(d, i, m.shape));
      m.in.back().single = i >= n - 3;
      const std::string x = "x" + std::to_string(m.in.size() - 1);
      if (i == n - 3) body += "const double lr = " + x + "; ";
      if (i == n - 2) body += "const double step = double(" + x + "); ";
      if (i == n - 1) body += "const u8 ok = " + x + "; ";
      if (i >= 2 && i < n - 3) {
        const std::string k = std::to_string(slots++);
        body += "const W slot" + k + " = " + x + "; ";
        declared += "W new" + k + " = " + x + "; ";
        end += "y" + std::to_string(slots) + " = good ? new" + k + " : " + x + "; ";
      }
    }
    body += "const W param = x0; W grad = x1; ";
    if (d.attrs().flag("maximize")) body += "grad = -grad; ";
    if (rule.coupled && d.attrs().number("weight_decay") != 0) {
      body += "grad = grad + param * " + narrow(d, "weight_decay") + "; ";
    }
    for (int i = 0; i <= slots; ++i) m.out.push_back(operand_over(d, n + i, m.shape));
    m.body = body + declared + rule.text + end;
    return m;
  }
};

}  // namespace nnrun::cuda
