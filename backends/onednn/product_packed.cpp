#include <atomic>
#include <optional>

#include "backends/onednn/epilogue.h"
#include "backends/onednn/layout.h"
#include "backends/onednn/primitive.h"
#include "backends/onednn/product.h"

namespace nnrun::onednn {
namespace {

/// linear with a weight that is a parameter, in whatever layout oneDNN's fastest product wants: it
/// is read at each run, and reordered when it is written. Several threads share the rows, piece by
/// piece, on the pool: OpenMP's threads would have to wake up first.
class Packed {
 public:
  struct State {
    std::vector<Pipeline::State> pieces;
    std::vector<void*> buffers;  // of the launch
    void* workspace;
  };

  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    if (d.op() != "linear") return no("for the weights of linear layers");
    constexpr uint64_t kTypes = NNR_F32 | NNR_BF16;
    Offer o = accept(d, {kTypes, same_as(0) | kAnyLayout, optional(same_as(0))}, {same_as(0)});
    if (!refused(o)) o = require_contiguous(std::move(o), d);
    if (refused(o)) return o;
    if ((d.in(1).desc().flags & NNR_T_PARAM) == 0 && d.in(1).layout().empty())
      return no("the weight is not a parameter");
    if (compute_dtype(d.in(0).dtype()) != d.in(0).dtype()) return no("computed in another dtype");
    const Sizes s(d);
    if (s.work() == 0) return no("nothing to multiply");
    std::string layout, info;
    const std::vector<Pipeline> pieces = build(d, s, &layout, &info);
    if (pieces.empty()) return no("oneDNN has only " + info);
    if (layout.empty()) return no("it is best as it is");
    // As for plain operands, without what it takes to bring the weight into that layout.
    const double moved = double(s.k * s.n + s.m * s.n) * 0.04;
    const double rate = onednn_multiply_adds_per_ns(d.in(0).dtype());
    o.est_ns = 250.0 * double(pieces.size()) + (s.work() / rate + moved) / s.threads;
    o.detail = info;
    o = Epilogue::offer(std::move(o), f);
    for (const Pipeline& p : pieces) o.workspace_bytes += p.workspace_bytes();
    return in_layout(std::move(o), d, layout, {1});
  }
  explicit Packed(const Desc& d) : Packed(Fused(d)) {}
  explicit Packed(const Fused& f)
      : sizes_(f.anchor()),
        size_(size_of(f.anchor().in(0).dtype())),
        x_(f.buffer(0)),
        w_(f.buffer(1)),
        bias_(f.anchor().in(2) ? f.buffer(2) : -1),
        y_(f.buffer(f.anchor().inputs())),
        operands_(size_t(f.whole().inputs() + f.whole().outputs())),
        epilogue_(f) {
    std::string layout, info;
    pieces_ = build(f.anchor(), sizes_, &layout, &info);
    if (pieces_.empty() || layout != f.anchor().in(1).layout()) {
      throw Failure(NNR_E_UNSUPPORTED, "the weight is not in layout " + layout);
    }
  }

