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
nnr_launch copy_launch(void* to, const void* from, int64_t bytes) {
  const auto run = [](void* ctx, nnr_err*) noexcept -> nnr_status {
    const auto* c = static_cast<const Copy*>(ctx);
    std::memcpy(c->to, c->from, c->bytes);
    return NNR_OK;
  };
  return {run, nullptr, new Copy{to, from, size_t(bytes)},
          [](void* ctx) noexcept { delete static_cast<Copy*>(ctx); }};
}

/// The same with a device. Where it `waits`, the values are there when it returns.
nnr_launch move_launch(std::unique_ptr<DeviceMemory::Move> move, bool waits) {
  using Move = DeviceMemory::Move;
  const auto enqueue = [](void* ctx, nnr_err* e) noexcept -> nnr_status {
    return static_cast<Move*>(ctx)->enqueue(e);
  };
  const auto run = [](void* ctx, nnr_err* e) noexcept -> nnr_status {
    return static_cast<Move*>(ctx)->run(e);
  };
  nnr_launch l = {enqueue, nullptr, move.release(),
                  [](void* ctx) noexcept { delete static_cast<Move*>(ctx); }};
  if (waits) l.run = run;
  return l;
}

std::string who(const PlannedNode& n) {
  return (n.layer.empty() ? "" : "layer '" + n.layer + "': ") + "op '" + n.op + "'";
}

}  // namespace

Plan::Plan(Program program, const PlanOptions& options, const Bindings& bindings)
    : program_(std::move(program)), options_(options), memory_(assign_memory(program_)) {
  open_memories(&options_);
  open_spaces();
  take_given(bindings);
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
    const PlannedStorage& s = program_.storages[state];
    void* to = given_[state];
    void* from = address(value);
    launches_.push_back(s.memory == kHostMemory
                            ? copy_launch(to, from, s.size())
                            : move_launch(std::make_unique<DeviceMemory::Move>(
                                              *options_.memories[size_t(s.memory)],
                                              DeviceMemory::Move::Place{from, false},
                                              DeviceMemory::Move::Place{to, false}, s.size()),
                                          false));
    launch_node_.push_back(uint32_t(program_.nodes.size()));
  }
}

Plan::~Plan() {
  for (const auto& m : options_.memories) {
    if (m != nullptr) m->drain();
  }
  const auto unbind = [](const nnr_launch& l) {
    if (l.unbind != nullptr) l.unbind(l.ctx);
  };
  for (const auto* list : {&once_, &launches_}) {
    for (const nnr_launch& l : *list) unbind(l);
  }
  for (const Held& h : held_) unbind(h.in), unbind(h.out);
}

/// Memory for values and for the largest workspace, of each memory that some kernel runs in.
void Plan::open_spaces() {
  if (options_.backends.empty()) throw Error(Code::backend, "a plan needs a backend");
  const int home = memory_of(0, options_);
  if (home != kHostMemory) device_ = options_.memories[size_t(home)].get();
  spaces_[home];
  for (const auto& [memory, bytes] : memory_.arena_bytes) spaces_[memory].arena_bytes = bytes;
  for (const PlannedNode& n : program_.nodes) {
    int64_t& most = spaces_[n.memory].workspace_bytes;
    most = std::max(most, int64_t(n.choice.workspace_bytes));
  }
  for (auto& [memory, space] : spaces_) {
    space.arena = allocate(memory, space.arena_bytes, options_);
    if (space.workspace_bytes > 0)
      space.workspace = allocate(memory, space.workspace_bytes, options_);
  }
}

