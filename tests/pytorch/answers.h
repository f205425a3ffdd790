// What PyTorch answered (README.md), and comparison with it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>

#include "core/tensor/safetensors.h"
#include "tests/support/files.h"

namespace nnrun::test {

using Tensors = std::map<std::string, Array>;

inline std::string answer_file(const std::string& name) {
  return std::string(NNRUN_SOURCE_DIR) + "/tests/pytorch/answers/" + name;
}

/// The documents of a file of answers by name: each begins with a line `--- # NAME`.
inline std::map<std::string, std::string> model_files(const std::string& name) {
  std::map<std::string, std::string> all;
  std::string* text = nullptr;
  const std::string mark = "--- # ";
  std::ifstream file(answer_file(name));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(mark)) {
      text = &all[line.substr(mark.size())];
    } else {
      *text += line + "\n";
    }
  }
  return all;
}

inline Tensors tensors_of(const std::string& file) {
  const SafeTensors read = read_safetensors(file);
  return {read.tensors.begin(), read.tensors.end()};
}

/// Those whose names begin with the prefix, without it.
inline Tensors part_of(const Tensors& all, const std::string& prefix) {
  Tensors part;
  for (auto it = all.lower_bound(prefix); it != all.end() && it->first.starts_with(prefix); ++it) {
    part[it->first.substr(prefix.size())] = it->second;
  }
  return part;
}

inline void write_part(const std::string& file, const Tensors& part) {
  write_safetensors(file, {part.begin(), part.end()});
}

/// max |a - b| / max |b|.
inline double distance(const Array& a, const Array& b) {
  double difference = 0, size = 0;
  for (int64_t i = 0; i < b.numel(); ++i) {
    const double d = std::fabs(a.at(i) - b.at(i));
    if (!(d <= difference)) difference = d;  // NaN stays
    size = std::max(size, std::fabs(b.at(i)));
  }
  return difference == 0 ? 0 : difference / size;
}

/// The same names and shapes, and no tensor further away than `most`.
inline void expect_near(const Tensors& got, const Tensors& want, double most) {
  EXPECT_EQ(got.size(), want.size());
  for (const auto& [name, b] : want) {
    const auto it = got.find(name);
    if (it == got.end()) {
      ADD_FAILURE() << name << " is missing";
    } else if (it->second.shape() != b.shape()) {
      ADD_FAILURE() << name << " is " << it->second.shape().str() << ", PyTorch's "
                    << b.shape().str();
    } else {
      EXPECT_LE(distance(it->second, b), most) << name;
    }
  }
}

}  // namespace nnrun::test
