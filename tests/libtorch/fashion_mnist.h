// Images of Fashion-MNIST, from the files of Debian's dataset-fashion-mnist.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/libtorch/torch.h"

struct Images {
  torch::Tensor pixels;  // (n, 1, 28, 28), float, 0 to 1
  torch::Tensor labels;  // (n), int64, 0 to 9
};

/// `count` bytes of a gzip file after its header. Without the file the program ends with status 77,
/// which says that it cannot be run here.
inline std::vector<uint8_t> read_gzip(const std::string& file, size_t header, size_t count) {
  std::vector<uint8_t> bytes(header + count);
  FILE* in = popen(("gzip -dc /usr/share/datasets/fashion-mnist/" + file + " 2>&-").c_str(), "r");
  const size_t got = fread(bytes.data(), 1, bytes.size(), in);
  pclose(in);
  if (got != bytes.size()) {
    std::cerr << file << " of the package dataset-fashion-mnist is not there\n";
    std::exit(77);
  }
  bytes.erase(bytes.begin(), bytes.begin() + long(header));
  return bytes;
}

/// The first n images of "train" (60000) or "t10k" (10000).
inline Images fashion_mnist(const std::string& part, int64_t n) {
  std::vector<uint8_t> p = read_gzip(part + "-images-idx3-ubyte.gz", 16, size_t(n * 28 * 28));
  std::vector<uint8_t> l = read_gzip(part + "-labels-idx1-ubyte.gz", 8, size_t(n));
  auto bytes = torch::TensorOptions(torch::kByte);
  return {torch::from_blob(p.data(), {n, 1, 28, 28}, bytes).to(torch::kFloat) / 255,
          torch::from_blob(l.data(), {n}, bytes).to(torch::kLong)};
}
