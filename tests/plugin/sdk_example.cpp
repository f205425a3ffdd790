// A plug-in by the C++ SDK that uses every part of it, for the tests beside it.
#include <array>
#include <cmath>
#include <nnrun/plugin.hpp>

namespace {

using namespace nnrun::sdk;

/// A loop on the CPU, a gradient of its own, the default type rule.
struct Cube {
  static constexpr uint64_t dtypes = NNR_F32 | NNR_F64;
  template <class T> void forward(View<const T> x, View<T> y) const {
    for (int64_t i = 0; i < x.numel(); ++i) y[i] = x[i] * x[i] * x[i];
  }
  Value gradient(Value x, Value, Value gy) const { return gy * 3.0 * x * x; }
};

/// Two inputs, attributes, a type rule, a composition.
class Outer {
 public:
  static constexpr int inputs = 2;
  static std::vector<Attr> attrs() {
    return {attr("scale", 1.0, "factor").range(-10, 10), attr("swap", false, "y by x")};
  }
  explicit Outer(const Attrs& a) : scale_(a.number("scale")), swap_(a.flag("swap")) {}

  Type infer(const std::vector<Type>& in) const {
    if (in[0].shape.size() != 1 || in[1].shape.size() != 1) invalid("takes two vectors");
    return {in[0].dtype, swap_ ? std::vector<int64_t>{in[1].shape[0], in[0].shape[0]}
                               : std::vector<int64_t>{in[0].shape[0], in[1].shape[0]}};
  }
  Value compose(Value x, Value y) const {
    if (swap_) std::swap(x, y);
    return scale_ * reshape(x, {x.size(0), 1}) * reshape(y, {1, y.size(0)});
  }
  std::array<Value, 2> gradient(Value x, Value y, Value, Value gz) const {
    if (swap_) gz = permute(gz, {1, 0});
    return {sum(gz * scale_ * reshape(y, {1, y.size(0)}), {1}),
            sum(gz * scale_ * reshape(x, {x.size(0), 1}), {0})};
  }

 private:
  double scale_;
  bool swap_;
};

/// Asks the builder for what cannot be.
struct Misfit {
  Value compose(Value x) const { return matmul(x, x); }
};

/// Claims one type and makes another.
struct Liar {
  Type infer(const std::vector<Type>& in) const { return {in[0].dtype, {7}}; }
  Value compose(Value x) const { return x + 1.0; }
};

struct Scale {
  static std::vector<Attr> attrs() { return {attr("start", 1.0, "factor at the start")}; }
  static Value build(Scope& s) {
    const Value w = s.param("weight", {s.x().size(-1)}, Init::constant(s.attrs.number("start")));
    const Value calls = s.buffer("calls", Type{DType::float32, {}}, Init::zeros());
    if (s.training()) s.assign(calls, calls + 1.0);
    return s.x() * w;
  }
};

}  // namespace

NNRUN_PLUGIN("sdk-example", "2.1.0") {
  p.scalar("example.swish", "x0 * sigmoid(a0*x0)").attr("beta", 1.0, "slope").doc("swish");
  p.scalar("example.gate", "x0 > 0 ? x0 * x1 : 0")
      .inputs(2)
      .derivative({"x0 > 0 ? x1 : 0", "max(x0, 0)"});
  p.op<Cube>("example.cube", "x^3");
  p.op<Outer>("example.outer", "the outer product");
  p.op<Misfit>("example.misfit");
  p.op<Liar>("example.liar");
  p.layer<Scale>("example.Scale", "a learned factor per feature");
}
