#include "backends/onednn/convolution.h"

#include <cmath>

#include "backends/onednn/layout.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/winograd.h"

namespace nnrun::onednn {
namespace {

using dnnl::algorithm;
using dnnl::prop_kind;

memory::desc plain(const ConvProblem& p, const memory::dims& s) {
  return row_major(s, to_dnnl(p.dtype));
}
memory::desc any(const ConvProblem& p, const memory::dims& s) {
  return {s, to_dnnl(p.dtype), memory::format_tag::any};
}

struct Built {
  Pipeline pipeline;
  std::string info;
  double reordered_bytes = 0;          // in each run
  std::vector<memory::desc> own = {};  // of the operands and the result, without the bias
};

/// The pipeline, or nothing and the reason in *why.
std::optional<Built> build(const Fused& f, const ConvProblem& p, ConvWay way, ConvOperands operands,
                           int threads, std::string* why) {
  const Desc d = f.anchor();
  const ThreadLimit limit(threads);
  const auto describe = way == ConvWay::plain ? plain : any;
  const auto image = [&](const memory::dims& shape) {
    return operands == ConvOperands::blocks
               ? described(shape, to_dnnl(p.dtype), channel_blocks(int(shape.size())))
               : describe(p, shape);
  };
  const memory::desc x = operands == ConvOperands::own_but_x ? plain(p, p.x) : image(p.x);
  const memory::desc w = describe(p, p.w), y = image(p.y);
  const memory::desc bias = p.bias ? plain(p, {p.y[1]}) : memory::desc();
  const algorithm how =
      way == ConvWay::winograd ? algorithm::convolution_winograd : algorithm::convolution_direct;
  const bool own = operands != ConvOperands::plain;
  Built b{Pipeline(threads), {}, 0};
  Pipeline& line = b.pipeline;

  /// Operand i as the primitive wants it.
  const auto moved = [&](int i, const memory::dims& s, const memory::desc& wanted) {
    b.own.push_back(wanted);
    if (own) return line.operand(wanted, f.buffer(i));
    Pipeline::Memory m = line.copied(d.in(i), plain(p, s), f.buffer(i));
    if (line.desc(m) != wanted) b.reordered_bytes += 2 * p.elements(s) * size_of(p.dtype);
    if (!line.reordered(&m, wanted)) throw Failure(NNR_E_UNSUPPORTED, "a slow reorder");
    return m;
  };
  /// Where the primitive writes, and the result that it is moved to afterwards.
  const auto result = [&](const memory::dims& s, const memory::desc& made) {
    b.own.push_back(made);
    if (own) {
      const auto there = line.operand(made, f.buffer(p.inputs));
      return std::pair(there, there);
    }
    const auto to = line.produced(d.out(0), plain(p, s), f.buffer(p.inputs));
    return std::pair(line.desc(to) == made ? to : line.scratch(made), to);
  };
  const auto finish = [&](const std::pair<int, int>& r, double elements) {
    if (r.first == r.second) return;
    b.reordered_bytes += 2 * elements * size_of(p.dtype);
    if (!line.reorder(r.first, r.second)) throw Failure(NNR_E_UNSUPPORTED, "a slow reorder");
  };

  try {
    const PostOps epilogue(f);
    const dnnl::primitive_attr attr = epilogue.attr();
    // For inference, Winograd has its weights in a format that has no name.
    const prop_kind kind = p.pass == ConvPass::forward && !(own && way == ConvWay::winograd)
                               ? prop_kind::forward_inference
                               : prop_kind::forward_training;
    auto forward = compat::convolution(engine(), kind, how, x, w, bias, y, p.window, attr);
    switch (p.pass) {
      case ConvPass::forward: {
        if (!skip_reference(forward)) return *why = forward.impl_info_str(), std::nullopt;
        b.info = forward.impl_info_str();
        const auto mx = moved(0, p.x, forward.src_desc());
        const auto mw = moved(1, p.w, forward.weights_desc());
        const auto my = result(p.y, forward.dst_desc());
        std::vector<std::pair<int, Pipeline::Memory>> args = {
            {DNNL_ARG_SRC, mx}, {DNNL_ARG_WEIGHTS, mw}, {DNNL_ARG_DST, my.first}};
        if (p.bias) args.emplace_back(DNNL_ARG_BIAS, line.copied(d.in(2), bias, f.buffer(2)));
        epilogue.prepare(&line, my.first);
        line.add(dnnl::convolution_forward(forward), forward.scratchpad_desc(), std::move(args));
        finish(my, p.elements(p.y));
        epilogue.finish(&line, my.second);
        break;
      }
      case ConvPass::grad_input: {
        auto pd = compat::convolution_grad_input(engine(), how, x, w, y, p.window, forward, attr);
        if (!skip_reference(pd)) return *why = pd.impl_info_str(), std::nullopt;
        b.info = pd.impl_info_str();
        const auto my = moved(0, p.y, pd.diff_dst_desc());
        const auto mw = moved(1, p.w, pd.weights_desc());
        const auto mx = result(p.x, pd.diff_src_desc());
        line.add(dnnl::convolution_backward_data(pd), pd.scratchpad_desc(),
                 {{DNNL_ARG_DIFF_DST, my}, {DNNL_ARG_WEIGHTS, mw}, {DNNL_ARG_DIFF_SRC, mx.first}});
        finish(mx, p.elements(p.x));
        break;
      }
      case ConvPass::grad_weight: {
        auto pd = compat::convolution_grad_weight(engine(), how, x, w, y, p.window, forward, attr);
        if (!skip_reference(pd)) return *why = pd.impl_info_str(), std::nullopt;
        b.info = pd.impl_info_str();
        const auto my = moved(0, p.y, pd.diff_dst_desc());
        const auto mx = moved(1, p.x, pd.src_desc());
        const auto mw = result(p.w, pd.diff_weights_desc());
        line.add(dnnl::convolution_backward_weights(pd), pd.scratchpad_desc(),
                 {{DNNL_ARG_DIFF_DST, my}, {DNNL_ARG_SRC, mx}, {DNNL_ARG_DIFF_WEIGHTS, mw.first}});
        finish(mw, p.elements(p.w));
        break;
      }
    }
  } catch (const dnnl::error& e) {
    return *why = e.what(), std::nullopt;
  } catch (const Failure& e) {
    return *why = e.what(), std::nullopt;
  }
  return b;
}

/// The gradient of the weights is a sum whose order depends on the threads.
int threads_of(const Desc& d, const ConvProblem& p) {
  if (p.work() < 256e3 || (p.pass == ConvPass::grad_weight && d.deterministic())) return 1;
  return d.threads();
}

template <ConvPass kPass, ConvWay kWay, ConvOperands kOperands> class Convolution
    : public PipelineKernel {
 public:
  static constexpr bool kOwn = kOperands != ConvOperands::plain;
  static constexpr std::string_view kOp = kPass == ConvPass::forward      ? "conv2d"
                                          : kPass == ConvPass::grad_input ? "conv2d_grad_input"
                                                                          : "conv2d_grad_weight";

  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    if (d.op() != kOp) return no("another op");
    constexpr uint64_t kTypes = NNR_F32 | NNR_BF16 | NNR_F16;
    constexpr uint64_t kAs = same_as(0) | (kOwn ? kAnyLayout : 0);
    constexpr uint64_t kFirst = kTypes | (kOwn ? kAnyLayout : 0);
    Offer o = kPass == ConvPass::forward ? accept(d, {kFirst, kAs, optional(same_as(0))}, {kAs})
                                         : accept(d, {kFirst, kAs}, {kAs});
    if (refused(o)) return o;
    if (!d.out(0).contiguous()) return no("the result is strided");
    const ConvProblem p(d, kPass);
    if (kOwn) {
      if (p.dtype != d.in(0).dtype()) return no("it is computed in another dtype");
      if (!d.in(0).contiguous() || !d.in(1).contiguous()) return no("an operand is strided");
      if (kOperands == ConvOperands::own_but_x && p.x[1] > 4) return no("more than four channels");
      if (kOperands == ConvOperands::blocks && !compat::kFormatsOfPassesDiffer)
        return no("the same as blocked");
    }
    if (p.work() == 0) return no("nothing to convolve");
    if (kWay == ConvWay::winograd && !suits_winograd(d, p))
      return no("not under fast math, 3x3, stride 1");
    const int threads = threads_of(d, p);
    std::string why;
    const std::optional<Built> b = build(f, p, kWay, kOperands, threads, &why);
    if (!b) return no("oneDNN: " + why);
    if (kOwn && !give_layouts(p, *b, d, &o)) {
      return no("oneDNN: a format without a name, or plain operands");
    }
    o.est_ns = estimate(p, *b) / threads + 1000;
    o.workspace_bytes = b->pipeline.workspace_bytes();
    o.detail = b->info;
    if (threads > 1) o.flags |= NNR_K_OWN_THREADS;
    if (threads > 1 && kPass == ConvPass::grad_weight) o.flags &= ~uint32_t(NNR_K_DETERMINISTIC);
    if (kWay == ConvWay::winograd) o.flags |= NNR_K_APPROX;
    return PostOps(f).offer(std::move(o));
  }
  explicit Convolution(const Desc& d) : Convolution(Fused(d)) {}
  explicit Convolution(const Fused& f) : PipelineKernel(prepare(f)) {}

