// Files: reading foreign ones safely, and writing ours so that a reader sees the old bytes or all
// of the new ones. Nothing is mapped: a file that someone cuts must end in an Error, not in SIGBUS.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <nnrun/error.h>

#include "core/base/reader.h"

namespace nnrun {

/// A regular file open for reading; a FIFO, device or directory is refused without blocking.
/// Everything wrong is an Error of the given code with the path and the system's words.
/// read() may be called from several threads.
class InputFile {
 public:
  explicit InputFile(const std::string& path, Code code = Code::data);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  int fd() const { return fd_; }
  /// Bytes, as it was opened.
  int64_t size() const { return size_; }
  /// Reads exactly n bytes from an offset; fewer is an Error: the file changed since it was opened.
  void read(int64_t offset, void* to, int64_t n) const;

 private:
  std::string path_;
  Code code_;
  int fd_ = -1;
  int64_t size_ = 0;
};

/// The bytes [begin, end) of a file, which must outlive the reader, from front to back.
class FileReader : public Reader {
 public:
  FileReader(const InputFile& file, int64_t begin, int64_t end)
      : Reader(file.path()), file_(file), at_(begin), end_(end) {}
  explicit FileReader(const InputFile& file) : FileReader(file, 0, file.size()) {}

  int64_t read_some(void* to, int64_t n) override;
  int64_t bound() const override { return end_ - at_; }
  bool exact() const override { return true; }

 private:
  const InputFile& file_;
  int64_t at_, end_;
};

/// The whole of a regular file. More than max_bytes is refused before anything is allocated.
std::string read_file(const std::string& path, int64_t max_bytes, Code code = Code::data);

/// What atomic_write hands to its callback: bytes are appended, buffered.
class FileWriter {
 public:
  FileWriter(int fd, std::string path);
  void write(const void* data, size_t n);
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  void flush();
  /// Bytes written so far.
  int64_t position() const { return position_; }

 private:
  void write_out(const char* data, size_t n);
  int fd_;
  std::string path_, buffer_;
  int64_t position_ = 0;
};

/// Replaces the file `path` by the given bytes, or by what `fill` writes: into a temporary file of
/// the same folder (.NAME.*.tmp), synced, then renamed, then the folder is synced. When anything
/// fails, or `fill` throws, the old file is as it was and the temporary one is removed. A target
/// that is not a regular file (a link, a device) is refused. Error(data) with path and the system's
/// words.
void atomic_write(const std::string& path, std::string_view bytes);
void atomic_write(const std::string& path, const std::function<void(FileWriter&)>& fill);

}  // namespace nnrun
