#include "core/plan/plan.h"

#include <cstring>

#include "core/base/text.h"
#include "core/plan/claim.h"
#include "core/plan/hoist.h"
#include "core/plan/layout.h"
#include "core/plan/simplify.h"

namespace nnrun {

/// One prepared kernel and how to let go of it.
struct Plan::Kernel {
  const nnr_kernels* table = nullptr;
  void* kernel = nullptr;
  OpDesc desc;  // prepared kernels may point into it
  ~Kernel() { release_kernel(table, kernel); }
};

namespace {

/// A write that could not be made in place, as a launch like any other.
struct Copy {
  void* to;
  const void* from;
  size_t bytes;
};
nnr_status run_copy(void* ctx, nnr_err*) noexcept {
  const auto* c = static_cast<const Copy*>(ctx);
  std::memcpy(c->to, c->from, c->bytes);
  return NNR_OK;
}

std::shared_ptr<void> allocate(const PlanOptions& o, int64_t bytes) {
  if (o.backends.empty()) throw Error(Code::backend, "a plan needs a backend");
  return o.backends[0]->allocate({kDLCPU, 0}, std::max<int64_t>(bytes, 64));
}

}  // namespace

Plan::Plan(Program program, const PlanOptions& options, const Bindings& bindings)
    : program_(std::move(program)), options_(options), memory_(assign_memory(program_)) {
  arena_ = allocate(options_, memory_.arena_bytes);
  if (workspace_bytes() > 0) workspace_ = allocate(options_, workspace_bytes());

  given_.resize(program_.storages.size(), nullptr);
  for (size_t s = 0; s < program_.storages.size(); ++s) {
    PlannedStorage& x = program_.storages[s];
    if (x.kind == ValueKind::constant) given_[s] = x.constant.raw();
    if (x.kind != ValueKind::input && x.kind != ValueKind::state) continue;
    given_[s] = bindings(x.name);
    if (given_[s] == nullptr) throw Error(Code::internal, "nothing is bound to '" + x.name + "'");
  }

  hold_state();
  for (uint32_t i = 0; i < program_.nodes.size(); ++i) {
    const PlannedNode& n = program_.nodes[i];
    std::vector<void*> buffers;
    for (const Operand& o : n.in) buffers.push_back(o.absent() ? nullptr : address(o));
    for (const Operand& o : n.out) buffers.push_back(o.absent() ? nullptr : address(o));
    (i < program_.once ? once_ : launches_).push_back(bound(program_, n, buffers));
    if (i >= program_.once) launch_node_.push_back(i);
  }
  for (const auto& [state, value] : memory_.copies) {
    auto* c = new Copy{given_[state], address(value), size_t(program_.storages[state].size())};
    launches_.push_back(
        {run_copy, nullptr, c, [](void* ctx) noexcept { delete static_cast<Copy*>(ctx); }});
    launch_node_.push_back(uint32_t(program_.nodes.size()));
  }
}

Plan::~Plan() {
  const auto unbind = [](const nnr_launch& l) {
    if (l.unbind != nullptr) l.unbind(l.ctx);
  };
  for (const auto* list : {&once_, &launches_}) {
    for (const nnr_launch& l : *list) unbind(l);
  }
  for (const Held& h : held_) unbind(h.in), unbind(h.out);
}

nnr_launch Plan::bound(const Program& p, const PlannedNode& n, const std::vector<void*>& buffers) {
  const KernelSource source = kernels_of(n, n.choice.backend, options_);
  auto k =
      std::unique_ptr<Kernel>(new Kernel{source.table, nullptr, nnrun::describe(p, n, options_)});
  const std::string who =
      (n.layer.empty() ? "" : "layer '" + n.layer + "': ") + "op '" + n.op + "'";
  k->kernel = prepare_kernel(source.table, source.self, k->desc, n.choice.impl, who);
  nnr_launch launch = {};
  abi_call(who, [&](nnr_err* e) {
    return source.table->bind(k->kernel, buffers.data(), workspace_.get(), nullptr, &launch, e);
  });
  kernels_.push_back(std::move(k));
  return launch;
}

/// State in a layout of a backend's gets memory of the plan's own, and the reorders in and out.
void Plan::hold_state() {
  struct Reorders {
    uint32_t state;
    Program in, out;
  };
  std::vector<Reorders> all;
  int64_t bytes = 0;
  uint64_t workspace = uint64_t(workspace_bytes());
  for (uint32_t s = 0; s < program_.storages.size(); ++s) {
    const PlannedStorage& x = program_.storages[s];
    if (x.kind != ValueKind::state || x.layout.empty()) continue;
    const PlannedStorage outside{x.type};
    auto in = reordering(outside, x, options_), out = reordering(x, outside, options_);
    if (!in || !out) {
      throw Error(Code::internal, "'" + x.name + "' cannot be had in layout " + x.layout);
    }
    for (const auto& r : {&in, &out})
      workspace = std::max(workspace, (*r)->nodes[0].choice.workspace_bytes);
    all.push_back({s, std::move(*in), std::move(*out)});
    bytes = checked_add(bytes, align_up(x.size(), 64));
  }
  if (all.empty()) return;
  if (workspace > uint64_t(workspace_bytes())) workspace_ = allocate(options_, int64_t(workspace));
  state_memory_ = allocate(options_, bytes);
  char* at = static_cast<char*>(state_memory_.get());
  for (const Reorders& r : all) {
    void* outside = given_[r.state];
    held_.push_back({bound(r.in, r.in.nodes[0], {outside, at}),
                     bound(r.out, r.out.nodes[0], {at, outside}), r.state});
    given_[r.state] = at;
    at += align_up(program_.storages[r.state].size(), 64);
  }
}

void Plan::take_state() {
  if (holds_state_ || (held_.empty() && once_.empty())) return;
  for (const Held& h : held_) run_reorder(h.in, h.state);
  for (size_t i = 0; i < once_.size(); ++i) {
    const PlannedNode& n = program_.nodes[i];
    abi_call((n.layer.empty() ? "" : "layer '" + n.layer + "': ") + "op '" + n.op + "'",
             [&](nnr_err* e) { return once_[i].run(once_[i].ctx, e); });
  }
  holds_state_ = true;
}

void Plan::export_state() {
  if (!holds_state_) return;
  for (const auto& [state, value] : program_.writes) {
    for (const Held& h : held_) {
      if (h.state == state) run_reorder(h.out, state);
    }
  }
  holds_state_ = false;
}

void Plan::run_reorder(const nnr_launch& l, uint32_t state) const {
  abi_call("reorder of '" + program_.storages[state].name + "'",
           [&](nnr_err* e) { return l.run(l.ctx, e); });
}

OpDesc Plan::describe(const PlannedNode& n, std::vector<void*>* buffers) const {
  for (const auto* list : {&n.in, &n.out}) {
    for (const Operand& o : *list) buffers->push_back(o.absent() ? nullptr : address(o));
  }
  return nnrun::describe(program_, n, options_);
}

int64_t Plan::workspace_bytes() const {
  uint64_t most = 0;
  for (const PlannedNode& n : program_.nodes) most = std::max(most, n.choice.workspace_bytes);
  return int64_t(most);
}

void* Plan::address(const Operand& o) const {
  const Placement& at = memory_.of[o.storage];
  const int64_t skip = o.view.offset * size_of(program_.storages[o.storage].type.dtype);
  char* base = at.kind == Placement::Kind::arena ? static_cast<char*>(arena_.get()) + at.offset
                                                 : static_cast<char*>(given_[at.storage]);
  return base + skip;
}

void Plan::run(int64_t n) {
  take_state();
  char text[512];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  if (n > 1 && launches_.size() == 1 && launches_[0].run_n != nullptr) {
    const nnr_launch& l = launches_[0];
    if (const nnr_status s = l.run_n(l.ctx, uint64_t(n), &e)) fail(0, s, text);
    return;
  }
  for (int64_t k = 0; k < n; ++k) {
    for (size_t i = 0; i < launches_.size(); ++i) {
      const nnr_launch& l = launches_[i];
      if (const nnr_status s = l.run(l.ctx, &e)) fail(i, s, text);
    }
  }
}

void Plan::run_observed(const std::function<void(size_t)>& visit) {
  take_state();
  char text[512];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  for (size_t i = 0; i < launches_.size(); ++i) {
    visit(i);
    if (const nnr_status s = launches_[i].run(launches_[i].ctx, &e)) fail(i, s, text);
  }
  visit(launches_.size());
}

void Plan::fail(size_t launch, nnr_status s, const std::string& text) const {
  if (launch_node_[launch] >= program_.nodes.size()) throw abi_error("write to state", s, text);
  const PlannedNode& n = program_.nodes[launch_node_[launch]];
  throw abi_error((n.layer.empty() ? "" : "layer '" + n.layer + "': ") + "op '" + n.op + "'", s,
                  text)
      .at(n.where);
}

Array Plan::output(const std::string& name) const {
  auto it = program_.outputs.find(name);
  if (it == program_.outputs.end())
    throw Error(Code::internal, "a plan has no output '" + name + "'");
  const Operand& o = it->second;
  return Array(program_.storages[o.storage].type.dtype, o.view.shape, arena_, address(o));
}

std::string Plan::str() const {
  const auto id = [](const Operand& o) {
    return o.absent() ? std::string("none") : "%" + std::to_string(o.storage);
  };
  std::string s;
  for (const PlannedNode& n : program_.nodes) {
    for (size_t i = 0; i < n.out.size(); ++i) s += (i ? ", " : "") + id(n.out[i]);
    s += " = " + n.op + "(";
    for (size_t i = 0; i < n.in.size(); ++i) {
      s += (i ? ", " : "") + id(n.in[i]) + (n.in[i].absent() ? "" : strides_text(n.in[i].view));
    }
    s += ")";
    if (!n.attrs.empty()) s += " " + n.attrs.str();
    s += " : ";
    for (size_t i = 0; i < n.out.size(); ++i) {
      s += (i ? ", " : "") +
           Type{program_.storages[n.out[i].storage].type.dtype, n.out[i].view.shape}.str();
      const std::string& layout = program_.storages[n.out[i].storage].layout;
      if (!layout.empty()) s += " " + layout;
    }
    s += "  " + backend_of(n.choice, options_) + ":" + n.choice.impl;
    if (size_t(&n - program_.nodes.data()) < program_.once) s += " once";
    if (!n.layer.empty()) s += "  # " + n.layer;
    s += "\n";
  }
  s += std::to_string(launches_.size()) + " launches, " + std::to_string(memory_.arena_bytes) +
       " bytes of arena, " + std::to_string(memory_.copies.size()) + " copies\n";
  return s;
}

std::unique_ptr<Plan> make_plan(const Graph& g, const PlanOptions& options,
                                const Bindings& bindings) {
  Program p = place(options.fuse ? simplified(g) : g, options);
  p = choose_layouts(claim_groups(std::move(p), options, Claim::row_major), options);
  p = hoisted(claim_groups(std::move(p), options, Claim::laid_out));
  return std::make_unique<Plan>(std::move(p), options, bindings);
}

}  // namespace nnrun
