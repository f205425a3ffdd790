#include "core/tensor/array.h"

#include <gtest/gtest.h>

#include "tests/support/memory.h"

namespace nnrun {
namespace {

TEST(Array, OfZerosTakesNoMemoryUntilItIsUsed) {
  constexpr int64_t kMegabytes = 256;
  const int64_t before = test::of_this_process("VmRSS:");
  ASSERT_GT(before, 0);
  const Array a(DType::uint8, {kMegabytes << 20});
  EXPECT_LT(test::of_this_process("VmRSS:") - before, kMegabytes * 1024 / 4);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a.raw()) % 64, 0u);
  for (int64_t i = 0; i < a.numel(); i += 12345) ASSERT_EQ(a.data<uint8_t>()[i], 0);
}

TEST(Array, ThatIsSmallIsZeroInMemoryThatWasUsedBefore) {
  for (int k = 0; k < 100; ++k) {
    Array a(DType::uint8, {1000});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(a.raw()) % 64, 0u);
    for (int64_t i = 0; i < a.numel(); ++i) ASSERT_EQ(a.data<uint8_t>()[i], 0);
    std::memset(a.raw(), 7, size_t(a.bytes()));
  }
}

}  // namespace
}  // namespace nnrun
