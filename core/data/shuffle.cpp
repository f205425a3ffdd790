#include "core/data/shuffle.h"

#include <numeric>

#include <nnrun/sdk/philox.hpp>

namespace nnrun {

std::vector<int64_t> permutation(uint64_t seed, int64_t epoch, int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const auto state = sdk::random_state(seed, "shuffle", "", uint64_t(epoch));
  sdk::shuffle(state.data(), order.data(), order.size());
  return order;
}

}  // namespace nnrun
