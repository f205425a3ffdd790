#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

/// Stable: equal elements keep their order in both directions. NaN is the largest.
class Sort {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers}, {same_as(0), NNR_I64});
    if (refused(o)) return o;
    o.est_ns = 30 + 60 * double(d.in(0).numel());
    o.workspace_bytes = uint64_t(length(d)) * 16;
    return o;
  }
  explicit Sort(const Desc& d)
      : dtype_(d.in(0).dtype()),
        descending_(d.attrs().flag("descending")),
        n_(length(d)),
        lines_(lines(d)) {
    const int r = d.in(0).rank();
    if (r == 0) return;
    const int dim = dim_of(d, "dim", r);
    step_[0] = d.in(0).stride(dim);
    step_[1] = d.out(0).stride(dim);
    step_[2] = d.out(1).stride(dim);
  }

  void run(void* const* buffer, void* workspace) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      lines_.for_each([&](const auto& at) {
        line(static_cast<const T*>(buffer[0]) + at[0], static_cast<T*>(buffer[1]) + at[1],
             static_cast<int64_t*>(buffer[2]) + at[2], workspace);
      });
    });
  }

 private:
  static int64_t length(const Desc& d) {
    const Operand x = d.in(0);
    return x.rank() == 0 ? 1 : x.size(dim_of(d, "dim", x.rank()));
  }
  static Walk<3> lines(const Desc& d) {
    const Operand x = d.in(0);
    std::vector<int64_t> sizes = x.shape();
    if (x.rank() > 0) sizes[size_t(dim_of(d, "dim", x.rank()))] = x.numel() == 0 ? 0 : 1;
    return Walk<3>(sizes, {x.strides(), d.out(0).strides(), d.out(1).strides()});
  }
  template <class T> void line(const T* x, T* values, int64_t* indices, void* workspace) const {
    using C = compute_t<T>;
    struct Entry {
      C value;
      int64_t index;
    };
    static_assert(sizeof(Entry) <= 16);
    Entry* e = static_cast<Entry*>(workspace);
    for (int64_t i = 0; i < n_; ++i) e[i] = {static_cast<C>(x[i * step_[0]]), i};
    const auto before = [](C a, C b) { return a < b || (a == a && b != b); };
    // The index makes the order total, so a sort in place is a stable one.
    if (descending_) {
      std::sort(e, e + n_, [&](const Entry& a, const Entry& b) {
        return before(b.value, a.value) || (!before(a.value, b.value) && a.index < b.index);
      });
    } else {
      std::sort(e, e + n_, [&](const Entry& a, const Entry& b) {
        return before(a.value, b.value) || (!before(b.value, a.value) && a.index < b.index);
      });
    }
    for (int64_t i = 0; i < n_; ++i) {
      values[i * step_[1]] = x[e[i].index * step_[0]];
      indices[i * step_[2]] = e[i].index;
    }
  }

  DType dtype_;
  bool descending_;
  int64_t n_;
  Walk<3> lines_;
  int64_t step_[3] = {};
};

}  // namespace

std::vector<KernelDef> kernel_sort() { return {kernel<Sort>("sort", "loop")}; }

}  // namespace nnrun::onednn
