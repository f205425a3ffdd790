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

/// The wanted one, else the cheapest acceptable one; a slow path only when there is no other.
/// Private layouts are not negotiated. Nothing, and the reason in *why, when there is none. From
/// any thread.
std::optional<KernelOffer> best_offer(const nnr_kernels* table, void* self, const OpDesc& d,
                                      const OfferLimits& limits, std::string* why);

/// A kernel of that implementation; throws abi_error naming `who`. From any thread, and so is its
/// release.
void* prepare_kernel(const nnr_kernels* table, void* self, const OpDesc& d, const std::string& impl,
                     const std::string& who);
void release_kernel(const nnr_kernels* table, void* kernel) noexcept;

}  // namespace nnrun
