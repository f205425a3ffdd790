#include "core/model/build.h"

#include <algorithm>
#include <set>

#include <nnrun/sdk/philox.hpp>

#include "core/base/text.h"
#include "core/model/wiring.h"
#include "core/nn/layer_parts.h"
#include "core/ops/functions.h"

namespace nnrun {
namespace {

constexpr size_t kMaxErrors = 20;

/// Thrown out of a container whose layers have been reported already.
struct Reported {};

/// The error with the layer's title in front and its place, where it has none of its own.
Error in_layer(Error e, const std::string& title, const Where& where) {
  const std::string what = e.what();
  if (what.rfind(title, 0) == 0) return std::move(e).at(where);
  Error r = Error(e.code(), title + ": " + what).at(e.where()).at(where).with_hint(e.hint());
  for (const Error::Note& n : e.notes()) r = std::move(r).with_note(n.where, n.message);
  return std::move(r).with_more(e.more());
}

class Tracer {
 public:
  Tracer(GraphBuilder& builder, const ModelSpec& spec, State& state, const ForwardOptions& opt)
      : b(builder), options(opt), spec_(spec), state_(state) {
    if (options.ok) ok_ = options.ok.dtype() == DType::boolean ? options.ok : ne(options.ok, 0);
  }

  /// The output of the last layer; null when an error was reported. x may be null: then the layers
  /// are checked as far as that goes without it.
  Var sequence(const std::vector<LayerConfig>& layers, const std::string& prefix, Var x, int depth);
  Var layer(const LayerConfig& config, const std::string& full_name, std::vector<Var> in,
            int depth);

  /// A parameter or buffer, made when it is new: its value as of now in the step.
  Var state(const std::string& name, const Type& type, const Init& init, bool parameter,
            bool persistent);
  void assign(Var buffer, Var value);

  void report(Error e);
  /// Where the size `actual` of v comes from, as a note.
  Error::Note origin(Var v, int64_t actual) const;

  /// The result, or the errors reported.
  Forward finish(Var output);

  GraphBuilder& b;
  const ForwardOptions& options;
  std::vector<LayerRow> rows;

 private:
  struct Producer {
    std::string name, type;
    std::map<std::string, Where> marks;
    Where where;
    Attrs attrs;
    Var in;
  };
  const ModelSpec& spec_;
  State& state_;
  Var ok_;  // bool, or null
  std::vector<Error> errors_;
  std::map<ValueId, Producer> producers_;  // the first layer that gave the value
  std::map<ValueId, ValueId> state_of_;    // from what state() gave to the state
  std::map<ValueId, Var> assigned_;        // by state
};

class Scope final : public LayerScope {
 public:
  Scope(Tracer& t, const LayerConfig& config, std::string full_name, const Attrs& attrs,
        std::vector<Var> in, size_t row, int depth)
      : LayerScope(t.b, attrs, std::move(in), t.options.training, t.options.dtype),
        t_(t),
        config_(config),
        name_(std::move(full_name)),
        title_(layer_title(config, name_)),
        row_(row),
        depth_(depth) {}

  Var param(const std::string& name, const Type& type, const Init& init) override {
    if (own_.insert(name).second) {
      t_.rows[row_].parameters = checked_add(t_.rows[row_].parameters, type.shape.numel());
    }
    return t_.state(name_ + "." + name, type, init, true, true);
  }
  Var buffer(const std::string& name, const Type& type, const Init& init,
             bool persistent) override {
    return t_.state(name_ + "." + name, type, init, false, persistent);
  }
  void assign(Var buffer, Var value) override {
    if (training) t_.assign(buffer, value);
  }

  Var rng(const std::string& purpose) override {
    const auto s = sdk::random_state(t_.options.seed, purpose, name_, draws_[purpose]++);
    Var stream = b.constant(Array::of<int64_t>({3}, {s[0], s[1], s[2]}));
    const std::vector<Var> parts = {stream, reshape(step(), {1})};
    return concat(parts, 0);
  }
  Var step() override {
    if (!t_.options.step) throw Error(Code::internal, title_ + ": traced without a step counter");
    return t_.options.step;
  }

  Var layer(const LayerConfig& config, const std::string& name, std::vector<Var> in) override {
    return known(t_.layer(config, name_ + "." + name, std::move(in), depth_ + 1));
  }
  Var sequence(const std::vector<LayerConfig>& layers, const std::string& group, Var x) override {
    return known(
        t_.sequence(layers, name_ + "." + (group.empty() ? "" : group + "."), x, depth_ + 1));
  }
  const LayerConfig& config() const override { return config_; }

  int64_t size(const std::string& attribute, int64_t actual) override {
    if (!attrs.has(attribute)) {
      inferred_.set(attribute, actual);
    } else if (const int64_t given = attrs.integer(attribute); given != actual) {
      const Error::Note note = t_.origin(x(), actual);
      t_.report(Error(Code::model, title_ + ": " + attribute + " is " + std::to_string(given) +
                                       ", but the layer before it gives " + std::to_string(actual))
                    .at(place(attribute))
                    .with_note(note.where, note.message)
                    .with_hint("leave " + attribute + " out, or write " + std::to_string(actual)));
    }
    return actual;
  }

