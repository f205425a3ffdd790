// Zip archives, as far as .npz files need them: a strict reader (stored and deflated entries,
// zip64) and a writer of stored entries. The reader trusts the central directory alone, checks each
// local header against it, and refuses what no writer of npz makes: encryption, other methods,
// several disks, duplicate or overlapping entries, names that lead out of a folder, bytes after the
// end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"

namespace nnrun {

struct ZipEntry {
  std::string name;
  int method = 0;  // 0 stored, 8 deflated
  uint32_t crc = 0;
  int64_t compressed = 0, size = 0;
  int64_t header = 0;  // offset of the local header
};

/// An archive open for reading. Error(data) names file and entry; an entry that inflates beyond
/// limits().inflate_ratio is Error(memory).
class ZipFile {
 public:
  explicit ZipFile(const std::string& path);
  const std::string& path() const { return file_.path(); }
  /// In the order of the directory.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// nullptr when there is none of that name.
  const ZipEntry* find(std::string_view name) const;
  /// The bytes of an entry; its CRC is checked at the end. The archive must outlive the reader.
  std::unique_ptr<Reader> open(const ZipEntry& entry) const;

 private:
  /// What the end record says of the directory.
  struct End {
    uint64_t count, size, offset;
  };
  End read_end() const;
  void read_directory(const End& end);
  /// Takes one entry off the front of the directory's bytes.
  ZipEntry parse_entry(std::string_view* directory) const;
  /// Overlapping entries are how a small archive unfolds into a huge one.
  void check_overlap() const;
  /// Offset of the first byte of an entry, after its local header.
  int64_t data_offset(const ZipEntry& entry) const;
  [[noreturn]] void fail(const std::string& why) const;

  InputFile file_;
  std::vector<ZipEntry> entries_;
  int64_t directory_ = 0;  // its offset
};

/// Appends stored entries; zip64 where sizes need it. Names are the caller's to keep distinct.
class ZipWriter {
 public:
  explicit ZipWriter(FileWriter& out) : out_(out) {}
  /// One entry that holds the parts one after the other.
  void add(const std::string& name, const std::vector<std::string_view>& parts);
  /// The directory: after the last entry, once.
  void finish();

 private:
  FileWriter& out_;
  std::vector<ZipEntry> entries_;
};

}  // namespace nnrun
