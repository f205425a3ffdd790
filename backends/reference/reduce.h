// Reductions over the attribute dims.
#pragma once

#include "backends/reference/axes.h"
#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// R::first<W>() is the result over nothing, R::next(acc, x) takes in one more element.
template <class R> class Reduce {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kNumbers, same_as(0)}); }
  explicit Reduce(const Desc& d)
      : dtype_(d.in(0).dtype()),
        parted_(
            Parted::of(d.in(0), d.out(0), dim_flags(d.attrs().integers("dims"), d.in(0).rank()))) {}

  void run(void* const* buffer, void*) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* y = static_cast<T*>(buffer[1]);
      parted_.outer.for_each([&](const auto& at) {
        const T* x = static_cast<const T*>(buffer[0]) + at[0];
        wide_t<T> acc = R::template first<wide_t<T>>();
        parted_.inner.for_each([&](const auto& i) { acc = R::next(acc, load(x, i[0])); });
        y[at[1]] = convert<T>(acc);
      });
    });
  }

 private:
  DType dtype_;
  Parted parted_;
};

}  // namespace nnrun::reference
