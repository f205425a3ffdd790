// Modules that hold modules.
#pragma once

#include <nnrun/nn/module.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn {

/// A module with a name, for Sequential({{"fc", Linear(2, 3)}, ...}).
class NamedAnyModule {
 public:
  template <typename M> NamedAnyModule(std::string name, std::shared_ptr<M> module)
      : NamedAnyModule(std::move(name), AnyModule(std::move(module))) {}
  template <typename M> NamedAnyModule(std::string name, const ModuleHolder<M>& holder)
      : NamedAnyModule(std::move(name), AnyModule(holder)) {}
  template <typename M, typename = std::enable_if_t<is_module<M>::value>>
  NamedAnyModule(std::string name, M&& module)
      : NamedAnyModule(std::move(name), AnyModule(std::forward<M>(module))) {}
  NamedAnyModule(std::string name, AnyModule module)
      : name_(std::move(name)), module_(std::move(module)) {}
  const std::string& name() const noexcept { return name_; }
  const AnyModule& module() const noexcept { return module_; }

 private:
  std::string name_;
  AnyModule module_;
};

/// Modules one after the other, each on what the one before gives. The error of one says which it
/// is, and after which.
class SequentialImpl : public Cloneable<SequentialImpl> {
 public:
  using Iterator = std::vector<AnyModule>::iterator;
  using ConstIterator = std::vector<AnyModule>::const_iterator;

  SequentialImpl() = default;
  template <typename First, typename... Rest,
            typename = std::enable_if_t<
                (is_module<First>::value || detail::is_holder<First>::value ||
                 std::is_same_v<std::decay_t<First>, AnyModule> ||
                 std::is_convertible_v<std::decay_t<First>, std::shared_ptr<Module>>)&&!std::
                    is_same_v<std::decay_t<First>, SequentialImpl>>>
  explicit SequentialImpl(First&& first, Rest&&... rest) {
    push_back(std::forward<First>(first));
    (push_back(std::forward<Rest>(rest)), ...);
  }
  explicit SequentialImpl(std::initializer_list<NamedAnyModule> modules) {
    for (const NamedAnyModule& m : modules) push_back(m.name(), m.module());
  }

  template <typename R = Tensor, typename... Inputs> R forward(Inputs&&... inputs) {
    if (is_empty()) throw Error(Code::model, "Sequential: forward() of an empty one");
    std::vector<std::any> values;
    (values.emplace_back(std::decay_t<Inputs>(std::forward<Inputs>(inputs))), ...);
    for (size_t i = 0; i < modules_.size(); ++i) {
      try {
        std::any y = modules_[i].any_forward(std::move(values));
        values.clear();
        values.push_back(std::move(y));
      } catch (const Error& e) {
        failed(i, e);
      }
    }
    return AnyModule::result<R>(values[0]);
  }

  template <typename M> void push_back(M&& module) {
    push_back(std::to_string(modules_.size()), std::forward<M>(module));
  }
  template <typename M> void push_back(std::string name, M&& module) {
    if constexpr (std::is_same_v<std::decay_t<M>, AnyModule>)
      modules_.push_back(module);
    else
      modules_.push_back(AnyModule(std::forward<M>(module)));
    register_module(std::move(name), modules_.back().ptr());
  }
  template <typename Container> void extend(const Container& container) {
    for (const auto& module : container) push_back(module);
  }

