#include "core/data/idx.h"

#include "core/base/text.h"
#include "core/data/payload.h"

namespace nnrun {
namespace {

bool stored_of(int type, Stored* out) {
  switch (type) {
    case 0x08: *out = {'u', 1, true}; return true;
    case 0x09: *out = {'i', 1, true}; return true;
    case 0x0b: *out = {'i', 2, true}; return true;
    case 0x0c: *out = {'i', 4, true}; return true;
    case 0x0d: *out = {'f', 4, true}; return true;
    case 0x0e: *out = {'f', 8, true}; return true;
    default: return false;
  }
}

}  // namespace

Array read_idx(Reader& in) {
  auto fail = [&](const std::string& why) {
    throw Error(Code::data, printable(in.name()) + ": not a sound IDX file: " + why);
  };
  unsigned char magic[4];
  if (in.read(magic, 4) < 4) fail("it ends within its first 4 bytes");
  if (magic[0] != 0 || magic[1] != 0) fail("it does not begin with two zero bytes");
  Stored stored;
  if (!stored_of(magic[2], &stored)) {
    fail("unknown type " + std::to_string(magic[2]) + "; known are 8 9 11 12 13 14");
  }
  const int rank = magic[3];
  if (rank < 1 || rank > Shape::kMaxRank) {
    fail(std::to_string(rank) + " dimensions, expected 1 to " + std::to_string(Shape::kMaxRank));
  }
  Shape shape;
  int64_t n = 1;
  for (int i = 0; i < rank; ++i) {
    unsigned char b[4];
    if (in.read(b, 4) < 4) fail("it ends within its dimensions");
    const int64_t d = int64_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3];
    shape.push_back(d);
    if (!mul_ok(n, d, &n)) fail("its dimensions are beyond 64 bits");
  }
  return read_stored(in, stored, shape);
}

Array read_idx(const std::string& path) { return read_idx(*open_reader(path)); }

}  // namespace nnrun
