#include "core/plugin/fp_guard.h"

#include "core/plugin/host.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace nnrun {

unsigned fp_control() {
#if defined(__x86_64__)
  return _mm_getcsr() & ~0x3fu;
#else
  return unsigned(std::fegetround());
#endif
}

FpGuard::FpGuard(std::string during) : during_(std::move(during)), control_(fp_control()) {
  std::fegetenv(&before_);
}

FpGuard::~FpGuard() {
  if (fp_control() == control_) return;
  std::fesetenv(&before_);
  plugin_log(NNR_LOG_WARN, during_ +
                               " changed the floating-point mode of the process (-ffast-math?); it "
                               "was set back");
}

}  // namespace nnrun
