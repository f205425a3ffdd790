#include <nnrun/autograd.h>

#include "core/eager/autograd.h"

namespace nnrun::autograd {

variable_list grad(const variable_list& outputs, const variable_list& inputs,
                   const variable_list& grad_outputs, optional<bool> retain_graph,
                   bool create_graph, bool allow_unused) {
  return run_backward(outputs, grad_outputs, inputs,
                      {.retain_graph = retain_graph.value_or(create_graph),
                       .create_graph = create_graph,
                       .accumulate = false,
                       .allow_unused = allow_unused});
}

void backward(const variable_list& tensors, const variable_list& grad_tensors,
              optional<bool> retain_graph, bool create_graph, const variable_list& inputs) {
  run_backward(tensors, grad_tensors, inputs,
               {.retain_graph = retain_graph.value_or(create_graph),
                .create_graph = create_graph,
                .accumulate = true,
                .allow_unused = true});
}

variable_list AutogradContext::get_saved_variables() const {
  if (freed_) {
    throw Error(
        Code::model,
        "[backward] a second time through a graph whose saved values were freed by the first")
        .with_hint("pass retain_graph = true to the first backward");
  }
  for (size_t i = 0; i < saved_.size(); ++i) {
    if (saved_[i].defined() && body(saved_[i]).storage->version != versions_[i]) {
      throw Error(Code::model, "[Function] a saved value was changed in place after it was used");
    }
  }
  return saved_;
}

void FunctionAccess::begin(AutogradContext& c, const variable_list& in) {
  for (const Tensor& t : in) c.needs_.push_back(t.defined() && grad_mode() && wants_grad(t));
}

void FunctionAccess::end(std::shared_ptr<AutogradContext> c, const char* name,
                         const variable_list& in, variable_list& out, Backward backward) {
  if (std::find(c->needs_.begin(), c->needs_.end(), true) == c->needs_.end()) return;
  class Node final : public GradNode {
   public:
    Node(const char* n, std::shared_ptr<AutogradContext> c, Backward b, size_t arguments,
         size_t results)
        : GradNode(n, arguments),
          context_(std::move(c)),
          backward_(std::move(b)),
          results_(results) {}
    size_t results() const override { return results_; }
    void apply(Tensor* grads, Tensor* out) override {
      std::vector<Tensor> r =
          backward_(context_.get(),
                    {std::make_move_iterator(grads), std::make_move_iterator(grads + results_)});
      if (r.size() != edges.size()) {
        throw Error(Code::model, "[Function] backward gave " + std::to_string(r.size()) +
                                     " gradients, forward took " + std::to_string(edges.size()) +
                                     " arguments");
      }
      std::move(r.begin(), r.end(), out);
    }
    void release() override {
      context_->freed_ = true;
      context_->saved_.clear();
    }

   private:
    std::shared_ptr<AutogradContext> context_;
    Backward backward_;
    size_t results_;
  };
  for (Tensor& t : c->saved_) {
    // A result that is kept would keep the node that keeps it.
    for (const Tensor& o : out) {
      if (t.defined() && t.is_same(o)) t = t.detach();
    }
    c->versions_.push_back(t.defined() ? body(t).storage->version.load() : 0);
  }
  auto node = Ref<GradNode>::own(new Node(name, c, std::move(backward), in.size(), out.size()));
  for (size_t i = 0; i < in.size(); ++i) {
    if (c->needs_[i]) node->edges[i] = grad_edge(in[i]);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (!out[i].defined() || !out[i].is_floating_point()) continue;
    // An argument handed back as it came must not lose its own history.
    for (const Tensor& t : in) {
      if (t.defined() && t.is_same(out[i])) out[i] = out[i].detach();
    }
    set_grad_fn(out[i], node, uint32_t(i));
  }
}

}  // namespace nnrun::autograd
