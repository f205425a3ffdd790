// Reader: bytes from front to back, once: of a file, a range of one, or what a compressed file
// holds. Formats are read from a Reader, so each works plain, gzipped and inside a zip archive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nnrun {

class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}
  virtual ~Reader() = default;

  /// Where the bytes come from, for messages.
  const std::string& name() const { return name_; }
  /// 1 to n bytes; 0 only at the end (or n == 0). Throws Error(data) when the source is damaged.
  virtual int64_t read_some(void* to, int64_t n) = 0;
  /// At most so many bytes are left: what an honest reader may allocate. When exact() it is just
  /// that many.
  virtual int64_t bound() const = 0;
  virtual bool exact() const = 0;

  /// As many as are left, n at most.
  int64_t read(void* to, int64_t n);

 private:
  std::string name_;
};

/// Bytes in memory, which must outlive the reader.
class MemoryReader : public Reader {
 public:
  MemoryReader(std::string name, std::string_view bytes) : Reader(std::move(name)), left_(bytes) {}
  int64_t read_some(void* to, int64_t n) override;
  int64_t bound() const override { return int64_t(left_.size()); }
  bool exact() const override { return true; }

 private:
  std::string_view left_;
};

/// Opens a file, and sees through gzip (by its first bytes).
std::unique_ptr<Reader> open_reader(const std::string& path);

/// Standard input, as "<stdin>".
std::unique_ptr<Reader> open_stdin();

/// Reads what must be exactly n bytes to the end of the reader into `to`. Throws Error(data)
/// "expected n bytes of data, got m".
void read_payload(Reader& in, void* to, int64_t n);

/// Throws before anything is allocated: when an exact reader has more or less than `need` bytes
/// left (Error(data)), or when they are more than an honest compressed file inflates to, or than
/// limits().data_bytes (Error(memory)).
void check_payload(const Reader& in, int64_t need);

}  // namespace nnrun
