#include "core/base/gzip.h"

#include <zlib.h>

#include <memory>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::expect_error;
using test::TempDir;

std::string gzipped(const std::string& bytes) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = uInt(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string all_of(const std::string& path) {
  const std::unique_ptr<Reader> in = open_reader(path);
  std::string all;
  char piece[1000];
  while (const int64_t n = in->read_some(piece, sizeof piece)) all.append(piece, size_t(n));
  return all;
}

std::string text(size_t n) {
  std::string s;
  for (size_t i = 0; s.size() < n; ++i) s += std::to_string(i * i) + ",";
  return s;
}

TEST(OpenReader, SeesThroughGzipByItsFirstBytes) {
  TempDir dir;
  const std::string bytes = text(300000);
  EXPECT_EQ(all_of(dir.put("plain.gz", bytes)), bytes);
  EXPECT_EQ(all_of(dir.put("zipped", gzipped(bytes))), bytes);
  EXPECT_EQ(all_of(dir.put("one", "x")), "x");
}

TEST(Gzip, JoinsMembers) {
  TempDir dir;
  EXPECT_EQ(all_of(dir.put("f", gzipped("one ") + gzipped("") + gzipped("two"))), "one two");
}

TEST(Gzip, RefusesDamage) {
  TempDir dir;
  const std::string good = gzipped(text(5000));
  auto read = [&](const std::string& bytes) { all_of(dir.put("f", bytes)); };
  expect_error(Code::data, "damaged gzip stream at byte", [&] { read(good + "garbage"); });
  expect_error(Code::data, "ends early", [&] { read(good.substr(0, good.size() - 1)); });
  std::string crc = good, size = good;
  crc[crc.size() - 8] = char(crc[crc.size() - 8] ^ 1);
  size[size.size() - 1] = char(size[size.size() - 1] ^ 1);
  expect_error(Code::data, "incorrect data check", [&] { read(crc); });
  expect_error(Code::data, "incorrect length check", [&] { read(size); });
}

TEST(Gzip, EveryTruncationIsRefused) {
  TempDir dir;
  const std::string good = gzipped(text(400));
  // Of 0 and 1 bytes it is no gzip file yet.
  for (size_t n = 2; n < good.size(); ++n) {
    expect_error(Code::data, "damaged gzip", [&] { all_of(dir.put("f", good.substr(0, n))); });
  }
}

TEST(Gzip, ABombStopsAtTheRatio) {
  TempDir dir;
  const std::string bomb = gzipped(std::string(64 << 20, '\0'));
  expect_error(Code::memory, "more than 200 times its size", [&] { all_of(dir.put("f", bomb)); });
}

TEST(Gzip, SmallOutputMayHaveAnyRatio) {
  TempDir dir;
  EXPECT_EQ(all_of(dir.put("f", gzipped(std::string(1 << 20, '\0')))).size(), size_t(1 << 20));
}

}  // namespace
}  // namespace nnrun
