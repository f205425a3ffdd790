// Module: an object with parameters, buffers and modules inside it, by name.
#pragma once

#include <any>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <nnrun/nn/support.h>
#include <nnrun/serialize.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn {

template <typename Contained> class ModuleHolder;
template <typename Derived> class Cloneable;
class AnyModule;

/// Names of what is inside are paths: "fc.weight". All functions that go through modules visit a
/// module before those inside it, in the order in which they were registered.
class Module : public std::enable_shared_from_this<Module> {
 public:
  Module() = default;
  explicit Module(std::string name) : name_(std::move(name)) {}
  virtual ~Module() = default;

  /// The name it was made with, or that of its class.
  const std::string& name() const noexcept;

  void apply(const std::function<void(Module&)>& f);
  void apply(const std::function<void(const Module&)>& f) const;
  void apply(const std::function<void(const std::string&, Module&)>& f,
             const std::string& prefix = {});
  void apply(const std::function<void(const std::string&, const Module&)>& f,
             const std::string& prefix = {}) const;
  void apply(const std::function<void(const std::shared_ptr<Module>&)>& f) const;

  std::vector<Tensor> parameters(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(bool recurse = true) const;
  std::vector<Tensor> buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(bool recurse = true) const;
  /// include_self: only of a module that a shared_ptr owns.
  std::vector<std::shared_ptr<Module>> modules(bool include_self = true) const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_modules(const std::string& prefix = {},
                                                                  bool include_self = true) const;
  std::vector<std::shared_ptr<Module>> children() const { return children_.values(); }
  OrderedDict<std::string, std::shared_ptr<Module>> named_children() const { return children_; }
  /// Parameters and buffers by path; the tensors are the module's own.
  std::map<std::string, Tensor> state_dict() const;
  /// Copies values in. Throws Error(model) naming what is missing, left over or of another shape.
  void load_state_dict(const std::map<std::string, Tensor>& state);

  /// Parameters and buffers by name, those of modules inside as nested archives.
  virtual void save(serialize::OutputArchive& archive) const;
  /// Copies values in. Throws Error(data) naming what is missing or of another shape; then the
  /// module may be partly loaded.
  virtual void load(serialize::InputArchive& archive);

  virtual void train(bool on = true);
  void eval() { train(false); }
  virtual bool is_training() const noexcept { return is_training_; }

  virtual void to(Device device, Dtype dtype, bool non_blocking = false);
  virtual void to(Dtype dtype, bool non_blocking = false);
  virtual void to(Device device, bool non_blocking = false);
  virtual void zero_grad(bool set_to_none = true);

  /// The same module with tensors of its own, on `device` if that is given. Modules of a program
  /// derive from Cloneable for it; of others it throws Error(model).
  virtual std::shared_ptr<Module> clone(const optional<Device>& device = nullopt) const;

  virtual void pretty_print(std::ostream& out) const;

  template <typename M> auto* as() noexcept {
    if constexpr (std::is_base_of_v<Module, M>)
      return dynamic_cast<M*>(this);
    else
      return dynamic_cast<typename M::ContainedType*>(this);
  }
  template <typename M> const auto* as() const noexcept {
    return const_cast<Module*>(this)->as<M>();
  }

  /// An undefined tensor is a parameter that the module can do without.
  Tensor& register_parameter(std::string name, Tensor tensor, bool requires_grad = true);
  Tensor& register_buffer(std::string name, Tensor tensor);
  template <typename M>
  std::shared_ptr<M> register_module(std::string name, std::shared_ptr<M> module) {
    add_child(std::move(name), module);
    return module;
  }
  template <typename M>
  std::shared_ptr<M> register_module(std::string name, ModuleHolder<M> holder) {
    return register_module(std::move(name), holder.ptr());
  }
  template <typename M>
  std::shared_ptr<M> replace_module(const std::string& name, std::shared_ptr<M> module) {
    children_[name] = module;
    return module;
  }
  template <typename M>
  std::shared_ptr<M> replace_module(const std::string& name, ModuleHolder<M> holder) {
    return replace_module(name, holder.ptr());
  }
  void unregister_module(const std::string& name) { children_.erase(name); }

 protected:
  OrderedDict<std::string, Tensor> parameters_{"Parameter"}, buffers_{"Buffer"};
  OrderedDict<std::string, std::shared_ptr<Module>> children_{"Submodule"};

  /// Makes *this a clone of `other`, which is of the same class.
  virtual void clone_(Module& other, const optional<Device>& device);
  template <class M>
  static void assign_clone(M& to, const Module& other, const optional<Device>& device) {
    const auto copy = std::dynamic_pointer_cast<M>(other.clone(device));
    if (copy == nullptr) {
      throw Error(Code::model, "[clone] '" + other.name() + "' is to be cloned into '" + to.name() +
                                   "', which is of another class");
    }
    to = *copy;
  }

 private:
  template <typename Derived> friend class Cloneable;
  friend std::ostream& operator<<(std::ostream& out, const Module& module);
  void add_child(std::string name, std::shared_ptr<Module> module);
  OrderedDict<std::string, Tensor> named(OrderedDict<std::string, Tensor> Module::*which,
                                         bool recurse) const;
  void print(std::ostream& out, const std::string& indentation) const;
  template <class F> void change_tensors(F&& f);
  void clone_tensors(const Module& from, const optional<Device>& device);

  mutable std::string name_;
  bool is_training_ = true;
};
std::ostream& operator<<(std::ostream& out, const Module& module);

/// A module that can be cloned: reset() makes and registers its parameters, buffers and modules, as
/// the constructor does, which calls it. Everything else is copied.
template <typename Derived> class Cloneable : public Module {
 public:
  using Module::Module;
  virtual void reset() = 0;
  std::shared_ptr<Module> clone(const optional<Device>& device = nullopt) const override {
    auto copy = std::make_shared<Derived>(static_cast<const Derived&>(*this));
    Module& module = *copy;
    module.parameters_.clear();
    module.buffers_.clear();
    module.children_.clear();
    copy->reset();
    module.clone_tensors(*this, device);
    return copy;
  }

 private:
  void clone_(Module& other, const optional<Device>& device) final {
    assign_clone(static_cast<Derived&>(*this), other, device);
  }
};

template <class M, std::enable_if_t<std::is_base_of_v<Module, M>, int> = 0>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive,
                                     const std::shared_ptr<M>& module) {
  if (module == nullptr) throw Error(Code::model, "[save] an empty module");
  module->save(archive);
  return archive;
}
template <class M, std::enable_if_t<std::is_base_of_v<Module, M>, int> = 0>
serialize::InputArchive& operator>>(serialize::InputArchive& archive,
                                    const std::shared_ptr<M>& module) {
  if (module == nullptr) throw Error(Code::model, "[load] an empty module");
  module->load(archive);
  return archive;
}

