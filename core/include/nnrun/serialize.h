// Saving and loading of tensors, modules and optimizers, as safetensors files: what a module saves
// is what safetensors.torch.save_file(model.state_dict(), path) saves in Python.
//
//   save(model, "model.safetensors");
//   load(model, "model.safetensors");
//
// Files are replaced at once or not at all. Throws Error(data) naming file and tensor: a file that
// cannot be read or written, is no sound safetensors file, or lacks a tensor.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nnrun/tensor.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {
namespace serialize {

/// Tensors by name on their way to a file. Names of a nested archive are paths: "fc.weight".
class OutputArchive {
 public:
  OutputArchive() = default;
  OutputArchive(OutputArchive&&) = default;
  OutputArchive& operator=(OutputArchive&&) = default;

  /// The tensor itself, not a copy: it must not change before it is saved.
  void write(const std::string& key, const Tensor& tensor, bool is_buffer = false);
  void write(const std::string& key, OutputArchive& nested_archive);
  void save_to(const std::string& filename);
  void save_to(std::ostream& stream);
  void save_to(const std::function<size_t(const void*, size_t)>& func);

 private:
  std::map<std::string, Tensor> tensors_;
};

/// Tensors by name, from a file.
class InputArchive {
 public:
  InputArchive() = default;
  InputArchive(InputArchive&&) = default;
  InputArchive& operator=(InputArchive&&) = default;

  /// Into a defined tensor as set_data() does, but it stays on its device. False: there is none.
  bool try_read(const std::string& key, Tensor& tensor, bool is_buffer = false);
  void read(const std::string& key, Tensor& tensor, bool is_buffer = false);
  /// All that is called "key.".
  bool try_read(const std::string& key, InputArchive& archive);
  void read(const std::string& key, InputArchive& archive);
  /// Names, and those of archives inside, without what is inside of them.
  std::vector<std::string> keys() const;

  /// Onto `device`; by default the CPU.
  void load_from(const std::string& filename, optional<Device> device = nullopt);
  /// To the end of the stream.
  void load_from(std::istream& stream, optional<Device> device = nullopt);
  void load_from(const char* data, size_t size, optional<Device> device = nullopt);

 private:
  struct File;
  std::shared_ptr<const File> file_;
  std::string prefix_;
};

}  // namespace serialize

inline serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Tensor& t) {
  archive.write("0", t);
  return archive;
}
inline serialize::InputArchive& operator>>(serialize::InputArchive& archive, Tensor& t) {
  archive.read("0", t);
  return archive;
}

/// A tensor, module, holder of one, or optimizer; `to`: what OutputArchive::save_to takes.
template <typename Value, typename... SaveToArgs>
void save(const Value& value, SaveToArgs&&... to) {
  serialize::OutputArchive archive;
  archive << value;
  archive.save_to(std::forward<SaveToArgs>(to)...);
}
template <typename... SaveToArgs>
void save(const std::vector<Tensor>& tensors, SaveToArgs&&... to) {
  serialize::OutputArchive archive;
  for (size_t i = 0; i < tensors.size(); ++i) archive.write(std::to_string(i), tensors[i]);
  archive.save_to(std::forward<SaveToArgs>(to)...);
}
/// `from`: what InputArchive::load_from takes.
template <typename Value, typename... LoadFromArgs>
void load(Value& value, LoadFromArgs&&... from) {
  serialize::InputArchive archive;
  archive.load_from(std::forward<LoadFromArgs>(from)...);
  archive >> value;
}
/// Behind the tensors that are there.
template <typename... LoadFromArgs>
void load(std::vector<Tensor>& tensors, LoadFromArgs&&... from) {
  serialize::InputArchive archive;
  archive.load_from(std::forward<LoadFromArgs>(from)...);
  for (size_t i = 0;; ++i) {
    Tensor t;
    if (!archive.try_read(std::to_string(i), t)) break;
    tensors.push_back(std::move(t));
  }
}

}  // namespace nnrun
#pragma GCC visibility pop
