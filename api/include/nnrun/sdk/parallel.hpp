// The host, as kernels see it: its threads and its log. Set once when the library is opened.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "../abi/host.h"

namespace nnrun::sdk {

inline const nnr_host*& host() {
  static const nnr_host* h = nullptr;
  return h;
}

/// f(begin, end) over [0, n) in chunks of `grain`, on at most `threads` threads. Chunk borders do
/// not depend on the thread count. Without a host, or for one chunk, f runs here at once.
template <class F> void parallel_for(int64_t n, int64_t grain, int threads, F&& f) {
  if (n <= 0) return;
  if (threads <= 1 || n <= grain || host() == nullptr) {
    for (int64_t b = 0; b < n; b += grain) f(b, b + grain < n ? b + grain : n);
    return;
  }
  using Fn = std::remove_reference_t<F>;
  host()->parallel_for(
      host()->ctx, n, grain, uint32_t(threads),
      [](void* arg, int64_t b, int64_t e, uint32_t) noexcept { (*static_cast<Fn*>(arg))(b, e); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

inline void log(int32_t level, const std::string& text) {
  if (host() != nullptr) host()->log(host()->ctx, level, text.c_str(), text.size());
}

}  // namespace nnrun::sdk
