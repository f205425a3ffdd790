#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>

#include "core/base/text.h"
#include "core/data/npy.h"
#include "core/run/evaluator.h"
#include "core/run/run_folder.h"
#include "core/run/session_impl.h"

namespace nnrun {
namespace {

constexpr int64_t kBatch = 256;

/// RFC 4180: quoted when it must be.
std::string csv_cell(const std::string& s) {
  if (s.find_first_of(",\"\r\n") == std::string::npos) return s;
  std::string r = "\"";
  for (char c : s) r += c == '"' ? std::string("\"\"") : std::string(1, c);
  return r + "\"";
}

bool ends_with(const std::string& s, const std::string& end) {
  return s.size() >= end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0;
}

/// A file as a source: of the kind that training used where that fits, else by its name.
SourceConfig source_of(const std::string& path, const DataConfig& config) {
  SourceConfig s;
  s.base_dir = ".";
  const bool array = ends_with(path, ".npy");
  if (!array && config.source.type == "csv") {
    s = config.source;
    s.base_dir = ".";
    s.attrs.set("path", path);
    return s;
  }
  if (array) {
    s.type = "npy";
    s.attrs.set("features", path);
  } else if (ends_with(path, ".npz")) {
    s.type = "npz";
    s.attrs.set("path", path);
  } else if (path.find("idx") != std::string::npos && path != "-") {
    s.type = "idx";
    s.attrs.set("features", path);
  } else {
    s.type = "csv";
    s.attrs.set("path", path);
  }
  return s;
}

const DataConfig& data_of(const Spec& spec) {
  if (!spec.data)
    throw Error(Code::model, "the model file has no `data:`").at({spec.file, 1, 1, 1});
  return *spec.data;
}

/// How the outputs of one row are told: a class with probabilities, or values.
struct Answer {
  enum class Kind { softmax, log_probabilities, logit, probability, values } kind = Kind::values;
  std::vector<std::string> classes, names;

