// Reductions over some dimensions.
#pragma once

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

/// Which dimensions the dims of a reduction name: they may be negative, and none means all.
std::vector<bool> dim_flags(const std::vector<int64_t>& dims, int rank);

/// x with its dimensions parted in two: `outer` walks the kept ones in x and in y, which has them
/// in order (and any others with size 1); `inner` walks the chosen ones in x.
struct Parted {
  Walk outer, inner;
  static Parted of(const Operand& x, const Operand& y, const std::vector<bool>& chosen);
};

/// How a reduction is spread: a thread or a block for each of `parts` parts of every result.
struct Spread {
  bool columns = false;
  int64_t parts = 1;
  int64_t chunk = 0;  // elements of a part; parts * chunk covers all
  static Spread of(const Parted& p, int processors);
};

class ReduceKernel : public Launches {
 protected:
  explicit ReduceKernel(const Desc& d) : Launches(d) {}
  /// reduction and finish: structs of device/reduce.cuh.
  void reduce(const Desc& d, const std::string& reduction, const std::string& finish, double count);
};
/// What the parts need.
Offer reduce_offer(const Desc& d, uint64_t dtypes);

}  // namespace nnrun::cuda
