// Convolutions and pooling.
#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {
namespace {

TEST(CudaImages, WindowsAndConvolutionsAgree) {
  for (DType t : kEveryFloat) {
    const Tensor x = drawn(t, {2, 4, 7, 9}), w = drawn(t, {6, 2, 3, 2}, -1, 1, 2),
                 b = drawn(t, {6}, -1, 1, 3);
    const AttrMap conv = {{"stride", Ints{2, 1}},
                          {"padding", Ints{1, 2}},
                          {"dilation", Ints{1, 2}},
                          {"groups", int64_t{2}}};
    expect_agreement("conv2d", {x, w, b}, {{t, {2, 6, 4, 11}}}, conv);
    const Tensor gy = drawn(t, {2, 6, 4, 11}, -1, 1, 4);
    AttrMap grad = conv;
    grad["input_size"] = Ints{7, 9};
    expect_agreement("conv2d_grad_input", {gy, w}, {{t, {2, 4, 7, 9}}}, grad);
    grad = conv;
    grad["kernel_size"] = Ints{3, 2};
    expect_agreement("conv2d_grad_weight", {gy, x}, {{t, {6, 2, 3, 2}}}, grad);
    const AttrMap pool = {{"kernel_size", Ints{3, 2}},  {"stride", Ints{2, 2}},
                          {"padding", Ints{1, 1}},      {"dilation", Ints{1, 1}},
                          {"count_include_pad", false}, {"ceil_mode", false}};
    expect_agreement("max_pool2d", {x}, {{t, {2, 4, 4, 5}}, {kI32, {2, 4, 4, 5}}}, pool);
    expect_agreement("avg_pool2d", {x}, {{t, {2, 4, 4, 5}}}, pool);
    AttrMap back = pool;
    back["input_size"] = Ints{7, 9};
    expect_agreement("avg_pool2d_grad", {drawn(t, {2, 4, 4, 5})}, {{t, {2, 4, 7, 9}}}, back);
    expect_agreement("adaptive_avg_pool2d", {x}, {{t, {2, 4, 3, 4}}},
                     {{"output_size", Ints{3, 4}}});
    expect_agreement("adaptive_avg_pool2d_grad", {drawn(t, {2, 4, 3, 4})}, {{t, {2, 4, 7, 9}}},
                     {{"input_size", Ints{7, 9}}});
    expect_agreement("max_pool2d_grad",
                     {drawn(t, {1, 2, 2, 3}),
                      Tensor(kI32, {1, 2, 2, 3}, {0, 3, 3, 7, -1, 99, 1, 1, 1, 62, 5, 0})},
                     {{t, {1, 2, 7, 9}}}, {{"input_size", Ints{7, 9}}});
  }
}

}  // namespace
}  // namespace nnrun::test
