#include "core/eager/record.h"

#include "core/eager/autograd.h"
#include "core/eager/call.h"

namespace nnrun {
namespace {

constexpr size_t kMostWanted = 64;

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
      *r.attrs, in, out, gout, {reinterpret_cast<const bool*>(want.data()), want.size()}};
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

Ref<const Rule> rule_of(Call& c, uint64_t want) {
  for (const Ref<const Rule>& r : c.rules) {
    if (r->want == want) return r;
  }
  auto* r = new Rule;
  const auto owner = Ref<const Rule>::own(r);
  r->op = c.op;
  r->attrs = c.attrs;
  r->in = c.in;
  for (const RowMajor& t : c.out) r->out.push_back({t.dtype, t.shape});
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
  c.rules.push_back(owner);
  return owner;
}

class OpNode final : public GradNode {
 public:
  OpNode(Ref<const Rule> rule, TensorSpan in, const Tensor* out)
      : GradNode(rule->op->name, in.size()),
        rule_(std::move(rule)),
        saved_(rule_->in.size() + rule_->out.size()) {
    for (size_t i = 0; i < in.size(); ++i) {
      if ((rule_->want >> i) & 1) edges[i] = grad_edge(in[i]);
      if (rule_->saves_in[i]) saved_[i] = Saved(in[i], false);
    }
    for (size_t i = 0; i < rule_->out.size(); ++i) {
      if (rule_->saves_out[i]) saved_[in.size() + i] = Saved(out[i], true);
    }
  }

  size_t results() const override { return rule_->out.size(); }

  void apply(Tensor* grads, Tensor* out) override {
    const size_t n_in = rule_->in.size(), n_out = rule_->out.size();
    if (freed_) throw_freed();
    bool only_first = grads[0].defined();
    for (size_t i = 1; i < n_out; ++i) only_first = only_first && !grads[i].defined();
    const Rule::Way& way = only_first || rule_->all == nullptr ? *rule_->first : *rule_->all;
    Row<Tensor, 8> values(n_in + 2 * n_out);
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
    Row<Tensor, 4> results(way.operand.size());
    way.traced.replay({values.begin(), values.size()}, results.begin());
    for (size_t k = 0; k < results.size(); ++k) out[way.operand[k]] = std::move(results[k]);
  }

  void release() override {
    freed_ = true;
    for (Saved& s : saved_) s.reset();
  }

  void unshare(const Tensor& t) override {
    for (size_t i = 0; i < rule_->in.size(); ++i) {
      if (rule_->saves_in[i] && saved_[i].shares_storage(t)) saved_[i].copy_now();
    }
  }

 private:
  [[noreturn]] static void throw_freed() {
    throw Error(
        Code::model,
        "[backward] a second time through a graph whose saved values were freed by the first")
        .with_hint("pass retain_graph = true to the first backward");
  }
  const Ref<const Rule> rule_;
  Row<Saved, 4> saved_;  // operands, then results
  bool freed_ = false;
};

}  // namespace

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
  if (!c.any_float || c.op->has(kNoGradient)) return;
  if (!c.op->gradient) {
    throw Error(Code::model, "[" + c.op->name + "] has no gradient, and an operand requires one")
        .with_hint("pass x.detach(), or run it under a NoGradGuard");
  }
  auto node = Ref<GradNode>::own(new OpNode(rule_of(c, want), in, out));
  for (size_t i = 1; i < c.out.size(); ++i) {
    if (is_float(c.out[i].dtype)) set_grad_fn(out[i], node, uint32_t(i));
  }
  if (is_float(c.out[0].dtype)) set_grad_fn(out[0], std::move(node), 0);
}

}  // namespace nnrun
