// Gradients of operations that ran: a node for each recorded one, which knows how to turn the
// gradients of its results into those of its operands, by the rule that stands beside the op.
#pragma once

#include <string>
#include <vector>

#include "core/eager/body.h"

namespace nnrun {

class GradNode : public Shared, public InBlock {
 public:
  static constexpr bool kFoundOtherwise = true;  // by the leaf whose gradient it adds to

  struct Edge {
    Ref<GradNode> node;  // null: nobody wants a gradient there
    uint32_t input = 0;  // which of the node's results
  };

  GradNode(std::string_view name, size_t edges);
  virtual ~GradNode();
  GradNode(const GradNode&) = delete;
  GradNode& operator=(const GradNode&) = delete;

  /// From the gradient of each result, which it may take, one for each edge: out[i], undefined
  /// where none flows, as among those given and before the call.
  virtual void apply(Tensor* grads, Tensor* out) = 0;
  /// t is about to be written: what was saved of its old elements is copied.
  virtual void unshare(const Tensor&) {}
  /// Lets go of what was saved; apply() is an error from then on.
  virtual void release() {}
  virtual size_t results() const { return 1; }

  const std::string_view name;
  const uint64_t sequence;  // later operations have larger ones
  Row<Edge, 3> edges;
};

bool grad_mode();
void set_grad_mode(bool on);

/// A view whose base was rewritten since gets its history anew, from the base's.
void rebuild_history(const Tensor& view);
inline void refresh(const Tensor& t) {
  const ViewOf* view = body(t).view.get();
  if (view != nullptr && view->seen != body(view->base).rewritten) rebuild_history(t);
}
/// Whether gradients flow to t, now.
inline bool wants_grad(const Tensor& t) {
  refresh(t);
  return body(t).requires_grad;
}
/// Where the gradient of t goes: to its operation, or into its grad().
GradNode::Edge grad_edge(const Tensor& t);
/// t comes from result `output` of a node.
void set_grad_fn(const Tensor& t, Ref<GradNode> node, uint32_t output);
/// After t's elements were replaced by what came from `edge`: t, its base and its other views know.
void rewrite_history(const Tensor& t, GradNode::Edge edge);

/// A value kept for the way back. A result of the node itself is kept without its history, since
/// node and value would keep each other alive.
class Saved {
 public:
  Saved() = default;
  Saved(const Tensor& t, bool is_result);
  /// Throws Error(model) when the value was changed since, or the graph was freed. `owner`: the
  /// node, `output`: which result it is.
  Tensor get(GradNode* owner, uint32_t output) const;
  void reset() { value_ = {}; }
  bool shares_storage(const Tensor& t) const;
  /// Keeps a copy of the elements instead.
  void copy_now();

 private:
  Tensor value_;
  uint32_t version_ = 0;
  bool is_result_ = false;
};

/// Adds g to the grad() of a leaf.
void add_to_grad(const Tensor& leaf, Tensor g);
/// A tensor that retains its gradient is gone.
void forget_retained(const detail::TensorBody* b);

struct BackwardOptions {
  bool retain_graph = false, create_graph = false;
  bool accumulate = true;  // into grad() of leaves; else only `inputs` are answered
  bool allow_unused = false;
};
/// Runs backward from the roots; the gradients of `inputs` in order.
std::vector<Tensor> run_backward(TensorSpan roots, std::vector<Tensor> grads, TensorSpan inputs,
                                 const BackwardOptions& options);

}  // namespace nnrun
