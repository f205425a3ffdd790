#include "core/data/idx.h"

#include <filesystem>

#include "core/base/limits.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::expect_error;
using test::survive_damage;
using test::TempDir;

std::string idx(int type, std::initializer_list<uint32_t> dims, const std::string& data) {
  std::string s = {'\0', '\0', char(type), char(dims.size())};
  for (uint32_t d : dims) s += {char(d >> 24), char(d >> 16), char(d >> 8), char(d)};
  return s + data;
}

class Idx : public ::testing::Test {
 protected:
  Array read(const std::string& bytes) { return read_idx(dir_.put("f", bytes)); }
  void refused(const std::string& fragment, const std::string& bytes) {
    expect_error(Code::data, fragment, [&] { read(bytes); });
  }
  TempDir dir_;
};

TEST_F(Idx, ReadsEveryType) {
  EXPECT_TRUE(same_bits(read(idx(8, {2, 1, 2}, "\1\2\3\xff")),
                        Array::of<uint8_t>({2, 1, 2}, {1, 2, 3, 255})));
  EXPECT_TRUE(same_bits(read(idx(9, {1}, "\xff")), Array::of<int32_t>({1}, {-1})));
  EXPECT_TRUE(same_bits(read(idx(0x0b, {1}, "\xff\xfe")), Array::of<int32_t>({1}, {-2})));
  EXPECT_TRUE(
      same_bits(read(idx(0x0c, {1}, std::string("\0\0\1\0", 4))), Array::of<int32_t>({1}, {256})));
  EXPECT_TRUE(
      same_bits(read(idx(0x0d, {1}, std::string("\x3f\x80\0\0", 4))), Array::of<float>({1}, {1})));
  EXPECT_TRUE(same_bits(read(idx(0x0e, {1}, std::string("\xbf\xf0\0\0\0\0\0\0", 8))),
                        Array::of<double>({1}, {-1})));
}

TEST_F(Idx, NamesTheWrongField) {
  refused("first 4 bytes", "");
  refused("two zero bytes", "\x93NUM");
  refused("unknown type 15", idx(0x0f, {1}, "x"));
  refused("0 dimensions", idx(8, {}, ""));
  refused("9 dimensions", idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "x"));
  refused("within its dimensions", idx(8, {1}, "").substr(0, 6));
  refused("beyond 64 bits", idx(8, {0xffffffff, 0xffffffff, 0xffffffff}, "x"));
  refused("expected 3 bytes of data, got 2", idx(8, {3}, "ab"));
  refused("expected 3 bytes of data, got 4", idx(8, {3}, "abcd"));
  refused("expected 4294967295 bytes of data, got 1", idx(8, {0xffffffff}, "a"));
}

TEST_F(Idx, EveryTruncationIsRefused) {
  const std::string good = idx(8, {2, 3}, "abcdef");
  for (size_t n = 0; n < good.size(); ++n) EXPECT_THROW(read(good.substr(0, n)), Error) << n;
  survive_damage(good, [&](const std::string& bytes) { read(bytes); });
}

TEST_F(Idx, ReadsFashionMnist) {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const Array images = read_idx(folder + "t10k-images-idx3-ubyte.gz");
  const Array labels = read_idx(folder + "t10k-labels-idx1-ubyte.gz");
  EXPECT_EQ(images.shape(), (Shape{10000, 28, 28}));
  EXPECT_EQ(images.dtype(), DType::uint8);
  EXPECT_EQ(labels.shape(), Shape{10000});
  EXPECT_EQ(labels.at(0), 9);
  EXPECT_EQ(labels.at(1), 2);
}

}  // namespace
}  // namespace nnrun
