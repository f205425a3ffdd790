// Inflater: zlib over a Reader, with the ratio cap that stops bombs. Under gzip.h and zip.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <zlib.h>

#include "core/base/reader.h"

namespace nnrun {

class Inflater {
 public:
  enum class Format { gzip, raw };
  /// `in` must outlive it; `what` is the stream in messages: "gzip stream", "entry 'x.npy'".
  Inflater(Reader& in, Format format, std::string what);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Up to n bytes of output; 0 only when ended() or n == 0. Throws Error(data) "WHAT at byte n"
  /// when the stream is damaged or cut, Error(memory) when it inflates beyond
  /// limits().inflate_ratio.
  int64_t read_some(void* to, int64_t n);
  /// A stream has come to its end; more input may follow.
  bool ended() const { return ended_; }
  /// True when input is left after the end; begins the next stream (gzip members).
  bool has_more_input();
  void restart();
  [[noreturn]] void damaged(const std::string& why) const;

  /// Most bytes that input of so many bytes may inflate to.
  static int64_t most_output(int64_t compressed);
  /// What is left of that.
  int64_t bound() const;

 private:
  bool refill();
  Reader& in_;
  std::string what_;
  std::vector<unsigned char> buffer_;
  z_stream z_{};
  int64_t consumed_ = 0, produced_ = 0;
  bool ended_ = false;
};

}  // namespace nnrun
