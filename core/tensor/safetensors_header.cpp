#include "core/tensor/safetensors_header.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace nnrun {
namespace {

using Json = nlohmann::json;

bool dtype_of(std::string_view name, DType* out) {
  for (int i = 0; i < sdk::kDTypes; ++i) {
    if (name == safetensors_dtype(DType(i))) {
      *out = DType(i);
      return true;
    }
  }
  return false;
}

std::string known_dtypes() {
  std::vector<std::string> names;
  for (int i = 0; i < sdk::kDTypes; ++i) names.push_back(safetensors_dtype(DType(i)));
  return join(names);
}

/// nlohmann's event interface, straight into the header: nothing is built that is not wanted, so a
/// hostile header costs no more than its bytes. Events say nothing of positions; names do.
class HeaderEvents : public Json::json_sax_t {
 public:
  HeaderEvents(const std::string& file, SafetensorsHeader* out) : file_(file), out_(*out) {}

  bool start_object(size_t) override {
    if (at_ == At::start) return at_ = At::names, true;
    if (at_ != At::entry) unexpected("an object");
    at_ = tensor_key_ == "__metadata__" ? At::metadata : At::tensor;
    if (at_ == At::tensor) begin_tensor();
    return true;
  }
  bool key(string_t& key) override {
    if (int64_t(key.size()) > limits().name_bytes) {
      fail("a name of " + std::to_string(key.size()) + " bytes, the limit is " +
           std::to_string(limits().name_bytes));
    }
    if (at_ == At::names) {
      if (!names_.insert(key).second) fail(quoted(key) + " is there twice");
      tensor_key_ = key;
      at_ = At::entry;
    } else if (at_ == At::metadata) {
      if (out_.metadata.count(key) != 0)
        fail("__metadata__ key " + quoted(key) + " is there twice");
      // Checksums are one a tensor.
      if (int64_t(out_.metadata.size()) > 2 * limits().tensors) fail("too many __metadata__ keys");
      field_ = key;
    } else {
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        fail_tensor("unknown key " + quoted(key));
      }
      if (!fields_.insert(key).second) fail_tensor(key + " is there twice");
      field_ = key;
    }
    return true;
  }
  bool end_object() override {
    if (at_ == At::tensor) end_tensor();
    at_ = at_ == At::names ? At::end : At::names;
    return true;
  }
  bool start_array(size_t) override {
    const bool wanted = at_ == At::tensor && (field_ == "shape" || field_ == "data_offsets");
    if (!wanted) unexpected("an array");
    at_ = At::numbers;
    return true;
  }
  bool end_array() override {
    at_ = At::tensor;
    field_.clear();
    return true;
  }
  bool string(string_t& value) override {
    if (at_ == At::metadata) {
      out_.metadata[field_] = std::move(value);
    } else if (at_ == At::tensor && field_ == "dtype") {
      if (!dtype_of(value, &out_.tensors.back().dtype)) {
        fail_tensor("dtype " + quoted(value) + " is not held here; known: " + known_dtypes());
      }
      field_.clear();
    } else {
      unexpected("a text");
    }
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (at_ != At::numbers) unexpected("a number");
    if (value > uint64_t(INT64_MAX)) fail_tensor(field_ + " is beyond 64 bits");
    if (field_ == "shape") {
      if (out_.tensors.back().shape.rank() == limits().rank) {
        fail_tensor("shape has more than " + std::to_string(limits().rank) + " dimensions");
      }
      out_.tensors.back().shape.push_back(int64_t(value));
    } else {
      if (offsets_.size() == 2) fail_tensor("data_offsets has more than two numbers");
      offsets_.push_back(int64_t(value));
    }
    return true;
  }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return unexpected("a fraction"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool null() override { return unexpected("null"); }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    not_json(position);
  }
  [[noreturn]] void not_json(size_t position) const {
    fail("the header is not JSON, at byte " + std::to_string(position) + " of it");
  }

 private:
  // Where in the header: before it, among the names, before the value of one, inside one.
  enum class At { start, names, entry, metadata, tensor, numbers, end };

