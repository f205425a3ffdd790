// Backends of a device that does not exist, to show that core lets a device's memory alone. Its
// memory can be read and written only while a kernel, copy or fill of its own runs: whoever else
// touches it crashes. A stream is a queue that runs when somebody waits for it, so that values that
// are read too early are wrong. Kernels are the reference backend's. SEALED_WITHOUT names ops that
// are missing.
#include <dlfcn.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <nnrun/sdk/cpu_backend.hpp>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

namespace {

using namespace nnrun::sdk;

constexpr DLDevice kDevice = {kDLExtDev, 0};

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "sealed: %s\n", what);
  std::abort();
}

/// All memory of the device.
class Memory {
 public:
  static constexpr size_t kSize = size_t{1} << 30, kPage = 4096;
  Memory() {
    void* p = mmap(nullptr, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) wrong("no address space");
    base_ = static_cast<char*>(p);
  }
  bool has(const void* p, size_t bytes = 0) const {
    const auto* c = static_cast<const char*>(p);
    return c >= base_ && c + bytes <= base_ + kSize;
  }
  void* allocate(size_t bytes) {
    if (bytes > kSize) return nullptr;
    const size_t size = (bytes + kPage - 1) / kPage * kPage;
    size_t at = 0;
    for (const auto& [offset, used] : blocks_) {
      if (at + size <= offset) break;
      at = offset + used;
    }
    if (at + size > kSize) return nullptr;
    blocks_[at] = size;
    top_ = std::max(top_, at + size);
    return base_ + at;
  }
  void free(void* p) {
    if (blocks_.erase(size_t(static_cast<char*>(p) - base_)) != 1)
      wrong("freed what is not its own");
  }
  void open(bool yes) {
    if (top_ != 0 && mprotect(base_, top_, yes ? PROT_READ | PROT_WRITE : PROT_NONE) != 0)
      wrong("mprotect");
  }

 private:
  char* base_;
  size_t top_ = 0;
  std::map<size_t, size_t> blocks_;
};
Memory& memory() {
  static Memory* m = new Memory;
  return *m;
}

using Task = std::function<nnr_status(nnr_err*)>;
struct Stream {
  std::vector<Task> tasks;
  nnr_status run(nnr_err* e) {
    const std::vector<Task> now = std::exchange(tasks, {});
    memory().open(true);
    nnr_status s = NNR_OK;
    for (const Task& t : now) {
      if (s == NNR_OK) s = t(e);
    }
    memory().open(false);
    return s;
  }
};
std::set<Stream*>& streams() {
  static auto* s = new std::set<Stream*>;
  return *s;
}
Stream& stream_of(void* s) {
  static auto* usual = new Stream;
  streams().insert(usual);
  return s == nullptr ? *usual : *static_cast<Stream*>(s);
}
struct Event {
  Stream* after = nullptr;
};

struct Reference {
  const nnr_backend* table = nullptr;
  void* self = nullptr;
};
const nnr_kernels* reference_kernels = nullptr;

nnr_status open(const nnr_host* h, const nnr_attr* cfg, uint32_t n, void** self,
                nnr_err* e) noexcept {
  void* library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
  const auto entry = reinterpret_cast<const nnr_plugin* (*)()>(
      library == nullptr ? nullptr : dlsym(library, "nnr_plugin_entry_v0"));
  if (entry == nullptr) return write_error(e, NNR_E_UNSUPPORTED, REFERENCE), NNR_E_UNSUPPORTED;
  auto r = std::make_unique<Reference>();
  r->table = static_cast<const nnr_backend*>(entry()->get_iface(NNR_BACKEND_ID));
  reference_kernels = r->table->kernels;
  const nnr_status s = r->table->open(h, cfg, n, &r->self, e);
  *self = r.release();
  return s;
}
void close(void* self) noexcept {
  const std::unique_ptr<Reference> r(static_cast<Reference*>(self));
  r->table->close(r->self);
}

nnr_status device_info(void*, uint32_t, nnr_dev_info* out, nnr_err*) noexcept {
  out->dev = kDevice;
  out->mem_total = out->mem_free = Memory::kSize;
  out->align = 64;
  std::snprintf(out->name, sizeof out->name, "sealed memory");
  std::snprintf(out->arch, sizeof out->arch, "none");
  return NNR_OK;
}

