#include "core/data/npy.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/data/payload.h"

namespace nnrun {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Header {
  Stored stored;
  bool fortran = false;
  Shape shape;
};

/// The header is a Python dict literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  Header parse() {
    Header h;
    std::set<std::string> seen;
    expect('{', "a dict");
    while (!next_is('}')) {
      const std::string key = string("a key");
      if (!seen.insert(key).second) fail("'" + printable(key, 32) + "' is there twice");
      expect(':', "':' after '" + printable(key, 32) + "'");
      if (key == "descr") {
        h.stored = descr();
      } else if (key == "fortran_order") {
        h.fortran = boolean();
      } else if (key == "shape") {
        h.shape = shape();
      } else {
        fail("unknown key '" + printable(key, 32) + "'");
      }
      if (!next_is(',') && !at('}')) fail("',' or '}' expected");
    }
    skip_space();
    if (!text_.empty()) fail("text after the dict");
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      if (seen.count(key) == 0) fail("'" + std::string(key) + "' is missing");
    }
    return h;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Code::data, printable(file_) + ": npy header: " + why);
  }
  void skip_space() {
    const size_t n = text_.find_first_not_of(" \t\n\r");
    text_.remove_prefix(n == std::string_view::npos ? text_.size() : n);
  }
  bool at(char c) {
    skip_space();
    return !text_.empty() && text_[0] == c;
  }
  bool next_is(char c) {
    if (!at(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c, const std::string& what) {
    if (!next_is(c)) fail(what + " expected");
  }
  std::string string(const std::string& what) {
    if (!at('\'') && !at('"')) fail(what + " in quotes expected");
    const char quote = text_[0];
    const size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) fail(what + " has no closing quote");
    std::string s(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return s;
  }
  bool word(std::string_view w) {
    skip_space();
    if (text_.substr(0, w.size()) != w) return false;
    text_.remove_prefix(w.size());
    return true;
  }
  bool boolean() {
    if (word("True")) return true;
    if (word("False")) return false;
    fail("fortran_order: True or False expected");
  }
  Stored descr() {
    if (at('[')) fail("descr: structured arrays are not read");
    const std::string d = string("descr");
    if (d.find('O') != std::string::npos) {
      fail("descr '" + printable(d, 32) + "': object arrays (pickle) are never loaded");
    }
    Stored s;
    DType held;
    if (d.size() == 3 && std::string_view("<>|=").find(d[0]) != std::string_view::npos) {
      s = {d[1], d[2] - '0', d[0] == '>'};
    }
    if (!held_as(s, &held) || (d[0] == '|' && s.bytes > 1)) {
      fail("descr '" + printable(d, 32) +
           "' is not a number type that is read: f2 f4 f8, i1 to i8, u1 to u8, b1");
    }
    return s;
  }
  Shape shape() {
    expect('(', "shape: a tuple");
    Shape s;
    while (!next_is(')')) {
      skip_space();
      int64_t d = -1;
      const auto r = std::from_chars(text_.data(), text_.data() + text_.size(), d);
      if (r.ec != std::errc() || d < 0) fail("shape: numbers of 0 to 2^63-1 expected");
      text_.remove_prefix(size_t(r.ptr - text_.data()));
      if (s.rank() == Shape::kMaxRank) fail("shape: more than 8 dimensions");
      s.push_back(d);
      if (!next_is(',')) {
        // (3) is a number in Python, (3,) a tuple.
        if (!at(')') || s.rank() == 1) fail("shape: ',' or ')' expected");
      }
    }
    return s;
  }

  const std::string& file_;
  std::string_view text_;
};

Header read_header(Reader& in) {
  auto fail = [&](const std::string& why) {
    throw Error(Code::data, printable(in.name()) + ": npy header: " + why);
  };
  unsigned char fixed[12];
  const int64_t got = in.read(fixed, 8);
  if (got < 8 || std::string_view(reinterpret_cast<char*>(fixed), 6) != kMagic) {
    fail(got == 0 ? "the file is empty" : "it does not begin as an npy file");
  }
  const int version = fixed[6];
  if (version < 1 || version > 3 || fixed[7] != 0) {
    fail("version " + std::to_string(version) + "." + std::to_string(fixed[7]) +
         ", known are 1.0 to 3.0");
  }
  const int width = version == 1 ? 2 : 4;
  if (in.read(fixed + 8, width) < width) fail("cut short");
  int64_t n = 0;
  for (int i = width - 1; i >= 0; --i) n = n << 8 | fixed[8 + i];
  if (n > limits().header_bytes || n > in.bound()) {
    fail("its length is " + std::to_string(n) + ", with at most " + std::to_string(in.bound()) +
         " bytes left");
  }
  std::string text(size_t(n), '\0');
  if (in.read(text.data(), n) < n) fail("cut short");
  return HeaderParser(in.name(), text).parse();
}

/// The same values with the dimensions' order in memory reversed.
Array from_fortran(const Array& a, const Shape& shape) {
  Array r(a.dtype(), shape);
  const int64_t width = size_of(a.dtype()), n = shape.numel();
  const char* from = static_cast<const char*>(a.raw());
  char* to = static_cast<char*>(r.raw());
  Shape step;  // of the source, per dimension
  for (int64_t s = width; int64_t d : shape) step.push_back(s), s *= std::max<int64_t>(d, 1);
  Shape index(std::vector<int64_t>(shape.size(), 0));
  int64_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    std::memcpy(to + i * width, from + at, size_t(width));
    for (int d = shape.rank() - 1; d >= 0; --d) {
      at += step[d];
      if (++index[d] < shape[d]) break;
      at -= step[d] * shape[d];
      index[d] = 0;
    }
  }
  return r;
}

