#include "backends/onednn/primitive.h"

#include <omp.h>

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

bool is_fast(DType t) {
  static const bool bf16 = [] {
    const unsigned has = unsigned(dnnl::get_effective_cpu_isa());
    const unsigned needs = unsigned(dnnl::cpu_isa::avx512_core_bf16);
    return (has & needs) == needs;
  }();
  return t == DType::float32 || (t == DType::bfloat16 && bf16);
}

memory::data_type to_dnnl(DType t) {
  return t == DType::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

ThreadLimit::ThreadLimit(int threads) : before_(omp_get_max_threads()) {
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

Pipeline::Memory Pipeline::copied(const Operand& o, const memory::desc& row_major, int buffer) {
  if (o.contiguous()) return operand(row_major, buffer);
  const Memory to = scratch(row_major);
  std::vector<int64_t> strides(size_t(o.rank()));
  int64_t n = 1;
  for (int i = o.rank(); i-- > 0; n *= o.size(i)) strides[size_t(i)] = n;
  const int bytes = size_of(o.dtype());
  const Walk<2> walk(o.shape(), {o.strides(), strides});
  copies_.push_back({buffer, to, loops().copy(bytes), Tiles<2>(walk, {bytes, bytes}, 1)});
  return to;
}

bool Pipeline::reorder(Memory from, Memory to) {
  const dnnl::reorder::primitive_desc pd(engine(), desc(from), engine(), desc(to),
                                         user_scratchpad());
  if (is_reference(pd)) return false;
  add(dnnl::reorder(pd), pd.scratchpad_desc(), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return true;
}

bool Pipeline::reordered(Memory* m, const memory::desc& wanted) {
  if (desc(*m) == wanted) return true;
  const Memory from = *m;
  *m = scratch(wanted);
  return reorder(from, *m);
}

void Pipeline::add(const dnnl::primitive& p, const memory::desc& scratchpad,
                   std::initializer_list<std::pair<int, Memory>> args) {
  Step s{p, args};
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
  s.copies.resize(copies_.size());
  rebind(s, buffer, workspace);
  return s;
}

void Pipeline::rebind(State& s, void* const* buffer, void* workspace) const {
  for (size_t i = 0; i < memories_.size(); ++i) {
    s.memories[i].set_data_handle(address(Memory(i), buffer, workspace));
  }
  for (size_t i = 0; i < copies_.size(); ++i) {
    s.copies[i] = {buffer[copies_[i].buffer], address(copies_[i].to, buffer, workspace)};
  }
}

nnr_status Pipeline::run(State& s) const {
  for (size_t i = 0; i < copies_.size(); ++i) {
    void* const p[] = {s.copies[i].first, s.copies[i].second};
    copies_[i].tiles.run(p, copies_[i].loop);
  }
  const ThreadLimit limit(threads_);
  for (size_t i = 0; i < steps_.size(); ++i) {
    const dnnl_status_t status = dnnl_primitive_execute(steps_[i].primitive.get(), stream().get(),
                                                        int(s.args[i].size()), s.args[i].data());
    if (status != dnnl_success) {
      return status == dnnl_out_of_memory ? NNR_E_NOMEM : NNR_E_INTERNAL;
    }
  }
  return NNR_OK;
}

}  // namespace nnrun::onednn
