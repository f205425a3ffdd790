#include "core/base/zip.h"

#include <algorithm>
#include <limits>
#include <set>

#include <zlib.h>

#include "core/base/checked.h"
#include "core/base/inflate.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace nnrun {
namespace {

// PKWARE APPNOTE 6.3: signatures and sizes of the fixed parts.
constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr int64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56,
                  kLocatorSize = 20;
constexpr uint32_t kIn64 = 0xffffffff;  // the value stands in the zip64 extra field

uint64_t little(const char* p, int n) {
  uint64_t v = 0;
  for (int i = n - 1; i >= 0; --i) v = v << 8 | static_cast<unsigned char>(p[i]);
  return v;
}
uint32_t u16(const char* p) { return uint32_t(little(p, 2)); }
uint32_t u32(const char* p) { return uint32_t(little(p, 4)); }

void put(std::string* s, uint64_t v, int n) {
  for (int i = 0; i < n; ++i, v >>= 8) *s += char(v & 0xff);
}

std::string quoted(const std::string& name) { return "'" + printable(name) + "'"; }

uint32_t crc_of(uint32_t crc, const void* data, size_t n) {
  return uint32_t(crc32_z(crc, static_cast<const Bytef*>(data), n));
}

/// Checks length and CRC of what passes through.
class EntryReader : public Reader {
 public:
  EntryReader(const InputFile& file, const ZipEntry& entry, int64_t begin)
      : Reader(file.path() + ": " + entry.name),
        bytes_(file, begin, begin + entry.compressed),
        entry_(entry),
        left_(entry.size) {
    if (entry.method == 8) {
      inflater_ =
          std::make_unique<Inflater>(bytes_, Inflater::Format::raw, "entry " + quoted(entry.name));
    }
  }

  int64_t read_some(void* to, int64_t n) override {
    n = std::min(n, left_);
    if (n > 0) {
      n = inflater_ ? inflater_->read_some(to, n) : bytes_.read_some(to, n);
      if (n == 0) damaged("it is shorter than the directory says");
      crc_ = crc_of(crc_, to, size_t(n));
      left_ -= n;
    }
    if (left_ == 0 && !checked_) check_end();
    return n;
  }
  int64_t bound() const override { return left_; }
  bool exact() const override { return true; }

 private:
  void check_end() {
    checked_ = true;
    char extra;
    if (inflater_ && (inflater_->read_some(&extra, 1) != 0 || inflater_->has_more_input())) {
      damaged("it is longer than the directory says");
    }
    if (crc_ != entry_.crc) damaged("its CRC is wrong");
  }
  [[noreturn]] void damaged(const std::string& why) const {
    throw Error(Code::data,
                printable(bytes_.name()) + ": damaged entry " + quoted(entry_.name) + ": " + why);
  }

