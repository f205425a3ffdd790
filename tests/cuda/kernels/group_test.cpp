// Several ops as one kernel: chains of maps, and all updates of a step. What comes out has the bits
// of the ops one by one.
#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

/// A graph of inputs in any dtype.
struct Step : Net {
  Var given(const std::string& name, const Shape& s, DType t = DType::float32) {
    arrays[name] = drawn({t, s});
    return b.var(graph.add_input(name, {t, s}));
  }
  Var state(const std::string& name, const Array& v) {
    arrays[name] = v;
    return b.var(graph.add_state(name, {v.dtype(), v.shape()}, false));
  }
  void result(Var y) { graph.outputs["y" + std::to_string(graph.outputs.size())] = y.id; }

  struct Ran {
    std::map<std::string, Array> values;  // outputs and what is bound, after a step
    Ops groups;
    size_t launches;
  };
  Ran run(bool fuse, bool fast_math = false) const {
    Ran r{copies(), {}, 0};
    PlanOptions o = on({"cuda"});
    o.fuse = fuse;
    o.fast_math = fast_math;
    const auto p = plan(o, r.values);
    p->run();
    p->export_state();
    for (const auto& [name, v] : graph.outputs) r.values[name] = p->output(name);
    r.groups = test::groups(*p);
    r.launches = p->launches();
    return r;
  }
};

void expect_groups(const Step& p, const Ops& groups, size_t launches) {
  const auto got = p.run(true), want = p.run(false);
  EXPECT_EQ(got.groups, groups);
  EXPECT_EQ(got.launches, launches);
  EXPECT_TRUE(want.groups.empty());
  for (const auto& [name, a] : want.values) {
    EXPECT_TRUE(same_bits(got.values.at(name), a)) << name << " in " << groups[0];
  }
}

TEST(CudaChain, IsOneKernelInEveryDtypeAndRoundsWhatLiesBetween) {
  for (DType t : {DType::float32, DType::float64, DType::bfloat16, DType::float16}) {
    for (int64_t n : {1, 37, 1029}) {
      Step p;
      const Var x = p.given("x", {n}, t), y = p.given("y", {n}, t);
      const Var a = tanh(x * y + y), gate = sigmoid(x);
      p.result(a * gate);
      expect_groups(p, {"mul+add+tanh+sigmoid+mul"}, 1);
    }
  }
}

TEST(CudaChain, ReadsNumbersRowsColumnsAndTurnedMatrices) {
  Step p;
  const Var x = p.given("x", {5, 7}), turned = permute(p.given("turned", {7, 5}), {1, 0});
  const Var row = p.given("row", {7}), column = p.given("column", {5, 1});
  p.result(exp(x * row) + column * turned - 0.25);
  const auto got = p.run(true), want = p.run(false);
  EXPECT_EQ(got.launches, 1u);
  EXPECT_TRUE(same_bits(got.values.at("y0"), want.values.at("y0")));
}

TEST(CudaChain, JoinsBranchesThatMeet) {
  Step p;
  const Var x = p.given("x", {100}), y = p.given("y", {100});
  const Var a = exp(x), c = cos(y);
  p.result(where(gt(a, c), a, c));
  expect_groups(p, {"exp+cos+gt+where"}, 1);
}

TEST(CudaChain, CastsWithinIt) {
  Step p;
  const Var x = p.given("x", {100}, DType::bfloat16), n = p.given("n", {100}, DType::int64);
  const Var e = cast(exp(x), DType::float32), m = cast(n, DType::float32);
  p.result(cast(e * m, DType::int32));
  expect_groups(p, {"exp+cast+cast+mul+cast"}, 1);
}

TEST(CudaChain, StoresWhatOthersRead) {
  Step p;
  const Var x = p.given("x", {4, 25}), e = exp(x), m = e * x;
  p.result(e);
  p.result(sum(m, {0}));
  p.result(tanh(m));
  expect_groups(p, {"exp+mul+tanh"}, 2);
}

TEST(CudaChain, EndsWhereItWouldWaitForItself) {
  Step p;
  const Var x = p.given("x", {300}), e = exp(x * x);
  p.result(tanh(e / sum(e)));
  expect_groups(p, {"mul+exp", "div+tanh"}, 3);
}

TEST(CudaChain, HoldsDropoutAndBatchNorm) {
  Step p;
  const Var x = p.given("x", {2, 3, 5, 5});
  std::vector<Var> in = {relu(x)};
  for (const char* name : {"weight", "bias", "mean", "variance"}) {
    in.push_back(p.state(name, draw({{3}, 0.5, 2}, DType::float32, {}, p.random)));
  }
  const Var y = p.b.call("batch_norm_inference", in, {{"eps", 1e-5}})[0];
  const Var state = p.state("random", draw({{4}, 0, 9}, DType::int64, {}, p.random));
  p.result(p.b.call("dropout", std::vector<Var>{y, state}, {{"p", 0.4}})[0] * 2);
  expect_groups(p, {"relu+batch_norm_inference+dropout+mul"}, 1);
}

TEST(CudaChain, HoldsAUsersFormula) {
  Step p;
  const Var x = p.given("x", {77}), y = p.given("y", {77});
  const auto swish =
      p.b.call("formula", std::vector<Var>{x + y},
               {{"expr", std::string("x0 * sigmoid(a0 * x0)")}, {"a", std::vector<double>{1.5}}});
  p.result(swish[0] * y);
  expect_groups(p, {"add+formula+mul"}, 1);
}

