// Where the extreme element lies: argmax and argmin.
#pragma once

#include "backends/reference/axes.h"
#include "backends/reference/kernels.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

/// The first index whose element no other beats; a NaN beats every number. Over the attribute dim,
/// or where that is absent over all elements in row-major order.
template <class A> class Arg {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kNumbers, NNR_I64}); }
  explicit Arg(const Desc& d)
      : dtype_(d.in(0).dtype()), parted_(Parted::of(d.in(0), d.out(0), chosen(d))) {}

  void run(void* const* buffer, void*) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      int64_t* y = static_cast<int64_t*>(buffer[1]);
      parted_.outer.for_each([&](const auto& at) {
        const T* x = static_cast<const T*>(buffer[0]) + at[0];
        wide_t<T> best = load(x, 0);
        int64_t index = 0, where = 0;
        parted_.inner.for_each([&](const auto& i) {
          const wide_t<T> v = load(x, i[0]);
          if (is_nan(v) ? !is_nan(best) : A::beats(v, best)) {
            best = v;
            where = index;
          }
          ++index;
        });
        y[at[1]] = where;
      });
    });
  }

 private:
  static std::vector<bool> chosen(const Desc& d) {
    const int rank = d.in(0).rank();
    if (!d.attrs().has("dim")) return dim_flags({}, rank);
    return dim_flags({d.attrs().integer("dim")}, rank);
  }
  DType dtype_;
  Parted parted_;
};

}  // namespace nnrun::reference
