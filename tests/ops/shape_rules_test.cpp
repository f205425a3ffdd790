// What ops infer and refuse, and that each op's parts agree: samples, composition, gradient.
#include <gtest/gtest.h>

#include <memory>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {
namespace {

struct Case {
  const char* op;
  std::vector<Type> in;
  Attrs attrs;
  std::string expected;  // the results' types, or a fragment of the error
};

Type f32(Shape s) { return {DType::float32, s}; }
Type i64(Shape s) { return {DType::int64, s}; }
Type b8(Shape s) { return {DType::boolean, s}; }

std::vector<Var> inputs(GraphBuilder& b, const std::vector<Type>& types) {
  std::vector<Var> in;
  for (const Type& t : types) {
    in.push_back(b.var(b.graph.add_input("in" + std::to_string(in.size()), t)));
  }
  return in;
}

std::string outcome(const Case& c) {
  Graph g;
  GraphBuilder b(g);
  try {
    std::string s;
    for (const Var& v : b.call(c.op, inputs(b, c.in), c.attrs)) {
      s += (s.empty() ? "" : " ") + v.type().str();
    }
    return s;
  } catch (const Error& e) {
    return e.what();
  }
}

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const std::string r = outcome(c);
    if (c.expected.back() == ']') {
      EXPECT_EQ(r, c.expected) << c.op;
    } else {
      EXPECT_NE(r.find(c.expected), std::string::npos) << c.op << ": " << r;
    }
  }
}

constexpr const char* kEverything = "one of float32, float64, bfloat16, float16";

TEST(ShapeRules, OfElementwiseOps) {
  check(
      {{"add", {f32({2, 1, 3}), f32({4, 1})}, {}, "float32[2, 4, 3]"},
       {"add", {f32({2}), f32({3})}, {}, "shapes (2,) and (3,) do not broadcast"},
       {"mul", {f32({2}), i64({2})}, {}, "operands are float32 and int64"},
       {"exp", {i64({2})}, {}, kEverything},
       {"lt", {i64({2, 1}), i64({3})}, {}, "bool[2, 3]"},
       {"isfinite", {f32({})}, {}, "bool[]"},
       {"logical_and", {f32({2}), f32({2})}, {}, "operand 0 is float32, expected bool"},
       {"where", {b8({3, 1}), f32({2}), f32({})}, {}, "float32[3, 2]"},
       {"where", {f32({3}), f32({3}), f32({3})}, {}, "operand 0 is float32, expected bool"},
       {"where", {b8({3}), f32({3}), i64({3})}, {}, "operands are float32 and int64"},
       {"cast", {f32({3})}, {{"dtype", DType::int64}}, "int64[3]"},
       {"clamp", {f32({3})}, {}, "needs min, max or both"},
       {"hardtanh", {f32({3})}, {{"min_val", 2.0}}, "min_val 2 is not below max_val 1"},
       {"prelu", {f32({2, 3, 4}), f32({3})}, {}, "float32[2, 3, 4]"},
       {"prelu", {f32({2, 3, 4}), f32({4})}, {}, "weight (4,) of operand (2, 3, 4)"},
       {"gelu", {f32({2})}, {{"approximate", "fast"}}, "expected one of: none, tanh"},
       {"formula", {f32({2, 1}), f32({3})}, {{"expr", "x0 * x1"}}, "float32[2, 3]"},
       {"formula", {f32({2})}, {{"expr", "x0 * y"}}, "'y' is not defined (known: x0), at column 6"},
       {"formula", {f32({2})}, {{"expr", "a0 * x0"}}, "'a0' is not defined"}});
}

TEST(ShapeRules, OfReductions) {
  check(
      {{"max", {f32({2, 3, 4})}, {{"dims", Ints{1, -1}}}, "float32[2]"},
       {"min", {f32({2, 3})}, {{"keepdim", true}}, "float32[1, 1]"},
       {"max", {f32({0, 3})}, {{"dims", 1}}, "float32[0]"},
       {"max", {f32({0, 3})}, {{"dims", 0}}, "no value over nothing: shape (0, 3) reduced to (3,)"},
       {"prod", {f32({2, 3})}, {{"dims", Ints{1, -1}}}, "a dim appears twice"},
       {"mean", {f32({2, 3})}, {{"dims", 2}}, "dim 2 is out of range"},
       {"mean", {i64({2})}, {}, kEverything},
       {"var", {f32({2, 3})}, {{"dims", 0}}, "float32[3]"},
       {"argmax", {f32({2, 3})}, {}, "int64[]"},
       {"argmax", {f32({2, 3})}, {{"dim", -1}, {"keepdim", true}}, "int64[2, 1]"},
       {"argmin", {f32({2, 0})}, {{"dim", 1}}, "no index over nothing"}});
}

