#include "core/data/npy.h"

#include "core/base/limits.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::bytes_of;
using test::expect_error;
using test::survive_damage;
using test::TempDir;

/// As NumPy writes it, version 1.
std::string npy(const std::string& descr, const std::string& order, const std::string& shape,
                const std::string& data) {
  const std::string dict =
      "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  return std::string("\x93NUMPY\1\0", 8) + char(dict.size() & 0xff) + char(dict.size() >> 8) +
         dict + data;
}
template <class T> std::string raw(std::initializer_list<T> values) {
  std::string s;
  for (T v : values) s.append(reinterpret_cast<const char*>(&v), sizeof v);
  return s;
}

class Npy : public ::testing::Test {
 protected:
  Array read(const std::string& bytes) { return read_npy(dir_.put("a.npy", bytes)); }
  void refused(const std::string& fragment, const std::string& bytes, Code code = Code::data) {
    expect_error(code, fragment, [&] { read(bytes); });
  }
  TempDir dir_;
};

TEST_F(Npy, ReadsEveryNumberType) {
  const std::string f = "False", one = "(2,)";
  EXPECT_TRUE(same_bits(read(npy("'<f4'", f, one, raw<float>({1.5f, -2}))),
                        Array::of<float>({2}, {1.5f, -2})));
  EXPECT_TRUE(same_bits(read(npy("'<f8'", f, one, raw<double>({0.1, 2}))),
                        Array::of<double>({2}, {0.1, 2})));
  EXPECT_EQ(read(npy("'<f2'", f, one, raw<uint16_t>({0x3c00, 0xc000}))).at(1), -2);
  EXPECT_TRUE(same_bits(read(npy("'|i1'", f, one, raw<int8_t>({-1, 7}))),
                        Array::of<int32_t>({2}, {-1, 7})));
  EXPECT_TRUE(same_bits(read(npy("'<i2'", f, one, raw<int16_t>({-300, 7}))),
                        Array::of<int32_t>({2}, {-300, 7})));
  EXPECT_TRUE(same_bits(read(npy("'<u2'", f, one, raw<uint16_t>({65535, 7}))),
                        Array::of<int32_t>({2}, {65535, 7})));
  EXPECT_TRUE(same_bits(read(npy("'<i4'", f, one, raw<int32_t>({-70000, 7}))),
                        Array::of<int32_t>({2}, {-70000, 7})));
  EXPECT_TRUE(same_bits(read(npy("'<u4'", f, one, raw<uint32_t>({4000000000u, 7}))),
                        Array::of<int64_t>({2}, {4000000000, 7})));
  EXPECT_TRUE(same_bits(read(npy("'<i8'", f, one, raw<int64_t>({-1, 7}))),
                        Array::of<int64_t>({2}, {-1, 7})));
  EXPECT_TRUE(same_bits(read(npy("'|u1'", f, one, raw<uint8_t>({255, 7}))),
                        Array::of<uint8_t>({2}, {255, 7})));
  EXPECT_TRUE(same_bits(read(npy("'|b1'", f, one, raw<uint8_t>({1, 0}))),
                        Array::of<bool>({2}, {true, false})));
}

TEST_F(Npy, ReadsBigEndianAndFortranOrder) {
  EXPECT_EQ(read(npy("'>i4'", "False", "(1,)", std::string("\0\0\1\2", 4))).at(0), 258);
  EXPECT_EQ(read(npy("'>f8'", "False", "(1,)", std::string("\x3f\xf8\0\0\0\0\0\0", 8))).at(0), 1.5);
  EXPECT_TRUE(same_bits(read(npy("'<i4'", "True", "(2, 3)", raw<int32_t>({1, 4, 2, 5, 3, 6}))),
                        Array::of<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6})));
}

TEST_F(Npy, ReadsScalarsAndEmptyArrays) {
  EXPECT_EQ(read(npy("'<f4'", "False", "()", raw<float>({3}))).shape(), Shape{});
  EXPECT_EQ(read(npy("'<f4'", "True", "(2, 0)", "")).shape(), (Shape{2, 0}));
}

TEST_F(Npy, ReadsVersions2And3) {
  std::string v2 = npy("'<f4'", "False", "(1,)", raw<float>({3}));
  v2[6] = 2;
  v2.insert(10, 2, '\0');
  EXPECT_EQ(read(v2).at(0), 3);
  v2[6] = 3;
  EXPECT_EQ(read(v2).at(0), 3);
}

TEST_F(Npy, RefusesOtherBytes) {
  refused("empty", "");
  refused("does not begin as an npy file", "PK\3\4 something");
  std::string v9 = npy("'<f4'", "False", "(1,)", raw<float>({3}));
  v9[6] = 9;
  refused("version 9.0", v9);
}

TEST_F(Npy, RefusesAHeaderLengthBeyondTheFile) {
  refused("its length is 4294967280", std::string("\x93NUMPY\2\0\xf0\xff\xff\xff", 12));
  refused("dict expected", std::string("\x93NUMPY\1\0\0\0", 10));
}