template <class T> using is_module = std::is_base_of<Module, std::decay_t<T>>;

namespace detail {
struct HolderMark {};
template <class T> using is_holder = std::is_base_of<HolderMark, std::decay_t<T>>;

/// Whether a class has a member of the name forward: one of another class, beside it, is ambiguous
/// then.
struct Forward {
  int forward;
};
template <class M> struct BesideForward : M, Forward {};
template <class M, class = void> struct has_forward : std::true_type {};
template <class M> struct has_forward<M, std::void_t<decltype(&BesideForward<M>::forward)>>
    : std::false_type {};
[[noreturn]] void no_forward(const Module& module);
}  // namespace detail

/// A shared_ptr to a module that makes the module itself: `Linear fc(2, 3);`. `Linear fc{nullptr};`
/// is empty.
template <typename Contained> class ModuleHolder : detail::HolderMark {
 public:
  using ContainedType = Contained;

  ModuleHolder() : impl_(make()) {}
  ModuleHolder(std::nullptr_t) {}
  template <typename Head, typename... Tail,
            typename = std::enable_if_t<
                !(sizeof...(Tail) == 0 &&
                  (std::is_base_of_v<ModuleHolder, std::decay_t<Head>> ||
                   std::is_convertible_v<std::decay_t<Head>, std::shared_ptr<Contained>>))>>
  explicit ModuleHolder(Head&& head, Tail&&... tail)
      : impl_(new Contained(std::forward<Head>(head), std::forward<Tail>(tail)...)) {}
  ModuleHolder(std::shared_ptr<Contained> module) : impl_(std::move(module)) {}

  explicit operator bool() const noexcept { return impl_ != nullptr; }
  bool is_empty() const noexcept { return impl_ == nullptr; }
  Contained* operator->() { return get(); }
  const Contained* operator->() const { return get(); }
  Contained& operator*() { return *get(); }
  const Contained& operator*() const { return *get(); }
  const std::shared_ptr<Contained>& ptr() const {
    check();
    return impl_;
  }
  Contained* get() {
    check();
    return impl_.get();
  }
  const Contained* get() const {
    check();
    return impl_.get();
  }
  template <typename... Args> auto operator()(Args&&... args) {
    return get()->forward(std::forward<Args>(args)...);
  }
  template <typename Arg> auto operator[](Arg&& arg) { return (*get())[std::forward<Arg>(arg)]; }

 protected:
  std::shared_ptr<Contained> impl_;

 private:
  static std::shared_ptr<Contained> make() {
    if constexpr (std::is_default_constructible_v<Contained>)
      return std::make_shared<Contained>();
    else
      return nullptr;
  }
  void check() const {
    if (impl_ == nullptr) throw Error(Code::model, "an empty module is used");
  }
};
template <typename M> std::ostream& operator<<(std::ostream& out, const ModuleHolder<M>& module) {
  return out << *module;
}

