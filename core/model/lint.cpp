#include "core/model/lint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/base/text.h"

namespace nnrun {
namespace {

/// The layers a sample passes one after the other, when the model is such a chain.
using Chain = std::vector<const LayerConfig*>;

bool is(const LayerConfig& l, std::initializer_list<const char*> types) {
  return std::any_of(types.begin(), types.end(), [&](const char* t) { return l.type == t; });
}

/// Sequential containers opened; anything that branches is one element.
void add_chain(const std::vector<LayerConfig>& layers, Chain* chain) {
  for (const LayerConfig& l : layers) {
    if (l.type == "Sequential") {
      add_chain(l.layers, chain);
    } else {
      chain->push_back(&l);
    }
  }
}

bool reads_layer_before(const LayerConfig& l) { return l.inputs.empty(); }

std::string title(const LayerConfig& l) {
  return l.name.empty() ? l.type : l.type + " '" + printable(l.name) + "'";
}

/// What an inline source says about its targets: the file holds the data itself.
struct Targets {
  bool known = false;
  double least = 0, most = 0;
  std::set<double> values;
};

/// Columns of an inline source by name, or by index when they have no names.
std::vector<size_t> columns_of(const SourceConfig& s, const std::vector<std::string>& names) {
  std::vector<std::string> columns = s.columns;
  for (size_t i = 0; s.columns.empty() && !s.rows.empty() && i < s.rows[0].size(); ++i) {
    columns.push_back(std::to_string(i));
  }
  std::vector<size_t> r;
  for (const std::string& n : names) {
    const auto it = std::find(columns.begin(), columns.end(), n);
    if (it == columns.end()) return {};
    r.push_back(size_t(it - columns.begin()));
  }
  return r;
}

bool number_at(const SourceConfig& s, size_t row, size_t column, double* v) {
  const std::string& cell = s.rows[row][column];
  const char* end = cell.data() + cell.size();
  const auto r = std::from_chars(cell.data(), end, *v);
  return r.ec == std::errc() && r.ptr == end;
}

Targets targets_of(const Spec& spec) {
  Targets t;
  if (!spec.data || spec.data->source.rows.empty()) return t;
  const SourceConfig& s = spec.data->source;
  const std::vector<size_t> columns = columns_of(s, spec.data->target);
  for (size_t row = 0; row < s.rows.size(); ++row) {
    for (size_t c : columns) {
      double v;
      if (!number_at(s, row, c, &v)) return {};
      t.values.insert(v);
    }
  }
  if (t.values.empty()) return t;
  t.known = true;
  t.least = *t.values.begin();
  t.most = *t.values.rbegin();
  return t;
}

/// Two binary features whose target is their exclusive or.
bool is_xor(const Spec& spec) {
  if (!spec.data) return false;
  const SourceConfig& s = spec.data->source;
  if (s.type == "generator") return s.attrs.has("name") && s.attrs.text("name") == "xor";
  const std::vector<size_t> x = columns_of(s, spec.data->features);
  const std::vector<size_t> y = columns_of(s, spec.data->target);
  if (x.size() != 2 || y.size() != 1 || s.rows.size() < 4) return false;
  double low = INFINITY;
  for (size_t row = 0; row < s.rows.size(); ++row) {
    double v;
    if (number_at(s, row, x[0], &v)) low = std::min(low, v);
  }
  std::set<std::pair<bool, bool>> seen;
  std::set<double> equal, different;
  for (size_t row = 0; row < s.rows.size(); ++row) {
    double a, b, t;
    if (!number_at(s, row, x[0], &a) || !number_at(s, row, x[1], &b) ||
        !number_at(s, row, y[0], &t)) {
      return false;
    }
    seen.emplace(a > low, b > low);
    ((a > low) == (b > low) ? equal : different).insert(t);
  }
  return seen.size() == 4 && equal.size() == 1 && different.size() == 1 &&
         *equal.begin() != *different.begin();
}

class Linter {
 public:
  explicit Linter(const Spec& spec) : spec_(spec) { add_chain(spec.model.layers, &chain_); }

  std::vector<Warning> run() {
    before_loss();
    linear_linear();
    perceptron_xor();
    output_range();
    batch_norm();
    unused_plugins();
    std::stable_sort(found_.begin(), found_.end(),
                     [](auto& a, auto& b) { return a.where.line < b.where.line; });
    return std::move(found_);
  }

 private:
  void add(const char* name, const Where& where, const std::string& message,
           const std::string& hint, std::vector<Error::Note> notes = {}) {
    const auto& off = spec_.lint_off;
    if (std::find(off.begin(), off.end(), name) != off.end()) return;
    found_.push_back({name, message, hint, where, std::move(notes)});
  }

  const LayerConfig* last() const { return chain_.empty() ? nullptr : chain_.back(); }
  bool loss_is(const char* type) const {
    return spec_.training && spec_.training->loss.type == type;
  }

