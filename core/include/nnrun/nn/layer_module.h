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
  LayerModule& operator=(const LayerModule& other) = delete;
  ~LayerModule() override;

  Tensor forward(const Tensor& input) { return run(TensorList(input)); }
  void pretty_print(std::ostream& out) const override;

 protected:
  /// Makes what is not there yet of parameters and buffers, as the layer declares them when its
  /// input has these sizes, and starts all of them anew.
  void make_state(const std::vector<int64_t>& input_sizes);
  /// The member that holds a parameter or buffer; null: it is only registered.
  virtual Tensor* member(std::string_view name);
  Tensor run(TensorList inputs);

 private:
  struct Layer;
  std::shared_ptr<Layer> layer_;
};

/// A module for any layer, plug-ins' included: make("Linear", {{"out_features", 3}}).
AnyModule make(const std::string& type, const Options& options = {});

}  // namespace nnrun::nn
#pragma GCC visibility pop
