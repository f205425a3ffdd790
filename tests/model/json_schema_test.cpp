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

/// What holds of layers of that type.
nlohmann::json layer(const std::string& type) {
  const auto s = schema();
  for (const auto& c : s["definitions"]["layer"]["else"]["allOf"]) {
    if (c["if"]["properties"]["type"]["enum"][0] == type) return c["then"];
  }
  ADD_FAILURE() << type << " is not described";
  return {};
}

TEST(JsonSchema, DescribesEveryLayerByItsType) {
  const auto linear = layer("Linear");
  EXPECT_EQ(linear["required"], (nlohmann::json{"type", "out_features"}));
  EXPECT_EQ(linear["additionalProperties"], false);
  EXPECT_EQ(linear["properties"]["bias"]["default"], true);
}

TEST(JsonSchema, AllowsWordsBesideNumbersAndLists) {
  const auto padding = layer("Conv2d")["properties"]["padding"];
  EXPECT_EQ(padding["anyOf"][0]["type"], (nlohmann::json{"integer", "array"}));
  EXPECT_EQ(padding["anyOf"][0]["maxItems"], 2);
  EXPECT_EQ(padding["anyOf"][1]["enum"], (nlohmann::json{"valid", "same"}));
  EXPECT_EQ(padding["default"], (nlohmann::json{0, 0}));
}

TEST(JsonSchema, AllowsNullForAMomentum) {
  EXPECT_EQ(layer("BatchNorm1d")["properties"]["momentum"]["type"],
            (nlohmann::json{"number", "null"}));
}

}  // namespace
}  // namespace nnrun::test
