// Gzip: what a compressed source holds, one or several members, each with its CRC and length
// checked.
#pragma once

#include <string>

#include "core/base/inflate.h"

namespace nnrun {

/// Reads through `in`, which must outlive it. Damage, a cut, a wrong checksum and anything after
/// the last member that is not gzip is Error(data) "damaged gzip stream at byte n"; inflating
/// beyond limits().inflate_ratio is Error(memory).
class GzipReader : public Reader {
 public:
  explicit GzipReader(Reader& in);
  int64_t read_some(void* to, int64_t n) override;
  int64_t bound() const override { return inflater_.bound(); }
  bool exact() const override { return false; }

 private:
  Inflater inflater_;
};

}  // namespace nnrun
