#include "core/eager/call.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>

#include "core/base/thread_pool.h"
#include "core/eager/autograd.h"
#include "core/plugin/call_kernels.h"
#include "core/plugin/offer.h"
#include "core/plugin/plugins.h"

namespace nnrun {
namespace {

using detail::TensorBody;

constexpr size_t kMostCalls = 4096;  // a thread keeps; more shapes than that and it starts anew
constexpr size_t kMostWanted = 64;

std::atomic<int> threads_in_use{0};   // 0: all
std::atomic<uint64_t> call_epoch{0};  // caches of an older one are dropped

/// The gradient rule of an op applied to operands of some types, traced: for the operands that are
/// wanted, given the gradients of all results or of the first alone.
struct Rule {
  const OpDef* op;
  Attrs attrs;
  std::vector<Type> in, out;
  std::vector<uint8_t> present;
  uint64_t want = 0;
  const EagerDevice* device;

  struct Way {
    Traced traced;             // operands, results, gradients of the results -> gradients
    std::vector<int> operand;  // of each result of `traced`
  };
  std::unique_ptr<Way> first, all;  // `all` is null where there is one float result
  std::vector<uint8_t> saves_in, saves_out;
};

struct Call {
  enum class Kind { view, kernel, composed } kind = Kind::kernel;
  std::vector<uint64_t> key;
  const OpDef* op = nullptr;
  Attrs attrs;
  const EagerDevice* device = nullptr;
  std::vector<Type> in, out;
  std::vector<uint8_t> present;
  bool dense = false;  // operands are made row-major first

  View view;  // of operand 0, with its offset from there

  std::shared_ptr<Backend> backend;  // keeps it open
  const nnr_kernels* table = nullptr;
  void* kernel = nullptr;
  std::unique_ptr<OpDesc> desc;
  nnr_launch launch = {};
  int64_t workspace = 0;
  std::vector<nnr_alias> inplace;

  std::unique_ptr<Traced> composition;  // of kind composed
  std::unique_ptr<Traced>
      differentiable;       // where the parts have gradient rules and the whole has not
  bool by_parts = false;    // gradients flow through `differentiable`
  bool only_views = false;  // the composition: the result is a view itself
  std::vector<std::shared_ptr<Rule>> rules;

  ~Call() {
    if (launch.unbind != nullptr) launch.unbind(launch.ctx);
    release_kernel(table, kernel);
  }
};

// ---- the key of a call

uint64_t mix(uint64_t h, uint64_t w) {
  h = (h ^ w) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 32);
}

void add_text(std::vector<uint64_t>& key, std::string_view s) {
  key.push_back(s.size());
  for (size_t i = 0; i < s.size(); i += 8) {
    uint64_t w = 0;
    std::memcpy(&w, s.data() + i, std::min<size_t>(8, s.size() - i));
    key.push_back(w);
  }
}

void add_attrs(std::vector<uint64_t>& key, const Attrs& attrs) {
  for (const auto& [name, v] : attrs) {
    add_text(key, name);
    key.push_back(uint64_t(v.kind()) << 32 | v.count());
    switch (v.kind()) {
      case AttrKind::integer:
        for (int64_t i : v.ints()) key.push_back(uint64_t(i));
        break;
      case AttrKind::number:
        for (double d : v.numbers()) {
          uint64_t w;
          std::memcpy(&w, &d, 8);
          key.push_back(w);
        }
        break;
      case AttrKind::flag: key.push_back(v.flag()); break;
      case AttrKind::text: add_text(key, v.text()); break;
      case AttrKind::dtype: key.push_back(uint64_t(v.dtype())); break;
      case AttrKind::null: break;
    }
  }
}

void make_key(std::vector<uint64_t>& key, const OpDef& op, TensorSpan in, const Attrs& attrs,
              const EagerDevice& device) {
  key.clear();
  key.push_back(reinterpret_cast<uintptr_t>(&op));
  key.push_back(reinterpret_cast<uintptr_t>(&device));
  for (const Tensor& t : in) {
    if (!t.defined()) {
      key.push_back(~uint64_t{0});
      continue;
    }
    const TensorBody& b = body(t);
    const int rank = b.shape.rank();
    key.push_back(uint64_t(b.dtype) << 8 | uint64_t(rank) << 1 | uint64_t(b.contiguous));
    for (int i = 0; i < rank; ++i) key.push_back(uint64_t(b.shape[i]));
    if (b.contiguous) continue;
    for (int i = 0; i < rank; ++i) key.push_back(uint64_t(b.strides[i]));
  }
  if (!attrs.empty()) add_attrs(key, attrs);
}

/// The calls of one thread: open addressing by hash.
class Calls {
 public:
  std::vector<uint64_t> scratch;

