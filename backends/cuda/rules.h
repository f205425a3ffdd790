// The ops of this backend that are one map each. A kernel of several ops is made of their maps.
#pragma once

#include "backends/cuda/map.h"

namespace nnrun::cuda {

struct MapRule {
  Offer (*offer)(const Desc&) = nullptr;
  Map (*map)(const Desc&) = nullptr;
};

/// That of an op; null when it has none. Known once the table of kernels has been made.
const MapRule* map_rule(std::string_view op);
void note_rule(const char* op, const MapRule& rule);

/// The kernel of an op that is one map. M has offer(d) and map(d).
template <class M> class OneMap : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return M::offer(d); }
  explicit OneMap(const Desc& d) : MapKernel(d) { add_map(M::map(d)); }
};
template <class M> std::vector<KernelDef> map_op(const char* op) {
  note_rule(op, {M::offer, M::map});
  return one<OneMap<M>>(op);
}

}  // namespace nnrun::cuda