  FileReader bytes_;
  ZipEntry entry_;
  std::unique_ptr<Inflater> inflater_;
  int64_t left_;
  uint32_t crc_ = 0;
  bool checked_ = false;
};

bool leads_out(const std::string& name) {
  if (name.empty() || name[0] == '/' || name.find('\\') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    return true;
  }
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

/// The 64-bit values of the zip64 extra field, in the order size, compressed, offset; only those
/// that the directory marks are there.
bool read_zip64(std::string_view extra, const std::vector<uint64_t*>& wanted) {
  while (extra.size() >= 4) {
    const uint32_t id = u16(extra.data()), n = u16(extra.data() + 2);
    extra.remove_prefix(4);
    if (n > extra.size()) return false;
    if (id == 1) {
      if (n < 8 * wanted.size()) return false;
      for (size_t i = 0; i < wanted.size(); ++i) *wanted[i] = little(extra.data() + 8 * i, 8);
      return true;
    }
    extra.remove_prefix(n);
  }
  return wanted.empty();
}

}  // namespace

ZipFile::ZipFile(const std::string& path) : file_(path) { read_directory(); }

void ZipFile::fail(const std::string& why) const {
  throw Error(Code::data, printable(path()) + ": not a sound zip archive: " + why);
}

void ZipFile::read_directory() {
  // The end record is last: 22 bytes and a comment of at most 65535 that reaches to the end.
  const int64_t tail_size = std::min<int64_t>(file_.size(), kEndSize + 0xffff);
  if (tail_size < kEndSize) fail("it has only " + std::to_string(file_.size()) + " bytes");
  std::string tail(size_t(tail_size), '\0');
  file_.read(file_.size() - tail_size, tail.data(), tail_size);
  int64_t end = tail_size - kEndSize;
  while (end >= 0 && !(u32(&tail[size_t(end)]) == kEnd &&
                       end + kEndSize + u16(&tail[size_t(end) + 20]) == tail_size)) {
    --end;
  }
  if (end < 0) fail("its directory is missing (cut short?)");
  const char* e = &tail[size_t(end)];
  int64_t directory_end = file_.size() - tail_size + end;
  uint64_t disk = u16(e + 4) | u16(e + 6), count = u16(e + 10), size = u32(e + 12),
           offset = u32(e + 16);
  bool same_count = u16(e + 8) == u16(e + 10);

  if (count == 0xffff || size == kIn64 || offset == kIn64) {
    if (directory_end < kLocatorSize + kEnd64Size) fail("its zip64 record is missing");
    char locator[kLocatorSize], e64[kEnd64Size];
    file_.read(directory_end - kLocatorSize, locator, kLocatorSize);
    directory_end -= kLocatorSize + kEnd64Size;
    file_.read(directory_end, e64, kEnd64Size);
    if (u32(locator) != kLocator64 || u32(e64) != kEnd64 || little(e64 + 4, 8) != kEnd64Size - 12 ||
        little(locator + 8, 8) != uint64_t(directory_end)) {
      fail("its zip64 record is wrong");
    }
    disk = u32(e64 + 16) | u32(e64 + 20);
    same_count = little(e64 + 24, 8) == little(e64 + 32, 8);
    count = little(e64 + 32, 8), size = little(e64 + 40, 8), offset = little(e64 + 48, 8);
  }
  if (disk != 0 || !same_count) fail("it spans several disks");
  if (size > uint64_t(directory_end) || offset != uint64_t(directory_end) - size) {
    fail("its directory is not where its end record says");
  }
  if (count > uint64_t(limits().tensors)) {
    throw Error(Code::memory, printable(path()) + ": has " + std::to_string(count) +
                                  " entries, more than the limit of " +
                                  std::to_string(limits().tensors));
  }
  const int64_t most_per_entry = kCentralSize + 3 * 0xffff;
  if (size > count * uint64_t(most_per_entry)) fail("its directory is longer than its entries");
  directory_ = int64_t(offset);

  std::string d(size_t(size), '\0');
  file_.read(directory_, d.data(), int64_t(size));
  std::set<std::string> names;
  size_t at = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (d.size() - at < size_t(kCentralSize) || u32(&d[at]) != kCentral)
      fail("its directory is cut");
    const char* c = &d[at];
    const size_t name_n = u16(c + 28), extra_n = u16(c + 30), comment_n = u16(c + 32);
    if (d.size() - at - size_t(kCentralSize) < name_n + extra_n + comment_n) {
      fail("its directory is cut");
    }
    ZipEntry entry;
    entry.name.assign(c + kCentralSize, name_n);
    const std::string who = "entry " + quoted(entry.name);
    if (int64_t(name_n) > limits().name_bytes)
      fail(who + " has a name of more than " + std::to_string(limits().name_bytes) + " bytes");
    if (leads_out(entry.name)) fail(who + " has a name that leads out of the archive");
    if (!names.insert(entry.name).second) fail(who + " is there twice");
    if (u16(c + 8) & 0x41) fail(who + " is encrypted");
    entry.method = int(u16(c + 10));
    if (entry.method != 0 && entry.method != 8) {
      fail(who + " is compressed by method " + std::to_string(entry.method) +
           "; known are 0 (stored) and 8 (deflate)");
    }
    entry.crc = u32(c + 16);
    uint64_t compressed = u32(c + 20), full = u32(c + 24), header = u32(c + 42);
    std::vector<uint64_t*> in64;
    if (full == kIn64) in64.push_back(&full);
    if (compressed == kIn64) in64.push_back(&compressed);
    if (header == kIn64) in64.push_back(&header);
    if (!read_zip64({c + kCentralSize + name_n, extra_n}, in64))
      fail(who + " has a wrong zip64 field");
    if (header > offset || compressed > offset - header || full > uint64_t(INT64_MAX)) {
      fail(who + " reaches beyond the file");
    }
    if (entry.method == 0 && compressed != full) fail(who + " is stored, yet has two sizes");
    entry.compressed = int64_t(compressed), entry.size = int64_t(full),
    entry.header = int64_t(header);
    if (entry.method == 8 && entry.size > Inflater::most_output(entry.compressed)) {
      throw Error(Code::memory, printable(path()) + ": " + who + " inflates from " +
                                    std::to_string(compressed) + " to " + std::to_string(full) +
                                    " bytes, more than " + std::to_string(limits().inflate_ratio) +
                                    " times its size");
    }
    entries_.push_back(std::move(entry));
    at += size_t(kCentralSize) + name_n + extra_n + comment_n;
  }
  if (at != d.size())
    fail("its directory has " + std::to_string(d.size() - at) + " bytes too many");

