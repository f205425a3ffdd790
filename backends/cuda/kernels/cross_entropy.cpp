#include "backends/cuda/class_loss.h"
#include "backends/cuda/map.h"

namespace nnrun::cuda {
namespace {

class CrossEntropy : public ClassLoss {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes = {kFloats, NNR_I64, same_as(0)};
    if (d.inputs() == 3) dtypes.insert(dtypes.begin() + 2, optional(same_as(0)));
    Offer o = accept(d, dtypes);
    if (o.why_not.empty() && d.in(0).size(1) == 0) return no("no classes");
    if (o.why_not.empty()) o.workspace_bytes = 2 * half(d);
    return o;
  }
  explicit CrossEntropy(const Desc& d) : ClassLoss(d, 0) {
    const Operand x = d.in(0), target = d.in(1);
    const int result = d.inputs();
    const Walk w = walk_of(target.shape(), {rows(x.strides()), target.strides()});
    const int64_t weights = int64_t(half(d));
    if (w.numel > 0) {
      Launch& each = launch(d, "cross_entropy_rows", grid_of_lines(w.numel, x.size(1)));
      each.args.walk = w;
      each.pointer[0] = {0, 0};
      each.pointer[1] = {1, 0};
      each.pointer[2] = {Launch::kWorkspace, 0};
      each.pointer[3] = {Launch::kWorkspace, weights};
      if (d.in(2)) each.pointer[4] = {2, 0};
    }
    if (none_) {
      if (w.numel == 0) return;
      const std::string wide = wide_type_of(x.dtype());
      Launch& l = add({text_types(), text_math(), text_walk()},
                      "extern \"C\" __global__ void kernel(const __grid_constant__ Args a) {\n"
                      "  for (i64 i = first_thread(); i < a.walk.numel; i += all_threads())\n"
                      "    ((" +
                          type_ + "*)a.p[1])[locate<1>(a.walk, i).at[0]] = convert<" + type_ +
                          ">(((const " + wide + "*)a.p[0])[i]);\n}\n",
                      grid_for(w.numel, 1, device().processors()));
      l.args.walk = walk_of(target.shape(), {d.out(0).strides()});
      l.pointer[0] = {Launch::kWorkspace, 0};
      l.pointer[1] = {result, 0};
      return;
    }
    Launch& total = launch(d, "cross_entropy_total", {1, 256});
    total.args.n[0] = w.numel;
    total.pointer[0] = {Launch::kWorkspace, 0};
    total.pointer[1] = {Launch::kWorkspace, weights};
    total.pointer[2] = {result, 0};
  }

 private:
  /// Bytes of a wide number for each row.
  static uint64_t half(const Desc& d) {
    return (uint64_t(d.in(1).numel()) * wide_bytes(d.in(0)) + 63) / 64 * 64;
  }
};

}  // namespace

std::vector<KernelDef> kernel_cross_entropy() { return one<CrossEntropy>("cross_entropy"); }

}  // namespace nnrun::cuda