  void fail(const std::string& attribute, const std::string& message,
            const std::string& hint) const override {
    throw Error(Code::model, title_ + ": " + message).at(place(attribute)).with_hint(hint);
  }

  /// What was said or inferred, in the order of the declarations.
  std::string arguments(const LayerDef& def) const {
    std::vector<std::string> words;
    Attrs rest = config_.attrs;
    for (const AttrDecl& d : def.attrs) {
      rest.erase(d.name);
      if (inferred_.has(d.name)) {
        words.push_back(d.name + "=" + std::to_string(inferred_.integer(d.name)) + "*");
      } else if (config_.attrs.find(d.name) != nullptr) {
        words.push_back(d.name + "=" + printable(attrs.find(d.name)->str()));
      }
    }
    for (const auto& [name, value] : rest) words.push_back(name + "=" + value.str());
    return join(words);
  }

 private:
  const Where& place(const std::string& attribute) const {
    auto it = config_.marks.find(attribute);
    return it == config_.marks.end() ? config_.where : it->second;
  }
  static Var known(Var v) {
    if (!v) throw Reported{};
    return v;
  }

  Tracer& t_;
  const LayerConfig& config_;
  const std::string name_, title_;
  const size_t row_;
  const int depth_;
  Attrs inferred_;
  std::set<std::string> own_;              // parameters declared so far
  std::map<std::string, uint64_t> draws_;  // random streams by purpose
};

/// Stamps nodes with a layer as long as it lives.
class Stamp {
 public:
  Stamp(GraphBuilder& b, const std::string& layer, const Where& where)
      : b_(b), layer_(b.layer), where_(b.where) {
    b.layer = layer;
    b.where = where;
  }
  ~Stamp() {
    b_.layer = layer_;
    b_.where = where_;
  }

