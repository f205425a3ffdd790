// Asking a kernel table how it would do an op, and choosing among its answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/op_desc.h"

namespace nnrun {

/// One way to do an op: an nnr_offer, kept.
struct KernelOffer {
  std::string impl;
  double est_ns = 0;
  uint32_t flags = 0;  // NNR_K_*
  uint64_t workspace_bytes = 0;
  std::vector<nnr_alias> inplace;
  /// By operand, inputs first; empty: all as asked.
  std::vector<std::string> layouts;
  std::vector<int64_t> bytes;
};

struct OfferLimits {
  bool fast_math = false;      // approximate implementations, too
  bool deterministic = false;  // no others than those that repeat their bits
  std::string_view wanted;     // an implementation to take where it is offered
};

/// Why an acceptable implementation was not taken.
inline constexpr const char *kSlower = "estimated slower", *kNoFaster = "estimated no faster",
                            *kTimedSlower = "timed slower",
                            *kReordersSlower = "slower with its reorders",
                            *kSlowPath = "a slow path", *kNotStored = "the run used another",
                            *kOwnLayout = "in layouts of its own";

/// An implementation that was looked at.
struct SeenOffer {
  std::string impl;  // "": what a backend says of those it declines, or of the op
  double est_ns = 0;
  uint32_t flags = 0;
  uint64_t workspace_bytes = 0;
  std::string why_not;  // "": chosen
};

/// The acceptable ones, in the table's order, also in layouts of the backend's own. None, and the
/// reason in *why, when there are none. What is not acceptable goes to *refused, when asked for.
/// From any thread.
std::vector<KernelOffer> all_offers(const nnr_kernels* table, void* self, const OpDesc& d,
                                    const OfferLimits& limits, std::string* why,
                                    std::vector<SeenOffer>* refused = nullptr);

/// Of those with all operands as asked: the wanted one, else the cheapest; a slow path only when
/// there is no other. Null, and the reason in *why when it is empty, when there is none. All of
/// them go to *seen, when asked for, with what speaks against them.
const KernelOffer* best_of(const std::vector<KernelOffer>& offers, const OfferLimits& limits,
                           std::string* why, std::vector<SeenOffer>* seen = nullptr);
std::optional<KernelOffer> best_offer(const nnr_kernels* table, void* self, const OpDesc& d,
                                      const OfferLimits& limits, std::string* why,
                                      std::vector<SeenOffer>* seen = nullptr);

/// A kernel of that implementation; throws abi_error naming `who`. From any thread, and so is its
/// release.
void* prepare_kernel(const nnr_kernels* table, void* self, const OpDesc& d, const std::string& impl,
                     const std::string& who);
void release_kernel(const nnr_kernels* table, void* kernel) noexcept;

}  // namespace nnrun
