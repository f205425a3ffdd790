#include <algorithm>
#include <cmath>

#include <nnrun/sdk/philox.hpp>

#include "core/base/thread_pool.h"
#include "core/nn/layer.h"

namespace nnrun {
namespace {

/// Blocks that are computed side by side, since each waits for its multiplications.
constexpr uint64_t kTogether = 8;
constexpr int64_t kGrain = 1 << 16;  // numbers worth a thread

/// Fills in row-major order by f(block, lane) of the stream, in double, two values a block.
template <class F> void draw(Array& a, const std::array<int64_t, 4>& stream, int threads, F&& f) {
  sdk::visit(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* const out = a.data<T>();
    const auto part = [&](uint64_t begin, uint64_t end) {
      for (uint64_t i = begin; i < end; i += 2 * kTogether) {
        sdk::PhiloxBlock blocks[kTogether];
        for (uint64_t k = 0; k < kTogether; ++k) {
          blocks[k] = sdk::random_block(stream.data(), i / 2 + k);
        }
        const uint64_t n = std::min(2 * kTogether, end - i);
        for (uint64_t k = 0; k < n; ++k) {
          out[i + k] = static_cast<T>(static_cast<sdk::compute_t<T>>(f(blocks[k / 2], int(k % 2))));
        }
      }
    };
    if (threads == 1 || a.numel() < 2 * kGrain) return part(0, uint64_t(a.numel()));
    using Part = decltype(part);
    thread_pool().run(
        a.numel(), kGrain, threads,
        [](void* arg, int64_t begin, int64_t end, uint32_t) noexcept {
          (*static_cast<Part*>(arg))(uint64_t(begin), uint64_t(end));
        },
        const_cast<void*>(static_cast<const void*>(&part)));
  });
}

void draw_uniform(Array& a, const std::array<int64_t, 4>& stream, int threads, double lo,
                  double hi) {
  draw(a, stream, threads, [=](const sdk::PhiloxBlock& block, int lane) {
    return lo + (hi - lo) * sdk::uniform_of<double>(block, lane);
  });
}

void fill(Array& a, double v) {
  const Array one = Array::scalar(a.dtype(), v);
  auto* out = static_cast<char*>(a.raw());
  const auto size = size_t(size_of(a.dtype()));
  for (int64_t i = 0; i < a.numel(); ++i) std::memcpy(out + size_t(i) * size, one.raw(), size);
}

void zero_row(Array& a, int64_t row) {
  const int64_t bytes = a.bytes() / a.shape()[0];
  std::memset(static_cast<char*>(a.raw()) + row * bytes, 0, size_t(bytes));
}

}  // namespace

Array initial_value(const Init& init, const Type& type, uint64_t seed, const std::string& full_name,
                    int threads) {
  Array a(type.dtype, type.shape);
  const auto stream = sdk::random_state(seed, "init", full_name);
  switch (init.kind) {
    case InitKind::zeros: break;
    case InitKind::ones: fill(a, 1); break;
    case InitKind::constant: fill(a, init.a); break;
    case InitKind::uniform: draw_uniform(a, stream, threads, init.a, init.b); break;
    case InitKind::normal:
      draw(a, stream, threads, [&](const sdk::PhiloxBlock& block, int lane) {
        return init.a + init.b * sdk::normal_of<double>(block, lane);
      });
      break;
    case InitKind::kaiming_uniform: {
      const double r =
          std::sqrt(6 / ((1 + init.a * init.a) * double(std::max<int64_t>(init.fan_in, 1))));
      draw_uniform(a, stream, threads, -r, r);
      break;
    }
    case InitKind::xavier_uniform: {
      const int64_t fans = std::max<int64_t>(checked_add(init.fan_in, init.fan_out), 1);
      const double r = init.a * std::sqrt(6 / double(fans));
      draw_uniform(a, stream, threads, -r, r);
      break;
    }
  }
  if (init.zero_row >= 0) zero_row(a, init.zero_row);
  return a;
}

}  // namespace nnrun
