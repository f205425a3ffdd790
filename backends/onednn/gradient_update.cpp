#include "backends/onednn/gradient_update.h"

#include <atomic>
#include <cfloat>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "backends/onednn/fused.h"
#include "backends/onednn/optimizer.h"
#include "backends/onednn/product_gemm.h"

namespace nnrun::onednn {
namespace {

bool row_major(const Operand& o) {
  return o && o.dtype() == DType::float32 && o.layout().empty() && o.contiguous();
}
/// Numbers side by side, whatever the order of the dimensions.
bool dense(const Operand& m) {
  if (m.rank() != 2 || m.numel() == 0) return false;
  const bool by_rows = m.stride(1) == 1 && (m.stride(0) == m.size(1) || m.size(0) == 1);
  const bool by_cols = m.stride(0) == 1 && (m.stride(1) == m.size(0) || m.size(1) == 1);
  return by_rows || by_cols || m.numel() == 1;
}
/// A gradient that can be made piece by piece.
bool is_product(const Desc& d) {
  return d.op() == "matmul" && row_major(d.out(0)) && dense(d.in(0)) && dense(d.in(1)) &&
         !refused(Gemm::offer(d));
}
/// An update that can be made piece by piece.
bool is_update(const Desc& d) {
  if (d.inputs() < 5 || d.outputs() < 1) return false;
  for (int i = 0; i < d.inputs() - 3; ++i) {
    if (d.in(i) && !(row_major(d.in(i)) && d.in(i).shape() == d.in(0).shape())) return false;
  }
  for (int i = 0; i < d.outputs(); ++i) {
    if (!row_major(d.out(i))) return false;
  }
  return d.outputs() == int(updated_inputs(d).size());
}

class GradientUpdate {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    const std::optional<GradientUpdate> g = made(d, &why);
    if (!g) return no(why);
    Offer o = yes(g->est_ns_);
    for (const Parameter& p : g->parameters_) {
      o.workspace_bytes = std::max(o.workspace_bytes, p.product.workspace_bytes());
      for (size_t i = 0; i < p.from.size(); ++i) {
        o.inplace.push_back({uint32_t(p.from[i]), uint32_t(p.to[i] - d.inputs())});
      }
    }
    return o;
  }
  explicit GradientUpdate(const Desc& d) {
    std::string why;
    std::optional<GradientUpdate> g = made(d, &why);
    if (!g) throw Failure(NNR_E_UNSUPPORTED, why);
    *this = std::move(*g);
  }

  void run(void* const* buffer, void* workspace) const {
    bool good = *static_cast<const uint8_t*>(buffer[ok_]) != 0;
    for (const Given& v : given_) good = good && all_finite(buffer[v.buffer], v.numbers);
    for (const Parameter& p : parameters_) good = good && is_finite(p, buffer, workspace);
    if (ok_to_ >= 0) *static_cast<uint8_t*>(buffer[ok_to_]) = good ? 1 : 0;
    for (const Parameter& p : parameters_) {
      if (good) {
        update(p, buffer, workspace);
        continue;
      }
      for (size_t i = 0; i < p.from.size(); ++i) {
        std::memmove(buffer[p.to[i]], buffer[p.from[i]], size_t(p.rows * p.cols) * sizeof(float));
      }
    }
  }

 private:
  static constexpr size_t kMost = 12;  // addresses of an optimizer's loop

  struct Given {
    int buffer;
    int64_t numbers;
  };
  struct Parameter {
    Gemm product;
    int x, w;  // buffers
    int64_t x_numbers, w_numbers, depth;
    std::shared_ptr<const UpdateRule> rule;
    OptimizerLoop loop;
    int lr, step;
    std::vector<int> from, to;  // buffers: the parameter, then the slots
    int64_t rows, cols;
  };

  GradientUpdate() = default;

