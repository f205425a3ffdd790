#include <nnrun/optim.h>

#include <algorithm>
#include <iostream>

#include "core/eager/call.h"
#include "core/eager/promote.h"
#include "core/nn/optimizer.h"
#include "core/nn/options.h"
#include "core/nn/scheduler.h"

namespace nnrun::optim {
namespace {

/// The update of parameters of one type with one set of options, traced.
struct TracedUpdate {
  Type type;
  const EagerDevice* device;
  std::vector<Slot> slots;
  Traced traced;  // param, grad, slots, lr, step, ok -> param, slots
  /// Where one op does all of it: which of those its operands are, and which operands its results
  /// go over.
  std::vector<uint32_t> operands, over;

  void find_one_op();
  /// The new values in the place of the old ones.
  void run(TensorSpan in) const;
};

/// What the results go over: the parameter, and the slots behind the gradient.
constexpr size_t target_of(size_t result) { return result == 0 ? 0 : result + 1; }

void TracedUpdate::find_one_op() {
  const Node& node = traced.graph.nodes.back();
  if (traced.graph.nodes.size() != 1 ||
      !std::equal(traced.out.begin(), traced.out.end(), node.out.begin())) {
    return;
  }
  over.resize(traced.out.size());
  for (ValueId v : node.in) {
    const auto at = std::find(traced.in.begin(), traced.in.end(), v) - traced.in.begin();
    for (size_t i = 0; i < over.size(); ++i) {
      if (size_t(at) == target_of(i)) over[i] = uint32_t(operands.size());
    }
    operands.push_back(uint32_t(at));
  }
}

void TracedUpdate::run(TensorSpan in) const {
  if (over.empty()) {
    const std::vector<Tensor> out = traced.replay(in);
    for (size_t i = 0; i < out.size(); ++i) Tensor(in[target_of(i)]).copy_(out[i]);
    return;
  }
  static const Tensor absent;
  Borrowed<10> values(operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    values.set(i, operands[i] < in.size() ? in[operands[i]] : absent);
  }
  call_over(*traced.ops[0], values, traced.graph.nodes[0].attrs, over,
            traced.fits(in) ? traced.place(0) : 0);
}

std::unique_ptr<TracedUpdate> trace(const OptimizerDef& def, const Type& type,
                                    const EagerDevice& device, const Attrs& given) {
  auto t = std::make_unique<TracedUpdate>();
  t->type = type;
  t->device = &device;
  const Attrs attrs = complete(def.attrs, given, def.name);
  t->slots = def.slots(attrs);
  Graph& g = t->traced.graph;
  GraphBuilder b(g);
  const auto input = [&](const std::string& name, const Type& of) {
    t->traced.in.push_back(g.add_input(name, of));
    return b.var(t->traced.in.back());
  };
  const Var param = input("param", type), grad = input("grad", type);
  std::vector<Var> slots;
  for (const Slot& s : t->slots) slots.push_back(input(s.name, type));
  const Var lr = input("lr", {DType::float64, {}}), step = input("step", {DType::int64, {}});
  const Var ok = input("ok", {DType::uint8, {}});
  const Update u = def.update(b, {attrs, param, grad, slots, lr, step, ok});
  t->traced.out.push_back(u.param.id);
  for (const Var& v : u.slots) t->traced.out.push_back(v.id);
  t->traced.finish(device);
  t->find_one_op();
  return t;
}

/// An option's value in a file of tensors.
std::vector<double> numbers_of(const OptionValue& value) {
  const auto& v = value.get();
  if (const bool* b = std::get_if<bool>(&v)) return {double(*b)};
  if (const int64_t* i = std::get_if<int64_t>(&v)) return {double(*i)};
  if (const double* d = std::get_if<double>(&v)) return {*d};
  return std::get<std::vector<double>>(v);
}

}  // namespace

#define NNRUN_NAMES(Type, ...)                       \
  const char* const* Type::names() {                 \
    static const char* const list[] = {__VA_ARGS__}; \
    return list;                                     \
  }
NNRUN_NAMES(SGDOptions, "momentum", "dampening", "weight_decay", "nesterov")
NNRUN_NAMES(AdamOptions, "betas", "eps", "weight_decay", "amsgrad")
NNRUN_NAMES(AdamWOptions, "betas", "eps", "weight_decay", "amsgrad")
NNRUN_NAMES(RMSpropOptions, "alpha", "eps", "weight_decay", "momentum", "centered")
NNRUN_NAMES(AdagradOptions, "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
#undef NNRUN_NAMES

struct Optimizer::Updates {
  struct Set {
    Attrs attrs;
    std::vector<std::unique_ptr<TracedUpdate>> traced = {};
  };
  const OptimizerDef& def;
  std::vector<Set> sets = {};  // by options

  Set& set_of(Attrs attrs) {
    for (Set& s : sets) {
      if (s.attrs == attrs) return s;
    }
    sets.push_back({std::move(attrs)});
    return sets.back();
  }
  const TracedUpdate& find(Set& set, const Tensor& p) {
    const nnrun::detail::TensorBody& b = body(p);
    for (const auto& t : set.traced) {
      if (t->type.dtype == b.dtype && t->type.shape == b.shape && t->device == &device_of(p)) {
        return *t;
      }
    }
    set.traced.push_back(trace(def, type_of(p), device_of(p), set.attrs));
    return *set.traced.back();
  }
  void check(const OptimizerOptions& options) const {
    const Attrs attrs = complete(def.attrs, to_attrs(options.named()), def.name);
    def.slots(attrs);
    if (!(options.get_lr() >= 0)) {
      throw Error(Code::model, def.name + ": lr is " + std::to_string(options.get_lr()) +
                                   ", expected at least 0")
          .with_hint("the step goes against the gradient already");
    }
  }
};

Optimizer::Optimizer(const char* type, const std::vector<OptimizerParamGroup>& groups,
                     std::unique_ptr<OptimizerOptions> defaults)
    : updates_(new Updates{find_optimizer(type)}), defaults_(std::move(defaults)) {
  updates_->check(*defaults_);
  for (const OptimizerParamGroup& g : groups) add_param_group(g);
}
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer::~Optimizer() = default;

void Optimizer::add_param_group(const OptimizerParamGroup& group) {
  OptimizerParamGroup g = group;
  if (g.has_options())
    g.options().merge(*defaults_);
  else
    g.set_options(defaults_->clone());
  updates_->check(g.options());
  for (const Tensor& p : g.params()) {
    if (!p.defined() || !p.is_leaf()) {
      throw Error(Code::model, updates_->def.name +
                                   ": can't optimize a non-leaf Tensor: parameter " +
                                   std::to_string(&p - g.params().data()) + " is " +
                                   (p.defined() ? "the result of an operation" : "undefined"))
          .with_hint("pass parameters(), or make a leaf with x.detach().requires_grad_()");
    }
    for (const OptimizerParamGroup& other : param_groups_) {
      for (const Tensor& q : other.params()) {
        if (p.is_same(q)) {
          throw Error(Code::model, "some parameters appear in more than one parameter group");
        }
      }
    }
  }
  param_groups_.push_back(std::move(g));
}
void Optimizer::add_parameters(const std::vector<Tensor>& parameters) {
  std::vector<Tensor>& all = param_groups_.at(0).params();
  all.insert(all.end(), parameters.begin(), parameters.end());
}
size_t Optimizer::size() const noexcept {
  size_t n = 0;
  for (const OptimizerParamGroup& g : param_groups_) n += g.params().size();
  return n;
}

void Optimizer::zero_grad(bool set_to_none) {
  for (OptimizerParamGroup& g : param_groups_) {
    for (Tensor& p : g.params()) {
      if (!p.grad().defined()) continue;
      if (set_to_none) {
        p.mutable_grad().reset();
      } else {
        p.mutable_grad() = p.grad().detach();
        p.mutable_grad().zero_();
      }
    }
  }
}

Tensor Optimizer::step(LossClosure closure) {
  NoGradGuard guard;
  Tensor loss;
  if (closure) {
    AutoGradMode on(true);
    loss = closure();
  }
  for (OptimizerParamGroup& g : param_groups_) {
    Updates::Set& set = updates_->set_of(to_attrs(g.options().named()));
    for (Tensor& p : g.params()) {
      const Tensor& grad = p.grad();
      if (!grad.defined()) continue;
      const TracedUpdate& u = updates_->find(set, p);
      OptimizerParamState& s = state_[p.unsafeGetTensorImpl()];
      Row<Tensor, 8> in(u.traced.in.size());
      in[0] = p;
      in[1] = grad;
      size_t n = 2;
      for (const Slot& slot : u.slots) {
        Tensor& t = s.slots[slot.name];
        if (!t.defined()) t = full_like(p, slot.initial);
        in[n++] = t;
      }
      in[n++] = scalar_tensor(*u.device, kDouble, g.options().get_lr());
      in[n++] = scalar_tensor(*u.device, kLong, s.step++);
      in[n++] = scalar_tensor(*u.device, kByte, 1);
      u.run({in.begin(), in.size()});
    }
  }
  return loss;
}

void Optimizer::save(serialize::OutputArchive& archive) const {
  size_t index = 0;
  for (size_t g = 0; g < param_groups_.size(); ++g) {
    const OptimizerParamGroup& group = param_groups_[g];
    serialize::OutputArchive options;
    options.write("lr", tensor(group.options().get_lr(), kDouble));
    for (const auto& [name, value] : group.options().named()) {
      options.write(name, tensor(numbers_of(value), kDouble));
    }
    archive.write("param_groups." + std::to_string(g), options);
    for (const Tensor& p : group.params()) {
      const auto it = state_.find(p.unsafeGetTensorImpl());
      serialize::OutputArchive state;
      if (it != state_.end()) {
        state.write("step", tensor(it->second.step));
        for (const auto& [name, t] : it->second.slots) state.write(name, t);
      }
      archive.write("state." + std::to_string(index++), state);
    }
  }
}

void Optimizer::load(serialize::InputArchive& archive) {
  const auto wrong = [this](const std::string& what) {
    return Error(Code::data, updates_->def.name + ": " + what)
        .with_hint("the file is of another optimizer, or of other parameters");
  };
  std::vector<std::unique_ptr<OptimizerOptions>> options;
  std::unordered_map<void*, OptimizerParamState> state;
  size_t index = 0;
  for (size_t g = 0; g < param_groups_.size(); ++g) {
    serialize::InputArchive group;
    archive.read("param_groups." + std::to_string(g), group);
    std::map<std::string, std::vector<double>> values;
    for (const std::string& key : group.keys()) {
      Tensor t;
      group.read(key, t);
      const Tensor flat = t.to(kDouble).flatten();
      values[key] = {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
    }
    options.push_back(param_groups_[g].options().clone());
    try {
      options.back()->set_named(values);
      if (values["lr"].size() != 1) throw Error(Code::data, "lr is missing");
      options.back()->set_lr(values["lr"][0]);
      updates_->check(*options.back());
    } catch (const Error& e) {
      throw wrong(e.what());
    }
    for (const Tensor& p : param_groups_[g].params()) {
      serialize::InputArchive of;
      if (!archive.try_read("state." + std::to_string(index++), of)) continue;
      OptimizerParamState& s = state[p.unsafeGetTensorImpl()];
      for (const std::string& key : of.keys()) {
        Tensor t;
        of.read(key, t);
        if (key == "step") {
          s.step = t.item<int64_t>();
        } else if (t.sizes() == p.sizes() && t.scalar_type() == p.scalar_type()) {
          s.slots[key] = t.to(TensorOptions(p.device()));
        } else {
          throw wrong("'" + key + "' of parameter " + std::to_string(index - 1) + " is " +
                      type_of(t).str() + ", the parameter " + type_of(p).str());
        }
      }
    }
  }
  serialize::InputArchive more;
  if (archive.try_read("param_groups." + std::to_string(param_groups_.size()), more) ||
      archive.try_read("state." + std::to_string(index), more)) {
    throw wrong("the file has more parameters or groups than the " + std::to_string(index) +
                " parameters in " + std::to_string(param_groups_.size()) + " groups");
  }
  for (size_t g = 0; g < options.size(); ++g) param_groups_[g].set_options(std::move(options[g]));
  state_ = std::move(state);
}

void LRScheduler::step() {
  const std::vector<double> lrs = get_lrs();
  std::vector<OptimizerParamGroup>& groups = optimizer_.param_groups();
  if (lrs.size() != groups.size()) {
    throw Error(Code::model, "a scheduler gives " + std::to_string(lrs.size()) + " rates for " +
                                 std::to_string(groups.size()) + " parameter groups");
  }
  for (size_t i = 0; i < groups.size(); ++i) groups[i].options().set_lr(lrs[i]);
  ++step_count_;
}
std::vector<double> LRScheduler::get_current_lrs() const {
  std::vector<double> r;
  for (const OptimizerParamGroup& g : optimizer_.param_groups()) r.push_back(g.options().get_lr());
  return r;
}

std::vector<double> StepLR::get_lrs() {
  std::vector<double> lrs = get_current_lrs();
  // libtorch counts from 0 and decays at the step after the epoch.
  if (step_count_ == 0) return lrs;
  const Attrs attrs = {{"step_size", int64_t(step_size_)}, {"gamma", gamma_}};
  for (double& lr : lrs) {
    SchedulerState s;
    s.lr = lr;
    s.epoch = step_count_;
    find_scheduler("StepLR").step(attrs, s, 0);
    lr = s.lr;
  }
  return lrs;
}

struct ReduceLROnPlateauScheduler::Plateau {
  Optimizer& optimizer;
  const SchedulerDef& def;
  bool verbose;
  std::vector<Attrs> attrs;  // one for each group, or for all
  std::vector<SchedulerState> states = {};
};

ReduceLROnPlateauScheduler::ReduceLROnPlateauScheduler(Optimizer& optimizer, SchedulerMode mode,
                                                       float factor, int patience, double threshold,
                                                       ThresholdMode threshold_mode, int cooldown,
                                                       const std::vector<float>& min_lr, double eps,
                                                       bool verbose)
    : plateau_(new Plateau{optimizer, find_scheduler("ReduceLROnPlateau"), verbose, {}}) {
  const size_t groups = optimizer.param_groups().size();
  if (!(factor < 1)) throw Error(Code::model, "Factor should be < 1.0");
  if (min_lr.size() > 1 && min_lr.size() != groups) {
    throw Error(Code::model, "ReduceLROnPlateau: " + std::to_string(min_lr.size()) +
                                 " of min_lr for " + std::to_string(groups) + " parameter groups");
  }
  for (size_t i = 0; i < groups; ++i) {
    const double lowest = min_lr.empty() ? 0 : double(min_lr[min_lr.size() == 1 ? 0 : i]);
    plateau_->attrs.push_back(complete(plateau_->def.attrs,
                                       {{"mode", mode == min ? "min" : "max"},
                                        {"factor", double(factor)},
                                        {"patience", patience},
                                        {"threshold", threshold},
                                        {"threshold_mode", threshold_mode == rel ? "rel" : "abs"},
                                        {"cooldown", cooldown},
                                        {"min_lr", lowest},
                                        {"eps", eps}},
                                       "ReduceLROnPlateau"));
    plateau_->states.emplace_back();
    plateau_->def.start(plateau_->attrs.back(), plateau_->states.back());
  }
}
ReduceLROnPlateauScheduler::~ReduceLROnPlateauScheduler() = default;

void ReduceLROnPlateauScheduler::step(float metric) {
  Plateau& p = *plateau_;
  for (size_t i = 0; i < p.states.size(); ++i) {
    SchedulerState& s = p.states[i];
    OptimizerOptions& options = p.optimizer.param_groups()[i].options();
    s.lr = options.get_lr();
    ++s.epoch;
    p.def.step(p.attrs[i], s, metric);
    if (p.verbose && s.lr != options.get_lr()) {
      std::cout << "Epoch " << s.epoch << ": reducing learning rate of group " << i << " to "
                << s.lr << "\n";
    }
    options.set_lr(s.lr);
  }
}

}  // namespace nnrun::optim
