// Maps: unary and binary ops, casts and choices, on sizes that are no multiples, strides and
// broadcasting.
#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {
namespace {

TEST(CudaElementwise, UnaryOpsAgreeOnWholePacksRestsAndStrides) {
  for (const char* op : {"abs", "neg", "sign"}) {
    for (DType t : kEveryNumber) {
      const Tensor x = drawn(t, {37, 3}, -9, 9);
      expect_agreement(op, {x}, {{t, {37, 3}}});
      expect_agreement(op, {x.permute({1, 0})}, {{t, {3, 37}}});
    }
  }
  for (const char* op : {"exp", "expm1", "tanh", "sin", "cos", "erf", "floor", "ceil", "round",
                         "sigmoid", "relu", "isfinite"}) {
    for (DType t : kEveryFloat) {
      const DType r = std::string(op) == "isfinite" ? kBool : t;
      expect_agreement(op, {drawn(t, {67}, -4, 4)}, {{r, {67}}});
    }
  }
  for (const char* op : {"log", "log1p", "sqrt", "rsqrt"}) {
    for (DType t : kEveryFloat) expect_agreement(op, {drawn(t, {67}, 0.1, 4)}, {{t, {67}}});
  }
}

TEST(CudaElementwise, NanAndInfinityAreWhatTheReferenceMakesOfThem) {
  const double inf = INFINITY, nan = NAN;
  const Tensor x = f32({9}, {nan, inf, -inf, 0, -0.0, 1, -1, 89, -104});
  for (const char* op : {"abs", "sign", "relu", "sigmoid", "tanh", "exp", "erf", "floor"}) {
    expect_agreement(op, {x}, {{kF32, {9}}});
  }
  expect_agreement("isfinite", {x}, {{kBool, {9}}});
  const Tensor y = f32({9}, {1, nan, 1, nan, 0, inf, -inf, nan, 2});
  for (const char* op : {"maximum", "minimum", "add", "mul"}) {
    expect_agreement(op, {x, y}, {{kF32, {9}}});
  }
}

TEST(CudaElementwise, BinaryOpsBroadcastAndWalkAnyStrides) {
  for (const char* op : {"add", "sub", "mul", "maximum", "minimum", "lt", "eq"}) {
    const bool truth = std::string(op) == "lt" || std::string(op) == "eq";
    for (DType t : kEveryNumber) {
      const DType r = truth ? kBool : t;
      const Tensor x = drawn(t, {4, 5, 19}, -9, 9, 1), y = drawn(t, {4, 5, 19}, -9, 9, 2);
      expect_agreement(op, {x, y}, {{r, {4, 5, 19}}});
      expect_agreement(op, {x, y.slice(0, 0, 1).slice(1, 0, 1)}, {{r, {4, 5, 19}}});  // a row
      expect_agreement(op, {x.slice(2, 0, 1), y}, {{r, {4, 5, 19}}});                 // a column
      expect_agreement(op, {x, Tensor(t, {}, {1})}, {{r, {4, 5, 19}}});
      expect_agreement(op, {x.permute({2, 0, 1}), y.permute({2, 0, 1})}, {{r, {19, 4, 5}}});
      expect_agreement(op, {x.slice(1, 0, 0), y.slice(1, 0, 0)}, {{r, {4, 0, 19}}});
    }
  }
  for (const char* op : {"div", "pow"}) {
    for (DType t : kEveryFloat) {
      expect_agreement(op, {drawn(t, {5, 7}, 0.5, 2, 1), drawn(t, {7}, 0.5, 2, 2)}, {{t, {5, 7}}});
    }
  }
}

TEST(CudaElementwise, PacksEndWhereRowsEnd) {
  for (DType t : {kF32, kF64, kBF16, kU8}) {
    for (int64_t columns : {4, 6, 16, 40}) {
      const Tensor x = drawn(t, {3, 5, columns}, -9, 9, 1), y = drawn(t, {3, 5, columns}, -9, 9, 2);
      expect_agreement("mul", {x, y.slice(1, 2, 3)}, {{t, {3, 5, columns}}});  // planes of one row
      expect_agreement("sub", {x, y.slice(2, 1, 2)}, {{t, {3, 5, columns}}});  // a number for a row
      expect_agreement("add", {x.slice(1, 1, 4), y.slice(1, 1, 4)}, {{t, {3, 3, columns}}});
    }
  }
}

TEST(CudaElementwise, IntegersWrapAround) {
  expect_agreement("add",
                   {Tensor(kI32, {2}, {2147483647, -2147483648.0}), Tensor(kI32, {2}, {1, -1})},
                   {{kI32, {2}}});
  expect_agreement("mul", {Tensor(kU8, {2}, {200, 17}), Tensor(kU8, {2}, {3, 16})}, {{kU8, {2}}});
  expect_agreement("neg", {Tensor(kU8, {3}, {0, 1, 255})}, {{kU8, {3}}});
}

TEST(CudaElementwise, CastsRoundOnceAndSaturate) {
  const Numbers edges = {0,
                         1.5,
                         -1.5,
                         2.5,
                         255.9,
                         256,
                         -3,
                         65519.9,
                         65520,
                         1e-8,
                         6e-8,
                         1e300,
                         -1e300,
                         2147483648.0,
                         -2147483649.0,
                         1e19,
                         0.1,
                         NAN,
                         INFINITY,
                         -INFINITY,
                         1.00048828125000011,
                         1.003906250001};
  for (DType from : kEvery) {
    const Tensor x = sdk::is_float(from) ? Tensor(from, {int64_t(edges.size())}, edges)
                                         : drawn(from, {22}, -300, 300);
    for (DType to : kEvery) {
      SCOPED_TRACE(std::string(name_of(from)) + " to " + name_of(to));
      const Out out = {to, {int64_t(x.numel())}};
      expect_values(cuda().run1("cast", {x}, out, {{"dtype", to}}),
                    reference().run1("cast", {x}, out, {{"dtype", to}}).values());
    }
  }
}

TEST(CudaElementwise, WhereTakesEitherSide) {
  for (DType t : kEvery) {
    expect_agreement("where",
                     {drawn(kBool, {5, 7}), drawn(t, {5, 7}, -9, 9, 2), drawn(t, {7}, -9, 9, 3)},
                     {{t, {5, 7}}});
  }
}

}  // namespace
}  // namespace nnrun::test