  static std::optional<GradientUpdate> made(const Desc& d, std::string* why) {
    const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
    if (d.body() == nullptr) return refuse("a group without a body");
    for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
      if (!d.operand(i).layout().empty()) return refuse("operands in layouts");
    }
    const nnr_graph& g = *d.body();
    std::map<uint32_t, int> buffers;  // of values that are given, or windows onto all of one
    for (int i = 0; i < d.inputs(); ++i) buffers[g.in[i]] = i;
    std::map<uint32_t, int> results;
    for (int i = 0; i < d.outputs(); ++i) results[g.out[i]] = d.inputs() + i;
    const auto buffer = [&](uint32_t value) {
      const auto it = value == NNR_NONE ? buffers.end() : buffers.find(value);
      return it == buffers.end() ? -1 : it->second;
    };
    std::map<uint32_t, const nnr_node*> products;
    std::vector<const nnr_node*> updates;
    const nnr_node* check = nullptr;
    for (uint32_t k = 0; k < g.n_node; ++k) {
      const nnr_node& n = *g.node[k];
      const NodeDesc node(g, n);
      if (op_of(n) == "as_strided") {
        const int from = buffer(n.in[0]);
        if (from < 0 || node.desc().attrs().integer("offset") != 0 ||
            Operand(g.val[n.out[0]]).numel() != d.in(from).numel())
          return refuse("a window onto a part");
        buffers[n.out[0]] = from;
      } else if (op_of(n) == "matmul") {
        if (!is_product(node.desc())) return refuse("a product of another kind");
        products[n.out[0]] = &n;
      } else if (op_of(n) == "all_finite" && check == nullptr) {
        check = &n;
      } else if (update_rule(op_of(n), node.desc().attrs()) != nullptr) {
        if (!is_update(node.desc())) return refuse("an update of another kind");
        updates.push_back(&n);
      } else {
        return refuse("no update of weights by products");
      }
    }
    if (check == nullptr || updates.empty() || updates.size() != products.size())
      return refuse("no update of weights by products");

    GradientUpdate u;
    u.ok_ = buffer(check->in[0]);
    u.est_ns_ = 50;
    if (u.ok_ < 0) return refuse("a check of another kind");
    if (results.count(check->out[0]) != 0) u.ok_to_ = results.at(check->out[0]);
    for (uint32_t i = 1; i < check->n_in; ++i) {
      if (products.count(check->in[i]) != 0) continue;
      const Operand o(g.val[check->in[i]]);
      const int from = buffer(check->in[i]);
      if (from < 0 || !row_major(o)) return refuse("a check of something else");
      u.given_.push_back({from, o.numel()});
      u.est_ns_ += 0.1 * double(o.numel());
    }
    size_t results_used = u.ok_to_ >= 0 ? 1 : 0;
    for (const nnr_node* n : updates) {
      const auto product = products.find(n->in[1]);
      if (product == products.end() || n->in[n->n_in - 1] != check->out[0])
        return refuse("an update by something else");
      const nnr_node& m = *product->second;
      const NodeDesc node(g, *n, d.threads()), by(g, m, d.threads());
      const Operand x = by.desc().in(0), w = by.desc().in(1), param = node.desc().in(0);
      if (by.desc().out(0).shape() != param.shape()) return refuse("a gradient of another shape");
      std::unique_ptr<UpdateRule> rule = update_rule(op_of(*n), node.desc().attrs());
      const OptimizerLoop loop = loops().optimizer(rule->op(), DType::float32);
      Parameter p = {Gemm(by.desc(), Gemm::Way::kParts),
                     buffer(m.in[0]),
                     buffer(m.in[1]),
                     x.numel(),
                     w.numel(),
                     x.size(1),
                     std::move(rule),
                     loop,
                     buffer(n->in[n->n_in - 3]),
                     buffer(n->in[n->n_in - 2]),
                     {},
                     {},
                     param.size(0),
                     param.size(1)};
      bool good = p.x >= 0 && p.w >= 0 && p.lr >= 0 && p.step >= 0;
      const std::vector<int> updated = updated_inputs(node.desc());
      for (size_t i = 0; i < updated.size(); ++i) {
        const auto to = results.find(n->out[i]);
        p.from.push_back(buffer(n->in[updated[i]]));
        p.to.push_back(to == results.end() ? -1 : to->second);
        good = good && p.from.back() >= 0 && p.to.back() >= 0;
      }
      results_used += updated.size();
      if (!good || 2 * updated.size() + 1 > kMost) return refuse("an operand that is not given");
      const bool sum = p.rule->factor(p.rule->at(1, 1)) != 0;  // of the parameter and a product
      u.est_ns_ += Gemm::offer(by.desc()).est_ns + (sum ? 0.1 : 0.3) * double(param.numel());
      u.parameters_.push_back(std::move(p));
    }
    if (results_used != results.size()) return refuse("a gradient that is read elsewhere");
    u.threads_ = d.threads();
    return u;
  }

