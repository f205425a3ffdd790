#include "core/eager/call.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/base/text.h"
#include "core/eager/autograd.h"
#include "core/eager/launch.h"
#include "core/eager/record.h"
#include "core/plugin/offer.h"

namespace nnrun {
namespace {

using detail::TensorBody;

struct Workspace {
  void* data = nullptr;
  int64_t bytes = 0;
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  ~Workspace() { std::free(data); }
};
thread_local Workspace workspace;

void* workspace_of(int64_t bytes) {
  if (bytes <= workspace.bytes) return workspace.data;
  std::free(std::exchange(workspace.data, nullptr));
  workspace.bytes = 0;
  void* p = std::aligned_alloc(64, size_t(align_up(bytes, 64)));
  if (p == nullptr) {
    throw Error(Code::memory, "cannot allocate a workspace of " + std::to_string(bytes) + " bytes")
        .with_hint("use smaller tensors, or fewer at once");
  }
  workspace.data = p;
  workspace.bytes = bytes;
  return p;
}

void run_kernel(Call& c, void* const* buffers) {
  char text[512];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  void* space = c.far_workspace.get();
  if (space == nullptr && c.workspace > 0) space = workspace_of(c.workspace);
  nnr_status s;
  if (c.launch.run == nullptr) {
    s = c.table->bind(c.kernel, buffers, space, nullptr, &c.launch, &e);
  } else if (c.table->rebind != nullptr) {
    s = c.table->rebind(&c.launch, buffers, space, nullptr, &e);
  } else {
    if (c.launch.unbind != nullptr) c.launch.unbind(c.launch.ctx);
    c.launch = {};
    s = c.table->bind(c.kernel, buffers, space, nullptr, &c.launch, &e);
  }
  if (s == NNR_OK) s = c.launch.run(c.launch.ctx, &e);
  if (s == NNR_OK) return;
  const std::string who = "[" + c.op->name + "]", said = text;
  if (s != NNR_E_INVALID) throw abi_error(who, s, said);
  throw Error(Code::model, said.rfind(who, 0) == 0 ? printable(said) : who + " " + printable(said))
      .with_hint("a value of an operand is out of range");
}

/// A composition may hand on an operand (softmax over no elements): the result is a tensor of its
/// own all the same, since it gets a history and may be changed in place.
void own_results(const Call& c, TensorSpan in, Tensor* out) {
  if (c.only_views) return;
  for (size_t i = 0; i < c.out.size(); ++i) {
    const auto shares = [&](const Tensor& t) {
      return t.defined() && body(t).storage.get() == body(out[i]).storage.get();
    };
    if (std::any_of(in.begin(), in.end(), shares)) out[i] = out[i].clone();
  }
}

/// places: where each result goes; null: into new tensors.
void run_forward(Call& c, TensorSpan in, Tensor* out, void* const* places = nullptr) {
  if (c.kind == Call::Kind::composed) {
    NoGradGuard guard;
    c.composition->replay(in, out);
    own_results(c, in, out);
    return;
  }
  std::vector<Tensor> dense;  // copies that live as long as the run
  Row<void*, 16> p(in.size() + c.out.size());
  size_t n = 0;
  for (const Tensor& t : in) {
    if (!t.defined()) {
      p[n++] = nullptr;
    } else if (c.dense && !body(t).contiguous) {
      NoGradGuard guard;
      dense.push_back(t.contiguous());
      p[n++] = address(body(dense.back()));
    } else {
      p[n++] = address(body(t));
    }
  }
  for (size_t i = 0; i < c.out.size(); ++i) {
    if (places != nullptr) {
      p[n++] = places[i];
      continue;
    }
    out[i] = make_tensor(*c.device, c.out[i]);
    p[n++] = address(body(out[i]));
  }
  run_kernel(c, p.begin());
}

Tensor take_view(Call& c, const Tensor& x) {
  const TensorBody& b = body(x);
  Tensor r = make_alias(x, c.view.shape, c.view.strides, b.offset + c.view.offset);
  if (!grad_mode() || !is_float(b.dtype)) return r;
  auto* step = new ViewStep;
  auto v = std::make_unique<ViewOf>();
  v->step = Ref<ViewStep>::own(step);
  step->op = c.op;
  step->attrs = c.attrs;
  if (b.view != nullptr) {
    v->base = b.view->base;
    step->before = b.view->step;
  } else {
    v->base = x;
  }
  v->seen = body(v->base).rewritten;
  body(r).view = std::move(v);
  return r;
}

/// Whether the kernel may put each result i over operand over[i], given where the operands lie.
bool may_overwrite(const Call& c, TensorSpan in, std::span<const uint32_t> over) {
  if (c.kind != Call::Kind::kernel || c.out.size() != over.size()) return false;
  for (uint32_t i = 0; i < over.size(); ++i) {
    const TensorBody& t = body(in[over[i]]);
    const auto pair = [&](uint32_t k) {
      return std::any_of(c.inplace.begin(), c.inplace.end(),
                         [&](const nnr_alias& a) { return a.in == k && a.out == i; });
    };
    if (!t.contiguous || !pair(over[i])) return false;
    for (uint32_t k = 0; k < in.size(); ++k) {
      if (k == over[i] || !in[k].defined() || body(in[k]).storage.get() != t.storage.get())
        continue;
      const TensorBody& o = body(in[k]);
      if (!pair(k) || o.offset != t.offset || o.shape != t.shape || !o.contiguous) return false;
    }
  }
  return true;
}

}  // namespace

void call_into(const OpDef& op, TensorSpan in, const Attrs& attrs, Tensor* out, uint64_t place) {
  const CallScope scope;
  Call& c = find_call(op, in, attrs, place);
  const uint64_t want = grad_mode() ? wanted(in) : 0;
  if (c.by_parts && (want != 0 || c.only_views)) {
    if (c.differentiable == nullptr) c.differentiable = trace_composition(c, true);
    c.differentiable->replay(in, out);
    own_results(c, in, out);
    return;
  }
  if (c.kind == Call::Kind::view) {
    // A copy that had to be made carries the history itself.
    if (c.dense && !body(in[0]).contiguous) {
      static const EagerOp copy("copy");
      const Tensor dense = call1(copy, in[0]);
      call_into(op, TensorSpan(&dense, 1), attrs, out);
      return;
    }
    out[0] = take_view(c, in[0]);
  } else {
    run_forward(c, in, out);
  }
  if (want != 0) record(c, in, out, want);
}

std::vector<Tensor> call(const OpDef& op, TensorSpan in, const Attrs& attrs) {
  std::vector<Tensor> out(static_cast<size_t>(op.n_out));
  call_into(op, in, attrs, out.data());
  return out;
}

Tensor call1(const EagerOp& op, TensorSpan in, const Attrs& attrs) {
  Tensor out;
  call_into(*op.def, in, attrs, &out);
  return out;
}

void check_in_place(const Tensor& t, const char* op) {
  const TensorBody& b = defined(t, op);
  const auto who = [op] { return std::string("[") + op + "_] "; };
  for (int i = 0; i < b.shape.rank(); ++i) {
    if (b.strides[i] == 0 && b.shape[i] > 1) {
      throw Error(Code::model, who() + "elements of an expanded tensor of shape " + b.shape.str() +
                                   " share memory, so they cannot be written one by one")
          .with_hint("write to x.clone()");
    }
  }
  if (!grad_mode() || !wants_grad(t)) return;
  const TensorBody& base = b.view != nullptr ? body(b.view->base) : b;
  if (!base.grad_fn) {
    throw Error(Code::model, who() + "a leaf that requires a gradient, " + type_of(t).str() +
                                 (b.view != nullptr ? std::string(", seen through a view,") : "") +
                                 " cannot be changed in place")
        .with_hint("do it under a NoGradGuard, or to a copy");
  }
}

void call_in_place(const EagerOp& op, TensorSpan in, const Attrs& attrs) {
  const Tensor t = in[0];
  check_in_place(t, op.def->name.c_str());
  const CallScope scope;
  const uint64_t want = grad_mode() ? wanted(in) : 0;
  Call& c = find_call(*op.def, in, attrs);
  if (c.out[0].dtype != body(t).dtype || c.out[0].shape != body(t).shape) {
    const Type result{c.out[0].dtype, c.out[0].shape};
    throw Error(Code::model, "[" + op.def->name + "_] the result is " + result.str() +
                                 ", and does not fit in place of " + type_of(t).str())
        .with_hint("use the function without _, which gives a new tensor");
  }
  const uint32_t first = 0;
  if (want == 0 && may_overwrite(c, in, {&first, 1})) {
    void* place = address(body(t));
    run_forward(c, in, nullptr, &place);
    ++body(t).storage->version;
    return;
  }
  Tensor r;
  if (want != 0 && c.by_parts) {
    std::vector<Tensor> copies(in.begin(), in.end());
    copies[0] = t.clone();
    r = call1(op, copies, attrs);
  } else {
    r = call1(op, in, attrs);
    if (GradNode* node = body(r).grad_fn.get()) node->unshare(t);
  }
  copy_elements(r, t);
  ++body(t).storage->version;
  if (want != 0) rewrite_history(t, grad_edge(r));
}

void call_over(const OpDef& op, TensorSpan in, const Attrs& attrs, std::span<const uint32_t> over,
               uint64_t place) {
  NoGradGuard guard;
  const CallScope scope;
  Call& c = find_call(op, in, attrs, place);
  if (may_overwrite(c, in, over)) {
    Row<void*, 8> places(over.size());
    for (size_t i = 0; i < over.size(); ++i) places[i] = address(body(in[over[i]]));
    run_forward(c, in, nullptr, places.begin());
  } else {
    const std::vector<Tensor> r = call(op, in, attrs);
    for (size_t i = 0; i < over.size(); ++i) copy_elements(r[i], in[over[i]]);
  }
  for (uint32_t k : over) ++body(in[k]).storage->version;
}

}  // namespace nnrun
