// Model files for these tests, and what reading them gives.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/model/override.h"
#include "core/model/parse.h"
#include "core/model/read.h"

namespace nnrun::test {

inline const std::string kFile = "m.yaml";

inline Spec spec_of(const std::string& text) { return read_spec(parse_model(text, kFile), kFile); }

inline Spec spec_with(const std::string& text, const std::vector<std::string>& overrides) {
  Tree tree = parse_model(text, kFile);
  for (size_t i = 0; i < overrides.size(); ++i) apply_override(tree, overrides[i], int(i) + 1);
  return read_spec(tree, kFile);
}

/// The error of f, which must throw one.
template <class F> Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return Error(Code::internal, "none");
}

/// A spiral with everything that a model file can say in its usual form.
inline const std::string kSpiral = R"(nnrun: 1
name: spiral
seed: 42
backend: {name: reference, threads: 2}
data:
  source: {type: csv, path: points.csv}
  features: [x, y, "x*y"]
  target: label
  normalize: standard
  split: {train: 0.8, val: 0.1, test: 0.1, stratify: true}
model:
  input_shape: [3]
  layers:
    - {type: Linear, name: hidden, in_features: 3, out_features: 16}
    - Tanh
    - Linear(16, 2)
training:
  epochs: 200
  batch_size: 32
  loss: CrossEntropyLoss
  optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
  scheduler: {type: StepLR, step_size: 50, gamma: 0.5}
  metrics: [accuracy]
  early_stopping: {monitor: val_loss, patience: 20}
)";

/// A model file around these lines of `layers:`, the first of them being line 5.
inline std::string with_layers(const std::string& lines) {
  return "nnrun: 1\nmodel:\n  input_shape: [3]\n  layers:\n" + lines;
}

/// A model file around these lines of `training:`, the first of them being line 6.
inline std::string with_training(const std::string& lines) {
  return "nnrun: 1\nmodel:\n  input_shape: [3]\n  layers: [ReLU]\ntraining:\n" + lines;
}

/// The same for `data:`.
inline std::string with_data(const std::string& lines) {
  return "nnrun: 1\nmodel:\n  input_shape: [3]\n  layers: [ReLU]\ndata:\n" + lines;
}

/// A wrong file: where its first error stands, and what it says.
struct Bad {
  std::string name, text;
  int line, col;
  std::string message, hint = "";
};

inline void expect_refused(const Bad& bad) {
  SCOPED_TRACE(bad.name);
  const Error e = error_of([&] { spec_of(bad.text); });
  EXPECT_EQ(int(e.code()), int(Code::model));
  EXPECT_EQ(e.where().file, kFile);
  EXPECT_EQ(e.where().line, bad.line) << e.what();
  EXPECT_EQ(e.where().col, bad.col) << e.what();
  EXPECT_GT(e.where().end_col, e.where().col);
  EXPECT_NE(std::string(e.what()).find(bad.message), std::string::npos)
      << "message: " << e.what() << "\nexpected in it: " << bad.message;
  EXPECT_NE(e.hint().find(bad.hint), std::string::npos)
      << "hint: " << e.hint() << "\nexpected in it: " << bad.hint;
}

}  // namespace nnrun::test
