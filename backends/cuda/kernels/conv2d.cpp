#include "backends/cuda/convolution.h"
#include "backends/cuda/dnn_convolution.h"

namespace nnrun::cuda {
namespace {

class Conv2d : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_convolution(d);
    if (!o.why_not.empty()) return o;
    const double taps = double(d.in(1).numel()) / double(std::max<int64_t>(d.in(1).size(0), 1));
    return loops_offer(std::move(o), double(d.out(0).numel()) * taps);
  }
  explicit Conv2d(const Desc& d) : MapKernel(d) {
    Map m;
    m.shape = d.out(0).shape();
    m.in = {address_of(d, 0, m.shape), address_of(d, 1, m.shape)};
    m.body = "y0 = conv_y(a, p0, p1, i);";
    if (d.in(2)) {
      m.in.push_back({d.in(2).dtype(), {0, d.in(2).stride(0), 0, 0}, {2, 0}});
      m.body += " y0 += x2;";
    }
    m.out = {operand_over(d, d.inputs(), m.shape)};
    m.n = convolution_numbers(d, d.in(0), d.in(1), d.out(0));
    m.parts = {text_convolution()};
    add_map(m);
  }
};

}  // namespace

std::vector<KernelDef> kernel_conv2d() { return with_dnn(kernel<Conv2d>("conv2d", "loops")); }

}  // namespace nnrun::cuda
