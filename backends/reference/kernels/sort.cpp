#include <algorithm>
#include <numeric>

#include "backends/reference/axes.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {
namespace {

class Sort {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers, same_as(0), NNR_I64});
    if (o.why_not.empty()) o.workspace_bytes = uint64_t(lines(d).length) * sizeof(int64_t);
    return o;
  }
  explicit Sort(const Desc& d)
      : dtype_(d.in(0).dtype()), descending_(d.attrs().flag("descending")), lines_(lines(d)) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      int64_t* order = static_cast<int64_t*>(workspace);
      lines_.starts.for_each([&](const auto& at) {
        const T* x = static_cast<const T*>(buffer[0]) + at[0];
        T* y = static_cast<T*>(buffer[1]) + at[1];
        int64_t* index = static_cast<int64_t*>(buffer[2]) + at[2];
        std::iota(order, order + lines_.length, 0);
        // Ties go by index, so that the order is stable without std::stable_sort's allocation.
        std::sort(order, order + lines_.length, [&](int64_t i, int64_t j) {
          const auto a = load(x, i * lines_.stride[0]), b = load(x, j * lines_.stride[0]);
          if (less_nan_last(a, b)) return !descending_;
          if (less_nan_last(b, a)) return descending_;
          return i < j;
        });
        for (int64_t i = 0; i < lines_.length; ++i) {
          y[i * lines_.stride[1]] = x[order[i] * lines_.stride[0]];
          index[i * lines_.stride[2]] = order[i];
        }
      });
    });
  }

 private:
  static Lines<3> lines(const Desc& d) { return Lines<3>(d, {d.in(0), d.out(0), d.out(1)}); }

  DType dtype_;
  bool descending_;
  Lines<3> lines_;
};

}  // namespace

std::vector<KernelDef> kernel_sort() { return loop<Sort>("sort"); }

}  // namespace nnrun::reference
