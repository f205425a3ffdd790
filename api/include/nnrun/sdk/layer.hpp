// Writing a layer as a class: it declares its parameters and says what its output is made of.
//
//   struct Scale {
//     static std::vector<Attr> attrs() { return {attr("start", 1.0, "factor at the start")}; }
//     static Value build(Scope& s) {
//       return s.x() * s.param("weight", {s.x().size(-1)},
//       Init::constant(s.attrs.number("start")));
//     }
//   };
//   p.layer<Scale>("acme.Scale", "a learned factor per feature");
//
// Gradients, backends and fusion follow from the ops. `static constexpr uint32_t min_inputs,
// max_inputs` may say that it takes other than one input.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../abi/layers.h"
#include "op.hpp"
#include "value.hpp"

namespace nnrun::sdk {

/// How a parameter starts; the names are torch.nn.init's.
struct Init {
  nnr_init abi;
  static Init zeros() { return of(NNR_INIT_ZEROS); }
  static Init ones() { return of(NNR_INIT_ONES); }
  static Init constant(double v) { return of(NNR_INIT_CONSTANT, v); }
  static Init uniform(double lo, double hi) { return of(NNR_INIT_UNIFORM, lo, hi); }
  static Init normal(double mean, double std) { return of(NNR_INIT_NORMAL, mean, std); }
  static Init kaiming_uniform(double a, int64_t fan_in) {
    return of(NNR_INIT_KAIMING_UNIFORM, a, 0, fan_in);
  }
  static Init xavier_uniform(double gain, int64_t fan_in, int64_t fan_out) {
    return of(NNR_INIT_XAVIER_UNIFORM, gain, 0, fan_in, fan_out);
  }

 private:
  static Init of(uint32_t kind, double a = 0, double b = 0, int64_t fan_in = 0,
                 int64_t fan_out = 0) {
    return {{sizeof(nnr_init), kind, a, b, fan_in, fan_out}};
  }
};

/// What a layer sees while it is built.
class Scope {
 public:
  Scope(const nnr_builder* b, const nnr_attr* attr, uint32_t n_attr, const uint32_t* in,
        uint32_t n_in)
      : attrs(attr, n_attr), b_(b) {
    for (uint32_t i = 0; i < n_in; ++i) in_.emplace_back(b, in[i]);
  }

  const Attrs attrs;
  bool training() const { return b_->training != 0; }
  Value x() const { return in_.at(0); }
  const std::vector<Value>& in() const { return in_; }
  const nnr_builder* builder() const { return b_; }

  /// Parameters and buffers have the dtype of the first input unless it is given. They are made at
  /// the first build, found by name after.
  Value param(const std::string& name, const std::vector<int64_t>& shape, const Init& init) {
    return param(name, Type{x().dtype(), shape}, init);
  }
  Value param(const std::string& name, const Type& type, const Init& init) {
    return made(type, [&](const nnr_tdesc* d, uint32_t* out, nnr_err* e) {
      return b_->param(b_->ctx, str(name), d, &init.abi, out, e);
    });
  }
  /// persistent: saved with the model.
  Value buffer(const std::string& name, const Type& type, const Init& init,
               bool persistent = true) {
    return made(type, [&](const nnr_tdesc* d, uint32_t* out, nnr_err* e) {
      return b_->buffer(b_->ctx, str(name), d, &init.abi,
                        persistent ? uint32_t{NNR_B_PERSISTENT} : 0u, out, e);
    });
  }
  /// buffer := value at the end of a training step.
  void assign(Value buffer, Value value) {
    checked([&](nnr_err* e) { return b_->assign(b_->ctx, buffer.id(), value.id(), e); });
  }
  /// A layer inside this one; its parameters are called <this>.<name>.<parameter>.
  Value layer(const std::string& name, const std::string& type, const std::vector<Value>& in,
              std::vector<Arg> args = {}) {
    const ArgList list(std::move(args));
    std::vector<uint32_t> ids;
    for (const Value& v : in) ids.push_back(v.id());
    uint32_t out = NNR_NONE;
    checked([&](nnr_err* e) {
      return b_->layer(b_->ctx, str(name), str(type), list.data(), list.size(), ids.data(),
                       static_cast<uint32_t>(ids.size()), &out, 1, e);
    });
    return Value(b_, out);
  }
  /// A random stream of this layer: the operand of the ops rand and randn.
  Value rng(const std::string& purpose) {
    return got([&](uint32_t* out, nnr_err* e) { return b_->rng(b_->ctx, str(purpose), out, e); });
  }
  /// The training step, an int64 scalar from 0.
  Value step() {
    return got([&](uint32_t* out, nnr_err* e) { return b_->step(b_->ctx, out, e); });
  }

 private:
  template <class F> Value got(F&& f) {
    uint32_t id = NNR_NONE;
    checked([&](nnr_err* e) { return f(&id, e); });
    return Value(b_, id);
  }
  template <class F> Value made(const Type& type, F&& f) {
    std::vector<int64_t> shape = type.shape, strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    nnr_tdesc d = {};
    d.struct_size = sizeof d;
    d.t.device = {kDLCPU, 0};
    d.t.ndim = static_cast<int32_t>(shape.size());
    d.t.dtype = to_dl(type.dtype);
    d.t.shape = shape.data();
    d.t.strides = strides.data();
    d.layout = str("");
    return got([&](uint32_t* out, nnr_err* e) { return f(&d, out, e); });
  }

  const nnr_builder* b_;
  std::vector<Value> in_;
};

namespace detail {

template <class L, class = void> struct layer_inputs {
  static constexpr uint32_t min = 1, max = 1;
};
template <class L> struct layer_inputs<L, std::void_t<decltype(L::max_inputs)>> {
  static constexpr uint32_t min = L::min_inputs, max = L::max_inputs;
};

template <class L>
nnr_layer layer_table(const std::string& name, const std::string& doc, const AttrTable& attrs) {
  nnr_layer t = {};
  t.struct_size = sizeof t;
  t.min_in = layer_inputs<L>::min;
  t.name = str(name);
  t.doc = str(doc);
  t.max_in = layer_inputs<L>::max;
  t.n_out = 1;
  t.n_attr = attrs.size();
  t.attr = attrs.data();
  t.build = [](const nnr_attr* attr, uint32_t n_attr, const nnr_builder* b, const uint32_t* in,
               uint32_t n_in, uint32_t* out, nnr_err* e) noexcept -> nnr_status {
    return guard(e, [&] {
      Scope s(b, attr, n_attr, in, n_in);
      out[0] = L::build(s).id();
    });
  };
  return t;
}

}  // namespace detail
}  // namespace nnrun::sdk
