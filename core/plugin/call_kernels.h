// The kernels a plug-in op brings itself, behind the same table as a backend's: its prepared
// kernels, or its `call`, a plain loop over DLTensors on the CPU, wrapped into offer, prepare, bind
// and run.
#pragma once

#include <nnrun/abi/ops.h>

namespace nnrun {

/// The table and the self pointer to pass to it; table is null when the op brings no kernel.
struct KernelSource {
  const nnr_kernels* table = nullptr;
  void* self = nullptr;
};
KernelSource plugin_kernels(const nnr_op* op);

}  // namespace nnrun
