#include "core/tensor/safetensors.h"

#include <algorithm>
#include <set>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/tensor/safetensors_header.h"

namespace nnrun {
namespace {

constexpr int kLengthBytes = 8;
const std::string kSum = "sha256", kTensorSum = "sha256.";

std::string_view bytes_of(const Array& a) {
  return {static_cast<const char*>(a.raw()), size_t(a.bytes())};
}

[[noreturn]] void fail(const Reader& in, const std::string& why) {
  throw Error(Code::data, printable(in.name()) + ": not a sound safetensors file: " + why);
}

/// Says so when the bytes that a file begins with are those of another known kind of weights.
void refuse_other_formats(const Reader& in, std::string_view begin) {
  struct Magic {
    std::string_view bytes;
    const char* text;
  };
  static constexpr std::string_view kHdf5 = "\x89HDF\r\n\x1a\n";
  static const Magic magics[] = {
      {"PK\x03\x04", "a zip archive: PyTorch pickle files (.pt, .pth) are not loaded"},
      {"\x80\x02", "a Python pickle: PyTorch pickle files are not loaded"},
      {"GGUF", "a GGUF file"},
      {kHdf5, "an HDF5 file"},
      {"\x93NUMPY", "a NumPy .npy file"},
  };
  // A header length may begin with the two bytes of a pickle; its text then begins with a brace.
  if (begin.size() > kLengthBytes && begin[kLengthBytes] == '{') return;
  for (const Magic& m : magics) {
    if (begin.substr(0, m.bytes.size()) == m.bytes) {
      throw Error(Code::data, printable(in.name()) + ": this is " + m.text)
          .with_hint(
              "save it as safetensors: safetensors.torch.save_file(model.state_dict(), path)");
    }
  }
}

void read_exactly(Reader& in, void* to, int64_t n) {
  if (in.read(to, n) != n) fail(in, "it ends too early");
}

/// The JSON text of the header, which may end with spaces.
std::string read_header(Reader& in) {
  const int64_t size = in.bound();
  char begin[kLengthBytes + 1];
  const int64_t got = in.read(begin, kLengthBytes + 1);
  refuse_other_formats(in, {begin, size_t(got)});
  if (got < kLengthBytes) fail(in, "it has " + std::to_string(got) + " bytes: too short");
  uint64_t n = 0;
  for (int i = kLengthBytes - 1; i >= 0; --i) n = n << 8 | static_cast<unsigned char>(begin[i]);
  const int64_t most = std::min(size - kLengthBytes, limits().header_bytes);
  if (n < 2 || n > uint64_t(most)) {
    fail(in, "header length " + std::to_string(n) + ", expected 2 to " + std::to_string(most));
  }
  std::string json(size_t(n), begin[kLengthBytes]);
  read_exactly(in, json.data() + 1, int64_t(n) - 1);
  return json;
}

Array read_tensor(Reader& in, const TensorEntry& t) {
  Array a(t.dtype, t.shape);
  read_exactly(in, a.raw(), t.end - t.begin);
  if (t.dtype == DType::boolean) {
    const auto* p = static_cast<const uint8_t*>(a.raw());
    if (std::any_of(p, p + a.numel(), [](uint8_t v) { return v > 1; })) {
      fail(in, "tensor '" + printable(t.name, 64) + "': a bool is neither 0 nor 1");
    }
  }
  return a;
}

bool is_checksum(const std::string& key) {
  return key == kSum || key.compare(0, kTensorSum.size(), kTensorSum) == 0;
}

std::string header_sum(SafetensorsHeader header) {
  header.metadata.erase(kSum);
  return sha256(safetensors_header_text(header));
}

/// Either nothing has a checksum, or everything: one that went missing is damage too.
void check_sums(const Reader& in, const SafetensorsHeader& header, const NamedArrays& tensors) {
  const Metadata& meta = header.metadata;
  const bool any = std::any_of(meta.begin(), meta.end(),
                               [](const auto& entry) { return is_checksum(entry.first); });
  if (!any) return;
  auto matches = [&](const std::string& key, const std::string& sum) {
    const auto it = meta.find(key);
    return it != meta.end() && it->second == sum;
  };
  if (!matches(kSum, header_sum(header))) fail(in, "the checksum of its header is wrong");
  for (const auto& [name, a] : tensors) {
    if (!matches(kTensorSum + name, sha256(bytes_of(a)))) {
      fail(in, "the checksum of tensor '" + printable(name, 64) + "' is wrong");
    }
  }
}

/// The Python package's order: by alignment and kind, widest first, then by name.
int sort_rank(DType t) {
  switch (t) {
    case DType::int64: return 0;
    case DType::float64: return 1;
    case DType::float32: return 2;
    case DType::int32: return 3;
    case DType::bfloat16: return 4;
    case DType::float16: return 5;
    case DType::uint8: return 6;
    case DType::boolean: return 7;
  }
  return 8;
}

NamedArrays sorted(const NamedArrays& tensors) {
  NamedArrays r = tensors;
  std::sort(r.begin(), r.end(), [](const auto& a, const auto& b) {
    return std::pair(sort_rank(a.second.dtype()), std::string_view(a.first)) <
           std::pair(sort_rank(b.second.dtype()), std::string_view(b.first));
  });
  std::set<std::string_view> names = {"__metadata__"};
  for (const auto& [name, a] : r) {
    if (!names.insert(name).second) {
      throw Error(Code::internal, "write_safetensors: two tensors are named '" + name + "'");
    }
  }
  return r;
}

SafetensorsHeader header_of(const NamedArrays& tensors, const Metadata& metadata, bool checksums) {
  SafetensorsHeader h;
  h.metadata = metadata;
  int64_t at = 0;
  for (const auto& [name, a] : tensors) {
    const int64_t end = checked_add(at, a.bytes());
    h.tensors.push_back({name, a.dtype(), a.shape(), at, end});
    at = end;
    if (checksums) h.metadata[kTensorSum + name] = sha256(bytes_of(a));
  }
  if (checksums) h.metadata[kSum] = header_sum(h);
  return h;
}

}  // namespace

SafeTensors read_safetensors(const std::string& path) {
  const InputFile file(path);
  FileReader in(file);
  return read_safetensors(in);
}

SafeTensors read_safetensors(Reader& in) {
  const std::string json = read_header(in);
  const int64_t data_bytes = in.bound();
  if (data_bytes > limits().data_bytes) {
    throw Error(Code::memory, printable(in.name()) + ": needs " + std::to_string(data_bytes) +
                                  " bytes in memory, more than the limit of " +
                                  std::to_string(limits().data_bytes));
  }
  const SafetensorsHeader header = parse_safetensors_header(in.name(), json, data_bytes);
  SafeTensors out;
  for (const TensorEntry& t : header.tensors) out.tensors.emplace_back(t.name, read_tensor(in, t));
  check_sums(in, header, out.tensors);
  for (const auto& [key, value] : header.metadata) {
    if (!is_checksum(key)) out.metadata[key] = value;
  }
  return out;
}

void write_safetensors(const ByteSink& out, const NamedArrays& tensors, const Metadata& metadata,
                       bool checksums) {
  const NamedArrays in_order = sorted(tensors);
  std::string json = safetensors_header_text(header_of(in_order, metadata, checksums));
  json.resize(size_t(align_up(int64_t(json.size()), kLengthBytes)), ' ');
  std::string length;
  for (uint64_t i = 0, n = json.size(); i < kLengthBytes; ++i, n >>= 8) length += char(n & 0xff);
  out(length);
  out(json);
  for (const auto& [name, a] : in_order) out(bytes_of(a));
}

void write_safetensors(const std::string& path, const NamedArrays& tensors,
                       const Metadata& metadata, bool checksums) {
  atomic_write(path, [&](FileWriter& file) {
    write_safetensors([&](std::string_view bytes) { file.write(bytes); }, tensors, metadata,
                      checksums);
  });
}

}  // namespace nnrun
