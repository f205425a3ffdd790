// How many times longer everything may take: sanitizers slow it down.
#pragma once

namespace nnrun::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr double kSlower = 10;
#else
inline constexpr double kSlower = 1;
#endif

}  // namespace nnrun::test
