// Optimizers and schedulers of the learning rate. Names, options, defaults and updates are
// libtorch's.
#pragma once

#include <functional>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <nnrun/nn/support.h>
#include <nnrun/serialize.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::optim {

/// What an optimizer remembers of a parameter, by torch's names: "exp_avg", "momentum_buffer".
struct OptimizerParamState {
  int64_t step = 0;  // updates so far
  std::map<std::string, Tensor> slots;
};

class OptimizerOptions {
 public:
  virtual ~OptimizerOptions() = default;
  virtual std::unique_ptr<OptimizerOptions> clone() const = 0;
  virtual double get_lr() const = 0;
  virtual void set_lr(double lr) = 0;
  /// All but lr, by name.
  virtual Options named() const = 0;
  /// Sets all but lr: a bool is 0 or 1, betas are two numbers. Throws Error(model) naming what is
  /// missing or has another number of values.
  virtual void set_named(const std::map<std::string, std::vector<double>>& values) = 0;
  /// Takes from `defaults` what is as it was constructed.
  virtual void merge(const OptimizerOptions& defaults) = 0;
};

/// Derived has names() and fields(), a tuple of references, lr first.
template <typename Derived> class OptimizerCloneableOptions : public OptimizerOptions {
 public:
  std::unique_ptr<OptimizerOptions> clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
  double get_lr() const override { return static_cast<const Derived&>(*this).lr(); }
  void set_lr(double lr) override { static_cast<Derived&>(*this).lr(lr); }
  Options named() const override {
    Options r;
    Derived copy = static_cast<const Derived&>(*this);
    size_t i = 0;
    std::apply([&](auto&, auto&... rest) { (r.emplace(Derived::names()[i++], rest), ...); },
               copy.fields());
    return r;
  }
  void set_named(const std::map<std::string, std::vector<double>>& values) override {
    size_t i = 0;
    std::apply([&](auto&, auto&... rest) { (set_field(rest, Derived::names()[i++], values), ...); },
               static_cast<Derived&>(*this).fields());
  }
  void merge(const OptimizerOptions& defaults) override {
    const auto* other = dynamic_cast<const Derived*>(&defaults);
    if (other == nullptr)
      throw Error(Code::model, "options of a parameter group are of another optimizer");
    Derived from = *other, fresh(kFreshLr);
    merge_fields(static_cast<Derived&>(*this).fields(), from.fields(), fresh.fields());
  }

 private:
  static constexpr double kFreshLr = 1e-3;
  template <class T> static void set_field(T& field, const char* name,
                                           const std::map<std::string, std::vector<double>>& in) {
    constexpr size_t n = std::is_arithmetic_v<T> ? 1 : 2;
    const auto it = in.find(name);
    if (it == in.end() || it->second.size() != n) {
      throw Error(Code::model, std::string("option '") + name + "': expected " + std::to_string(n) +
                                   " values, got " +
                                   std::to_string(it == in.end() ? 0 : it->second.size()));
    }
    if constexpr (std::is_arithmetic_v<T>)
      field = T(it->second[0]);
    else
      field = {it->second[0], it->second[1]};
  }
  template <class T, size_t... I>
  static void merge_each(T own, T from, T fresh, std::index_sequence<I...>) {
    ((std::get<I>(own) == std::get<I>(fresh) ? void(std::get<I>(own) = std::get<I>(from)) : void()),
     ...);
  }
  template <class T> static void merge_fields(T own, T from, T fresh) {
    merge_each(own, from, fresh, std::make_index_sequence<std::tuple_size_v<T>>());
  }
};

class OptimizerParamGroup {
 public:
  OptimizerParamGroup(std::vector<Tensor> params) : params_(std::move(params)) {}
  OptimizerParamGroup(std::vector<Tensor> params, std::unique_ptr<OptimizerOptions> options)
      : params_(std::move(params)), options_(std::move(options)) {}
  OptimizerParamGroup(const OptimizerParamGroup& o)
      : params_(o.params_), options_(o.options_ ? o.options_->clone() : nullptr) {}
  OptimizerParamGroup(OptimizerParamGroup&&) = default;
  OptimizerParamGroup& operator=(OptimizerParamGroup&&) noexcept = default;

