#include "core/data/shuffle.h"

#include <numeric>

#include <nnrun/sdk/philox.hpp>

namespace nnrun {

void permute(uint64_t seed, int64_t epoch, std::span<int64_t> order) {
  std::iota(order.begin(), order.end(), 0);
  const auto state = sdk::random_state(seed, "shuffle", "", uint64_t(epoch));
  sdk::shuffle(state.data(), order.data(), order.size());
}

}  // namespace nnrun
