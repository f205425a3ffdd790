#include "core/plugin/offer.h"

#include <mutex>

#include "core/plugin/backend.h"

namespace nnrun {
namespace {

/// Held while offer, prepare or release of any table is called: one at a time, as the ABI promises,
/// and what an offer points to is good until the next one.
std::mutex& one_at_a_time() {
  static std::mutex m;
  return m;
}

/// Why it must not be used, or "".
const char* obstacle(const nnr_offer& o, const OfferLimits& limits) {
  if ((o.flags & NNR_K_APPROX) != 0 && !limits.fast_math) return "approximate: for math: fast";
  if ((o.flags & NNR_K_DETERMINISTIC) == 0 && limits.deterministic) return "not deterministic";
  return "";
}

KernelOffer kept(const nnr_offer& o, uint32_t operands) {
  KernelOffer r{std::string(o.impl.ptr, o.impl.len),  o.est_ns, o.flags, o.workspace_bytes,
                {o.inplace, o.inplace + o.n_inplace}, {},       {}};
  if (o.layout == nullptr || o.bytes == nullptr) return r;
  bool own = false;
  for (uint32_t i = 0; i < operands; ++i) {
    r.layouts.emplace_back(o.layout[i].ptr, o.layout[i].len);
    r.bytes.push_back(int64_t(o.bytes[i]));
    own = own || o.layout[i].len != 0;
  }
  if (!own) r.layouts.clear(), r.bytes.clear();
  return r;
}

std::pair<bool, double> rank(const KernelOffer& o) {
  // One that asks to be timed comes after those that know.
  return {(o.flags & NNR_K_REFERENCE) != 0, o.est_ns < 0 ? 1e300 : o.est_ns};
}

std::string why_not(const KernelOffer& o, const KernelOffer* best, const OfferLimits& limits) {
  if (&o == best) return "";
  if (!o.layouts.empty()) return kOwnLayout;
  if (best != nullptr && best->impl == limits.wanted) return kNotStored;
  if (best != nullptr && rank(o).first != rank(*best).first) return kSlowPath;
  return best != nullptr && o.est_ns == best->est_ns ? kNoFaster : kSlower;
}

}  // namespace

std::vector<KernelOffer> all_offers(const nnr_kernels* table, void* self, const OpDesc& d,
                                    const OfferLimits& limits, std::string* why,
                                    std::vector<SeenOffer>* refused) {
  constexpr uint32_t kMax = 16;
  nnr_offer offers[kMax] = {};
  nnr_offer* pointers[kMax];
  for (uint32_t i = 0; i < kMax; ++i) {
    offers[i].struct_size = sizeof(nnr_offer);
    pointers[i] = &offers[i];
  }
  uint32_t count = 0;
  std::vector<KernelOffer> r;
  const std::lock_guard lock(one_at_a_time());
  const AbiResult asked =
      abi_try([&](nnr_err* e) { return table->offer(self, d.get(), pointers, kMax, &count, e); });
  if (refused != nullptr && !asked.text.empty()) refused->push_back({"", 0, 0, 0, asked.text});
  if (asked.status != NNR_OK || count == 0) {
    *why = asked.text.empty() ? "no offer" : asked.text;
    if (refused != nullptr && asked.text.empty()) refused->push_back({"", 0, 0, 0, *why});
    return r;
  }
  for (uint32_t i = 0; i < std::min(count, kMax); ++i) {
    const nnr_offer& o = offers[i];
    const char* reason = obstacle(o, limits);
    if (*reason == 0) {
      r.push_back(kept(o, d.get()->n_in + d.get()->n_out));
    } else if (refused != nullptr) {
      refused->push_back(
          {std::string(o.impl.ptr, o.impl.len), o.est_ns, o.flags, o.workspace_bytes, reason});
    }
  }
  if (r.empty()) *why = "every implementation is approximate or not deterministic";
  return r;
}

const KernelOffer* best_of(const std::vector<KernelOffer>& offers, const OfferLimits& limits,
                           std::string* why, std::vector<SeenOffer>* seen) {
  const KernelOffer* best = nullptr;
  for (const KernelOffer& o : offers) {
    if (!o.layouts.empty()) continue;
    if (o.impl == limits.wanted) {
      best = &o;
      break;
    }
    if (best == nullptr || rank(o) < rank(*best)) best = &o;
  }
  if (best == nullptr && why->empty()) *why = "every implementation is in a layout of its own";
  for (size_t i = 0; seen != nullptr && i < offers.size(); ++i) {
    const KernelOffer& o = offers[i];
    seen->push_back({o.impl, o.est_ns, o.flags, o.workspace_bytes, why_not(o, best, limits)});
  }
  return best;
}

std::optional<KernelOffer> best_offer(const nnr_kernels* table, void* self, const OpDesc& d,
                                      const OfferLimits& limits, std::string* why,
                                      std::vector<SeenOffer>* seen) {
  const std::vector<KernelOffer> offers = all_offers(table, self, d, limits, why, seen);
  const KernelOffer* best = best_of(offers, limits, why, seen);
  return best == nullptr ? std::nullopt : std::optional(*best);
}

void* prepare_kernel(const nnr_kernels* table, void* self, const OpDesc& d, const std::string& impl,
                     const std::string& who) {
  void* kernel = nullptr;
  const std::lock_guard lock(one_at_a_time());
  abi_call(who, [&](nnr_err* e) {
    return table->prepare(self, d.get(), {impl.c_str(), impl.size()}, &kernel, e);
  });
  return kernel;
}

void release_kernel(const nnr_kernels* table, void* kernel) noexcept {
  if (kernel == nullptr) return;
  const std::lock_guard lock(one_at_a_time());
  table->release(kernel);
}

}  // namespace nnrun
