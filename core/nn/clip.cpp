#include "core/nn/clip.h"

#include "core/ops/functions.h"

namespace nnrun {

std::vector<Var> clip_grad_norm(Builder&, std::vector<Var> grads, double max_norm) {
  // Squares of 16-bit gradients leave their range; the widest dtype present decides.
  DType wide = DType::float32;
  for (const Var& g : grads) {
    if (g && g.dtype() == DType::float64) wide = DType::float64;
  }
  Var squares;
  for (const Var& g : grads) {
    if (!g) continue;
    const Var x = cast(g, wide);
    const Var s = sum(x * x);
    squares = squares ? squares + s : s;
  }
  if (!squares) return grads;
  const Var factor = minimum(max_norm / (sqrt(squares) + 1e-6), 1.0);
  for (Var& g : grads) {
    if (g) g = cast(cast(g, wide) * factor, g.dtype());
  }
  return grads;
}

std::vector<Var> clip_grad_value(Builder&, std::vector<Var> grads, double clip_value) {
  for (Var& g : grads) {
    if (g) g = maximum(minimum(g, clip_value), -clip_value);
  }
  return grads;
}

}  // namespace nnrun
