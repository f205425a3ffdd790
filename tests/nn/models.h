// Models for tests, written down without a model file; and what PyTorch was given for the answers:
// state k of a model, in state_dict order, is 0.3 sin(1.3 i + k) at element i (1 more for
// running_var), inputs are cos(0.7 i).
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/model/build.h"
#include "core/ops/functions.h"
#include "tests/support/arrays.h"

namespace nnrun::test {

/// Each layer stands on a line of its own, its attributes in columns 10, 20, ... of it.
class ModelBuilder {
 public:
  explicit ModelBuilder(std::vector<int64_t> input_shape) {
    spec.input_shape = std::move(input_shape);
    spec.input_shape_where = {"m.yaml", 1, 1, 2};
  }
  ModelBuilder& add(const std::string& type, const Attrs& attrs = {}, const std::string& name = "",
                    std::vector<std::string> inputs = {}) {
    spec.layers.push_back(layer(type, attrs, name, std::move(inputs)));
    return *this;
  }
  ModelBuilder& add(LayerConfig c) {
    spec.layers.push_back(std::move(c));
    return *this;
  }
  LayerConfig layer(const std::string& type, const Attrs& attrs = {}, const std::string& name = "",
                    std::vector<std::string> inputs = {}) {
    LayerConfig c;
    c.type = type;
    c.name = name;
    c.inputs = std::move(inputs);
    c.attrs = attrs;
    c.where = {"m.yaml", ++line_, 1, 2};
    int col = 0;
    for (const auto& [key, value] : attrs) c.marks[key] = {"m.yaml", line_, col += 10, col + 2};
    return c;
  }
  ModelSpec spec;

 private:
  int line_ = 1;
};

struct Traced {
  Graph graph;
  State state;
  Forward forward;  // its output has lost its builder
  const Type& type() const { return graph.values[forward.output.id].type; }
};

inline Traced trace(const ModelSpec& spec, int64_t batch, bool training = false,
                    DType dtype = DType::float32, uint64_t seed = 1) {
  Traced t;
  GraphBuilder b(t.graph);
  Shape shape(spec.input_shape);
  shape.insert(0, batch);
  const Var x = b.var(t.graph.add_input("input", {input_dtype(spec, dtype), shape}));
  const Var step = b.var(t.graph.add_state("step", {DType::int64, {}}, false));
  t.forward = trace_forward(b, spec, t.state, x, {training, dtype, seed, step, {}});
  t.graph.outputs["output"] = t.forward.output.id;
  return t;
}

/// "name type" of everything that is saved, in order.
inline std::vector<std::string> saved(const State& state) {
  std::vector<std::string> r;
  for (const StateEntry& e : state.entries()) {
    r.push_back(e.name + " " + Type{e.value.dtype(), e.value.shape()}.str());
  }
  return r;
}

/// The Error of tracing the model.
inline Error error_of(const ModelSpec& spec, bool training = false, int64_t batch = 4) {
  try {
    trace(spec, batch, training);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "the model was accepted";
  return Error(Code::internal, "");
}

inline Array waves(const Shape& shape, double amplitude, double frequency, double phase,
                   double shift) {
  Array a(DType::float64, shape);
  for (int64_t i = 0; i < a.numel(); ++i) {
    a.data<double>()[i] = shift + amplitude * std::sin(frequency * double(i) + phase);
  }
  return a;
}
inline Array cosines(const Shape& shape) { return waves(shape, 1, 0.7, std::acos(-1.0) / 2, 0); }

/// Runs a float64 model on the reference backend, state as said above; state is written in place.
inline Array run(Traced& t, const Array& input) {
  std::map<std::string, Array> arrays = {{"input", input}, {"step", Array::scalar<int64_t>(0)}};
  int k = 0;
  for (StateEntry& e : t.state.entries()) {
    if (e.value.dtype() == DType::float64) {
      const bool var = e.name.find("running_var") != std::string::npos;
      e.value = waves(e.value.shape(), 0.3, 1.3, k, var ? 1 : 0);
    }
    arrays[e.name] = e.value;
    ++k;
  }
  return evaluate(t.graph, arrays, on({"reference"})).at("output");
}

/// Values to 1e-12, in row-major order.
inline void expect_values(const Array& got, const std::vector<double>& want) {
  ASSERT_EQ(got.numel(), int64_t(want.size()));
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got.at(int64_t(i)), want[i], 1e-12) << i;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace nnrun::test
