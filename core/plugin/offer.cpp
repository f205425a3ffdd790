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
  if (o.layout != nullptr) return "its layouts are private";
  if ((o.flags & NNR_K_APPROX) != 0 && !limits.fast_math) return "approximate: for math: fast";
  if ((o.flags & NNR_K_DETERMINISTIC) == 0 && limits.deterministic) return "not deterministic";
  return "";
}
bool acceptable(const nnr_offer& o, const OfferLimits& limits) { return *obstacle(o, limits) == 0; }

std::pair<bool, double> rank(const nnr_offer& o) {
  return {(o.flags & NNR_K_REFERENCE) != 0, o.est_ns};
}

std::string why_not(const nnr_offer& o, const nnr_offer* best, const OfferLimits& limits) {
  if (&o == best) return "";
  if (const char* reason = obstacle(o, limits); *reason != 0) return reason;
  if (best != nullptr && std::string_view(best->impl.ptr, best->impl.len) == limits.wanted)
    return kNotStored;
  if (best != nullptr && rank(o).first != rank(*best).first) return kSlowPath;
  return best != nullptr && o.est_ns == best->est_ns ? kNoFaster : kSlower;
}

}  // namespace

std::optional<KernelOffer> best_offer(const nnr_kernels* table, void* self, const OpDesc& d,
                                      const OfferLimits& limits, std::string* why,
                                      std::vector<SeenOffer>* seen) {
  constexpr uint32_t kMax = 16;
  nnr_offer offers[kMax] = {};
  nnr_offer* pointers[kMax];
  for (uint32_t i = 0; i < kMax; ++i) {
    offers[i].struct_size = sizeof(nnr_offer);
    pointers[i] = &offers[i];
  }
  uint32_t count = 0;
  const std::lock_guard lock(one_at_a_time());
  const AbiResult asked =
      abi_try([&](nnr_err* e) { return table->offer(self, d.get(), pointers, kMax, &count, e); });
  if (asked.status != NNR_OK || count == 0) {
    *why = asked.text.empty() ? "no offer" : asked.text;
    if (seen != nullptr) seen->push_back({"", 0, 0, 0, *why});
    return std::nullopt;
  }
  const nnr_offer* best = nullptr;
  for (uint32_t i = 0; i < std::min(count, kMax); ++i) {
    const nnr_offer& o = offers[i];
    if (!acceptable(o, limits)) continue;
    if (std::string_view(o.impl.ptr, o.impl.len) == limits.wanted) {
      best = &o;
      break;
    }
    if (best == nullptr || rank(o) < rank(*best)) best = &o;
  }
  if (seen != nullptr) {
    for (uint32_t i = 0; i < std::min(count, kMax); ++i) {
      const nnr_offer& o = offers[i];
      seen->push_back({std::string(o.impl.ptr, o.impl.len), o.est_ns, o.flags, o.workspace_bytes,
                       why_not(o, best, limits)});
    }
    if (!asked.text.empty()) seen->push_back({"", 0, 0, 0, asked.text});
  }
  if (best == nullptr) {
    *why = "every implementation is approximate, not deterministic or in a private layout";
    return std::nullopt;
  }
  return KernelOffer{std::string(best->impl.ptr, best->impl.len),
                     best->est_ns,
                     best->flags,
                     best->workspace_bytes,
                     {best->inplace, best->inplace + best->n_inplace}};
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
