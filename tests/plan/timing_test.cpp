// What a plan is made of, timed and explained. No time is judged here.
#include "core/plan/timing.h"

#include "core/ops/functions.h"
#include "tests/support/arrays.h"

namespace nnrun::test {
namespace {

struct Planned {
  std::map<std::string, Array> arrays;
  std::unique_ptr<Plan> plan;
};

/// y = x w^T, planned on oneDNN with what was considered.
Planned product() {
  Planned r;
  r.arrays = {{"x", Array(DType::float32, {4, 2})}, {"w", Array(DType::float32, {8, 2})}};
  Graph g;
  GraphBuilder b(g);
  std::vector<Var> in;
  for (const auto& name : {"x", "w"}) {
    const Array& a = r.arrays.at(name);
    in.push_back(b.var(g.add_input(name, {a.dtype(), a.shape()})));
  }
  g.outputs["y"] = b.call("linear", in, {}).at(0).id;
  PlanOptions o = on({"onednn", "reference"});
  o.explain = true;
  r.plan = make_plan(g, o, [&](const std::string& name) { return r.arrays.at(name).raw(); });
  return r;
}

TEST(Measure, LaunchesAreTimedInTheirOrder) {
  const Planned p = product();
  const std::vector<int64_t> at = launch_times(*p.plan);
  ASSERT_EQ(at.size(), p.plan->launches() + 1);
  EXPECT_TRUE(std::is_sorted(at.begin(), at.end()));
}

TEST(Measure, EveryOfferedKernelIsTimedAndNoRefusedOne) {
  const Planned p = product();
  const std::vector<Candidate>& candidates = p.plan->program().nodes[0].candidates;
  const std::vector<double> ns = time_candidates(*p.plan, 1e-4).at(0);
  ASSERT_EQ(ns.size(), candidates.size());
  ASSERT_GE(ns.size(), 3u);
  for (size_t k = 0; k < ns.size(); ++k) {
    EXPECT_EQ(ns[k] > 0, !candidates[k].impl.empty()) << candidates[k].impl;
  }
}

TEST(Measure, TheResultIsTheChosenKernelsNotThatOfATrial) {
  Planned p = product();
  std::fill_n(p.arrays.at("x").data<float>(), 8, 1.f);
  std::fill_n(p.arrays.at("w").data<float>(), 16, 3.f);
  time_candidates(*p.plan, 1e-4);
  EXPECT_EQ(p.plan->output("y").at(31), 6);
}

TEST(Measure, CandidatesAreKeptOnlyWhenAskedFor) {
  Graph g;
  GraphBuilder b(g);
  g.outputs["y"] = relu(b.var(g.add_input("x", {DType::float32, {3}}))).id;
  PlanOptions o = on({"onednn", "reference"});
  EXPECT_TRUE(place(g, o).nodes[0].candidates.empty());
  o.explain = true;
  const std::vector<Candidate> c = place(g, o).nodes[0].candidates;
  ASSERT_EQ(c.size(), 2u);
  EXPECT_EQ(c[0].why_not, "");
  EXPECT_EQ(backend_of(c[1].backend, o), "reference");
  EXPECT_EQ(c[1].why_not, "a backend later in the list");
}

TEST(Measure, ACopyForAKernelSaysForWhichAndWhy) {
  Graph g;
  GraphBuilder b(g);
  b.layer = "one";
  const Var x = b.var(g.add_input("x", {DType::float32, {3, 2}}));
  g.outputs["y"] = transpose(x, 0, 1).id;
  PlanOptions o = on({"onednn", "reference"});
  o.explain = true;
  const Program p = place(g, o);
  ASSERT_EQ(p.nodes.size(), 1u);
  EXPECT_EQ(p.nodes[0].op, "copy");
  EXPECT_EQ(p.nodes[0].reason, "row-major output");
}

/// Operations of an op on operands of these shapes.
double flops(const std::string& op, const std::vector<Shape>& shapes, const Attrs& attrs = {}) {
  Graph g;
  GraphBuilder b(g);
  std::vector<Var> in;
  for (size_t i = 0; i < shapes.size(); ++i)
    in.push_back(b.var(g.add_input("x" + std::to_string(i), {DType::float32, shapes[i]})));
  g.outputs["y"] = b.call(op, in, attrs).at(0).id;
  const Program p = place(g, on({"reference"}));
  return work_of(p, p.nodes.at(0)).flops;
}

TEST(Work, AMultiplyAddIsTwoOperations) {
  EXPECT_EQ(flops("matmul", {{5, 3, 4}, {5, 4, 7}}), 2. * 5 * 3 * 4 * 7);
  EXPECT_EQ(flops("relu", {{5, 3}}), 15);
}

TEST(Work, OfAConvolutionAndItsGradientsIsTheSame) {
  const Shape x{2, 4, 8, 8}, w{6, 2, 3, 3}, y{2, 6, 6, 6};
  const Attrs a = {{"groups", 2}};
  const double want = 2. * y.numel() * 2 * 3 * 3;
  EXPECT_EQ(flops("conv2d", {x, w}, a), want);
  EXPECT_EQ(flops("conv2d_grad_input", {y, w}, {{"groups", 2}, {"input_size", Ints{8, 8}}}), want);
  EXPECT_EQ(flops("conv2d_grad_weight", {y, x}, {{"groups", 2}, {"kernel_size", Ints{3, 3}}}),
            want);
}

TEST(Work, OfPickingRowsIsTheirBytesNotThoseOfTheWholeData) {
  Graph g;
  GraphBuilder b(g);
  const Var data = b.var(g.add_input("data", {DType::float32, {1000, 8}}));
  const Var rows = b.var(g.add_input("rows", {DType::int64, {5}}));
  g.outputs["y"] = b.call1("index_select", {data, rows}, {{"dim", 0}}).id;
  const Program p = place(g, on({"reference"}));
  EXPECT_EQ(work_of(p, p.nodes.at(0)).bytes, 2 * 5 * 8 * 4 + 5 * 8);
}

}  // namespace
}  // namespace nnrun::test
