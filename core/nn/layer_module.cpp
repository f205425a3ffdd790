#include <nnrun/nn/layer_module.h>

#include <algorithm>
#include <mutex>
#include <ostream>

#include "core/eager/call.h"
#include "core/eager/generator.h"
#include "core/nn/clone.h"
#include "core/nn/layer.h"
#include "core/nn/options.h"
#include "core/ops/functions.h"

namespace nnrun::nn {
namespace {

constexpr size_t kMostLayerTraces =
    64;  // a module keeps; more kinds of inputs than that and it starts anew

/// A layer traced for inputs of some types, and what its inputs and results are beside those.
struct LayerTrace {
  struct StateOf {
    std::string name;
    Type declared, stored;  // what the layer asks for, what the module has
    Init init;
    bool parameter;
    ValueId id, assigned = kNoValue;
  };
  std::vector<Type> in;
  bool training;
  const EagerDevice* device;

  Traced traced;  // inputs, state, streams, step -> output, assigned state
  std::vector<StateOf> state;
  size_t streams = 0;
  bool counts = false;  // takes the step
};

/// The tensors that the module has: null when there is none of that name yet.
using Lookup = std::function<const Tensor*(const std::string&)>;

class EagerScope final : public LayerScope {
 public:
  EagerScope(LayerTrace& t, GraphBuilder& builder, const Lookup& lookup, const LayerConfig& config,
             std::string prefix, const Attrs& attributes, std::vector<Var> inputs, DType compute)
      : LayerScope(builder, attributes, std::move(inputs), t.training, compute),
        t_(t),
        graph_(builder),
        lookup_(lookup),
        config_(config),
        prefix_(std::move(prefix)) {}

  Var param(const std::string& name, const Type& type, const Init& init) override {
    return state(name, type, init, true);
  }
  Var buffer(const std::string& name, const Type& type, const Init& init, bool) override {
    return state(name, type, init, false);
  }
  void assign(Var buffer, Var value) override {
    if (!training) return;
    for (LayerTrace::StateOf& s : t_.state) {
      const Var v = graph_.var(s.id);
      if (v.id != buffer.id && cast(v, s.declared.dtype).id != buffer.id) continue;
      s.assigned = cast(value, s.stored.dtype).id;
      return;
    }
    throw Error(Code::internal, "assign: not a buffer of this layer");
  }
  Var rng(const std::string& purpose) override {
    return graph_.var(t_.traced.graph.add_input(purpose + "." + std::to_string(t_.streams++),
                                                {DType::int64, {4}}));
  }
  Var step() override {
    if (!step_) step_ = graph_.var(t_.traced.graph.add_input("step", {DType::int64, {}}));
    t_.counts = true;
    return step_;
  }

  Var layer(const LayerConfig& config, const std::string& name, std::vector<Var> inputs) override {
    const LayerDef& def = find_layer(config.type);
    const Attrs full = complete(def, config, config.type);
    EagerScope inner(t_, graph_, lookup_, config, prefix_ + name + ".", full, std::move(inputs),
                     dtype);
    return def.build(inner);
  }
  Var sequence(const std::vector<LayerConfig>& layers, const std::string& group, Var x) override {
    for (size_t i = 0; i < layers.size(); ++i) {
      const std::string& own = layers[i].name;
      x = layer(layers[i],
                (group.empty() ? "" : group + ".") + (own.empty() ? std::to_string(i) : own), {x});
    }
    return x;
  }
  const LayerConfig& config() const override { return config_; }

  int64_t size(const std::string& attribute, int64_t actual) override {
    if (attrs.has(attribute) && attrs.integer(attribute) != actual) {
      fail(attribute,
           attribute + " is " + std::to_string(attrs.integer(attribute)) + ", but the input " +
               shape().str() + " has " + std::to_string(actual),
           "make the layer before give " + std::to_string(attrs.integer(attribute)));
    }
    return actual;
  }
  void fail(const std::string&, const std::string& message,
            const std::string& hint) const override {
    throw Error(Code::model, config_.type + ": " + message)
        .with_hint(hint.empty() ? "the input is " + in.at(0).type().str() : hint);
  }

 private:
  Var state(const std::string& own, const Type& type, const Init& init, bool parameter) {
    const std::string name = prefix_ + own;
    for (const LayerTrace::StateOf& s : t_.state) {
      if (s.name == name)
        return cast(graph_.var(s.assigned == kNoValue ? s.id : s.assigned), type.dtype);
    }
    Type stored = type;
    if (const Tensor* has = lookup_(name)) {
      stored = type_of(*has);
      const bool narrow = size_of(stored.dtype) == 2 || size_of(type.dtype) == 2;
      if (stored.shape != type.shape || (stored.dtype != type.dtype && !narrow)) {
        fail("", "'" + name + "' is " + stored.str() + ", but the input needs " + type.str(),
             stored.shape == type.shape ? "convert the module or the input with .to(...)" : "");
      }
    }
    const ValueId id = t_.traced.graph.add_input(name, stored);
    t_.state.push_back({name, type, stored, init, parameter, id});
    return cast(graph_.var(id), type.dtype);
  }

