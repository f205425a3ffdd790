#include <nnrun/diagnostics.h>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/source_line.h"

namespace nnrun::test {
namespace {

SourceText source_of(const std::string& text) {
  return [text](const std::string&) { return std::optional(text); };
}

/// The caret line of an error at these bytes of a line.
std::string caret_line(const std::string& line, int col, int end_col) {
  const std::string text =
      render(Error(Code::model, "m").at({"f", 1, col, end_col}), source_of(line + "\n"));
  const size_t second = text.find('\n', text.find('\n') + 1) + 1;
  return text.substr(second, text.find('\n', second) - second);
}

TEST(Diagnostics, ShowThePlaceTheLineTheCaretTheNotesAndTheHint) {
  const std::string text =
      "a\n"
      "    - {type: Linear, name: hidden, out_features: 16}\n"
      "    - {type: Linear, name: out, in_features: 10, out_features: 2}\n";
  const std::string got =
      render(Error(Code::model, "in_features is 10, but the layer before it gives 16")
                 .at({"spiral.yaml", 3, 46, 48})
                 .with_note({"spiral.yaml", 2, 50, 52}, "'hidden' sets out_features: 16")
                 .with_hint("leave in_features out, or write 16"),
             source_of(text));
  EXPECT_EQ(got,
            "spiral.yaml:3:46: error: in_features is 10, but the layer before it gives 16\n"
            "    3 |     - {type: Linear, name: out, in_features: 10, out_features: 2}\n"
            "      |                                              ^~\n"
            "spiral.yaml:2:50: note: 'hidden' sets out_features: 16\n"
            "   hint: leave in_features out, or write 16\n");
}

TEST(Diagnostics, TheFirstLineFitsWhatIsKnownOfThePlace) {
  const auto first = [](Error e) { return render(e, nullptr); };
  EXPECT_EQ(first(Error(Code::data, "m")), "nnrun: error: m\n");
  EXPECT_EQ(first(Error(Code::data, "m").at({"p.csv", 7, 3, 4})), "p.csv:7:3: error: m\n");
  EXPECT_EQ(first(Error(Code::data, "m").at({"p.csv", 7})), "p.csv:7: error: m\n");
  EXPECT_EQ(first(Error(Code::usage, "m").at({"<override>", 1, 5, 6})), "<override>:1: error: m\n");
}

TEST(Diagnostics, AnOverrideShowsItsOwnText) {
  const std::string got =
      render(Error(Code::usage, "m").at({"<override>", 2, 6, 9}), source_text({"a=1", "seed=one"}));
  EXPECT_EQ(got,
            "<override>:2: error: m\n"
            "    2 | seed=one\n"
            "      |      ^~~\n");
}

TEST(Diagnostics, FurtherErrorsFollow) {
  Error more(Code::model, "second");
  EXPECT_EQ(render(Error(Code::model, "first").with_more({more}), nullptr),
            "nnrun: error: first\nnnrun: error: second\n");
}

TEST(Diagnostics, WarningsNameTheirLint) {
  EXPECT_EQ(render(Warning{"linear-linear", "twice", "a ReLU", {}}, nullptr),
            "nnrun: warning: twice [linear-linear]\n   hint: a ReLU\n");
}

TEST(Diagnostics, TheCaretStandsUnderTheTokenWhateverStandsBefore) {
  EXPECT_EQ(caret_line("a: bcd", 4, 7), "      |    ^~~");
  EXPECT_EQ(caret_line("\xc3\xa9: bcd", 5, 8), "      |    ^~~");   // é: one column, two bytes
  EXPECT_EQ(caret_line("\xe6\xbc\xa2: b", 6, 7), "      |     ^");  // a wide character
  EXPECT_EQ(caret_line("e\xcc\x81: b", 6, 7), "      |    ^");      // a combining accent
  EXPECT_EQ(caret_line("\ta: b", 5, 6), "      |        ^");        // a tab is four columns
  EXPECT_EQ(caret_line("\x1b: b", 4, 5), "      |       ^");        // shown as \x1b
  EXPECT_EQ(caret_line("\xff: b", 4, 5), "      |       ^");
  EXPECT_EQ(caret_line("a:", 3, 4), "      |   ^");  // behind the end
}

TEST(Diagnostics, ALongLineIsCutAroundTheToken) {
  const std::string line = std::string(5000, 'a') + " token " + std::string(5000, 'b');
  const SourceLine shown = show_line(line, 5002, 5007);
  EXPECT_LT(shown.text.size(), 200u);
  EXPECT_EQ(shown.text.substr(shown.caret, shown.width), "token");
  EXPECT_EQ(shown.text.substr(0, 3), "...");
}

TEST(Diagnostics, LinesEndInAnyBreak) {
  for (const std::string br : {"\n", "\r\n", "\r"}) {
    EXPECT_EQ(line_of("a" + br + "b" + br, 2), "b");
    EXPECT_EQ(line_of("a" + br + "b" + br, 9), std::nullopt);
  }
}

TEST(Diagnostics, AMessageCannotForgeALineOrMoveTheCursor) {
  const std::string got = render(Error(Code::model, "a\nnnrun: error: b\x1b[2J"), nullptr);
  EXPECT_EQ(got.find("\nnnrun:"), std::string::npos);
  EXPECT_EQ(got.find('\x1b'), std::string::npos);
}

TEST(Diagnostics, ColourIsAddedOnRequestAndChangesNothingElse) {
  const Error e = Error(Code::model, "m").at({"f", 1, 1, 2});
  std::string colored = render(e, source_of("abc\n"), true);
  EXPECT_NE(colored.find("\033["), std::string::npos);
  for (size_t i; (i = colored.find('\033')) != std::string::npos;)
    colored.erase(i, colored.find('m', i) - i + 1);
  EXPECT_EQ(colored, render(e, source_of("abc\n"), false));
}

TEST(Diagnostics, JsonHasOneObjectPerMessage) {
  const Error e = Error(Code::model, "m")
                      .at({"f", 3, 4, 6})
                      .with_note({"f", 1, 1, 2}, "n")
                      .with_hint("h")
                      .with_more({Error(Code::usage, "u")});
  const auto j =
      nlohmann::json::parse(diagnostics_json({e}, {{"linear-linear", "w", "", {"f", 9, 1, 2}}}));
  ASSERT_EQ(j.size(), 4u);
  EXPECT_EQ(j[0], (nlohmann::json{{"severity", "error"},
                                  {"code", "model"},
                                  {"file", "f"},
                                  {"line", 3},
                                  {"col", 4},
                                  {"end_col", 6},
                                  {"message", "m"},
                                  {"hint", "h"}}));
  EXPECT_EQ(j[1]["severity"], "note");
  EXPECT_EQ(j[2]["code"], "usage");
  EXPECT_TRUE(j[2]["file"].is_null());
  EXPECT_EQ(j[3]["severity"], "warning");
  EXPECT_EQ(j[3]["code"], "linear-linear");
}

}  // namespace
}  // namespace nnrun::test
