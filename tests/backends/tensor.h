// Small tensors for tests of kernels: any dtype, any strides, values as doubles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include <nnrun/sdk/dtype.hpp>

namespace nnrun::test {

using sdk::DType;
using Ints = std::vector<int64_t>;
using Numbers = std::vector<double>;

inline constexpr DType kF32 = DType::float32, kF64 = DType::float64, kBF16 = DType::bfloat16,
                       kF16 = DType::float16, kI32 = DType::int32, kI64 = DType::int64,
                       kU8 = DType::uint8, kBool = DType::boolean;

inline Ints row_major(const Ints& shape) {
  Ints s(shape.size());
  int64_t n = 1;
  for (size_t i = shape.size(); i-- > 0; n *= std::max<int64_t>(shape[i], 1)) s[i] = n;
  return s;
}

/// Elements of one dtype, seen through shape, strides and offset (in elements). Views share memory.
class Tensor {
 public:
  /// Row-major; values are converted as the op `cast` does. Without values: zeros.
  Tensor(DType dtype, Ints shape, const Numbers& values = {})
      : dtype_(dtype), shape_(std::move(shape)), strides_(row_major(shape_)) {
    const size_t n = size_t(numel());
    if (!values.empty() && values.size() != n) throw std::logic_error("values do not fill shape");
    memory_ = std::make_shared<std::vector<char>>(n * size_t(size_of(dtype)) + 64);
    for (size_t i = 0; i < values.size(); ++i) {
      sdk::visit(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        reinterpret_cast<T*>(memory_->data())[i] = sdk::convert<T>(values[i]);
      });
    }
  }

  DType dtype() const { return dtype_; }
  const Ints& shape() const { return shape_; }
  const Ints& strides() const { return strides_; }
  int64_t numel() const {
    int64_t n = 1;
    for (int64_t s : shape_) n *= s;
    return n;
  }
  void* data() const { return memory_->data() + offset_ * size_of(dtype_); }
  std::vector<char>& memory() const { return *memory_; }

  /// Elements in row-major order.
  Numbers values() const {
    Numbers v;
    for (int64_t i = 0; i < numel(); ++i) v.push_back(at(i));
    return v;
  }
  double at(int64_t i) const {
    int64_t place = 0;
    for (size_t d = shape_.size(); d-- > 0; i /= shape_[d]) place += i % shape_[d] * strides_[d];
    return sdk::visit(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      return sdk::convert<double>(static_cast<const T*>(data())[place]);
    });
  }

  Tensor permute(const Ints& dims) const {
    Tensor t = *this;
    for (size_t i = 0; i < dims.size(); ++i) {
      t.shape_[i] = shape_[size_t(dims[i])];
      t.strides_[i] = strides_[size_t(dims[i])];
    }
    return t;
  }
  /// Sizes of 1 become stride 0.
  Tensor expand(const Ints& shape) const {
    Tensor t = *this;
    t.shape_ = shape;
    t.strides_.assign(shape.size(), 0);
    const size_t lead = shape.size() - shape_.size();
    for (size_t i = 0; i < shape_.size(); ++i) {
      if (shape_[i] != 1) t.strides_[lead + i] = strides_[i];
    }
    return t;
  }
  Tensor slice(size_t dim, int64_t start, int64_t end, int64_t step = 1) const {
    Tensor t = *this;
    t.offset_ += start * strides_[dim];
    t.shape_[dim] = (end - start + step - 1) / step;
    t.strides_[dim] *= step;
    return t;
  }
  /// The same elements in memory of their own.
  Tensor clone() const {
    Tensor t = *this;
    t.memory_ = std::make_shared<std::vector<char>>(*memory_);
    return t;
  }

 private:
  DType dtype_;
  Ints shape_, strides_;
  int64_t offset_ = 0;
  std::shared_ptr<std::vector<char>> memory_;
};

inline Tensor f32(const Ints& shape, const Numbers& values) { return {kF32, shape, values}; }

/// The values of t, in row-major order, to a tolerance relative to the larger of 1 and the expected
/// value; NaN equals NaN.
inline void expect_values(const Tensor& t, const Numbers& expected, double tolerance = 0) {
  ASSERT_EQ(size_t(t.numel()), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const double v = t.at(int64_t(i)), e = expected[i];
    if (std::isnan(e) || std::isinf(e) || tolerance == 0) {
      EXPECT_TRUE(v == e || (std::isnan(v) && std::isnan(e)))
          << "element " << i << ": " << v << ", expected " << e;
    } else {
      EXPECT_NEAR(v, e, tolerance * std::max(1.0, std::fabs(e))) << "element " << i;
    }
  }
}

}  // namespace nnrun::test
