#include "core/ops/checks.h"

#include "core/ops/rules.h"

namespace nnrun {

void need_rank(const std::string& op, const char* what, const Shape& shape, int rank) {
  if (shape.rank() == rank) return;
  op_error(op, std::string(what) + " has shape " + shape.str() + ", that is " +
                   std::to_string(shape.rank()) + " dimensions; " + std::to_string(rank) +
                   " are needed");
}

void need_shape(const std::string& op, const char* what, const Shape& found,
                const Shape& expected) {
  if (found == expected) return;
  op_error(op,
           std::string(what) + " has shape " + found.str() + "; " + expected.str() + " is needed");
}

void need_vector(const std::string& op, const OpCall& c, size_t operand, const char* what,
                 int64_t size) {
  if (c.has(operand)) need_shape(op, what, c.shape(operand), {size});
}

void need_random_state(const std::string& op, const OpCall& c, size_t operand) {
  takes(op, c, operand, NNR_I64);
  need_shape(op, "the random state", c.shape(operand), {4});
}

Var along_channels(Var vector, Var x) {
  Shape s = x.shape();
  for (int i = 0; i < s.rank(); ++i) s[i] = i == 1 ? vector.shape().numel() : 1;
  return reshape(vector, s);
}

}  // namespace nnrun
