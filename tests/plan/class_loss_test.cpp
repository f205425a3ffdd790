// A loss over classes and its gradient as one kernel (backends/onednn/class_loss.cpp).
#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

/// Logits (37, 11) times a parameter, and targets of which the first one counts for nothing.
struct Classes : Net {
  explicit Classes(const std::string& reduction, double smoothing, bool weighted) {
    const Var scale = parameter("scale", {1}), x = input("x", {37, 11}) * 5.0 * scale;
    arrays["t"] = Array(DType::int64, {37});
    for (int64_t i = 0; i < 37; ++i) arrays["t"].data<int64_t>()[i] = i == 0 ? -100 : i * 7 % 11;
    std::vector<Var> in = {x, b.var(graph.add_input("t", {DType::int64, {37}}))};
    if (weighted) in.push_back(input("weights", {11}) + 2.0);
    const Attrs attrs = {
        {"reduction", reduction}, {"label_smoothing", smoothing}, {"ignore_index", int64_t{-100}}};
    const Var each = b.call("cross_entropy", in, attrs)[0], loss = sum(each);
    const Var grad = differentiate(b, loss, std::vector<Var>{scale})[0];
    graph.writes.push_back({scale.id, (scale - grad * 1e-4).id});
    graph.outputs["loss"] = loss.id;
  }
};

TEST(ClassLoss, AndItsGradientAreOneKernel) {
  for (const char* reduction : {"mean", "sum", "none"}) {
    for (const double smoothing : {0.0, 0.2}) {
      for (const bool weighted : {false, true}) {
        const Classes n(reduction, smoothing, weighted);
        auto memory = n.copies();
        const Ops all = groups(*n.plan(on({"onednn"}), memory));
        EXPECT_EQ(std::count(all.begin(), all.end(), "cross_entropy+cross_entropy_grad"), 1);
        expect_values_of_the_reference(n, 2);
      }
    }
  }
}

}  // namespace
}  // namespace nnrun::test
