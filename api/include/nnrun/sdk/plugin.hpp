// The plug-in itself: what it offers, and the one symbol it exports.
//
//   NNRUN_PLUGIN("acme-swish", "1.0.0") {
//     p.scalar("acme.swish", "x0 * sigmoid(a0*x0)").attr("beta", 1.0, "slope");
//   }
#pragma once

#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../abi/entry.h"
#include "../abi/layers.h"
#include "../abi/ops.h"
#include "../abi/scalars.h"
#include "layer.hpp"
#include "op.hpp"
#include "parallel.hpp"

namespace nnrun::sdk {

/// A function given as one formula in its inputs x0, x1, .. and its attributes a0, a1, .. in the
/// order they are added. The host differentiates it unless derivatives are given.
class Scalar {
 public:
  Scalar(std::string name, std::string formula)
      : name_(std::move(name)), value_(std::move(formula)) {}

  Scalar& attr(std::string name, double dflt, std::string doc = "") {
    attrs_.push_back(sdk::attr(std::move(name), dflt, std::move(doc)));
    return *this;
  }
  Scalar& attr(Attr a) { return attrs_.push_back(std::move(a)), *this; }
  Scalar& doc(std::string text) { return doc_ = std::move(text), *this; }
  Scalar& inputs(uint32_t n) { return n_in_ = n, *this; }
  /// f(0) = 0, which lets the planner keep padded layouts.
  Scalar& zero_to_zero() { return flags_ |= NNR_S_ZERO_TO_ZERO, *this; }
  /// d f / d x0, d f / d x1, ..: one formula per input.
  Scalar& derivative(std::vector<std::string> formulas) {
    return derivatives_ = std::move(formulas), *this;
  }
  /// The same where it is not the true derivative: a surrogate of a step, say.
  Scalar& surrogate(std::vector<std::string> formulas) {
    flags_ |= NNR_S_SURROGATE;
    return derivative(std::move(formulas));
  }

  /// Once everything is said.
  const nnr_scalar* table() {
    if (!derivatives_.empty() && derivatives_.size() != n_in_) {
      invalid("scalar '" + name_ + "': one derivative per input");
    }
    attr_table_ = std::make_unique<AttrTable>(attrs_);
    for (const std::string& d : derivatives_) derivative_abi_.push_back(str(d));
    abi_ = {};
    abi_.struct_size = sizeof abi_;
    abi_.flags = flags_;
    abi_.name = str(name_);
    abi_.doc = str(doc_);
    abi_.n_in = n_in_;
    abi_.n_attr = attr_table_->size();
    abi_.attr = attr_table_->data();
    abi_.value = str(value_);
    abi_.derivative = derivative_abi_.empty() ? nullptr : derivative_abi_.data();
    return &abi_;
  }

 private:
  std::string name_, doc_, value_;
  uint32_t n_in_ = 1, flags_ = 0;
  std::vector<Attr> attrs_;
  std::vector<std::string> derivatives_;
  std::unique_ptr<AttrTable> attr_table_;
  std::vector<nnr_str> derivative_abi_;
  nnr_scalar abi_ = {};
};

/// Collects what a plug-in offers, and holds the C tables until the process ends.
class Plugin {
 public:
  Scalar& scalar(std::string name, std::string formula) {
    return scalars_.emplace_back(std::move(name), std::move(formula));
  }
  template <class Op> void op(std::string name, std::string doc = "") {
    Entry<nnr_op>& e = ops_.emplace_back(std::move(name), std::move(doc), detail::attrs_of<Op>());
    e.abi = detail::OpTable<Op>::table(e.name, e.doc, e.attrs);
  }
  template <class Layer> void layer(std::string name, std::string doc = "") {
    Entry<nnr_layer>& e =
        layers_.emplace_back(std::move(name), std::move(doc), detail::attrs_of<Layer>());
    e.abi = detail::layer_table<Layer>(e.name, e.doc, e.attrs);
  }

