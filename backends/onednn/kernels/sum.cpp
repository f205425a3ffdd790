#include "backends/onednn/blocks.h"
#include "backends/onednn/reduce.h"

namespace nnrun::onednn {
namespace {

/// Over all dimensions but the channels, where they or samples lie in blocks: the gradient of a
/// bias.
class BlockedChannelSum {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32 | kAnyLayout}, {NNR_F32}), d);
    if (refused(o)) return o;
    const Operand x = d.in(0);
    if (Blocks::lanes_of_layout(x.layout()) == 0)
      return no("neither channels nor samples in blocks");
    std::vector<bool> gone(size_t(x.rank()), false);
    for (int64_t i : d.attrs().integers("dims")) gone[size_t(i < 0 ? i + x.rank() : i)] = true;
    if (gone[1] || std::count(gone.begin(), gone.end(), true) + 1 != x.rank())
      return no("not by channel");
    o.est_ns = 15 + double(x.numel()) * 0.15;
    return in_layout(std::move(o), d, std::string(x.layout()), {0});
  }
  explicit BlockedChannelSum(const Desc& d) : b_(d, d.in(0)) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    b_.for_blocks([&](int64_t block) {
      double sum[16] = {};
      b_.sum(block, sum, [&](int64_t at, double* part) {
        b_.loops->sums(b.in<float>(0) + at, b_.inner, part);
      });
      for (int l = 0; l < b_.channels_in(block); ++l) {
        b.out<float>(0)[b_.channel(block) + l] = float(sum[l]);
      }
    });
  }

 private:
  Blocks b_;
};

/// Of everything, in whatever layout: padding adds nothing.
class SumOfAll {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32 | kAnyLayout}, {NNR_F32}), d);
    if (refused(o)) return o;
    if (d.in(0).layout().empty()) return no("plain");
    if (d.out(0).numel() != 1) return no("not everything");
    o.est_ns = 15 + double(d.in(0).numel()) * 0.15;
    o.workspace_bytes = uint64_t(pieces(numbers(d))) * sizeof(Accumulator);
    return in_layout(std::move(o), d, std::string(d.in(0).layout()), {0});
  }
  explicit SumOfAll(const Desc& d)
      : numbers_(numbers(d)),
        threads_(threads_for(d, numbers_)),
        loops_(*loops().reduce(ReduceOp::sum, DType::float32)) {}

  void run(void* const* buffer, void* workspace) const {
    auto* partial = static_cast<Accumulator*>(workspace);
    parallel_for(numbers_, kPiece, threads_, [&](int64_t begin, int64_t end) {
      Accumulator& acc = partial[begin / kPiece];
      acc = loops_.start;
      loops_.rows(at(buffer[0], begin * 4), 1, 0, end - begin, 1, &acc);
    });
    loops_.combine(partial, pieces(numbers_));
    loops_.store(partial, 1, 1, buffer[1], 1);
  }

 private:
  static constexpr int64_t kPiece = 32768;
  static int64_t pieces(int64_t n) { return (n + kPiece - 1) / kPiece; }
  static int64_t numbers(const Desc& d) { return int64_t(d.in(0).bytes()) / 4; }

  int64_t numbers_;
  int threads_;
  const ReduceLoops& loops_;
};

}  // namespace

std::vector<KernelDef> kernel_sum() {
  std::vector<KernelDef> all = reduction("sum", ReduceOp::sum);
  all.push_back(kernel<BlockedChannelSum>("sum", "blocked"));
  all.push_back(kernel<SumOfAll>("sum", "everything"));
  return all;
}

}  // namespace nnrun::onednn
