// Data files as tensors of a program.
#include <unistd.h>

#include <nnrun/data.h>

#include "core/base/text.h"
#include "core/data/idx.h"
#include "core/data/npy.h"
#include "core/eager/body.h"

namespace nnrun {

Tensor load_npy(const std::string& path) { return from_array(open_device(kCPU), read_npy(path)); }

std::map<std::string, Tensor> load_npz(const std::string& path) {
  const ZipFile archive(path);
  std::map<std::string, Tensor> r;
  for (const std::string& name : npz_names(archive)) {
    r[name] = from_array(open_device(kCPU), read_npz(archive, name));
  }
  return r;
}

namespace data::datasets {
namespace {

Array read_part(const std::string& root, bool train, const char* what, int rank) {
  std::string path = root + (train ? "/train-" : "/t10k-") + what;
  if (::access(path.c_str(), F_OK) != 0 && ::access((path + ".gz").c_str(), F_OK) == 0) {
    path += ".gz";
  }
  Array a = read_idx(path);
  if (a.dtype() != DType::uint8 || a.shape().rank() != rank) {
    throw Error(Code::data, printable(path) + ": holds " + name_of(a.dtype()) + " of shape " +
                                a.shape().str() + ", expected bytes of " + std::to_string(rank) +
                                " dimensions")
        .with_hint("MNIST's files are images (n, rows, columns) and labels (n)");
  }
  return a;
}

}  // namespace

MNIST::MNIST(const std::string& root, Mode mode) : mode_(mode) {
  const Array images = read_part(root, is_train(), "images-idx3-ubyte", 3);
  const Array labels = read_part(root, is_train(), "labels-idx1-ubyte", 1);
  if (images.shape()[0] != labels.shape()[0]) {
    throw Error(Code::data, printable(root) + ": " + std::to_string(images.shape()[0]) +
                                " images, but " + std::to_string(labels.shape()[0]) + " labels")
        .with_hint("the two files are of different sets");
  }
  const EagerDevice& cpu = open_device(kCPU);
  images_ = from_array(cpu, images).to(kFloat32).div_(255).unsqueeze(1);
  targets_ = from_array(cpu, labels).to(kInt64);
}
Example<> MNIST::get(size_t index) { return {images_[int64_t(index)], targets_[int64_t(index)]}; }
optional<size_t> MNIST::size() const { return size_t(images_.size(0)); }

}  // namespace data::datasets
}  // namespace nnrun
