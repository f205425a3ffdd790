#include "core/eager/promote.h"

#include <cmath>
#include <cstring>

#include "core/base/text.h"

namespace nnrun {
namespace {

int kind_of(ScalarType t) { return t == kBool ? 0 : isFloatingType(t) ? 2 : 1; }

int rank_of(ScalarType t) {
  switch (t) {
    case kBool: return 0;
    case kByte: return 1;
    case kInt: return 2;
    case kLong: return 3;
    case kHalf:
    case kBFloat16: return 4;
    case kFloat: return 5;
    case kDouble: return 6;
  }
  return 5;
}

/// `lower` has a say only where it is of a higher kind.
ScalarType combine(optional<ScalarType> higher, optional<ScalarType> lower) {
  if (!higher) return *lower;
  if (!lower || kind_of(*lower) <= kind_of(*higher)) return *higher;
  return kind_of(*higher) == 0 || isFloatingType(*lower) ? promote_types(*higher, *lower) : *higher;
}

ScalarType default_type(const Scalar& v) {
  return v.isFloatingPoint() ? get_default_dtype_as_scalartype() : v.type();
}

Array scalar_array(DType t, const Scalar& v) {
  Array a(t, {});
  sdk::visit(t, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, bool>) {
      a.data<T>()[0] = v.toBool();
    } else if constexpr (std::is_integral_v<T>) {
      a.data<T>()[0] = T(v.isFloatingPoint() ? int64_t(v.toDouble()) : v.toLong());
    } else {
      a.data<T>()[0] = static_cast<T>(static_cast<sdk::compute_t<T>>(v.toDouble()));
    }
  });
  return a;
}

/// Floats that no number of the type t stands for: converting them means nothing in C++.
void check_whole(const Tensor& x, ScalarType t) {
  if (!device_of(x).is_host()) return;
  const double limit = std::ldexp(1, t == kInt ? 31 : 63);
  const Array a = host_array(x);
  const int64_t n = a.numel();
  sdk::visit(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (is_float(sdk::dtype_of<T>::value)) {
      const T* p = a.data<T>();
      for (int64_t i = 0; i < n; ++i) {
        const double v = double(static_cast<sdk::compute_t<T>>(p[i]));
        if (v >= -limit && v < limit) continue;
        throw Error(Code::model, "[to] " + number_text(v) + " is no number of " +
                                     name_of(to_dtype(t)) + ", at element " + std::to_string(i))
            .with_hint("choose what it becomes first: where(isfinite(x), x, 0), or clamp()");
      }
    }
  });
}

/// Numbers as tensors, which operations with numbers ask for again and again.
struct KnownScalar {
  const EagerDevice* device = nullptr;
  ScalarType type = kFloat, kind = kFloat;
  uint64_t bits = 0;
  Tensor tensor;
};
constexpr size_t kKnownScalars = 64;
thread_local KnownScalar known_scalars[kKnownScalars];

}  // namespace

ScalarType promote_types(ScalarType a, ScalarType b) {
  if (a == b) return a;
  const bool half = a == kHalf || b == kHalf, bfloat = a == kBFloat16 || b == kBFloat16;
  if (half && bfloat) return kFloat;
  return rank_of(a) >= rank_of(b) ? a : b;
}

ScalarType result_type(const Tensor& a, const Tensor& b) {
  const ScalarType ta = a.scalar_type(), tb = b.scalar_type();
  if (ta == tb) return ta;
  const bool sa = a.dim() == 0, sb = b.dim() == 0;
  if (sa == sb) return promote_types(ta, tb);
  return sa ? combine(tb, ta) : combine(ta, tb);
}
ScalarType result_type(const Tensor& a, const Scalar& b) {
  return combine(a.scalar_type(), default_type(b));
}
ScalarType result_type(const Scalar& a, const Tensor& b) { return result_type(b, a); }

Tensor cast_to(const Tensor& x, ScalarType t) {
  if (x.scalar_type() == t) return x;
  static const EagerOp cast("cast");
  if (x.is_floating_point() && isIntegralType(t, false)) check_whole(x, t);
  return call1(cast, x, {{"dtype", to_dtype(t)}});
}

Tensor scalar_tensor(const EagerDevice& device, ScalarType t, const Scalar& v) {
  uint64_t bits;
  const double d = v.toDouble();
  if (v.isFloatingPoint()) {
    std::memcpy(&bits, &d, 8);
  } else {
    bits = uint64_t(v.toLong());
  }
  const uint64_t h = (bits ^ uint64_t(t) * 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;
  KnownScalar& k = known_scalars[h >> 58];
  if (k.device == &device && k.type == t && k.kind == v.type() && k.bits == bits) return k.tensor;
  k = {&device, t, v.type(), bits, from_array(device, scalar_array(to_dtype(t), v))};
  return k.tensor;
}

void forget_scalars() {
  for (KnownScalar& k : known_scalars) k = {};
}

}  // namespace nnrun
