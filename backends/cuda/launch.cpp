#include "backends/cuda/launch.h"

#include "backends/cuda/texts.h"

namespace nnrun::cuda {
namespace {

DLDevice device_of_any(const Desc& d) {
  for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
    if (const Operand o = d.operand(i)) return o.desc().t.device;
  }
  throw Failure(NNR_E_INVALID, "an op without operands");
}

}  // namespace

Launches::Launches(const Desc& d)
    : device_(device_of(device_of_any(d))),
      complete_on_return_(device_of_any(d).device_type == kDLCPU) {}

Launch& Launches::add(const std::vector<const char*>& parts, const std::string& text, Grid grid) {
  std::string source = text_args();
  for (const char* part : parts) source += part;
  Launch& l = launches_.emplace_back();
  l.function = device_.function(source + text, "kernel");
  l.grid = grid;
  return l;
}

Launches::State Launches::bind(void* const* buffer, void* workspace, void* stream) const {
  State s{launches_, nullptr};
  for (Launch& l : s.launches) l.table.resize(l.table.size() + l.addresses.size());
  rebind(s, buffer, workspace, stream);
  return s;
}

void Launches::rebind(State& s, void* const* buffer, void* workspace, void* stream) const {
  s.stream = static_cast<CUstream>(stream);
  const auto address = [&](const Launch::Pointer& p) -> void* {
    void* base = p.operand == Launch::kWorkspace ? workspace : buffer[p.operand];
    return base == nullptr ? nullptr : static_cast<char*>(base) + p.bytes;
  };
  for (Launch& l : s.launches) {
    for (size_t i = 0; i < l.pointer.size(); ++i) {
      if (l.pointer[i].operand != Launch::kNone) l.args.p[i] = address(l.pointer[i]);
    }
    uint64_t* word = l.table.data() + l.table.size() - l.addresses.size();
    for (const Launch::Pointer& p : l.addresses) *word++ = uint64_t(uintptr_t(address(p)));
  }
}

void Launches::run(State& s) const {
  const Driver& d = driver();
  const Device::Current current(device_);
  for (Launch& l : s.launches) {
    void* args[] = {l.table.empty() ? static_cast<void*>(&l.args) : l.table.data()};
    d.check(d.cuLaunchKernel(l.function, l.grid.blocks, 1, 1, l.grid.threads, 1, 1, 0, s.stream,
                             args, nullptr),
            "cuLaunchKernel");
  }
  if (complete_on_return_) d.check(d.cuStreamSynchronize(s.stream), "cuStreamSynchronize");
}

Offer accept(const Desc& d, const std::vector<uint64_t>& dtypes) {
  const int n = d.inputs() + d.outputs();
  double bytes = 0;
  int i = 0;
  for (uint64_t allowed : dtypes) {
    const std::string which = "operand " + std::to_string(i);
    const Operand o = i < n ? d.operand(i) : Operand(nullptr);
    if (!o) {
      if ((allowed & kOptional) == 0) return no(which + " is absent");
      ++i;
      continue;
    }
    const DLDevice where = o.desc().t.device;
    if (where.device_type != kDLCUDA &&
        !(where.device_type == kDLCPU && device_of(where).reads_host_memory())) {
      return no(which + " is not in the memory of a GPU");
    }
    if (!o.layout().empty()) return no(which + " has layout " + std::string(o.layout()));
    if ((allowed & kSameAs) != 0) {
      const int j = int(allowed & 0xff);
      if (o.dtype() != d.operand(j).dtype()) {
        return no(which + " is " + name_of(o.dtype()) + ", operand " + std::to_string(j) + " " +
                  name_of(d.operand(j).dtype()));
      }
    } else if ((allowed & mask_of(o.dtype())) == 0) {
      return no(which + " is " + name_of(o.dtype()));
    }
    bytes += double(o.numel()) * size_of(o.dtype());
    ++i;
  }
  if (i != n) return no(std::to_string(n) + " operands, not " + std::to_string(i));
  constexpr double kLaunch = 2000, kBytesPerNs = 1000;
  Offer o = yes(kLaunch + bytes / kBytesPerNs);
  o.flags |= NNR_K_CAPTURE_SAFE;
  return o;
}

Offer accept_all(const Desc& d, uint64_t dtypes) {
  std::vector<uint64_t> each(size_t(d.inputs() + d.outputs()), same_as(0));
  each.at(0) = dtypes;
  return accept(d, each);
}

bool same_places(const Operand& a, const Operand& b) {
  if (a.rank() != b.rank() || size_of(a.dtype()) != size_of(b.dtype())) return false;
  for (int i = 0; i < a.rank(); ++i) {
    if (a.size(i) != b.size(i) || (a.size(i) > 1 && a.stride(i) != b.stride(i))) return false;
  }
  return true;
}

Offer elementwise_inplace(Offer o, const Desc& d) {
  if (!o.why_not.empty()) return o;
  for (int i = 0; i < d.inputs(); ++i) {
    if (d.in(i) && same_places(d.in(i), d.out(0))) o.inplace.push_back({uint32_t(i), 0});
  }
  return o;
}

const char* type_of(DType t) {
  constexpr const char* names[kDTypes] = {"float", "double", "bf16", "f16",
                                          "int",   "i64",    "u8",   "bool"};
  return names[int(t)];
}
const char* wide_type_of(DType t) {
  return t == DType::bfloat16 || t == DType::float16 ? "float" : type_of(t);
}

int dim_of(const Desc& d, int rank) {
  const int64_t dim = d.attrs().integer("dim");
  return int(dim < 0 ? dim + (rank == 0 ? 1 : rank) : dim);
}

}  // namespace nnrun::cuda
