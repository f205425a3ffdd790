#include "backends/onednn/layout.h"
#include "backends/onednn/winograd.h"

namespace nnrun::onednn {
namespace {

class Reorder : public PipelineKernel {
 public:
  static Offer offer(const Desc& d) {
    if (d.inputs() != 1 || d.outputs() != 1) return no("one operand and one result");
    const Operand x = d.in(0), y = d.out(0);
    if (x.layout().empty() && y.layout().empty()) return no("no layouts to reorder between");
    if (x.shape() != y.shape() || x.dtype() != y.dtype()) return no("another type");
    if (!x.contiguous() || !y.contiguous()) return no("strided");
    if (x.dtype() != DType::float32 && x.dtype() != DType::bfloat16 && x.dtype() != DType::int32)
      return no(std::string("not for ") + name_of(x.dtype()));
    if (x.numel() == 0) return no("no elements");
    const int threads = threads_for(d, x.numel());
    Pipeline p(threads);
    try {
      if (!build(d, threads, &p)) return no("oneDNN would do it by a reference implementation");
    } catch (const dnnl::error& e) {
      return no(e.what());
    } catch (const Failure& e) {
      return no(e.what());
    }
    Offer o = yes(500 + double(x.bytes() + y.bytes()) / 8 / threads);
    o.workspace_bytes = p.workspace_bytes();
    if (threads > 1) o.flags |= NNR_K_OWN_THREADS;
    return o;
  }
  explicit Reorder(const Desc& d) : PipelineKernel(threads_for(d, d.in(0).numel())) {
    build(d, threads_for(d, d.in(0).numel()), &pipeline_);
  }

 private:
  static bool build(const Desc& d, int threads, Pipeline* p) {
    const ThreadLimit limit(threads);
    const Operand x = d.in(0), y = d.out(0);
    const memory::data_type t = to_dnnl(x.dtype());
    // Of the weights of a convolution in groups, both sides have the groups as a dimension.
    const auto side = [&](const Operand& o, const Operand& other) {
      const memory::desc m = described(o.shape(), t, o.layout());
      if (!o.layout().empty() || other.layout().empty()) return m;
      return row_major(compat::dims_of(described(o.shape(), t, other.layout())), t);
    };
    return p->reorder(p->operand(side(x, y), 0), p->operand(side(y, x), 1));
  }
};

}  // namespace

std::vector<KernelDef> kernel_reorder() {
  return {kernel<Reorder>("reorder", "onednn"), winograd_weights_kernel()};
}

}  // namespace nnrun::onednn
