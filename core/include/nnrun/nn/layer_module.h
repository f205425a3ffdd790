// The one implementation of modules that are layers: what a layer is made of is what a model file
// gets for it, traced once for each kind of input and run at once from then on.
#pragma once

#include <memory>

#include <nnrun/nn/module.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn {

/// A layer by name, with PyTorch's options. Options that the input gives (in_features) may be left
/// out: parameters are made at the first forward then.
class LayerModule : public Module {
 public:
  explicit LayerModule(std::string type, Options options = {});
  LayerModule(const LayerModule& other);
  LayerModule& operator=(const LayerModule& other);
  ~LayerModule() override;

  /// Where the layer takes a batch of samples of known rank (Conv2d, MaxPool2d), one sample will
  /// do.
  Tensor forward(const Tensor& input) { return run(TensorList(input)); }
  /// Of a layer with several inputs (Add, Concat).
  Tensor forward_all(TensorList inputs) { return run(inputs); }
  std::shared_ptr<Module> clone(const optional<Device>& device = nullopt) const override;
  void pretty_print(std::ostream& out) const override;

 protected:
  /// Makes what is not there yet of parameters and buffers, as the layer declares them when its
  /// input has these sizes, and starts all of them anew.
  void make_state(const std::vector<int64_t>& input_sizes);
  /// The member that holds a parameter or buffer; null: it is only registered.
  virtual Tensor* member(std::string_view name);
  Tensor run(TensorList inputs);
  /// Called before each forward: the place for set_options().
  virtual void refresh() {}
  /// What the layer computes from now on. Throws Error(model) for options that it does not take;
  /// then nothing has changed.
  void set_options(const Options& options);
  /// Puts clones in the place of parameters and buffers.
  void own_tensors(const optional<Device>& device);
  void clone_(Module& other, const optional<Device>& device) override;

 private:
  struct Layer;
  std::shared_ptr<Layer> layer_;
};

/// A layer with a class of its own.
template <class Derived, class Base = LayerModule> class LayerOf : public Base {
 public:
  std::shared_ptr<Module> clone(const optional<Device>& device = nullopt) const override {
    auto copy = std::make_shared<Derived>(static_cast<const Derived&>(*this));
    static_cast<LayerOf&>(*copy).own_tensors(device);
    return copy;
  }

 protected:
  using Base::Base;
  void clone_(Module& other, const optional<Device>& device) override {
    Module::assign_clone(static_cast<Derived&>(*this), other, device);
  }
};

/// And with options, which may be changed: the next forward goes by them.
template <class Derived, class O, class Base = LayerModule> class LayerWith
    : public LayerOf<Derived, Base> {
 public:
  O options;

 protected:
  LayerWith(const char* type, const O& o)
      : LayerOf<Derived, Base>(type, o.named()), options(o), in_use_(o) {}
  void refresh() override {
    if (options.fields() == in_use_.fields()) return;
    this->set_options(options.named());
    in_use_ = options;
  }

 private:
  O in_use_;
};

/// A module for any layer, plug-ins' included: make("Linear", {{"out_features", 3}}).
AnyModule make(const std::string& type, const Options& options = {});

}  // namespace nnrun::nn
#pragma GCC visibility pop
