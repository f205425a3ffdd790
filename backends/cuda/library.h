// A shared library of NVIDIA's, opened at run time: nothing of CUDA is linked, so that the plug-in
// loads on every machine and can say what is missing.
#pragma once

#include <string>

namespace nnrun::cuda {

class Library {
 public:
  /// Opens the library; it stays open. Looks where the loader does, then in lib/ of
  /// $NNRUN_CUDA_HOME; where that is not set, of what tools/setup-cuda made and of /usr/local/cuda.
  /// Throws Failure(UNSUPPORTED) that names the library, the reason and what brings it.
  Library(std::string file, const std::string& comes_with);

  template <class F> void get(F*& f, const char* name) const {
    f = reinterpret_cast<F*>(address(name));
  }

 private:
  void* address(const char* name) const;  // throws when it is missing

  std::string file_;
  void* handle_ = nullptr;
};

}  // namespace nnrun::cuda

/// The name of a function as the headers rename it: cuMemFree is cuMemFree_v2.
#define NNRUN_CUDA_TEXT(x) NNRUN_CUDA_TEXT_OF(x)
#define NNRUN_CUDA_TEXT_OF(x) #x
/// A pointer of the same name to a function, and the line that looks it up.
#define NNRUN_CUDA_POINTER(f) decltype(&::f) f = nullptr;
#define NNRUN_CUDA_LOOK_UP(f) library.get(f, NNRUN_CUDA_TEXT(f));
