#include "core/model/json_schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace nnrun::test {
namespace {

nlohmann::json schema() { return nlohmann::json::parse(json_schema()); }

TEST(JsonSchema, IsDraft7AndStrict) {
  const auto s = schema();
  EXPECT_EQ(s["$schema"], "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(s["additionalProperties"], false);
  EXPECT_EQ(s["required"], (nlohmann::json{"nnrun", "model"}));
}

TEST(JsonSchema, SaysWhatTheTablesSay) {
  const auto s = schema();
  const auto& training = s["properties"]["training"]["properties"];
  EXPECT_EQ(training["epochs"]["minimum"], 1);
  EXPECT_EQ(training["epochs"]["default"], 10);
  EXPECT_EQ(training["clip_grad_norm"]["exclusiveMinimum"], 0.0);
  EXPECT_EQ(training["on_nan"]["default"], "stop");
  EXPECT_FALSE(training["epochs"]["description"].get<std::string>().empty());
}

TEST(JsonSchema, DescribesEveryLayerByItsType) {
  const auto s = schema();
  bool found = false;
  for (const auto& c : s["definitions"]["layer"]["else"]["allOf"]) {
    if (c["if"]["properties"]["type"]["enum"][0] != "Linear") continue;
    found = true;
    EXPECT_EQ(c["then"]["required"], (nlohmann::json{"type", "out_features"}));
    EXPECT_EQ(c["then"]["additionalProperties"], false);
    EXPECT_EQ(c["then"]["properties"]["bias"]["default"], true);
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace nnrun::test
