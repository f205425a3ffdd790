#include "core/model/parse.h"

#include <gtest/gtest.h>

#include <chrono>

#include "core/base/limits.h"
#include "tests/model/models.h"
#include "tests/support/files.h"

namespace nnrun::test {
namespace {

Tree parse(const std::string& text) { return parse_model(text, kFile); }

std::string repeat(const std::string& s, int n) {
  std::string r;
  for (int i = 0; i < n; ++i) r += s;
  return r;
}

TEST(Parse, KeepsThePlaceOfEveryKeyAndValue) {
  const Tree t = parse("é: &x [1, \"a b\"]\nb: &y\n  c: 30\nd: *x\n");
  EXPECT_EQ(t.children[0].key, "é");
  EXPECT_EQ(t.children[0].where.col, 8);  // behind the anchor
  EXPECT_EQ(t.children[0].children[1].where.col, 12);
  EXPECT_EQ(t.children[0].children[1].where.end_col, 17);
  EXPECT_TRUE(t.children[0].children[1].quoted);
  const Tree& c = t.children[1].children[0];
  EXPECT_EQ(c.key_where.line, 3);
  EXPECT_EQ(c.key_where.col, 3);
  EXPECT_EQ(c.where.col, 6);
  EXPECT_EQ(c.where.end_col, 8);
  EXPECT_EQ(t.children[2].where.line, 1);  // an alias stands where its anchor does
}

TEST(Parse, AMissingValueStandsAtItsKey) {
  const Tree t = parse("a:\nb: ~\n");
  EXPECT_TRUE(t.children[0].is_null());
  EXPECT_EQ(t.children[0].where.line, 1);
  EXPECT_EQ(t.children[1].where.col, 4);
}

TEST(Parse, TreatsAllLineBreaksAlike) {
  for (const std::string br : {"\n", "\r\n", "\r"}) {
    const Tree t = parse("a: 1" + br + "b:" + br + "  c: 2" + br);
    const Tree* c = t.find("b")->find("c");
    ASSERT_NE(c, nullptr);
    EXPECT_EQ(c->where.line, 3);
    EXPECT_EQ(c->where.col, 6);
    EXPECT_EQ(c->text, "2");
  }
}

TEST(Parse, SkipsAByteOrderMark) {
  EXPECT_EQ(parse("\xef\xbb\xbf"
                  "a: 1\n")
                .children[0]
                .where.col,
            4);
}

TEST(Parse, MergeKeysGiveWayToExplicitOnes) {
  const Tree t = parse("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\n");
  const Tree* c = t.find("c");
  EXPECT_EQ(c->find("x")->text, "9");
  EXPECT_EQ(c->find("y")->text, "2");
  EXPECT_EQ(c->find("z")->text, "4");
  EXPECT_EQ(c->find("<<"), nullptr);
}

TEST(Parse, NamesTheCauseOfASyntaxError) {
  const Bad cases[] = {
      {"empty", "", 1, 1, "empty model"},
      {"comments only", "# nothing\n\n", 1, 1, "empty model"},
      {"null", "null\n", 1, 1, "empty model"},
      {"scalar", "hello\n", 1, 1, "top level must be a mapping, got 'hello'"},
      {"list", "- a\n", 1, 1, "top level must be a mapping, got a list"},
      {"no space at the top", "a:1\n", 1, 1, "top level must be a mapping",
       "space is needed after ':'"},
      {"open bracket", "a: [1, 2\nb: 3\n", 1, 4, "'[' is not closed"},
      {"open brace", "a:\n  - {type: ReLU\n  - Tanh\n", 2, 5, "'{' is not closed"},
      {"wrong bracket", "a: [1, 2}\n", 1, 9, "'}' closes nothing here: '[' is open"},
      {"one bracket too many", "a: [1, 2]]\n", 1, 10, "closing bracket without an opening one"},
      {"only a bracket", "]\n", 1, 1, "']' without an opening bracket"},
      {"open double quote", "a: \"x\nb: 2\n", 1, 4, "quote is not closed"},
      {"open single quote", "a: 'x\nb: 2\n", 1, 4, "quote is not closed"},
      {"deeper below a value", "a: 1\n  b: 2\n", 2, 3, "indented deeper", "0 spaces"},
      {"no such indentation", "a:\n    b: 1\n  c: 2\n", 3, 3, "no line above is indented",
       "0 or 4 spaces"},
      {"dash without space", "a:\n  - x: 1\n  -y: 2\n", 3, 3, "space is needed after '-'"},
      {"tab", "a:\n\tb: 1\n", 2, 1, "tab in the indentation of line 2"},
      {"two values", "a: b: c\n", 1, 5, "second ': '", "quotes"},
      {"reserved character", "a: @x\n", 1, 4, "cannot begin with '@'"},
      {"unknown escape", "a: \"\\q\"\n", 1, 7, "unknown escape"},
      {"surrogate", "a: \"\\ud800\"\n", 1, 11, "invalid unicode escape"},
      {"unknown anchor", "a: *q\n", 1, 4, "anchor is not defined"},
      {"cyclic list", "a: &x [*x]\n", 1, 8, "anchor 'x' contains itself"},
      {"cyclic mapping", "a: &x {b: *x}\n", 1, 11, "anchor 'x' contains itself"},
      {"second document", "a: 1\n---\nb: 2\n", 2, 1, "exactly one document"},
      {"text after the value", "{a: 1} x\n", 1, 8, "exactly one document"},
      {"duplicate key", "a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a', first given on line 1"},
      {"duplicate key in flow", "a: {b: 1, b: 2}\n", 1, 11, "duplicate key 'b'"},
      {"merge of a scalar", "a:\n  <<: 3\n", 2, 3, "'<<' takes a mapping"},
      {"two merges", "x: &x {}\na:\n  <<: *x\n  <<: *x\n", 4, 3, "duplicate key '<<'",
       "<<: [*a, *b]"},
      {"key that is a list", "? [a]\n: 1\n", 1, 3, "a key must be a text"},
      {"core tag", "a: !!str 3\n", 1, 4, "tags are not supported"},
      {"own tag", "a: !foo {b: 1}\n", 1, 4, "tags are not supported"},
      {"tag behind an anchor", "a: &x !foo 3\n", 1, 7, "tags are not supported"},
      {"tag directive", "%TAG ! x\n---\na: 1\n", 1, 1, "tags are not supported"},
      {"future YAML", "%YAML 99.1\n---\na: 1\n", 1, 1, "YAML version or directive not supported"},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0",
                   4),
       1, 1, "UTF-16 at byte 0", "UTF-8"},
      {"not UTF-8", "a: 1\nb: \xff\n", 2, 4, "not valid UTF-8 at byte 8"},
      {"surrogate in UTF-8", "a: \xed\xa0\x80\n", 1, 4, "not valid UTF-8"},
      {"NUL", std::string("a: \0\n", 5), 1, 4, "NUL byte at byte 3"},
      {"escaped NUL", "a: \"x\\0\"\n", 1, 4, "must not contain NUL"},
      {"escape character", "a: \x1b[2J\n", 1, 4, "control character at byte 3"},
      {"100,000 brackets", repeat("[", 100'000), 1, 65, "nested deeper than 64"},
      {"100,000 braces", repeat("{a: ", 100'000), 1, 257, "nested deeper than 64"},
      {"100,000 dashes", repeat("- ", 100'000), 1, 129, "nested deeper than 64"},
      {"20,000 question marks", repeat("? ", 20'000), 1, 3, "a key must be a text"},
  };
  const auto begin = std::chrono::steady_clock::now();
  for (const Bad& bad : cases) expect_refused(bad);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Parse, ADuplicateKeyShowsBothPlaces) {
  const Error e = error_of([] { parse("a: 1\nb: 2\na: 3\n"); });
  ASSERT_EQ(e.notes().size(), 1u);
  EXPECT_EQ(e.notes()[0].where.line, 1);
}

TEST(Parse, AnAliasBombEndsAtTheNodeLimit) {
  std::string bomb = "a0: &a0 [1]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
            repeat(", " + before, 8) + "]\n";
  }
  const Error e = error_of([&] { parse(bomb); });
  EXPECT_NE(std::string(e.what()).find("aliases expand to more than 10000 nodes"),
            std::string::npos);
}

TEST(Parse, AliasesCannotNestDeeperThanTheLimit) {
  std::string text = "a0: &a0 " + repeat("[", 40) + repeat("]", 40) + "\n";
  text += "a1: " + repeat("[", 40) + "*a0" + repeat("]", 40) + "\n";
  const Error e = error_of([&] { parse(text); });
  EXPECT_NE(std::string(e.what()).find("nested deeper than 64"), std::string::npos);
}

TEST(Parse, EveryLimitHoldsToTheNumber) {
  const int64_t bytes = limits().model_bytes;
  const std::string head = "a: ";
  EXPECT_NO_THROW(parse(head + std::string(size_t(bytes) - head.size(), 'x')));
  expect_error(Code::model, "larger than 1024 KiB",
               [&] { parse(head + std::string(size_t(bytes) - head.size() + 1, 'x')); });

  const auto list = [](int64_t n) {
    std::string s = "a: [x";
    for (int64_t i = 1; i < n; ++i) s += ",x";
    return s + "]";
  };
  const int64_t items = limits().nodes - 3;  // the mapping, the key and the list
  EXPECT_NO_THROW(parse(list(items)));
  expect_error(Code::model, "more than 100000 nodes", [&] { parse(list(items + 1)); });

  EXPECT_NO_THROW(parse("a: " + repeat("[", 63) + repeat("]", 63)));
  expect_error(Code::model, "nested deeper",
               [] { parse("a: " + repeat("[", 64) + repeat("]", 64)); });
}

TEST(Parse, AnyDamageIsAnErrorOrATree) {
  const int refused = survive_damage(kSpiral, [](const std::string& s) { parse(s); });
  EXPECT_GT(refused, 1000);
}

TEST(Parse, ReadsOnlyRegularFiles) {
  const TempDir dir;
  EXPECT_EQ(read_model_text(dir.put("m.yaml", "a: 1\n")), "a: 1\n");
  expect_error(Code::model, "", [&] { read_model_text(dir.path()); });
  expect_error(Code::model, "", [&] { read_model_text("/dev/zero"); });
  expect_error(Code::model, "none.yaml", [&] { read_model_text(dir.file("none.yaml")); });
}

}  // namespace
}  // namespace nnrun::test