  bool has_options() const { return options_ != nullptr; }
  OptimizerOptions& options() { return *options_; }
  const OptimizerOptions& options() const { return *options_; }
  void set_options(std::unique_ptr<OptimizerOptions> options) { options_ = std::move(options); }
  std::vector<Tensor>& params() { return params_; }
  const std::vector<Tensor>& params() const { return params_; }

 private:
  std::vector<Tensor> params_;
  std::unique_ptr<OptimizerOptions> options_;
};

class Optimizer {
 public:
  using LossClosure = std::function<Tensor()>;

  Optimizer(Optimizer&&) noexcept;
  virtual ~Optimizer();

  /// Updates the parameters that have a gradient, in place. A closure is called first; its loss is
  /// returned.
  virtual Tensor step(LossClosure closure = nullptr);
  void zero_grad(bool set_to_none = true);
  /// Options that the group does not say are the optimizer's.
  void add_param_group(const OptimizerParamGroup& group);
  void add_parameters(const std::vector<Tensor>& parameters);

  /// Of the first group.
  const std::vector<Tensor>& parameters() const noexcept { return param_groups_[0].params(); }
  std::vector<Tensor>& parameters() noexcept { return param_groups_[0].params(); }
  size_t size() const noexcept;
  OptimizerOptions& defaults() noexcept { return *defaults_; }
  std::vector<OptimizerParamGroup>& param_groups() noexcept { return param_groups_; }
  const std::vector<OptimizerParamGroup>& param_groups() const noexcept { return param_groups_; }
  /// State and options. Parameters are counted through all groups, as in PyTorch:
  /// "state.0.exp_avg", "param_groups.0.lr".
  virtual void save(serialize::OutputArchive& archive) const;
  /// Throws Error(data) when they are not of this optimizer and its parameters; then nothing has
  /// changed.
  virtual void load(serialize::InputArchive& archive);

  /// By unsafeGetTensorImpl() of the parameter.
  std::unordered_map<void*, OptimizerParamState>& state() noexcept { return state_; }

 protected:
  /// type: the optimizer's name in a model file. Throws Error(model) for options out of range.
  Optimizer(const char* type, const std::vector<OptimizerParamGroup>& groups,
            std::unique_ptr<OptimizerOptions> defaults);

 private:
  struct Updates;
  std::unique_ptr<Updates> updates_;
  std::vector<OptimizerParamGroup> param_groups_;
  std::unordered_map<void*, OptimizerParamState> state_;
  std::unique_ptr<OptimizerOptions> defaults_;
};

inline serialize::OutputArchive& operator<<(serialize::OutputArchive& archive,
                                            const Optimizer& optimizer) {
  optimizer.save(archive);
  return archive;
}
inline serialize::InputArchive& operator>>(serialize::InputArchive& archive, Optimizer& optimizer) {
  optimizer.load(archive);
  return archive;
}

using betas_t = std::tuple<double, double>;

struct SGDOptions : OptimizerCloneableOptions<SGDOptions> {
  SGDOptions(double lr) : lr_(lr) {}
  TORCH_ARG(double, lr);
  TORCH_ARG(double, momentum) = 0;
  TORCH_ARG(double, dampening) = 0;
  TORCH_ARG(double, weight_decay) = 0;
  TORCH_ARG(bool, nesterov) = false;

 public:
  static const char* const* names();
  auto fields() { return std::tie(lr_, momentum_, dampening_, weight_decay_, nesterov_); }
};
struct AdamOptions : OptimizerCloneableOptions<AdamOptions> {
  AdamOptions(double lr = 1e-3) : lr_(lr) {}
  using betas_t = optim::betas_t;
  TORCH_ARG(double, lr);
  TORCH_ARG(betas_t, betas) = std::make_tuple(0.9, 0.999);
  TORCH_ARG(double, eps) = 1e-8;
  TORCH_ARG(double, weight_decay) = 0;
  TORCH_ARG(bool, amsgrad) = false;

