#include "core/plugin/elf.h"

#include <elf.h>
#include <nnrun/error.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/base/text.h"

namespace nnrun {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#else
#error "no ELF machine for this architecture"
#endif

constexpr size_t kMaxSegments = 256;
constexpr uint64_t kMaxSymbols = 1 << 20;
constexpr size_t kMaxName = 4096;

[[noreturn]] void bad_file(const std::string& text) { throw Error(Code::backend, text); }

std::string machine_name(uint16_t m) {
  switch (m) {
    case EM_386: return "x86 (32 bit)";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "ARM (32 bit)";
    case EM_AARCH64: return "aarch64";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "PowerPC64";
    default: return "machine " + std::to_string(m);
  }
}

class File {
 public:
  explicit File(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t size() const { return bytes_.size(); }
  bool holds(uint64_t at, uint64_t n) const { return at <= size() && n <= size() - at; }
  /// By copy, so that alignment does not matter.
  template <class T> T get(uint64_t at, const char* what) const {
    if (!holds(at, sizeof(T)))
      bad_file(std::string("damaged: the ") + what + " lies outside the file");
    T v;
    std::memcpy(&v, bytes_.data() + at, sizeof v);
    return v;
  }
  std::string_view text(uint64_t at, const char* what) const {
    if (at >= size()) bad_file(std::string("damaged: the ") + what + " lies outside the file");
    const char* p = reinterpret_cast<const char*>(bytes_.data()) + at;
    const size_t n = strnlen(p, size_t(std::min<uint64_t>(size() - at, kMaxName)));
    if (n == std::min<uint64_t>(size() - at, kMaxName)) {
      bad_file(std::string("damaged: the ") + what + " has no end");
    }
    return {p, n};
  }

 private:
  std::span<const std::byte> bytes_;
};

/// What the file is when it is not what we want.
void check_header(const File& f) {
  if (f.size() == 0) bad_file("the file is empty");
  unsigned char ident[EI_NIDENT] = {};
  for (uint64_t i = 0; i < std::min<uint64_t>(f.size(), EI_NIDENT); ++i) {
    ident[i] = f.get<unsigned char>(i, "header");
  }
  if (std::memcmp(ident, ELFMAG, SELFMAG) != 0) {
    bad_file(std::string("not a shared library (no ELF header") +
             (ident[0] == '#' && ident[1] == '!' ? "; it is a script)" : ")"));
  }
  if (f.size() < sizeof(Elf64_Ehdr)) {
    bad_file("truncated: " + std::to_string(f.size()) + " bytes, less than an ELF header");
  }
  if (ident[EI_CLASS] != ELFCLASS64) bad_file("not a 64 bit library");
  if (ident[EI_DATA] != ELFDATA2LSB) bad_file("not a little-endian library");
  const auto h = f.get<Elf64_Ehdr>(0, "header");
  if (h.e_machine != kMachine) {
    bad_file("built for " + machine_name(h.e_machine) + ", this machine is " +
             machine_name(kMachine));
  }
  if (h.e_type != ET_DYN) {
    bad_file(h.e_type == ET_EXEC ? "a program, not a shared library"
             : h.e_type == ET_REL
                 ? "an object file, not a shared library"
                 : "not a shared library (ELF type " + std::to_string(h.e_type) + ")");
  }
  if (ident[EI_VERSION] != EV_CURRENT || h.e_version != EV_CURRENT)
    bad_file("damaged: ELF version");
  if (h.e_phentsize != sizeof(Elf64_Phdr)) bad_file("damaged: size of a program header");
  if (h.e_shnum != 0 && !f.holds(h.e_shoff, uint64_t{h.e_shnum} * h.e_shentsize)) {
    bad_file("truncated: its section headers lie outside the file of " + std::to_string(f.size()) +
             " bytes");
  }
  if (h.e_phnum == 0 || h.e_phnum > kMaxSegments) {
    bad_file("damaged: " + std::to_string(h.e_phnum) + " program headers");
  }
}

std::vector<Elf64_Phdr> segments(const File& f) {
  const auto h = f.get<Elf64_Ehdr>(0, "header");
  std::vector<Elf64_Phdr> r;
  if (!f.holds(h.e_phoff, uint64_t(h.e_phnum) * sizeof(Elf64_Phdr))) {
    bad_file("truncated or damaged: the program headers lie outside the file");
  }
  for (unsigned i = 0; i < h.e_phnum; ++i) {
    const auto p = f.get<Elf64_Phdr>(h.e_phoff + i * sizeof(Elf64_Phdr), "program header");
    if (p.p_type == PT_LOAD || p.p_type == PT_DYNAMIC || p.p_type == PT_TLS) {
      if (!f.holds(p.p_offset, p.p_filesz)) {
        bad_file("truncated: a segment ends at byte " + std::to_string(p.p_offset + p.p_filesz) +
                 " of a file of " + std::to_string(f.size()));
      }
      if (p.p_memsz < p.p_filesz || p.p_memsz > (uint64_t{1} << 40) ||
          p.p_vaddr > (uint64_t{1} << 46)) {
        bad_file("damaged: a segment's size in memory");
      }
    }
    if (p.p_type == PT_LOAD) {
      const uint64_t page = 4096;
      if (p.p_align > 1 && (p.p_align & (p.p_align - 1)) != 0)
        bad_file("damaged: a segment's alignment");
      if ((p.p_vaddr - p.p_offset) % std::max(p.p_align, page) != 0) {
        bad_file("damaged: a segment is not aligned to pages");
      }
      if ((p.p_flags & PF_W) && (p.p_flags & PF_X)) {
        bad_file("has a segment that is writable and executable");
      }
      if (!r.empty()) {
        for (auto last = r.rbegin(); last != r.rend(); ++last) {
          if (last->p_type != PT_LOAD) continue;
          if (p.p_vaddr < last->p_vaddr + last->p_memsz) bad_file("damaged: segments overlap");
          break;
        }
      }
    }
    if (p.p_type == PT_INTERP) bad_file("a program, not a shared library");
    if (p.p_type == PT_GNU_STACK && (p.p_flags & PF_X)) bad_file("wants an executable stack");
    r.push_back(p);
  }
  return r;
}

/// Addresses of the library to offsets in the file, and its dynamic section.
class Image {
 public:
  explicit Image(const File& f) : f_(f), segments_(segments(f)) {
    const Elf64_Phdr* dynamic = nullptr;
    for (const Elf64_Phdr& p : segments_) {
      if (p.p_type != PT_DYNAMIC) continue;
      if (dynamic != nullptr) bad_file("damaged: two dynamic sections");
      dynamic = &p;
    }
    if (dynamic == nullptr) bad_file("not a shared library (no dynamic section)");
    if (offset(dynamic->p_vaddr, dynamic->p_filesz, "dynamic section") != dynamic->p_offset) {
      bad_file("damaged: the dynamic section is not where it is loaded");
    }
    bool ended = false;
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
      const auto d = f.get<Elf64_Dyn>(dynamic->p_offset + at, "dynamic section");
      if (d.d_tag == DT_NULL) {
        ended = true;
        break;
      }
      entries_.push_back(d);
    }
    if (!ended) bad_file("damaged: the dynamic section has no end");
  }

