#include "core/plugin/fp_guard.h"

#include "core/plugin/host.h"

namespace nnrun {

FpGuard::FpGuard(std::string during) : during_(std::move(during)), mode_(fp_mode()) {
  std::fegetenv(&before_);
}

FpGuard::~FpGuard() {
  if (fp_mode() == mode_) return;
  std::fesetenv(&before_);
  plugin_log(NNR_LOG_WARN, during_ +
                               " changed the floating-point mode of the process (-ffast-math?); it "
                               "was set back");
}

}  // namespace nnrun
