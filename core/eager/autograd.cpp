#include "core/eager/autograd.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <unordered_set>

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
  explicit AccumulateGrad(const Tensor& leaf) : GradNode("AccumulateGrad"), leaf_(leaf) {}
  ~AccumulateGrad() override {
    std::lock_guard lock(accumulators());
    GradNode* self = this;
    body(leaf_).accumulator.compare_exchange_strong(self, nullptr);
  }
  std::vector<Tensor> apply(std::vector<Tensor> grads) override {
    if (!grads[0].defined()) return {};
    add_to_grad(leaf_, std::move(grads[0]));
    return {};
  }
  const Tensor& leaf() const { return leaf_; }

  static void add_to_grad(const Tensor& t, Tensor g) {
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

 private:
  Tensor leaf_;
};

/// A view was written to: the base's new value is the old one with another piece put in.
class WriteView final : public GradNode {
 public:
  explicit WriteView(Ref<ViewStep> step) : GradNode("WriteView") {
    for (ViewStep* s = step.get(); s != nullptr; s = s->before.get())
      steps_.push_back({s->op, s->attrs});
    std::reverse(steps_.begin(), steps_.end());
  }
  std::vector<Tensor> apply(std::vector<Tensor> grads) override {
    Tensor piece = grads[0];
    for (const auto& [op, attrs] : steps_)
      piece = nnrun::call(*op, TensorSpan(&piece, 1), attrs)[0];
    // 1 where the piece lies: the gradient of the view itself, of ones.
    Tensor mask;
    {
      AutoGradMode on(true);
      Tensor probe = zeros_like(grads[0]);
      probe.set_requires_grad(true);
      Tensor seen = probe;
      for (const auto& [op, attrs] : steps_)
        seen = nnrun::call(*op, TensorSpan(&seen, 1), attrs)[0];
      mask = run_backward({seen}, {ones_like(seen.detach())}, {probe}, {.accumulate = false})[0];
    }
    return {where(mask != 0, Scalar(0.0), grads[0]), piece};
  }

 private:
  std::vector<std::pair<const OpDef*, Attrs>> steps_;
};

// ---- the walk backward

struct Order {
  bool operator()(const GradNode* a, const GradNode* b) const { return a->sequence < b->sequence; }
};

struct Work {
  std::vector<Tensor> grads;  // by result
  int waits_for = 0;          // nodes that will still add to them
  bool needed = false;
  std::vector<std::pair<uint32_t, size_t>> captures;  // result -> place in the answer
};

void add_grad(Tensor& to, Tensor g) {
  if (!to.defined()) {
    to = std::move(g);
  } else {
    to = to + g;
  }
}

class Backward {
 public:
  Backward(const BackwardOptions& options, const std::vector<Tensor>& inputs)
      : options_(options), inputs_(inputs) {}

