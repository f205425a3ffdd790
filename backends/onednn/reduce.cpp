#include "backends/onednn/reduce.h"

namespace nnrun::onednn {
namespace {

/// What is reduced and what stays, as walks over the operand; y has the result's strides.
struct Split {
  Walk<2> kept;     // x, y
  Walk<1> reduced;  // x
};

Split split(const Desc& d) {
  const Operand x = d.in(0), y = d.out(0);
  std::vector<bool> reduce(size_t(x.rank()), false);
  const std::vector<int64_t> dims = d.attrs().integers("dims");
  for (int64_t i : dims) {
    if (x.rank() > 0) reduce[size_t(i < 0 ? i + x.rank() : i)] = true;  // a scalar has dim 0, too
  }
  if (dims.empty()) reduce.assign(size_t(x.rank()), true);
  std::vector<int64_t> kept, kept_x, kept_y, gone, gone_x;
  const bool keepdim = d.attrs().flag("keepdim");
  int j = 0;
  for (int i = 0; i < x.rank(); ++i) {
    if (reduce[size_t(i)]) {
      gone.push_back(x.size(i));
      gone_x.push_back(x.stride(i));
      if (keepdim) ++j;
    } else {
      kept.push_back(x.size(i));
      kept_x.push_back(x.stride(i));
      kept_y.push_back(y.stride(j++));
    }
  }
  return {Walk<2>(kept, {kept_x, kept_y}), Walk<1>(gone, {gone_x})};
}

template <ReduceOp kOp, bool kMean> class Reduction {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kMean ? kFloats : kNumbers}, {same_as(0)});
    if (refused(o)) return o;
    const Split s = split(d);
    if (kOp >= ReduceOp::max && s.reduced.numel == 0 && s.kept.numel > 0) return no("over nothing");
    o.est_ns = 15 + double(d.in(0).numel()) * 0.15 + double(d.out(0).numel()) * 3;
    o.workspace_bytes = in_pieces(s) ? uint64_t(pieces(s)) * sizeof(Accumulator) : 0;
    return o;
  }
  explicit Reduction(const Desc& d)
      : s_(split(d)),
        loops_(*loops().reduce(kOp, d.in(0).dtype())),
        bytes_(size_of(d.in(0).dtype())),
        scale_(kMean ? 1.0 / double(s_.reduced.numel) : 1.0),
        threads_(threads_for(d, d.in(0).numel())),
        in_pieces_(in_pieces(s_)),
        by_columns_(s_.kept.inner_stride()[0] == 1 && s_.kept.inner() > 1 &&
                    s_.reduced.inner_stride()[0] != 1) {
    if (!by_columns_) return;
    const int64_t per_column = std::max<int64_t>(1, s_.reduced.numel);
    strip_ = std::clamp<int64_t>(kGrain / per_column / 16 * 16, 16, kStrip);
  }

  void run(void* const* buffer, void* workspace) const {
    if (in_pieces_) {
      everything(buffer, static_cast<Accumulator*>(workspace));
    } else if (by_columns_) {
      columns(buffer);
    } else {
      const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, s_.reduced.numel));
      parallel_for(s_.kept.numel, grain, threads_,
                   [&](int64_t begin, int64_t end) { one_by_one(buffer, begin, end); });
    }
  }

 private:
  static constexpr int64_t kStrip = 256;  // columns at a time
  static constexpr int64_t kPiece = 32768;

  /// One result of many numbers side by side: fixed pieces, whose partial results are combined in
  /// order, so that the bits do not depend on the threads.
  static bool in_pieces(const Split& s) {
    return s.kept.numel == 1 && s.reduced.rank == 1 && s.reduced.numel > kPiece;
  }
  static int64_t pieces(const Split& s) { return (s.reduced.numel + kPiece - 1) / kPiece; }

  void everything(void* const* buffer, Accumulator* partial) const {
    const int64_t step = s_.reduced.inner_stride()[0];
    parallel_for(s_.reduced.numel, kPiece, threads_, [&](int64_t begin, int64_t end) {
      Accumulator& acc = partial[begin / kPiece];
      acc = loops_.start;
      loops_.rows(at(buffer[0], begin * step * bytes_), 1, 0, end - begin, step, &acc);
    });
    loops_.combine(partial, pieces(s_));
    loops_.store(partial, 1, scale_, buffer[1], 1);
  }

  /// f(offset in x, rows, their step) for all tiles of the reduced dims.
  template <class F> void each_reduced(F&& f) const {
    const Walk<1>& r = s_.reduced;
    if (r.rank <= 2) {
      if (r.numel > 0) f(0, r.rank == 2 ? r.shape[0] : 1, r.rank == 2 ? r.stride[0][0] : 0);
    } else {
      r.for_rows(0, r.numel, [&](const auto& at, int64_t, const auto&) { f(at[0], 1, 0); });
    }
  }

  void one_by_one(void* const* buffer, int64_t begin, int64_t end) const {
    const int64_t cols = s_.reduced.inner(), step = s_.reduced.inner_stride()[0];
    s_.kept.for_rows(begin, end, [&](const auto& place, int64_t n, const auto& steps) {
      for (int64_t i = 0; i < n; ++i) {
        Accumulator acc = loops_.start;
        const char* x = at(static_cast<const void*>(buffer[0]), (place[0] + i * steps[0]) * bytes_);
        each_reduced([&](int64_t offset, int64_t rows, int64_t row_step) {
          loops_.rows(at(static_cast<const void*>(x), offset * bytes_), rows, row_step, cols, step,
                      &acc);
        });
        loops_.store(&acc, 1, scale_, at(buffer[1], (place[1] + i * steps[1]) * bytes_), 1);
      }
    });
  }

  void columns(void* const* buffer) const {
    const int64_t inner = s_.kept.inner(), strips = (inner + strip_ - 1) / strip_;
    const int64_t outer = inner == 0 ? 0 : s_.kept.numel / inner;
    parallel_for(outer * strips, 1, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = i / strips, col = i % strips * strip_;
        s_.kept.for_rows(row * inner + col, row * inner + std::min(inner, col + strip_),
                         [&](const auto& place, int64_t n, const auto& steps) {
                           strip(buffer, place, n, steps[1]);
                         });
      }
    });
  }
  template <class Offsets>
  void strip(void* const* buffer, const Offsets& place, int64_t n, int64_t y_step) const {
    Accumulator acc[kStrip];
    std::fill(acc, acc + n, loops_.start);
    const Walk<1>& r = s_.reduced;
    const void* x = at(static_cast<const void*>(buffer[0]), place[0] * bytes_);
    r.for_rows(0, r.numel, [&](const auto& from, int64_t rows, const auto& row_step) {
      loops_.columns(at(x, from[0] * bytes_), rows, row_step[0], n, acc);
    });
    loops_.store(acc, n, scale_, at(buffer[1], place[1] * bytes_), y_step);
  }

  Split s_;
  const ReduceLoops& loops_;
  int bytes_;
  double scale_;
  int threads_;
  bool in_pieces_, by_columns_;
  int64_t strip_ = kStrip;
};

}  // namespace

std::vector<KernelDef> reduction(const char* op, ReduceOp how, bool mean) {
  switch (how) {
    case ReduceOp::sum:
      return {mean ? kernel<Reduction<ReduceOp::sum, true>>(op, "simd")
                   : kernel<Reduction<ReduceOp::sum, false>>(op, "simd")};
    case ReduceOp::prod: return {kernel<Reduction<ReduceOp::prod, false>>(op, "simd")};
    case ReduceOp::max: return {kernel<Reduction<ReduceOp::max, false>>(op, "simd")};
    case ReduceOp::min: return {kernel<Reduction<ReduceOp::min, false>>(op, "simd")};
  }
  return {};
}

}  // namespace nnrun::onednn
