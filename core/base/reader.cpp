#include "core/base/reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/base/file.h"
#include "core/base/gzip.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace nnrun {
namespace {

/// Owns the file under the stream.
class GzipFile : public Reader {
 public:
  explicit GzipFile(std::unique_ptr<InputFile> file)
      : Reader(file->path()), file_(std::move(file)), bytes_(*file_), gzip_(bytes_) {}
  int64_t read_some(void* to, int64_t n) override { return gzip_.read_some(to, n); }
  int64_t bound() const override { return gzip_.bound(); }
  bool exact() const override { return false; }

 private:
  std::unique_ptr<InputFile> file_;
  FileReader bytes_;
  GzipReader gzip_;
};

class PlainFile : public Reader {
 public:
  explicit PlainFile(std::unique_ptr<InputFile> file)
      : Reader(file->path()), file_(std::move(file)), bytes_(*file_) {}
  int64_t read_some(void* to, int64_t n) override { return bytes_.read_some(to, n); }
  int64_t bound() const override { return bytes_.bound(); }
  bool exact() const override { return true; }

 private:
  std::unique_ptr<InputFile> file_;
  FileReader bytes_;
};

class StandardInput : public Reader {
 public:
  StandardInput() : Reader("<stdin>") {}
  int64_t read_some(void* to, int64_t n) override {
    ssize_t r;
    do {
      r = ::read(STDIN_FILENO, to, size_t(std::min<int64_t>(n, 1 << 30)));
    } while (r < 0 && errno == EINTR);
    if (r < 0) {
      throw Error(Code::data, "<stdin>: cannot read: " + std::generic_category().message(errno));
    }
    return r;
  }
  int64_t bound() const override { return INT64_MAX; }
  bool exact() const override { return false; }
};

[[noreturn]] void wrong_size(const Reader& in, int64_t need, const std::string& got) {
  throw Error(Code::data, printable(in.name()) + ": expected " + std::to_string(need) +
                              " bytes of data, got " + got);
}

}  // namespace

int64_t Reader::read(void* to, int64_t n) {
  int64_t got = 0;
  while (got < n) {
    const int64_t r = read_some(static_cast<char*>(to) + got, n - got);
    if (r == 0) break;
    got += r;
  }
  return got;
}

int64_t MemoryReader::read_some(void* to, int64_t n) {
  const size_t size = left_.copy(static_cast<char*>(to), size_t(n));
  left_.remove_prefix(size);
  return int64_t(size);
}

std::unique_ptr<Reader> open_reader(const std::string& path) {
  auto file = std::make_unique<InputFile>(path);
  unsigned char magic[2] = {};
  if (file->size() >= 2) file->read(0, magic, 2);
  if (magic[0] == 0x1f && magic[1] == 0x8b) return std::make_unique<GzipFile>(std::move(file));
  return std::make_unique<PlainFile>(std::move(file));
}

std::unique_ptr<Reader> open_stdin() { return std::make_unique<StandardInput>(); }

void check_payload(const Reader& in, int64_t need) {
  if (in.exact() && need != in.bound()) wrong_size(in, need, std::to_string(in.bound()));
  if (need > in.bound()) {
    throw Error(Code::memory, printable(in.name()) + ": declares " + std::to_string(need) +
                                  " bytes of data, which inflates to more than " +
                                  std::to_string(limits().inflate_ratio) + " times its size");
  }
  if (need > limits().data_bytes) {
    throw Error(Code::memory, printable(in.name()) + ": needs " + std::to_string(need) +
                                  " bytes in memory, more than the limit of " +
                                  std::to_string(limits().data_bytes));
  }
}

void read_payload(Reader& in, void* to, int64_t n) {
  const int64_t got = in.read(to, n);
  if (got != n) wrong_size(in, n, std::to_string(got));
  char extra;
  if (in.read(&extra, 1) != 0) wrong_size(in, n, "more");
}

}  // namespace nnrun
