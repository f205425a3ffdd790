// Convolutions with their gradients, and what cuDNN offers for them.
#pragma once

#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {

/// The backend, opened once more: its options are the test's own.
inline Library& backend() {
  static Library* library = new Library(NNRUN_MODULE_DIR "/nnrun-backend-cuda.so");
  return *library;
}
/// What its offers are asked for, while it lives.
struct Options {
  explicit Options(bool fast_math, bool deterministic = false) {
    backend().fast_math = fast_math;
    backend().deterministic = deterministic;
  }
  ~Options() { backend().fast_math = backend().deterministic = false; }
};

struct Convolution {
  Ints x, weight;
  Ints stride = {1, 1}, padding = {0, 0}, dilation = {1, 1};
  int64_t groups = 1;

  Ints y() const {
    Ints r = {x[0], weight[0], 0, 0};
    for (size_t i = 0; i < 2; ++i) {
      const int64_t window = dilation[i] * (weight[i + 2] - 1) + 1;
      r[i + 2] = (x[i + 2] + 2 * padding[i] - window) / stride[i] + 1;
    }
    return r;
  }
  AttrMap attrs(const std::string& more = "", const Ints& value = {}) const {
    AttrMap a = {
        {"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"groups", groups}};
    if (!more.empty()) a[more] = value;
    return a;
  }
};

/// An application of the op or of one of its gradients.
struct Call {
  std::string op;
  std::vector<std::optional<Tensor>> in;
  Out out;
  AttrMap attrs;
};
/// Each op once, conv2d also with a bias.
inline std::vector<Call> calls(const Convolution& c, DType t) {
  const Tensor x = drawn(t, c.x), w = drawn(t, c.weight, -1, 1, 2), gy = drawn(t, c.y(), -1, 1, 3);
  const Tensor bias = drawn(t, {c.weight[0]}, -1, 1, 4);
  return {{"conv2d", {x, w}, {t, c.y()}, c.attrs()},
          {"conv2d", {x, w, bias}, {t, c.y()}, c.attrs()},
          {"conv2d_grad_input", {gy, w}, {t, c.x}, c.attrs("input_size", {c.x[2], c.x[3]})},
          {"conv2d_grad_weight",
           {gy, x},
           {t, c.weight},
           c.attrs("kernel_size", {c.weight[2], c.weight[3]})}};
}

/// The way of cuDNN, "cudnn:<engine>", with its flags; the reason where there is none.
struct Way {
  std::string impl;
  uint32_t flags;
};
inline Way way(const Call& c) {
  const Offered offered = backend().offer(c.op, c.in, {c.out}, c.attrs);
  for (const nnr_offer& o : offered.ways) {
    const std::string impl = sdk::to_string(o.impl);
    if (impl.rfind("cudnn", 0) == 0) return {impl, o.flags};
  }
  return {offered.why_not, 0};
}

}  // namespace nnrun::test
