#include "core/data/csv.h"

#include "core/base/limits.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::expect_error;

/// Text that comes in pieces of a given size.
class Text : public Reader {
 public:
  explicit Text(std::string text, int64_t piece = 4096)
      : Reader("t.csv"), text_(std::move(text)), piece_(piece) {}
  int64_t read_some(void* to, int64_t n) override {
    n = std::min({n, piece_, bound()});
    std::copy_n(text_.data() + at_, n, static_cast<char*>(to));
    at_ += n;
    return n;
  }
  int64_t bound() const override { return int64_t(text_.size()) - at_; }
  bool exact() const override { return true; }

 private:
  std::string text_;
  int64_t piece_, at_ = 0;
};

using Table = std::vector<std::vector<std::string>>;

Table records(const std::string& text, int64_t piece = 4096, char delimiter = ',') {
  Text in(text, piece);
  CsvReader csv(in, delimiter);
  Table all;
  while (csv.next()) {
    all.emplace_back();
    for (size_t i = 0; i < csv.size(); ++i) all.back().emplace_back(csv[i]);
  }
  return all;
}

RawData read(const std::string& text, bool header = true) {
  Text in(text);
  return read_csv(in, ',', header);
}

Error refused(const std::string& fragment, const std::string& text) {
  return expect_error(Code::data, fragment, [&] { read(text); });
}

TEST(Csv, ReadsQuotesDoubledQuotesAndLineEndsInside) {
  EXPECT_EQ(records("a,\"b,\"\"c\"\"\",\"d\ne\"\n1,,\"\"\n"),
            (Table{{"a", "b,\"c\"", "d\ne"}, {"1", "", ""}}));
}

TEST(Csv, TakesAllLineEndsAndSkipsBlankLines) {
  const Table expected = {{"a", "b"}, {"1", "2"}};
  EXPECT_EQ(records("a,b\n1,2"), expected);
  EXPECT_EQ(records("\r\na,b\r\n\r\n1,2\r\n"), expected);
  EXPECT_EQ(records("a,b\r1,2\r"), expected);
}

TEST(Csv, SkipsTheByteOrderMarkAndTakesOtherDelimiters) {
  EXPECT_EQ(records("\xef\xbb\xbf"
                    "a;b,c",
                    4096, ';'),
            (Table{{"a", "b,c"}}));
}

TEST(Csv, DoesNotDependOnHowTheBytesArrive) {
  const std::string text =
      "\xef\xbb\xbf"
      "a,\"b\"\"x\"\r\n\r\n\"1\r\n\",2\r3,";
  const Table expected = {{"a", "b\"x"}, {"1\r\n", "2"}, {"3", ""}};
  for (int64_t piece : {1, 2, 7, 4096}) EXPECT_EQ(records(text, piece), expected) << piece;
}

TEST(Csv, NamesColumnsByTheHeaderOrByNumber) {
  const RawData named = read(" x , y\n1, 2 \n");
  EXPECT_EQ(named.columns[0].name, "x");
  EXPECT_EQ(named.columns[1].text[0], "2");
  const RawData numbered = read("1,2\n3,4\n", false);
  EXPECT_EQ(numbered.columns[1].name, "1");
  EXPECT_EQ(numbered.columns[1].size(), 2u);
}

TEST(Csv, KnowsTheRowOfACellBehindBlankLinesAndQuotedLineEnds) {
  const RawData t = read("x,y\n1,2\n\n\"3\n\",4\n5,6\n");
  EXPECT_EQ(t.where(0, 1).line, 2);
  EXPECT_EQ(t.where(1, 0).line, 4);
  EXPECT_EQ(t.where(2, 1).line, 6);
  EXPECT_EQ(t.where(2, 1).col, 2);
}

TEST(Csv, RefusesRowsOfAnotherLength) {
  EXPECT_EQ(refused("expected 2 columns, got 3", "a,b\n1,2\n1,2,3\n").where().line, 3);
  EXPECT_EQ(refused("expected 2 columns, got 1", "a,b\n1\n").where().line, 2);
}

TEST(Csv, RefusesFilesWithoutRows) {
  for (const char* text : {"", "\n\n", "a,b\n", "\xef\xbb\xbf"}) refused("no rows", text);
}

TEST(Csv, RefusesBadHeaders) {
  refused("two columns are named 'a'", "a,b,a\n1,2,3\n");
  refused("no name", "a,,b\n1,2,3\n");
}

TEST(Csv, AnOpenQuoteIsReportedWhereItBegan) {
  const Error e = refused("never closed", "a,b\n1,\"2\n3,4\n");
  EXPECT_EQ(e.where().line, 2);
  EXPECT_EQ(e.where().col, 2);
}

TEST(Csv, RefusesTextAfterAClosingQuote) { refused("text after a closing quote", "a\n\"1\"2\n"); }

TEST(Csv, RefusesWhatIsNotUtf8Text) {
  refused("NUL byte at byte 3", std::string("a\n1\0\n", 5));
  refused("UTF-16", std::string("\xff\xfe"
                                "a\0",
                                4));
}

TEST(Csv, KeepsTheRecordLimit) {
  const int64_t before = limits().record_bytes;
  limits().record_bytes = 5;
  EXPECT_EQ(records("abc,de\n").size(), 1u);
  refused("record longer than 5 bytes", "abc,def\n");
  refused("record longer than 5 bytes", "\"abc\nabc\n");
  limits().record_bytes = before;
}

}  // namespace
}  // namespace nnrun
