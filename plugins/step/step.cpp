// Step: the threshold unit of McCulloch and Pitts (1943) and of Rosenblatt's perceptron (1958), as
// an activation that can be trained. It is also the example to copy for an activation of your own.
//
// In a model file, after any layer:
//
//   - {type: Step}
//   - {type: Step, low: -1, high: 1, surrogate: sigmoid, slope: 5}
//
//     y = high where x > 0, else low. At x = 0 it is low.
//
// The true derivative is 0 wherever it exists, so gradient descent would learn nothing through it.
// In training a *surrogate* takes its place: the gradient of a function that looks like a step from
// afar. The forward pass stays a hard step. With k = slope, dy/dx is (high - low) times
//
//     none               0: nothing flows back
//     straight_through   1: as if y were x (Hinton 2012; Bengio et al., arXiv:1308.3432)
//     sigmoid            k s(kx) (1 - s(kx)), s the logistic function: the gradient of s(kx)
//     fast_sigmoid       1 / (1 + k |x|)^2 (Zenke & Ganguli, arXiv:1705.11146), the default: it
//                        never vanishes entirely, and needs no exponential
//
// A large slope is closer to a step and lets through only what is near the threshold; a small one
// trains more smoothly. A perceptron with one such layer is trained like any other layer.
//
// How the file works. NNRUN_PLUGIN at the end names the plug-in and lists what it offers: the class
// Step as the op "nnrun.step", which a model file may call `Step`. The class says
//   attrs()      what the model file may set: name, default, explanation, range. The host checks
//   it. Step(...)    reads the values, once per use. compose()    the result, written with ordinary
//   operators. Nothing is computed there: the
//                operators put ops into the model, and every backend runs and fuses those.
//   gradient()   how a gradient passes: given the input x, the result y and the gradient gy of y,
//   the
//                gradient of x. Without it the host would differentiate compose().
// The type of the result is that of x, because there is no infer().
//
// Your own: copy this folder to plugins/<name>/, or anywhere else with a CMakeLists.txt of
//   cmake_minimum_required(VERSION 3.25)
//   project(mine CXX)
//   find_package(nnrun REQUIRED)
//   nnrun_add_plugin(mine mine.cpp)
// An activation without a surrogate is shorter still, one formula: see <nnrun/plugin.hpp>.
#include <nnrun/plugin.hpp>

namespace {

using namespace nnrun::sdk;

class Step {
 public:
  static constexpr uint32_t flags = NNR_OP_SURROGATE;  // gradient() is not the derivative

  static std::vector<Attr> attrs() {
    return {attr("low", 0.0, "the result where x <= 0"),
            attr("high", 1.0, "the result where x > 0"),
            attr("surrogate", "fast_sigmoid", "what stands in for the derivative in training")
                .of({"none", "straight_through", "sigmoid", "fast_sigmoid"}),
            attr("slope", 10.0, "steepness k of sigmoid and fast_sigmoid").range(1e-6, 1e6)};
  }

  explicit Step(const Attrs& a)
      : low_(a.number("low")),
        high_(a.number("high")),
        slope_(a.number("slope")),
        surrogate_(a.text("surrogate")) {}

  Value compose(Value x) const { return where(x > 0.0, like(x, high_), like(x, low_)); }

  Value gradient(Value x, Value, Value gy) const {
    const Value g = gy * (high_ - low_);
    if (surrogate_ == "straight_through") return g;
    if (surrogate_ == "sigmoid") {
      const Value s = sigmoid(slope_ * x);
      return g * (slope_ * s * (1.0 - s));
    }
    if (surrogate_ == "fast_sigmoid") {
      const Value d = 1.0 + slope_ * abs(x);
      return g / (d * d);
    }
    return zeros_like(x);
  }

 private:
  double low_, high_, slope_;
  std::string surrogate_;
};

}  // namespace

NNRUN_PLUGIN("step", "1.0.0") {
  p.op<Step>("nnrun.step", "a threshold: high where x > 0, else low");
}