  LayerTrace& t_;
  GraphBuilder& graph_;
  const Lookup& lookup_;
  const LayerConfig& config_;
  const std::string prefix_;
  Var step_;
};

std::unique_ptr<LayerTrace> trace(const LayerDef& def, const LayerConfig& config,
                                  const Attrs& attrs, std::vector<Type> in, DType compute,
                                  bool training, const EagerDevice& device, const Lookup& lookup) {
  const int n = int(in.size());
  if (n < def.min_in || (def.max_in >= 0 && n > def.max_in)) {
    const std::string most = def.max_in < 0 ? " or more" : "";
    throw Error(Code::model, config.type + ": takes " +
                                 std::to_string(n < def.min_in ? def.min_in : def.max_in) + most +
                                 " inputs, not " + std::to_string(n));
  }
  auto t = std::make_unique<LayerTrace>();
  t->in = std::move(in);
  t->training = training;
  t->device = &device;
  Graph& g = t->traced.graph;
  GraphBuilder b(g);
  b.layer = config.type;
  std::vector<Var> x;
  for (size_t i = 0; i < t->in.size(); ++i) {
    x.push_back(b.var(g.add_input("input" + std::to_string(i), t->in[i])));
    t->traced.in.push_back(x.back().id);
  }
  EagerScope scope(*t, b, lookup, config, "", attrs, x, compute);
  t->traced.out = {def.build(scope).id};
  std::vector<ValueId> streams;
  ValueId step = kNoValue;
  for (ValueId v = ValueId(x.size()); v < g.values.size(); ++v) {
    if (g.values[v].kind != ValueKind::input) continue;
    if (g.values[v].name == "step")
      step = v;
    else if (std::none_of(t->state.begin(), t->state.end(),
                          [v](const auto& s) { return s.id == v; })) {
      streams.push_back(v);
    }
  }
  for (const LayerTrace::StateOf& s : t->state) t->traced.in.push_back(s.id);
  t->traced.in.insert(t->traced.in.end(), streams.begin(), streams.end());
  if (step != kNoValue) t->traced.in.push_back(step);
  for (const LayerTrace::StateOf& s : t->state) {
    if (s.assigned != kNoValue) t->traced.out.push_back(s.assigned);
  }
  t->traced.finish(device);
  return t;
}

}  // namespace

struct LayerModule::Layer {
  const LayerDef* def;
  LayerConfig config;
  Attrs attrs;
  std::mutex mutex;
  std::vector<std::shared_ptr<const LayerTrace>> traces;
  int64_t steps = 0;
};

LayerModule::LayerModule(std::string type, Options options) : layer_(std::make_shared<Layer>()) {
  layer_->def = &find_layer(type);
  layer_->config.type = std::move(type);
  layer_->config.attrs = to_attrs(options);
  layer_->attrs = complete(*layer_->def, layer_->config, layer_->config.type);
}
LayerModule::LayerModule(const LayerModule& other) : Module(other) { *this = other; }
LayerModule& LayerModule::operator=(const LayerModule& other) {
  Module::operator=(other);
  auto layer = std::make_shared<Layer>();
  layer->def = other.layer_->def;
  layer->config = other.layer_->config;
  layer->attrs = other.layer_->attrs;
  layer->steps = other.layer_->steps;
  layer_ = std::move(layer);
  return *this;
}
LayerModule::~LayerModule() = default;

Tensor* LayerModule::member(std::string_view name) {
  const std::string key(name);
  Tensor* t = parameters_.find(key);
  return t != nullptr ? t : buffers_.find(key);
}

void LayerModule::make_state(const std::vector<int64_t>& input_sizes) {
  const DType compute = to_dtype(get_default_dtype_as_scalartype());
  const Type input = {layer_->def->takes_indices ? DType::int64 : compute, Shape(input_sizes)};
  const Lookup none = [](const std::string&) { return nullptr; };
  // In training a layer declares all that it has; what only evaluation needs is declared there.
  for (const bool training : {true, false}) {
    const auto t = trace(*layer_->def, layer_->config, layer_->attrs, {input}, compute, training,
                         open_device(kCPU), none);
    const std::array<int64_t, 4> seed = next_state();
    for (const LayerTrace::StateOf& s : t->state) {
      if (parameters_.contains(s.name) || buffers_.contains(s.name)) continue;
      const Tensor value =
          from_array(open_device(kCPU),
                     initial_value(s.init, s.stored, uint64_t(seed[0]), s.name, get_num_threads()));
      (s.parameter ? parameters_ : buffers_).insert(s.name, value);
      if (s.parameter) value.set_requires_grad(true);
      if (Tensor* m = member(s.name)) *m = value;
    }
  }
}

void LayerModule::set_options(const Options& options) {
  LayerConfig config = layer_->config;
  config.attrs = to_attrs(options);
  Attrs attrs = complete(*layer_->def, config, config.type);
  std::lock_guard lock(layer_->mutex);
  layer_->config = std::move(config);
  layer_->attrs = std::move(attrs);
  layer_->traces.clear();
}

void LayerModule::own_tensors(const optional<Device>& device) {
  for (auto* tensors : {&parameters_, &buffers_}) {
    for (auto& t : *tensors) {
      Tensor* m = member(t.key());
      const Tensor& from = m != nullptr ? *m : t.value();
      if (!from.defined()) continue;
      Tensor own = clone_of(from, device);
      own.set_requires_grad(from.requires_grad());
      t.value() = own;
      if (m != nullptr) *m = own;
    }
  }
}
std::shared_ptr<Module> LayerModule::clone(const optional<Device>& device) const {
  auto copy = std::make_shared<LayerModule>(*this);
  copy->own_tensors(device);
  return copy;
}
void LayerModule::clone_(Module& other, const optional<Device>& device) {
  assign_clone(*this, other, device);
}

Tensor LayerModule::run(TensorList inputs) {
  refresh();
  Layer& l = *layer_;
  const bool training = is_training();
  std::shared_ptr<const LayerTrace> t;
  const auto fits = [&](const LayerTrace& c) {
    if (c.training != training || c.in.size() != inputs.size()) return false;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const nnrun::detail::TensorBody& b = body(inputs[i]);
      if (c.in[i].dtype != b.dtype || c.in[i].shape != b.shape) return false;
    }
    for (const LayerTrace::StateOf& s : c.state) {
      const Tensor* m = member(s.name);
      if (m == nullptr || !m->defined() || body(*m).dtype != s.stored.dtype ||
          body(*m).shape != s.stored.shape) {
        return false;
      }
    }
    return c.device == &device_of(inputs[0]);
  };
  for (const Tensor& x : inputs) defined(x, l.config.type.c_str());
  if (inputs.empty()) throw Error(Code::model, l.config.type + ": no input");
  if (inputs.size() == 1 && l.def->sample_rank > 0 && inputs[0].dim() == l.def->sample_rank) {
    return run(TensorList(inputs[0].unsqueeze(0))).squeeze(0);
  }
  std::unique_lock lock(l.mutex);
  for (const auto& c : l.traces) {
    if (!fits(*c)) continue;
    t = c;
    break;
  }
  if (t == nullptr) {
    const EagerDevice& device = device_of(inputs[0]);
    std::vector<Type> in;
    for (const Tensor& x : inputs) in.push_back(type_of(x));
    DType compute =
        is_float(in[0].dtype) ? in[0].dtype : to_dtype(get_default_dtype_as_scalartype());
    for (const auto& p : parameters_) {
      if (p->defined() && !is_float(in[0].dtype)) compute = body(p.value()).dtype;
    }
    const Lookup lookup = [this](const std::string& name) -> const Tensor* {
      const Tensor* m = member(name);
      return m != nullptr && m->defined() ? m : nullptr;
    };
    std::shared_ptr<LayerTrace> made =
        trace(*l.def, l.config, l.attrs, std::move(in), compute, training, device, lookup);
    const std::array<int64_t, 4> seed = next_state();
    for (const LayerTrace::StateOf& s : made->state) {
      if (lookup(s.name) != nullptr) continue;
      const Tensor value = from_array(
          device, initial_value(s.init, s.stored, uint64_t(seed[0]), s.name, get_num_threads()));
      if (s.parameter) value.set_requires_grad(true);
      (s.parameter ? parameters_ : buffers_).insert(s.name, value);
    }
    if (l.traces.size() >= kMostLayerTraces) l.traces.clear();
    l.traces.push_back(made);
    t = std::move(made);
  }

