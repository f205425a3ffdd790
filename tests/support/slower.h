// How many times longer everything may take: sanitizers slow it down, and so does a debug build.
#pragma once

namespace nnrun::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
inline constexpr double kSlower = 10;
#else
inline constexpr double kSlower = 1;
#endif

}  // namespace nnrun::test
