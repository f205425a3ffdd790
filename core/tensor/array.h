// Array: dense row-major data in host memory. Data sets, weights, constants and results are arrays;
// what a backend holds are buffers. Copies share the storage; clone() does not.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "core/tensor/dtype.h"
#include "core/tensor/shape.h"

namespace nnrun {

class Array {
 public:
  Array() = default;
  /// Zero-filled, 64-byte aligned. Throws Error(memory) when it cannot be had.
  Array(DType dtype, const Shape& shape);
  /// Shares memory that someone else owns through `owner`.
  Array(DType dtype, const Shape& shape, std::shared_ptr<void> owner, void* data)
      : dtype_(dtype), shape_(shape), owner_(std::move(owner)), data_(data) {}

  /// A copy of the values, which must be as many as the shape says.
  template <class T> static Array of(const Shape& shape, const std::vector<T>& values) {
    Array a(sdk::dtype_of<T>::value, shape);
    if (size_t(a.numel()) != values.size()) {
      throw Error(Code::internal, "Array::of: wrong number of values for shape " + shape.str());
    }
    for (size_t i = 0; i < values.size(); ++i) a.data<T>()[i] = values[i];
    return a;
  }
  template <class T> static Array scalar(T value) { return of<T>({}, {value}); }
  /// One value of any dtype, converted from double with one rounding.
  static Array scalar(DType dtype, double value);

  bool defined() const { return data_ != nullptr; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int64_t numel() const { return shape_.numel(); }
  int64_t bytes() const { return checked_mul(numel(), size_of(dtype_)); }

  void* raw() { return data_; }
  const void* raw() const { return data_; }
  template <class T> T* data() { return static_cast<T*>(checked(sdk::dtype_of<T>::value)); }
  template <class T> const T* data() const {
    return static_cast<const T*>(const_cast<Array*>(this)->checked(sdk::dtype_of<T>::value));
  }

  Array clone() const;
  /// The same values as another dtype: floats round once, integers and bool as C++ converts.
  Array cast(DType to) const;
  /// The same storage under another shape of as many elements.
  Array reshaped(const Shape& shape) const;
  /// Element i in row-major order, as a double.
  double at(int64_t i) const;

 private:
  void* checked(DType t) {
    if (t != dtype_) throw Error(Code::internal, "Array: read as another dtype");
    return data_;
  }
  DType dtype_ = DType::float32;
  Shape shape_;
  std::shared_ptr<void> owner_;
  void* data_ = nullptr;
};

/// Same dtype, shape and bytes.
bool same_bits(const Array& a, const Array& b);

}  // namespace nnrun