  const File& file() const { return f_; }
  const std::vector<Elf64_Dyn>& entries() const { return entries_; }
  std::optional<uint64_t> value(int64_t tag) const {
    for (const Elf64_Dyn& d : entries_) {
      if (d.d_tag == tag) return d.d_un.d_val;
    }
    return std::nullopt;
  }
  uint64_t required(int64_t tag, const char* what) const {
    if (const auto v = value(tag)) return *v;
    bad_file(std::string("damaged: the dynamic section has no ") + what);
  }
  /// Where the n bytes loaded at `address` lie in the file.
  uint64_t offset(uint64_t address, uint64_t n, const char* what) const {
    for (const Elf64_Phdr& p : segments_) {
      if (p.p_type == PT_LOAD && address >= p.p_vaddr && address - p.p_vaddr <= p.p_filesz &&
          n <= p.p_filesz - (address - p.p_vaddr)) {
        return p.p_offset + (address - p.p_vaddr);
      }
    }
    bad_file(std::string("damaged: the ") + what + " lies outside the library");
  }
  bool executable(uint64_t address) const {
    for (const Elf64_Phdr& p : segments_) {
      if (p.p_type == PT_LOAD && (p.p_flags & PF_X) && address >= p.p_vaddr &&
          address - p.p_vaddr < p.p_filesz) {
        return true;
      }
    }
    return false;
  }

