#include "core/model/wiring.h"

#include "core/base/text.h"

namespace nnrun {
namespace {

const Where& mark_of(const LayerConfig& c, const std::string& key) {
  auto it = c.marks.find(key);
  return it == c.marks.end() ? c.where : it->second;
}

class Wirer {
 public:
  Wirer(const std::vector<LayerConfig>& layers, const std::string& prefix,
        std::vector<Error>& errors)
      : layers_(layers), prefix_(prefix), errors_(errors) {}

  Wiring run() {
    const size_t before = errors_.size();
    name_all();
    for (size_t i = 0; i < layers_.size(); ++i) takes_.push_back(resolve(i));
    for (size_t i = 0; i < layers_.size(); ++i) w_.inputs.push_back(ordered(int(i)));
    if (errors_.size() == before) report_unused();  // else it may be for those errors
    return std::move(w_);
  }

 private:
  std::string title(size_t i) const { return layer_title(layers_[i], prefix_ + w_.names[i]); }

  void name_all() {
    for (size_t i = 0; i < layers_.size(); ++i) {
      const LayerConfig& c = layers_[i];
      w_.names.push_back(c.name.empty() ? std::to_string(i) : printable(c.name));
      if (c.name == "input") {
        errors_.push_back(
            Error(Code::model, title(i) + ": 'input' is the name of the model's input")
                .at(mark_of(c, "name"))
                .with_hint("choose another name"));
      } else if (c.name.find('.') != std::string::npos) {
        errors_.push_back(Error(Code::model, title(i) +
                                                 ": a name has no '.', which separates the names "
                                                 "of layers and parameters")
                              .at(mark_of(c, "name")));
      }
      auto [it, fresh] = index_.emplace(w_.names[i], int(i));
      if (!fresh) {
        errors_.push_back(
            Error(Code::model, title(i) + ": the name is taken")
                .at(mark_of(c, "name"))
                .with_note(mark_of(layers_[size_t(it->second)], "name"),
                           title(size_t(it->second)) + " has it")
                .with_hint("names are unique; a layer without one is called by its place, from 0"));
      }
    }
  }

  std::vector<int> resolve(size_t i) {
    const LayerConfig& c = layers_[i];
    if (c.inputs.empty()) return {int(i) - 1};  // of the first: kInput
    std::vector<int> r;
    for (const std::string& name : c.inputs) {
      auto it = index_.find(name);
      if (name == "input") {
        r.push_back(Wiring::kInput);
      } else if (it != index_.end()) {
        r.push_back(it->second);
      } else {
        std::vector<std::string> names = w_.names;
        names.push_back("input");
        std::string hint = did_you_mean(name, names);
        if (hint.empty()) hint = "there are: " + join(names);
        errors_.push_back(Error(Code::model, title(i) + ": there is no layer '" + printable(name) +
                                                 "' to take as input")
                              .at(mark_of(c, "inputs"))
                              .with_hint(std::move(hint)));
        r.push_back(Wiring::kUnknown);
      }
    }
    return r;
  }

  /// Whether `to` is computed from `from`; fills the way, to first.
  bool way(int to, int from, std::vector<bool>& seen, std::vector<int>& path) const {
    if (to < 0 || seen[size_t(to)]) return false;
    seen[size_t(to)] = true;
    path.push_back(to);
    if (to == from) return true;
    for (int t : takes_[size_t(to)]) {
      if (way(t, from, seen, path)) return true;
    }
    path.pop_back();
    return false;
  }

  std::vector<int> ordered(int i) {
    std::vector<int> r;
    for (int t : takes_[size_t(i)]) {
      r.push_back(t < i ? t : Wiring::kUnknown);
      if (t < i) continue;
      std::vector<bool> seen(layers_.size());
      std::vector<int> path;
      // Enough is enough: a file of nothing but errors must not take quadratic time.
      const bool cycle = errors_.size() < 20 && way(t, i, seen, path);
      std::string text =
          title(size_t(i)) + ": takes '" + w_.names[size_t(t)] + "', which comes later";
      std::string hint = "layers run in the order they are listed: move it up";
      if (cycle) {
        text = title(size_t(i)) + ": its input depends on its output: ";
        for (auto p = path.rbegin(); p != path.rend(); ++p) text += w_.names[size_t(*p)] + " -> ";
        text += w_.names[size_t(i)];
        hint = "a model has no cycles";
      }
      errors_.push_back(Error(Code::model, text)
                            .at(mark_of(layers_[size_t(i)], "inputs"))
                            .with_hint(std::move(hint)));
    }
    return r;
  }

  void report_unused() {
    if (layers_.empty()) return;
    std::vector<bool> used(layers_.size());
    used.back() = true;
    for (size_t i = layers_.size(); i-- > 0;) {
      for (int t : takes_[i]) {
        if (used[i] && t >= 0) used[size_t(t)] = true;
      }
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (used[i]) continue;
      errors_.push_back(
          Error(Code::model, title(i) + ": nothing uses its output")
              .at(layers_[i].where)
              .with_hint(
                  "name it in the `inputs` of a later layer, or remove it; the result is the "
                  "output of the last layer"));
    }
  }

  const std::vector<LayerConfig>& layers_;
  const std::string& prefix_;
  std::vector<Error>& errors_;
  Wiring w_;
  std::vector<std::vector<int>> takes_;  // as the file says, later layers included
  std::map<std::string, int> index_;
};

}  // namespace

Wiring wire(const std::vector<LayerConfig>& layers, const std::string& prefix,
            std::vector<Error>& errors) {
  return Wirer(layers, prefix, errors).run();
}

std::string layer_title(const LayerConfig& config, const std::string& full_name) {
  return printable(config.type) + " '" + full_name + "'";
}

}  // namespace nnrun
