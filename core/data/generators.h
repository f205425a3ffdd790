// Points that a formula makes: TensorFlow Playground's data sets (tensorflow/playground,
// src/dataset.ts, with its ranges, paddings and meaning of noise), AND and OR in the manner of its
// XOR, and scikit-learn's moons and blobs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nnrun {

/// The random numbers of one row: draw k is the same whatever else is drawn.
class RowDraws {
 public:
  RowDraws(const int64_t* uniforms, const int64_t* normals, int64_t row)
      : uniforms_(uniforms), normals_(normals), row_(row) {}
  double uniform(int k, double low, double high) const;
  double normal(int k) const;

 private:
  const int64_t *uniforms_, *normals_;
  int64_t row_;
};

/// What a row is made from: row i of n, the first n - n / 2 of which belong to the first class.
struct RowContext {
  int64_t i, n;
  double noise;
  RowDraws draw;
  const std::vector<std::pair<double, double>>& centers;  // of blobs
};

/// label: 1 and -1 of two classes, the class of blobs, a number of plane and multigauss.
struct Point {
  double x, y, label;
};

enum class LabelKind { sign, index, number };

struct Generator {
  std::string name;
  LabelKind labels;
  double noise;  // its default
  Point (*row)(const RowContext&);
};

const std::vector<Generator>& generators();

}  // namespace nnrun