template <typename M> serialize::OutputArchive& operator<<(serialize::OutputArchive& archive,
                                                           const ModuleHolder<M>& module) {
  return archive << module.ptr();
}
template <typename M> serialize::InputArchive& operator>>(serialize::InputArchive& archive,
                                                          const ModuleHolder<M>& module) {
  return archive >> module.ptr();
}

#define TORCH_MODULE_IMPL(Name, ImplType)                    \
  class Name : public ::nnrun::nn::ModuleHolder<ImplType> {  \
   public:                                                   \
    using ::nnrun::nn::ModuleHolder<ImplType>::ModuleHolder; \
    using Impl = ImplType;                                   \
  }
#define TORCH_MODULE(Name) TORCH_MODULE_IMPL(Name, Name##Impl)

/// Any module, with its forward(): which must be one function, not several of that name. Arguments
/// have the types that it takes; those of a layer are as many tensors as it has inputs. Of a module
/// without one forward() throws Error(not_implemented).
class AnyModule {
 public:
  AnyModule() = default;
  template <typename M, typename = std::enable_if_t<is_module<M>::value>>
  explicit AnyModule(std::shared_ptr<M> module)
      : module_(module), forward_(forward_of(module)), of_([](const std::shared_ptr<Module>& m) {
          return AnyModule(std::static_pointer_cast<M>(m));
        }) {}
  template <typename M, typename = std::enable_if_t<is_module<M>::value>>
  explicit AnyModule(M&& module)
      : AnyModule(std::make_shared<std::decay_t<M>>(std::forward<M>(module))) {}
  template <typename M> explicit AnyModule(const ModuleHolder<M>& holder)
      : AnyModule(holder.ptr()) {}