nnr_status mem_alloc(void*, DLDevice d, uint64_t bytes, uint64_t, void** out, nnr_err* e) noexcept {
  if (d.device_type != kDLExtDev) wrong("asked for memory of another device");
  *out = memory().allocate(bytes);
  if (*out != nullptr) return NNR_OK;
  return write_error(e, NNR_E_NOMEM, "the device's memory is full"), NNR_E_NOMEM;
}
void mem_free(void*, DLDevice, void* p) noexcept {
  if (stream_of(nullptr).run(nullptr) != NNR_OK) wrong("work failed that nobody waited for");
  for (const Stream* s : streams()) {
    if (!s->tasks.empty()) wrong("memory is freed while work on it waits");
  }
  memory().free(p);
}

nnr_status copy(void*, const DLTensor* src, DLTensor* dst, void* stream, nnr_err*) noexcept {
  size_t bytes = src->dtype.bits / 8u;
  for (int i = 0; i < src->ndim; ++i) bytes *= size_t(src->shape[i]);
  for (const DLTensor* t : {src, const_cast<const DLTensor*>(dst)}) {
    const bool here = t->device.device_type == kDLExtDev;
    if (here != memory().has(t->data, here ? bytes : 0)) wrong("a copy names the wrong device");
  }
  const char* from = static_cast<const char*>(src->data) + src->byte_offset;
  char* to = static_cast<char*>(dst->data) + dst->byte_offset;
  stream_of(stream).tasks.push_back([=](nnr_err*) {
    std::memcpy(to, from, bytes);
    return NNR_OK;
  });
  return NNR_OK;
}
nnr_status fill(void*, DLDevice, void* p, uint32_t byte, uint64_t n, void* stream,
                nnr_err*) noexcept {
  if (!memory().has(p, n)) wrong("a fill of memory that is not the device's");
  stream_of(stream).tasks.push_back([=](nnr_err*) {
    std::memset(p, int(byte), n);
    return NNR_OK;
  });
  return NNR_OK;
}

nnr_status stream_create(void*, DLDevice, void** out, nnr_err*) noexcept {
  auto* s = new Stream;
  streams().insert(s);
  *out = s;
  return NNR_OK;
}
void stream_destroy(void*, void* s) noexcept {
  if (!stream_of(s).tasks.empty()) wrong("a stream ends while work on it waits");
  streams().erase(&stream_of(s));
  delete static_cast<Stream*>(s);
}
nnr_status stream_sync(void*, void* s, nnr_err* e) noexcept { return stream_of(s).run(e); }
nnr_status event_create(void*, DLDevice, void** out, nnr_err*) noexcept {
  *out = new Event;
  return NNR_OK;
}
nnr_status event_record(void*, void* ev, void* s, nnr_err*) noexcept {
  static_cast<Event*>(ev)->after = &stream_of(s);
  return NNR_OK;
}
nnr_status event_wait(void*, void* ev, void*, nnr_err* e) noexcept {
  Stream* s = static_cast<Event*>(ev)->after;
  return s == nullptr ? NNR_OK : s->run(e);
}
nnr_status event_query(void*, void* ev, int32_t* done, nnr_err*) noexcept {
  const Stream* s = static_cast<Event*>(ev)->after;
  *done = s == nullptr || s->tasks.empty();
  return NNR_OK;
}
void event_destroy(void*, void* ev) noexcept { delete static_cast<Event*>(ev); }

// ---- kernels: the reference's, on a stream ----

void* inner(void* self) { return static_cast<Reference*>(self)->self; }

nnr_status offer(void* self, const nnr_op_desc* d, nnr_offer* const* out, uint32_t cap, uint32_t* n,
                 nnr_err* why) noexcept {
  static const std::set<std::string> missing = SEALED_WITHOUT;
  *n = 0;
  if (missing.count(to_string(d->op)) != 0)
    return write_error(why, NNR_E_UNSUPPORTED, "this device cannot do it"), NNR_OK;
  for (uint32_t i = 0; i < d->n_in + d->n_out; ++i) {
    const nnr_tdesc* t = i < d->n_in ? d->in[i] : d->out[i - d->n_in];
    if (t != nullptr && t->t.device.device_type != kDLExtDev)
      return write_error(why, NNR_E_UNSUPPORTED, "an operand of another device"), NNR_OK;
  }
  return reference_kernels->offer(inner(self), d, out, cap, n, why);
}