 private:
  /// False when there are none to give.
  static bool give_layouts(const ConvProblem& p, const Built& b, const Desc& d, Offer* o) {
    const auto name = [&](const memory::desc& m) {
      return layout_of(m, compat::dims_of(m).size() == 5 ? p.groups : 1);
    };
    bool any = false;
    for (size_t i = 0; i < 3; ++i) {
      const std::optional<std::string> l = name(b.own[i]);
      if (!l) return false;
      if (i == 2 && d.inputs() == 3) {  // the bias stands before the result
        o->layouts.push_back("");
        o->bytes.push_back(d.in(2) ? d.in(2).bytes() : 0);
      }
      o->layouts.push_back(*l);
      o->bytes.push_back(b.own[i].get_size());
      any = any || !l->empty();
    }
    return any;
  }
  static bool suits_winograd(const Desc& d, const ConvProblem& p) {
    const auto is = [](const memory::dims& v, int64_t n) { return v[0] == n && v[1] == n; };
    return d.fast_math() && p.dtype == DType::float32 && p.groups == 1 && p.w[2] == 3 &&
           p.w[3] == 3 && is(p.window.stride, 1) && is(p.window.dilation, 0);
  }
  /// In ns on one thread: multiply-adds per ns as parts of what a core can do, for the layers of
  /// LeNet and ResNet-18 on a Zen 5, for the blocked ones with AVX2 on a Zen 3; and 12 bytes per ns
  /// to reorder.
  static double estimate(const ConvProblem& p, const Built& b) {
    const double c = double(p.x[1]), o = double(p.y[1]);
    const memory::desc& x = b.own[kPass == ConvPass::forward      ? 0
                                  : kPass == ConvPass::grad_input ? 2
                                                                  : 1];
    const double used = p.elements(p.x) * size_of(p.dtype) / double(x.get_size());  // not padding
    const double window = double(p.w[p.w.size() - 2] * p.w.back());
    const auto lanes = [](double n) { return n / (std::ceil(n / 16) * 16); };  // of 16 in use
    double rate = 0;
    switch (kWay) {
      case ConvWay::plain: {
        const double depth = c / double(p.groups) * window;
        rate = (has_avx512() ? 0.83 : 0.63) * o / (o + 16) * depth / (depth + 60);
        break;
      }
      case ConvWay::blocked:
        rate = kPass == ConvPass::grad_input ? 0.95 * lanes(c)
                                             : 0.99 * lanes(o) * std::min(c / (c + 1), used);
        if (!has_avx512()) rate *= kPass == ConvPass::grad_weight ? 0.5 : 0.66;
        break;
      case ConvWay::winograd: {
        const double pixels = double(p.y[0] * p.y[2] * p.y[3]);  // share the transformed weights
        rate = b.info.find("2x3") != std::string::npos ? 0.48 : 1.67 * pixels / (pixels + 250);
        break;
      }
    }
    rate *= multiply_adds_per_ns();
    if (p.dtype == DType::bfloat16) rate *= 1.9;
    const bool cast = b.pipeline.casts();
    const double moved = p.elements(p.x) + p.elements(p.w) + p.elements(p.y);
    return p.work() / rate + b.reordered_bytes / 12 + (cast ? moved * 0.15 : 0);
  }
  static Pipeline prepare(const Fused& f) {
    const Desc d = f.anchor();
    const ConvProblem p(d, kPass);
    std::string why;
    std::optional<Built> b = build(f, p, kWay, kOperands, threads_of(d, p), &why);
    if (!b) throw Failure(NNR_E_UNSUPPORTED, why);
    Offer o;
    if (kOwn && give_layouts(p, *b, d, &o)) {
      for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
        if (d.operand(i) && d.operand(i).layout() != o.layouts[size_t(i)])
          throw Failure(NNR_E_UNSUPPORTED, "layouts that were not offered");
      }
    }
    return std::move(b->pipeline);
  }
};

