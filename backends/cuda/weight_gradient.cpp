#include "backends/cuda/weight_gradient.h"

#include <algorithm>

#include "backends/cuda/blas.h"
#include "backends/cuda/body.h"

namespace nnrun::cuda {
namespace {

/// A value as a window onto another, which may be itself.
struct Window {
  uint32_t base;
  int64_t offset;
  Operand seen;
};
Window window_of(const nnr_graph& g, const std::vector<uint32_t>& makers, uint32_t value) {
  Window w{value, 0, Operand(g.val[value])};
  const nnr_node* maker = makers[value] == NNR_NONE ? nullptr : g.node[makers[value]];
  if (maker == nullptr || op_of(*maker) != "as_strided") return w;
  return {maker->in[0], Attrs(maker->attr, maker->n_attr).integer("offset"), w.seen};
}

bool adds_up_rows(const nnr_node& n) {
  if (op_of(n) != "sum") return false;
  const std::vector<int64_t> dims = Attrs(n.attr, n.n_attr).integers("dims");
  return dims.size() == 1 && (dims[0] == 0 || dims[0] == -2);
}

/// Whether b is the matrix a, turned.
bool turned(const Window& a, const Window& b) {
  return a.base == b.base && a.offset == b.offset && a.seen.rank() == 2 && b.seen.rank() == 2 &&
         a.seen.size(0) == b.seen.size(1) && a.seen.size(1) == b.seen.size(0) &&
         a.seen.stride(0) == b.seen.stride(1) && a.seen.stride(1) == b.seen.stride(0);
}

/// The product of a group, with the sums; nothing, and the reason, when it is another.
std::optional<Product> product_of(const Desc& d, std::string* why) {
  const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
  if (d.body() == nullptr) return refuse("a group without a body");
  const nnr_graph& g = *d.body();
  const Body body(d);
  const auto makers = makers_of(g);
  const nnr_node *product = nullptr, *sum = nullptr;
  for (uint32_t k = 0; k < g.n_node; ++k) {
    const nnr_node& n = *g.node[k];
    if (op_of(n) == "as_strided") continue;
    const nnr_node*& role = op_of(n) == "matmul" ? product : sum;
    if (role != nullptr) return refuse("not one product and one sum");
    role = &n;
  }
  if (product == nullptr || sum == nullptr || !adds_up_rows(*sum) ||
      !turned(window_of(g, makers, sum->in[0]), window_of(g, makers, product->in[0]))) {
    return refuse("not a product and the sums of its first factor");
  }
  const auto x = body.given(product->in[0]), y = body.given(product->in[1]);
  const auto out = body.result(product->out[0]), sums = body.result(sum->out[0]);
  if (!x || !y || !out || !sums || x->bytes != 0 || y->bytes != 0)
    return refuse("operands that are not given");
  const NodeDesc node(g, *product);
  Product p = matmul_product(node.desc());
  p.x = x->operand;
  p.y = y->operand;
  p.out = out->operand;
  p.row_sums = sums->operand;
  return p;
}

class WeightGradient : public BlasKernel {
 public:
  static Offer offer(const Desc& d) {
    if (!d.fast_math()) return no("sums in another order: under math: fast");
    std::string why;
    const std::optional<Product> p = product_of(d, &why);
    if (!p) return no(why);
    const Offer o = blas_offer(accept_all(d, kFloats & ~uint64_t(NNR_F64)), *p);
    if (!o.why_not.empty()) return o;
    try {  // not every algorithm has this epilogue
      const WeightGradient probe(d);
    } catch (const Failure& f) {
      return no(f.what());
    }
    return o;
  }
  explicit WeightGradient(const Desc& d) : BlasKernel(d, made(d)) {}

 private:
  static Product made(const Desc& d) {
    std::string why;
    const std::optional<Product> p = product_of(d, &why);
    if (!p) throw Failure(NNR_E_UNSUPPORTED, why);
    return *p;
  }
};

}  // namespace

void claim_weight_gradients(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kLaunch = 2000, kPass = 0.004;  // ns, and for an element that is read once less
  const auto makers = makers_of(g);
  std::map<uint32_t, std::vector<uint32_t>> sums;  // of matrices, by what they are windows onto
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (adds_up_rows(*g.node[k])) sums[window_of(g, makers, g.node[k]->in[0]).base].push_back(k);
  }
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (op_of(*g.node[k]) != "matmul") continue;
    const Window x = window_of(g, makers, g.node[k]->in[0]);
    for (uint32_t sum : sums[x.base]) {
      if (!turned(window_of(g, makers, g.node[sum]->in[0]), x)) continue;
      const uint32_t nodes[] = {std::min(k, sum), std::max(k, sum)};
      group(arg, nodes, 2, kLaunch + kPass * double(x.seen.numel()));
    }
  }
}

KernelDef weight_gradient_kernel() { return kernel<WeightGradient>("group", "weight-gradient"); }

}  // namespace nnrun::cuda
