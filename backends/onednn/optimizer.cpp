#include "backends/onednn/optimizer.h"

#include <cstring>
#include <map>

namespace nnrun::onednn {
namespace {

using Make = std::unique_ptr<UpdateRule> (*)(const Attrs&);

/// Filled while the library is opened, and only read after that.
std::map<std::string, Make, std::less<>>& rules() {
  static std::map<std::string, Make, std::less<>> all;
  return all;
}

/// With the padding, whose updates are zero as everything that they are made from.
int64_t numbers_of(const Operand& x) {
  return x.layout().empty() ? x.numel() : int64_t(x.bytes()) / size_of(x.dtype());
}

}  // namespace

void add_update_rule(const std::string& op, Make make) { rules()[op] = make; }

std::unique_ptr<UpdateRule> update_rule(std::string_view op, const Attrs& attrs) {
  const auto it = rules().find(op);
  return it == rules().end() ? nullptr : it->second(attrs);
}

std::vector<int> updated_inputs(const Desc& d) {
  std::vector<int> from = {0};
  for (int i = 2; i < d.inputs() - 3; ++i) {
    if (d.in(i)) from.push_back(i);
  }
  return from;
}

Offer Update::offer(const Desc& d) {
  const int slots = d.outputs() - 1;
  if (d.inputs() < 5 + slots || slots < 0 || slots >= int(kMost)) return no("operands are missing");
  const DType t = d.in(0).dtype();
  const std::unique_ptr<UpdateRule> rule = update_rule(d.op(), d.attrs());
  if (loops().optimizer(rule->op(), t) == nullptr) return no(std::string("not for ") + name_of(t));
  const std::string_view layout = d.in(0).layout();
  for (int i = 0; i < d.inputs() - 3; ++i) {
    if (!d.in(i)) continue;
    if (d.in(i).dtype() != t || d.in(i).layout() != layout || !d.in(i).contiguous())
      return no("operands differ in dtype or layout");
  }
  for (int i = 0; i < d.outputs(); ++i) {
    if (!d.out(i) || !d.out(i).contiguous()) return no("a result is strided");
  }
  const bool padded = numbers_of(d.in(0)) != d.in(0).numel();
  if (padded && d.attrs().has("eps") && d.attrs().number("eps") == 0)
    return no("padding would not stay zero");
  Offer o = yes(20 + double(d.in(0).numel()) * 0.4);
  const std::vector<int> from = updated_inputs(d);
  for (size_t i = 0; i < from.size(); ++i) o.inplace.push_back({uint32_t(from[i]), uint32_t(i)});
  for (int i = 0; !layout.empty() && i < d.inputs() + d.outputs(); ++i) {
    const bool scalar = i < d.inputs() && i >= d.inputs() - 3;
    const Operand x = d.operand(i);
    o.layouts.emplace_back(scalar || !x ? "" : layout);
    o.bytes.push_back(!x ? 0 : scalar ? x.bytes() : d.in(0).bytes());
  }
  return o;
}

Update::Update(const Desc& d)
    : rule_(update_rule(d.op(), d.attrs())),
      state_(updated_inputs(d)),
      scalars_(d.inputs() - 3),
      inputs_(d.inputs()),
      n_(numbers_of(d.in(0))),
      bytes_(size_of(d.in(0).dtype())),
      threads_(threads_for(d, n_)),
      loop_(loops().optimizer(rule_->op(), d.in(0).dtype())) {}

void Update::run(void* const* buffer, void*) const {
  if (!accepted(buffer)) return keep(buffer);
  const OptimizerScalars s = now(buffer);
  parallel_for(n_, kGrain, threads_,
               [&](int64_t begin, int64_t end) { part(buffer, s, begin, end); });
}

bool Update::accepted(void* const* buffer) const {
  return *static_cast<const uint8_t*>(buffer[scalars_ + 2]) != 0;
}

void Update::keep(void* const* buffer) const {
  for (size_t i = 0; i < state_.size(); ++i)
    std::memmove(buffer[size_t(inputs_) + i], buffer[state_[i]], size_t(n_ * bytes_));
}

OptimizerScalars Update::now(void* const* buffer) const {
  return rule_->at(*static_cast<const double*>(buffer[scalars_]),
                   *static_cast<const int64_t*>(buffer[scalars_ + 1]));
}

void Update::part(void* const* buffer, const OptimizerScalars& s, int64_t begin,
                  int64_t end) const {
  void* p[2 * kMost + 1];  // param, grad, slots, then the results
  size_t k = 0;
  const auto add = [&](void* x) { p[k++] = at(x, begin * bytes_); };
  add(buffer[0]);
  add(buffer[1]);
  for (size_t i = 1; i < state_.size(); ++i) add(buffer[state_[i]]);
  for (size_t i = 0; i < state_.size(); ++i) add(buffer[size_t(inputs_) + i]);
  loop_(p, end - begin, s);
}

}  // namespace nnrun::onednn
