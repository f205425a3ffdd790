// Shared by the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <nnrun/error.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/plugin/plugins.h"

namespace nnrun::test {

inline const std::string kPlugins = NNRUN_BINARY_DIR "/tests/plugins/";

inline PluginInfo load(const std::string& file) {
  PluginRequest r;
  r.name_or_file = file;
  return load_plugin(r);
}

/// All that an error says: message, notes, hint.
inline std::string words(const Error& e) {
  std::string s = e.what();
  for (const Error::Note& n : e.notes()) s += "\n" + n.message;
  return s + "\n" + e.hint();
}

/// Runs f, which must throw an Error of that code, and gives its words.
template <class F> std::string refusal(Code code, F&& f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(int(e.code()), int(code)) << words(e);
    return words(e);
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

#define EXPECT_SAYS(text, fragment)                   \
  EXPECT_NE((text).find(fragment), std::string::npos) \
      << "missing: " << (fragment) << "\nin: " << (text)

/// A folder that goes with the object.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/nnrun-plugin-test-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream f(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(f), {});
}

}  // namespace nnrun::test
