#include "core/data/payload.h"

#include <algorithm>
#include <vector>

#include "core/base/text.h"

namespace nnrun {
namespace {

template <class T> void swap_bytes(void* data, int64_t n) {
  T* p = static_cast<T*>(data);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (sizeof(T) == 2) p[i] = __builtin_bswap16(p[i]);
    if constexpr (sizeof(T) == 4) p[i] = __builtin_bswap32(p[i]);
    if constexpr (sizeof(T) == 8) p[i] = __builtin_bswap64(p[i]);
  }
}

void to_native(const Stored& s, void* data, int64_t n) {
  if (!s.big_endian) return;
  if (s.bytes == 2) swap_bytes<uint16_t>(data, n);
  if (s.bytes == 4) swap_bytes<uint32_t>(data, n);
  if (s.bytes == 8) swap_bytes<uint64_t>(data, n);
}

template <class From, class To> void widen(const std::vector<char>& raw, Array* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    From v;
    std::memcpy(&v, raw.data() + size_t(i) * sizeof v, sizeof v);
    to->data<To>()[i] = To(v);
  }
}

void check_values(const Reader& in, const Stored& s, const Array& a) {
  const int64_t n = a.numel();
  if (s.kind == 'b') {
    const auto* p = static_cast<const uint8_t*>(a.raw());
    if (std::any_of(p, p + n, [](uint8_t v) { return v > 1; })) {
      throw Error(Code::data, printable(in.name()) + ": a bool is neither 0 nor 1");
    }
  } else if (s.kind == 'u' && s.bytes == 8) {
    const auto* p = a.data<int64_t>();
    if (std::any_of(p, p + n, [](int64_t v) { return v < 0; })) {
      throw Error(Code::data, printable(in.name()) + ": a uint64 value is beyond int64");
    }
  }
}

}  // namespace

bool held_as(const Stored& s, DType* out) {
  const int key = s.kind << 8 | s.bytes;
  switch (key) {
    case 'f' << 8 | 2: *out = DType::float16; return true;
    case 'f' << 8 | 4: *out = DType::float32; return true;
    case 'f' << 8 | 8: *out = DType::float64; return true;
    case 'i' << 8 | 1:
    case 'i' << 8 | 2:
    case 'u' << 8 | 2:
    case 'i' << 8 | 4: *out = DType::int32; return true;
    case 'u' << 8 | 4:
    case 'u' << 8 | 8:
    case 'i' << 8 | 8: *out = DType::int64; return true;
    case 'u' << 8 | 1: *out = DType::uint8; return true;
    case 'b' << 8 | 1: *out = DType::boolean; return true;
    default: return false;
  }
}

Array read_stored(Reader& in, const Stored& s, const Shape& shape) {
  DType dtype;
  if (!held_as(s, &dtype)) throw Error(Code::internal, "read_stored: no such stored type");
  const int64_t n = shape.numel(), stored_bytes = checked_mul(n, s.bytes);
  check_payload(in, std::max(stored_bytes, int64_t{0}));
  Array a(dtype, shape);
  if (s.bytes == size_of(dtype)) {
    read_payload(in, a.raw(), stored_bytes);
    to_native(s, a.raw(), n);
  } else {
    std::vector<char> raw(static_cast<size_t>(stored_bytes));
    read_payload(in, raw.data(), stored_bytes);
    to_native(s, raw.data(), n);
    if (s.bytes == 1) widen<int8_t, int32_t>(raw, &a, n);
    if (s.bytes == 2 && s.kind == 'i') widen<int16_t, int32_t>(raw, &a, n);
    if (s.bytes == 2 && s.kind == 'u') widen<uint16_t, int32_t>(raw, &a, n);
    if (s.bytes == 4) widen<uint32_t, int64_t>(raw, &a, n);
  }
  check_values(in, s, a);
  return a;
}

}  // namespace nnrun
