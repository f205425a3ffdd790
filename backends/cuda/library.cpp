#include "backends/cuda/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include <nnrun/sdk/status.hpp>

namespace nnrun::cuda {
namespace {

std::vector<std::string> folders() {
  std::vector<std::string> r;
  const auto add = [&](const char* root, const char* rest) {
    if (root != nullptr && *root != '\0') r.push_back(std::string(root) + rest);
  };
  add(std::getenv("NNRUN_CUDA_HOME"), "/lib/");
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data != '\0') {
    add(data, "/nnrun/cuda/lib/");
  } else {
    add(std::getenv("HOME"), "/.local/share/nnrun/cuda/lib/");
  }
  add("/usr/local/cuda", "/lib64/");
  return r;
}

}  // namespace

Library::Library(std::string file, const std::string& comes_with) : file_(std::move(file)) {
  handle_ = dlopen(file_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ != nullptr) return;
  const std::string reason = dlerror();  // starts with the name
  for (const std::string& folder : folders()) {
    handle_ = dlopen((folder + file_).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return;
  }
  throw sdk::Failure(NNR_E_UNSUPPORTED, reason + " (" + comes_with + ")");
}

void* Library::address(const char* name) const {
  void* p = dlsym(handle_, name);
  if (p == nullptr) {
    throw sdk::Failure(NNR_E_UNSUPPORTED,
                       file_ + " has no " + name + ": it is older than what this backend needs");
  }
  return p;
}

}  // namespace nnrun::cuda
