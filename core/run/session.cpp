#include <sys/stat.h>

#include <algorithm>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/thread_pool.h"
#include "core/data/source.h"
#include "core/model/effective.h"
#include "core/model/lint.h"
#include "core/model/override.h"
#include "core/model/parse.h"
#include "core/model/read.h"
#include "core/ops/functions.h"
#include "core/plan/plan.h"
#include "core/plugin/plugins.h"
#include "core/run/evaluator.h"
#include "core/run/run_folder.h"
#include "core/run/session_impl.h"

namespace nnrun {
namespace {

bool is_folder(const std::string& path) {
  struct stat s;
  return ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

/// "FILE@sha256:HEX" of --plugin.
PluginRequest plugin_request(const std::string& text) {
  PluginRequest r;
  const size_t at = text.rfind("@sha256:");
  r.name_or_file = text.substr(0, at);
  if (at != std::string::npos) {
    r.sha256 = text.substr(at + 8);
    if (r.sha256.size() != 64 ||
        r.sha256.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      throw Error(Code::usage,
                  "--plugin " + printable(text) + ": a sha256 has 64 hexadecimal digits");
    }
  }
  r.base_dir = ".";
  return r;
}

void load_plugins(const PluginSections& sections, const OpenOptions& options,
                  const std::string& file, std::vector<Warning>* warnings) {
  SearchPath path = search_path();
  if (!options.plugin_path.empty()) path.command_line = options.plugin_path;
  path.model_file = sections.path;
  set_search_path(path);

  std::vector<PluginRequest> wanted;
  for (const std::string& p : options.plugins) wanted.push_back(plugin_request(p));
  const size_t slash = file.rfind('/');
  for (const PluginSpec& p : sections.load) {
    wanted.push_back({p.name_or_file, slash == std::string::npos ? "." : file.substr(0, slash),
                      p.sha256, p.provides, p.where});
  }
  for (const PluginRequest& r : wanted) {
    const bool is_file = r.name_or_file.find('/') != std::string::npos ||
                         r.name_or_file.find(".so") != std::string::npos;
    if (r.sha256.empty() && is_file) {
      if (options.require_pinned) {
        throw Error(Code::backend, "plug-in '" + printable(r.name_or_file) +
                                       "' has no sha256, and --require-pinned is set")
            .at(r.where)
            .with_hint("nnrun plugins hash " + r.name_or_file);
      }
      warnings->push_back({"unpinned-plugin",
                           "plug-in '" + printable(r.name_or_file) + "' is not pinned by a sha256",
                           "nnrun plugins hash " + r.name_or_file, r.where});
    }
    load_plugin(r);
  }
}

}  // namespace

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session Session::load(const std::string& path, const OpenOptions& options) {
  auto impl = std::make_unique<Impl>();
  std::string file = path;
  if (is_folder(path)) {
    const RunFolder run = RunFolder::existing(path);
    impl->run = run.path();
    file = run.file("config.yaml");
    const std::string text = read_file(run.file("run.json"), int64_t{16} << 20);
    try {
      impl->meta = data_meta(nlohmann::json::parse(text).at("data"));
    } catch (const nlohmann::json::exception& e) {
      throw Error(Code::data, run.file("run.json") + ": damaged: " + e.what());
    }
  }
  impl->tree = parse_model(read_model_text(file), file);
  for (const std::string& overlay : options.overlays) {
    apply_overlay(impl->tree, parse_model(read_model_text(overlay), overlay));
  }
  for (size_t k = 0; k < options.overrides.size(); ++k) {
    apply_override(impl->tree, options.overrides[k], int(k) + 1);
  }

  load_plugins(read_plugins(impl->tree, file), options, file, &impl->warnings);
  impl->spec = read_spec(impl->tree, file);
  for (Warning& w : lint(impl->spec)) impl->warnings.push_back(std::move(w));
  const std::vector<std::string>& off = impl->spec.lint_off;
  std::erase_if(impl->warnings, [&](const Warning& w) {
    return std::find(off.begin(), off.end(), w.name) != off.end();
  });

  Graph g;
  GraphBuilder b(g);
  State state = State::of_types();
  const Type input{input_dtype(impl->spec.model, impl->spec.backend.dtype),
                   impl->probe_features().shape};
  const Forward f = trace_forward(b, impl->spec.model, state, b.var(g.add_input("input", input)),
                                  {false, impl->spec.backend.dtype, impl->spec.seed, {}, {}});
  impl->layers = f.layers;
  impl->output = f.output.shape();
  if (impl->spec.training) {
    const TrainingSpec& t = *impl->spec.training;
    const RunGraphs graphs = impl->graphs();
    // What an optimizer or a loss finds wrong has the place of its entry, unless it knows better.
    placed(t.optimizer.where, [&] {
      return graphs.optimizer->slots ? graphs.optimizer->slots(t.optimizer.attrs).size() : 0;
    });
    placed(t.loss.where, [&] {
      State probe = State::of_types();
      return graphs.training(probe, impl->probe_features(), impl->probe_targets(), Impl::kProbe)
          .nodes.size();
    });
  }
  if (options.warnings_are_errors && !impl->warnings.empty()) {
    const Warning& w = impl->warnings[0];
    throw Error(Code::model, w.message + " [" + w.name + "]").at(w.where).with_hint(w.hint);
  }
  return Session(std::move(impl));
}

const std::vector<Warning>& Session::warnings() const { return impl_->warnings; }
const std::string& Session::name() const { return impl_->spec.name; }
bool Session::can_train() const { return impl_->spec.training.has_value(); }

std::vector<LayerInfo> Session::layers() const {
  const auto shape = [](Shape s) {
    if (!s.empty() && s[0] == Impl::kProbe) s[0] = -1;
    return s.vector();
  };
  std::vector<LayerInfo> r;
  for (const LayerRow& l : impl_->layers) {
    r.push_back({l.name, l.type, l.arguments, shape(l.in), shape(l.out), l.parameters, l.depth});
  }
  return r;
}

std::string Session::spec() const { return to_yaml(impl_->spec); }
std::string Session::origin() const { return to_yaml_with_origins(impl_->spec); }

std::string Session::graph() const {
  const Impl& i = *impl_;
  State state = State::of_types();
  if (!i.spec.training) return i.graphs().prediction(state, i.probe_features(), Impl::kProbe).str();
  const int64_t batch = i.spec.training->batch_size;
  Type features = i.probe_features(), targets = i.probe_targets();
  features.shape[0] = targets.shape[0] = batch;
  return i.graphs().training(state, features, targets, batch).str();
}

std::string Session::plan() const {
  const Impl& i = *impl_;
  State state = State::of_types();
  const int64_t batch = i.spec.training ? i.spec.training->batch_size : 1;
  Type features = i.probe_features(), targets = i.probe_targets();
  features.shape[0] = targets.shape[0] = batch;
  const Graph g = i.spec.training ? i.graphs().training(state, features, targets, batch)
                                  : i.graphs().prediction(state, features, batch);
  // Nothing runs, so inputs may be any memory of the right size.
  std::map<std::string, Array> inputs;
  for (const Value& v : g.values) {
    if (v.kind == ValueKind::input) inputs[v.name] = Array(v.type.dtype, v.type.shape);
  }
  const auto plan = make_plan(g, i.plan_options({}), [&](const std::string& name) -> void* {
    if (auto it = inputs.find(name); it != inputs.end()) return it->second.raw();
    StateEntry* e = state.find(name);
    return e == nullptr ? nullptr : e->value.raw();
  });
  return plan->str();
}

void Session::check_data() {
  const Dataset d = impl_->load_data();
  State probe = State::of_types();
  impl_->graphs(d.normalization, d.train.targets)
      .training(probe, {d.train.features.dtype(), d.train.features.shape()},
                {d.train.targets.dtype(), d.train.targets.shape()},
                std::min(impl_->spec.training->batch_size, d.train.count()));
}

PlanOptions Session::Impl::plan_options(const std::function<void(const std::string&)>& note) const {
  PlanOptions o;
  const BackendSpec& b = spec.backend;
  std::vector<std::string> reasons;
  for (const std::string& name : b.names) {
    try {
      o.backends.push_back(find_backend(name));
    } catch (const Error& e) {
      if (b.names.size() == 1 || (b.fallback_error && o.backends.empty()))
        throw Error(e).at(b.where);
      reasons.push_back("backend " + name + " is passed over: " + e.what());
      if (note) note(reasons.back());
    }
  }
  if (o.backends.empty()) {
    throw Error(Code::backend,
                "none of the backends " + join(b.names) + " can run here: " + join(reasons, "; "))
        .at(b.where);
  }
  if (b.device != "auto" && b.device != o.backends[0]->name() &&
      (b.device != "cpu" || !o.backends[0]->on_host())) {
    const auto it = b.marks.find("device");
    throw Error(Code::backend,
                "backend " + o.backends[0]->name() + " has no device '" + printable(b.device) + "'")
        .at(it == b.marks.end() ? b.where : it->second)
        .with_hint("nnrun devices lists what there is");
  }
  if (memories.empty()) {
    open_memories(&o);
    memories = o.memories;
  }
  o.memories = memories;
  o.fast_math = b.fast_math;
  o.fallback_error = b.fallback_error;
  o.deterministic = b.deterministic;
  o.fuse = b.fuse;
  o.threads = threads();
  const char* measure = std::getenv("NNRUN_MEASURE_MS");  // tests must not depend on timing
  o.measure_ms = b.deterministic      ? 0
                 : measure != nullptr ? std::clamp(std::atoi(measure), 0, 1000000)
                                      : b.measure_ms;
  return o;
}

int Session::Impl::threads() const {
  return spec.backend.threads > 0 ? spec.backend.threads : available_cpus();
}

RunGraphs Session::Impl::graphs() const { return graphs({}, Array(DType::float32, {1, 1})); }

RunGraphs Session::Impl::graphs(const Normalization& n, const Array& targets) const {
  RunGraphs g;
  g.model = &spec.model;
  g.seed = spec.seed;
  g.dtype = spec.backend.dtype;
  g.threads = threads();
  g.normalization = n;
  if (!spec.training) return g;
  const TrainingSpec& t = *spec.training;
  g.loss = &find_loss(t.loss.type);
  g.loss_attrs = t.loss.attrs;
  g.optimizer = &find_optimizer(t.optimizer.type);
  g.optimizer_attrs = t.optimizer.attrs;
  g.clip_grad_norm = t.clip_grad_norm.value_or(0);
  g.clip_grad_value = t.clip_grad_value.value_or(0);
  g.on_nan = t.on_nan;
  for (const std::string& m : t.metrics) g.metrics.push_back(&find_metric(m));
  g.decision = class_targets() ? Decision::argmax : decision_for(t.loss.type, targets, outputs());
  return g;
}

const TrainingSpec& Session::Impl::training(const char* what) const {
  if (!spec.training) {
    throw Error(Code::model,
                std::string("the model file has no `training:`, which ") + what + " needs")
        .at({spec.file, 1, 1, 1});
  }
  return *spec.training;
}

bool Session::Impl::class_targets() const {
  return spec.training && find_loss(spec.training->loss.type).target == TargetKind::classes;
}

Dataset Session::Impl::load_data() const {
  if (!spec.data)
    throw Error(Code::model, "the model file has no `data:`").at({spec.file, 1, 1, 1});
  return load_dataset(*spec.data, class_targets(), class_targets() ? outputs() : 0,
                      spec.model.input_shape, spec.seed);
}

Type Session::Impl::probe_features() const {
  Shape s(spec.model.input_shape);
  s.insert(0, kProbe);
  return {input_dtype(spec.model, DType::float32), s};
}

Type Session::Impl::probe_targets() const {
  Shape s = output;
  if (class_targets() && s.rank() > 1) s.erase(1);
  return {class_targets() ? DType::int64 : DType::float32, s};
}

State Session::Impl::weights() const {
  State state = run.empty() ? State() : State::of_types();
  graphs().prediction(state, probe_features(), kProbe);
  State model;  // without the cursor and the like
  for (const StateEntry& e : state.entries()) {
    if (e.is_parameter || e.persistent) model.add(e);
  }
  if (!run.empty()) load_model(run + "/model.safetensors", model);
  return model;
}

}  // namespace nnrun
