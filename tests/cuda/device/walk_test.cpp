// The arithmetic of launches.
#include "backends/cuda/walk.h"

#include <gtest/gtest.h>

namespace nnrun::cuda {
namespace {

TEST(CudaWalk, DimensionsThatAllOperandsCrossInOneStrideAreMerged) {
  const Walk w = walk_of({4, 5, 6}, {{30, 6, 1}, {30, 6, 1}});
  EXPECT_EQ(w.rank, 1);
  EXPECT_EQ(w.shape[0], 120);
  EXPECT_EQ(w.stride[0][1], 1);
}

TEST(CudaWalk, ABroadcastOperandKeepsDimensionsApart) {
  const Walk w = walk_of({4, 5, 6}, {{30, 6, 1}, {0, 6, 1}});
  EXPECT_EQ(w.rank, 2);
  EXPECT_EQ(w.shape[0], 4);
  EXPECT_EQ(w.shape[1], 30);
  EXPECT_EQ(w.stride[0][1], 0);
  EXPECT_EQ(w.numel, 120);
}

TEST(CudaWalk, SizesOf1AreLeftOutAndNothingIsOneElement) {
  const Walk w = walk_of({1, 7, 1}, {{99, 3, 99}});
  EXPECT_EQ(w.rank, 1);
  EXPECT_EQ(w.stride[0][0], 3);
  const Walk none = walk_of({}, {{}});
  EXPECT_EQ(none.rank, 1);
  EXPECT_EQ(none.numel, 1);
  EXPECT_EQ(walk_of({3, 0}, {{0, 1}}).numel, 0);
}

TEST(CudaWalk, MoreThanItHoldsIsRefused) {
  const std::vector<int64_t> nine(9, 2);
  EXPECT_THROW(walk_of(nine, {nine}), Failure);
  EXPECT_THROW(walk_of({2}, std::vector<std::vector<int64_t>>(13, {1})), Failure);
}

TEST(CudaGrid, HasABlockForAnythingAndNoMoreThanKeepTheProcessorsBusy) {
  EXPECT_EQ(grid_for(0, 1, 132).blocks, 1u);
  EXPECT_EQ(grid_for(256, 1, 132).blocks, 1u);
  EXPECT_EQ(grid_for(257, 1, 132).blocks, 2u);
  EXPECT_EQ(grid_for(257 * 4, 4, 132).blocks, 2u);
  EXPECT_EQ(grid_for(int64_t{1} << 40, 4, 132).blocks, 132u * 8);
}

TEST(CudaGrid, LinesGetWholeWarpsThatHaveWork) {
  EXPECT_EQ(grid_of_lines(10, 5).threads, 32u);
  EXPECT_EQ(grid_of_lines(10, 1000).threads, 256u);
  EXPECT_EQ(grid_of_lines(10, 1000).blocks, 10u);
  EXPECT_EQ(grid_of_lines(0, 0).blocks, 1u);
}

}  // namespace
}  // namespace nnrun::cuda