/// add.operator()<kernel class>(name) for each way.
template <ConvPass kPass, class F> std::vector<KernelDef> all_ways(F&& add) {
  constexpr auto kPlain = ConvOperands::plain, kOwn = ConvOperands::own;
  constexpr auto kFirst = ConvOperands::own_but_x, kBlocks = ConvOperands::blocks;
  return {
      add.template operator()<Convolution<kPass, ConvWay::plain, kPlain>>("plain"),
      add.template operator()<Convolution<kPass, ConvWay::blocked, kPlain>>("reordered"),
      add.template operator()<Convolution<kPass, ConvWay::winograd, kPlain>>("winograd-reordered"),
      add.template operator()<Convolution<kPass, ConvWay::blocked, kOwn>>("blocked"),
      add.template operator()<Convolution<kPass, ConvWay::winograd, kOwn>>("winograd"),
      add.template operator()<Convolution<kPass, ConvWay::blocked, kFirst>>("first"),
      add.template operator()<Convolution<kPass, ConvWay::blocked, kBlocks>>("same-blocks")};
}

}  // namespace

ConvProblem::ConvProblem(const Desc& d, ConvPass p)
    : pass(p), dtype(compute_dtype(d.in(0).dtype())), inputs(d.inputs()) {
  const Attrs a = d.attrs();
  groups = a.integer("groups");
  const Operand first = d.in(0), second = d.in(1), result = d.out(0);
  switch (pass) {
    case ConvPass::forward:
      x = first.shape(), w = second.shape(), y = result.shape();
      bias = bool(d.in(2));
      break;
    case ConvPass::grad_input: y = first.shape(), w = second.shape(), x = result.shape(); break;
    case ConvPass::grad_weight: y = first.shape(), x = second.shape(), w = result.shape(); break;
  }
  if (groups > 1) w = {groups, w[0] / groups, w[1], w[2], w[3]};
  window.stride = a.integers("stride");
  window.padding = a.integers("padding");
  window.dilation = a.integers("dilation");
  for (int64_t& i : window.dilation) --i;
}

