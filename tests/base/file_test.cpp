#include "core/base/file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "core/base/sha256.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::bytes_of;
using test::expect_error;
using test::TempDir;

TEST(ReadFile, GivesTheBytes) {
  TempDir dir;
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(read_file(dir.put("f", bytes), 100), bytes);
  EXPECT_EQ(read_file(dir.put("empty", ""), 0), "");
}

TEST(ReadFile, KeepsTheLimitExactly) {
  TempDir dir;
  const std::string path = dir.put("f", "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  expect_error(Code::model, "5 bytes, more than the limit of 4",
               [&] { read_file(path, 4, Code::model); });
}

TEST(ReadFile, SaysWhatTheSystemSays) {
  TempDir dir;
  expect_error(Code::data, "none: No such file", [&] { read_file(dir.file("none"), 9); });
  expect_error(Code::model, "directory", [&] { read_file(dir.path(), 9, Code::model); });
  expect_error(Code::data, "NUL", [&] { read_file(std::string("a\0b", 3), 9); });
  std::filesystem::create_symlink("loop", dir.file("loop"));
  expect_error(Code::data, "symbolic links", [&] { read_file(dir.file("loop"), 9); });
}

TEST(ReadFile, RefusesAFifoWithoutWaiting) {
  TempDir dir;
  ASSERT_EQ(::mkfifo(dir.file("fifo").c_str(), 0600), 0);
  expect_error(Code::data, "not a regular file", [&] { read_file(dir.file("fifo"), 9); });
  expect_error(Code::data, "not a regular file", [&] { read_file("/dev/zero", 9); });
}

TEST(ReadFile, EscapesTheNameInMessages) {
  expect_error(Code::data, "\\x1b[2J\\x0a", [&] { read_file("/no/\x1b[2J\n", 9); });
}

TEST(InputFile, NoticesThatTheFileWasCut) {
  TempDir dir;
  const std::string path = dir.put("f", "0123456789");
  const InputFile file(path);
  std::filesystem::resize_file(path, 4);
  char to[10];
  file.read(0, to, 4);
  expect_error(Code::data, "ended at byte 4 of 10", [&] { file.read(0, to, 10); });
}

TEST(AtomicWrite, MakesAndReplaces) {
  TempDir dir;
  atomic_write(dir.file("f"), "old");
  atomic_write(dir.file("f"), "new");
  EXPECT_EQ(bytes_of(dir.file("f")), "new");
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicWrite, TakesPiecesOfAnySize) {
  TempDir dir;
  std::string all;
  atomic_write(dir.file("f"), [&](FileWriter& out) {
    for (size_t n : {1u, 65535u, 65536u, 3u, 200000u, 0u, 7u}) {
      const std::string piece(n, char('a' + n % 26));
      out.write(piece);
      all += piece;
      EXPECT_EQ(out.position(), int64_t(all.size()));
    }
  });
  EXPECT_EQ(bytes_of(dir.file("f")), all);
}

TEST(AtomicWrite, KeepsTheOldFileWhenTheWriterThrows) {
  TempDir dir;
  dir.put("f", "old");
  EXPECT_THROW(atomic_write(dir.file("f"),
                            [](FileWriter& out) {
                              out.write(std::string(100000, 'x'));
                              throw std::runtime_error("stop");
                            }),
               std::runtime_error);
  EXPECT_EQ(bytes_of(dir.file("f")), "old");
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicWrite, KeepsTheOldFileWhenNoMoreFits) {
  TempDir dir;
  dir.put("f", "old");
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before, small;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  expect_error(Code::data, "File too large",
               [&] { atomic_write(dir.file("f"), std::string(5000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(bytes_of(dir.file("f")), "old");
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicWrite, RefusesWhatIsNoRegularFile) {
  TempDir dir;
  expect_error(Code::data, "not a regular file", [] { atomic_write("/dev/full", "x"); });
  dir.put("f", "kept");
  std::filesystem::create_symlink(dir.file("f"), dir.file("link"));
  expect_error(Code::data, "not a regular file", [&] { atomic_write(dir.file("link"), "x"); });
  EXPECT_EQ(bytes_of(dir.file("f")), "kept");
  expect_error(Code::data, "No such file", [&] { atomic_write(dir.file("no/f"), "x"); });
  expect_error(Code::data, "cannot write", [] { atomic_write("", "x"); });
}

TEST(Sha256, IsTheStandardsExample) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  TempDir dir;
  const std::string bytes(200000, 'x');
  EXPECT_EQ(sha256(InputFile(dir.put("f", bytes))), sha256(bytes));
}

}  // namespace
}  // namespace nnrun
