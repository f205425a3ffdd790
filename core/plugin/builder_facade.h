// The builder as plug-ins see it: an nnr_builder over core's Builder. The layer functions go to
// hooks, which core/nn implements for the layers of plug-ins.
#pragma once

#include <deque>
#include <exception>
#include <string>
#include <vector>

#include <nnrun/plugin.h>

#include "core/ops/builder.h"
#include "core/plugin/backend.h"
#include "core/plugin/op_desc.h"

namespace nnrun {

/// What only a layer may ask for. Functions throw Error; handles are of the facade's builder.
class LayerHooks {
 public:
  virtual ~LayerHooks() = default;
  virtual Var param(const std::string& name, const Type& type, const nnr_init& init) = 0;
  virtual Var buffer(const std::string& name, const Type& type, const nnr_init& init,
                     bool persistent) = 0;
  virtual void assign(Var buffer, Var value) = 0;
  virtual std::vector<Var> layer(const std::string& name, const std::string& type,
                                 const Attrs& attrs, const std::vector<Var>& in) = 0;
  virtual Var rng(const std::string& purpose) = 0;
  virtual Var step() = 0;
};

/// Lives for one call of compose, gradient or build. Value ids are its own; one that it did not
/// give out is refused.
class BuilderFacade {
 public:
  /// who: "op 'acme.swish' of plug-in acme", for messages. hooks null: an op's compose or gradient.
  BuilderFacade(Builder& b, std::string who, LayerHooks* hooks = nullptr, bool training = false);
  BuilderFacade(const BuilderFacade&) = delete;
  BuilderFacade& operator=(const BuilderFacade&) = delete;

  const nnr_builder* get() const { return &abi_; }
  /// The id of a handle; NNR_NONE for a null one.
  uint32_t id(Var v);
  /// The handle of an id; null for NNR_NONE. Throws Error(backend) when there is none.
  Var var(uint32_t id) const;

  /// Calls a function of the plug-in, `f: nnr_status(nnr_err*)`. When it fails because the builder
  /// refused something, that Error is thrown; else its own text, where NNR_E_INVALID is the model's
  /// fault (Error(model)).
  template <class F> void call(F&& f) {
    const AbiResult r = abi_try(f);
    if (r.status != NNR_OK) fail(r);
  }

 private:
  [[noreturn]] void fail(const AbiResult& r);
  template <class F> nnr_status guard(nnr_err* e, F&& body) noexcept;
  const nnr_tdesc* desc(uint32_t id);
  void emit(nnr_str op, uint32_t rev, const uint32_t* in, uint32_t n_in, const nnr_attr* a,
            uint32_t n_a, uint32_t* out, uint32_t n_out);
  void layer(nnr_str name, nnr_str type, const nnr_attr* a, uint32_t n_a, const uint32_t* in,
             uint32_t n_in, uint32_t* out, uint32_t n_out);
  std::vector<Var> vars(const uint32_t* in, uint32_t n) const;
  void give(const std::vector<Var>& results, uint32_t* out, uint32_t n_out,
            const std::string& what);

  Builder& b_;
  std::string who_;
  LayerHooks* hooks_;
  std::vector<Var> vars_;                // by id
  std::vector<const nnr_tdesc*> descs_;  // by id; null: not asked for yet
  std::deque<TensorDesc> owned_;
  std::exception_ptr refused_;  // the latest
  nnr_builder abi_ = {};
};

}  // namespace nnrun
