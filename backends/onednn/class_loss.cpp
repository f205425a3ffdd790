#include "backends/onednn/class_loss.h"

#include <cmath>

#include "backends/onednn/fused.h"

namespace nnrun::onednn {
namespace {

bool same(const Attrs& a, const Attrs& b) {
  return a.text("reduction") == b.text("reduction") &&
         a.integer("ignore_index") == b.integer("ignore_index") &&
         a.number("label_smoothing") == b.number("label_smoothing");
}

/// Whether `grad` is the gradient of what `loss` computes.
bool is_pair(const nnr_node& loss, const nnr_node& grad) {
  if (op_of(loss) != "cross_entropy" || op_of(grad) != "cross_entropy_grad") return false;
  const auto in = [](const nnr_node& n, uint32_t i) { return i < n.n_in ? n.in[i] : NNR_NONE; };
  for (uint32_t i = 0; i < 3; ++i) {
    if (in(loss, i) != in(grad, i + 1)) return false;
  }
  return same(Attrs(loss.attr, loss.n_attr), Attrs(grad.attr, grad.n_attr));
}

class ClassLoss {
 public:
  static Offer offer(const Desc& d) {
    if (d.body() == nullptr || d.body()->n_node != 2) return no("not a loss and its gradient");
    const nnr_graph& g = *d.body();
    const nnr_node* const* node = g.node;
    if (!is_pair(*node[0], *node[1])) return no("not a loss and its gradient");
    const NodeDesc loss(g, *node[0]), grad(g, *node[1]);
    Offer o =
        class_loss_offer(accept(loss.desc(), {NNR_F32, NNR_I64, optional(NNR_F32)}, {NNR_F32}),
                         loss.desc(), loss.desc().in(0));
    if (refused(o)) return o;
    const Operand gy = grad.desc().in(0), gx = grad.desc().out(0);
    if (!gy.contiguous() || gy.dtype() != DType::float32 || !gx.contiguous())
      return no("strided gradients");
    if (At(d).any_missing()) return no("an operand that is not given");
    o.workspace_bytes = uint64_t(Targets(loss.desc(), loss.desc().in(0)).rows) * sizeof(double);
    return o;
  }
  explicit ClassLoss(const Desc& d)
      : at_(d),
        t_(targets(d)),
        threads_(threads_for(d, 8 * t_.rows * t_.classes)),
        softmax_(loops().row.softmax) {}

  void run(void* const* buffer, void* workspace) const {
    const auto in = [&](int i) { return i < 0 ? nullptr : buffer[i]; };
    const auto *x = static_cast<const float*>(in(at_.x)), *gy = static_cast<float*>(in(at_.gy)),
               *weights = static_cast<const float*>(in(at_.weights));
    const auto* target = static_cast<const int64_t*>(in(at_.target));
    auto *y = static_cast<float*>(in(at_.loss)), *gx = static_cast<float*>(in(at_.gx));
    double* loss = static_cast<double*>(workspace);
    const double divisor = t_.divisor(target, weights), smoothed = t_.smoothed(weights);
    const bool each = t_.reduction == Targets::Reduction::none;
    parallel_for(t_.rows, t_.grain(), threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float* p = gx + i * t_.classes;
        loss[i] = row(x + i * t_.classes, target[i], weights, p);
        t_.gradient(target[i], weights, gy[each ? i : 0] / divisor, smoothed, p);
      }
    });
    double sum = 0;
    for (int64_t i = 0; i < t_.rows; ++i) {
      if (each) y[i] = float(loss[i]);
      sum += loss[i];
    }
    if (!each) *y = float(sum / divisor);
  }

 private:
  /// Where the operands are among the buffers; -1: nowhere.
  struct At {
    int x, target, weights, gy, loss, gx;
    explicit At(const Desc& d) {
      const nnr_graph& g = *d.body();
      const nnr_node &l = *g.node[0], &grad = *g.node[1];
      const auto find = [](uint32_t value, const uint32_t* all, uint32_t n) {
        const uint32_t i = uint32_t(std::find(all, all + n, value) - all);
        return value == NNR_NONE || i == n ? -1 : int(i);
      };
      const auto in = [&](const nnr_node& n, uint32_t i) {
        return i < n.n_in ? find(n.in[i], g.in, g.n_in) : -1;
      };
      const auto out = [&](const nnr_node& n) {
        const int i = find(n.out[0], g.out, g.n_out);
        return i < 0 ? -1 : d.inputs() + i;
      };
      x = in(l, 0), target = in(l, 1), weights = in(l, 2), gy = in(grad, 0);
      loss = out(l), gx = out(grad);
      weighted = l.n_in > 2 && l.in[2] != NNR_NONE;
    }
    bool weighted;
    bool any_missing() const {
      return x < 0 || target < 0 || gy < 0 || loss < 0 || gx < 0 || (weighted && weights < 0);
    }
  };
  static Targets targets(const Desc& d) {
    const NodeDesc loss(*d.body(), *d.body()->node[0]);
    return Targets(loss.desc(), loss.desc().in(0));
  }

  /// The loss of a row, and its softmax in p.
  double row(const float* x, int64_t target, const float* weights, float* p) const {
    softmax_(x, p, t_.classes);
    // Of the largest number, it is exp(0) / sum.
    const int64_t top = std::max_element(p, p + t_.classes) - p;
    const float log_sum = -std::log(p[top]);
    return t_.loss(target, weights,
                   [&](int64_t c) { return double(x[c] - x[top]) - double(log_sum); });
  }

  At at_;
  Targets t_;
  int threads_;
  decltype(RowLoops::softmax) softmax_;
};

}  // namespace

void claim_class_losses(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kRow = 25;  // ns
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (op_of(*g.node[k]) != "cross_entropy") continue;
    for (uint32_t grad = k + 1; grad < g.n_node; ++grad) {
      if (!is_pair(*g.node[k], *g.node[grad])) continue;
      const uint32_t nodes[] = {k, grad};
      group(arg, nodes, 2, kRow * double(Operand(g.val[g.node[k]->in[0]]).size(0)));
    }
  }
}

KernelDef class_loss_kernel() { return kernel<ClassLoss>("group", "class-loss"); }

}  // namespace nnrun::onednn
