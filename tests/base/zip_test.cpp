#include "core/base/zip.h"

#include <zlib.h>

#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::bytes_of;
using test::expect_error;
using test::survive_damage;
using test::TempDir;

std::string number(uint64_t v, int n) {
  std::string s;
  for (int i = 0; i < n; ++i, v >>= 8) s += char(v & 0xff);
  return s;
}

/// An archive by hand, so that each field can be wrong.
struct Entry {
  std::string name, stored, plain;
  int method = 0, flags = 0;
};
std::string archive_of(const std::vector<Entry>& entries, const std::string& comment = "",
                       bool zip64 = false) {
  std::string bytes, directory;
  for (const Entry& e : entries) {
    const uint64_t crc = crc32_z(0, reinterpret_cast<const Bytef*>(e.plain.data()), e.plain.size());
    const std::string common = number(20, 2) + number(uint64_t(e.flags), 2) +
                               number(uint64_t(e.method), 2) + number(0, 4) + number(crc, 4) +
                               number(e.stored.size(), 4) + number(e.plain.size(), 4) +
                               number(e.name.size(), 2) + number(0, 2);
    directory +=
        "PK\1\2" + number(20, 2) + common + number(0, 10) + number(bytes.size(), 4) + e.name;
    bytes += "PK\3\4" + common + e.name + e.stored;
  }
  const size_t offset = bytes.size();
  if (zip64) {
    const size_t record = offset + directory.size();
    directory += "PK\6\6" + number(44, 8) + number(45, 4) + number(0, 8) +
                 number(entries.size(), 8) + number(entries.size(), 8) +
                 number(directory.size(), 8) + number(offset, 8) + "PK\6\7" + number(0, 4) +
                 number(record, 8) + number(1, 4);
    return bytes + directory + "PK\5\6" + number(0, 4) + number(~0ull, 12) +
           number(comment.size(), 2) + comment;
  }
  return bytes + directory + "PK\5\6" + number(0, 4) + number(entries.size(), 2) +
         number(entries.size(), 2) + number(directory.size(), 4) + number(offset, 4) +
         number(comment.size(), 2) + comment;
}

Entry stored(const std::string& name, const std::string& text) { return {name, text, text}; }

Entry deflated(const std::string& name, const std::string& text) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = uInt(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return {name, out, text, 8};
}

std::string all_of(const ZipFile& archive, const std::string& name) {
  const std::unique_ptr<Reader> in = archive.open(*archive.find(name));
  std::string all;
  char piece[7];
  while (const int64_t n = in->read_some(piece, sizeof piece)) all.append(piece, size_t(n));
  return all;
}

class Zip : public ::testing::Test {
 protected:
  void refused(Code code, const std::string& fragment, const std::string& bytes) {
    expect_error(code, fragment, [&] {
      const ZipFile archive(dir_.put("f.zip", bytes));
      for (const ZipEntry& e : archive.entries()) all_of(archive, e.name);
    });
  }
  TempDir dir_;
};

TEST_F(Zip, ReadsStoredAndDeflatedEntries) {
  const std::string text(5000, 'a');
  const ZipFile archive(dir_.put(
      "f.zip",
      archive_of({stored("a", "alpha"), deflated("b/c", text), stored("e", "")}, "a comment")));
  ASSERT_EQ(archive.entries().size(), 3u);
  EXPECT_EQ(all_of(archive, "a"), "alpha");
  EXPECT_EQ(all_of(archive, "b/c"), text);
  EXPECT_EQ(all_of(archive, "e"), "");
  EXPECT_EQ(archive.find("d"), nullptr);
}

TEST_F(Zip, ReadsAZip64Directory) {
  const std::string good = archive_of({stored("a", "alpha"), deflated("b", "beta")}, "", true);
  EXPECT_EQ(all_of(ZipFile(dir_.put("f.zip", good)), "b"), "beta");
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_THROW(ZipFile(dir_.put("f.zip", good.substr(0, n))), Error) << n;
  }
  std::string lie = good;
  lie[good.size() - 22 - 12] = char(lie[good.size() - 22 - 12] ^ 1);
  refused(Code::data, "zip64 record is wrong", lie);
}

TEST_F(Zip, RefusesNamesThatLeadOut) {
  for (const char* name : {"../x", "a/../../x", "/x", "a\\x", "", ".."}) {
    refused(Code::data, "leads out", archive_of({stored(name, "x")}));
  }
}

TEST_F(Zip, RefusesWhatNpzWritersNeverMake) {
  refused(Code::data, "'a' is there twice", archive_of({stored("a", "1"), stored("a", "2")}));
  refused(Code::data, "method 99", archive_of({{"a", "x", "x", 99}}));
  refused(Code::data, "'a' is encrypted", archive_of({{"a", "x", "x", 0, 1}}));
}

TEST_F(Zip, RefusesDamage) {
  const std::string good = archive_of({stored("a", "alpha"), deflated("b", "beta beta beta")});
  refused(Code::data, "only 0 bytes", "");
  refused(Code::data, "directory is missing", std::string(100, 'x'));
  refused(Code::data, "directory is missing", good + "x");
  std::string crc = good;
  crc[31] = 'L';
  refused(Code::data, "damaged entry 'a': its CRC is wrong", crc);
  refused(Code::data, "not where its end record says", "x" + good);
}

TEST_F(Zip, RefusesSizesThatLie) {
  Entry longer = deflated("b", "beta");
  longer.plain = "betabeta";
  refused(Code::data, "shorter than the directory says", archive_of({longer}));
  Entry shorter = deflated("b", "betabeta");
  shorter.plain = "beta";
  refused(Code::data, "longer than the directory says", archive_of({shorter}));
}

TEST_F(Zip, ABombIsRefusedByItsDirectory) {
  refused(Code::memory, "200 times", archive_of({deflated("b", std::string(4 << 20, '\0'))}));
}

TEST_F(Zip, DamageNeverDoesMoreThanThrow) {
  const std::string good = archive_of({stored("a", "alpha"), deflated("b", "beta beta beta")});
  const int refused = survive_damage(good, [&](const std::string& bytes) {
    const ZipFile archive(dir_.put("f.zip", bytes));
    for (const ZipEntry& e : archive.entries()) all_of(archive, e.name);
  });
  EXPECT_GT(refused, int(good.size()));
}

TEST_F(Zip, WritesWhatItReads) {
  const std::string big(100000, 'z');
  atomic_write(dir_.file("f.zip"), [&](FileWriter& out) {
    ZipWriter zip(out);
    zip.add("a", {"al", "pha"});
    zip.add("big", {big});
    zip.finish();
  });
  const ZipFile archive(dir_.file("f.zip"));
  EXPECT_EQ(all_of(archive, "a"), "alpha");
  EXPECT_EQ(all_of(archive, "big"), big);
}

}  // namespace
}  // namespace nnrun
