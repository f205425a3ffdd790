#include "core/base/inflate.h"

#include <algorithm>

#include <nnrun/error.h>

#include "core/base/checked.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace nnrun {
namespace {
constexpr int64_t kFree = 1 << 20;  // output that any input may have
}

Inflater::Inflater(Reader& in, Format format, std::string what)
    : in_(in), what_(std::move(what)), buffer_(1 << 16) {
  if (inflateInit2(&z_, format == Format::gzip ? 15 + 16 : -15) != Z_OK) {
    throw Error(Code::memory, "out of memory: zlib cannot start");
  }
}

Inflater::~Inflater() { inflateEnd(&z_); }

int64_t Inflater::most_output(int64_t compressed) {
  int64_t most;
  if (!mul_ok(compressed, limits().inflate_ratio, &most)) return INT64_MAX;
  return std::max(most, kFree);
}

int64_t Inflater::bound() const {
  int64_t all;
  if (!add_ok(consumed_ + z_.avail_in, in_.bound(), &all)) return INT64_MAX;
  return std::max<int64_t>(most_output(all) - produced_, 0);
}

bool Inflater::refill() {
  if (z_.avail_in == 0) {
    z_.next_in = buffer_.data();
    z_.avail_in = uInt(in_.read_some(buffer_.data(), int64_t(buffer_.size())));
  }
  return z_.avail_in != 0;
}

bool Inflater::has_more_input() { return refill(); }

void Inflater::restart() {
  inflateReset(&z_);
  ended_ = false;
}

void Inflater::damaged(const std::string& why) const {
  throw Error(Code::data, printable(in_.name()) + ": damaged " + what_ + " at byte " +
                              std::to_string(consumed_) + ": " + why);
}

int64_t Inflater::read_some(void* to, int64_t n) {
  n = std::min<int64_t>(n, 1 << 30);
  z_.next_out = static_cast<Bytef*>(to);
  z_.avail_out = uInt(n);
  while (!ended_ && z_.avail_out == uInt(n) && n > 0) {
    if (!refill()) damaged("it ends early");
    const uInt had = z_.avail_in;
    const int r = inflate(&z_, Z_NO_FLUSH);
    consumed_ += had - z_.avail_in;
    if (r == Z_STREAM_END) {
      ended_ = true;
    } else if (r == Z_MEM_ERROR) {
      throw Error(Code::memory, "out of memory: zlib cannot go on");
    } else if (r != Z_OK && r != Z_BUF_ERROR) {
      damaged(z_.msg != nullptr ? z_.msg : "it cannot be inflated");
    }
  }
  const int64_t got = n - z_.avail_out;
  produced_ += got;
  if (produced_ > most_output(consumed_)) {
    throw Error(Code::memory, printable(in_.name()) + ": the " + what_ + " inflates to more than " +
                                  std::to_string(limits().inflate_ratio) +
                                  " times its size, beyond what an honest file needs");
  }
  return got;
}

}  // namespace nnrun