 private:
  GraphBuilder& b_;
  const std::string layer_;
  const Where where_;
};

Var Tracer::sequence(const std::vector<LayerConfig>& layers, const std::string& prefix, Var x,
                     int depth) {
  std::vector<Error> errors;
  const Wiring w = wire(layers, prefix, errors);
  for (Error& e : errors) report(std::move(e));
  std::vector<Var> out;
  for (size_t i = 0; i < layers.size(); ++i) {
    std::vector<Var> in;
    for (int from : w.inputs[i]) {
      in.push_back(from == Wiring::kInput     ? x
                   : from == Wiring::kUnknown ? Var{}
                                              : out[size_t(from)]);
    }
    out.push_back(layer(layers[i], prefix + w.names[i], std::move(in), depth));
  }
  return layers.empty() ? x : out.back();
}

void check_use(const LayerDef& def, const LayerConfig& c, size_t n_in, const std::string& title) {
  if (!def.container && !(c.layers.empty() && c.shortcut.empty())) {
    throw Error(Code::model, title + ": holds no layers").at(c.where);
  }
  const int n = int(n_in);
  if (n >= def.min_in && (def.max_in < 0 || n <= def.max_in)) return;
  const std::string wanted =
      std::to_string(def.min_in) + (def.max_in == def.min_in ? ""
                                    : def.max_in < 0         ? " or more"
                                                             : " to " + std::to_string(def.max_in));
  auto mark = c.marks.find("inputs");
  throw Error(Code::model, title + ": takes " + wanted + (wanted == "1" ? " input" : " inputs") +
                               ", not " + std::to_string(n))
      .at(mark == c.marks.end() ? c.where : mark->second)
      .with_hint(n < def.min_in ? "name them: inputs: [input, hidden]" : "");
}

Var Tracer::layer(const LayerConfig& config, const std::string& full_name, std::vector<Var> in,
                  int depth) {
  const std::string title = layer_title(config, full_name);
  const size_t row = rows.size();
  rows.push_back({full_name, printable(config.type), "", {}, {}, 0, depth, config.where});
  const LayerDef* def = nullptr;
  Attrs attrs;
  bool good = true;
  for (Var v : in) good = good && v;
  try {
    const LayerDef& d = find_layer(config.type);
    check_use(d, config, in.size(), title);
    attrs = complete(d, config, title);
    def = &d;
  } catch (Error& e) {
    report(in_layer(std::move(e), title, config.where));
  }
  if (def == nullptr || !good) {  // what it holds is checked all the same
    sequence(config.layers, full_name + ".", {}, depth + 1);
    sequence(config.shortcut, full_name + ".", {}, depth + 1);
    return {};
  }
  const Var x = in[0];
  const Stamp stamp(b, full_name, config.where);
  Scope scope(*this, config, full_name, attrs, std::move(in), row, depth);
  try {
    const Var y = def->build(scope);
    rows[row].arguments = scope.arguments(*def);
    rows[row].in = x.shape();
    rows[row].out = y.shape();
    producers_.try_emplace(
        y.id, Producer{full_name, printable(config.type), config.marks, config.where, attrs, x});
    return y;
  } catch (const Reported&) {
  } catch (Error& e) {
    Error placed = in_layer(std::move(e), title, config.where);
    if (placed.code() != Code::model) throw placed;
    report(std::move(placed));
  }
  return {};
}

Var Tracer::state(const std::string& name, const Type& type, const Init& init, bool parameter,
                  bool persistent) {
  Type stored = type;
  if (is_float(type.dtype) && size_of(type.dtype) == 2) stored.dtype = DType::float32;
  StateEntry* e = state_.find(name);
  if (e == nullptr) {
    Array value = state_.is_of_types()
                      ? Array(stored.dtype, stored.shape)
                      : initial_value(init, stored, options.seed, name, options.threads);
    e = &state_.add({name, std::move(value), parameter, persistent});
  }
  const Type has = {e->value.dtype(), e->value.shape()};
  if (has != stored) {
    throw Error(Code::model,
                "'" + name + "' is " + has.str() + ", but the model needs " + stored.str());
  }
  const ValueId id = b.graph.add_state(name, stored, parameter);
  auto now = assigned_.find(id);
  const Var v = cast(now == assigned_.end() ? b.var(id) : now->second, type.dtype);
  state_of_[v.id] = id;
  return v;
}

void Tracer::assign(Var buffer, Var value) {
  auto it = state_of_.find(buffer.id);
  if (it == state_of_.end()) throw Error(Code::internal, "assign: not a buffer of this layer");
  const ValueId id = it->second;
  const Type& type = b.graph.type(id);
  if (value.shape() != type.shape) {
    throw Error(Code::model, "assign: '" + b.graph.values[id].name + "' is " + type.str() +
                                 ", but the value is " + value.type().str());
  }
  value = cast(value, type.dtype);
  assigned_[id] = value;
  if (ok_) value = where(ok_, value, b.var(id));
  for (Write& w : b.graph.writes) {
    if (w.state == id) {
      w.value = value.id;
      return;
    }
  }
  b.graph.writes.push_back({id, value.id});
}

void Tracer::report(Error e) {
  std::vector<Error> more = e.more();
  if (errors_.size() < kMaxErrors) errors_.push_back(std::move(e).with_more({}));
  for (Error& m : more) report(std::move(m));
}

Error::Note Tracer::origin(Var v, int64_t actual) const {
  for (;;) {
    auto it = producers_.find(v.id);
    if (it == producers_.end()) {
      return {spec_.input_shape_where, "input_shape is " + AttrValue(spec_.input_shape).str()};
    }
    const Producer& p = it->second;
    const std::string who = "'" + p.name + "' (" + p.type + ")";
    for (const char* name : {"out_features", "out_channels", "embedding_dim"}) {
      auto mark = p.marks.find(name);
      if (mark != p.marks.end() && p.attrs.integer(name) == actual) {
        return {mark->second, who + " sets " + name + ": " + std::to_string(actual)};
      }
    }
    if (p.in.shape() != v.shape()) {
      return {p.where, who + " gives " + sample_text(v.shape())};
    }
    v = p.in;
  }
}

Forward Tracer::finish(Var output) {
  if (errors_.empty()) return {output, std::move(rows)};
  std::stable_sort(errors_.begin(), errors_.end(), [](const Error& a, const Error& b) {
    return std::pair(a.where().line, a.where().col) < std::pair(b.where().line, b.where().col);
  });
  Error first = errors_.front();
  errors_.erase(errors_.begin());
  throw std::move(first).with_more(std::move(errors_));
}

/// Whether all layers that read the input of the list take indices, and there is one.
bool reads_indices(const std::vector<LayerConfig>& layers) {
  bool any = false;
  for (size_t i = 0; i < layers.size(); ++i) {
    const LayerConfig& c = layers[i];
    const bool reads = c.inputs.empty()
                           ? i == 0
                           : std::find(c.inputs.begin(), c.inputs.end(), "input") != c.inputs.end();
    if (!reads) continue;
    if (c.layers.empty()) {
      try {
        if (!find_layer(c.type).takes_indices) return false;
      } catch (const Error&) {
        return false;  // reported when the model is traced
      }
    } else if (!reads_indices(c.layers) || (c.type == "Residual" && !reads_indices(c.shortcut))) {
      return false;
    }
    any = true;
  }
  return any;
}

}  // namespace

DType input_dtype(const ModelSpec& spec, DType compute) {
  return reads_indices(spec.layers) ? DType::int64 : compute;
}

Forward trace_forward(GraphBuilder& b, const ModelSpec& spec, State& state, Var input,
                      const ForwardOptions& options) {
  Tracer tracer(b, spec, state, options);
  const Var x = cast(input, input_dtype(spec, options.dtype));
  return tracer.finish(tracer.sequence(spec.layers, "", x, 0));
}

}  // namespace nnrun