  /// Before a call that is not part of another: nothing that was found is in use.
  void tidy() {
    if (epoch_ == call_epoch.load(std::memory_order_acquire) && count_ < kMostCalls) return;
    slots_.clear();
    count_ = 0;
    epoch_ = call_epoch.load();
  }
  Call* find(uint64_t hash) {
    if (slots_.empty()) return nullptr;
    for (size_t i = hash & (slots_.size() - 1); slots_[i].call != nullptr;
         i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].hash == hash && slots_[i].call->key == scratch) return slots_[i].call.get();
    }
    return nullptr;
  }
  Call* add(uint64_t hash, std::unique_ptr<Call> c) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    ++count_;
    return insert({hash, std::move(c)});
  }
  int depth = 0;  // calls within calls

 private:
  struct Slot {
    uint64_t hash = 0;
    std::unique_ptr<Call> call;
  };
  void grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_ = std::vector<Slot>(std::max<size_t>(64, old.size() * 2));
    for (Slot& s : old) {
      if (s.call != nullptr) insert(std::move(s));
    }
  }
  Call* insert(Slot s) {
    size_t i = s.hash & (slots_.size() - 1);
    while (slots_[i].call != nullptr) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = std::move(s);
    return slots_[i].call.get();
  }
  std::vector<Slot> slots_;
  size_t count_ = 0;
  uint64_t epoch_ = 0;
};
thread_local Calls calls;

/// One lives in every call.
struct Within {
  Within() {
    if (calls.depth++ == 0) calls.tidy();
  }
  ~Within() { --calls.depth; }
};

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
    throw Error(Code::memory, "cannot allocate a workspace of " + std::to_string(bytes) + " bytes");
  }
  workspace.data = p;
  workspace.bytes = bytes;
  return p;
}

// ---- making calls

OpDesc describe(const Call& c, TensorSpan in, bool dense) {
  std::vector<OpDesc::Operand> i, o;
  for (const Tensor& t : in) {
    if (!t.defined()) {
      i.push_back(OpDesc::Operand::absent());
    } else {
      i.emplace_back(type_of(t), dense ? body(t).shape.row_major() : body(t).strides);
    }
  }
  for (const Type& t : c.out) o.emplace_back(t);
  return OpDesc(c.op->name, c.op->rev, c.attrs, i, o,
                {get_num_threads(), false, false, c.device->dl});
}

bool take_offer(Call& c, const nnr_kernels* table, void* self, std::string* why) {
  std::string reason;
  std::optional<KernelOffer> o = best_offer(table, self, *c.desc, {}, &reason);
  if (!o) {
    *why += (why->empty() ? "" : "; ") + reason;
    return false;
  }
  c.table = table;
  c.workspace = int64_t(o->workspace_bytes);
  c.inplace = std::move(o->inplace);
  c.kernel = prepare_kernel(table, self, *c.desc, o->impl, "[" + c.op->name + "]");
  return true;
}

bool take_kernel(Call& c, TensorSpan in, const std::shared_ptr<Backend>& backend,
                 std::string* why) {
  const KernelSource own = plugin_kernels(c.op->plugin);
  for (const bool dense : {false, true}) {
    const auto is_dense = [](const Tensor& t) { return !t.defined() || body(t).contiguous; };
    if (dense && std::all_of(in.begin(), in.end(), is_dense)) break;
    c.dense = dense;
    c.desc = std::make_unique<OpDesc>(describe(c, in, dense));
    if (own.table != nullptr && take_offer(c, own.table, own.self, why)) return true;
    if (take_offer(c, backend->table().kernels, backend->self(), why)) {
      c.backend = backend;
      return true;
    }
  }
  return false;
}