  /// Makes the tables of what was added.
  void finish() {
    for (Scalar& s : scalars_) scalar_list_.push_back(s.table());
    for (auto& e : ops_) op_list_.push_back(&e.abi);
    for (auto& e : layers_) layer_list_.push_back(&e.abi);
    scalar_table_ = {sizeof(nnr_scalars), uint32_t(scalar_list_.size()), scalar_list_.data()};
    op_table_ = {sizeof(nnr_ops), uint32_t(op_list_.size()), op_list_.data()};
    layer_table_ = {sizeof(nnr_layers), uint32_t(layer_list_.size()), layer_list_.data()};
  }
  const void* iface(const char* id) const {
    if (std::strcmp(id, NNR_SCALARS_ID) == 0 && !scalar_list_.empty()) return &scalar_table_;
    if (std::strcmp(id, NNR_OPS_ID) == 0 && !op_list_.empty()) return &op_table_;
    if (std::strcmp(id, NNR_LAYERS_ID) == 0 && !layer_list_.empty()) return &layer_table_;
    return nullptr;
  }

 private:
  template <class Table> struct Entry {
    Entry(std::string n, std::string d, std::vector<Attr> a)
        : name(std::move(n)), doc(std::move(d)), attrs(std::move(a)) {}
    std::string name, doc;
    AttrTable attrs;
    Table abi = {};
  };
  // Deques: the tables point into their elements.
  std::deque<Scalar> scalars_;
  std::deque<Entry<nnr_op>> ops_;
  std::deque<Entry<nnr_layer>> layers_;
  std::vector<const nnr_scalar*> scalar_list_;
  std::vector<const nnr_op*> op_list_;
  std::vector<const nnr_layer*> layer_list_;
  nnr_scalars scalar_table_ = {};
  nnr_ops op_table_ = {};
  nnr_layers layer_table_ = {};
};

namespace detail {

/// The plug-in's tables, once `define` has filled them in; never destroyed.
inline std::unique_ptr<Plugin>& plugin() {
  static auto* p = new std::unique_ptr<Plugin>;
  return *p;
}

inline nnr_status start(const nnr_host* h, void (*define)(Plugin&), nnr_err* e) noexcept {
  return guard(e, [&] {
    host() = h;
    auto p = std::make_unique<Plugin>();
    define(*p);
    p->finish();
    plugin() = std::move(p);
  });
}

}  // namespace detail
}  // namespace nnrun::sdk

/// The body that follows adds to `p`, an nnrun::sdk::Plugin, when the library is loaded. Once per
/// library, in one of its files.
#define NNRUN_PLUGIN(NAME, VERSION)                                                              \
  static void nnrun_define_plugin(nnrun::sdk::Plugin& p);                                        \
  const nnr_plugin* nnr_plugin_entry_v0(void) noexcept {                                         \
    static const nnr_plugin plugin = {sizeof(nnr_plugin),                                        \
                                      NNR_ABI_MAJOR,                                             \
                                      NNR_ABI_MINOR,                                             \
                                      NNR_ABI_MINOR,                                             \
                                      NAME,                                                      \
                                      VERSION,                                                   \
                                      "",                                                        \
                                      "",                                                        \
                                      [](const nnr_host* h, nnr_err* e) noexcept -> nnr_status { \
                                        return nnrun::sdk::detail::start(h, nnrun_define_plugin, \
                                                                         e);                     \
                                      },                                                         \
                                      [](const char* id) noexcept -> const void* {               \
                                        const auto& made = nnrun::sdk::detail::plugin();         \
                                        return made ? made->iface(id) : nullptr;                 \
                                      },                                                         \
                                      []() noexcept {}};                                         \
    return &plugin;                                                                              \
  }                                                                                              \
  static void nnrun_define_plugin([[maybe_unused]] nnrun::sdk::Plugin& p)