  Iterator begin() { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator begin() const { return modules_.begin(); }
  ConstIterator end() const { return modules_.end(); }
  template <typename M> M& at(size_t i) const { return module(i).get<M>(); }
  std::shared_ptr<Module> ptr(size_t i) const { return module(i).ptr(); }
  template <typename M> std::shared_ptr<M> ptr(size_t i) const { return module(i).ptr<M>(); }
  std::shared_ptr<Module> operator[](size_t i) const { return ptr(i); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }
  void reset() override {}
  std::shared_ptr<Module> clone(const optional<Device>& device = nullopt) const override {
    auto copy = std::make_shared<SequentialImpl>();
    const std::vector<std::string> names = children_.keys();
    for (size_t i = 0; i < size(); ++i) copy->push_back(names[i], modules_[i].clone(device));
    copy->train(is_training());
    return copy;
  }
  void pretty_print(std::ostream& out) const override;

 private:
  [[noreturn]] void failed(size_t i, const Error& e) const;
  const AnyModule& module(size_t i) const {
    if (i < size()) return modules_[i];
    throw Error(Code::model,
                "Sequential: module " + std::to_string(i) + " of " + std::to_string(size()));
  }
  std::vector<AnyModule> modules_;
};
class Sequential : public ModuleHolder<SequentialImpl> {
 public:
  using ModuleHolder<SequentialImpl>::ModuleHolder;
  Sequential() = default;
  Sequential(std::initializer_list<NamedAnyModule> modules)
      : ModuleHolder(std::make_shared<SequentialImpl>(modules)) {}
};

/// A list of modules that the program goes through itself.
class ModuleListImpl : public Cloneable<ModuleListImpl> {
 public:
  using Iterator = std::vector<std::shared_ptr<Module>>::iterator;
  using ConstIterator = std::vector<std::shared_ptr<Module>>::const_iterator;

  ModuleListImpl() = default;
  template <typename First, typename... Rest,
            typename = std::enable_if_t<!std::is_same_v<std::decay_t<First>, ModuleListImpl>>>
  explicit ModuleListImpl(First&& first, Rest&&... rest) {
    push_back(std::forward<First>(first));
    (push_back(std::forward<Rest>(rest)), ...);
  }

  void push_back(std::shared_ptr<Module> module) {
    register_module(std::to_string(modules_.size()), module);
    modules_.push_back(std::move(module));
  }
  template <typename M> void push_back(const ModuleHolder<M>& holder) {
    push_back(std::shared_ptr<Module>(holder.ptr()));
  }
  template <typename M, typename = std::enable_if_t<is_module<M>::value>>
  void push_back(M&& module) {
    push_back(std::shared_ptr<Module>(std::make_shared<std::decay_t<M>>(std::forward<M>(module))));
  }
  template <typename Container> void extend(const Container& container) {
    for (const auto& module : container) push_back(module);
  }
  Iterator begin() { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator begin() const { return modules_.begin(); }
  ConstIterator end() const { return modules_.end(); }
  std::shared_ptr<Module> ptr(size_t i) const {
    if (i < size()) return modules_[i];
    throw Error(Code::model,
                "ModuleList: module " + std::to_string(i) + " of " + std::to_string(size()));
  }
  template <typename M> std::shared_ptr<M> ptr(size_t i) const {
    return std::dynamic_pointer_cast<M>(ptr(i));
  }
  template <typename M> auto& at(size_t i) const {
    auto* m = ptr(i)->template as<M>();
    if (m == nullptr) throw Error(Code::model, "ModuleList: the module is of another type");
    return *m;
  }
  std::shared_ptr<Module> operator[](size_t i) const { return ptr(i); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }
  void reset() override {}
  std::shared_ptr<Module> clone(const optional<Device>& device = nullopt) const override {
    auto copy = std::make_shared<ModuleListImpl>();
    for (const auto& m : modules_) copy->push_back(m->clone(device));
    copy->train(is_training());
    return copy;
  }
  void pretty_print(std::ostream& out) const override;

 private:
  std::vector<std::shared_ptr<Module>> modules_;
};
TORCH_MODULE(ModuleList);

/// A function as a module, with further arguments bound.
class FunctionalImpl : public Cloneable<FunctionalImpl> {
 public:
  using Function = std::function<Tensor(Tensor)>;
  explicit FunctionalImpl(Function f) : function_(std::move(f)) {}
  template <typename F, typename... Args, typename = std::enable_if_t<(sizeof...(Args) > 0)>>
  explicit FunctionalImpl(F f, Args&&... args)
      : function_([f, bound = std::make_tuple(std::forward<Args>(args)...)](Tensor x) {
          return std::apply([&](const auto&... a) { return f(x, a...); }, bound);
        }) {}
  Tensor forward(Tensor input) { return function_(std::move(input)); }
  Tensor operator()(Tensor input) { return forward(std::move(input)); }
  void reset() override {}
  void pretty_print(std::ostream& out) const override;

 private:
  Function function_;
};
TORCH_MODULE(Functional);

}  // namespace nnrun::nn
#pragma GCC visibility pop