double ConvProblem::work() const { return double(y[0] * y[2] * y[3]) * elements(w); }

std::vector<KernelDef> convolution_kernels(const char* op, ConvPass pass) {
  const auto add = [op]<class K>(const char* impl) { return kernel<K>(op, impl); };
  std::vector<KernelDef> ways;
  switch (pass) {
    case ConvPass::forward: ways = all_ways<ConvPass::forward>(add); break;
    case ConvPass::grad_input: ways = all_ways<ConvPass::grad_input>(add); break;
    case ConvPass::grad_weight: ways = all_ways<ConvPass::grad_weight>(add); break;
  }
  ways.push_back(lanes_kernel(op, pass));
  ways.push_back(unfolded_kernel(op, pass));
  if (pass == ConvPass::forward) {
    ways.push_back(rows_kernel(op));
    ways.push_back(amx_kernel(op));
  }
  for (KernelDef& k : winograd_kernels(op, pass)) ways.push_back(std::move(k));
  return ways;
}

std::vector<KernelDef> fused_convolutions() {
  std::vector<KernelDef> ways =
      all_ways<ConvPass::forward>([]<class K>(const char* impl) { return fused_kernel<K>(impl); });
  for (KernelDef& k : fused_winograd_kernels()) ways.push_back(std::move(k));
  ways.push_back(rows_kernel("group"));
  ways.push_back(amx_kernel("group"));
  return ways;
}

}  // namespace nnrun::onednn