struct Kernel {
  void* kernel;
  uint32_t operands;
};
nnr_status prepare(void* self, const nnr_op_desc* d, nnr_str impl, void** kernel,
                   nnr_err* e) noexcept {
  auto k = std::make_unique<Kernel>(Kernel{nullptr, d->n_in + d->n_out});
  const nnr_status s = reference_kernels->prepare(inner(self), d, impl, &k->kernel, e);
  if (s == NNR_OK) *kernel = k.release();
  return s;
}
void release(void* kernel) noexcept {
  const std::unique_ptr<Kernel> k(static_cast<Kernel*>(kernel));
  reference_kernels->release(k->kernel);
}

struct Bound {
  const Kernel* kernel;
  Stream* stream;
  nnr_launch launch;
  void check(void* const* buffer, void* workspace) const {
    for (uint32_t i = 0; i < kernel->operands; ++i) {
      if (buffer[i] != nullptr && !memory().has(buffer[i]))
        wrong("an operand is not on the device");
    }
    if (workspace != nullptr && !memory().has(workspace)) wrong("a workspace is not on the device");
  }
};
nnr_status run(void* ctx, nnr_err*) noexcept {
  auto* b = static_cast<Bound*>(ctx);
  b->stream->tasks.push_back([b](nnr_err* e) { return b->launch.run(b->launch.ctx, e); });
  return NNR_OK;
}
nnr_status bind(void* kernel, void* const* buffer, void* workspace, void* stream, nnr_launch* out,
                nnr_err* e) noexcept {
  auto b = std::make_unique<Bound>(Bound{static_cast<Kernel*>(kernel), &stream_of(stream), {}});
  b->check(buffer, workspace);
  const nnr_status s =
      reference_kernels->bind(b->kernel->kernel, buffer, workspace, nullptr, &b->launch, e);
  if (s != NNR_OK) return s;
  const auto unbind = [](void* ctx) noexcept {
    const std::unique_ptr<Bound> gone(static_cast<Bound*>(ctx));
    if (gone->stream == &stream_of(nullptr)) gone->stream->run(nullptr);
    if (!gone->stream->tasks.empty()) wrong("a launch ends while work waits");
    if (gone->launch.unbind != nullptr) gone->launch.unbind(gone->launch.ctx);
  };
  *out = {run, nullptr, b.release(), unbind};
  return NNR_OK;
}
/// Work that waits has the addresses it was enqueued with.
nnr_status rebind(nnr_launch* l, void* const* buffer, void* workspace, void* stream,
                  nnr_err* e) noexcept {
  auto* b = static_cast<Bound*>(l->ctx);
  if (const nnr_status s = b->stream->run(e)) return s;
  b->check(buffer, workspace);
  b->stream = &stream_of(stream);
  return reference_kernels->rebind(&b->launch, buffer, workspace, nullptr, e);
}

const nnr_kernels kernels = {sizeof(nnr_kernels), 0, offer, prepare, bind, rebind, release};

const nnr_backend* backend() {
  static const nnr_backend table = [] {
    nnr_backend b = {};
    b.struct_size = sizeof b;
    b.name = str(TEXT(BACKEND));
    b.open = open;
    b.close = close;
    b.device_count = [](void*) noexcept -> uint32_t { return 1; };
    b.device_info = device_info;
    b.mem_alloc = mem_alloc;
    b.mem_free = mem_free;
    b.copy = copy;
    b.fill = fill;
    b.stream_create = stream_create;
    b.stream_destroy = stream_destroy;
    b.stream_sync = stream_sync;
    b.event_create = event_create;
    b.event_record = event_record;
    b.event_wait = event_wait;
    b.event_query = event_query;
    b.event_destroy = event_destroy;
    b.kernels = &kernels;
    return b;
  }();
  return &table;
}

}  // namespace

const nnr_plugin* nnr_plugin_entry_v0(void) noexcept {
  static const nnr_plugin plugin = {
      sizeof(nnr_plugin),
      NNR_ABI_MAJOR,
      NNR_ABI_MINOR,
      NNR_ABI_MINOR,
      TEXT(BACKEND),
      "1.0.0",
      "MIT",
      "",
      [](const nnr_host*, nnr_err*) noexcept -> nnr_status { return NNR_OK; },
      [](const char* id) noexcept -> const void* {
        return std::strcmp(id, NNR_BACKEND_ID) == 0 ? backend() : nullptr;
      },
      []() noexcept {}};
  return &plugin;
}
