#include "core/plugin/builder_facade.h"

#include <cstring>

#include "core/base/text.h"
#include "core/ops/op.h"
#include "core/plugin/attrs_abi.h"

namespace nnrun {
namespace {

constexpr uint32_t kMaxOperands = 1 << 16;

/// A tensor of a plug-in, any strides, as an array of ours.
Array array_of(const DLTensor* t, const std::string& who) {
  if (t == nullptr) throw Error(Code::backend, who + ": a constant without a tensor");
  const Type type = type_of(*t, who + ", constant");
  if (t->device.device_type != kDLCPU) {
    throw Error(Code::backend, who + ": a constant that is not in host memory");
  }
  Array a(type.dtype, type.shape);
  if (a.numel() == 0) return a;
  if (t->data == nullptr) throw Error(Code::backend, who + ": a constant without data");
  const Shape stride =
      t->strides ? Shape(t->strides, t->strides + t->ndim) : type.shape.row_major();
  const size_t bytes = size_t(size_of(type.dtype));
  const char* from = static_cast<const char*>(t->data) + t->byte_offset;
  char* to = static_cast<char*>(a.raw());
  Shape index = type.shape;
  std::fill(index.begin(), index.end(), 0);
  for (int64_t i = 0; i < a.numel(); ++i) {
    int64_t at = 0;
    for (int k = 0; k < index.rank(); ++k) at += index[k] * stride[k];
    std::memcpy(to + size_t(i) * bytes, from + at * int64_t(bytes), bytes);
    for (int k = index.rank() - 1; k >= 0 && ++index[k] == type.shape[k]; --k) index[k] = 0;
  }
  return a;
}

nnr_status status_of(Code c) {
  return c == Code::memory ? NNR_E_NOMEM : c == Code::internal ? NNR_E_INTERNAL : NNR_E_INVALID;
}

}  // namespace

BuilderFacade::BuilderFacade(Builder& b, std::string who, LayerHooks* hooks, bool training)
    : b_(b), who_(std::move(who)), hooks_(hooks) {
  abi_.struct_size = sizeof abi_;
  abi_.training = training ? 1 : 0;
  abi_.ctx = this;
  abi_.emit = [](void* ctx, nnr_str op, uint32_t rev, const uint32_t* in, uint32_t n_in,
                 const nnr_attr* a, uint32_t n_a, uint32_t* out, uint32_t n_out,
                 nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] { f.emit(op, rev, in, n_in, a, n_a, out, n_out); });
  };
  abi_.constant = [](void* ctx, const DLTensor* v, uint32_t* out,
                     nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] { *out = f.id(f.b_.constant(array_of(v, f.who_))); });
  };
  abi_.desc = [](void* ctx, uint32_t value) noexcept -> const nnr_tdesc* {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    const nnr_tdesc* d = nullptr;
    f.guard(nullptr, [&] { d = f.desc(value); });
    return d;
  };
  if (hooks_ == nullptr) return;
  abi_.param = [](void* ctx, nnr_str name, const nnr_tdesc* d, const nnr_init* init, uint32_t* out,
                  nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] {
      const std::string n = text_of(name, f.who_ + ": the name of a parameter", 256);
      if (d == nullptr || init == nullptr)
        throw Error(Code::backend, f.who_ + ": param '" + n + "'");
      *out = f.id(f.hooks_->param(n, type_of(*d, f.who_ + ", parameter '" + n + "'"), *init));
    });
  };
  abi_.buffer = [](void* ctx, nnr_str name, const nnr_tdesc* d, const nnr_init* init,
                   uint32_t flags, uint32_t* out, nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] {
      const std::string n = text_of(name, f.who_ + ": the name of a buffer", 256);
      if (d == nullptr || init == nullptr)
        throw Error(Code::backend, f.who_ + ": buffer '" + n + "'");
      *out = f.id(f.hooks_->buffer(n, type_of(*d, f.who_ + ", buffer '" + n + "'"), *init,
                                   (flags & NNR_B_PERSISTENT) != 0));
    });
  };
  abi_.assign = [](void* ctx, uint32_t buffer, uint32_t value, nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] { f.hooks_->assign(f.var(buffer), f.var(value)); });
  };
  abi_.layer = [](void* ctx, nnr_str name, nnr_str type, const nnr_attr* a, uint32_t n_a,
                  const uint32_t* in, uint32_t n_in, uint32_t* out, uint32_t n_out,
                  nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] { f.layer(name, type, a, n_a, in, n_in, out, n_out); });
  };
  abi_.rng = [](void* ctx, nnr_str purpose, uint32_t* state, nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] {
      *state = f.id(f.hooks_->rng(text_of(purpose, f.who_ + ": purpose of a random stream", 256)));
    });
  };
  abi_.step = [](void* ctx, uint32_t* count, nnr_err* e) noexcept -> nnr_status {
    auto& f = *static_cast<BuilderFacade*>(ctx);
    return f.guard(e, [&] { *count = f.id(f.hooks_->step()); });
  };
}

