// The ops of this backend that are one map each. A kernel of several ops is made of their maps.
#pragma once

#include "backends/cuda/map.h"

namespace nnrun::cuda {

/// An update writes what the next step reads: it is grouped with other updates alone.
enum class Role { value, update };

struct MapRule {
  Offer (*offer)(const Desc&) = nullptr;
  Map (*map)(const Desc&) = nullptr;
  Role role = Role::value;
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
template <class M> std::vector<KernelDef> map_op(const char* op, Role role = Role::value) {
  note_rule(op, {M::offer, M::map, role});
  return one<OneMap<M>>(op);
}

}  // namespace nnrun::cuda
