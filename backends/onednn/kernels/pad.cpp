#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class Pad {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kAllDTypes}, {same_as(0)});
    o.est_ns = 20 + 0.2 * double(d.out(0).numel());
    return o;
  }
  explicit Pad(const Desc& d)
      : loop_(loops().copy(size_of(d.in(0).dtype()))),
        around_(Walk<2>(d.out(0).shape(), {zeros(d), d.out(0).strides()}), bytes(d),
                threads_for(d, d.out(0).numel())),
        inside_(inner(d), bytes(d), threads_for(d, d.in(0).numel())) {
    const Operand y = d.out(0);
    const std::vector<int64_t> low = d.attrs().integers("low");
    for (int i = 0; i < y.rank(); ++i) offset_ += low[size_t(i)] * y.stride(i);
    offset_ *= size_of(y.dtype());
    const double value = d.attrs().number("value");
    visit(y.dtype(), [&](auto tag) {
      const auto v = convert<typename decltype(tag)::type>(value);
      std::memcpy(value_, &v, sizeof v);
    });
  }

  void run(void* const* buffer, void*) const {
    void* const all[] = {const_cast<char*>(value_), buffer[1]};
    around_.run(all, loop_);
    void* const p[] = {buffer[0], at(buffer[1], offset_)};
    inside_.run(p, loop_);
  }

 private:
  static std::array<int, 2> bytes(const Desc& d) {
    const int n = size_of(d.in(0).dtype());
    return {n, n};
  }
  static std::vector<int64_t> zeros(const Desc& d) {
    return std::vector<int64_t>(size_t(d.out(0).rank()), 0);
  }
  /// The operand's elements, as far apart in the result as `interior` says.
  static Walk<2> inner(const Desc& d) {
    std::vector<int64_t> strides = d.out(0).strides();
    const std::vector<int64_t> interior = d.attrs().integers("interior");
    for (size_t i = 0; i < strides.size(); ++i) strides[i] *= interior[i] + 1;
    return Walk<2>(d.in(0).shape(), {d.in(0).strides(), strides});
  }

  TileLoop loop_;
  Tiles<2> around_, inside_;
  int64_t offset_ = 0;
  alignas(8) char value_[8] = {};
};

}  // namespace

std::vector<KernelDef> kernel_pad() { return {kernel<Pad>("pad", "copy")}; }

}  // namespace nnrun::onednn