TEST(CudaChain, IsAsLongAsOneKernelHasOperandsFor) {
  Step p;
  Var y = p.given("x", {64});
  for (int i = 0; i < 20; ++i) y = y * p.given("x" + std::to_string(i), {64});
  p.result(y);
  const auto got = p.run(true), want = p.run(false);
  EXPECT_EQ(got.groups.size(), 2u);
  EXPECT_TRUE(same_bits(got.values.at("y0"), want.values.at("y0")));
}

/// The gradients of a linear layer's weight and bias.
struct LayerGradients : Step {
  explicit LayerGradients(DType t) {
    const Var x = given("x", {6, 5}, t), gy = given("gy", {6, 7}, t);
    result(matmul(transpose(gy, 0, 1), x));
    result(sum(gy, {0}));
  }
};

TEST(CudaWeightGradient, ComesWithTheBiasesFromOneProductUnderFastMath) {
  for (DType t : {DType::float32, DType::bfloat16, DType::float16}) {
    const LayerGradients p(t);
    const auto got = p.run(true, true), want = p.run(false);
    EXPECT_EQ(got.groups, (Ops{"as_strided+matmul+sum"}));
    EXPECT_EQ(got.launches, 1u);
    for (const char* name : {"y0", "y1"}) {
      EXPECT_TRUE(close(got.values.at(name), want.values.at(name), tolerance(t))) << name;
    }
  }
}

TEST(CudaWeightGradient, IsAloneWhereTheOrderOfSumsIsPromised) {
  EXPECT_TRUE(LayerGradients(DType::float32).run(true).groups.empty());
  EXPECT_TRUE(LayerGradients(DType::float64).run(true, true).groups.empty());
}

struct Updates : Step {
  Updates(const std::string& op, const Attrs& attrs, const std::vector<bool>& slots,
          DType dtype = DType::float32, bool accepted = true,
          const Ints& sizes = {1, 3, 64, 1000, 9001}) {
    const Var lr = state("lr", Array::scalar<double>(0.01));
    const Var step = state("step", Array::scalar<int64_t>(3));
    const Var ok = state("ok", Array::scalar<uint8_t>(accepted));
    for (int64_t n : sizes) {
      const std::string name = std::to_string(arrays.size()) + " of " + std::to_string(n);
      const auto kept = [&](const std::string& what) {
        return state(what, draw({Shape{n}, 0.1, 1, dtype}, dtype, {}, random));
      };
      std::vector<Var> in = {kept(name), given("gradient of " + name, {n}, dtype)};
      std::vector<Var> before = {in[0]};
      for (size_t k = 0; k < slots.size(); ++k) {
        in.push_back(slots[k] ? kept(name + " slot " + std::to_string(k)) : Var{});
        if (slots[k]) before.push_back(in.back());
      }
      in.insert(in.end(), {lr, step, ok});
      const std::vector<Var> out = b.call(op, in, attrs);
      for (size_t k = 0; k < before.size(); ++k) {
        graph.writes.push_back({before[k].id, out[k].id});
      }
    }
  }
};

TEST(CudaUpdates, OfAllParametersAreOneLaunch) {
  const auto five = [](const std::string& op) {
    return op + "+" + op + "+" + op + "+" + op + "+" + op;
  };
  const Attrs decay = {{"weight_decay", 0.1}};
  expect_groups(Updates("sgd", {}, {false}), {five("sgd")}, 1);
  expect_groups(Updates("sgd", {{"momentum", 0.9}, {"nesterov", true}}, {true}), {five("sgd")}, 1);
  expect_groups(Updates("adam", decay, {true, true, false}), {five("adam")}, 1);
  expect_groups(Updates("adam", {{"decoupled", true}, {"weight_decay", 0.1}, {"amsgrad", true}},
                        {true, true, true}),
                {five("adam")}, 1);
  expect_groups(Updates("rmsprop", decay, {true, false, false}), {five("rmsprop")}, 1);
  expect_groups(Updates("adagrad", {}, {true}), {five("adagrad")}, 1);
}

TEST(CudaUpdates, AreOneLaunchInEveryDtype) {
  for (DType t : {DType::float64, DType::bfloat16, DType::float16}) {
    expect_groups(Updates("adam", {}, {true, true, false}, t), {"adam+adam+adam+adam+adam"}, 1);
  }
}

TEST(CudaUpdates, OfHundredsOfParametersAreAFewLaunches) {
  const Updates u("adam", {{"amsgrad", true}}, {true, true, true}, DType::float32, true,
                  Ints(300, 5));
  const auto got = u.run(true), want = u.run(false);
  EXPECT_EQ(got.launches, 2u);
  EXPECT_EQ(want.launches, 300u);
  for (const auto& [name, a] : want.values) EXPECT_TRUE(same_bits(got.values.at(name), a)) << name;
}

TEST(CudaUpdates, OfAStepThatIsNotAcceptedLeaveEverythingAsItWas) {
  const Updates u("adam", {}, {true, true, false}, DType::float32, false);
  const auto got = u.run(true);
  EXPECT_EQ(got.launches, 1u);
  for (const auto& [name, a] : u.arrays) EXPECT_TRUE(same_bits(got.values.at(name), a)) << name;
}

}  // namespace
}  // namespace nnrun::test
