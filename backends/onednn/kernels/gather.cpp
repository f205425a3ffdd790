#include "backends/onednn/indices.h"

namespace nnrun::onednn {
namespace {

/// out[i..j..] = x[i..index[i..j..]..].
class Gather {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kAllDTypes, NNR_I64}, {same_as(0)});
    if (refused(o)) return o;
    if (d.in(0).rank() == 0) return no("rank 0");
    o.est_ns = 12 + 1.5 * double(d.out(0).numel());
    return o;
  }
  explicit Gather(const Desc& d)
      : walk_(walk(d)),
        bytes_(size_of(d.in(0).dtype())),
        indices_(d, d.in(1), d.in(0)),
        step_(d.in(0).stride(dim_of(d, "dim", d.in(0).rank()))),
        threads_(threads_for(d, d.out(0).numel())) {}

  void run(void* const* buffer, void*) const {
    indices_.check(static_cast<const int64_t*>(buffer[1]));
    switch (bytes_) {
      case 1: return move<uint8_t>(buffer);
      case 2: return move<uint16_t>(buffer);
      case 4: return move<uint32_t>(buffer);
      default: return move<uint64_t>(buffer);
    }
  }

 private:
  static Walk<3> walk(const Desc& d) {
    std::vector<int64_t> x = d.in(0).strides();
    x[size_t(dim_of(d, "dim", d.in(0).rank()))] = 0;
    return Walk<3>(d.out(0).shape(), {x, d.in(1).strides(), d.out(0).strides()});
  }
  template <class T> void move(void* const* buffer) const {
    const T* x = static_cast<const T*>(buffer[0]);
    const int64_t* index = static_cast<const int64_t*>(buffer[1]);
    T* y = static_cast<T*>(buffer[2]);
    parallel_for(walk_.numel, kGrain, threads_, [&](int64_t begin, int64_t end) {
      walk_.for_rows(begin, end, [&](const auto& at, int64_t n, const auto& step) {
        for (int64_t i = 0; i < n; ++i) {
          y[at[2] + i * step[2]] = x[at[0] + i * step[0] + index[at[1] + i * step[1]] * step_];
        }
      });
    });
  }

  Walk<3> walk_;
  int bytes_;
  Indices indices_;
  int64_t step_;
  int threads_;
};

}  // namespace

std::vector<KernelDef> kernel_gather() { return {kernel<Gather>("gather", "loop")}; }

}  // namespace nnrun::onednn