TEST(ShapeRules, OfViews) {
  check({{"permute", {f32({2, 3, 4})}, {{"dims", Ints{-1, 0, 1}}}, "float32[4, 2, 3]"},
         {"permute", {f32({2, 3})}, {{"dims", Ints{0, 0}}}, "dim 0 appears twice"},
         {"permute", {f32({2, 3})}, {{"dims", Ints{0}}}, "1 dims for shape (2, 3)"},
         {"expand", {f32({2, 1})}, {{"shape", Ints{5, -1, 4}}}, "float32[5, 2, 4]"},
         {"expand", {f32({2})}, {{"shape", Ints{3}}}, "shape (2,) does not broadcast to (3,)"},
         {"expand", {f32({2})}, {{"shape", Ints{-1, 2}}}, "does not broadcast to (-1, 2)"},
         {"slice", {f32({5, 4})}, {{"start", 1}, {"end", -1}, {"step", 2}}, "float32[2, 4]"},
         {"slice", {f32({5})}, {{"start", -100}, {"end", 100}}, "float32[5]"},
         {"slice", {f32({5})}, {{"start", 4}, {"end", 1}}, "float32[0]"},
         {"slice", {f32({})}, {}, "a scalar has no dimension"},
         {"slice", {f32({5})}, {{"step", 0}}, "step is 0, expected at least 1"},
         {"transpose", {f32({2, 3, 4})}, {{"dim0", 0}, {"dim1", -1}}, "float32[4, 3, 2]"},
         {"squeeze", {f32({1, 2, 1})}, {}, "float32[2]"},
         {"squeeze", {f32({1, 2, 1})}, {{"dims", Ints{0, 1}}}, "float32[2, 1]"},
         {"unsqueeze", {f32({2})}, {{"dim", -1}}, "float32[2, 1]"},
         {"flatten", {f32({2, 3, 4})}, {{"start_dim", 1}}, "float32[2, 12]"},
         {"flatten", {f32({})}, {}, "float32[1]"},
         {"flatten", {f32({2, 3})}, {{"start_dim", 1}, {"end_dim", 0}}, "comes after end_dim 0"}});
}

TEST(ShapeRules, OfDataMovement) {
  const Ints zero{0, 0};
  check(
      {{"concat", {f32({2, 3}), f32({2, 5})}, {{"dim", -1}}, "float32[2, 8]"},
       {"concat", {f32({2, 3}), f32({3, 5})}, {{"dim", 1}}, "shapes (2, 3) and (3, 5) differ"},
       {"concat", {f32({2}), i64({2})}, {}, "operands are float32 and int64"},
       {"pad",
        {f32({3, 0})},
        {{"low", Ints{1, 1}}, {"high", zero}, {"interior", Ints{2, 2}}},
        "float32[8, 1]"},
       {"pad",
        {f32({3})},
        {{"low", zero}, {"high", zero}, {"interior", zero}},
        "low has 2 values for shape (3,)"},
       {"gather", {f32({3, 4}), i64({2, 9})}, {{"dim", 1}}, "float32[2, 9]"},
       {"gather", {f32({3, 4}), i64({4, 9})}, {{"dim", 1}}, "index (4, 9) is larger than (3, 4)"},
       {"gather", {f32({3}), f32({3})}, {{"dim", 0}}, "operand 1 is float32, expected int64"},
       {"scatter_add",
        {f32({3}), i64({5}), f32({4})},
        {{"dim", 0}},
        "src (4,) is not of the shape"},
       {"index_select", {f32({3, 4}), i64({7})}, {{"dim", 0}}, "float32[7, 4]"},
       {"index_select", {f32({3, 4}), i64({7, 1})}, {{"dim", 0}}, "shape (7, 1), expected a list"},
       {"index_add", {f32({3, 4}), i64({2}), f32({3, 4})}, {{"dim", 0}}, "but there are 2 indices"},
       {"one_hot", {i64({2, 3})}, {{"num_classes", 5}}, "int64[2, 3, 5]"},
       {"dynamic_slice", {f32({9, 2}), i64({})}, {{"length", 4}}, "float32[4, 2]"},
       {"dynamic_slice", {f32({3, 2}), i64({})}, {{"length", 4}}, "length 4 of shape (3, 2)"},
       {"arange",
        {},
        {{"end", 2.0}, {"start", 1.0}, {"step", 0.3}, {"dtype", DType::float32}},
        "float32[4]"},
       {"arange", {}, {{"end", 2.0}, {"step", -1.0}}, "gives no list"},
       {"arange", {}, {{"end", 2.0}, {"step", 0.0}}, "gives no list"},
       {"full", {}, {{"shape", Ints{2, 0}}, {"value", 1.0}}, "float32[2, 0]"},
       {"cumsum", {i64({3})}, {{"dim", 1}}, "dim 1 is out of range"},
       {"sort", {f32({3, 2})}, {}, "float32[3, 2] int64[3, 2]"},
       {"topk", {f32({3, 7})}, {{"k", 2}}, "float32[3, 2] int64[3, 2]"},
       {"topk", {f32({3, 2})}, {{"k", 5}}, "k is 5, but dim 1 of shape (3, 2) has size 2"},
       {"all_finite", {{DType::uint8, {}}, f32({3}), i64({2})}, {}, "operand 2 is int64"}});
}

