// Groups: a small program as one function, where each run is one call of machine code made for it;
// an op with what follows on its result; elementwise ops one after the other.
#include <algorithm>
#include <cmath>
#include <optional>

#include "backends/onednn/chain.h"
#include "backends/onednn/class_loss.h"
#include "backends/onednn/convolution.h"
#include "backends/onednn/gradient_update.h"
#include "backends/onednn/product.h"
#include "backends/onednn/tiny/emit.h"
#include "backends/onednn/tiny/lower.h"
#include "backends/onednn/update_group.h"

namespace nnrun::onednn {
namespace {

class Tiny {
 public:
  static Offer offer(const Desc& d) {
    if (d.body() == nullptr) return no("a group without a body");
    if (!tiny::can_emit()) return no("needs AVX2 and FMA");
    std::string why;
    const auto fast = tiny::lower(*d.body(), true, &why);
    if (!fast) return no(why);
    Offer o = yes(20 + 0.3 * double(fast->code.instructions().size()));
    // Everything is read before anything is written.
    for (int k = 0; k < d.outputs(); ++k) {
      for (int i = 0; i < d.inputs(); ++i) {
        if (d.in(i).dtype() == d.out(k).dtype() && d.in(i).shape() == d.out(k).shape() &&
            d.in(i).contiguous()) {
          o.inplace.push_back({uint32_t(i), uint32_t(k)});
        }
      }
    }
    return o;
  }

  explicit Tiny(const Desc& d)
      : accepted_(*d.body(), true), general_(*d.body(), false), buffers_(d.inputs() + d.outputs()) {
    zeros_.resize(size_t(accepted_.lowered.row_bytes / 4 + 1));
  }

  struct State {
    std::vector<void*> buffers;
    std::vector<float> scratch;
    std::vector<const char*> rows;
  };
  State bind(void* const* buffer, void*) const {
    State s;
    s.scratch.resize(size_t(scratch_bytes() / 4 + 16));
    s.rows.resize(size_t(accepted_.lowered.rows));
    rebind(s, buffer, nullptr);
    return s;
  }
  void rebind(State& s, void* const* buffer, void*) const {
    s.buffers.assign(buffer, buffer + buffers_);
  }
  void run(State& s) const {
    void* scratch =
        reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(s.scratch.data()) + 31) / 32 * 32);
    for (const tiny::RowLookup& l : accepted_.lowered.lookups) look_up(l, s);
    prepare(accepted_, s, scratch);
    if (accepted_.function(s.buffers.data(), scratch, s.rows.data()) == 0) return;
    prepare(general_, s, scratch);
    general_.function(s.buffers.data(), scratch, s.rows.data());
  }

 private:
  struct Way {
    tiny::Lowered lowered;
    tiny::Function function;
    Way(const nnr_graph& g, bool accepted) : lowered(made(g, accepted)), function(lowered.code) {}
    static tiny::Lowered made(const nnr_graph& g, bool accepted) {
      std::string why;
      auto l = tiny::lower(g, accepted, &why);
      if (!l) throw Failure(NNR_E_UNSUPPORTED, why);
      return std::move(*l);
    }
  };

  int64_t scratch_bytes() const {
    return std::max(accepted_.function.scratch_bytes(), general_.function.scratch_bytes());
  }
  void look_up(const tiny::RowLookup& l, State& s) const {
    const auto* order = static_cast<const int64_t*>(s.buffers[size_t(l.order)]);
    const char* data = static_cast<const char*>(s.buffers[size_t(l.data)]);
    const int64_t last = l.order_length - l.count;
    const int64_t start = *static_cast<const int64_t*>(s.buffers[size_t(l.start)]);
    order += std::clamp<int64_t>(start, 0, last);
    for (int i = 0; i < l.count; ++i) {
      const int64_t row = order[i];
      s.rows[size_t(l.first + i)] = row >= 0 && row < l.rows
                                        ? data + row * l.row_bytes
                                        : reinterpret_cast<const char*>(zeros_.data());
    }
  }
  static void prepare(const Way& w, const State& s, void* scratch) {
    for (const tiny::Power& p : w.lowered.powers) {
      const int64_t step = *static_cast<const int64_t*>(s.buffers[size_t(p.step)]);
      const double v = std::pow(p.base, double(step + 1));
      std::memcpy(at(scratch, p.scratch), &v, 8);
    }
  }

  Way accepted_, general_;
  int buffers_;
  std::vector<float> zeros_;
};

}  // namespace

std::vector<KernelDef> kernel_group() {
  std::vector<KernelDef> all = {kernel<Tiny>("group", "tiny"), gradient_update_kernel(),
                                class_loss_kernel(), update_group_kernel()};
  for (const auto& more : {fused_convolutions(), fused_products(), chain_kernels()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace nnrun::onednn
