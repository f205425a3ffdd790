#include "backends/onednn/indices.h"

namespace nnrun::onednn {
namespace {

/// A copy of x, to whose elements those of src are added in row-major order of src.
class ScatterAdd {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers, NNR_I64, same_as(0)}, {same_as(0)});
    if (refused(o)) return o;
    if (d.in(0).rank() == 0) return no("rank 0");
    o.est_ns = 15 + 2 * double(d.in(2).numel()) + 0.1 * double(d.out(0).numel());
    return o;
  }
  explicit ScatterAdd(const Desc& d)
      : dtype_(d.in(0).dtype()),
        copy_(loops().copy(size_of(dtype_))),
        whole_(Walk<2>(d.out(0).shape(), {d.in(0).strides(), d.out(0).strides()}),
               {size_of(dtype_), size_of(dtype_)}, threads_for(d, d.out(0).numel())),
        walk_(walk(d)),
        indices_(d, d.in(1), d.in(0)),
        step_(d.out(0).stride(dim_of(d, "dim", d.in(0).rank()))) {}

  void run(void* const* buffer, void*) const {
    indices_.check(static_cast<const int64_t*>(buffer[1]));
    void* const xy[] = {buffer[0], buffer[3]};
    whole_.run(xy, copy_);
    visit<kNumbers>(dtype_, [&](auto tag) { add<typename decltype(tag)::type>(buffer); });
  }

 private:
  static Walk<3> walk(const Desc& d) {
    std::vector<int64_t> y = d.out(0).strides();
    y[size_t(dim_of(d, "dim", d.in(0).rank()))] = 0;
    return Walk<3>(d.in(2).shape(), {d.in(1).strides(), d.in(2).strides(), y});
  }
  template <class T> void add(void* const* buffer) const {
    const int64_t* index = static_cast<const int64_t*>(buffer[1]);
    const T* src = static_cast<const T*>(buffer[2]);
    T* y = static_cast<T*>(buffer[3]);
    walk_.for_each([&](const auto& at) {
      T& to = y[at[2] + index[at[0]] * step_];
      if constexpr (std::is_integral_v<T>) {
        to = T(uint64_t(to) + uint64_t(src[at[1]]));
      } else {
        using C = compute_t<T>;
        to = T(C(to) + C(src[at[1]]));
      }
    });
  }

  DType dtype_;
  TileLoop copy_;
  Tiles<2> whole_;
  Walk<3> walk_;
  Indices indices_;
  int64_t step_;
};

}  // namespace

std::vector<KernelDef> kernel_scatter_add() { return {kernel<ScatterAdd>("scatter_add", "loop")}; }

}  // namespace nnrun::onednn
