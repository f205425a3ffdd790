#include "backends/cuda/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include <nnrun/sdk/status.hpp>

namespace nnrun::cuda {
namespace {

std::vector<std::string> folders() {
  std::vector<std::string> r;
  const auto add = [&](const char* variable, const char* rest) {
    const char* root = std::getenv(variable);
    if (root != nullptr && *root != '\0') r.push_back(std::string(root) + rest);
    return !r.empty();
  };
  if (add("NNRUN_CUDA_HOME", "/lib/")) return r;
  add("XDG_DATA_HOME", "/nnrun/cuda/lib/") || add("HOME", "/.local/share/nnrun/cuda/lib/");
  r.push_back("/usr/local/cuda/lib64/");
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
