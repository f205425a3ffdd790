// What a clone of a module has for a tensor of it.
#pragma once

#include <nnrun/tensor.h>

namespace nnrun::nn {

/// The elements, on `device` or where they are, of which gradients know nothing.
inline Tensor clone_of(const Tensor& t, const optional<Device>& device) {
  const Tensor elements = t.detach();
  return device ? elements.to(TensorOptions(*device), false, true) : elements.clone();
}

}  // namespace nnrun::nn
