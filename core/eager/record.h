// Recording for gradients: the gradient rule of an op on operands of some types, traced, and the
// node that applies it to saved values.
#pragma once

#include <memory>
#include <vector>

#include "core/eager/launch.h"

namespace nnrun {

/// For the operands that are wanted, given the gradients of all results or of the first alone.
struct Rule : Shared {
  struct Way {
    Traced traced;             // operands, results, gradients of the results -> gradients
    std::vector<int> operand;  // of each result of `traced`
  };

  const OpDef* op;
  std::shared_ptr<const Attrs> attrs;
  std::vector<Type> in, out;
  std::vector<uint8_t> present;
  uint64_t want = 0;
  const EagerDevice* device;

  std::unique_ptr<Way> first, all;  // `all` is null where there is one float result
  std::vector<uint8_t> saves_in, saves_out;
};

/// Which operands gradients flow to: a bit each.
uint64_t wanted(TensorSpan in);

/// The results of c come from the operands, as far as gradients are concerned.
void record(Call& c, TensorSpan in, Tensor* out, uint64_t want);

}  // namespace nnrun