 private:
  const File& f_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Dyn> entries_;
};

/// The dynamic strings.
class Strings {
 public:
  explicit Strings(const Image& image)
      : f_(image.file()),
        size_(image.required(DT_STRSZ, "size of its strings")),
        at_(image.offset(image.required(DT_STRTAB, "strings"), size_, "strings")) {}
  std::string_view get(uint64_t i, const char* what) const {
    if (i >= size_) bad_file(std::string("damaged: the ") + what + " lies outside the strings");
    return f_.text(at_ + i, what);
  }

 private:
  const File& f_;
  uint64_t size_, at_;
};

/// Symbols in the table, from DT_HASH or DT_GNU_HASH: nothing else says how long it is.
uint64_t symbol_count(const Image& image) {
  const File& f = image.file();
  if (const auto hash = image.value(DT_HASH)) {
    return f.get<uint32_t>(image.offset(*hash, 8, "hash table") + 4, "hash table");
  }
  const uint64_t address = image.required(DT_GNU_HASH, "hash table");
  const uint64_t at = image.offset(address, 16, "hash table");
  const auto buckets = f.get<uint32_t>(at, "hash table"),
             first = f.get<uint32_t>(at + 4, "hash table"),
             words = f.get<uint32_t>(at + 8, "hash table");
  if (buckets > kMaxSymbols || words > kMaxSymbols) bad_file("damaged: size of the hash table");
  const uint64_t bucket_at = at + 16 + uint64_t(words) * 8,
                 chain_at = bucket_at + uint64_t(buckets) * 4;
  uint64_t last = 0;
  for (uint64_t i = 0; i < buckets; ++i) {
    last = std::max<uint64_t>(last, f.get<uint32_t>(bucket_at + i * 4, "hash table"));
  }
  if (last < first) return first;
  while (!(f.get<uint32_t>(chain_at + (last - first) * 4, "hash table") & 1)) ++last;
  return last + 1;
}

void check_symbols(const Image& image, const Strings& strings, const std::string& entry) {
  const uint64_t n = symbol_count(image);
  if (n > kMaxSymbols) bad_file("damaged: " + std::to_string(n) + " symbols");
  if (image.value(DT_SYMENT).value_or(sizeof(Elf64_Sym)) != sizeof(Elf64_Sym)) {
    bad_file("damaged: size of a symbol");
  }
  const uint64_t at =
      image.offset(image.required(DT_SYMTAB, "symbols"), n * sizeof(Elf64_Sym), "symbols");
  bool found = false;
  for (uint64_t i = 1; i < n; ++i) {
    const auto s = image.file().get<Elf64_Sym>(at + i * sizeof(Elf64_Sym), "symbols");
    if (strings.get(s.st_name, "name of a symbol") != entry || s.st_shndx == SHN_UNDEF) continue;
    if (ELF64_ST_TYPE(s.st_info) != STT_FUNC)
      bad_file("its symbol " + entry + " is not a function");
    if (!image.executable(s.st_value)) bad_file("damaged: " + entry + " does not lie in its code");
    found = true;
  }
  if (!found) {
    throw Error(Code::backend, "not a plug-in for this nnrun: it does not define " + entry)
        .with_hint("a plug-in includes <nnrun/plugin.hpp> and ends in NNRUN_PLUGIN");
  }
}

}  // namespace

ElfInfo check_elf(std::span<const std::byte> bytes, const std::string& entry) {
  const File f(bytes);
  check_header(f);
  const Image image(f);
  if (image.value(DT_TEXTREL) || (image.value(DT_FLAGS).value_or(0) & DF_TEXTREL)) {
    bad_file("wants text relocations; compile it with -fPIC");
  }
  const Strings strings(image);
  ElfInfo info;
  for (const Elf64_Dyn& d : image.entries()) {
    if (d.d_tag != DT_NEEDED) continue;
    info.needed.push_back(printable(strings.get(d.d_un.d_val, "name of a needed library")));
  }
  check_symbols(image, strings, entry);
  return info;
}

}  // namespace nnrun
