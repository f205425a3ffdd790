// Element types. The enum and the 16-bit types are the SDK's: one definition for both sides.
#pragma once

#include <string_view>

#include <nnrun/sdk/dtype.hpp>

namespace nnrun {

using sdk::bfloat16;
using sdk::DType;
using sdk::float16;
using sdk::is_float;
using sdk::name_of;
using sdk::size_of;

/// False when no dtype has that name.
inline bool parse_dtype(std::string_view name, DType* out) {
  for (int i = 0; i < sdk::kDTypes; ++i) {
    if (name == name_of(static_cast<DType>(i))) {
      *out = static_cast<DType>(i);
      return true;
    }
  }
  return false;
}

}  // namespace nnrun
