// Random numbers: element i in row-major order is draw i of the state.
#pragma once

#include <nnrun/sdk/philox.hpp>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// D::draw<T>(state, i) is element i.
template <class D> class Random {
 public:
  static Offer offer(const Desc& d) { return accept(d, {NNR_I64, kFloats}); }
  explicit Random(const Desc& d)
      : dtype_(d.out(0).dtype()), stride_(d.in(0).stride(0)), walk_(d.out(0), {d.out(0)}) {}

  void run(void* const* buffer, void*) const {
    const int64_t* in = static_cast<const int64_t*>(buffer[0]);
    const int64_t state[4] = {in[0], in[stride_], in[2 * stride_], in[3 * stride_]};
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* y = static_cast<T*>(buffer[1]);
      uint64_t i = 0;
      walk_.for_each([&](const auto& at) { y[at[0]] = D::template draw<T>(state, i++); });
    });
  }

 private:
  DType dtype_;
  int64_t stride_;
  Walk<1> walk_;
};

}  // namespace nnrun::reference