  State bind(void* const* buffer, void* workspace) const {
    State s;
    each_piece(buffer, workspace, [&](size_t i, void* const* own, void* scratch) {
      s.pieces.push_back(pieces_[i].bind(own, scratch));
    });
    s.buffers.assign(buffer, buffer + operands_);
    s.workspace = workspace;
    return s;
  }
  void rebind(State& s, void* const* buffer, void* workspace) const {
    each_piece(buffer, workspace, [&](size_t i, void* const* own, void* scratch) {
      pieces_[i].rebind(s.pieces[i], own, scratch);
    });
    s.buffers.assign(buffer, buffer + operands_);
    s.workspace = workspace;
  }
  nnr_status run(State& s) const {
    std::atomic<nnr_status> status{NNR_OK};
    parallel_for(int64_t(pieces_.size()), 1, sizes_.threads, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const nnr_status done = pieces_[size_t(i)].run(s.pieces[size_t(i)]);
        if (done != NNR_OK) status = done;
        epilogue_.run(s.buffers.data(), i * sizes_.piece, 0, sizes_.rows(i), sizes_.n);
      }
    });
    epilogue_.sum().run(s.buffers.data(), s.workspace);
    return status;
  }

 private:
  struct Sizes {
    int64_t m = 1, k, n;
    int threads;
    int64_t piece;  // rows of all but the last one, on any threads: results are the same bits
    explicit Sizes(const Desc& d) : k(d.in(1).size(1)), n(d.in(1).size(0)) {
      for (int i = 0; i + 1 < d.in(0).rank(); ++i) m *= d.in(0).size(i);
      threads = work() < 256e3 ? 1 : d.threads();
      piece = threads == 1 || m < 2 * kRows ? m : kRows;
    }
    double work() const { return double(m) * double(k) * double(n); }
    int64_t rows(int64_t i) const { return std::min(piece, m - i * piece); }

   private:
    static constexpr int64_t kRows = 64;
  };

  template <class F> void each_piece(void* const* buffer, void* workspace, F f) const {
    char* scratch = static_cast<char*>(at(workspace, int64_t(epilogue_.sum().workspace_bytes(1))));
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const int64_t row = int64_t(i) * sizes_.piece;
      void* const own[] = {at(buffer[x_], row * sizes_.k * size_), buffer[w_],
                           bias_ < 0 ? nullptr : buffer[bias_],
                           at(buffer[y_], row * sizes_.n * size_)};
      f(i, own, scratch);
      scratch += pieces_[i].workspace_bytes();
    }
  }

  /// Products over the buffers x, w, bias, y of each piece. layout: of the weight (out, in), which
  /// oneDNN has as (in, out). None: *info says what it has.
  static std::vector<Pipeline> build(const Desc& d, const Sizes& s, std::string* layout,
                                     std::string* info) {
    const ThreadLimit limit(1);
    const memory::data_type t = to_dnnl(d.in(0).dtype());
    const memory::desc bias =
        d.in(2) ? memory::desc({1, s.n}, t, memory::format_tag::ab) : memory::desc();
    const auto product = [&](int64_t rows, const memory::desc& weights, memory::desc* w) {
      const memory::desc x({rows, s.k}, t, memory::format_tag::ab);
      const memory::desc y({rows, s.n}, t, memory::format_tag::ab);
      auto pd = compat::matmul(engine(), x, weights, bias, y, user_scratchpad());
      *info = pd.impl_info_str();
      if (!skip_reference(pd)) throw Failure(NNR_E_UNSUPPORTED, *info);
      *info = pd.impl_info_str();
      *w = pd.weights_desc();
      Pipeline p(1);
      std::vector<std::pair<int, Pipeline::Memory>> args = {{DNNL_ARG_SRC, p.operand(x, 0)},
                                                            {DNNL_ARG_WEIGHTS, p.operand(*w, 1)}};
      if (d.in(2)) args.emplace_back(DNNL_ARG_BIAS, p.operand(bias, 2));
      args.emplace_back(DNNL_ARG_DST, p.operand(y, 3));
      p.add(dnnl::matmul(pd), pd.scratchpad_desc(), std::move(args));
      return p;
    };
    try {
      const int64_t n = (s.m + s.piece - 1) / s.piece;
      memory::desc w;
      std::vector<Pipeline> pieces(
          size_t(n), product(s.piece, memory::desc({s.k, s.n}, t, memory::format_tag::any), &w));
      const std::optional<std::string> l = layout_of(w.permute_axes({1, 0}));
      if (!l) throw Failure(NNR_E_UNSUPPORTED, *info + " in a format without a name");
      *layout = *l;
      if (s.rows(n - 1) != s.piece) pieces.back() = product(s.rows(n - 1), w, &w);
      return pieces;
    } catch (const dnnl::error& e) {
      *info = e.what();
    } catch (const Failure& e) {
      *info = e.what();
    }
    return {};
  }

  Sizes sizes_;
  int64_t size_;  // of a number
  int x_, w_, bias_, y_;
  size_t operands_;
  std::vector<Pipeline> pieces_;
  Epilogue epilogue_;
};

}  // namespace

KernelDef product_by_packed(const char* op) { return product_kernel<Packed>(op, "packed"); }

}  // namespace nnrun::onednn
