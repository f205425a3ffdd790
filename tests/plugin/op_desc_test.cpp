#include "core/plugin/op_desc.h"

#include <nnrun/sdk/desc.hpp>

#include "core/plugin/attrs_abi.h"
#include "tests/plugin/support.h"

namespace nnrun::test {
namespace {

TEST(OpDesc, CarriesTypesStridesAndAttributesAcrossAMove) {
  const float constant[6] = {};
  OpDesc::Operand x(Type{DType::float32, {2, 3}}, Shape{1, 2}, constant);
  OpDesc first(
      "op", 3, {{"dim", 1}, {"mode", "mean"}, {"scale", 0.5}, {"keep", true}, {"to", DType::int64}},
      {x, OpDesc::Operand::absent()}, {Type{DType::int64, {}}}, {.threads = 4, .fast_math = true});
  const OpDesc moved = std::move(first);
  const sdk::Desc d(moved.get());
  EXPECT_EQ(d.op(), "op");
  EXPECT_EQ(moved.get()->op_rev, 3u);
  EXPECT_EQ(d.threads(), 4);
  EXPECT_TRUE(d.fast_math());
  EXPECT_EQ(d.in(0).shape(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(d.in(0).strides(), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(moved.get()->in[0]->t.data, constant);
  EXPECT_EQ(moved.get()->in[0]->flags, uint32_t(NNR_T_CONST));
  EXPECT_EQ(moved.get()->in[0]->bytes, 24u);
  EXPECT_FALSE(d.in(1));
  EXPECT_EQ(d.out(0).rank(), 0);
  EXPECT_EQ(d.out(0).dtype(), DType::int64);
  const sdk::Attrs a = d.attrs();
  EXPECT_EQ(a.integer("dim"), 1);
  EXPECT_EQ(a.text("mode"), "mean");
  EXPECT_EQ(a.number("scale"), 0.5);
  EXPECT_TRUE(a.flag("keep"));
  EXPECT_EQ(a.dtype("to"), DType::int64);
}

TEST(Attributes, ComeBackFromTheBorderAsTheyWere) {
  const Attrs given = {{"dims", AttrValue::Ints{1, -2}},
                       {"a", AttrValue::Numbers{}},
                       {"t", "x"},
                       {"f", false},
                       {"d", DType::bfloat16}};
  const AttrArray abi(given);
  EXPECT_EQ(attrs_of(abi.data(), abi.size(), "test"), given);
}

TEST(Attributes, OfUnknownKindAreRefused) {
  const nnr_attr a = {sdk::str("x"), 99, 0, 1, &a};
  EXPECT_SAYS(refusal(Code::backend, [&] { attrs_of(&a, 1, "op 'v.x'"); }), "kind 99");
}

TEST(Texts, ThatAreNotCleanUtf8AreRefused) {
  auto clean = [](const std::string& s) {
    try {
      return text_of(sdk::str(s), "it") == s;
    } catch (const Error&) {
      return false;
    }
  };
  EXPECT_TRUE(clean("naïve β → ∞ 😀"));
  EXPECT_TRUE(clean("two\nlines"));
  for (const char* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                          "a\tb", "\x7f", "\xc2\x9b"}) {
    EXPECT_FALSE(clean(bad)) << bad;
  }
}

TEST(Types, ThatOverflowAreRefused) {
  int64_t shape[2] = {int64_t{1} << 40, int64_t{1} << 40};
  DLTensor t = {};
  t.ndim = 2;
  t.shape = shape;
  t.dtype = {kDLFloat, 32, 1};
  EXPECT_SAYS(refusal(Code::backend, [&] { type_of(t, "op"); }), "overflows");
  shape[0] = -1;
  EXPECT_SAYS(refusal(Code::backend, [&] { type_of(t, "op"); }), "negative");
  t.ndim = 9;
  EXPECT_SAYS(refusal(Code::backend, [&] { type_of(t, "op"); }), "9 dimensions");
}

}  // namespace
}  // namespace nnrun::test
