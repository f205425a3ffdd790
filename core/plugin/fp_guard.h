// FpGuard: the floating-point environment belongs to the host. A library built with -ffast-math
// switches denormals off for the whole process when it is loaded; this puts them back, and says so.
#pragma once

#include <cfenv>
#include <string>

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
  unsigned control_;
};

/// Rounding, denormal and trap settings of this thread, without the sticky exception flags.
unsigned fp_control();

}  // namespace nnrun
