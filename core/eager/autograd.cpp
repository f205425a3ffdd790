#include "core/eager/autograd.h"

#include <algorithm>

#include "core/eager/call.h"

namespace nnrun {
namespace {

using detail::TensorBody;

thread_local bool mode = true;
std::atomic<uint64_t> sequence_count{0};

/// Guards the pointers from leaves to their accumulators.
std::mutex& accumulators() {
  static std::mutex m;
  return m;
}

bool try_share(GradNode* n) {
  uint32_t r = n->references.load(std::memory_order_relaxed);
  while (r != 0) {
    if (n->references.compare_exchange_weak(r, r + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

/// Where the gradient of a leaf ends.
class AccumulateGrad final : public GradNode {
 public:
  explicit AccumulateGrad(const Tensor& leaf) : GradNode("AccumulateGrad", 0), leaf_(leaf) {}
  ~AccumulateGrad() override {
    std::lock_guard lock(accumulators());
    GradNode* self = this;
    body(leaf_).accumulator.compare_exchange_strong(self, nullptr);
  }
  void apply(Tensor* grads, Tensor*) override { add_to_grad(leaf_, std::move(grads[0])); }
  const Tensor& leaf() const { return leaf_; }

 private:
  Tensor leaf_;
};

/// A view was written to: the base's new value is the old one with another piece put in.
class WriteView final : public GradNode {
 public:
  WriteView(Ref<ViewStep> step, Edge base, Edge piece) : GradNode("WriteView", 2) {
    edges[0] = std::move(base);
    edges[1] = std::move(piece);
    for (ViewStep* s = step.get(); s != nullptr; s = s->before.get())
      steps_.push_back({s->op, s->attrs});
    std::reverse(steps_.begin(), steps_.end());
  }
  void apply(Tensor* grads, Tensor* out) override {
    Tensor piece = grads[0];
    for (const auto& [op, attrs] : steps_)
      piece = nnrun::call(*op, TensorSpan(&piece, 1), *attrs)[0];
    // 1 where the piece lies: the gradient of the view itself, of ones.
    Tensor mask;
    {
      AutoGradMode on(true);
      Tensor probe = zeros_like(grads[0]);
      probe.set_requires_grad(true);
      Tensor seen = probe;
      for (const auto& [op, attrs] : steps_)
        seen = nnrun::call(*op, TensorSpan(&seen, 1), *attrs)[0];
      mask = run_backward(TensorSpan(&seen, 1), {ones_like(seen.detach())}, TensorSpan(&probe, 1),
                          {.accumulate = false})[0];
    }
    out[0] = where(mask != 0, Scalar(0.0), grads[0]);
    out[1] = piece;
  }

 private:
  std::vector<std::pair<const OpDef*, std::shared_ptr<const Attrs>>> steps_;
};

}  // namespace

void add_to_grad(const Tensor& t, Tensor g) {
  Tensor& grad = body(t).grad;
  if (!grad.defined()) {
    // A gradient that nobody else holds, and that is no window onto more, is kept as it is.
    const TensorBody& b = body(g);
    const bool own = b.references == 1 && b.storage->references == 1 && b.contiguous &&
                     b.storage->bytes == b.shape.numel() * size_of(b.dtype);
    grad = own || grad_mode() ? std::move(g) : g.clone();
  } else if (grad_mode()) {
    grad = grad + g;
  } else {
    grad.add_(g);
  }
}

GradNode::GradNode(std::string_view n, size_t n_edges)
    : name(n), sequence(++sequence_count), edges(n_edges) {}

/// Chains of nodes are as long as programs run, so recursion lets go of the first few only.
GradNode::~GradNode() {
  constexpr int kDeepest = 100;
  static thread_local int depth = 0;
  static thread_local std::vector<Ref<GradNode>>* pending = nullptr;
  if (depth == kDeepest) {
    for (Edge& e : edges) {
      if (e.node) pending->push_back(std::move(e.node));
    }
    return;
  }
  std::vector<Ref<GradNode>> mine;
  const bool outermost = depth++ == 0;
  if (outermost) pending = &mine;
  for (Edge& e : edges) e.node = nullptr;
  while (outermost && !mine.empty()) {
    const Ref<GradNode> next = std::move(mine.back());
    mine.pop_back();
  }
  --depth;
}

bool grad_mode() { return mode; }
void set_grad_mode(bool on) { mode = on; }

void rebuild_history(const Tensor& view) {
  TensorBody& b = body(view);
  std::vector<ViewStep*> steps;
  for (ViewStep* s = b.view->step.get(); s != nullptr; s = s->before.get()) steps.push_back(s);
  AutoGradMode on(true);
  Tensor again = b.view->base;
  for (auto s = steps.rbegin(); s != steps.rend(); ++s) {
    again = call(*(*s)->op, TensorSpan(&again, 1), *(*s)->attrs)[0];
  }
  b.grad_fn = body(again).grad_fn;
  b.output = body(again).output;
  b.requires_grad = body(again).requires_grad;
  b.view->seen = body(b.view->base).rewritten;
}

GradNode::Edge grad_edge(const Tensor& t) {
  TensorBody& b = body(t);
  refresh(t);
  if (b.grad_fn) return {b.grad_fn, b.output};
  if (!b.requires_grad) return {};
  std::lock_guard lock(accumulators());
  GradNode* known = b.accumulator.load();
  if (known != nullptr && try_share(known)) return {Ref<GradNode>::own(known), 0};
  auto* fresh = new AccumulateGrad(t);
  b.accumulator = fresh;
  return {Ref<GradNode>::own(fresh), 0};
}

void set_grad_fn(const Tensor& t, Ref<GradNode> node, uint32_t output) {
  TensorBody& b = body(t);
  b.grad_fn = std::move(node);
  b.output = output;
  b.requires_grad = true;
}

void rewrite_history(const Tensor& t, GradNode::Edge edge) {
  TensorBody& b = body(t);
  if (b.view == nullptr) {
    b.grad_fn = std::move(edge.node);
    b.output = edge.input;
    b.requires_grad = bool(b.grad_fn);
    ++b.rewritten;
    return;
  }
  const Tensor base = b.view->base;
  GradNode* node = new WriteView(b.view->step, grad_edge(base), std::move(edge));
  set_grad_fn(base, Ref<GradNode>::own(node), 0);
  ++body(base).rewritten;
}

Saved::Saved(const Tensor& t, bool is_result)
    : version_(body(t).storage->version), is_result_(is_result) {
  if (is_result) {
    const TensorBody& b = body(t);
    value_ = make_alias(t, b.shape, b.strides, b.offset);
  } else {
    value_ = t;
  }
}

Tensor Saved::get(GradNode* owner, uint32_t output) const {
  if (!value_.defined()) {
    throw Error(
        Code::model,
        "[backward] a second time through a graph whose saved values were freed by the first")
        .with_hint("pass retain_graph = true to the first backward");
  }
  if (body(value_).storage->version != version_) {
    throw Error(Code::model, std::string("[") + std::string(owner->name) +
                                 "] a value that its gradient needs, of shape " +
                                 body(value_).shape.str() +
                                 ", was changed in place after it was used")
        .with_hint("change a copy, or use the operation that is not in place");
  }
  if (!is_result_ || !grad_mode()) return value_;
  const TensorBody& b = body(value_);
  Tensor t = make_alias(value_, b.shape, b.strides, b.offset);
  set_grad_fn(t, Ref<GradNode>::share(owner), output);
  return t;
}

bool Saved::shares_storage(const Tensor& t) const {
  return value_.defined() && body(value_).storage.get() == body(t).storage.get();
}

void Saved::copy_now() {
  const GradNode::Edge edge = is_result_ ? GradNode::Edge{} : grad_edge(value_);
  NoGradGuard guard;
  value_ = value_.clone();
  version_ = body(value_).storage->version;
  if (edge.node) set_grad_fn(value_, edge.node, edge.input);
}

NoGradGuard::NoGradGuard() : before_(mode) { mode = false; }
NoGradGuard::~NoGradGuard() { mode = before_; }
AutoGradMode::AutoGradMode(bool enabled) : before_(mode) { mode = enabled; }
AutoGradMode::~AutoGradMode() { mode = before_; }
bool GradMode::is_enabled() { return mode; }
void GradMode::set_enabled(bool enabled) { mode = enabled; }

bool Tensor::requires_grad() const {
  nnrun::defined(*this, "requires_grad");
  return wants_grad(*this);
}

const Tensor& Tensor::set_requires_grad(bool r) const {
  TensorBody& b = nnrun::defined(*this, "requires_grad_");
  if (r && !is_float(b.dtype)) {
    throw Error(Code::model,
                std::string("[requires_grad_] only floats have gradients, not ") + name_of(b.dtype))
        .with_hint("convert it with .to(torch::kFloat)");
  }
  if (b.grad_fn && !r) {
    throw Error(Code::model,
                "[requires_grad_] only a leaf can stop requiring a gradient, not the result of " +
                    std::string(b.grad_fn->name))
        .with_hint("use detach()");
  }
  if (!b.grad_fn) b.requires_grad = r;
  return *this;
}

bool Tensor::is_leaf() const {
  nnrun::defined(*this, "is_leaf");
  wants_grad(*this);  // brings a view's history up to date
  return !body(*this).grad_fn;
}

const Tensor& Tensor::grad() const { return nnrun::defined(*this, "grad").grad; }
Tensor& Tensor::mutable_grad() const { return nnrun::defined(*this, "grad").grad; }

Tensor Tensor::detach() const {
  const TensorBody& b = nnrun::defined(*this, "detach");
  return make_alias(*this, b.shape, b.strides, b.offset);
}

Tensor& Tensor::detach_() const {
  TensorBody& b = nnrun::defined(*this, "detach_");
  if (b.view != nullptr) {
    throw Error(Code::model, "[detach_] a view cannot be detached in place")
        .with_hint("use detach()");
  }
  b.grad_fn = {};
  b.output = 0;
  b.requires_grad = false;
  return changed();
}

void Tensor::set_data(const Tensor& new_data) const {
  TensorBody& b = nnrun::defined(*this, "set_data");
  const TensorBody& from = nnrun::defined(new_data, "set_data");
  if (b.requires_grad && !is_float(from.dtype)) {
    throw Error(Code::model,
                std::string("[set_data] gradients are for floats, not ") + name_of(from.dtype))
        .with_hint("convert it with .to(torch::kFloat)");
  }
  b.storage = from.storage;
  b.shape = from.shape;
  b.strides = from.strides;
  b.offset = from.offset;
  b.dtype = from.dtype;
  b.contiguous = from.contiguous;
  b.view.reset();
}

}  // namespace nnrun
