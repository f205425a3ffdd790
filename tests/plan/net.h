// Small networks as graphs, and whether plans of them give the values of the reference backend.
#pragma once

#include "core/autograd/differentiate.h"
#include "core/ops/functions.h"
#include "core/plan/plan.h"
#include "tests/support/arrays.h"

namespace nnrun::test {

inline const Attrs kSame = {
    {"stride", Ints{1, 1}}, {"padding", Ints{1, 1}}, {"dilation", Ints{1, 1}}, {"groups", 1}};
inline const Attrs kHalf = {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}};

/// A graph, with random arrays for what it reads.
struct Net {
  Graph graph;
  GraphBuilder b{graph};
  std::map<std::string, Array> arrays;
  std::mt19937_64 random{7};

  Array drawn(const Type& t) { return draw({t.shape, -1, 1, t.dtype}, t.dtype, {}, random); }
  Var input(const std::string& name, const Shape& s) {
    arrays[name] = drawn({DType::float32, s});
    return b.var(graph.add_input(name, {DType::float32, s}));
  }
  Var parameter(const std::string& name, const Shape& s) {
    arrays[name] = draw({s, -0.2, 0.2}, DType::float32, {}, random);
    return b.var(graph.add_state(name, {DType::float32, s}, true));
  }
  Var conv(Var x, const std::string& name, int64_t out, Attrs attrs = kSame) {
    const int64_t groups = attrs.integer("groups");
    return b.call1(
        "conv2d",
        {x, parameter(name, {out, x.shape()[1] / groups, 3, 3}), parameter(name + ".bias", {out})},
        attrs);
  }
  Var pooled(Var x) { return b.call("max_pool2d", std::vector<Var>{x}, kHalf)[0]; }
  /// w := w - 0.0001 gradient of y's sum of squares, for all parameters; outputs the loss.
  void train(Var y) {
    const Var loss = sum(y * y);
    std::vector<Var> params, grads;
    for (ValueId v = 0; v < graph.values.size(); ++v) {
      if (graph.values[v].is_parameter) params.push_back(b.var(v));
    }
    grads = differentiate(b, loss, params);
    for (size_t i = 0; i < params.size(); ++i) {
      graph.writes.push_back({params[i].id, (params[i] - grads[i] * 1e-4).id});
    }
    graph.outputs["loss"] = loss.id;
  }
  std::unique_ptr<Plan> plan(const PlanOptions& o, std::map<std::string, Array>& memory) const {
    return make_plan(graph, o, [&](const std::string& name) -> void* {
      return memory.count(name) ? memory.at(name).raw() : nullptr;
    });
  }
  std::map<std::string, Array> copies() const {
    std::map<std::string, Array> r;
    for (const auto& [name, a] : arrays) r[name] = a.clone();
    return r;
  }
};

using Ops = std::vector<std::string>;

/// What the groups of a plan's steps stand for: "conv2d+relu".
inline Ops groups(const Plan& plan) {
  Ops r;
  for (size_t i = 0; i < plan.launches(); ++i) {
    const PlannedNode* n = plan.node_of(i);
    if (n == nullptr || !n->body) continue;
    std::string text;
    for (uint32_t k = 0; k < n->body->get()->n_node; ++k) {
      const nnr_str& op = n->body->get()->node[k]->op;
      text += (k ? "+" : "") + std::string(op.ptr, op.len);
    }
    r.push_back(text);
  }
  return r;
}

inline void expect_near(const Array& got, const Array& want, double tolerance,
                        const std::string& what) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  double scale = 1e-3;
  for (int64_t i = 0; i < want.numel(); ++i) scale = std::max(scale, std::fabs(want.at(i)));
  for (int64_t i = 0; i < want.numel(); ++i) {
    ASSERT_NEAR(got.at(i), want.at(i), tolerance * scale) << what << " at " << i;
  }
}

/// Runs `steps` steps on the reference backend, as the graph says, and on oneDNN, and compares
/// outputs and state.
inline void expect_values_of_the_reference(const Net& net, int steps = 1, double tolerance = 2e-5,
                                           bool fast_math = false) {
  std::map<std::string, Array> want = net.copies();
  PlanOptions plain = on({"reference"});
  plain.fuse = false;
  const auto reference = net.plan(plain, want);
  for (int i = 0; i < steps; ++i) reference->run();
  for (int threads : {1, 2}) {
    std::map<std::string, Array> got = net.copies();
    PlanOptions o = on({"onednn", "reference"}, threads);
    o.fast_math = fast_math;
    const auto plan = net.plan(o, got);
    for (int i = 0; i < steps; ++i) plan->run();
    plan->export_state();
    for (const auto& [name, v] : net.graph.outputs)
      expect_near(plan->output(name), reference->output(name), tolerance, name);
    for (const auto& [name, a] : want) expect_near(got.at(name), a, tolerance, name);
  }
}

}  // namespace nnrun::test