  template <typename R = Tensor, typename... Args> R forward(Args&&... args) {
    std::vector<std::any> values;
    (values.emplace_back(std::decay_t<Args>(std::forward<Args>(args))), ...);
    return result<R>(any_forward(std::move(values)));
  }
  std::any any_forward(std::vector<std::any> arguments) const {
    if (is_empty()) throw Error(Code::model, "an empty AnyModule is used");
    return forward_(arguments);
  }
  template <typename R> static R result(const std::any& value) {
    if (const R* r = std::any_cast<R>(&value)) return *r;
    throw Error(Code::model, "forward() gives a value of another type than was asked for");
  }

  std::shared_ptr<Module> ptr() const { return module_; }
  template <typename M> std::shared_ptr<M> ptr() const {
    if (auto m = std::dynamic_pointer_cast<M>(module_)) return m;
    throw Error(Code::model, "the AnyModule holds a module of another type");
  }
  /// The module; of a holder's type, another handle of it.
  template <typename M> decltype(auto) get() const {
    if constexpr (is_module<M>::value)
      return static_cast<M&>(*ptr<M>());
    else
      return M(ptr<typename M::ContainedType>());
  }
  bool is_empty() const noexcept { return module_ == nullptr; }
  AnyModule clone(optional<Device> device = nullopt) const {
    return is_empty() ? AnyModule() : of_(module_->clone(device));
  }

 private:
  using Forward = std::function<std::any(std::vector<std::any>&)>;
  template <class M, class = void> struct takes_list : std::false_type {};
  template <class M> struct takes_list<M, std::void_t<decltype(&M::forward_all)>> : std::true_type {
  };
  template <class M> static Forward forward_of(std::shared_ptr<M> m) {
    if constexpr (takes_list<M>::value) {
      return [m](std::vector<std::any>& args) -> std::any {
        for (size_t i = 0; i < args.size(); ++i) check<Tensor>(args[i], i);
        if (args.size() == 1) return m->forward_all(*std::any_cast<Tensor>(&args[0]));
        std::vector<Tensor> inputs;
        for (const std::any& a : args) inputs.push_back(std::any_cast<Tensor>(a));
        return m->forward_all(inputs);
      };
    } else if constexpr (detail::has_forward<M>::value) {
      return erase(m, &M::forward);
    } else {
      return [m](std::vector<std::any>&) -> std::any { detail::no_forward(*m); };
    }
  }
  template <class M, class C, class R, class... A>
  static Forward erase(std::shared_ptr<M> m, R (C::*f)(A...)) {
    return erase_call<R, A...>(
        [m, f](auto&&... a) -> R { return (m.get()->*f)(std::forward<decltype(a)>(a)...); },
        std::index_sequence_for<A...>());
  }
  template <class M, class C, class R, class... A>
  static Forward erase(std::shared_ptr<M> m, R (C::*f)(A...) const) {
    return erase_call<R, A...>(
        [m, f](auto&&... a) -> R { return (m.get()->*f)(std::forward<decltype(a)>(a)...); },
        std::index_sequence_for<A...>());
  }
  template <class R, class... A, class F, size_t... I>
  static Forward erase_call(F f, std::index_sequence<I...>) {
    return [f](std::vector<std::any>& args) -> std::any {
      if (args.size() != sizeof...(A)) {
        throw Error(Code::model, "forward() takes " + std::to_string(sizeof...(A)) +
                                     " arguments, not " + std::to_string(args.size()));
      }
      (check<std::decay_t<A>>(args[I], I), ...);
      return std::decay_t<R>(f(static_cast<A>(std::any_cast<std::decay_t<A>&>(args[I]))...));
    };
  }
  template <class T> static void check(const std::any& value, size_t i) {
    if (value.type() == typeid(T)) return;
    throw Error(Code::model, "argument " + std::to_string(i) + " of forward() is of another type");
  }

  std::shared_ptr<Module> module_;
  Forward forward_;
  AnyModule (*of_)(const std::shared_ptr<Module>&) = nullptr;  // a module of the same class
};

}  // namespace nnrun::nn
#pragma GCC visibility pop
