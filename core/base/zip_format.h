// The fixed numbers of the zip format (PKWARE APPNOTE 6.3), for its reader and its writer.
#pragma once

#include <cstddef>
#include <cstdint>

#include <zlib.h>

namespace nnrun::zip {

// Signatures of the records.
inline constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50,
                          kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
// Bytes of their fixed parts.
inline constexpr int64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56,
                         kLocatorSize = 20;
/// In a 32-bit field: the value stands in the zip64 extra field, whose id is 1.
inline constexpr uint32_t kIn64 = 0xffffffff;
inline constexpr uint32_t kExtra64 = 1;

inline uint32_t crc(uint32_t before, const void* data, size_t n) {
  return uint32_t(crc32_z(before, static_cast<const Bytef*>(data), n));
}

}  // namespace nnrun::zip