  const int64_t step = l.steps;
  l.steps += training;
  lock.unlock();

  Row<Tensor, 6> values(t->traced.in.size()), out(t->traced.out.size());
  Tensor* value = std::copy(inputs.begin(), inputs.end(), values.begin());
  for (const LayerTrace::StateOf& s : t->state) *value++ = *member(s.name);
  for (size_t i = 0; i < t->streams; ++i) {
    const auto state = next_state();
    *value++ =
        from_array(*t->device, Array::of<int64_t>({4}, {state[0], state[1], state[2], state[3]}));
  }
  if (t->counts) *value++ = from_array(*t->device, Array::of<int64_t>({}, {step}));
  t->traced.replay({values.begin(), values.size()}, out.begin());
  if (out.size() > 1) {
    NoGradGuard guard;
    size_t k = 1;
    for (const LayerTrace::StateOf& s : t->state) {
      if (s.assigned != kNoValue) member(s.name)->copy_(out[k++].detach());
    }
  }
  return std::move(out[0]);
}

void LayerModule::pretty_print(std::ostream& out) const {
  out << "torch::nn::" << layer_->config.type << "(";
  const char* comma = "";
  for (const AttrDecl& d : layer_->def->attrs) {
    if (!layer_->config.attrs.has(d.name)) continue;
    out << comma << d.name << "=" << layer_->attrs.find(d.name)->str();
    comma = ", ";
  }
  out << ")";
}

AnyModule make(const std::string& type, const Options& options) {
  return AnyModule(std::make_shared<LayerModule>(type, options));
}

}  // namespace nnrun::nn
