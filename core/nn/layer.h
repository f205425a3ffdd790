// Layers: what the model file names. A layer builds itself out of ops through a LayerScope,
// declaring parameters and buffers as it goes; gradients, placement and fusion follow from the ops.
// One layer is one file in layers/ that defines `LayerDef layer_<file name>()`; names, arguments,
// defaults and initialisation are PyTorch's. Layers of plug-ins answer to the same interface.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/graph/attrs.h"
#include "core/nn/state.h"
#include "core/ops/builder.h"

namespace nnrun {

/// A layer as the model file gives it.
struct LayerConfig {
  std::string type;                    // "Linear", "acme.Maxout"
  std::string name;                    // "": its index in the container
  std::vector<std::string> inputs;     // names of layers, or "input"; empty: the layer before
  Attrs attrs;                         // as given: not completed, not checked
  std::map<std::string, Where> marks;  // of each given value, by attribute name
  Where where;                         // of the type
  std::vector<LayerConfig> layers;     // of a container
  std::vector<LayerConfig> shortcut;   // of Residual
};

enum class InitKind { zeros, ones, constant, uniform, normal, kaiming_uniform, xavier_uniform };

/// How a parameter starts. Meanings of a, b: nnr_init.
struct Init {
  InitKind kind = InitKind::zeros;
  double a = 0, b = 0;
  int64_t fan_in = 0, fan_out = 0;
  int64_t zero_row = -1;  // of the first dimension: starts as zeros (an embedding's padding)
  static Init zeros() { return {InitKind::zeros}; }
  static Init ones() { return {InitKind::ones}; }
  static Init constant(double v) { return {InitKind::constant, v}; }
  static Init uniform(double lo, double hi) { return {InitKind::uniform, lo, hi}; }
  static Init normal(double mean, double std) { return {InitKind::normal, mean, std}; }
  static Init kaiming_uniform(double a, int64_t fan_in) {
    return {InitKind::kaiming_uniform, a, 0, fan_in, 0};
  }
  static Init xavier_uniform(double gain, int64_t fan_in, int64_t fan_out) {
    return {InitKind::xavier_uniform, gain, 0, fan_in, fan_out};
  }
};

/// The values Init stands for, drawn from the random stream of (seed, "init", full name): they
/// depend on the seed and the name alone, not on the order of layers. Drawn in double and rounded
/// once, so a float64 model starts where the float32 one does, on that many threads at most. Type:
/// a float or an integer one.
Array initial_value(const Init& init, const Type& type, uint64_t seed, const std::string& full_name,
                    int threads = 1);

/// What a layer sees while it is built. Handles belong to the builder `b`; inputs are never null.
class LayerScope {
 public:
  virtual ~LayerScope() = default;

  Builder& b;
  const Attrs& attrs;  // complete
  std::vector<Var> in;
  const bool training;
  const DType dtype;  // of computing

  Var x() const { return in.at(0); }
  const Shape& shape(size_t i = 0) const { return in.at(i).shape(); }

  /// Made at the first build, found by name after. The name is the layer's own: "weight". A
  /// parameter of a 16-bit type is kept in float32 and rounded for the use.
  virtual Var param(const std::string& name, const Type& type, const Init& init) = 0;
  virtual Var buffer(const std::string& name, const Type& type, const Init& init,
                     bool persistent = true) = 0;
  /// buffer := value at the end of a training step (unless the step is rejected); later reads in
  /// the step see the value. Nothing when not training.
  virtual void assign(Var buffer, Var value) = 0;
  /// A random stream of this layer: the int64[4] operand of rand and randn. Each call another one;
  /// each step other numbers.
  virtual Var rng(const std::string& purpose) = 0;
  /// The training step, an int64 scalar from 0.
  virtual Var step() = 0;
  /// A layer inside this one; its parameters are called <this>.<name>.<parameter>.
  virtual Var layer(const LayerConfig& config, const std::string& name, std::vector<Var> in) = 0;
  /// Layers one after the other, or as their `inputs` say; the last one's output. Their parameters
  /// are called <this>.[<group>.]<name or index>.<parameter>.
  virtual Var sequence(const std::vector<LayerConfig>& layers, const std::string& group, Var x) = 0;
  /// The configuration, for containers.
  virtual const LayerConfig& config() const = 0;

  /// A size that may be left out (in_features): `actual`, which the input gives. When it is given
  /// and differs, reports "in_features is 10, but the layer before it gives 16" with the layer that
  /// set it, and building goes on with `actual` to find further errors.
  virtual int64_t size(const std::string& attribute, int64_t actual) = 0;

  /// Throws Error(model) "<Type> '<name>': message" at the attribute's place in the model file (of
  /// the layer's when the attribute was not given).
  [[noreturn]] virtual void fail(const std::string& attribute, const std::string& message,
                                 const std::string& hint = "") const = 0;

 protected:
  LayerScope(Builder& builder, const Attrs& a, std::vector<Var> inputs, bool train, DType compute)
      : b(builder), attrs(a), in(std::move(inputs)), training(train), dtype(compute) {}
};

struct LayerDef {
  std::string name, doc;
  std::vector<AttrDecl> attrs = {};
  int min_in = 1, max_in = 1;  // max_in -1: any number (Add, Concat)
  bool container = false;      // takes `layers` (Sequential, Residual)
  int sample_rank = 0;         // of a module that also takes one sample without a batch; 0: none
  bool takes_indices = false;  // its input is whole numbers (Embedding)
  bool any_number = false;     // takes any other key with a number too (Formula)
  std::function<Var(LayerScope&)> build = {};
};

/// `given` checked and completed, with each error at the place of the value. Throws Error(model)
/// "<owner>: ..."; errors of further attributes are in more().
Attrs complete(const LayerDef& def, const LayerConfig& config, const std::string& owner);

/// A layer by name: a built-in, or a plug-in's layer, scalar or op (which serves as a layer without
/// parameters) by full name (acme.soft_step) or short one (soft_step or SoftStep; a built-in's name
/// is the built-in). Throws Error(model) with the nearest name as hint and what plug-ins provide;
/// Error(backend) when a short name is ambiguous.
const LayerDef& find_layer(const std::string& type);
/// The names that find_layer takes for it: the full one first.
std::vector<std::string> names_of(const LayerDef& def);
std::vector<const LayerDef*> all_layers();  // sorted by name, plug-ins included

}  // namespace nnrun
