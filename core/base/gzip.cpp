#include "core/base/gzip.h"

namespace nnrun {

GzipReader::GzipReader(Reader& in)
    : Reader(in.name()), inflater_(in, Inflater::Format::gzip, "gzip stream") {}

int64_t GzipReader::read_some(void* to, int64_t n) {
  while (n > 0) {
    const int64_t got = inflater_.read_some(to, n);
    if (got > 0) return got;
    if (!inflater_.has_more_input()) return 0;
    inflater_.restart();
  }
  return 0;
}

}  // namespace nnrun