  bool all_finite(const void* x, int64_t n) const {
    std::atomic<bool> good{true};
    parallel_for(n, 4 * kGrain, threads_, [&](int64_t begin, int64_t end) {
      const auto loop = loops().finite(DType::float32);
      if (!loop(static_cast<const float*>(x) + begin, end - begin)) good = false;
    });
    return good;
  }
  /// NaN and infinities are larger than all numbers.
  float largest(const void* x, int64_t n) const {
    std::atomic<int32_t> most{0};
    parallel_for(n, 4 * kGrain, threads_, [&](int64_t begin, int64_t end) {
      const int32_t bits =
          loops().largest_magnitude(static_cast<const float*>(x) + begin, end - begin);
      int32_t seen = most.load(std::memory_order_relaxed);
      while (bits > seen && !most.compare_exchange_weak(seen, bits)) {
      }
    });
    float f;
    std::memcpy(&f, &most, sizeof f);
    return f;
  }
  /// Sums of products of small numbers are finite, and gradients are all but always that; else they
  /// are computed to see.
  bool is_finite(const Parameter& p, void* const* buffer, void* workspace) const {
    const double x = largest(buffer[p.x], p.x_numbers), w = largest(buffer[p.w], p.w_numbers);
    if (x * w * double(p.depth) < FLT_MAX / 2) return true;  // false of NaN
    std::atomic<bool> good{true};
    p.product.run_pieces(static_cast<const float*>(buffer[p.x]),
                         static_cast<const float*>(buffer[p.w]), workspace,
                         [&](int64_t, int64_t, int64_t m, int64_t n, const float* y, int64_t row) {
                           const auto loop = loops().finite(DType::float32);
                           for (int64_t i = 0; i < m; ++i) {
                             if (!loop(y + i * row, n)) good = false;
                           }
                         });
    return good;
  }
  void update(const Parameter& p, void* const* buffer, void* workspace) const {
    const OptimizerScalars s = p.rule->at(*static_cast<const double*>(buffer[p.lr]),
                                          *static_cast<const int64_t*>(buffer[p.step]));
    const float *x = static_cast<const float*>(buffer[p.x]),
                *w = static_cast<const float*>(buffer[p.w]);
    if (const float factor = p.rule->factor(s); factor != 0) {
      return p.product.add_to(static_cast<const float*>(buffer[p.from[0]]), factor, x, w,
                              static_cast<float*>(buffer[p.to[0]]), workspace);
    }
    p.product.run_pieces(
        x, w, workspace,
        [&](int64_t i, int64_t j, int64_t m, int64_t n, const float* y, int64_t row) {
          for (int64_t r = 0; r < m; ++r) {
            const int64_t bytes = ((i + r) * p.cols + j) * int64_t(sizeof(float));
            void* q[kMost];
            size_t k = 0;
            q[k++] = at(buffer[p.from[0]], bytes);
            q[k++] = const_cast<float*>(y) + r * row;
            for (size_t slot = 1; slot < p.from.size(); ++slot)
              q[k++] = at(buffer[p.from[slot]], bytes);
            for (int to : p.to) q[k++] = at(buffer[to], bytes);
            p.loop(q, n, s);
          }
        });
  }

  std::vector<Given> given_;
  std::vector<Parameter> parameters_;
  int ok_ = -1, ok_to_ = -1, threads_ = 1;  // buffers
  double est_ns_ = 0;
};

}  // namespace

void claim_gradient_updates(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr int64_t kFewest = 8192;  // numbers of a gradient that are worth it
  constexpr double kPass = 0.2;      // ns for each that is not written and read
  const auto readers = readers_of(g);
  std::vector<uint32_t> maker(g.n_val, NNR_NONE);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    for (uint32_t i = 0; i < g.node[k]->n_out; ++i) maker[g.node[k]->out[i]] = k;
  }
  for (uint32_t k = 0; k < g.n_node; ++k) {
    const nnr_node& check = *g.node[k];
    if (op_of(check) != "all_finite") continue;
    std::set<uint32_t> nodes = {k};
    double numbers = 0;
    for (uint32_t u : readers[check.out[0]]) {
      if (u >= g.n_node || nodes.count(u) != 0) continue;
      const nnr_node& n = *g.node[u];
      const NodeDesc update(g, n);
      if (n.in[n.n_in - 1] != check.out[0] ||
          update_rule(op_of(n), update.desc().attrs()) == nullptr || !is_update(update.desc()))
        continue;
      const uint32_t gradient = n.in[1], m = maker[gradient];
      if (m == NNR_NONE || update.desc().in(0).numel() < kFewest) continue;
      const auto& by = readers[gradient];
      const bool alone = by.size() == 2 && std::find(by.begin(), by.end(), k) != by.end() &&
                         std::find(by.begin(), by.end(), u) != by.end();
      const NodeDesc product(g, *g.node[m]);
      if (!alone || !is_product(product.desc())) continue;
      nodes.insert({u, m});
      numbers += double(update.desc().in(0).numel());
    }
    if (nodes.size() < 3) continue;
    const std::vector<uint32_t> list(nodes.begin(), nodes.end());
    group(arg, list.data(), uint32_t(list.size()), kPass * numbers);
  }
}

KernelDef gradient_update_kernel() { return kernel<GradientUpdate>("group", "gradient-update"); }

}  // namespace nnrun::onednn
