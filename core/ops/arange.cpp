#include <cmath>

#include "core/ops/rules.h"

namespace nnrun {
namespace {

int64_t count(const Attrs& a) {
  const double n = std::ceil((a.number("end") - a.number("start")) / a.number("step"));
  if (!(n >= 0 && n < 0x1p62)) {
    op_error("arange", "from " + a.get("start", AttrKind::number).str() + " to " +
                           a.get("end", AttrKind::number).str() + " by steps of " +
                           a.get("step", AttrKind::number).str() + " gives no list");
  }
  return int64_t(n);
}

}  // namespace

OpDef op_arange() {
  OpDef d;
  d.name = "arange";
  d.doc = "start, start + step, .. below end";
  d.min_in = d.max_in = 0;
  d.attrs = {required_attr("end", AttrKind::number, "where it stops"),
             attr("start", 0.0, "the first"), attr("step", 1.0, "to the next; may be negative"),
             attr("dtype", DType::int64, "of the result")};
  d.flags = kNoGradient;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    return {{c.attrs.dtype("dtype"), {count(c.attrs)}}};
  };
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var>) -> std::vector<Var> {
    const int64_t n = count(a);
    Array values(DType::float64, {n});
    for (int64_t i = 0; i < n; ++i) {
      values.data<double>()[i] = a.number("start") + double(i) * a.number("step");
    }
    return {b.constant(values.cast(a.dtype("dtype")))};
  };
  d.samples = {{{}, {{"end", 5.0}}},
               {{}, {{"end", -1.0}, {"start", 2.0}, {"step", -0.5}, {"dtype", DType::float32}}},
               {{}, {{"end", 3.0}, {"start", 3.0}}}};
  return d;
}

}  // namespace nnrun
