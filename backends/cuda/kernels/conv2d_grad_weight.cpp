#include "backends/cuda/convolution.h"
#include "backends/cuda/dnn_convolution.h"

namespace nnrun::cuda {
namespace {

class Conv2dGradWeight : public Launches {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_convolution(d);
    if (!o.why_not.empty()) return o;
    const double places = double(d.in(0).numel()) / double(std::max<int64_t>(d.in(0).size(1), 1));
    return loops_offer(std::move(o), double(d.out(0).numel()) * places);
  }
  explicit Conv2dGradWeight(const Desc& d) : Launches(d) {
    const Operand gy = d.in(0), x = d.in(1), gw = d.out(0);
    const Walk w = walk_of(gw.shape(), {gw.strides()});
    if (w.numel == 0) return;
    Launch& l =
        add({text_types(), text_math(), text_walk(), text_block(), text_lines(), text_convolution(),
             text_convolution_weight()},
            std::string("extern \"C\" __global__ void kernel(const __grid_constant__ Args a) "
                        "{ conv_weight<") +
                type_of(x.dtype()) + ">(a); }\n",
            grid_of_lines(w.numel, x.size(0) * gy.size(2) * gy.size(3)));
    l.args.walk = w;
    const std::vector<int64_t> n = convolution_numbers(d, x, gw, gy);
    std::copy(n.begin(), n.end(), l.args.n);
    for (int i = 0; i < 3; ++i) l.pointer[size_t(i)] = {i, 0};
  }
};

}  // namespace

std::vector<KernelDef> kernel_conv2d_grad_weight() {
  return with_dnn(kernel<Conv2dGradWeight>("conv2d_grad_weight", "loops"));
}

}  // namespace nnrun::cuda