  /// Probabilities of the classes; empty for values.
  std::vector<double> probabilities(const std::vector<double>& y) const {
    switch (kind) {
      case Kind::softmax: {
        const double top = *std::max_element(y.begin(), y.end());
        std::vector<double> p;
        double total = 0;
        for (double v : y) p.push_back(std::exp(v - top)), total += p.back();
        for (double& v : p) v /= total;
        return p;
      }
      case Kind::log_probabilities: {
        std::vector<double> p;
        for (double v : y) p.push_back(std::exp(v));
        return p;
      }
      case Kind::logit: return {1 - 1 / (1 + std::exp(-y[0])), 1 / (1 + std::exp(-y[0]))};
      case Kind::probability: return {1 - y[0], y[0]};
      case Kind::values: return {};
    }
    return {};
  }
};

}  // namespace

EvalResult Session::evaluate(const EvalOptions& options) {
  Impl& i = *impl_;
  i.training("eval");
  const PlanOptions plan = i.plan_options({});
  EvalResult r;
  Rows rows;
  Normalization normalization;
  std::vector<std::string> classes;
  if (!options.data.empty()) {
    if (!i.meta)
      throw Error(Code::usage, "--data needs a run folder, which knows how the data was read");
    rows = load_rows(source_of(options.data, data_of(i.spec)), *i.spec.data, *i.meta,
                     i.class_targets(), i.class_targets() ? i.outputs() : 0,
                     i.spec.model.input_shape, true);
    normalization = i.meta->normalization;
    classes = i.meta->classes;
    r.split = options.data;
  } else {
    Dataset d = i.load_data();
    r.split = !options.split.empty() ? options.split
              : d.test.count() > 0   ? "test"
              : d.val.count() > 0    ? "val"
                                     : "train";
    if (r.split != "train" && r.split != "val" && r.split != "test") {
      throw Error(Code::usage,
                  "--split is '" + printable(r.split) + "', expected train, val or test");
    }
    rows = r.split == "test" ? d.test : r.split == "val" ? d.val : d.train;
    if (rows.count() == 0) throw Error(Code::usage, "the data has no " + r.split + " part");
    normalization = i.meta ? i.meta->normalization : d.normalization;
    classes = d.classes;
  }
  const State state = i.weights();
  const RunGraphs graphs = i.graphs(normalization, rows.targets);
  Evaluator evaluator(graphs, rows, state, std::max<int64_t>(i.spec.training->batch_size, kBatch),
                      plan);
  r.rows = rows.count();

  const bool by_class = options.confusion && (i.class_targets() || i.outputs() == 1);
  if (options.confusion && !by_class)
    throw Error(Code::usage, "--confusion needs a model that predicts classes");
  const int64_t n = i.class_targets() ? i.outputs() : 2;
  if (by_class) {
    r.confusion.assign(size_t(n), std::vector<int64_t>(size_t(n), 0));
    r.classes = classes;
    for (int64_t c = int64_t(r.classes.size()); c < n; ++c) r.classes.push_back(std::to_string(c));
  }
  r.scores = evaluator.run(!by_class ? Evaluator::Visit{} : [&](const Array& p, int64_t first) {
    for (int64_t k = 0; k < p.shape()[0]; ++k) {
      int64_t predicted = 0, truth;
      if (i.class_targets()) {
        for (int64_t c = 1; c < n; ++c) {
          if (p.at(k * n + c) > p.at(k * n + predicted)) predicted = c;
        }
        truth = int64_t(rows.targets.at(first + k));
      } else {
        predicted = p.at(k) > (graphs.decision == Decision::half ? 0.5 : 0);
        truth = rows.targets.at(first + k) > (graphs.decision == Decision::sign ? 0 : 0.5);
      }
      ++r.confusion[size_t(truth)][size_t(predicted)];
    }
  });
  return r;
}

void Session::predict(const PredictOptions& options, std::ostream& out) {
  Impl& i = *impl_;
  if (!i.meta) throw Error(Code::usage, "predict needs a run folder: nnrun train makes one");
  const PlanOptions plan = i.plan_options({});
  Rows rows;
  if (options.data.empty()) {
    const Dataset d = i.load_data();
    rows = d.test.count() > 0 ? d.test : d.val.count() > 0 ? d.val : d.train;
  } else {
    rows = load_rows(source_of(options.data, data_of(i.spec)), *i.spec.data, *i.meta,
                     i.class_targets(), 0, i.spec.model.input_shape, false);
  }

  Answer answer;
  const std::string loss = i.spec.training ? i.spec.training->loss.type : "";
  if (loss == "CrossEntropyLoss") answer.kind = Answer::Kind::softmax;
  if (loss == "NLLLoss") answer.kind = Answer::Kind::log_probabilities;
  if (loss == "BCEWithLogitsLoss" && i.outputs() == 1) answer.kind = Answer::Kind::logit;
  if (loss == "BCELoss" && i.outputs() == 1) answer.kind = Answer::Kind::probability;
  const bool classes = answer.kind != Answer::Kind::values;
  const int64_t n_classes = i.class_targets() ? i.outputs() : 2;
  answer.classes = i.meta->classes;
  for (int64_t c = int64_t(answer.classes.size()); classes && c < n_classes; ++c) {
    answer.classes.push_back(std::to_string(c));
  }
  answer.names = i.meta->target_names;
  for (int64_t c = int64_t(answer.names.size()); !classes && c < i.outputs(); ++c) {
    answer.names.push_back("y" + std::to_string(c));
  }

  State state = i.weights();
  const RunGraphs graphs = i.graphs(i.meta->normalization, Array(DType::float32, {1, 1}));
  const Type features{rows.features.dtype(), rows.features.shape()};
  Runner runner(
      rows, state, [&](int64_t n) { return graphs.prediction(state, features, n); }, kBatch, false,
      plan);

  if (options.format == "npy") {
    Shape s = i.output;
    s[0] = rows.count();
    Array all(i.spec.backend.dtype, s);
    char* at = static_cast<char*>(all.raw());
    for (int64_t k = 0; k < runner.steps_per_epoch(); ++k) {
      runner.run(k);
      const Array p = runner.output(k, "prediction");
      std::memcpy(at, p.raw(), size_t(p.bytes()));
      at += p.bytes();
    }
    out << npy_bytes(all);
    return;
  }

  const bool csv = options.format == "csv";
  const int64_t per_row = rows.count() == 0 ? 0 : rows.features.numel() / rows.count();
  std::vector<std::string> inputs;
  for (int64_t k = 0; options.with_input && k < per_row; ++k) {
    inputs.push_back(k < int64_t(i.meta->feature_names.size()) ? i.meta->feature_names[size_t(k)]
                                                               : "x" + std::to_string(k));
  }
  if (csv) {
    std::vector<std::string> header = inputs;
    if (classes) {
      header.push_back("class");
      for (const std::string& c : answer.classes) {
        if (options.probabilities) header.push_back("p_" + c);
      }
    } else {
      header.insert(header.end(), answer.names.begin(), answer.names.end());
    }
    out << join(header, ",") << "\n";
  }
  int64_t row = 0;
  for (int64_t k = 0; k < runner.steps_per_epoch(); ++k) {
    runner.run(k);
    const Array p = runner.output(k, "prediction");
    const int64_t width = p.numel() / p.shape()[0];
    std::string lines;
    for (int64_t j = 0; j < p.shape()[0]; ++j, ++row) {
      std::vector<double> y;
      for (int64_t c = 0; c < width; ++c) y.push_back(p.at(j * width + c));
      nlohmann::ordered_json object;
      std::vector<std::string> cells;
      const auto put = [&](const std::string& name, double v) {
        cells.push_back(p.dtype() == DType::float64 ? number_text(v) : number_text(float(v)));
        object[name] = v;
      };
      for (size_t c = 0; c < inputs.size(); ++c)
        put(inputs[c], rows.features.at(row * per_row + int64_t(c)));
      if (classes) {
        const std::vector<double> prob = answer.probabilities(y);
        const auto best = size_t(std::max_element(prob.begin(), prob.end()) - prob.begin());
        cells.push_back(csv_cell(answer.classes[best]));
        object["class"] = answer.classes[best];
        for (size_t c = 0; options.probabilities && c < prob.size(); ++c)
          put("p_" + answer.classes[c], prob[c]);
      } else {
        for (size_t c = 0; c < y.size(); ++c)
          put(answer.names[std::min(c, answer.names.size() - 1)], y[c]);
      }
      lines += csv ? join(cells, ",") + "\n" : object.dump() + "\n";
    }
    out << lines;
  }
}

}  // namespace nnrun
