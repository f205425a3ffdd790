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
};

struct OfferLimits {
  bool fast_math = false;      // approximate implementations, too
  bool deterministic = false;  // no others than those that repeat their bits
  std::string_view wanted;     // an implementation to take where it is offered
};

/// Why an acceptable implementation was not taken.
inline constexpr const char *kSlower = "estimated slower", *kNoFaster = "estimated no faster",
                            *kSlowPath = "a slow path", *kNotStored = "the run used another";

/// An implementation that was looked at.
struct SeenOffer {
  std::string impl;  // "": what a backend says of those it declines, or of the op
  double est_ns = 0;
  uint32_t flags = 0;
  uint64_t workspace_bytes = 0;
  std::string why_not;  // "": chosen
};

/// The wanted one, else the cheapest acceptable one; a slow path only when there is no other.
/// Private layouts are not negotiated. Nothing, and the reason in *why, when there is none; all
/// that was considered in *seen, when asked for. From any thread.
std::optional<KernelOffer> best_offer(const nnr_kernels* table, void* self, const OpDesc& d,
                                      const OfferLimits& limits, std::string* why,
                                      std::vector<SeenOffer>* seen = nullptr);

/// A kernel of that implementation; throws abi_error naming `who`. From any thread, and so is its
/// release.
void* prepare_kernel(const nnr_kernels* table, void* self, const OpDesc& d, const std::string& impl,
                     const std::string& who);
void release_kernel(const nnr_kernels* table, void* kernel) noexcept;

}  // namespace nnrun
