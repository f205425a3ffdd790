// Files for tests: a folder of their own that goes away, and damaged copies of good bytes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <nnrun/error.h>

namespace nnrun::test {

class TempDir {
 public:
  /// In memory where the system has a place for that: tests of damage make thousands of files.
  TempDir() {
    const bool shm = ::access("/dev/shm", W_OK) == 0;
    std::string pattern =
        (shm ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/nnrun-test-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file and returns its path.
  std::string put(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }
  size_t count() const {
    return size_t(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Calls f, which must throw an nnrun::Error of that code whose message contains the fragment.
template <class F> Error expect_error(Code code, const std::string& fragment, F&& f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(int(e.code()), int(code)) << e.what();
    EXPECT_NE(std::string(e.what()).find(fragment), std::string::npos)
        << "message: " << e.what() << "\nexpected in it: " << fragment;
    return e;
  }
  ADD_FAILURE() << "no error, expected one with: " << fragment;
  return Error(Code::internal, "");
}

/// Calls `read` with every truncation of the bytes, then with every single-bit flip of the first 1
/// KiB: each may pass or throw an nnrun::Error, nothing else. Returns how many were refused.
template <class Read> int survive_damage(const std::string& bytes, Read&& read) {
  int refused = 0;
  auto attempt = [&](const std::string& damaged) {
    try {
      read(damaged);
    } catch (const Error& e) {
      EXPECT_NE(int(e.code()), int(Code::internal)) << e.what();
      ++refused;
    }
  };
  for (size_t n = 0; n < bytes.size(); ++n) attempt(bytes.substr(0, n));
  for (size_t bit = 0; bit < 8 * std::min<size_t>(bytes.size(), 1024); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = char(damaged[bit / 8] ^ (1 << bit % 8));
    attempt(damaged);
  }
  return refused;
}

}  // namespace nnrun::test