std::unique_ptr<Traced> trace_composition(const Call& c, bool differentiable) {
  auto t = std::make_unique<Traced>();
  GraphBuilder b(t->graph);
  b.differentiable = differentiable;
  std::vector<Var> in;
  for (size_t i = 0; i < c.in.size(); ++i) {
    in.push_back(c.present[i] ? b.var(t->graph.add_input("in" + std::to_string(i), c.in[i]))
                              : Var{});
    t->in.push_back(in.back() ? in.back().id : kNoValue);
  }
  for (const Var& v : c.op->compose(b, c.attrs, in)) t->out.push_back(v ? v.id : kNoValue);
  t->finish(*c.device);
  return t;
}

std::unique_ptr<Call> make_call(const OpDef& op, TensorSpan in, const Attrs& given,
                                const EagerDevice& device) {
  auto c = std::make_unique<Call>();
  c->op = &op;
  c->device = &device;
  c->key = calls.scratch;
  const int n = int(in.size());
  if (n < op.min_in || (op.max_in >= 0 && n > op.max_in)) {
    throw Error(Code::model, "[" + op.name + "] does not take " + std::to_string(n) + " operands");
  }
  c->attrs = complete(op.attrs, given, "[" + op.name + "]");
  OpCall types{c->attrs, {}};
  for (const Tensor& t : in) {
    c->present.push_back(t.defined());
    c->in.push_back(t.defined() ? type_of(t) : Type{});
  }
  for (size_t i = 0; i < in.size(); ++i) types.in.push_back(in[i].defined() ? &c->in[i] : nullptr);
  c->out = op.infer(types);
  for (const Type& t : c->out) checked_mul(t.shape.numel(), size_of(t.dtype));
  c->by_parts = !op.gradient && op.compose && !op.has(kNoGradient);

  if (op.view) {
    c->kind = Call::Kind::view;
    const TensorBody& b = body(in[0]);
    View from{b.shape, b.strides, 0};
    c->dense = !op.view(types, from, &c->view);
    if (c->dense) op.view(types, {b.shape, b.shape.row_major(), 0}, &c->view);
    return c;
  }
  std::string why;
  if (take_kernel(*c, in, device.backend, &why)) return c;
  if (op.compose) {
    c->kind = Call::Kind::composed;
    c->composition = trace_composition(*c, false);
    const auto& parts = c->composition->ops;
    c->only_views = c->by_parts && std::all_of(parts.begin(), parts.end(),
                                               [](const OpDef* d) { return bool(d->view); });
    return c;
  }
  // The default device of the CPU is oneDNN and, for what that lacks, the reference.
  if (device.is_host() && device.device.backend() == 0 &&
      take_kernel(*c, in, find_backend("reference"), &why)) {
    return c;
  }
  throw Error(Code::backend, "[" + op.name + "] device " + device.device.str() +
                                 " cannot do this for " + c->out.at(0).str() + ": " + why);
}

Call& find_call(const OpDef& op, TensorSpan in, const Attrs& attrs) {
  const EagerDevice* device = nullptr;
  for (const Tensor& t : in) {
    if (!t.defined()) continue;
    const EagerDevice* d = body(t).storage->device;
    if (device != nullptr && d != device) {
      throw Error(Code::model, "[" + op.name + "] operands on devices " + device->device.str() +
                                   " and " + d->device.str())
          .with_hint("move one of them with .to(...)");
    }
    device = d;
  }
  if (device == nullptr) device = &open_device(kCPU);
  make_key(calls.scratch, op, in, attrs, *device);
  uint64_t hash = calls.scratch.size();
  for (uint64_t w : calls.scratch) hash = mix(hash, w);
  if (Call* c = calls.find(hash)) return *c;
  std::unique_ptr<Call> c = make_call(op, in, attrs, *device);
  return *calls.add(hash, std::move(c));
}

// ---- running calls

void run_kernel(Call& c, void* const* buffers) {
  char text[512];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  void* space = c.workspace > 0 ? workspace_of(c.workspace) : nullptr;
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
  Error error = abi_error("[" + c.op->name + "]", s, text);
  if (s == NNR_E_INVALID) throw Error(Code::model, error.what());
  throw error;
}

constexpr size_t kInline = 16;  // operands and results whose addresses need no allocation