template <class F> nnr_status BuilderFacade::guard(nnr_err* e, F&& body) noexcept {
  try {
    body();
    return NNR_OK;
  } catch (const Error& x) {
    refused_ = std::current_exception();
    sdk::write_error(e, status_of(x.code()), x.what());
    return status_of(x.code());
  } catch (const std::bad_alloc&) {
    refused_ = std::current_exception();
    sdk::write_error(e, NNR_E_NOMEM, "out of memory");
    return NNR_E_NOMEM;
  } catch (const std::exception& x) {
    refused_ = std::current_exception();
    sdk::write_error(e, NNR_E_INTERNAL, x.what());
    return NNR_E_INTERNAL;
  }
}

void BuilderFacade::fail(const AbiResult& r) {
  if (refused_) std::rethrow_exception(refused_);
  const Error e = abi_error(who_, r.status, r.text);
  throw r.status == NNR_E_INVALID ? Error(Code::model, e.what()) : e;
}

uint32_t BuilderFacade::id(Var v) {
  if (!v) return NNR_NONE;
  vars_.push_back(v);
  descs_.push_back(nullptr);
  return uint32_t(vars_.size() - 1);
}

Var BuilderFacade::var(uint32_t id) const {
  if (id == NNR_NONE) return {};
  if (id >= vars_.size()) {
    throw Error(Code::backend, who_ + ": there is no value " + std::to_string(id));
  }
  return vars_[id];
}

const nnr_tdesc* BuilderFacade::desc(uint32_t id) {
  const Var v = var(id);
  if (!v) throw Error(Code::backend, who_ + ": asks for the type of an absent value");
  if (descs_[id] == nullptr) {
    descs_[id] = owned_.emplace_back(OpDesc::Operand(v.type()), DLDevice{kDLCPU, 0}).get();
  }
  return descs_[id];
}

std::vector<Var> BuilderFacade::vars(const uint32_t* in, uint32_t n) const {
  if (n > kMaxOperands || (n > 0 && in == nullptr)) {
    throw Error(Code::backend, who_ + ": a bad list of operands");
  }
  std::vector<Var> r;
  for (uint32_t i = 0; i < n; ++i) r.push_back(var(in[i]));
  return r;
}

void BuilderFacade::give(const std::vector<Var>& results, uint32_t* out, uint32_t n_out,
                         const std::string& what) {
  if (n_out > results.size() || (n_out > 0 && out == nullptr)) {
    throw Error(Code::backend, who_ + ": wants " + std::to_string(n_out) + " results of " + what +
                                   ", which has " + std::to_string(results.size()));
  }
  for (uint32_t i = 0; i < n_out; ++i) out[i] = id(results[i]);
}

void BuilderFacade::emit(nnr_str op, uint32_t rev, const uint32_t* in, uint32_t n_in,
                         const nnr_attr* a, uint32_t n_a, uint32_t* out, uint32_t n_out) {
  const std::string name = text_of(op, who_ + ": the name of an op", 128);
  const OpDef& def = find_op(name);
  if (rev > uint32_t(def.rev)) {
    throw Error(Code::backend, who_ + ": wants revision " + std::to_string(rev) + " of op '" +
                                   name + "', this nnrun has " + std::to_string(def.rev));
  }
  const std::vector<Var> operands = vars(in, n_in);
  give(b_.call(name, operands, attrs_of(a, n_a, who_ + ", op '" + name + "'")), out, n_out,
       "op '" + name + "'");
}

void BuilderFacade::layer(nnr_str name, nnr_str type, const nnr_attr* a, uint32_t n_a,
                          const uint32_t* in, uint32_t n_in, uint32_t* out, uint32_t n_out) {
  const std::string n = text_of(name, who_ + ": the name of a layer", 256);
  const std::string t = text_of(type, who_ + ": the type of layer '" + n + "'", 256);
  give(hooks_->layer(n, t, attrs_of(a, n_a, who_ + ", layer '" + n + "'"), vars(in, n_in)), out,
       n_out, "layer '" + n + "'");
}

}  // namespace nnrun
