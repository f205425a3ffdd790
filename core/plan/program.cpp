#include "core/plan/program.h"

#include <algorithm>

namespace nnrun {

bool is_dense(const View& v) {
  int64_t expected = 1;
  for (int i = v.shape.rank() - 1; i >= 0; --i) {
    if (v.shape[i] == 0) return true;
    if (v.shape[i] != 1 && v.strides[i] != expected) return false;
    expected *= v.shape[i];
  }
  return true;
}

bool is_whole(const Operand& o, const Program& p) {
  const Shape& s = p.storages[o.storage].type.shape;
  return o.view.offset == 0 && o.view.shape == s && o.view.strides == s.row_major();
}

int64_t PlannedStorage::size() const {
  return bytes >= 0 ? bytes : checked_mul(type.shape.numel(), size_of(type.dtype));
}

int memory_of(int backend, const PlanOptions& o) {
  return o.backends.at(size_t(backend))->on_host() ? kHostMemory : backend;
}

DLDevice device_of(int memory, const PlanOptions& o) {
  return memory == kHostMemory ? DLDevice{kDLCPU, 0} : o.backends[size_t(memory)]->device();
}

void open_memories(PlanOptions* o) {
  if (!o->memories.empty()) return;
  for (const std::shared_ptr<Backend>& b : o->backends) {
    o->memories.push_back(b->on_host() ? nullptr : std::make_shared<DeviceMemory>(b));
  }
}

std::shared_ptr<void> allocate(int memory, int64_t bytes, const PlanOptions& o) {
  bytes = std::max<int64_t>(bytes, 64);
  if (memory != kHostMemory) return o.memories[size_t(memory)]->allocate(bytes);
  for (const std::shared_ptr<Backend>& b : o.backends) {
    if (b->on_host()) return b->allocate({kDLCPU, 0}, bytes);
  }
  throw Error(Code::backend, "a plan needs a backend");
}

void* stream_of(int memory, const PlanOptions& o) {
  return memory == kHostMemory ? nullptr : o.memories[size_t(memory)]->stream();
}

std::string backend_of(int backend, const PlanOptions& o) {
  if (backend == Choice::kTransfer) return "transfer";
  return backend == Choice::kPluginOp ? "plug-in" : o.backends[size_t(backend)]->name();
}

StoredChoice stored_form(const Choice& c, const PlanOptions& o) {
  return {backend_of(c, o), c.impl, c.layouts};
}

KernelSource kernels_of(const PlannedNode& n, int backend, const PlanOptions& o) {
  if (backend == Choice::kPluginOp) return plugin_kernels(find_op(n.op).plugin);
  const Backend& b = *o.backends[size_t(backend)];
  if (n.body != nullptr) return {b.compiler()->kernels(), b.compiler()->self()};
  return {b.table().kernels, b.self()};
}

std::string strides_text(const View& v) {
  return v.strides == v.shape.row_major() ? "" : ":strides" + v.strides.str();
}

void Program::note(const std::string& op, const std::string& backend, const std::string& reason) {
  for (Fallback& f : fallbacks) {
    if (f.op == op && f.backend == backend && f.reason == reason) {
      ++f.count;
      return;
    }
  }
  fallbacks.push_back({op, backend, reason, 1});
}

OpDesc::Operand describe(const Program& p, const Operand& o) {
  if (o.absent()) return OpDesc::Operand::absent();
  const PlannedStorage& s = p.storages[o.storage];
  const bool known = s.kind == ValueKind::constant && o.view.offset == 0;
  OpDesc::Operand d(Type{s.type.dtype, o.view.shape}, o.view.strides,
                    known ? s.constant.raw() : nullptr);
  d.is_parameter = s.is_parameter;
  d.layout = s.layout;
  if (!d.layout.empty()) d.bytes = s.bytes;
  return d;
}

OpDesc describe(const Program& p, const PlannedNode& n, const PlanOptions& options,
                const KernelOffer* as) {
  std::vector<OpDesc::Operand> in, out;
  size_t k = 0;
  const auto add = [&](const Operand& o, std::vector<OpDesc::Operand>* list) {
    const size_t i = k++;
    list->push_back(describe(p, o));
    if (as == nullptr || o.absent()) return;
    list->back().layout = as->layouts[i];
    list->back().bytes = as->layouts[i].empty() ? -1 : as->bytes[i];
  };
  for (const Operand& o : n.in) add(o, &in);
  for (const Operand& o : n.out) add(o, &out);
  OpDesc d(
      n.op, n.body != nullptr ? 1 : find_op(n.op).rev, n.attrs, in, out,
      {options.threads, options.fast_math, options.deterministic, device_of(n.memory, options)});
  if (n.body != nullptr) d.set_body(n.body->get());
  return d;
}

}  // namespace nnrun
