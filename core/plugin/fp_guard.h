// FpGuard: the floating-point environment belongs to the host. A library built with -ffast-math
// switches denormals off for the whole process when it is loaded; this puts them back, and says so.
#pragma once

#include <cfenv>
#include <string>

#include "core/base/fp_mode.h"

namespace nnrun {

class FpGuard {
 public:
  /// `during`: what a warning calls the guarded stretch ("loading /x/y.so").
  explicit FpGuard(std::string during);
  ~FpGuard();
  FpGuard(const FpGuard&) = delete;
  FpGuard& operator=(const FpGuard&) = delete;

 private:
  std::string during_;
  std::fenv_t before_;
  FpMode mode_;
};

}  // namespace nnrun