 public:
  static const char* const* names();
  auto fields() { return std::tie(lr_, betas_, eps_, weight_decay_, amsgrad_); }
};
struct AdamWOptions : OptimizerCloneableOptions<AdamWOptions> {
  AdamWOptions(double lr = 1e-3) : lr_(lr) {}
  using betas_t = optim::betas_t;
  TORCH_ARG(double, lr);
  TORCH_ARG(betas_t, betas) = std::make_tuple(0.9, 0.999);
  TORCH_ARG(double, eps) = 1e-8;
  TORCH_ARG(double, weight_decay) = 1e-2;
  TORCH_ARG(bool, amsgrad) = false;

 public:
  static const char* const* names();
  auto fields() { return std::tie(lr_, betas_, eps_, weight_decay_, amsgrad_); }
};
struct RMSpropOptions : OptimizerCloneableOptions<RMSpropOptions> {
  RMSpropOptions(double lr = 1e-2) : lr_(lr) {}
  TORCH_ARG(double, lr);
  TORCH_ARG(double, alpha) = 0.99;
  TORCH_ARG(double, eps) = 1e-8;
  TORCH_ARG(double, weight_decay) = 0;
  TORCH_ARG(double, momentum) = 0;
  TORCH_ARG(bool, centered) = false;

 public:
  static const char* const* names();
  auto fields() { return std::tie(lr_, alpha_, eps_, weight_decay_, momentum_, centered_); }
};
struct AdagradOptions : OptimizerCloneableOptions<AdagradOptions> {
  AdagradOptions(double lr = 1e-2) : lr_(lr) {}
  TORCH_ARG(double, lr);
  TORCH_ARG(double, lr_decay) = 0;
  TORCH_ARG(double, weight_decay) = 0;
  TORCH_ARG(double, initial_accumulator_value) = 0;
  TORCH_ARG(double, eps) = 1e-10;

 public:
  static const char* const* names();
  auto fields() {
    return std::tie(lr_, lr_decay_, weight_decay_, initial_accumulator_value_, eps_);
  }
};

class SGD : public Optimizer {
 public:
  explicit SGD(const std::vector<OptimizerParamGroup>& groups, SGDOptions defaults)
      : Optimizer("SGD", groups, defaults.clone()) {}
  explicit SGD(std::vector<Tensor> params, SGDOptions defaults)
      : SGD({OptimizerParamGroup(std::move(params))}, defaults) {}
};
#define NNRUN_OPTIMIZER(Name)                                                                  \
  class Name : public Optimizer {                                                              \
   public:                                                                                     \
    explicit Name(const std::vector<OptimizerParamGroup>& groups, Name##Options defaults = {}) \
        : Optimizer(#Name, groups, defaults.clone()) {}                                        \
    explicit Name(std::vector<Tensor> params, Name##Options defaults = {})                     \
        : Name({OptimizerParamGroup(std::move(params))}, defaults) {}                          \
  };
NNRUN_OPTIMIZER(Adam)
NNRUN_OPTIMIZER(AdamW)
NNRUN_OPTIMIZER(RMSprop)
NNRUN_OPTIMIZER(Adagrad)
#undef NNRUN_OPTIMIZER

/// Sets the rates of an optimizer, which must outlive it; step() after each epoch.
class LRScheduler {
 public:
  explicit LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {}
  virtual ~LRScheduler() = default;
  void step();

 protected:
  /// The next rates, one for each group.
  virtual std::vector<double> get_lrs() = 0;
  std::vector<double> get_current_lrs() const;
  unsigned step_count_ = 0;

 private:
  Optimizer& optimizer_;
};

class StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, unsigned step_size, double gamma = 0.1)
      : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {}

 private:
  std::vector<double> get_lrs() override;
  const unsigned step_size_;
  const double gamma_;
};

class ReduceLROnPlateauScheduler {
 public:
  enum SchedulerMode { min, max };
  enum ThresholdMode { rel, abs };
  ReduceLROnPlateauScheduler(Optimizer& optimizer, SchedulerMode mode = min, float factor = 0.1f,
                             int patience = 10, double threshold = 1e-4,
                             ThresholdMode threshold_mode = rel, int cooldown = 0,
                             const std::vector<float>& min_lr = {}, double eps = 1e-8,
                             bool verbose = false);
  virtual ~ReduceLROnPlateauScheduler();
  void step(float metric);

 private:
  struct Plateau;
  std::unique_ptr<Plateau> plateau_;
};

}  // namespace nnrun::optim
#pragma GCC visibility pop
