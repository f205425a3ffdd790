#include "core/tensor/array.h"

#include <cstdlib>

namespace nnrun {

Array::Array(DType dtype, const Shape& shape) : dtype_(dtype), shape_(shape) {
  // Pages that the system gives are zero already: calloc leaves them untouched.
  constexpr int64_t kAlign = 64;
  const int64_t n = checked_add(align_up(std::max<int64_t>(bytes(), 1), kAlign), kAlign);
  void* p = std::calloc(1, size_t(n));
  if (p == nullptr) {
    throw Error(Code::memory, "out of memory: a tensor of shape " + shape.str() + " needs " +
                                  std::to_string(n) + " bytes");
  }
  owner_ = std::shared_ptr<void>(p, std::free);
  data_ = reinterpret_cast<void*>(align_up(int64_t(reinterpret_cast<intptr_t>(p)), kAlign));
}

Array Array::scalar(DType dtype, double value) {
  Array a(dtype, {});
  sdk::visit(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    a.data<T>()[0] = static_cast<T>(static_cast<sdk::compute_t<T>>(value));
  });
  return a;
}

Array Array::clone() const {
  if (!defined()) return {};
  Array a(dtype_, shape_);
  std::memcpy(a.data_, data_, size_t(bytes()));
  return a;
}

Array Array::cast(DType to) const {
  if (to == dtype_) return clone();
  Array a(to, shape_);
  const int64_t n = numel();
  sdk::visit(dtype_, [&](auto from_tag) {
    using From = typename decltype(from_tag)::type;
    sdk::visit(to, [&](auto to_tag) {
      using To = typename decltype(to_tag)::type;
      const From* src = data<From>();
      To* dst = a.data<To>();
      for (int64_t i = 0; i < n; ++i) {
        dst[i] = static_cast<To>(
            static_cast<sdk::compute_t<To>>(static_cast<sdk::compute_t<From>>(src[i])));
      }
    });
  });
  return a;
}

Array Array::reshaped(const Shape& shape) const {
  if (shape.numel() != numel()) {
    throw Error(Code::model, "cannot see shape " + shape_.str() + " as " + shape.str());
  }
  Array a = *this;
  a.shape_ = shape;
  return a;
}

double Array::at(int64_t i) const {
  return sdk::visit(dtype_, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return static_cast<double>(static_cast<sdk::compute_t<T>>(data<T>()[i]));
  });
}

bool same_bits(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.raw(), b.raw(), size_t(a.bytes())) == 0;
}

}  // namespace nnrun
