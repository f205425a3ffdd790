#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "core/base/text.h"

namespace nnrun {
namespace {

constexpr int64_t kMostPerCall = int64_t{1} << 30;  // Linux moves 2 GiB at most
constexpr size_t kBuffer = 1 << 16;

std::string os_text(int error) { return std::generic_category().message(error); }

template <class F> auto retried(F&& call) {
  auto r = call();
  while (r < 0 && errno == EINTR) r = call();
  return r;
}

[[noreturn]] void fail_write(const std::string& path, int error) {
  throw Error(Code::data, printable(path) + ": cannot write: " + os_text(error));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// The temporary file: unlinked when it goes unless it was renamed.
class Temporary {
 public:
  explicit Temporary(const std::string& target) {
    static std::atomic<unsigned> counter{0};
    const size_t slash = target.rfind('/');
    const std::string name = target.substr(slash == std::string::npos ? 0 : slash + 1);
    // Another process with our id (a container on a shared folder) may have left the same name.
    for (int i = 0; i < 100; ++i) {
      path_ = folder_of(target) + "/." + name.substr(0, 200) + "." + std::to_string(::getpid()) +
              "-" + std::to_string(counter++) + ".tmp";
      fd_ = retried([&] {
        return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
      });
      if (fd_ >= 0 || errno != EEXIST) break;
    }
    if (fd_ < 0) fail_write(target, errno);
  }
  ~Temporary() {
    if (fd_ >= 0) ::close(fd_);
    if (!renamed_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  int fd() const { return fd_; }
  void sync_and_close(const std::string& target) {
    // A failed fsync may have dropped the pages: it is final, only an interruption is tried again.
    if (retried([&] { return ::fsync(fd_); }) != 0) fail_write(target, errno);
    const int fd = std::exchange(fd_, -1);
    if (::close(fd) != 0 && errno != EINTR) fail_write(target, errno);
  }
  void rename_to(const std::string& target) {
    if (retried([&] { return ::rename(path_.c_str(), target.c_str()); }) != 0) {
      fail_write(target, errno);
    }
    renamed_ = true;
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool renamed_ = false;
};

void sync_folder(const std::string& target) {
  const int fd = retried(
      [&] { return ::open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) fail_write(target, errno);
  const int r = retried([&] { return ::fsync(fd); });
  const int error = errno;
  ::close(fd);
  // EINVAL: a file system that cannot sync folders.
  if (r != 0 && error != EINVAL) fail_write(target, error);
}

}  // namespace

InputFile::InputFile(const std::string& path, Code code) : path_(path), code_(code) {
  const std::string shown = printable(path);
  if (path.find('\0') != std::string::npos) {
    throw Error(code, shown + ": a file name cannot hold a NUL byte");
  }
  fd_ = retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
  if (fd_ < 0) throw Error(code, shown + ": " + os_text(errno));
  struct stat st;
  const int r = ::fstat(fd_, &st);
  if (r != 0 || !S_ISREG(st.st_mode)) {
    const std::string why = r != 0                ? os_text(errno)
                            : S_ISDIR(st.st_mode) ? "is a directory, not a regular file"
                                                  : "not a regular file";
    ::close(fd_);
    throw Error(code, shown + ": " + why);
  }
  size_ = st.st_size;
}

InputFile::~InputFile() { ::close(fd_); }

void InputFile::read(int64_t offset, void* to, int64_t n) const {
  int64_t got = 0;
  while (got < n) {
    const ssize_t r = retried([&] {
      return ::pread(fd_, static_cast<char*>(to) + got, size_t(std::min(n - got, kMostPerCall)),
                     offset + got);
    });
    if (r < 0) throw Error(code_, printable(path_) + ": cannot read: " + os_text(errno));
    if (r == 0) {
      throw Error(code_, printable(path_) + ": ended at byte " + std::to_string(offset + got) +
                             " of " + std::to_string(size_) + ": it changed while it was read");
    }
    got += r;
  }
}

int64_t FileReader::read_some(void* to, int64_t n) {
  const int64_t take = std::min(n, end_ - at_);
  file_.read(at_, to, take);
  at_ += take;
  return take;
}

std::string read_file(const std::string& path, int64_t max_bytes, Code code) {
  const InputFile file(path, code);
  if (file.size() > max_bytes) {
    throw Error(code, printable(path) + ": has " + std::to_string(file.size()) +
                          " bytes, more than the limit of " + std::to_string(max_bytes));
  }
  std::string bytes(size_t(file.size()), '\0');
  file.read(0, bytes.data(), file.size());
  return bytes;
}

FileWriter::FileWriter(int fd, std::string path) : fd_(fd), path_(std::move(path)) {
  buffer_.reserve(kBuffer);
}

void FileWriter::write(const void* data, size_t n) {
  if (buffer_.size() + n > kBuffer) flush();
  if (n >= kBuffer) {
    write_out(static_cast<const char*>(data), n);
  } else {
    buffer_.append(static_cast<const char*>(data), n);
  }
  position_ += int64_t(n);
}

void FileWriter::flush() {
  write_out(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void FileWriter::write_out(const char* data, size_t n) {
  while (n > 0) {
    const ssize_t r =
        retried([&] { return ::write(fd_, data, std::min(n, size_t(kMostPerCall))); });
    if (r < 0) fail_write(path_, errno);
    data += r;
    n -= size_t(r);
  }
}

void atomic_write(const std::string& path, std::string_view bytes) {
  atomic_write(path, [&](FileWriter& out) { out.write(bytes); });
}

void atomic_write(const std::string& path, const std::function<void(FileWriter&)>& fill) {
  if (path.empty() || path.find('\0') != std::string::npos) fail_write(path, EINVAL);
  struct stat st;
  if (::lstat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode)) {
    throw Error(Code::data,
                printable(path) + ": cannot write: it exists and is not a regular file");
  }
  Temporary temporary(path);
  FileWriter out(temporary.fd(), path);
  fill(out);
  out.flush();
  temporary.sync_and_close(path);
  temporary.rename_to(path);
  sync_folder(path);
}

}  // namespace nnrun
