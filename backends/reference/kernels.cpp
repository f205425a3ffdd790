#include "backends/reference/kernels.h"

namespace nnrun::reference {
namespace {

bool same_places(const Operand& a, const Operand& b) {
  if (a.rank() != b.rank() || size_of(a.dtype()) != size_of(b.dtype())) return false;
  for (int i = 0; i < a.rank(); ++i) {
    if (a.size(i) != b.size(i) || (a.size(i) > 1 && a.stride(i) != b.stride(i))) return false;
  }
  return true;
}

}  // namespace

Offer accept(const Desc& d, const std::vector<uint64_t>& dtypes) {
  const int n = d.inputs() + d.outputs();
  int i = 0;
  for (uint64_t allowed : dtypes) {
    const std::string which = "operand " + std::to_string(i);
    const Operand o = i < n ? d.operand(i) : Operand(nullptr);
    if (!o) {
      if ((allowed & kOptional) == 0) return no(which + " is absent");
    } else if (o.desc().layout.len != 0) {
      return no(which + " has layout " + to_string(o.desc().layout));
    } else if ((allowed & kSameAs) != 0) {
      const int j = static_cast<int>(allowed & 0xff);
      if (o.dtype() != d.operand(j).dtype()) {
        return no(which + " is " + name_of(o.dtype()) + ", operand " + std::to_string(j) + " " +
                  name_of(d.operand(j).dtype()));
      }
    } else if ((allowed & mask_of(o.dtype())) == 0) {
      return no(which + " is " + name_of(o.dtype()));
    }
    ++i;
  }
  if (i != n) return no(std::to_string(n) + " operands, not " + std::to_string(i));
  Offer o = yes();
  o.flags |= NNR_K_REFERENCE;
  return o;
}

Offer accept_all(const Desc& d, uint64_t dtypes) {
  std::vector<uint64_t> each(size_t(d.inputs() + d.outputs()), same_as(0));
  each.at(0) = dtypes;
  return accept(d, each);
}

Offer elementwise_inplace(Offer o, const Desc& d) {
  if (!o.why_not.empty()) return o;
  for (int i = 0; i < d.inputs(); ++i) {
    if (d.in(i) && same_places(d.in(i), d.out(0))) o.inplace.push_back({uint32_t(i), 0});
  }
  return o;
}

}  // namespace nnrun::reference
