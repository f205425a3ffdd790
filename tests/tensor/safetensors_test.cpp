#include "core/tensor/safetensors.h"

#include <chrono>
#include <cstdint>

#include "tests/support/files.h"
#include "tests/support/slower.h"

namespace nnrun {
namespace {

using test::bytes_of;
using test::expect_error;
using test::TempDir;

std::string framed(const std::string& header, const std::string& data) {
  std::string s;
  for (uint64_t i = 0, n = header.size(); i < 8; ++i, n >>= 8) s += char(n & 0xff);
  return s + header + data;
}

class SafetensorsFile : public ::testing::Test {
 protected:
  SafeTensors read(const std::string& bytes) { return read_safetensors(dir_.put("f", bytes)); }
  void refused(const std::string& fragment, const std::string& bytes, Code code = Code::data) {
    expect_error(code, fragment, [&] { read(bytes); });
  }
  void bad_header(const std::string& fragment, const std::string& header,
                  const std::string& data = "") {
    refused(fragment, framed(header, data));
  }
  std::string written(const NamedArrays& tensors, const Metadata& metadata,
                      bool checksums = false) {
    write_safetensors(dir_.file("w"), tensors, metadata, checksums);
    return bytes_of(dir_.file("w"));
  }
  TempDir dir_;
};

const NamedArrays kSome = {{"bias", Array::of<float>({2}, {5, 6})},
                           {"steps", Array::of<int64_t>({}, {7})},
                           {"mask", Array::of<bool>({3}, {true, false, true})},
                           {"weight", Array::of<float>({2, 1}, {1, 2})}};

// What safetensors.numpy.save of the Python package gives for the same tensors.
TEST_F(SafetensorsFile, IsByteForByteThePythonPackages) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
      R"("weight":{"dtype":"F32","shape":[2,1],"data_offsets":[16,24]},)"
      R"("mask":{"dtype":"BOOL","shape":[3],"data_offsets":[24,27]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  const std::string data("\7\0\0\0\0\0\0\0\0\0\xa0\x40\0\0\xc0\x40\0\0\x80\x3f\0\0\0\x40\1\0\1",
                         27);
  EXPECT_EQ(written(kSome, {{"format", "pt"}}), framed(padded, data));
}

TEST_F(SafetensorsFile, ReadsWhatItWrites) {
  for (bool checksums : {false, true}) {
    const SafeTensors back = read(written(kSome, {{"note", "\"\xc3\xa4\n\""}}, checksums));
    EXPECT_EQ(back.metadata, (Metadata{{"note", "\"\xc3\xa4\n\""}}));
    ASSERT_EQ(back.tensors.size(), 4u);
    EXPECT_EQ(back.tensors[0].first, "steps");
    for (const auto& [name, a] : kSome) {
      for (const auto& [other, b] : back.tensors) {
        EXPECT_EQ(name == other, same_bits(a, b)) << name;
      }
    }
  }
}

TEST_F(SafetensorsFile, HoldsEveryDtypeAndNothing) {
  NamedArrays all;
  for (int i = 0; i < sdk::kDTypes; ++i)
    all.push_back({name_of(DType(i)), Array(DType(i), {3, 0, 2})});
  all.push_back({"", Array(DType::bfloat16, {1})});
  EXPECT_EQ(read(written(all, {})).tensors.size(), all.size());
  EXPECT_EQ(written({}, {}), framed("{}      ", ""));
  EXPECT_TRUE(read(framed("{}", "")).tensors.empty());
}

TEST_F(SafetensorsFile, RefusesLengthsThatLie) {
  refused("0 bytes: too short", "");
  refused("7 bytes: too short", "1234567");
  refused("header length 0", std::string(8, '\0'));
  refused("header length 100", std::string("\x64\0\0\0\0\0\0\0{}", 10));
  refused("header length 9223372036854775808", std::string("\0\0\0\0\0\0\0\x80{}", 10));
}

TEST_F(SafetensorsFile, RefusesHeadersThatAreNoObject) {
  bad_header("not JSON, at byte", "{\"a\"");
  bad_header("not JSON, at byte", "{}x");
  bad_header("not JSON, at byte 2", std::string("{}\0x", 4));
  bad_header("not JSON, at byte", "{\"\xff\":{}}");
  bad_header("the header is an array", "[]");
  bad_header("the header is a number", "12");
  bad_header("the header is an array", std::string(100000, '['));
  bad_header("'a' is an array", "{\"a\":" + std::string(100000, '['));
  bad_header("'a' is null", R"({"a":null})");
}