  void before_loss() {
    if (!last()) return;
    if (loss_is("CrossEntropyLoss") && is(*last(), {"Softmax"})) {
      add("softmax-before-cross-entropy", last()->where,
          "Softmax before CrossEntropyLoss: the loss applies it itself, twice flattens the "
          "gradient",
          "remove the Softmax; predict --proba gives probabilities all the same",
          {{spec_.training->loss.where, "the loss"}});
    }
    if (loss_is("BCEWithLogitsLoss") && is(*last(), {"Sigmoid"})) {
      add("sigmoid-before-bce-with-logits", last()->where,
          "Sigmoid before BCEWithLogitsLoss: the loss applies it itself, twice flattens the "
          "gradient",
          "remove the Sigmoid, or use BCELoss", {{spec_.training->loss.where, "the loss"}});
    }
  }

  void linear_linear() {
    for (size_t i = 1; i < chain_.size(); ++i) {
      const LayerConfig &a = *chain_[i - 1], &b = *chain_[i];
      if (!is(a, {"Linear"}) || !is(b, {"Linear"}) || !reads_layer_before(b)) continue;
      add("linear-linear", b.where,
          title(b) + " follows " + title(a) +
              " with no activation between: together they are one Linear",
          "put a ReLU or Tanh between them", {{a.where, "the Linear before"}});
    }
  }

  void perceptron_xor() {
    size_t linear = 0;
    for (const LayerConfig* l : chain_) {
      if (is(*l, {"Linear"})) {
        ++linear;
      } else if (!l->layers.empty() || !is(*l, {"Sigmoid", "Tanh", "ReLU", "Step", "Identity",
                                                "LeakyReLU", "Softmax", "LogSoftmax"})) {
        return;
      }
    }
    if (linear != 1 || !is_xor(spec_) || spec_.data->features.size() > 2) return;
    add("perceptron-xor", chain_[0]->where,
        "a single layer cannot learn XOR: no straight line separates its classes",
        "add a hidden layer, or the feature x*y");
  }

  void output_range() {
    const Targets t = targets_of(spec_);
    if (!t.known || !last() || loss_is("CrossEntropyLoss") || loss_is("NLLLoss")) return;
    const std::set<double> zero_one = {0, 1}, signs = {-1, 1};
    if (is(*last(), {"Tanh"}) && t.values == zero_one) {
      add("output-range", last()->where, "the output of Tanh is -1 to 1, the targets are 0 and 1",
          "end with Sigmoid, or use targets -1 and 1");
    } else if (is(*last(), {"Sigmoid"}) && t.values == signs) {
      add("output-range", last()->where,
          "the output of Sigmoid is 0 to 1, the targets are -1 and 1",
          "end with Tanh, or use targets 0 and 1");
    } else if (is(*last(), {"ReLU", "ReLU6"}) && t.least < 0) {
      add("output-range", last()->where,
          "the output of " + last()->type + " is never negative, some targets are",
          "end with the Linear before it");
    }
  }

  void batch_norm() {
    if (!spec_.training || spec_.training->batch_size != 1) return;
    const auto mark = spec_.training->marks.find("batch_size");
    for (const LayerConfig* l : chain_) {
      if (!is(*l, {"BatchNorm1d", "BatchNorm2d"})) continue;
      std::vector<Error::Note> notes;
      if (mark != spec_.training->marks.end()) notes.push_back({mark->second, "batch_size is 1"});
      add("batch-norm-batch-1", l->where,
          title(*l) + " with batches of one sample: their mean is the sample itself",
          "use a larger batch_size, or LayerNorm", std::move(notes));
    }
  }

  void collect_types(const std::vector<LayerConfig>& layers, std::set<std::string>* types) const {
    for (const LayerConfig& l : layers) {
      types->insert(l.type);
      types->insert(l.type.substr(l.type.rfind('.') + 1));
      collect_types(l.layers, types);
      collect_types(l.shortcut, types);
    }
  }

  /// Only of entries that say what they provide; what the others hold is known to the loader.
  void unused_plugins() {
    std::set<std::string> types;
    collect_types(spec_.model.layers, &types);
    for (const PluginSpec& p : spec_.plugins) {
      const bool used = std::any_of(p.provides.begin(), p.provides.end(),
                                    [&](const std::string& n) { return types.count(n) != 0; });
      if (p.provides.empty() || used) continue;
      add("unused-plugin", p.where,
          "plug-in '" + printable(p.name_or_file) + "' is listed, but no layer uses it",
          "it provides: " + join(p.provides));
    }
  }

  const Spec& spec_;
  Chain chain_;
  std::vector<Warning> found_;
};

}  // namespace

std::vector<std::string> lint_names() {
  return {"batch-larger-than-data",
          "batch-norm-batch-1",
          "inputs-not-normalized",
          "linear-linear",
          "output-range",
          "perceptron-xor",
          "sigmoid-before-bce-with-logits",
          "softmax-before-cross-entropy",
          "unpinned-plugin",
          "unused-plugin"};
}

std::vector<Warning> lint(const Spec& spec) { return Linter(spec).run(); }

}  // namespace nnrun
