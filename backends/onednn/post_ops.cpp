#include "backends/onednn/post_ops.h"

#include <cstring>

#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Failure(NNR_E_UNSUPPORTED, text); }

void apply(const TileKernel& op, void* y, int64_t size, int64_t numbers, int threads) {
  constexpr int64_t kTile = 1024;
  parallel_for(numbers, std::max(kGrain, numbers / (4 * threads)), threads,
               [&](int64_t begin, int64_t end) {
                 Tile t;
                 t.col_step[0] = t.col_step[1] = 1;
                 for (; begin < end; begin += kTile) {
                   t.cols = std::min(kTile, end - begin);
                   void* const first = at(y, begin * size);
                   void* const p[2] = {first, first};
                   op.run(p, t);
                 }
               });
}

/// The lanes beyond the last channel, of a result whose channels lie in blocks.
struct Padding {
  int64_t images, places;  // of an image
  int64_t blocks, lanes, used;

  void clear(void* y, int64_t size) const {
    for (int64_t n = 1; n <= images; ++n) {
      const int64_t last = (n * blocks - 1) * places * lanes;
      for (int64_t i = 0; i < places; ++i) {
        std::memset(at(y, (last + i * lanes + used) * size), 0, size_t((lanes - used) * size));
      }
    }
  }
};

}  // namespace

PostOps::PostOps(const Fused& f) : f_(f) {
  const Operand result = f.anchor().out(0);
  if (!f.epilogue().empty() && result.dtype() != DType::float32 &&
      result.dtype() != DType::bfloat16)
    refuse("post-ops of float32 and bfloat16 alone");
  if (!f.epilogue().empty() && !result.contiguous()) refuse("a result with gaps");
  if (f.sum() >= 0) refuse("no post-op: sum");
  for (const EpilogueOp& e : f.epilogue()) {
    const NodeDesc node(*f.whole().body(), *e.node);
    if (e.operands == std::vector<int>{EpilogueOp::kResult}) {
      bool keeps_zero = false;
      activations_.push_back(tile_kernel(node.desc(), &keeps_zero));
      if (activations_.back() == nullptr) refuse("no loop: " + std::string(e.op));
      keep_zero_ = keep_zero_ && keeps_zero;
    } else if (e.op == "add" && activations_.empty()) {
      const int other = std::max(e.operands[0], e.operands[1]);
      if (other < 0) refuse("a result that is doubled");
      const Operand o = f.whole().in(other);
      if (added_ >= 0 || o.shape() != result.shape() || !o.contiguous()) refuse("that sum");
      added_ = other;
      ops_.append_sum(1);
    } else {
      refuse("no post-op: " + std::string(e.op));
    }
  }
}

int PostOps::added() const {
  for (int i = 0; i < f_.anchor().inputs(); ++i) {
    if (f_.anchor().in(i) && f_.buffer(i) == added_) return -1;
  }
  return added_;
}

Offer PostOps::offer(Offer o) const {
  const Operand y = f_.anchor().out(0);
  o.est_ns += (15 + 0.05 * double(y.numel())) * double(activations_.size());
  if (const int i = added(); i >= 0) o.inplace.push_back({uint32_t(i), 0});
  return o;
}

dnnl::primitive_attr PostOps::attr() const {
  dnnl::primitive_attr a = user_scratchpad();
  a.set_post_ops(ops_);
  return a;
}

void PostOps::prepare(Pipeline* line, Pipeline::Memory result) const {
  if (added_ < 0) return;
  const memory::desc& wanted = line->desc(result);
  const Operand o = f_.whole().in(added_);
  const memory::desc given = o.layout().empty() ? row_major(o.shape(), to_dnnl(o.dtype())) : wanted;
  if (!line->reorder(line->operand(given, added_), result)) refuse("a slow reorder");
}

void PostOps::finish(Pipeline* line, Pipeline::Memory result) const {
  if (activations_.empty()) return;
  const Operand y = f_.anchor().out(0);
  const int64_t size = size_of(y.dtype());
  const int64_t numbers = int64_t(line->desc(result).get_size()) / size;
  const int threads = threads_for(f_.whole(), numbers);
  for (const auto& a : activations_) {
    line->after(result, [=](void* at) { apply(*a, at, size, numbers, threads); });
  }
  if (keep_zero_ || numbers == y.numel()) return;
  const int64_t lanes = channel_block(layout_of(line->desc(result)).value_or(""));
  if (lanes == 0) refuse("padding that would not stay 0");
  const int64_t blocks = (y.size(1) + lanes - 1) / lanes;
  const Padding p = {y.size(0), numbers / (y.size(0) * blocks * lanes), blocks, lanes,
                     y.size(1) - (blocks - 1) * lanes};
  line->after(result, [=](void* at) { p.clear(at, size); });
}

}  // namespace nnrun::onednn
