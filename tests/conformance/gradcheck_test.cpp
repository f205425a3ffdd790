// Every differentiable op and sample: the gradient rule against central differences in float64 on
// the reference backend, or the one named by $NNRUN_CONFORMANCE, and the gradient of the gradient
// against differences of the gradient.
#include <cstdlib>

#include "core/autograd/differentiate.h"
#include "core/ops/functions.h"
#include "tests/support/arrays.h"

namespace nnrun::test {
namespace {

/// sum over the float outputs of <output, weights>: a scalar with a generic gradient.
Var weighted_sum(Builder& b, const std::vector<Var>& out, uint64_t seed) {
  std::mt19937_64 random(seed);
  Var total;
  for (const Var& v : out) {
    if (!v || v.dtype() != DType::float64) continue;
    Array w(DType::float64, v.shape());
    for (int64_t i = 0; i < w.numel(); ++i) {
      w.data<double>()[i] =
          std::uniform_real_distribution<double>(0.5, 1.5)(random) * (random() & 1 ? 1 : -1);
    }
    const Var s = sum(v * b.constant(w));
    total = total ? total + s : s;
  }
  return total;
}

struct Problem {
  Graph graph;
  std::map<std::string, Array> arrays;
  std::vector<std::string> names;  // of the float operands
};

/// Builds the op over inputs, then `order` - 1 further weighted gradients of it: the function whose
/// gradient is checked; with its gradients as outputs "g0", "g1", ... and itself as "f".
bool build(const OpDef& d, const Sample& s, int order, Problem* p) {
  GraphBuilder b(p->graph);
  b.differentiable = true;
  std::mt19937_64 random(11);
  std::vector<Var> in, wrt;
  for (size_t i = 0; i < s.in.size(); ++i) {
    if (s.in[i].absent) {
      in.push_back({});
      continue;
    }
    const std::string name = "x" + std::to_string(i);
    p->arrays[name] = draw(s.in[i], DType::float64, s.kinks, random);
    in.push_back(
        b.var(p->graph.add_input(name, {p->arrays[name].dtype(), p->arrays[name].shape()})));
    if (p->arrays[name].dtype() == DType::float64 && !s.in[i].no_grad) {
      wrt.push_back(in.back());
      p->names.push_back(name);
    }
  }
  Var f = weighted_sum(b, b.call(d.name, in, s.attrs), 5);
  if (!f || wrt.empty()) return false;
  std::vector<Var> g = differentiate(b, f, wrt);
  for (int k = 1; k < order; ++k) {
    f = weighted_sum(b, g, 6);
    if (!f) return false;
    g = differentiate(b, f, wrt);
  }
  p->graph.outputs["f"] = f.id;
  bool any = false;
  for (size_t i = 0; i < g.size(); ++i) {
    if (g[i]) p->graph.outputs["g" + std::to_string(i)] = g[i].id, any = true;
  }
  return any || order == 1;
}

PlanOptions options() {
  const char* named = std::getenv("NNRUN_CONFORMANCE");
  return named == nullptr ? on({"reference"}) : on({named, "reference"});
}

void check(const OpDef& d, size_t sample, int order, int64_t most) {
  Problem p;
  if (!build(d, d.samples[sample], order, &p)) return;
  const auto plan = make_plan(p.graph, options(), [&](const std::string& name) -> void* {
    return p.arrays.at(name).raw();
  });
  plan->run();
  if (std::isnan(plan->output("f").at(0))) return;  // the mean of nothing
  for (size_t k = 0; k < p.names.size(); ++k) {
    const bool flows = p.graph.outputs.count("g" + std::to_string(k)) != 0;
    const Array analytic = flows ? plan->output("g" + std::to_string(k)).clone() : Array();
    Array& x = p.arrays[p.names[k]];
    std::mt19937_64 random(13);
    const int64_t n = x.numel();
    for (int64_t j = 0; j < std::min(n, most); ++j) {
      const int64_t i = n <= most ? j : int64_t(random() % uint64_t(n));
      double& xi = x.data<double>()[i];
      const double kept = xi, h = (order == 1 ? 1e-6 : 1e-5) * std::max(1.0, std::fabs(kept));
      const auto f_of = [&](double value) {
        xi = value;
        if (plan->device() != nullptr) plan->device()->put(x);
        plan->run();
        return plan->output("f").at(0);
      };
      const double up = f_of(kept + h), down = f_of(kept - h);
      xi = kept;
      if (plan->device() != nullptr) plan->device()->put(x);
      const double numeric = (up - down) / (2 * h), exact = flows ? analytic.at(i) : 0;
      const double slack = order == 1 ? 1e-5 : 1e-4;
      EXPECT_LE(std::fabs(numeric - exact), slack + 1e-3 * std::fabs(exact))
          << d.name << d.samples[sample].attrs.str() << " sample " << sample << " operand " << k
          << " element " << i << " order " << order << ": numeric " << numeric << ", rule "
          << exact;
      if (::testing::Test::HasFailure()) return;
    }
  }
}

std::vector<const OpDef*> differentiable_ops() {
  std::vector<const OpDef*> r;
  for (const OpDef* d : all_ops()) {
    if (!d->samples.empty() && !d->has(kNoGradient) && !d->has(kSurrogate) && (d->dtypes & NNR_F64))
      r.push_back(d);
  }
  return r;
}

class Gradcheck : public ::testing::TestWithParam<const OpDef*> {};

TEST_P(Gradcheck, TheRuleIsTheDerivative) {
  for (size_t k = 0; k < GetParam()->samples.size(); ++k) check(*GetParam(), k, 1, 60);
}

TEST_P(Gradcheck, TheGradientOfTheGradientIsTheSecondDerivative) {
  for (size_t k = 0; k < GetParam()->samples.size(); ++k) check(*GetParam(), k, 2, 12);
}

INSTANTIATE_TEST_SUITE_P(Ops, Gradcheck, ::testing::ValuesIn(differentiable_ops()),
                         [](const auto& info) {
                           std::string s = info.param->name;
                           for (char& c : s)
                             c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return s;
                         });

}  // namespace
}  // namespace nnrun::test