  // Overlapping entries are how a small archive unfolds into a huge one.
  std::vector<const ZipEntry*> by_offset;
  for (const ZipEntry& entry : entries_) by_offset.push_back(&entry);
  std::sort(by_offset.begin(), by_offset.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->header < b->header; });
  int64_t free_from = 0;
  for (const ZipEntry* entry : by_offset) {
    if (entry->header < free_from) fail("entry " + quoted(entry->name) + " overlaps another");
    free_from = data_offset(*entry) + entry->compressed;
  }
}

int64_t ZipFile::data_offset(const ZipEntry& entry) const {
  const std::string who = "entry " + quoted(entry.name);
  const int64_t name_n = int64_t(entry.name.size());
  std::string h(size_t(kLocalSize + name_n), '\0');
  if (entry.header + kLocalSize + name_n > directory_) fail(who + " reaches beyond the file");
  file_.read(entry.header, h.data(), int64_t(h.size()));
  if (u32(&h[0]) != kLocal || int(u16(&h[8])) != entry.method || u16(&h[26]) != name_n ||
      h.compare(size_t(kLocalSize), std::string::npos, entry.name) != 0) {
    fail(who + " has a header unlike its directory entry");
  }
  const int64_t begin = entry.header + kLocalSize + name_n + u16(&h[28]);
  if (begin + entry.compressed > directory_) fail(who + " reaches beyond the file");
  return begin;
}

const ZipEntry* ZipFile::find(std::string_view name) const {
  for (const ZipEntry& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::unique_ptr<Reader> ZipFile::open(const ZipEntry& entry) const {
  return std::make_unique<EntryReader>(file_, entry, data_offset(entry));
}

namespace {

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
    e.crc = crc_of(e.crc, part.data(), part.size());
    e.size = checked_add(e.size, int64_t(part.size()));
  }
  const bool zip64 = or_in64(e.size) == kIn64;
  std::string h;
  put(&h, kLocal, 4);
  put_common(&h, e, zip64);
  put(&h, zip64 ? 20 : 0, 2);
  h += name;
  if (zip64)
    put(&h, 1, 2), put(&h, 16, 2), put(&h, uint64_t(e.size), 8), put(&h, uint64_t(e.size), 8);
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
    if (!extra.empty()) put(&h, 1, 2), put(&h, extra.size(), 2), h += extra;
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
