#include "core/nn/options.h"

namespace nnrun {

Attrs to_attrs(const Options& options) {
  Attrs a;
  for (const auto& [name, value] : options) {
    std::visit([&, &name = name](const auto& v) { a.set(name, v); }, value.get());
  }
  return a;
}

}  // namespace nnrun