const char* descr_of(DType t) {
  switch (t) {
    case DType::float32:
    case DType::bfloat16: return "<f4";
    case DType::float64: return "<f8";
    case DType::float16: return "<f2";
    case DType::int32: return "<i4";
    case DType::int64: return "<i8";
    case DType::uint8: return "|u1";
    case DType::boolean: return "|b1";
  }
  return "";
}

std::string header_of(const Array& a) {
  const std::string dict = std::string("{'descr': '") + descr_of(a.dtype()) +
                           "', 'fortran_order': False, 'shape': " + a.shape().str() + ", }";
  // Magic, version and length are 10 bytes; a newline ends the padding.
  const size_t n = size_t(align_up(int64_t(10 + dict.size() + 1), 64)) - 10;
  std::string h(kMagic);
  h += {'\1', '\0', char(n & 0xff), char(n >> 8)};
  h += dict;
  h.append(n - dict.size() - 1, ' ');
  return h + '\n';
}

Array as_written(const Array& a) {
  return a.dtype() == DType::bfloat16 ? a.cast(DType::float32) : a;
}

std::string_view bytes_of(const Array& a) {
  return {static_cast<const char*>(a.raw()), size_t(a.bytes())};
}

}  // namespace

Array read_npy(Reader& in) {
  const Header h = read_header(in);
  int64_t n = 1;
  for (int64_t d : h.shape) {
    if (!mul_ok(n, d, &n)) {
      throw Error(Code::data, printable(in.name()) + ": npy header: shape " + h.shape.str() +
                                  " is beyond 64 bits");
    }
  }
  if (!h.fortran || h.shape.rank() < 2) return read_stored(in, h.stored, h.shape);
  return from_fortran(read_stored(in, h.stored, h.shape), h.shape);
}

Array read_npy(const std::string& path) { return read_npy(*open_reader(path)); }

std::string npy_bytes(const Array& a) {
  const Array w = as_written(a);
  return header_of(w).append(bytes_of(w));
}

void write_npy(const std::string& path, const Array& a) { atomic_write(path, npy_bytes(a)); }

std::vector<std::string> npz_names(const ZipFile& archive) {
  std::vector<std::string> names;
  for (const ZipEntry& e : archive.entries()) {
    const bool npy = e.name.size() > 4 && e.name.compare(e.name.size() - 4, 4, ".npy") == 0;
    if (npy) names.push_back(e.name.substr(0, e.name.size() - 4));
  }
  return names;
}

Array read_npz(const ZipFile& archive, const std::string& name) {
  const ZipEntry* entry = archive.find(name + ".npy");
  if (entry == nullptr) {
    std::vector<std::string> names;
    for (const std::string& n : npz_names(archive)) names.push_back(printable(n, 64));
    if (names.size() > 12) names.resize(12), names.push_back("...");
    throw Error(Code::data, printable(archive.path()) + ": no array '" + printable(name) +
                                "'; it holds: " + (names.empty() ? "none" : join(names)))
        .with_hint(did_you_mean(name, names));
  }
  return read_npy(*archive.open(*entry));
}

void write_npz(const std::string& path, const std::vector<std::pair<std::string, Array>>& arrays) {
  atomic_write(path, [&](FileWriter& out) {
    ZipWriter zip(out);
    for (const auto& [name, a] : arrays) {
      const Array w = as_written(a);
      zip.add(name + ".npy", {header_of(w), bytes_of(w)});
    }
    zip.finish();
  });
}

}  // namespace nnrun
