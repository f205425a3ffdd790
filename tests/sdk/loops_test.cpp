// Walking strided operands.
#include <vector>

#include <gtest/gtest.h>

#include <nnrun/sdk/loops.hpp>

namespace nnrun::sdk {
namespace {

using Ints = std::vector<int64_t>;

template <int N> std::vector<Ints> visited(const Walk<N>& w) {
  std::vector<Ints> v(static_cast<size_t>(N));
  w.for_each([&](const auto& at) {
    for (size_t k = 0; k < size_t(N); ++k) v[k].push_back(at[k]);
  });
  return v;
}

TEST(Walk, VisitsInRowMajorOrder) {
  const std::vector<Ints> v = visited(Walk<2>({2, 3}, {Ints{3, 1}, Ints{1, 2}}));
  EXPECT_EQ(v[0], (Ints{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(v[1], (Ints{0, 2, 4, 1, 3, 5}));
}

TEST(Walk, TakesZeroAndNegativeStrides) {
  const std::vector<Ints> v = visited(Walk<2>({2, 2}, {Ints{0, 1}, Ints{-2, -1}}));
  EXPECT_EQ(v[0], (Ints{0, 1, 0, 1}));
  EXPECT_EQ(v[1], (Ints{0, -1, -2, -3}));
}

TEST(Walk, MergesDimensionsThatLieInARow) {
  EXPECT_EQ(Walk<1>({2, 3, 4}, {Ints{12, 4, 1}}).rank, 1u);
  EXPECT_EQ(Walk<1>({2, 1, 4}, {Ints{4, 99, 1}}).inner(), 8);
  EXPECT_EQ(Walk<2>({2, 3}, {Ints{3, 1}, Ints{0, 1}}).rank, 2u);
  EXPECT_EQ(Walk<1>({5, 5}, {Ints{0, 0}}).rank, 1u);
}

TEST(Walk, HasOneElementAtRankZeroAndNoneAtASizeOfZero) {
  EXPECT_EQ(visited(Walk<1>({}, {Ints{}}))[0], (Ints{0}));
  EXPECT_EQ(visited(Walk<1>({3, 0}, {Ints{1, 1}}))[0], Ints{});
}

TEST(Walk, RefusesARankOverEight) { EXPECT_THROW(Walk<1>(Ints(9, 1), {Ints(9, 1)}), Failure); }

TEST(Walk, CutsRowsAtBothEndsOfARange) {
  const Walk<1> w({3, 4}, {Ints{10, 1}});
  for (int64_t begin = 0; begin <= 12; ++begin) {
    for (int64_t end = begin; end <= 12; ++end) {
      Ints expected, got;
      for (int64_t i = begin; i < end; ++i) expected.push_back(i / 4 * 10 + i % 4);
      w.for_rows(begin, end, [&](const auto& at, int64_t n, const auto& step) {
        for (int64_t k = 0; k < n; ++k) got.push_back(at[0] + k * step[0]);
      });
      ASSERT_EQ(got, expected) << begin << " to " << end;
    }
  }
}

TEST(BroadcastStrides, AlignAtTheLastDimension) {
  int64_t shape[] = {1, 3}, strides[] = {7, 2};
  nnr_tdesc d = {};
  d.t.ndim = 2;
  d.t.shape = shape;
  d.t.strides = strides;
  EXPECT_EQ(broadcast_strides(Operand(&d), {5, 4, 3}), (Ints{0, 0, 2}));
}

}  // namespace
}  // namespace nnrun::sdk