/// Where constants, inputs and state lie: what was given, or the device's copy of that.
void Plan::take_given(const Bindings& bindings) {
  std::vector<bool> used(program_.storages.size()), written(program_.storages.size());
  for (const PlannedNode& n : program_.nodes) {
    for (const Operand& o : n.in) {
      if (!o.absent()) used[o.storage] = true;
    }
  }
  for (const auto& [name, o] : program_.outputs) used[o.storage] = true;
  for (const auto& [state, value] : program_.writes)
    used[state] = used[value.storage] = written[state] = true;

  given_.resize(program_.storages.size(), nullptr);
  for (size_t s = 0; s < program_.storages.size(); ++s) {
    PlannedStorage& x = program_.storages[s];
    if (x.kind == ValueKind::node) continue;
    given_[s] = x.kind == ValueKind::constant ? x.constant.raw() : bindings(x.name);
    if (given_[s] == nullptr) throw Error(Code::internal, "nothing is bound to '" + x.name + "'");
    if (x.memory == kHostMemory || !used[s]) continue;
    DeviceMemory* m = options_.memories[size_t(x.memory)].get();
    const int64_t bytes = checked_mul(x.type.shape.numel(), size_of(x.type.dtype));
    auto copy = m->copy_of(given_[s], bytes);
    given_[s] = copy->data.get();
    taken_.push_back({std::move(copy), m, x.kind == ValueKind::state, bool(written[s])});
  }
}

nnr_launch Plan::bound(const Program& p, const PlannedNode& n, const std::vector<void*>& buffers) {
  if (n.choice.backend == Choice::kTransfer) return transfer(n, buffers);
  const KernelSource source = kernels_of(n, n.choice.backend, options_);
  auto k =
      std::unique_ptr<Kernel>(new Kernel{source.table, nullptr, nnrun::describe(p, n, options_)});
  k->kernel = prepare_kernel(source.table, source.self, k->desc, n.choice.impl, who(n));
  nnr_launch launch = {};
  abi_call(who(n), [&](nnr_err* e) {
    return source.table->bind(k->kernel, buffers.data(), spaces_.at(n.memory).workspace.get(),
                              stream_of(n.memory, options_), &launch, e);
  });
  kernels_.push_back(std::move(k));
  return launch;
}

/// Both ways it waits: kernels of the host read its result at once, and write over its operand.
nnr_launch Plan::transfer(const PlannedNode& n, const std::vector<void*>& buffers) const {
  const PlannedStorage& from = program_.storages[n.in[0].storage];
  const bool from_host = from.memory == kHostMemory;
  return move_launch(
      std::make_unique<DeviceMemory::Move>(
          *options_.memories[size_t(n.memory)], DeviceMemory::Move::Place{buffers[0], from_host},
          DeviceMemory::Move::Place{buffers[1], !from_host}, from.size()),
      true);
}

/// State in a layout of a backend's gets memory of the plan's own, and the reorders in and out.
void Plan::hold_state() {
  struct Reorders {
    uint32_t state;
    Program in, out;
  };
  std::vector<Reorders> all;
  int64_t bytes = 0;
  const int home = memory_of(0, options_);
  Space& space = spaces_.at(home);
  int64_t workspace = space.workspace_bytes;
  for (uint32_t s = 0; s < program_.storages.size(); ++s) {
    const PlannedStorage& x = program_.storages[s];
    if (x.kind != ValueKind::state || x.layout.empty()) continue;
    const PlannedStorage outside{x.type};
    auto in = reordering(outside, x, options_), out = reordering(x, outside, options_);
    if (!in || !out) {
      throw Error(Code::internal, "'" + x.name + "' cannot be had in layout " + x.layout);
    }
    for (const auto& r : {&in, &out})
      workspace = std::max(workspace, int64_t((*r)->nodes[0].choice.workspace_bytes));
    all.push_back({s, std::move(*in), std::move(*out)});
    bytes = checked_add(bytes, align_up(x.size(), 64));
  }
  if (all.empty()) return;
  if (workspace > space.workspace_bytes) {
    space.workspace_bytes = workspace;
    space.workspace = allocate(home, workspace, options_);
  }
  state_memory_ = allocate(home, bytes, options_);
  char* at = static_cast<char*>(state_memory_.get());
  for (const Reorders& r : all) {
    void* outside = given_[r.state];
    held_.push_back({bound(r.in, r.in.nodes[0], {outside, at}),
                     bound(r.out, r.out.nodes[0], {at, outside}), r.state});
    given_[r.state] = at;
    at += align_up(program_.storages[r.state].size(), 64);
  }
}

