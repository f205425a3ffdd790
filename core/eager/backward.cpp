// The walk backward, through the nodes behind the roots, later ones first, and results that retain
// their gradient.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/eager/autograd.h"

namespace nnrun {
namespace {

using detail::TensorBody;

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

void retain(const GradNode* n, const Tensor* grads) {
  if (!any_retained.load(std::memory_order_relaxed)) return;
  std::lock_guard lock(retained().mutex);
  auto it = retained().of.find(n);
  if (it == retained().of.end()) return;
  for (const auto& [output, b] : it->second) {
    if (grads[output].defined())
      b->grad = b->grad.defined() ? b->grad + grads[output] : grads[output];
  }
}

void add_grad(Tensor& to, Tensor g) {
  if (!to.defined()) {
    to = std::move(g);
  } else {
    to = to + g;
  }
}

class Backward {
 public:
  Backward(const BackwardOptions& options, TensorSpan inputs)
      : options_(options), inputs_(inputs) {}

  std::vector<Tensor> run(TensorSpan roots, std::vector<Tensor> grads) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const GradNode::Edge& e = hold(inputs_[i]);
      if (!e.node) {
        throw Error(Code::model,
                    "[grad] input " + std::to_string(i) + " does not require a gradient")
            .with_hint("call requires_grad_() on it before it is used");
      }
      const uint32_t w = work_of(e.node.get());
      captures_.push_back({e.input, work_[w].captures});
      work_[w].captures = uint32_t(i);
    }
    const size_t first_root = held_.size();
    for (const Tensor& t : roots) {
      const uint32_t w = work_of(hold(t).node.get());
      work_[w].root = true;
    }
    discover();
    if (!inputs_.empty()) mark_needed();
    grads_.resize(n_grads_);
    for (size_t i = 0; i < roots.size(); ++i) {
      const GradNode::Edge& e = held_[first_root + i];
      const Work& w = work_[work_of(e.node.get())];
      add_grad(grads_[w.grads + e.input], std::move(grads[i]));
    }
    std::vector<Tensor> answer(inputs_.size());
    for (uint32_t w = 0; w < work_.size(); ++w) {
      if (work_[w].root && work_[w].waits_for == 0) push_ready(w);
    }
    while (!ready_.empty()) {
      std::pop_heap(ready_.begin(), ready_.end());
      const uint32_t w = ready_.back().work;
      ready_.pop_back();
      step(work_[w], answer);
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
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Work {
    GradNode* node;
    uint32_t grads;             // where the gradients of its results begin in grads_
    uint32_t targets = kNone;   // where the work of its edges begins in targets_; kNone: unreached
    uint32_t captures = kNone;  // the first of the answers that its gradients are
    uint32_t waits_for = 0;     // nodes that will still add to them
    bool root = false, needed = false, marked = false;
  };
  struct Capture {
    uint32_t result, next;
  };
  struct Ready {
    uint64_t sequence;
    uint32_t work;
    bool operator<(const Ready& o) const { return sequence < o.sequence; }
  };

  const GradNode::Edge& hold(const Tensor& t) {
    held_.push_back(grad_edge(t));
    return held_.back();
  }

  /// The place of a node in work_, by a table of open addressing.
  uint32_t work_of(GradNode* n) {
    if (work_.size() * 2 >= table_.size()) {
      table_.assign(std::max<size_t>(64, table_.size() * 2), kNone);
      for (uint32_t i = 0; i < work_.size(); ++i) table_[slot_of(work_[i].node)] = i;
    }
    uint32_t& place = table_[slot_of(n)];
    if (place == kNone) {
      place = uint32_t(work_.size());
      work_.push_back({.node = n, .grads = n_grads_});
      n_grads_ += uint32_t(n->results());
    }
    return place;
  }
  size_t slot_of(const GradNode* n) const {
    const size_t mask = table_.size() - 1;
    size_t i = size_t((reinterpret_cast<uintptr_t>(n) >> 6) * 0x9E3779B97F4A7C15u >> 32) & mask;
    while (table_[i] != kNone && work_[table_[i]].node != n) i = (i + 1) & mask;
    return i;
  }

  /// All nodes behind the roots: the work of their edges, and how many wait for them.
  void discover() {
    std::vector<uint32_t> open;
    for (uint32_t w = 0; w < work_.size(); ++w) {
      if (work_[w].root) open.push_back(w);
    }
    const auto reach = [&](uint32_t w) {
      if (work_[w].targets != kNone) return false;
      work_[w].targets = uint32_t(targets_.size());
      targets_.resize(targets_.size() + work_[w].node->edges.size(), kNone);
      return true;
    };
    for (uint32_t w : open) reach(w);
    while (!open.empty()) {
      const uint32_t w = open.back();
      open.pop_back();
      uint32_t at = work_[w].targets;
      for (const GradNode::Edge& e : work_[w].node->edges) {
        const uint32_t edge = at++;
        if (!e.node) continue;
        const uint32_t next = work_of(e.node.get());
        targets_[edge] = next;
        ++work_[next].waits_for;
        if (reach(next)) open.push_back(next);
      }
    }
  }
  /// Nodes on a way to an input, their successors first.
  void mark_needed() {
    std::vector<std::pair<uint32_t, uint32_t>> stack;
    const auto enter = [&](uint32_t w) {
      if (w == kNone || std::exchange(work_[w].marked, true)) return;
      stack.push_back({w, 0});
    };
    for (uint32_t root = 0, n = uint32_t(work_.size()); root < n; ++root) {
      if (work_[root].root) enter(root);
      while (!stack.empty()) {
        auto& [w, next] = stack.back();
        if (next < work_[w].node->edges.size()) {
          enter(targets_[work_[w].targets + next++]);
          continue;
        }
        work_[w].needed = work_[w].captures != kNone || leads_on(work_[w]);
        stack.pop_back();
      }
    }
  }
  bool leads_on(const Work& w) const {
    for (uint32_t i = 0; i < w.node->edges.size(); ++i) {
      const uint32_t next = targets_[w.targets + i];
      if (next != kNone && work_[next].needed) return true;
    }
    return false;
  }

  void push_ready(uint32_t w) {
    ready_.push_back({work_[w].node->sequence, w});
    std::push_heap(ready_.begin(), ready_.end());
  }
  void step(const Work& w, std::vector<Tensor>& answer) {
    GradNode* const n = w.node;
    Tensor* const grads = grads_.data() + w.grads;
    const size_t n_results = n->results(), n_edges = n->edges.size();
    for (uint32_t place = w.captures; place != kNone; place = captures_[place].next) {
      const Tensor& g = grads[captures_[place].result];
      if (!g.defined()) continue;
      if (options_.accumulate) add_to_grad(inputs_[place], g);
      answer[place] = g;
    }
    Row<Tensor, 4> out(n_edges);
    if ((inputs_.empty() || leads_on(w)) &&
        std::any_of(grads, grads + n_results, [](const Tensor& g) { return g.defined(); })) {
      retain(n, grads);
      n->apply(grads, out.begin());
      if (!options_.retain_graph) n->release();
    }
    for (size_t i = 0; i < n_results; ++i) grads[i].reset();
    for (size_t i = 0; i < n_edges; ++i) {
      const uint32_t next = targets_[w.targets + i];
      if (next == kNone) continue;
      Work& to = work_[next];
      if (out[i].defined()) {
        add_grad(grads_[to.grads + n->edges[i].input], std::move(out[i]));
      }
      if (--to.waits_for == 0) push_ready(next);
    }
  }

  const BackwardOptions& options_;
  const TensorSpan inputs_;
  std::vector<GradNode::Edge> held_;  // inputs, then roots
  std::vector<Capture> captures_;     // by input
  std::vector<Work> work_;
  std::vector<uint32_t> table_, targets_;
  uint32_t n_grads_ = 0;
  std::vector<Tensor> grads_;
  std::vector<Ready> ready_;  // a heap
};

/// As in libtorch, a gradient of a shape that the tensor would be expanded to is summed.
Tensor summed_to(const Shape& shape, const Tensor& gradient) {
  const Shape& given = body(gradient).shape;
  const int extra = given.rank() - shape.rank();
  bool fits = extra >= 0;
  std::vector<int64_t> dims;
  for (int i = 0; fits && i < given.rank(); ++i) {
    if (i >= extra && given[i] == shape[i - extra]) continue;
    fits = i < extra || shape[i - extra] == 1;
    dims.push_back(i);
  }
  if (!fits) {
    throw Error(Code::model,
                "[backward] the gradient has shape " + given.str() + ", the tensor " + shape.str())
        .with_hint("the gradient of a tensor has the shape of the tensor");
  }
  return gradient.sum(dims, /*keepdim=*/true)
      .reshape(IntArrayRef(shape.begin(), size_t(shape.rank())));
}

}  // namespace

void forget_retained(const TensorBody* b) {
  std::lock_guard lock(retained().mutex);
  for (auto it = retained().of.begin(); it != retained().of.end();) {
    std::erase_if(it->second, [&](const auto& e) { return e.second == b; });
    it = it->second.empty() ? retained().of.erase(it) : std::next(it);
  }
}

std::vector<Tensor> run_backward(TensorSpan roots, std::vector<Tensor> grads, TensorSpan inputs,
                                 const BackwardOptions& options) {
  grads.resize(roots.size());
  for (size_t i = 0; i < roots.size(); ++i) {
    const TensorBody& b = defined(roots[i], "backward");
    if (!wants_grad(roots[i])) {
      throw Error(
          Code::model,
          "[backward] element " + std::to_string(i) +
              " of the tensors does not require a gradient and comes from nothing that does")
          .with_hint("call requires_grad_() on a tensor that it is computed from");
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
      AutoGradMode recording(options.create_graph);
      grads[i] = summed_to(b.shape, grads[i]);
    }
  }
  AutoGradMode recording(options.create_graph);
  return Backward(options, inputs).run(roots, std::move(grads));
}

void Tensor::backward(const Tensor& gradient, optional<bool> retain_graph, bool create_graph,
                      optional<TensorList> inputs) const {
  const std::vector<Tensor> to = inputs ? inputs->vec() : std::vector<Tensor>{};
  run_backward(TensorSpan(this, 1), {gradient}, to,
               {.retain_graph = retain_graph.value_or(create_graph),
                .create_graph = create_graph,
                .accumulate = true,
                .allow_unused = true});
}

void Tensor::retain_grad() const {
  if (!requires_grad()) {
    throw Error(Code::model, "[retain_grad] the tensor does not require a gradient")
        .with_hint("call requires_grad_() on a tensor that it is computed from");
  }
  TensorBody& b = body(*this);
  if (!b.grad_fn || b.retains_grad) return;
  std::lock_guard lock(retained().mutex);
  retained().of[b.grad_fn.get()].push_back({b.output, &b});
  b.retains_grad = true;
  any_retained = true;
}

}  // namespace nnrun
