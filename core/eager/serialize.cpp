#include <nnrun/serialize.h>

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/eager/body.h"
#include "core/tensor/safetensors.h"

namespace nnrun::serialize {
namespace {

constexpr size_t kNamesInMessage = 8;

NamedArrays arrays_of(const std::map<std::string, Tensor>& tensors) {
  NamedArrays r;
  for (const auto& [name, t] : tensors) r.emplace_back(name, host_array(t));
  return r;
}

const Metadata kFormat = {{"format", "pt"}};  // asked for by readers of weights for PyTorch

}  // namespace

void OutputArchive::write(const std::string& key, const Tensor& tensor, bool) {
  if (!tensor.defined()) {
    throw Error(Code::model, "[save] tensor '" + printable(key) + "' is undefined");
  }
  tensors_[key] = tensor;
}
void OutputArchive::write(const std::string& key, OutputArchive& nested_archive) {
  for (const auto& [name, t] : nested_archive.tensors_) tensors_[key + "." + name] = t;
}
void OutputArchive::save_to(const std::string& filename) {
  write_safetensors(filename, arrays_of(tensors_), kFormat);
}
void OutputArchive::save_to(std::ostream& stream) {
  save_to([&](const void* data, size_t n) {
    stream.write(static_cast<const char*>(data), std::streamsize(n));
    return stream ? n : 0;
  });
}
void OutputArchive::save_to(const std::function<size_t(const void*, size_t)>& func) {
  const auto out = [&](std::string_view bytes) {
    if (func(bytes.data(), bytes.size()) != bytes.size()) {
      throw Error(Code::data, "[save] cannot write " + std::to_string(bytes.size()) + " bytes");
    }
  };
  write_safetensors(out, arrays_of(tensors_), kFormat);
}

struct InputArchive::File {
  std::string name;
  std::map<std::string, Tensor> tensors;

  static std::shared_ptr<const File> read(Reader& in, optional<Device> device) {
    auto f = std::make_shared<File>();
    f->name = in.name();
    const EagerDevice& d = open_device(device.value_or(Device(kCPU)));
    for (const auto& [name, a] : read_safetensors(in).tensors) {
      f->tensors.emplace(name, from_array(d, a));
    }
    return f;
  }
};

bool InputArchive::try_read(const std::string& key, Tensor& tensor, bool) {
  if (file_ == nullptr) throw Error(Code::model, "[load] nothing was loaded into the archive");
  const auto it = file_->tensors.find(prefix_ + key);
  if (it == file_->tensors.end()) return false;
  NoGradGuard guard;
  if (tensor.defined())
    tensor.set_data(it->second.to(TensorOptions(tensor.device()), false, true));
  else
    tensor = it->second.clone();
  return true;
}
void InputArchive::read(const std::string& key, Tensor& tensor, bool is_buffer) {
  if (try_read(key, tensor, is_buffer)) return;
  std::vector<std::string> names;
  for (const auto& [name, t] : file_->tensors) {
    if (names.size() == kNamesInMessage) {
      names.push_back("...");
      break;
    }
    names.push_back(printable(name));
  }
  throw Error(Code::data,
              printable(file_->name) + ": there is no tensor '" + printable(prefix_ + key) + "'")
      .with_hint(names.empty() ? "it holds no tensors" : "it holds " + join(names));
}

bool InputArchive::try_read(const std::string& key, InputArchive& archive) {
  if (file_ == nullptr) throw Error(Code::model, "[load] nothing was loaded into the archive");
  const std::string prefix = prefix_ + key + ".";
  const auto it = file_->tensors.lower_bound(prefix);
  if (it == file_->tensors.end() || it->first.compare(0, prefix.size(), prefix) != 0) return false;
  archive.file_ = file_;
  archive.prefix_ = prefix;
  return true;
}
void InputArchive::read(const std::string& key, InputArchive& archive) {
  if (try_read(key, archive)) return;
  throw Error(Code::data, printable(file_->name) + ": there is nothing called '" +
                              printable(prefix_ + key) + ".'");
}

std::vector<std::string> InputArchive::keys() const {
  std::vector<std::string> r;
  if (file_ == nullptr) return r;
  for (auto it = file_->tensors.lower_bound(prefix_); it != file_->tensors.end(); ++it) {
    if (it->first.compare(0, prefix_.size(), prefix_) != 0) break;
    std::string key = it->first.substr(prefix_.size());
    key.resize(std::min(key.find('.'), key.size()));
    if (std::find(r.begin(), r.end(), key) == r.end()) r.push_back(std::move(key));
  }
  return r;
}

void InputArchive::load_from(const std::string& filename, optional<Device> device) {
  const InputFile file(filename);
  FileReader in(file);
  file_ = File::read(in, device);
  prefix_.clear();
}
void InputArchive::load_from(std::istream& stream, optional<Device> device) {
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  load_from(bytes.data(), bytes.size(), device);
}
void InputArchive::load_from(const char* data, size_t size, optional<Device> device) {
  MemoryReader in("<stream>", {data, size});
  file_ = File::read(in, device);
  prefix_.clear();
}

}  // namespace nnrun::serialize
