#include "core/nn/options.h"

namespace nnrun {

Attrs to_attrs(const Options& options) {
  Attrs a;
  for (const auto& [name, value] : options) {
    std::visit(
        [&, &name = name](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
            a.set(name, nullptr);
          } else {
            a.set(name, v);
          }
        },
        value.get());
  }
  return a;
}

}  // namespace nnrun
