#include "backends/cuda/convolution.h"
#include "backends/cuda/dnn_convolution.h"

namespace nnrun::cuda {
namespace {

class Conv2dGradInput : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_convolution(d);
    if (!o.why_not.empty()) return o;
    const double taps = double(d.in(1).numel()) / double(std::max<int64_t>(d.in(1).size(1), 1));
    return loops_offer(std::move(o), double(d.out(0).numel()) * taps);
  }
  explicit Conv2dGradInput(const Desc& d) : MapKernel(d) {
    Map m;
    m.shape = d.out(0).shape();
    m.in = {address_of(d, 0, m.shape), address_of(d, 1, m.shape)};
    m.out = {operand_over(d, 2, m.shape)};
    m.body = "y0 = conv_x(a, p0, p1, i);";
    m.n = convolution_numbers(d, d.out(0), d.in(1), d.in(0));
    m.parts = {text_convolution()};
    add_map(m);
  }
};

}  // namespace

std::vector<KernelDef> kernel_conv2d_grad_input() {
  return with_dnn(kernel<Conv2dGradInput>("conv2d_grad_input", "loops"));
}

}  // namespace nnrun::cuda