/// places: where each result goes; null: into new tensors.
void run_forward(Call& c, TensorSpan in, Tensor* out, void* const* places = nullptr) {
  if (c.kind == Call::Kind::composed) {
    const bool mode = grad_mode();
    set_grad_mode(false);
    std::vector<Tensor> r;
    try {
      r = c.composition->replay(in);
    } catch (...) {
      set_grad_mode(mode);
      throw;
    }
    set_grad_mode(mode);
    for (size_t i = 0; i < r.size(); ++i) out[i] = std::move(r[i]);
    return;
  }
  std::vector<Tensor> dense;  // copies that live as long as the run
  void* few[kInline];
  std::vector<void*> many;
  void** p = few;
  if (in.size() + c.out.size() > kInline) {
    many.resize(in.size() + c.out.size());
    p = many.data();
  }
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
    out[i] = make_tensor(*c.device, c.out[i].dtype, c.out[i].shape);
    p[n++] = address(body(out[i]));
  }
  run_kernel(c, p);
}

// ---- gradients

std::unique_ptr<Rule::Way> trace_rule(const Rule& r, bool all_results) {
  auto way = std::make_unique<Rule::Way>();
  Traced& t = way->traced;
  GraphBuilder b(t.graph);
  std::vector<Var> in, out, gout;
  const auto add = [&](const std::string& name, const Type& type) {
    return b.var(t.graph.add_input(name, type));
  };
  for (size_t i = 0; i < r.in.size(); ++i) {
    in.push_back(r.present[i] ? add("in" + std::to_string(i), r.in[i]) : Var{});
  }
  for (size_t i = 0; i < r.out.size(); ++i) {
    out.push_back(add("out" + std::to_string(i), r.out[i]));
    const bool flows = is_float(r.out[i].dtype) && (i == 0 || all_results);
    gout.push_back(flows ? add("gout" + std::to_string(i), r.out[i]) : Var{});
  }
  for (const std::vector<Var>* list : {&in, &out, &gout}) {
    for (const Var& v : *list) t.in.push_back(v ? v.id : kNoValue);
  }
  std::vector<uint8_t> want(r.in.size());
  for (size_t i = 0; i < want.size(); ++i) want[i] = (r.want >> i) & 1;
  const GradCall c{
      r.attrs, in, out, gout, {reinterpret_cast<const bool*>(want.data()), want.size()}};
  const std::vector<Var> gin = r.op->gradient(b, c);
  for (size_t i = 0; i < gin.size() && i < want.size(); ++i) {
    if (!want[i] || !gin[i]) continue;
    if (gin[i].type() != r.in[i]) {
      throw Error(Code::internal, "the gradient of '" + r.op->name + "' for operand " +
                                      std::to_string(i) + " is " + gin[i].type().str() +
                                      ", the operand " + r.in[i].str());
    }
    t.out.push_back(gin[i].id);
    way->operand.push_back(int(i));
  }
  t.finish(*r.device);
  return way;
}

void note_use(const Rule::Way& way, Rule& r) {
  const Traced& t = way.traced;
  std::vector<uint8_t> used(t.graph.values.size());
  for (const Node& n : t.graph.nodes) {
    for (ValueId v : n.in) {
      if (v != kNoValue) used[v] = 1;
    }
  }
  for (ValueId v : t.out) used[v] = 1;
  for (size_t i = 0; i < r.in.size(); ++i) r.saves_in[i] |= t.in[i] != kNoValue && used[t.in[i]];
  for (size_t i = 0; i < r.out.size(); ++i) r.saves_out[i] |= used[t.in[r.in.size() + i]];
}

std::shared_ptr<const Rule> rule_of(Call& c, uint64_t want) {
  for (const std::shared_ptr<Rule>& r : c.rules) {
    if (r->want == want) return r;
  }
  auto r = std::make_shared<Rule>();
  r->op = c.op;
  r->attrs = c.attrs;
  r->in = c.in;
  r->out = c.out;
  r->present = c.present;
  r->want = want;
  r->device = c.device;
  r->saves_in.assign(r->in.size(), 0);
  r->saves_out.assign(r->out.size(), 0);
  r->first = trace_rule(*r, false);
  note_use(*r->first, *r);
  int floats = 0;
  for (const Type& t : r->out) floats += is_float(t.dtype);
  if (floats > 1) {
    r->all = trace_rule(*r, true);
    note_use(*r->all, *r);
  }
  c.rules.push_back(r);
  return r;
}

