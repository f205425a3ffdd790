#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_adaptive_avg_pool2d(const OpCall& c) {
  takes("adaptive_avg_pool2d", c, 0, sdk::kFloats);
  const Shape& x = c.shape(0);
  need_rank("adaptive_avg_pool2d", "input", x, 4);
  if (x[2] < 1 || x[3] < 1) {
    op_error("adaptive_avg_pool2d", "input " + x.str() + " has no elements to average");
  }
  const Ints& out = c.attrs.integers("output_size");
  return {{c.dtype(0), {x[0], x[1], out[0], out[1]}}};
}

}  // namespace

OpDef op_adaptive_avg_pool2d() {
  OpDef d;
  d.name = "adaptive_avg_pool2d";
  d.doc =
      "means of x (N, C, H, W) over output_size windows; window o of OH covers rows "
      "floor(o H / OH) up to ceil((o + 1) H / OH)";
  d.attrs = {required_attr("output_size", AttrKind::integer, "height and width of the result")
                 .count(2, 2)
                 .at_least(1)};
  d.infer = infer_adaptive_avg_pool2d;
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const Shape& x = c.in[0].shape();
    return {b.call1("adaptive_avg_pool2d_grad", {c.gout[0]}, {{"input_size", Ints{x[2], x[3]}}})};
  };
  d.samples = {{{{{2, 3, 6, 4}}}, {{"output_size", Ints{1, 1}}}},
               {{{{1, 2, 7, 5}}}, {{"output_size", Ints{3, 4}}}},
               {{{{2, 1, 2, 3}}}, {{"output_size", Ints{4, 5}}}},
               {{{{0, 2, 4, 4}}}, {{"output_size", Ints{2, 2}}}}};
  return d;
}

}  // namespace nnrun