  std::vector<Tensor> run(const std::vector<Tensor>& roots, std::vector<Tensor> grads) {
    std::vector<GradNode::Edge> starts;
    for (const Tensor& t : roots) starts.push_back(grad_edge(t));
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const GradNode::Edge e = grad_edge(inputs_[i]);
      if (!e.node) {
        throw Error(Code::model,
                    "[grad] input " + std::to_string(i) + " does not require a gradient");
      }
      work_[e.node.get()].captures.push_back({e.input, i});
      held_.push_back(e.node);
    }
    for (const GradNode::Edge& e : starts) discover(e.node.get());
    if (!inputs_.empty()) {
      for (const GradNode::Edge& e : starts) mark_needed(e.node.get());
    }
    for (size_t i = 0; i < starts.size(); ++i) {
      Work& w = work_[starts[i].node.get()];
      w.grads.resize(starts[i].node->results());
      add_grad(w.grads[starts[i].input], std::move(grads[i]));
    }
    std::vector<Tensor> answer(inputs_.size());
    for (const GradNode::Edge& e : starts) {
      if (work_[e.node.get()].waits_for == 0 && queued_.insert(e.node.get()).second) {
        ready_.push(e.node.get());
      }
    }
    while (!ready_.empty()) {
      GradNode* n = ready_.top();
      ready_.pop();
      step(n, answer);
    }
    for (size_t i = 0; i < answer.size(); ++i) {
      if (!answer[i].defined() && !options_.allow_unused && !options_.accumulate) {
        throw Error(Code::model, "[grad] input " + std::to_string(i) +
                                     " is not part of the graph that gave the outputs")
            .with_hint("pass allow_unused = true if that is meant");
      }
    }
    return answer;
  }

 private:
  void discover(GradNode* start) {
    std::vector<GradNode*> stack{start};
    seen_.insert(start);
    while (!stack.empty()) {
      GradNode* n = stack.back();
      stack.pop_back();
      for (const GradNode::Edge& e : n->edges) {
        if (!e.node) continue;
        ++work_[e.node.get()].waits_for;
        if (seen_.insert(e.node.get()).second) stack.push_back(e.node.get());
      }
    }
  }
  /// Nodes on a way to an input, their successors first.
  void mark_needed(GradNode* start) {
    std::vector<std::pair<GradNode*, size_t>> stack;
    const auto enter = [&](GradNode* n) {
      if (n != nullptr && marked_.insert(n).second) stack.push_back({n, 0});
    };
    enter(start);
    while (!stack.empty()) {
      auto& [n, next] = stack.back();
      if (next < n->edges.size()) {
        enter(n->edges[next++].node.get());
        continue;
      }
      Work& w = work_[n];
      w.needed = !w.captures.empty() || leads_on(n);
      stack.pop_back();
    }
  }

  void step(GradNode* n, std::vector<Tensor>& answer) {
    Work& w = work_[n];
    w.grads.resize(n->results());
    for (const auto& [result, place] : w.captures) {
      const Tensor& g = w.grads[result];
      if (!g.defined()) continue;
      if (options_.accumulate) {
        AccumulateGrad::add_to_grad(inputs_[place], g);
      }
      answer[place] = g;
    }
    const bool runs = inputs_.empty() || leads_on(n);
    std::vector<Tensor> out;
    if (runs &&
        std::any_of(w.grads.begin(), w.grads.end(), [](const Tensor& g) { return g.defined(); })) {
      retain(n, w);
      out = n->apply(std::move(w.grads));
      if (!options_.retain_graph) n->release();
    }
    w.grads.clear();
    out.resize(n->edges.size());
    for (size_t i = 0; i < n->edges.size(); ++i) {
      const GradNode::Edge& e = n->edges[i];
      if (!e.node) continue;
      Work& next = work_[e.node.get()];
      next.grads.resize(e.node->results());
      if (out[i].defined()) add_grad(next.grads[e.input], std::move(out[i]));
      if (--next.waits_for == 0) ready_.push(e.node.get());
    }
  }
  bool leads_on(GradNode* n) const {
    for (const GradNode::Edge& e : n->edges) {
      if (!e.node) continue;
      auto it = work_.find(e.node.get());
      if (it != work_.end() && it->second.needed) return true;
    }
    return false;
  }
  void retain(GradNode* n, const Work& w);

  const BackwardOptions& options_;
  const std::vector<Tensor>& inputs_;
  std::unordered_map<GradNode*, Work> work_;
  std::unordered_set<GradNode*> seen_, queued_, marked_;
  std::vector<Ref<GradNode>> held_;
  std::priority_queue<GradNode*, std::vector<GradNode*>, Order> ready_;
};

/// Results that keep their gradient, by node: few, so a list beside the nodes.
struct Retained {
  std::mutex mutex;
  std::unordered_map<const GradNode*, std::vector<std::pair<uint32_t, TensorBody*>>> of;
};
Retained& retained() {
  static auto* r = new Retained;
  return *r;
}
std::atomic<bool> any_retained{false};

void Backward::retain(GradNode* n, const Work& w) {
  if (!any_retained.load(std::memory_order_relaxed)) return;
  std::lock_guard lock(retained().mutex);
  auto it = retained().of.find(n);
  if (it == retained().of.end()) return;
  for (const auto& [output, b] : it->second) {
    if (w.grads[output].defined())
      b->grad = b->grad.defined() ? b->grad + w.grads[output] : w.grads[output];
  }
}

}  // namespace

void forget_retained(const TensorBody* b) {
  std::lock_guard lock(retained().mutex);
  for (auto it = retained().of.begin(); it != retained().of.end();) {
    std::erase_if(it->second, [&](const auto& e) { return e.second == b; });
    it = it->second.empty() ? retained().of.erase(it) : std::next(it);
  }
}

GradNode::GradNode(std::string_view n) : name(n), sequence(++sequence_count) {}

/// Chains of nodes are as long as programs run, so they are not let go of by recursion.
GradNode::~GradNode() {
  static thread_local std::vector<Ref<GradNode>>* pending = nullptr;
  const bool outermost = pending == nullptr;
  std::vector<Ref<GradNode>> mine;
  if (outermost) pending = &mine;
  for (Edge& e : edges) {
    if (e.node) pending->push_back(std::move(e.node));
  }
  if (!outermost) return;
  while (!mine.empty()) {
    const Ref<GradNode> next = std::move(mine.back());
    mine.pop_back();
  }
  pending = nullptr;
}

bool grad_mode() { return mode; }
void set_grad_mode(bool on) { mode = on; }

