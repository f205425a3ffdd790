#include "backends/cuda/pool.h"

namespace nnrun::cuda {
namespace {

/// gy added up at index in planes of gx; an index outside is skipped. Sums are wide, in the
/// workspace, and made in any order.
class Atomic : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    if (d.deterministic()) return no("sums in any order");
    Offer o = accept(d, {kFloats, NNR_I32, same_as(0)});
    o.flags &= ~uint32_t(NNR_K_DETERMINISTIC);
    if (o.why_not.empty()) o.workspace_bytes = uint64_t(d.out(0).numel()) * sizeof(double);
    return o;
  }
  explicit Atomic(const Desc& d) : MapKernel(d) {
    const DType wide = d.out(0).dtype() == DType::float64 ? DType::float64 : DType::float32;
    const std::vector<int64_t> rows = row_major(d.out(0).shape());
    const MapOperand sums = {wide, rows, {Launch::kWorkspace, 0}};
    Map begin;
    begin.shape = d.out(0).shape();
    begin.out = {sums};
    begin.body = "y0 = 0;";
    add_map(begin);

    Map add;
    add.shape = d.in(0).shape();
    add.in = {operand_over(d, 0, add.shape),
              operand_over(d, 1, add.shape),
              {wide, {rows[0], rows[1], 0, 0}, {Launch::kWorkspace, 0}, true}};
    add.n = {d.out(0).size(2) * d.out(0).size(3)};
    add.body = std::string("if (x1 >= 0 && x1 < a.n[0]) atomicAdd((") + type_of(wide) +
               "*)p2 + o2 + x1, x0);";
    add_map(add);

    Map end;
    end.shape = begin.shape;
    end.in = {sums};
    end.out = {operand_over(d, 2, end.shape)};
    end.body = "y0 = x0;";
    add_map(end);
  }
};

/// The same in the order of gy: each thread looks through the plane for what is its element's.
class Ordered : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kFloats, NNR_I32, same_as(0)});
    if (!o.why_not.empty()) return o;
    o.est_ns += double(d.out(0).numel()) * double(d.in(0).size(2) * d.in(0).size(3)) / 1000;
    return o;
  }
  explicit Ordered(const Desc& d) : MapKernel(d) {
    const Operand gy = d.in(0), index = d.in(1);
    Map m;
    m.shape = d.out(0).shape();
    m.in = {planes(d, 0), planes(d, 1)};
    m.out = {operand_over(d, 2, m.shape)};
    m.n = {m.shape[2] * m.shape[3], gy.size(2),     gy.size(3), gy.stride(2), gy.stride(3),
           index.stride(2),         index.stride(3)};
    m.body =
        "const i64 mine = i % a.n[0]; y0 = 0; "
        "for (i64 h = 0; h < a.n[1]; ++h) for (i64 w = 0; w < a.n[2]; ++w) "
        "if (p1[o1 + h * a.n[5] + w * a.n[6]] == mine) y0 += widen(p0[o0 + h * a.n[3] + w * "
        "a.n[4]]);";
    add_map(m);
  }
};

}  // namespace

std::vector<KernelDef> kernel_max_pool2d_grad() {
  return {kernel<Atomic>("max_pool2d_grad", "atomic"),
          kernel<Ordered>("max_pool2d_grad", "ordered")};
}

}  // namespace nnrun::cuda