/// Takes to the devices what is newer on the host. Between two returns of state nothing of it is
/// but single arrays, which are put there one by one.
void Plan::take_copies() {
  uint64_t returns = 0;
  for (const auto& m : options_.memories) returns += m != nullptr ? m->returns() : 0;
  if (returns == returns_) return;
  for (const Taken& t : taken_) {
    DeviceMemory::Copy& c = *t.copy;
    if (c.host_newer) t.memory->to_device(c.host, c.data.get(), c.bytes);
    c.host_newer = false;
    c.newer = c.newer || t.written;
  }
  sync();
  returns_ = returns;
}

void Plan::take_state() {
  if (!taken_.empty()) take_copies();
  if (holds_state_ || (held_.empty() && once_.empty())) return;
  for (const Held& h : held_) run_reorder(h.in, h.state);
  for (size_t i = 0; i < once_.size(); ++i) {
    const PlannedNode& n = program_.nodes[i];
    abi_call(who(n), [&](nnr_err* e) { return once_[i].run(once_[i].ctx, e); });
  }
  holds_state_ = true;
}

void Plan::release_state() {
  if (!holds_state_) return;
  for (const auto& [state, value] : program_.writes) {
    for (const Held& h : held_) {
      if (h.state == state) run_reorder(h.out, state);
    }
  }
  holds_state_ = false;
}

void Plan::export_state() {
  release_state();
  if (taken_.empty()) return;
  for (const Taken& t : taken_) {
    DeviceMemory::Copy& c = *t.copy;
    if (!t.state) continue;
    if (c.newer) t.memory->to_host(c.data.get(), c.host, c.bytes);
    c.newer = false;
    c.host_newer = true;
    t.memory->count_return();
  }
  sync();
}

void Plan::sync() const {
  for (const auto& m : options_.memories) {
    if (m != nullptr) m->sync();
  }
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

int64_t Plan::arena_bytes() const {
  int64_t sum = 0;
  for (const auto& [memory, space] : spaces_) sum += space.arena_bytes;
  return sum;
}

int64_t Plan::workspace_bytes() const {
  int64_t sum = 0;
  for (const auto& [memory, space] : spaces_) sum += space.workspace_bytes;
  return sum;
}

void* Plan::address(const Operand& o) const {
  const Placement& at = memory_.of[o.storage];
  const PlannedStorage& s = program_.storages[o.storage];
  const int64_t skip = o.view.offset * size_of(s.type.dtype);
  char* base = at.kind == Placement::Kind::arena
                   ? static_cast<char*>(spaces_.at(s.memory).arena.get()) + at.offset
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
    sync();
  }
  visit(launches_.size());
}

void Plan::fail(size_t launch, nnr_status s, const std::string& text) const {
  if (launch_node_[launch] >= program_.nodes.size()) throw abi_error("write to state", s, text);
  const PlannedNode& n = program_.nodes[launch_node_[launch]];
  throw abi_error(who(n), s, text).at(n.where);
}

Array Plan::output(const std::string& name) const {
  auto it = program_.outputs.find(name);
  if (it == program_.outputs.end())
    throw Error(Code::internal, "a plan has no output '" + name + "'");
  const Operand& o = it->second;
  const PlannedStorage& s = program_.storages[o.storage];
  if (s.memory == kHostMemory)
    return Array(s.type.dtype, o.view.shape, spaces_.at(s.memory).arena, address(o));
  Array r(s.type.dtype, o.view.shape);
  const DeviceMemory& m = *options_.memories[size_t(s.memory)];
  m.to_host(address(o), r.raw(), r.bytes());
  m.sync();
  return r;
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
  s += std::to_string(launches_.size()) + " launches, " + std::to_string(arena_bytes()) +
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
