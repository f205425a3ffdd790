#include "core/eager/launch.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "core/base/text.h"
#include "core/base/thread_pool.h"
#include "core/eager/call.h"
#include "core/eager/promote.h"
#include "core/eager/record.h"
#include "core/plugin/call_kernels.h"
#include "core/plugin/offer.h"
#include "core/plugin/plugins.h"

namespace nnrun {
namespace {

constexpr size_t kMostCalls = 4096;  // a thread keeps; more shapes than that and it starts anew
constexpr size_t kMostKeys = 4 * kMostCalls;

std::atomic<int> threads_in_use{0};   // 0: all
std::atomic<uint64_t> call_epoch{0};  // caches of an older one are dropped

uint64_t mix(uint64_t h, uint64_t w) {
  h = (h ^ w) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 32);
}

/// What tells one call from another, in words.
class Key {
 public:
  Key& start(const OpDef& op, const EagerDevice& device, size_t operands) {
    end_ = words_.data();
    room(2 + operands * (1 + 2 * Shape::kMaxRank));
    add(reinterpret_cast<uintptr_t>(&op));
    add(reinterpret_cast<uintptr_t>(&device));
    return *this;
  }
  void add(const Tensor& t) {  // for which start() made room
    if (!t.defined()) return add(~uint64_t{0});
    const detail::TensorBody& b = body(t);
    const size_t rank = b.shape.size();
    uint64_t* p = end_;
    *p++ = uint64_t(b.dtype) << 8 | rank << 1 | uint64_t(b.contiguous);
    for (size_t i = 0; i < rank; ++i) *p++ = uint64_t(b.shape.data()[i]);
    if (!b.contiguous) p = std::copy_n(b.strides.data(), rank, p);
    end_ = p;
  }
  void add(const Attrs& attrs);

  size_t size() const { return size_t(end_ - words_.data()); }
  const uint64_t* data() const { return words_.data(); }
  uint64_t hash() const {
    uint64_t h = size();
    for (const uint64_t* p = words_.data(); p != end_; ++p) h = mix(h, *p);
    return h;
  }

 private:
  void room(size_t words) {
    const size_t n = size();
    if (n + words > words_.size()) words_.resize(2 * (n + words));
    end_ = words_.data() + n;
  }
  void add(uint64_t w) { *end_++ = w; }  // where there is room
  void add(std::string_view s) {
    room(1 + s.size() / 8 + 1);
    add(uint64_t(s.size()));
    for (size_t i = 0; i < s.size(); i += 8) {
      uint64_t w = 0;
      std::memcpy(&w, s.data() + i, std::min<size_t>(8, s.size() - i));
      add(w);
    }
  }
  std::vector<uint64_t> words_;
  uint64_t* end_ = nullptr;
};

void Key::add(const Attrs& attrs) {
  for (const auto& [name, v] : attrs) {
    add(std::string_view(name));
    room(1 + v.count());
    add(uint64_t(v.kind()) << 32 | v.count());
    switch (v.kind()) {
      case AttrKind::integer:
        for (int64_t i : v.ints()) add(uint64_t(i));
        break;
      case AttrKind::number:
        for (double d : v.numbers()) {
          uint64_t w;
          std::memcpy(&w, &d, 8);
          add(w);
        }
        break;
      case AttrKind::flag: add(uint64_t(v.flag())); break;
      case AttrKind::text: add(std::string_view(v.text())); break;
      case AttrKind::dtype: add(uint64_t(v.dtype())); break;
      case AttrKind::null: break;
    }
  }
}

/// The calls of one thread, by key and by place: open addressing by hash.
class Calls {
 public:
  Key key;
  int depth = 0;  // calls within calls

