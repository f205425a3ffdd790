// {type: generator, name: spiral, n: 500, noise: 0.1}: columns x, y and label.
//
// Labels of two classes are 1 and `low`, -1 as in TensorFlow Playground; as classes they are 1 and
// 0. The rows come in random order. Everything follows from the seed.
#include "core/data/generators.h"

#include <algorithm>

#include <nnrun/sdk/philox.hpp>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/data/source.h"

namespace nnrun {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Generator& g : generators()) all.push_back(g.name);
  return all;
}

const Generator& find_generator(const std::string& name) {
  return *std::find_if(generators().begin(), generators().end(),
                       [&](const Generator& g) { return g.name == name; });
}

void name_columns(const Attrs& attrs, LabelKind labels, std::vector<Column>* columns) {
  columns->resize(3);
  (*columns)[0].name = "x";
  (*columns)[1].name = "y";
  Column& label = (*columns)[2];
  label.name = "label";
  if (labels == LabelKind::sign) label.classes = {attrs.number("low"), 1};
  if (labels == LabelKind::index) {
    for (int64_t k = 0; k < attrs.integer("centers"); ++k) label.classes.push_back(double(k));
  }
}

RawData load_generator(const SourceConfig& config, const Attrs& attrs, uint64_t seed) {
  const Generator& g = find_generator(attrs.text("name"));
  const int64_t n = attrs.integer("n");
  const double low = attrs.number("low");
  if (checked_mul(n, 3 * sizeof(double)) > limits().data_bytes) {
    throw Error(Code::memory, "generator: n is " + std::to_string(n) + ", which needs more than " +
                                  std::to_string(limits().data_bytes) + " bytes")
        .at(mark_of(config, "n"));
  }
  if (low >= 1) {
    throw Error(Code::model, "generator: low is " + number_text(low) +
                                 ", expected less than 1, the label of the other class")
        .at(mark_of(config, "low"));
  }
  if (attrs.has("seed")) seed = uint64_t(attrs.integer("seed"));
  auto stream = [&](uint64_t k) { return sdk::random_state(seed, "generator", g.name, k); };
  const auto uniforms = stream(0), normals = stream(1), order_state = stream(2),
             center_state = stream(3);

  std::vector<std::pair<double, double>> centers;
  for (int64_t k = 0; k < attrs.integer("centers"); ++k) {
    const RowDraws draw(center_state.data(), center_state.data(), k);
    centers.push_back({draw.uniform(0, -10, 10), draw.uniform(1, -10, 10)});
  }
  std::vector<int64_t> order(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) order[size_t(i)] = i;
  sdk::shuffle(order_state.data(), order.data(), order.size());

  RawData raw;
  name_columns(attrs, g.labels, &raw.columns);
  const double noise = attrs.has("noise") ? attrs.number("noise") : g.noise;
  for (int64_t i : order) {
    const RowDraws draw(uniforms.data(), normals.data(), i);
    const Point p = g.row({i, n, noise, draw, centers});
    raw.columns[0].numbers.push_back(p.x);
    raw.columns[1].numbers.push_back(p.y);
    raw.columns[2].numbers.push_back(g.labels == LabelKind::sign && p.label < 0 ? low : p.label);
  }
  raw.where = [where = config.where](size_t, size_t) { return where; };
  raw.default_target = "label";
  raw.code = Code::model;
  return raw;
}

}  // namespace

SourceDef source_generator() {
  return {
      .name = "generator",
      .doc =
          "Points of TensorFlow Playground's and scikit-learn's toy data sets: columns x, y and "
          "label.",
      .attrs = {required_attr("name", AttrKind::text, "which data set").of(names()),
                attr("n", 500, "number of points").at_least(1),
                optional_attr("noise", AttrKind::number,
                              "Playground's 0 to 0.5; the standard deviation of moons (0) and "
                              "blobs (1)")
                    .at_least(0),
                attr("low", -1.0, "the label of the class that is not 1; 0 suits BCELoss"),
                attr("centers", 3, "number of blobs").range(1, 1000),
                optional_attr("seed", AttrKind::integer, "its own seed, instead of the model's")},
      .read = load_generator};
}

}  // namespace nnrun
