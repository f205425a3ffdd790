#include "core/base/zip.h"

#include <algorithm>
#include <set>

#include "core/base/checked.h"
#include "core/base/inflate.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/zip_format.h"

namespace nnrun {

using namespace zip;

namespace {

uint64_t little(const char* p, int n) {
  uint64_t v = 0;
  for (int i = n - 1; i >= 0; --i) v = v << 8 | static_cast<unsigned char>(p[i]);
  return v;
}
uint32_t u16(const char* p) { return uint32_t(little(p, 2)); }
uint32_t u32(const char* p) { return uint32_t(little(p, 4)); }

std::string in_quotes(const std::string& name) { return "'" + printable(name) + "'"; }

/// Checks length and CRC of what passes through.
class EntryReader : public Reader {
 public:
  EntryReader(const InputFile& file, const ZipEntry& entry, int64_t begin)
      : Reader(file.path() + ": " + entry.name),
        bytes_(file, begin, begin + entry.compressed),
        entry_(entry),
        left_(entry.size) {
    if (entry.method == 8) {
      inflater_ = std::make_unique<Inflater>(bytes_, Inflater::Format::raw,
                                             "entry " + in_quotes(entry.name));
    }
  }

  int64_t read_some(void* to, int64_t n) override {
    n = std::min(n, left_);
    if (n > 0) {
      n = inflater_ ? inflater_->read_some(to, n) : bytes_.read_some(to, n);
      if (n == 0) damaged("it is shorter than the directory says");
      crc_ = crc(crc_, to, size_t(n));
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
    throw Error(Code::data, printable(bytes_.name()) + ": damaged entry " + in_quotes(entry_.name) +
                                ": " + why);
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
    if (id == kExtra64) {
      if (n < 8 * wanted.size()) return false;
      for (size_t i = 0; i < wanted.size(); ++i) *wanted[i] = little(extra.data() + 8 * i, 8);
      return true;
    }
    extra.remove_prefix(n);
  }
  return wanted.empty();
}

}  // namespace

ZipFile::ZipFile(const std::string& path) : file_(path) {
  const End end = read_end();
  read_directory(end);
  check_overlap();
}

void ZipFile::fail(const std::string& why) const {
  throw Error(Code::data, printable(path()) + ": not a sound zip archive: " + why);
}

ZipFile::End ZipFile::read_end() const {
  // The end record is last: 22 bytes and a comment of at most 65535 that reaches to the end.
  const int64_t tail_size = std::min<int64_t>(file_.size(), kEndSize + 0xffff);
  if (tail_size < kEndSize) fail("it has only " + std::to_string(file_.size()) + " bytes");
  std::string tail(size_t(tail_size), '\0');
  file_.read(file_.size() - tail_size, tail.data(), tail_size);
  int64_t at = tail_size - kEndSize;
  while (at >= 0 && !(u32(&tail[size_t(at)]) == kEnd &&
                      at + kEndSize + u16(&tail[size_t(at) + 20]) == tail_size)) {
    --at;
  }
  if (at < 0) fail("its directory is missing (cut short?)");
  const char* e = &tail[size_t(at)];
  int64_t directory_end = file_.size() - tail_size + at;
  End end{u16(e + 10), u32(e + 12), u32(e + 16)};
  bool one_disk = u16(e + 4) == 0 && u16(e + 6) == 0 && u16(e + 8) == u16(e + 10);

  // Some writers add the zip64 record where the fields would have done.
  const bool needs64 = end.count == 0xffff || end.size == kIn64 || end.offset == kIn64;
  char locator[kLocatorSize] = {};
  if (directory_end >= kLocatorSize + kEnd64Size) {
    file_.read(directory_end - kLocatorSize, locator, kLocatorSize);
  }
  const bool has64 = u32(locator) == kLocator64;
  if (needs64 && !has64) fail("its zip64 record is missing");
  if (has64) {
    char e64[kEnd64Size];
    directory_end -= kLocatorSize + kEnd64Size;
    file_.read(directory_end, e64, kEnd64Size);
    if (u32(e64) != kEnd64 || little(e64 + 4, 8) != kEnd64Size - 12 ||
        little(locator + 8, 8) != uint64_t(directory_end)) {
      fail("its zip64 record is wrong");
    }
    end = {little(e64 + 32, 8), little(e64 + 40, 8), little(e64 + 48, 8)};
    one_disk = u32(e64 + 16) == 0 && u32(e64 + 20) == 0 && little(e64 + 24, 8) == end.count;
  }
  if (!one_disk) fail("it spans several disks");
  if (end.size > uint64_t(directory_end) || end.offset != uint64_t(directory_end) - end.size) {
    fail("its directory is not where its end record says");
  }
  return end;
}

void ZipFile::read_directory(const End& end) {
  if (end.count > uint64_t(limits().tensors)) {
    throw Error(Code::memory, printable(path()) + ": has " + std::to_string(end.count) +
                                  " entries, more than the limit of " +
                                  std::to_string(limits().tensors));
  }
  const uint64_t most_per_entry = kCentralSize + 3 * 0xffff;
  if (end.size > end.count * most_per_entry) fail("its directory is longer than its entries");
  directory_ = int64_t(end.offset);
  std::string bytes(size_t(end.size), '\0');
  file_.read(directory_, bytes.data(), int64_t(end.size));

  std::string_view left = bytes;
  std::set<std::string> names;
  for (uint64_t i = 0; i < end.count; ++i) {
    entries_.push_back(parse_entry(&left));
    const std::string& name = entries_.back().name;
    if (!names.insert(name).second) fail("entry " + in_quotes(name) + " is there twice");
  }
  if (!left.empty()) fail("its directory has " + std::to_string(left.size()) + " bytes too many");
}

ZipEntry ZipFile::parse_entry(std::string_view* directory) const {
  const char* c = directory->data();
  if (directory->size() < size_t(kCentralSize) || u32(c) != kCentral) fail("its directory is cut");
  const size_t name_n = u16(c + 28), extra_n = u16(c + 30), comment_n = u16(c + 32);
  const size_t all_n = size_t(kCentralSize) + name_n + extra_n + comment_n;
  if (directory->size() < all_n) fail("its directory is cut");
  directory->remove_prefix(all_n);

  ZipEntry entry;
  entry.name.assign(c + kCentralSize, name_n);
  const std::string who = "entry " + in_quotes(entry.name);
  if (int64_t(name_n) > limits().name_bytes) {
    fail(who + " has a name of more than " + std::to_string(limits().name_bytes) + " bytes");
  }
  if (leads_out(entry.name)) fail(who + " has a name that leads out of the archive");
  const uint32_t encrypted = 0x41;  // flag bits 0 and 6
  if (u16(c + 8) & encrypted) fail(who + " is encrypted");
  entry.method = int(u16(c + 10));
  if (entry.method != 0 && entry.method != 8) {
    fail(who + " is compressed by method " + std::to_string(entry.method) +
         "; known are 0 (stored) and 8 (deflate)");
  }
  entry.crc = u32(c + 16);
  uint64_t compressed = u32(c + 20), size = u32(c + 24), header = u32(c + 42);
  std::vector<uint64_t*> in64;
  for (uint64_t* v : {&size, &compressed, &header}) {
    if (*v == kIn64) in64.push_back(v);
  }
  if (!read_zip64({c + kCentralSize + name_n, extra_n}, in64)) {
    fail(who + " has a wrong zip64 field");
  }
  const uint64_t before = uint64_t(directory_);
  if (header > before || compressed > before - header || size > uint64_t(INT64_MAX)) {
    fail(who + " reaches beyond the file");
  }
  if (entry.method == 0 && compressed != size) fail(who + " is stored, yet has two sizes");
  entry.compressed = int64_t(compressed);
  entry.size = int64_t(size);
  entry.header = int64_t(header);
  if (entry.method == 8 && entry.size > Inflater::most_output(entry.compressed)) {
    throw Error(Code::memory, printable(path()) + ": " + who + " inflates from " +
                                  std::to_string(compressed) + " to " + std::to_string(size) +
                                  " bytes, more than " + std::to_string(limits().inflate_ratio) +
                                  " times its size");
  }
  return entry;
}

void ZipFile::check_overlap() const {
  std::vector<const ZipEntry*> by_offset;
  for (const ZipEntry& entry : entries_) by_offset.push_back(&entry);
  std::sort(by_offset.begin(), by_offset.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->header < b->header; });
  int64_t free_from = 0;
  for (const ZipEntry* entry : by_offset) {
    if (entry->header < free_from) fail("entry " + in_quotes(entry->name) + " overlaps another");
    free_from = data_offset(*entry) + entry->compressed;
  }
}

int64_t ZipFile::data_offset(const ZipEntry& entry) const {
  const std::string who = "entry " + in_quotes(entry.name);
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

}  // namespace nnrun