TEST_F(Npy, NamesTheWrongField) {
  const std::string f = "False", one = "(1,)", data = raw<float>({3});
  refused("'<ixy'", npy("'<ixy'", f, one, data));
  refused("descr ''", npy("''", f, one, data));
  refused("structured", npy("[('a', '<f4')]", f, one, data));
  refused("'<c8'", npy("'<c8'", f, one, data));
  refused("pickle) are never loaded", npy("'|O'", f, one, data));
  refused("fortran_order", npy("'<f4'", "0", one, data));
  refused("shape", npy("'<f4'", f, "(-1,)", data));
  refused("shape", npy("'<f4'", f, "(9223372036854775808,)", data));
  refused("beyond 64 bits", npy("'<f4'", f, "(4294967296, 4294967296)", data));
  refused("more than 8 dimensions", npy("'<f4'", f, "(1,1,1,1,1,1,1,1,1)", data));
  refused("tuple", npy("'<f4'", f, "3", data));
  refused("unknown key", npy("'<f4', 'x': 1", f, one, data));
  refused("twice", npy("'<f4', 'descr': '<f4'", f, one, data));
  const std::string dict = "{'descr': '<f4', 'shape': (1,)}";
  refused("'fortran_order' is missing",
          std::string("\x93NUMPY\1\0", 8) + char(dict.size()) + '\0' + dict + data);
}

TEST_F(Npy, RefusesDataOfAnotherLength) {
  const std::string data = raw<float>({1, 2, 3});
  refused("expected 16 bytes of data, got 12", npy("'<f4'", "False", "(2, 2)", data));
  refused("expected 8 bytes of data, got 12", npy("'<f4'", "False", "(2,)", data));
  refused("expected 4611686018427387904 bytes of data, got 12",
          npy("'<f4'", "False", "(1152921504606846976,)", data));
}

TEST_F(Npy, RefusesValuesThatNothingHolds) {
  refused("bool is neither", npy("'|b1'", "False", "(1,)", "\2"));
  refused("beyond int64", npy("'<u8'", "False", "(1,)", raw<uint64_t>({1ull << 63})));
}

TEST_F(Npy, KeepsTheMemoryLimit) {
  const int64_t before = limits().data_bytes;
  const std::string bytes = npy("'<f4'", "False", "(2,)", raw<float>({1, 2}));
  limits().data_bytes = 8;
  EXPECT_EQ(read(bytes).numel(), 2);
  limits().data_bytes = 7;
  refused("more than the limit of 7", bytes, Code::memory);
  limits().data_bytes = before;
}

TEST_F(Npy, DamageNeverDoesMoreThanThrow) {
  const std::string good = npy("'<f8'", "True", "(2, 3)", raw<double>({1, 2, 3, 4, 5, 6}));
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_THROW(read(good.substr(0, n)), Error) << n;
  }
  survive_damage(good, [&](const std::string& bytes) { read(bytes); });
}

TEST_F(Npy, WritesAsNumPyDoes) {
  write_npy(dir_.file("w.npy"), Array::of<float>({2, 1}, {1, 2}));
  const std::string bytes = bytes_of(dir_.file("w.npy"));
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\1\0\x76\0", 10));
  EXPECT_EQ(bytes.substr(10, 59), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }");
  EXPECT_EQ(bytes.size(), 128u + 8);
  EXPECT_EQ(bytes.substr(128), raw<float>({1, 2}));
}

TEST_F(Npy, ReadsWhatItWrites) {
  for (const Array& a :
       {Array::of<float>({}, {2.5f}), Array::of<double>({3}, {1, 2, 3}),
        Array::of<int32_t>({1, 2}, {1, -2}), Array::of<int64_t>({2}, {1, -2}),
        Array::of<uint8_t>({2, 1, 1}, {1, 255}), Array::of<bool>({2}, {true, false}),
        Array::of<float>({2}, {1, 2}).cast(DType::float16), Array(DType::float32, {0, 4})}) {
    write_npy(dir_.file("w.npy"), a);
    EXPECT_TRUE(same_bits(read_npy(dir_.file("w.npy")), a)) << a.shape().str();
  }
}

TEST_F(Npy, WritesBfloat16AsFloat32) {
  const Array a = Array::of<float>({2}, {1, -2});
  write_npy(dir_.file("w.npy"), a.cast(DType::bfloat16));
  EXPECT_TRUE(same_bits(read_npy(dir_.file("w.npy")), a));
}

TEST_F(Npy, AnArchiveHoldsArraysByName) {
  const Array x = Array::of<float>({2, 2}, {1, 2, 3, 4}), y = Array::of<int64_t>({2}, {0, 1});
  write_npz(dir_.file("a.npz"), {{"x", x}, {"y", y}});
  const ZipFile archive(dir_.file("a.npz"));
  EXPECT_EQ(npz_names(archive), (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(same_bits(read_npz(archive, "x"), x));
  EXPECT_TRUE(same_bits(read_npz(archive, "y"), y));
  const Error e =
      expect_error(Code::data, "no array 'X'; it holds: x, y", [&] { read_npz(archive, "X"); });
  EXPECT_NE(e.hint().find("'x'"), std::string::npos);
}

}  // namespace
}  // namespace nnrun