  /// Before a call that is not part of another: nothing that was found is in use.
  void tidy() {
    if (epoch_ == call_epoch.load(std::memory_order_acquire) && all_.size() < kMostCalls &&
        used_ < kMostKeys) {
      return;
    }
    slots_.clear();
    all_.clear();
    used_ = 0;
    epoch_ = call_epoch.load();
  }
  /// By `key`.
  Call* find(uint64_t hash) {
    return find(hash, [this](const Slot& s) {
      return s.words == key.size() && std::equal(key.data(), key.data() + s.words, s.key.get());
    });
  }
  Call* find_place(uint64_t place) {
    return find(mix(0, place), [place](const Slot& s) { return s.words == 0 && s.place == place; });
  }
  Call& add(uint64_t hash, std::unique_ptr<Call> c, std::unique_ptr<uint64_t[]> words, size_t n) {
    all_.push_back(std::move(c));
    insert({hash, all_.back().get(), n, 0, std::move(words)});
    return *all_.back();
  }
  void add_place(uint64_t place, Call& c) { insert({mix(0, place), &c, 0, place, nullptr}); }

 private:
  struct Slot {
    uint64_t hash = 0;
    Call* call = nullptr;
    size_t words = 0;  // of key; 0: it is a place
    uint64_t place = 0;
    std::unique_ptr<uint64_t[]> key;
  };
  template <class Same> Call* find(uint64_t hash, Same same) {
    if (slots_.empty()) return nullptr;
    for (size_t i = hash & (slots_.size() - 1); slots_[i].call != nullptr;
         i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].hash == hash && same(slots_[i])) return slots_[i].call;
    }
    return nullptr;
  }
  void insert(Slot s) {
    if ((used_ + 1) * 2 > slots_.size()) {
      std::vector<Slot> old = std::move(slots_);
      slots_ = std::vector<Slot>(std::max<size_t>(64, old.size() * 2));
      for (Slot& o : old) {
        if (o.call != nullptr) put(std::move(o));
      }
    }
    ++used_;
    put(std::move(s));
  }
  void put(Slot s) {
    size_t i = s.hash & (slots_.size() - 1);
    while (slots_[i].call != nullptr) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = std::move(s);
  }
  std::vector<Slot> slots_;
  size_t used_ = 0;
  std::vector<std::unique_ptr<Call>> all_;
  uint64_t epoch_ = 0;
};

Calls& make_calls();
constinit thread_local Calls* current_calls = nullptr;  // so that access is a plain load
Calls& calls() { return current_calls != nullptr ? *current_calls : make_calls(); }
Calls& make_calls() {
  static thread_local Calls c;
  return *(current_calls = &c);
}

OpDesc describe(const Call& c, TensorSpan in, bool dense) {
  std::vector<OpDesc::Operand> i, o;
  for (const Tensor& t : in) {
    if (!t.defined()) {
      i.push_back(OpDesc::Operand::absent());
    } else {
      i.emplace_back(type_of(t), dense ? body(t).shape.row_major() : body(t).strides);
    }
  }
  for (const RowMajor& t : c.out) o.emplace_back(Type{t.dtype, t.shape});
  return OpDesc(c.op->name, c.op->rev, *c.attrs, i, o,
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
  if (c.workspace > 0 && !c.device->is_host()) {
    const auto& backend = c.device->open_backend("[" + c.op->name + "]");
    c.far_workspace = backend->allocate(c.device->dl, c.workspace);
  }
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

/// The results, which fit into memory that can be addressed. An error names the op and, where it
/// does not say what to do, at least shows the operands.
std::vector<Type> infer(const OpDef& op, const OpCall& types) {
  try {
    std::vector<Type> out = op.infer(types);
    for (const Type& t : out) checked_mul(t.shape.numel(), size_of(t.dtype));
    return out;
  } catch (Error& e) {
    std::vector<std::string> operands;
    for (const Type* t : types.in) operands.push_back(t != nullptr ? t->str() : "absent");
    const std::string what = e.what(), given = "the operands are " + join(operands, " and ");
    throw Error(e.code(), what[0] == '[' ? what : "[" + op.name + "] " + what)
        .with_hint(e.hint().empty() ? given : e.hint());
  }
}

std::unique_ptr<Call> make_call(const OpDef& op, TensorSpan in, const Attrs& given,
                                const EagerDevice& device) {
  auto c = std::make_unique<Call>();
  c->op = &op;
  c->device = &device;
  const int n = int(in.size());
  if (n < op.min_in || (op.max_in >= 0 && n > op.max_in)) {
    throw Error(Code::model, "[" + op.name + "] does not take " + std::to_string(n) + " operands");
  }
  c->attrs = std::make_shared<Attrs>(complete(op.attrs, given, "[" + op.name + "]"));
  OpCall types{*c->attrs, {}};
  for (const Tensor& t : in) {
    c->present.push_back(t.defined());
    c->in.push_back(t.defined() ? type_of(t) : Type{});
  }
  for (size_t i = 0; i < in.size(); ++i) types.in.push_back(in[i].defined() ? &c->in[i] : nullptr);
  const std::vector<Type> out = infer(op, types);
  for (const Type& t : out) {
    c->out.emplace_back(t.dtype, t.shape);
    c->any_float = c->any_float || is_float(t.dtype);
  }
  c->by_parts = !op.gradient && op.compose && !op.has(kNoGradient);

  if (op.view) {
    c->kind = Call::Kind::view;
    const detail::TensorBody& b = body(in[0]);
    View from{b.shape, b.strides, 0};
    c->dense = !op.view(types, from, &c->view);
    if (c->dense) op.view(types, {b.shape, b.shape.row_major(), 0}, &c->view);
    return c;
  }
  const std::shared_ptr<Backend>& backend = device.open_backend("[" + op.name + "]");
  std::string why;
  if (take_kernel(*c, in, backend, &why)) return c;
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
                                 " cannot do this for " + out.at(0).str() + ": " + why)
      .with_hint("nnrun devices lists what there is; Device(\"reference\") does everything");
}

}  // namespace