class OpNode final : public GradNode {
 public:
  OpNode(std::shared_ptr<const Rule> rule, TensorSpan in, const Tensor* out)
      : GradNode(rule->op->name),
        rule_(std::move(rule)),
        saved_(rule_->in.size() + rule_->out.size()) {
    edges.resize(in.size());
    for (size_t i = 0; i < in.size(); ++i) {
      if ((rule_->want >> i) & 1) edges[i] = grad_edge(in[i]);
      if (rule_->saves_in[i]) saved_[i] = Saved(in[i], false);
    }
    for (size_t i = 0; i < rule_->out.size(); ++i) {
      if (rule_->saves_out[i]) saved_[in.size() + i] = Saved(out[i], true);
    }
  }

  size_t results() const override { return rule_->out.size(); }

  std::vector<Tensor> apply(std::vector<Tensor> grads) override {
    const size_t n_in = rule_->in.size(), n_out = rule_->out.size();
    if (freed_) throw_freed();
    bool only_first = grads[0].defined();
    for (size_t i = 1; i < n_out; ++i) only_first = only_first && !grads[i].defined();
    const Rule::Way& way = only_first || rule_->all == nullptr ? *rule_->first : *rule_->all;
    std::vector<Tensor> values(n_in + 2 * n_out);
    for (size_t i = 0; i < n_in; ++i) {
      if (rule_->saves_in[i]) values[i] = saved_[i].get(this, 0);
    }
    for (size_t i = 0; i < n_out; ++i) {
      if (rule_->saves_out[i]) values[n_in + i] = saved_[n_in + i].get(this, uint32_t(i));
      if (way.traced.in[n_in + n_out + i] == kNoValue) continue;
      values[n_in + n_out + i] =
          grads[i].defined()
              ? std::move(grads[i])
              : from_array(*rule_->device, Array(rule_->out[i].dtype, rule_->out[i].shape));
    }
    std::vector<Tensor> results = way.traced.replay(values), all(n_in);
    for (size_t k = 0; k < results.size(); ++k) all[size_t(way.operand[k])] = std::move(results[k]);
    return all;
  }

  void release() override {
    freed_ = true;
    for (Saved& s : saved_) s.reset();
  }

  /// t is about to be written: what was saved of its old elements is copied.
  void unshare(const Tensor& t) {
    for (size_t i = 0; i < rule_->in.size(); ++i) {
      if (rule_->saves_in[i] && saved_[i].shares_storage(t)) saved_[i].copy_now();
    }
  }

 private:
  [[noreturn]] static void throw_freed() {
    throw Error(Code::model,
                "backward a second time through a graph whose saved values were freed by the first")
        .with_hint("pass retain_graph = true to the first backward");
  }
  std::shared_ptr<const Rule> rule_;
  std::vector<Saved> saved_;  // operands, then results
  bool freed_ = false;
};

uint64_t wanted(TensorSpan in) {
  uint64_t want = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].defined() || !is_float(body(in[i]).dtype) || !wants_grad(in[i])) continue;
    if (i >= kMostWanted)
      throw Error(Code::internal, "an op of more than 64 operands with gradients");
    want |= uint64_t{1} << i;
  }
  return want;
}

