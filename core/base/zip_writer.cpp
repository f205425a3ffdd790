#include "core/base/zip.h"

#include <algorithm>

#include "core/base/checked.h"
#include "core/base/zip_format.h"

namespace nnrun {

using namespace zip;

namespace {

void put(std::string* s, uint64_t v, int n) {
  for (int i = 0; i < n; ++i, v >>= 8) *s += char(v & 0xff);
}

// 1980-01-01 00:00: archives of the same arrays are the same to the byte.
constexpr uint32_t kDate = 1 << 5 | 1;

uint64_t or_in64(int64_t v) { return uint64_t(v) >= kIn64 ? kIn64 : uint64_t(v); }

/// Version needed, flags, method, time, date, CRC, both sizes, name length: shared by both headers.
void put_common(std::string* h, const ZipEntry& e, bool zip64) {
  put(h, zip64 ? 45 : 20, 2);
  put(h, 0, 2), put(h, 0, 2), put(h, 0, 2), put(h, kDate, 2);
  put(h, e.crc, 4);
  put(h, or_in64(e.size), 4), put(h, or_in64(e.size), 4);
  put(h, e.name.size(), 2);
}

}  // namespace

void ZipWriter::add(const std::string& name, const std::vector<std::string_view>& parts) {
  ZipEntry e;
  e.name = name;
  e.header = out_.position();
  for (std::string_view part : parts) {
    e.crc = crc(e.crc, part.data(), part.size());
    e.size = checked_add(e.size, int64_t(part.size()));
  }
  const bool zip64 = or_in64(e.size) == kIn64;
  std::string h;
  put(&h, kLocal, 4);
  put_common(&h, e, zip64);
  put(&h, zip64 ? 20 : 0, 2);
  h += name;
  if (zip64)
    put(&h, kExtra64, 2), put(&h, 16, 2), put(&h, uint64_t(e.size), 8),
        put(&h, uint64_t(e.size), 8);
  out_.write(h);
  for (std::string_view part : parts) out_.write(part);
  entries_.push_back(std::move(e));
}

void ZipWriter::finish() {
  const int64_t begin = out_.position();
  for (const ZipEntry& e : entries_) {
    std::string extra;
    if (or_in64(e.size) == kIn64)
      put(&extra, uint64_t(e.size), 8), put(&extra, uint64_t(e.size), 8);
    if (or_in64(e.header) == kIn64) put(&extra, uint64_t(e.header), 8);
    std::string h;
    put(&h, kCentral, 4);
    put(&h, 3 << 8 | 45, 2);  // made by: Unix
    put_common(&h, e, !extra.empty());
    put(&h, extra.empty() ? 0 : extra.size() + 4, 2);
    put(&h, 0, 2), put(&h, 0, 2), put(&h, 0, 2);  // comment, disk, internal attributes
    put(&h, uint64_t{0100644} << 16, 4);          // a regular file
    put(&h, or_in64(e.header), 4);
    h += e.name;
    if (!extra.empty()) put(&h, kExtra64, 2), put(&h, extra.size(), 2), h += extra;
    out_.write(h);
  }
  const int64_t end = out_.position(), size = end - begin;
  const uint64_t count = entries_.size();
  std::string h;
  if (count >= 0xffff || or_in64(begin) == kIn64 || or_in64(size) == kIn64) {
    put(&h, kEnd64, 4), put(&h, kEnd64Size - 12, 8);
    put(&h, 3 << 8 | 45, 2), put(&h, 45, 2), put(&h, 0, 4), put(&h, 0, 4);
    put(&h, count, 8), put(&h, count, 8), put(&h, uint64_t(size), 8), put(&h, uint64_t(begin), 8);
    put(&h, kLocator64, 4), put(&h, 0, 4), put(&h, uint64_t(end), 8), put(&h, 1, 4);
  }
  const uint64_t count16 = std::min<uint64_t>(count, 0xffff);
  put(&h, kEnd, 4), put(&h, 0, 2), put(&h, 0, 2), put(&h, count16, 2), put(&h, count16, 2);
  put(&h, or_in64(size), 4), put(&h, or_in64(begin), 4), put(&h, 0, 2);
  out_.write(h);
}

}  // namespace nnrun