Call::~Call() {
  if (launch.unbind != nullptr) launch.unbind(launch.ctx);
  release_kernel(table, kernel);
}

CallScope::CallScope() {
  if (calls().depth++ == 0) calls().tidy();
}
CallScope::~CallScope() { --calls().depth; }

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
  for (const Var& v : c.op->compose(b, *c.attrs, in)) t->out.push_back(v ? v.id : kNoValue);
  t->finish(*c.device);
  return t;
}

namespace {

const EagerDevice& common_device(const OpDef& op, TensorSpan in) {
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
  return device != nullptr ? *device : open_device(kCPU);
}

bool is_row_major(const Tensor& t) { return !t.defined() || body(t).contiguous; }

}  // namespace

Call& find_call(const OpDef& op, TensorSpan in, const Attrs& attrs, uint64_t place) {
  Calls& mine = calls();
  const bool by_place = place != 0 && std::all_of(in.begin(), in.end(), is_row_major);
  if (by_place) {
    if (Call* c = mine.find_place(place)) return *c;
  }
  const EagerDevice& device = common_device(op, in);
  Key& key = mine.key.start(op, device, in.size());
  for (const Tensor& t : in) key.add(t);
  if (!attrs.empty()) key.add(attrs);
  const uint64_t hash = key.hash();
  Call* c = mine.find(hash);
  if (c == nullptr) {
    // Making it calls others, which write to `key`.
    const size_t n = key.size();
    auto words = std::make_unique<uint64_t[]>(n);
    std::copy(key.data(), key.data() + n, words.get());
    c = &mine.add(hash, make_call(op, in, attrs, device), std::move(words), n);
  }
  if (by_place) mine.add_place(place, *c);
  return *c;
}

void forget_calls() { ++call_epoch; }
void drop_calls() {
  forget_scalars();
  forget_calls();
  if (calls().depth == 0) calls().tidy();
}

void set_num_threads(int n) {
  if (n < 1)
    throw Error(Code::model, "[set_num_threads] " + std::to_string(n) + ", expected at least 1")
        .with_hint("without a call all CPUs are used");
  threads_in_use = n;
  forget_calls();
}
int get_num_threads() {
  const int n = threads_in_use.load(std::memory_order_relaxed);
  return n > 0 ? n : available_cpus();
}

}  // namespace nnrun
