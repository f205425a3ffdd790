#include "core/plugin/file.h"

#include <nnrun/error.h>
#include <nnrun/plugin.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <vector>

#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/text.h"

namespace nnrun {
namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 30;

std::atomic<bool> allow_insecure{false};

[[noreturn]] void refuse(const std::string& text, const std::string& hint = "") {
  throw Error(Code::backend, text).with_hint(hint);
}

/// Whoever can write the file, or replace it in its folder, runs code as us.
void check_owner(const struct stat& s, const std::string& what) {
  if (allow_insecure) return;
  const std::string hint = "own it and chmod go-w it, or pass --allow-insecure-plugins";
  if (s.st_uid != 0 && s.st_uid != ::geteuid()) {
    refuse(what + " belongs to user " + std::to_string(s.st_uid) + ", expected root or " +
               std::to_string(::geteuid()),
           hint);
  }
  const bool sticky = S_ISDIR(s.st_mode) && (s.st_mode & S_ISVTX) != 0;
  if ((s.st_mode & S_IWOTH) && !sticky) refuse(what + " can be written by everyone", hint);
  if ((s.st_mode & S_IWGRP) && !sticky && s.st_gid != 0 && s.st_gid != ::getegid()) {
    refuse(what + " can be written by group " + std::to_string(s.st_gid), hint);
  }
}

int64_t nanoseconds(const timespec& t) { return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

std::string canonical(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> p(::realpath(path.c_str(), nullptr), std::free);
  if (p) return p.get();
  if (errno == ENOENT || errno == ENOTDIR) refuse("no such file");
  refuse(std::generic_category().message(errno));
}

}  // namespace

void set_allow_insecure_plugins(bool allow) { allow_insecure = allow; }

PluginFile examine_file(const std::string& path) {
  PluginFile f;
  f.path = canonical(path);
  struct stat s = {};
  if (::stat(f.path.c_str(), &s) != 0) refuse(std::generic_category().message(errno));
  if (!S_ISREG(s.st_mode)) refuse("not a regular file");
  const InputFile file(f.path, Code::backend);
  if (::fstat(file.fd(), &s) != 0) refuse(std::generic_category().message(errno));
  check_owner(s, "the file");
  struct stat folder = {};
  const std::string parent = f.path.substr(0, std::max<size_t>(f.path.rfind('/'), 1));
  if (::stat(parent.c_str(), &folder) == 0) check_owner(folder, "its folder");
  if (file.size() > kMaxBytes) {
    refuse("is " + std::to_string(file.size()) + " bytes long, expected at most 1 GiB");
  }
  std::vector<std::byte> bytes(size_t(file.size()));
  file.read(0, bytes.data(), file.size());
  f.sha256 = sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  f.elf = check_elf(bytes, NNR_ENTRY_NAME);
  f.device = s.st_dev;
  f.inode = s.st_ino;
  f.size = s.st_size;
  f.modified_ns = nanoseconds(s.st_mtim);
  return f;
}

bool same_file(const PluginFile& f) {
  struct stat s = {};
  return ::stat(f.path.c_str(), &s) == 0 && s.st_dev == f.device && s.st_ino == f.inode &&
         s.st_size == f.size && nanoseconds(s.st_mtim) == f.modified_ns;
}

}  // namespace nnrun
