#include "core/nn/layer.h"

#include "core/base/text.h"
#include "core/ops/rules.h"
#include "tests/nn/models.h"

namespace nnrun::test {
namespace {

std::string arguments(const std::string& type) {
  std::vector<std::string> names;
  for (const AttrDecl& d : find_layer(type).attrs) names.push_back(d.name);
  return join(names, " ");
}

/// An op as a plug-in's, which doubles.
void add_plugin_op(const std::string& name) {
  if (try_find_op(name) != nullptr) return;
  OpDef d = elementwise_op(name, "2 x", 1);
  d.compose = [](Builder&, const Attrs&, std::span<const Var> in) -> std::vector<Var> {
    return {in[0] + in[0]};
  };
  add_op(std::move(d));
}

TEST(Layer, ArgumentsStandInTheOrderOfTorch) {
  EXPECT_EQ(arguments("Linear"), "in_features out_features bias");
  EXPECT_EQ(
      arguments("Conv2d"),
      "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode");
  EXPECT_EQ(
      arguments("ConvTranspose2d"),
      "in_channels out_channels kernel_size stride padding output_padding groups bias dilation "
      "padding_mode");
  EXPECT_EQ(arguments("MaxPool2d"), "kernel_size stride padding dilation return_indices ceil_mode");
  EXPECT_EQ(arguments("AvgPool2d"),
            "kernel_size stride padding ceil_mode count_include_pad divisor_override");
  EXPECT_EQ(arguments("BatchNorm2d"), "num_features eps momentum affine track_running_stats bias");
  EXPECT_EQ(arguments("LayerNorm"), "normalized_shape eps elementwise_affine bias");
  EXPECT_EQ(arguments("Dropout"), "p inplace");
  EXPECT_EQ(arguments("Hardtanh"), "min_val max_val inplace");
}

TEST(Layer, AnOpOfAPlugInIsALayerByFullAndShortName) {
  add_plugin_op("acme.twice_of");
  for (const char* type : {"acme.twice_of", "twice_of", "TwiceOf"}) {
    ModelBuilder m({2});
    m.add(type);
    Traced t = trace(m.spec, 1, false, DType::float64);
    expect_values(run(t, Array::of<double>({1, 2}, {3, -1})), {6, -2});
  }
}

TEST(Layer, AShortNameOfTwoPlugInsIsAmbiguous) {
  add_plugin_op("acme.twin");
  add_plugin_op("other.twin");
  try {
    find_layer("Twin");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::backend);
    EXPECT_TRUE(contains(e.what(), "acme.twin, other.twin")) << e.what();
  }
}

TEST(Layer, ABuiltInKeepsItsName) {
  add_plugin_op("acme.tanh");
  EXPECT_EQ(find_layer("Tanh").name, "Tanh");
  EXPECT_EQ(find_layer("tanh").name, "acme.tanh");
}

TEST(Layer, AverageWithADivisorIsTheSumOverIt) {
  ModelBuilder m({1, 2, 2});
  m.add("AvgPool2d", {{"kernel_size", 2}, {"divisor_override", 5}});
  Traced t = trace(m.spec, 1, false, DType::float64);
  expect_values(run(t, Array::of<double>({1, 1, 2, 2}, {1, 2, 3, 4})), {2});
}

}  // namespace
}  // namespace nnrun::test