  static std::string quoted(const std::string& s) { return "'" + printable(s, 64) + "'"; }
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Code::data, printable(file_) + ": not a sound safetensors file: " + why);
  }
  [[noreturn]] void fail_tensor(const std::string& why) const {
    fail("tensor " + quoted(tensor_key_) + ": " + why);
  }
  bool unexpected(const std::string& what) const {
    if (at_ == At::start) fail("the header is " + what + ", expected an object");
    if (at_ == At::metadata)
      fail("__metadata__ key " + quoted(field_) + " is " + what + ", expected a text");
    if (at_ == At::entry) fail(quoted(tensor_key_) + " is " + what + ", expected an object");
    fail_tensor(field_ + " holds " + what);
  }
  void begin_tensor() {
    if (int64_t(out_.tensors.size()) >= limits().tensors) {
      throw Error(Code::memory, printable(file_) + ": has more than the limit of " +
                                    std::to_string(limits().tensors) + " tensors");
    }
    out_.tensors.emplace_back().name = tensor_key_;
    fields_.clear();
    offsets_.clear();
  }
  void end_tensor() {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (fields_.count(field) == 0) fail_tensor(std::string(field) + " is missing");
    }
    if (offsets_.size() != 2) fail_tensor("data_offsets has fewer than two numbers");
    TensorEntry& t = out_.tensors.back();
    t.begin = offsets_[0], t.end = offsets_[1];
    if (t.begin > t.end) fail_tensor("its data ends before it begins");
    int64_t bytes = size_of(t.dtype);
    for (int64_t d : t.shape) {
      if (!mul_ok(bytes, d, &bytes)) fail_tensor("shape " + t.shape.str() + " is beyond 64 bits");
    }
    if (t.end - t.begin != bytes) {
      fail_tensor("shape " + t.shape.str() + " of " + safetensors_dtype(t.dtype) + " needs " +
                  std::to_string(bytes) + " bytes, its data has " +
                  std::to_string(t.end - t.begin));
    }
  }

  const std::string& file_;
  SafetensorsHeader& out_;
  At at_ = At::start;
  std::string tensor_key_, field_;
  std::set<std::string> names_, fields_;
  std::vector<int64_t> offsets_;
};

/// Sorted by their data, the tensors must follow each other from 0 to the end.
void check_cover(const std::string& file, std::vector<TensorEntry>* tensors, int64_t data_bytes) {
  auto fail = [&](const std::string& why) {
    throw Error(Code::data, printable(file) + ": not a sound safetensors file: " + why);
  };
  std::stable_sort(tensors->begin(), tensors->end(),
                   [](const TensorEntry& a, const TensorEntry& b) {
                     return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
                   });
  int64_t covered = 0;
  for (const TensorEntry& t : *tensors) {
    const std::string who = "tensor '" + printable(t.name, 64) + "': ";
    if (t.end > data_bytes) {
      fail(who + "its data ends at byte " + std::to_string(t.end) + " of " +
           std::to_string(data_bytes));
    }
    if (t.begin < covered) fail(who + "its data overlaps another's");
    if (t.begin > covered) {
      fail(who + "there are " + std::to_string(t.begin - covered) + " unused bytes before it");
    }
    covered = t.end;
  }
  if (covered != data_bytes) {
    fail(std::to_string(data_bytes - covered) + " bytes after the last tensor");
  }
}

std::string json_text(const std::string& s) { return Json(s).dump(); }

}  // namespace

const char* safetensors_dtype(DType dtype) {
  switch (dtype) {
    case DType::float32: return "F32";
    case DType::float64: return "F64";
    case DType::bfloat16: return "BF16";
    case DType::float16: return "F16";
    case DType::int32: return "I32";
    case DType::int64: return "I64";
    case DType::uint8: return "U8";
    case DType::boolean: return "BOOL";
  }
  return "";
}

SafetensorsHeader parse_safetensors_header(const std::string& file, std::string_view json,
                                           int64_t data_bytes) {
  SafetensorsHeader header;
  HeaderEvents events(file, &header);
  // nlohmann takes a NUL byte for the end of the text, whatever follows.
  if (const size_t nul = json.find('\0'); nul != json.npos) events.not_json(nul);
  Json::sax_parse(json, &events);
  check_cover(file, &header.tensors, data_bytes);
  return header;
}

std::string safetensors_header_text(const SafetensorsHeader& header) {
  std::string s = "{";
  auto next = [&s](char before) {
    if (s.back() != before) s += ',';
  };
  if (!header.metadata.empty()) {
    s += "\"__metadata__\":{";
    for (const auto& [key, value] : header.metadata) {
      next('{');
      s += json_text(key) + ":" + json_text(value);
    }
    s += '}';
  }
  for (const TensorEntry& t : header.tensors) {
    next('{');
    s += json_text(t.name) + ":{\"dtype\":\"" + safetensors_dtype(t.dtype) + "\",\"shape\":[";
    for (int64_t d : t.shape) {
      next('[');
      s += std::to_string(d);
    }
    s += "],\"data_offsets\":[" + std::to_string(t.begin) + "," + std::to_string(t.end) + "]}";
  }
  return s + "}";
}

}  // namespace nnrun