void record(Call& c, TensorSpan in, Tensor* out, uint64_t want) {
  bool any_float = false;
  for (const Type& t : c.out) any_float = any_float || is_float(t.dtype);
  if (!any_float || c.op->has(kNoGradient)) return;
  if (!c.op->gradient) {
    throw Error(Code::model, "[" + c.op->name + "] has no gradient, and an operand requires one");
  }
  auto node = Ref<GradNode>::own(new OpNode(rule_of(c, want), in, out));
  for (size_t i = 0; i < c.out.size(); ++i) {
    if (is_float(c.out[i].dtype)) set_grad_fn(out[i], node, uint32_t(i));
  }
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

void call_into(const OpDef& op, TensorSpan in, const Attrs& attrs, Tensor* out) {
  const Within within;
  Call& c = find_call(op, in, attrs);
  const uint64_t want = grad_mode() ? wanted(in) : 0;
  if (c.by_parts && (want != 0 || c.only_views)) {
    if (c.differentiable == nullptr) c.differentiable = trace_composition(c, true);
    const std::vector<Tensor> r = c.differentiable->replay(in);
    for (size_t i = 0; i < r.size(); ++i) out[i] = r[i];
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
  const std::string who = std::string("[") + op + "_] ";
  for (int i = 0; i < b.shape.rank(); ++i) {
    if (b.strides[i] == 0 && b.shape[i] > 1) {
      throw Error(Code::model, who +
                                   "elements of an expanded tensor share memory, so they cannot be "
                                   "written one by one")
          .with_hint("write to x.clone()");
    }
  }
  if (!grad_mode() || !wants_grad(t)) return;
  const TensorBody& base = b.view != nullptr ? body(b.view->base) : b;
  if (!base.grad_fn) {
    throw Error(Code::model, who + "a leaf that requires a gradient" +
                                 (b.view != nullptr ? std::string(", seen through a view,") : "") +
                                 " cannot be changed in place")
        .with_hint("do it under a NoGradGuard, or to a copy");
  }
}

void call_in_place(const EagerOp& op, TensorSpan in, const Attrs& attrs) {
  const Tensor t = in[0];
  check_in_place(t, op.def->name.c_str());
  const Within within;
  const uint64_t want = grad_mode() ? wanted(in) : 0;
  Call& c = find_call(*op.def, in, attrs);
  if (c.out[0] != type_of(t)) {
    throw Error(Code::model, "[" + op.def->name + "_] the result is " + c.out[0].str() +
                                 ", and does not fit in place of " + type_of(t).str());
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
    if (auto* node = dynamic_cast<OpNode*>(body(r).grad_fn.get())) node->unshare(t);
  }
  copy_elements(r, t);
  ++body(t).storage->version;
  if (want != 0) rewrite_history(t, grad_edge(r));
}

void call_over(const OpDef& op, TensorSpan in, const Attrs& attrs, std::span<const uint32_t> over) {
  NoGradGuard guard;
  const Within within;
  Call& c = find_call(op, in, attrs);
  if (may_overwrite(c, in, over)) {
    std::vector<void*> places;
    for (uint32_t k : over) places.push_back(address(body(in[k])));
    run_forward(c, in, nullptr, places.data());
  } else {
    const std::vector<Tensor> r = call(op, in, attrs);
    for (size_t i = 0; i < over.size(); ++i) copy_elements(r[i], in[over[i]]);
  }
  for (uint32_t k : over) ++body(in[k]).storage->version;
}

void Traced::finish(const EagerDevice& device) {
  constants.resize(graph.values.size());
  last_use.assign(graph.values.size(), 0);
  for (size_t v = 0; v < graph.values.size(); ++v) {
    if (graph.values[v].kind == ValueKind::constant) {
      constants[v] = from_array(device, graph.values[v].constant);
    }
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    ops.push_back(&find_op(graph.nodes[i].op));
    for (ValueId v : graph.nodes[i].in) {
      if (v != kNoValue) last_use[v] = uint32_t(i);
    }
  }
  for (ValueId v : out) {
    if (v != kNoValue) last_use[v] = UINT32_MAX;
  }
}

std::vector<Tensor> Traced::replay(TensorSpan in_values) const {
  std::vector<Tensor> at = constants;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] != kNoValue) at[in[i]] = in_values[i];
  }
  std::vector<Tensor> operands;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& n = graph.nodes[i];
    operands.clear();
    for (ValueId v : n.in) {
      operands.push_back(v == kNoValue ? Tensor{} : at[v]);
    }
    for (ValueId v : n.in) {
      if (v != kNoValue && last_use[v] == i) at[v] = {};
    }
    std::vector<Tensor> results = call(*ops[i], operands, n.attrs);
    for (size_t k = 0; k < n.out.size(); ++k) at[n.out[k]] = std::move(results[k]);
  }
  std::vector<Tensor> r;
  for (ValueId v : out) r.push_back(v == kNoValue ? Tensor{} : at[v]);
  return r;
}

void forget_calls() { ++call_epoch; }

void set_num_threads(int n) {
  if (n < 1)
    throw Error(Code::model, "[set_num_threads] " + std::to_string(n) + ", expected at least 1");
  threads_in_use = n;
  forget_calls();
}
int get_num_threads() {
  const int n = threads_in_use.load(std::memory_order_relaxed);
  return n > 0 ? n : available_cpus();
}

}  // namespace nnrun