TEST_F(SafetensorsFile, NamesTheTensorThatIsWrong) {
  auto tensor = [](const std::string& fields) { return "{\"t\":{" + fields + "}}"; };
  const std::string data = "12345678";
  auto bad = [&](const std::string& fragment, const std::string& fields) {
    bad_header("tensor 't': " + fragment, tensor(fields), data);
  };
  bad("dtype 'F8' is not held here; known: F32",
      R"("dtype":"F8","shape":[8],"data_offsets":[0,8])");
  bad("shape holds a negative number", R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])");
  bad("shape holds a fraction", R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])");
  bad("shape holds a text", R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])");
  bad("shape is beyond 64 bits",
      R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8])");
  bad("shape (4294967296, 4294967296) is beyond",
      R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])");
  bad("shape has more than 8", R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8])");
  bad("shape (3,) of F32 needs 12 bytes", R"("dtype":"F32","shape":[3],"data_offsets":[0,8])");
  bad("its data ends before", R"("dtype":"F32","shape":[2],"data_offsets":[8,0])");
  bad("data_offsets has fewer", R"("dtype":"F32","shape":[2],"data_offsets":[8])");
  bad("data_offsets has more", R"("dtype":"F32","shape":[2],"data_offsets":[0,8,8])");
  bad("its data ends at byte 12 of 8", R"("dtype":"F32","shape":[3],"data_offsets":[0,12])");
  bad("shape is missing", R"("dtype":"F32","data_offsets":[0,8])");
  bad("unknown key 'x'", R"("x":1)");
  bad("dtype is there twice", R"("dtype":"F32","dtype":"F32")");
  bad("a bool is neither", R"("dtype":"BOOL","shape":[8],"data_offsets":[0,8])");
}

TEST_F(SafetensorsFile, RefusesOverlapsGapsAndTrailingBytes) {
  auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(read(framed(two("[2,4]", "[0,2]"), "1234")).tensors[0].first, "b");
  bad_header("'b': its data overlaps", two("[0,2]", "[1,3]"), "123");
  bad_header("'b': its data overlaps", two("[0,2]", "[0,2]"), "12");
  bad_header("'b': there are 1 unused bytes before", two("[0,2]", "[3,5]"), "12345");
  bad_header("1 bytes after the last tensor", two("[0,2]", "[2,4]"), "12345");
}

TEST_F(SafetensorsFile, RefusesDuplicatesAndOtherMetadata) {
  const std::string t = R"("t":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  bad_header("'t' is there twice", "{" + t + "," + t + "}");
  bad_header("__metadata__ key 'k' is a number", R"({"__metadata__":{"k":1}})");
  bad_header("__metadata__ key 'k' is there twice", R"({"__metadata__":{"k":"1","k":"2"}})");
  bad_header("'__metadata__' is there twice", R"({"__metadata__":{},"__metadata__":{}})");
  bad_header("'__metadata__' is a text", R"({"__metadata__":"x"})");
  bad_header("a name of 2000 bytes", "{\"" + std::string(2000, 'n') + "\":{}}");
}

TEST_F(SafetensorsFile, NamesOtherFormats) {
  refused("PyTorch pickle", "PK\3\4 and so on");
  refused("pickle", "\x80\2}q\1 and so on");
  refused("GGUF", "GGUF\3\0\0\0");
  refused("HDF5", "\x89HDF\r\n\x1a\n");
}

TEST_F(SafetensorsFile, EveryTruncationIsRefused) {
  const std::string good = written(kSome, {{"format", "pt"}});
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_THROW(read(good.substr(0, n)), Error) << n;
  }
}

TEST_F(SafetensorsFile, ChecksumsFindEveryFlippedBit) {
  const std::string good = written(kSome, {{"epoch", "12"}}, true);
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = char(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      read(damaged);
      ADD_FAILURE() << "bit " << bit % 8 << " of byte " << bit / 8;
    } catch (const Error& e) {
      EXPECT_EQ(int(e.code()), int(Code::data)) << e.what();
    }
  }
}

TEST_F(SafetensorsFile, AChecksumNamesTheTensor) {
  std::string damaged = written(kSome, {}, true);
  damaged.back() = char(damaged.back() ^ 1);
  refused("the checksum of tensor 'mask' is wrong", damaged);
}

TEST_F(SafetensorsFile, ManyTensorsAreRefusedQuickly) {
  std::string header = "{";
  for (int i = 0; i < 100000; ++i) {
    header += (i ? ",\"" : "\"") + std::to_string(i) +
              R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  const auto begin = std::chrono::steady_clock::now();
  refused("more than the limit of 65536 tensors", framed(header + "}", ""), Code::memory);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2) * test::kSlower);
}

TEST_F(SafetensorsFile, TheWriterRefusesDuplicateNames) {
  const Array a(DType::float32, {1});
  EXPECT_THROW(write_safetensors(dir_.file("w"), {{"a", a}, {"a", a}}), Error);
  EXPECT_THROW(write_safetensors(dir_.file("w"), {{"__metadata__", a}}), Error);
}

}  // namespace
}  // namespace nnrun