namespace {

/// A view whose base was rewritten since gets its history anew, from the base's.
void refresh(const Tensor& t) {
  TensorBody& b = body(t);
  if (b.view == nullptr || b.view->seen == body(b.view->base).rewritten) return;
  std::vector<ViewStep*> steps;
  for (ViewStep* s = b.view->step.get(); s != nullptr; s = s->before.get()) steps.push_back(s);
  AutoGradMode on(true);
  Tensor again = b.view->base;
  for (auto s = steps.rbegin(); s != steps.rend(); ++s) {
    again = call(*(*s)->op, TensorSpan(&again, 1), (*s)->attrs)[0];
  }
  b.grad_fn = body(again).grad_fn;
  b.output = body(again).output;
  b.requires_grad = body(again).requires_grad;
  b.view->seen = body(b.view->base).rewritten;
}

}  // namespace

bool wants_grad(const Tensor& t) {
  const TensorBody& b = body(t);
  if (b.view != nullptr) refresh(t);
  return b.requires_grad;
}

GradNode::Edge grad_edge(const Tensor& t) {
  TensorBody& b = body(t);
  if (b.view != nullptr) refresh(t);
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
  auto node = Ref<GradNode>::own(new WriteView(b.view->step));
  node->edges = {grad_edge(base), std::move(edge)};
  set_grad_fn(base, std::move(node), 0);
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
    throw Error(Code::model,
                "backward a second time through a graph whose saved values were freed by the first")
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

std::vector<Tensor> run_backward(const std::vector<Tensor>& roots, std::vector<Tensor> grads,
                                 const std::vector<Tensor>& inputs,
                                 const BackwardOptions& options) {
  grads.resize(roots.size());
  for (size_t i = 0; i < roots.size(); ++i) {
    const TensorBody& b = defined(roots[i], "backward");
    if (!wants_grad(roots[i])) {
      throw Error(
          Code::model,
          "[backward] element " + std::to_string(i) +
              " of the tensors does not require a gradient and comes from nothing that does");
    }
    if (!grads[i].defined()) {
      if (b.shape.numel() != 1) {
        throw Error(Code::model,
                    "[backward] a gradient can be made up only for a scalar, not for shape " +
                        b.shape.str())
            .with_hint("pass the gradient of the tensor, or reduce it with sum()");
      }
      NoGradGuard guard;
      grads[i] = ones_like(roots[i]);
    } else if (body(grads[i]).shape != b.shape) {
      throw Error(Code::model, "[backward] the gradient has shape " + body(grads[i]).shape.str() +
                                   ", the tensor " + b.shape.str());
    }
  }
  AutoGradMode recording(options.create_graph);
  return Backward(options, inputs).run(roots, std::move(grads));
}

// ---- the public side

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
    throw Error(Code::model, std::string("[requires_grad_] only floats have gradients, not ") +
                                 name_of(b.dtype));
  }
  if (b.grad_fn && !r) {
    throw Error(Code::model, "[requires_grad_] only a leaf can stop requiring a gradient")
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

void Tensor::backward(const Tensor& gradient, optional<bool> retain_graph, bool create_graph,
                      optional<TensorList> inputs) const {
  const std::vector<Tensor> to = inputs ? inputs->vec() : std::vector<Tensor>{};
  run_backward({*this}, {gradient}, to,
               {.retain_graph = retain_graph.value_or(create_graph),
                .create_graph = create_graph,
                .accumulate = true,
                .allow_unused = true});
}

Tensor Tensor::detach() const {
  const TensorBody& b = nnrun::defined(*this, "detach");
  return make_alias(*this, b.shape, b.strides, b.offset);
}

Tensor& Tensor::detach_() {
  TensorBody& b = nnrun::defined(*this, "detach_");
  if (b.view != nullptr) {
    throw Error(Code::model, "[detach_] a view cannot be detached in place")
        .with_hint("use detach()");
  }
  b.grad_fn = {};
  b.output = 0;
  b.requires_grad = false;
  return *this;
}

void Tensor::set_data(const Tensor& new_data) const {
  TensorBody& b = nnrun::defined(*this, "set_data");
  const TensorBody& from = nnrun::defined(new_data, "set_data");
  if (b.requires_grad && !is_float(from.dtype)) {
    throw Error(Code::model,
                std::string("[set_data] gradients are for floats, not ") + name_of(from.dtype));
  }
  b.storage = from.storage;
  b.shape = from.shape;
  b.strides = from.strides;
  b.offset = from.offset;
  b.dtype = from.dtype;
  b.contiguous = from.contiguous;
  b.view.reset();
}

void Tensor::retain_grad() const {
  if (!requires_grad()) {
    throw Error(Code::model, "[retain_grad] the tensor does not require a gradient");
  }
  TensorBody& b = body(*this);
  if (!b.grad_fn || b.retains_grad) return;
  std::lock_guard lock(retained().mutex);
  retained().of[b.grad_fn.get()].push_back({b.output, &b});
  b.retains_grad = true;
  any_retained = true;
}

}  // namespace nnrun
