#include "backends/onednn/primitive.h"

#include <omp.h>

#include <algorithm>

namespace nnrun::onednn {
namespace {

const dnnl::stream& stream() {
  static const dnnl::stream s(engine());
  return s;
}

}  // namespace

std::string library_version() { return compat::library_version(); }

const dnnl::engine& engine() {
  static const dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr a;
  a.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return a;
}

DType compute_dtype(DType t) {
  static const bool bf16 = [] {
    const unsigned has = unsigned(dnnl::get_effective_cpu_isa());
    const unsigned needs = unsigned(dnnl::cpu_isa::avx512_core_bf16);
    return (has & needs) == needs;
  }();
  return t == DType::float16 || (t == DType::bfloat16 && !bf16) ? DType::float32 : t;
}

memory::data_type to_dnnl(DType t) {
  if (t == DType::int32) return memory::data_type::s32;
  return t == DType::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// No more than OMP_THREAD_LIMIT grants: a primitive made for more threads than it is given in the
// end leaves out the work of the others.
ThreadLimit::ThreadLimit(int threads) : before_(omp_get_max_threads()) {
  threads = std::min(threads, omp_get_thread_limit());
  if (threads != before_) omp_set_num_threads(threads);
}
ThreadLimit::~ThreadLimit() { omp_set_num_threads(before_); }

Pipeline::Memory Pipeline::operand(const memory::desc& m, int buffer) {
  memories_.push_back({m, buffer, 0});
  return Memory(memories_.size()) - 1;
}

Pipeline::Memory Pipeline::scratch(const memory::desc& m) {
  const uint64_t bytes = (uint64_t(m.get_size()) + 63) / 64 * 64;
  memories_.push_back({m, -1, workspace_bytes_});
  workspace_bytes_ += bytes;
  return Memory(memories_.size()) - 1;
}

Pipeline::Memory Pipeline::copied(const Operand& o, const memory::desc& m, int buffer) {
  const DType from = o.dtype(), to = compute_dtype(from);
  if (o.contiguous() && from == to) return operand(m, buffer);
  const Memory copy = scratch(m);
  std::vector<int64_t> strides(size_t(o.rank()));
  int64_t n = 1;
  for (int i = o.rank(); i-- > 0; n *= o.size(i)) strides[size_t(i)] = n;
  const Walk<2> walk(o.shape(), {o.strides(), strides});
  const TileLoop loop = from == to ? loops().copy(size_of(from)) : loops().cast(from, to);
  before_.push_back({buffer, copy, loop, Tiles<2>(walk, {size_of(from), size_of(to)}, 1)});
  return copy;
}

Pipeline::Memory Pipeline::produced(const Operand& o, const memory::desc& m, int buffer) {
  const DType to = o.dtype(), from = compute_dtype(to);
  if (from == to) return operand(m, buffer);
  const Memory made = scratch(m);
  const Walk<2> walk(o.shape(), {o.strides(), o.strides()});
  after_.push_back(
      {buffer, made, loops().cast(from, to), Tiles<2>(walk, {size_of(from), size_of(to)}, 1)});
  return made;
}

bool Pipeline::reorder(Memory from, Memory to) {
  const dnnl::reorder::primitive_desc pd(engine(), desc(from), engine(), desc(to),
                                         user_scratchpad());
  if (is_reference(pd)) return false;
  add(dnnl::reorder(pd), pd.scratchpad_desc(), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  steps_.back().moves = desc(from) == desc(to);
  return true;
}

bool Pipeline::reordered(Memory* m, const memory::desc& wanted) {
  if (desc(*m) == wanted) return true;
  const Memory from = *m;
  *m = scratch(wanted);
  return reorder(from, *m);
}

void Pipeline::add(const dnnl::primitive& p, const memory::desc& scratchpad,
                   std::vector<std::pair<int, Memory>> args) {
  Step s{p, std::move(args)};
  if (scratchpad.get_size() != 0) s.args.emplace_back(DNNL_ARG_SCRATCHPAD, scratch(scratchpad));
  steps_.push_back(std::move(s));
}

void* Pipeline::address(Memory m, void* const* buffer, void* workspace) const {
  const Place& p = memories_[size_t(m)];
  return p.buffer >= 0 ? buffer[p.buffer] : at(workspace, int64_t(p.offset));
}

Pipeline::State Pipeline::bind(void* const* buffer, void* workspace) const {
  State s;
  for (const Place& p : memories_) s.memories.emplace_back(p.desc, engine(), nullptr);
  for (const Step& step : steps_) {
    std::vector<dnnl_exec_arg_t> args;
    for (const auto& [arg, m] : step.args) args.push_back({arg, s.memories[size_t(m)].get()});
    s.args.push_back(std::move(args));
  }
  s.skip.resize(steps_.size());
  s.finished.resize(finishes_.size());
  s.before.resize(before_.size());
  s.after.resize(after_.size());
  rebind(s, buffer, workspace);
  return s;
}

void Pipeline::rebind(State& s, void* const* buffer, void* workspace) const {
  for (size_t i = 0; i < memories_.size(); ++i) {
    s.memories[i].set_data_handle(address(Memory(i), buffer, workspace));
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    const auto place = [&](size_t k) {
      return address(steps_[i].args[k].second, buffer, workspace);
    };
    s.skip[i] = steps_[i].moves && place(0) == place(1);
  }
  for (size_t i = 0; i < finishes_.size(); ++i) {
    s.finished[i] = address(finishes_[i].memory, buffer, workspace);
  }
  for (size_t i = 0; i < before_.size(); ++i) {
    s.before[i] = {buffer[before_[i].buffer], address(before_[i].memory, buffer, workspace)};
  }
  for (size_t i = 0; i < after_.size(); ++i) {
    s.after[i] = {address(after_[i].memory, buffer, workspace), buffer[after_[i].buffer]};
  }
}

nnr_status Pipeline::run(State& s) const {
  for (size_t i = 0; i < before_.size(); ++i) {
    before_[i].tiles.run(s.before[i].data(), before_[i].loop);
  }
  const ThreadLimit limit(threads_);
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (s.skip[i]) continue;
    const dnnl_status_t status = dnnl_primitive_execute(steps_[i].primitive.get(), stream().get(),
                                                        int(s.args[i].size()), s.args[i].data());
    if (status != dnnl_success) {
      return status == dnnl_out_of_memory ? NNR_E_NOMEM : NNR_E_INTERNAL;
    }
  }
  for (size_t i = 0; i < finishes_.size(); ++i) finishes_[i].run(s.finished[i]);
  for (size_t i = 0; i < after_.size(); ++i) {
    after_[i].tiles.run(s.after[i].data(), after_[i].loop);
  }
  return NNR_OK;
}

}  // namespace nnrun::onednn
