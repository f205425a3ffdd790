#include "backends/reference/pool.h"

namespace nnrun::reference {
namespace {

class MaxPool2dGrad {
 public:
  static Offer offer(const Desc& d) {
    return with_sums(accept(d, {kFloats, NNR_I32, same_as(0)}), d);
  }
  explicit MaxPool2dGrad(const Desc& d)
      : dtype_(d.in(0).dtype()),
        plane_(d.out(0).size(2) * d.out(0).size(3)),
        sums_(d.out(0)),
        walk_(d.in(0).shape(), {d.in(0).strides(), d.in(1).strides(), plane_strides(d)}) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* gy = static_cast<const T*>(buffer[0]);
      const int32_t* index = static_cast<const int32_t*>(buffer[1]);
      double* gx = static_cast<double*>(workspace);
      sums_.clear(gx);
      walk_.for_each([&](const auto& at) {
        const int64_t i = index[at[1]];
        if (i >= 0 && i < plane_) gx[at[2] + i] += load(gy, at[0]);
      });
      sums_.round(gx, static_cast<T*>(buffer[2]));
    });
  }

 private:
  /// For each element of gy: the plane of gx that it goes to.
  static std::vector<int64_t> plane_strides(const Desc& d) {
    const std::vector<int64_t> s = row_major(d.out(0).shape());
    return {s[0], s[1], 0, 0};
  }
  DType dtype_;
  int64_t plane_;
  Sums sums_;
  Walk<3> walk_;
};

}  // namespace

std::vector<KernelDef> kernel_max_pool2d_grad() { return loop<MaxPool2dGrad>("max_pool2d_grad"); }

}  // namespace nnrun::reference
