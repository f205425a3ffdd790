#include "backends/onednn/layout.h"

#include <oneapi/dnnl/dnnl_debug.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>

namespace nnrun::onednn {
namespace {

constexpr std::string_view kOwner = "onednn:";

struct Format {
  std::string name;
  memory::format_tag tag;
};

/// All formats of oneDNN with that many dimensions, the usual ones first.
const std::vector<Format>& formats(size_t rank) {
  static const auto all = [] {
    std::array<std::vector<Format>, 13> by_rank;
    const auto add = [&](int tag) {
      const Format f{dnnl_fmt_tag2str(dnnl_format_tag_t(tag)), memory::format_tag(tag)};
      size_t letters = 0;  // the dimensions come first, each once
      while (letters < f.name.size() && std::isalpha(static_cast<unsigned char>(f.name[letters])))
        ++letters;
      if (letters < by_rank.size()) by_rank[letters].push_back(f);
    };
    for (int tag : {dnnl_acdb, dnnl_aBcd8b, dnnl_aBcd16b, dnnl_ABcd8b8a, dnnl_ABcd8a8b,
                    dnnl_ABcd16b16a, dnnl_ABcd16a16b, dnnl_Abcd8a, dnnl_Abcd16a}) {
      add(tag);
    }
    for (int tag = dnnl_format_tag_any + 1; tag < dnnl_format_tag_last; ++tag) add(tag);
    return by_rank;
  }();
  return all.at(rank);
}

/// Whether a format puts elements of that shape where row-major order does: neither padded nor with
/// two dimensions in another order, once those of size 1 are left out.
bool is_row_major(const std::string& name, const memory::dims& shape) {
  size_t i = 0;
  std::vector<std::pair<size_t, int64_t>> inner;  // dimension, block
  std::vector<int64_t> block(shape.size(), 1);
  std::string outer;
  while (i < name.size() && std::isalpha(static_cast<unsigned char>(name[i])))
    outer += char(std::tolower(name[i++]));
  while (i < name.size()) {
    int64_t n = 0;
    while (i < name.size() && std::isdigit(static_cast<unsigned char>(name[i])))
      n = n * 10 + (name[i++] - '0');
    if (i == name.size() || n == 0) return false;
    const size_t d = size_t(name[i++] - 'a');
    if (d >= shape.size()) return false;
    inner.emplace_back(d, n);
    block[d] *= n;
  }
  size_t last = 0;
  const auto in_order = [&](size_t d, int64_t size) {
    if (size == 1) return true;
    const bool good = d >= last;
    last = d;
    return good;
  };
  for (char c : outer) {
    const size_t d = size_t(c - 'a');
    if (d >= shape.size() || shape[d] % block[d] != 0 || !in_order(d, shape[d] / block[d]))
      return false;
  }
  for (const auto& [d, n] : inner) {
    if (!in_order(d, n)) return false;
  }
  return true;
}

}  // namespace

memory::desc row_major(const std::vector<int64_t>& shape, memory::data_type t) {
  memory::dims strides(shape.size());
  int64_t n = 1;
  for (size_t i = shape.size(); i-- > 0; n *= shape[i]) strides[i] = n;
  return {shape, t, strides};
}

std::optional<std::string> layout_of(const memory::desc& m, int64_t groups) {
  const memory::dims shape = compat::dims_of(m);
  const memory::data_type t = compat::type_of(m);
  if (m == row_major(shape, t)) return "";
  for (const Format& f : formats(shape.size())) {
    if (m != memory::desc(shape, t, f.tag, true)) continue;
    if (is_row_major(f.name, shape)) return "";
    const std::string split = groups > 1 ? "/" + std::to_string(groups) : "";
    return std::string(kOwner) + f.name + split;
  }
  return std::nullopt;
}

memory::desc described(const std::vector<int64_t>& shape, memory::data_type t,
                       std::string_view layout) {
  if (layout.empty()) return row_major(shape, t);
  const auto refuse = [&]() -> memory::desc {
    throw Failure(NNR_E_UNSUPPORTED, "layout " + std::string(layout));
  };
  if (layout.substr(0, kOwner.size()) != kOwner) return refuse();
  std::string name(layout.substr(kOwner.size()));
  memory::dims s = shape;
  if (const size_t slash = name.find('/'); slash != std::string::npos) {
    const int64_t groups = std::atoll(name.c_str() + slash + 1);
    name.resize(slash);
    if (groups < 1 || s.empty() || s[0] % groups != 0) return refuse();
    s[0] /= groups;
    s.insert(s.begin(), groups);
  }
  if (s.size() > 12) return refuse();
  for (const Format& f : formats(s.size())) {
    if (f.name == name) return memory::desc(s, t, f.tag);
  }
  return refuse();
}

int channel_block(std::string_view layout) {
  if (layout.substr(0, kOwner.size()) != kOwner) return 0;
  const std::string_view name = layout.substr(kOwner.size());
  for (const char* dims : {"aBc", "aBcd", "aBcde"}) {
    if (name == std::string(dims) + "8b") return 8;
    if (name == std::string(dims) + "16b") return 16;
  }
  return 0;
}

bool has_avx512() {
  static const bool yes = [] {
    const unsigned has = unsigned(dnnl::get_effective_cpu_isa());
    const unsigned needs = unsigned(dnnl::cpu_isa::avx512_core);
    return (has & needs) == needs;
  }();
  return yes;
}

bool has_amx() {
  static const bool yes = [] {
    if (loops().amx.block == nullptr) return false;
    const unsigned has = unsigned(dnnl::get_effective_cpu_isa());
    const unsigned needs = unsigned(dnnl::cpu_isa::avx512_core_amx);
    if ((has & needs) != needs) return false;
#ifdef __x86_64__
    constexpr int kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
    return false;
#endif
  }();
  return yes;
}

std::string channel_blocks(int rank) {
  const std::string dims = std::string("aBcdefgh").substr(0, size_t(rank));
  return std::string(kOwner) + dims + (has_avx512() ? "16b" : "8b");
}

int sample_block(std::string_view layout) {
  return layout == "onednn:Abcd8a" ? 8 : layout == "onednn:Abcd16a" ? 16 : 0;
}

std::string sample_blocks() {
  return std::string(kOwner) + "Abcd" + std::to_string(loops().conv.lanes) + "a";
}

uint64_t bytes_in(const Operand& o, std::string_view layout) {
  if (layout.empty()) return uint64_t(o.numel()) * uint64_t(size_of(o.dtype()));
  const memory::desc m = described(o.shape(), memory::data_type::f32, layout);
  return m.get_size() / 4 * uint64_t(size_of(o.dtype()));
}

Offer in_layout(Offer o, const Desc& d, const std::string& layout,
                std::initializer_list<int> which) {
  if (refused(o)) return o;
  const size_t n = size_t(d.inputs() + d.outputs());
  o.layouts.assign(n, "");
  o.bytes.assign(n, 0);
  for (int i : which) {
    // A result that lies row-major all the same is called so.
    const auto made = [&] {
      return layout_of(described(d.operand(i).shape(), memory::data_type::f32, layout));
    };
    o.layouts[size_t(i)] = i < d.inputs() ? layout : made().value_or(layout);
  }
  for (size_t i = 0; i < n; ++i) {
    if (d.operand(int(i))) o.bytes[i] = bytes_in(d.operand(int(i)), o.layouts[i]);
  }
  return o;
}

}  // namespace nnrun::onednn
