#include "core/nn/optimizer.h"

#include "core/base/text.h"
#include "tests/nn/models.h"

namespace nnrun::test {
namespace {

/// Four updates of (0.5, -1, 2) by gradients (sin(1 + k), cos(2 k), 0.3 - 0.2 k).
Array updated(const std::string& name, const Attrs& given, uint8_t ok = 1) {
  const OptimizerDef& d = find_optimizer(name);
  const Attrs attrs = complete(d.attrs, given, name);
  Graph g;
  GraphBuilder b(g);
  const Type t = {DType::float64, {3}};
  std::map<std::string, Array> arrays = {{"p", Array::of<double>({3}, {0.5, -1, 2})},
                                         {"ok", Array::scalar<uint8_t>(ok)},
                                         {"lr", Array::scalar<double>(attrs.number("lr"))}};
  UpdateCall c{attrs,
               b.var(g.add_state("p", t, true)),
               b.var(g.add_input("g", t)),
               {},
               b.var(g.add_input("lr", {DType::float64, {}})),
               b.var(g.add_input("step", {DType::int64, {}})),
               b.var(g.add_input("ok", {DType::uint8, {}}))};
  for (const Slot& s : d.slots(attrs)) {
    c.slots.push_back(b.var(g.add_state(s.name, t, false)));
    arrays[s.name] = Array::of<double>({3}, {s.initial, s.initial, s.initial});
  }
  const Update u = d.update(b, c);
  EXPECT_EQ(u.slots.size(), c.slots.size());
  g.writes.push_back({c.param.id, u.param.id});
  for (size_t i = 0; i < c.slots.size(); ++i) g.writes.push_back({c.slots[i].id, u.slots[i].id});
  for (int k = 0; k < 4; ++k) {
    arrays["g"] = Array::of<double>({3}, {std::sin(1.0 + k), std::cos(2.0 * k), 0.3 - 0.2 * k});
    arrays["step"] = Array::scalar<int64_t>(k);
    evaluate(g, arrays, on({"reference"}));
  }
  return arrays["p"];
}

struct Case {
  std::string name;
  Attrs attrs;
  std::vector<double> want;  // torch, float64
};

const std::vector<Case> kCases = {
    {"SGD", {}, {0.49886491407561445, -1.0008903798292395, 2.0}},
    {"SGD",
     {{"lr", 0.1}, {"momentum", 0.9}, {"weight_decay", 0.01}, {"nesterov", true}},
     {-0.05510224171494029, -1.2582081517767834, 1.9033156685314272}},
    {"SGD",
     {{"lr", 0.1}, {"momentum", 0.5}, {"dampening", 0.2}, {"maximize", true}},
     {0.7414676507496257, -0.8723841686882041, 2.0342499999999997}},
    {"Adam", {}, {0.49687019895630385, -1.0015020071705574, 1.9977971956741822}},
    {"Adam",
     {{"lr", 0.02},
      {"betas", AttrValue::Numbers{0.8, 0.95}},
      {"amsgrad", true},
      {"weight_decay", 0.1}},
     {0.43902229654315184, -1.019836311076212, 1.935627204788611}},
    {"Adam",
     {{"lr", 0.02}, {"weight_decay", 0.1}, {"decoupled_weight_decay", true}},
     {0.43364939880217424, -1.0219221828867242, 1.9401991918244155}},
    {"AdamW", {{"lr", 0.02}}, {0.43702747147018145, -1.0292261665465132, 1.9543651555063433}},
    {"RMSprop", {}, {0.36738603406998765, -1.0703039361491828, 1.9662337581376412}},
    {"RMSprop",
     {{"momentum", 0.5}, {"centered", true}},
     {0.21672145520473624, -1.1037955482532749, 1.8689065352544112}},
    {"RMSprop",
     {{"centered", true}, {"alpha", 0.9}},
     {0.4541721631493978, -1.0238132727697906, 1.9889291435122776}},
    {"Adagrad",
     {{"lr_decay", 0.1}, {"initial_accumulator_value", 0.5}},
     {0.4893203161461506, -1.0057302971324453, 1.9987458952208719}},
};

TEST(Optimizer, UpdatesAreThoseOfTorch) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name + c.attrs.str());
    expect_values(updated(c.name, c.attrs), c.want);
  }
}

TEST(Optimizer, ARejectedStepChangesNothing) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name + c.attrs.str());
    expect_values(updated(c.name, c.attrs, 0), {0.5, -1, 2});
  }
}

TEST(Optimizer, SlotsHaveTheNamesOfTorch) {
  const auto names = [](const std::string& name, const Attrs& given) {
    const OptimizerDef& d = find_optimizer(name);
    std::vector<std::string> r;
    for (const Slot& s : d.slots(complete(d.attrs, given, name))) r.push_back(s.name);
    return join(r);
  };
  EXPECT_EQ(names("SGD", {}), "");
  EXPECT_EQ(names("SGD", {{"momentum", 0.9}}), "momentum_buffer");
  EXPECT_EQ(names("Adam", {{"amsgrad", true}}), "exp_avg, exp_avg_sq, max_exp_avg_sq");
  EXPECT_EQ(names("RMSprop", {{"momentum", 0.9}, {"centered", true}}),
            "square_avg, momentum_buffer, grad_avg");
  EXPECT_EQ(names("Adagrad", {}), "sum");
}

TEST(Optimizer, NesterovWithoutMomentumIsRefused) {
  const OptimizerDef& d = find_optimizer("SGD");
  EXPECT_THROW(d.slots(complete(d.attrs, {{"nesterov", true}}, "SGD")), Error);
}

TEST(Optimizer, ABetaOfOneIsRefused) {
  const OptimizerDef& d = find_optimizer("Adam");
  EXPECT_THROW(d.slots(complete(d.attrs, {{"betas", AttrValue::Numbers{0.9, 1.0}}}, "Adam")),
               Error);
}

}  // namespace
}  // namespace nnrun::test
