#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

bool same_places(const Operand& a, const Operand& b) {
  if (!a || !b || a.rank() != b.rank() || size_of(a.dtype()) != size_of(b.dtype())) return false;
  for (int i = 0; i < a.rank(); ++i) {
    if (a.size(i) != b.size(i) || (a.size(i) > 1 && a.stride(i) != b.stride(i))) return false;
  }
  return true;
}

}  // namespace

Offer accept(const Desc& d, std::initializer_list<uint64_t> in,
             std::initializer_list<uint64_t> out) {
  if (d.inputs() > int(in.size()) || d.outputs() != int(out.size())) {
    return no(std::to_string(d.inputs()) + " operands, " + std::to_string(d.outputs()) +
              " results");
  }
  std::string why;
  const auto check = [&](const std::string& which, const Operand& o, uint64_t allowed) {
    if (!why.empty()) return;
    if (!o) {
      if ((allowed & kOptional) == 0) why = which + " is absent";
    } else if (!o.layout().empty() && (allowed & kAnyLayout) == 0) {
      why = which + " has layout " + to_string(o.desc().layout);
    } else if ((allowed & kSameAs) != 0) {
      const int j = static_cast<int>(allowed & 0xff);
      if (o.dtype() == d.in(j).dtype()) return;
      why = which + " is " + name_of(o.dtype()) + ", operand " + std::to_string(j) + " " +
            name_of(d.in(j).dtype());
    } else if ((allowed & mask_of(o.dtype())) == 0) {
      why = which + " is " + name_of(o.dtype());
    }
  };
  int i = 0;
  for (uint64_t allowed : in) {
    check("operand " + std::to_string(i), d.in(i), allowed);
    ++i;
  }
  i = 0;
  for (uint64_t allowed : out) {
    check("result " + std::to_string(i), d.out(i), allowed);
    ++i;
  }
  return why.empty() ? yes() : no(why);
}

SideBySide::SideBySide(const Desc& d, bool keeps_zero) {
  Operand one(nullptr);
  for (int i = 0; i < d.inputs(); ++i) {
    if (!d.in(i) || d.in(i).layout().empty()) continue;
    if (one && d.in(i).layout() != one.layout()) why_not = "operands of different layouts";
    one = d.in(i);
  }
  if (!one) return;
  layout = std::string(one.layout());
  numbers = int64_t(one.bytes()) / size_of(one.dtype());
  const bool padded = numbers != one.numel();
  scalar.resize(size_t(d.inputs()));
  for (int i = 0; i < d.inputs(); ++i) {
    if (!d.in(i)) continue;
    scalar[size_t(i)] = d.in(i).layout().empty();
    if (scalar[size_t(i)] ? d.in(i).numel() != 1 : d.in(i).shape() != one.shape())
      why_not = "operands of different layouts or shapes";
    if (padded && scalar[size_t(i)]) keeps_zero = false;
  }
  for (int i = 0; i < d.outputs(); ++i) {
    const Operand y = d.out(i);
    if (y.shape() != one.shape()) why_not = "another shape";
    if (!y.layout().empty() && y.layout() != layout) why_not = "a result of another layout";
  }
  if (padded && !keeps_zero) why_not = "padding would not stay zero";
}

Offer SideBySide::give(Offer o, const Desc& d) const {
  if (layout.empty() || refused(o)) return o;
  for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
    const Operand x = d.operand(i);
    const bool plain = !x || (i < d.inputs() && scalar[size_t(i)]);
    o.layouts.push_back(plain ? "" : layout);
    o.bytes.push_back(plain ? x ? x.bytes() : 0 : uint64_t(numbers * size_of(x.dtype())));
  }
  return o;
}

Offer require_contiguous(Offer o, const Desc& d) {
  for (int i = 0; !refused(o) && i < d.inputs() + d.outputs(); ++i) {
    const Operand x = d.operand(i);
    if (x && !x.contiguous()) return no("operand " + std::to_string(i) + " is strided");
  }
  return o;
}

Offer elementwise_inplace(Offer o, const Desc& d) {
  if (refused(o)) return o;
  for (int out = 0; out < d.outputs(); ++out) {
    for (int in = 0; in < d.inputs(); ++in) {
      if (same_places(d.in(in), d.out(out))) o.inplace.push_back({uint32_t(in), uint32_t(out)});
    }
  }
  return o;
}

}  // namespace nnrun::onednn
