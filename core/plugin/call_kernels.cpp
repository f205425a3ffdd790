#include "core/plugin/call_kernels.h"

#include <memory>
#include <vector>

#include <nnrun/sdk/desc.hpp>
#include <nnrun/sdk/status.hpp>

#include "core/plugin/attrs_abi.h"
#include "core/plugin/op_desc.h"

namespace nnrun {
namespace {

/// One prepared `call`: owns a copy of the description that the op sees at every run.
struct Prepared {
  const nnr_op* op;
  OpDesc desc;
};

OpDesc copy_of(const nnr_op_desc& d) {
  const auto operands = [](const nnr_tdesc* const* t, uint32_t n) {
    std::vector<OpDesc::Operand> r;
    for (uint32_t i = 0; i < n; ++i) {
      r.push_back(t[i] == nullptr ? OpDesc::Operand::absent()
                                  : OpDesc::Operand(type_of(*t[i], "operand")));
    }
    return r;
  };
  return OpDesc(sdk::to_string(d.op), int(d.op_rev), attrs_of(d.attr, d.n_attr, "op"),
                operands(d.in, d.n_in), operands(d.out, d.n_out));
}

struct Bound {
  const Prepared* prepared;
  std::vector<DLTensor> tensors;
  std::vector<const DLTensor*> in;
  std::vector<DLTensor*> out;
};

nnr_status offer(void* self, const nnr_op_desc* d, nnr_offer* const* out, uint32_t cap, uint32_t* n,
                 nnr_err* why) noexcept {
  return sdk::guard(why, [&] {
    const auto* op = static_cast<const nnr_op*>(self);
    const sdk::Desc desc(d);
    *n = 0;
    std::string reason;
    for (int i = 0; i < desc.inputs() + desc.outputs(); ++i) {
      const sdk::Operand o = desc.operand(i);
      if (!o) continue;
      if (o.desc().t.device.device_type != kDLCPU) reason = "runs on the CPU only";
      if (!o.contiguous()) reason = "wants row-major operands";
    }
    if (desc.inputs() > 0 && desc.in(0) && !(op->call_dtypes & sdk::mask_of(desc.in(0).dtype()))) {
      reason = std::string("not for ") + name_of(desc.in(0).dtype());
    }
    if (!reason.empty()) {
      sdk::write_error(why, NNR_E_UNSUPPORTED, reason.c_str());
      return;
    }
    *n = 1;
    if (cap > 0) {
      *out[0] = nnr_offer{};
      out[0]->struct_size = sizeof(nnr_offer);
      out[0]->flags = NNR_K_DETERMINISTIC;
      out[0]->impl = sdk::str("call");
    }
  });
}

nnr_status prepare(void* self, const nnr_op_desc* d, nnr_str, void** kernel, nnr_err* e) noexcept {
  return sdk::guard(e, [&] {
    *kernel = new Prepared{static_cast<const nnr_op*>(self), copy_of(*d)};
  });
}

void set_addresses(Bound& b, void* const* buffer) {
  for (size_t i = 0; i < b.tensors.size(); ++i) b.tensors[i].data = buffer[i];
}

nnr_status bind(void* kernel, void* const* buffer, void*, void*, nnr_launch* out,
                nnr_err* e) noexcept {
  return sdk::guard(e, [&] {
    const auto* p = static_cast<const Prepared*>(kernel);
    const nnr_op_desc* d = p->desc.get();
    auto b = std::make_unique<Bound>();
    b->prepared = p;
    const auto tensor_of = [](const nnr_tdesc* t) { return t == nullptr ? DLTensor{} : t->t; };
    for (uint32_t i = 0; i < d->n_in; ++i) b->tensors.push_back(tensor_of(d->in[i]));
    for (uint32_t i = 0; i < d->n_out; ++i) b->tensors.push_back(tensor_of(d->out[i]));
    for (uint32_t i = 0; i < d->n_in; ++i) {
      b->in.push_back(d->in[i] == nullptr ? nullptr : &b->tensors[i]);
    }
    for (uint32_t i = 0; i < d->n_out; ++i) b->out.push_back(&b->tensors[d->n_in + i]);
    set_addresses(*b, buffer);
    out->run = [](void* ctx, nnr_err* err) noexcept -> nnr_status {
      auto* x = static_cast<Bound*>(ctx);
      return x->prepared->op->call(x->prepared->desc.get(), x->in.data(), x->out.data(), err);
    };
    out->run_n = nullptr;
    out->unbind = [](void* ctx) noexcept { delete static_cast<Bound*>(ctx); };
    out->ctx = b.release();
  });
}

nnr_status rebind(nnr_launch* l, void* const* buffer, void*, void*, nnr_err*) noexcept {
  set_addresses(*static_cast<Bound*>(l->ctx), buffer);
  return NNR_OK;
}

void release(void* kernel) noexcept { delete static_cast<Prepared*>(kernel); }

}  // namespace

KernelSource plugin_kernels(const nnr_op* op) {
  if (op == nullptr) return {};
  if (op->kernels != nullptr) return {op->kernels, nullptr};
  if (op->call == nullptr) return {};
  static const nnr_kernels table = {sizeof(nnr_kernels), 0, offer, prepare, bind, rebind, release};
  return {&table, const_cast<nnr_op*>(op)};
}

}  // namespace nnrun
