// What is saved comes back, under the names that PyTorch gives it; what does not fit is refused.
#include <nnrun/nn.h>
#include <nnrun/optim.h>
#include <nnrun/serialize.h>

#include <sstream>

#include "core/tensor/safetensors.h"
#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using test::expect_error;
using test::TempDir;
using test::values;
using V = std::vector<double>;

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> r;
  for (const auto& [name, a] : read_safetensors(path).tensors) r.push_back(name);
  std::sort(r.begin(), r.end());
  return r;
}
nn::Sequential network() { return nn::Sequential(nn::Linear(2, 3), nn::BatchNorm1d(3)); }

TEST(Save, OfATensorKeepsItsDtypeAndShape) {
  TempDir dir;
  for (ScalarType t : {kByte, kInt, kLong, kHalf, kFloat, kDouble, kBool, kBFloat16}) {
    save(tensor({{1, 0}, {1, 1}}).to(t).t(), dir.file("x"));
    Tensor back;
    load(back, dir.file("x"));
    EXPECT_EQ(back.scalar_type(), t);
    EXPECT_EQ(back.sizes().vec(), (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(values(back), (V{1, 1, 0, 1}));
  }
}

TEST(Save, OfAVectorKeepsItsOrder) {
  std::vector<Tensor> in, out;
  for (int i = 0; i < 12; ++i) in.push_back(full({i + 1}, i));
  std::stringstream stream;
  save(in, stream);
  load(out, stream);
  ASSERT_EQ(out.size(), 12u);
  EXPECT_EQ(values(out[2]), (V{2, 2, 2}));
  EXPECT_EQ(out[11].numel(), 12);
}

TEST(Save, OfAModuleHasTheNamesOfItsStateDict) {
  TempDir dir;
  nn::Sequential a = network(), b = network();
  a->forward(tensor({{1.0, 2.0}, {3.0, -4.0}}));
  save(a, dir.file("m"));
  EXPECT_EQ(names_in(dir.file("m")),
            (std::vector<std::string>{"0.bias", "0.weight", "1.bias", "1.num_batches_tracked",
                                      "1.running_mean", "1.running_var", "1.weight"}));
  const Tensor weight = b->parameters()[0];
  load(b, dir.file("m"));
  EXPECT_EQ(values(weight), values(a->parameters()[0]));
  EXPECT_TRUE(weight.requires_grad());
  a->eval();
  b->eval();
  EXPECT_EQ(values(b->forward(ones({1, 2}))), values(a->forward(ones({1, 2}))));
}

TEST(Load, IntoAModuleNamesWhatDoesNotFit) {
  TempDir dir;
  save(nn::Linear(2, 3), dir.file("m"));
  nn::Linear wide(2, 4);
  const Error shape = expect_error(Code::data, "'weight' has shape (3, 2), but the module's (4, 2)",
                                   [&] { load(wide, dir.file("m")); });
  EXPECT_FALSE(shape.hint().empty());
  nn::Sequential other = network();
  expect_error(Code::data, "there is nothing called '0.'", [&] { load(other, dir.file("m")); });
  nn::PReLU prelu;
  save(nn::Linear(nn::LinearOptions(2, 3).bias(false)), dir.file("n"));
  nn::Linear fc(2, 3);
  const Error missing =
      expect_error(Code::data, "there is no tensor 'bias'", [&] { load(fc, dir.file("n")); });
  EXPECT_EQ(missing.hint(), "it holds weight");
}

TEST(Load, RefusesFilesThatAreNot) {
  TempDir dir;
  Tensor x;
  expect_error(Code::data, dir.file("none"), [&] { load(x, dir.file("none")); });
  expect_error(Code::data, "zip archive", [&] { load(x, dir.put("pt", "PK\3\4......")); });
  std::stringstream cut("12345");
  expect_error(Code::data, "<stream>: not a sound safetensors file", [&] { load(x, cut); });
  EXPECT_FALSE(x.defined());
  expect_error(Code::model, "undefined", [&] { save(x, dir.file("x")); });
}

TEST(Save, OfAnOptimizerLetsTrainingGoOnAsIfNothingHadHappened) {
  TempDir dir;
  const auto step = [](optim::Optimizer& o, const Tensor& p) {
    p.mutable_grad() = p.detach() * 2 + 1;
    o.step();
  };
  const Tensor p = tensor({1.0, -2.0}).set_requires_grad(true);
  optim::AdamW one({p}, optim::AdamWOptions(0.1).betas({0.8, 0.99}).amsgrad(true));
  for (int i = 0; i < 3; ++i) step(one, p);
  const Tensor q = p.detach().clone().set_requires_grad(true);
  optim::AdamW two({q}, optim::AdamWOptions(0.5));
  save(one, dir.file("o"));
  EXPECT_EQ(names_in(dir.file("o"))[0], "param_groups.0.amsgrad");
  load(two, dir.file("o"));
  EXPECT_EQ(two.param_groups()[0].options().get_lr(), 0.1);
  for (int i = 0; i < 3; ++i) {
    step(one, p);
    step(two, q);
  }
  EXPECT_EQ(values(p), values(q));
}

TEST(Load, OfAnOptimizerLeavesItAsItWasWhenTheFileIsOfAnother) {
  TempDir dir;
  const Tensor p = tensor({1.0, 2.0}).set_requires_grad(true);
  const Tensor q = tensor({1.0}).set_requires_grad(true);
  optim::SGD sgd({p}, optim::SGDOptions(0.5).momentum(0.9));
  p.mutable_grad() = p.detach();
  sgd.step();
  save(sgd, dir.file("o"));
  optim::Adam adam({p});
  expect_error(Code::data, "Adam: option 'betas'", [&] { load(adam, dir.file("o")); });
  optim::SGD other({q}, 0.25);
  expect_error(Code::data, "of parameter 0 is float32[2], the parameter float32[1]",
               [&] { load(other, dir.file("o")); });
  EXPECT_EQ(other.param_groups()[0].options().get_lr(), 0.25);
  optim::SGD none(std::vector<Tensor>{}, 0.25);
  expect_error(Code::data, "more parameters", [&] { load(none, dir.file("o")); });
}

}  // namespace
}  // namespace nnrun