TEST(ShapeRules, RefuseResultsTooLargeToCount) {
  const int64_t huge = int64_t{1} << 40;
  check({{"expand", {f32({1, 1})}, {{"shape", Ints{huge, huge}}}, "a size overflows 64 bits"},
         {"pad",
          {f32({1})},
          {{"low", huge * 4'000'000}, {"high", huge * 4'000'000}, {"interior", 0}},
          "a size overflows 64 bits"}});
}

// Every op there is.

class EveryOp : public testing::TestWithParam<const OpDef*> {};

std::vector<Var> operands(GraphBuilder& b, const OpDef& op, const Sample& s) {
  std::vector<Var> in;
  for (const Sample::In& i : s.in) {
    DType t = i.dtype;
    for (int k = 0; k < sdk::kDTypes && !i.fixed && !(op.dtypes & sdk::mask_of(t)); ++k) {
      t = static_cast<DType>(k);
    }
    const std::string name = "in" + std::to_string(in.size());
    in.push_back(i.absent ? Var{} : b.var(b.graph.add_input(name, {t, i.shape})));
  }
  return in;
}

TEST_P(EveryOp, InfersItsSamplesAndComposesToTheSameTypes) {
  const OpDef& op = *GetParam();
  EXPECT_GE(op.samples.size(), 1u);
  for (const Sample& s : op.samples) {
    Graph g;
    GraphBuilder b(g);
    const std::vector<Var> in = operands(b, op, s);
    const std::vector<Var> out = b.call(op.name, in, s.attrs);
    EXPECT_LE(int(out.size()), op.n_out);  // an optimizer has fewer states without momentum
    if (!op.compose) continue;
    const std::vector<Var> parts =
        op.compose(b, complete(op.attrs, s.attrs, "[" + op.name + "]"), in);
    ASSERT_EQ(parts.size(), out.size());
    for (size_t i = 0; i < out.size(); ++i) EXPECT_EQ(parts[i].type().str(), out[i].type().str());
  }
}

TEST_P(EveryOp, GivesGradientsOfItsOperandsTypesThatHaveGradientsThemselves) {
  const OpDef& op = *GetParam();
  if (!op.gradient) return;
  for (const Sample& s : op.samples) {
    Graph g;
    GraphBuilder b(g);
    b.differentiable = true;
    const std::vector<Var> in = operands(b, op, s);
    const std::vector<Var> out = b.call(op.name, in, s.attrs);
    std::vector<Var> gout;
    for (const Var& v : out) gout.push_back(is_float(v.dtype()) ? zeros_like(v) : Var{});
    const Attrs attrs = complete(op.attrs, s.attrs, "[" + op.name + "]");
    const std::unique_ptr<bool[]> want(new bool[in.size() + 1]);
    for (size_t i = 0; i < in.size(); ++i) {
      want[i] = in[i] && is_float(in[i].dtype()) && !s.in[i].no_grad;
    }
    const size_t before = g.nodes.size();
    const std::vector<Var> gin =
        op.gradient(b, {attrs, in, out, gout, std::span<const bool>(want.get(), in.size())});
    ASSERT_EQ(gin.size(), in.size());
    for (size_t i = 0; i < in.size(); ++i) {
      if (want[i] && gin[i]) {
        EXPECT_EQ(gin[i].type().str(), in[i].type().str());
      }
    }
    for (size_t i = before; i < g.nodes.size(); ++i) {
      const OpDef& part = find_op(g.nodes[i].op);
      EXPECT_TRUE(part.gradient || part.has(kNoGradient)) << part.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(all_ops()),
                         [](const auto& p) { return p.param->name; });

}  // namespace
}  // namespace nnrun
