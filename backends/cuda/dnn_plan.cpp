#include "backends/cuda/dnn_plan.h"

#include <algorithm>

namespace nnrun::cuda {
namespace {

using Notes = std::vector<cudnnBackendNumericalNote_t>;

bool has(const Notes& notes, cudnnBackendNumericalNote_t note) {
  return std::find(notes.begin(), notes.end(), note) != notes.end();
}

/// float32 through tensor cores is TF32. Winograd on small tiles keeps the dtype's tolerance.
bool is_approximate(const Notes& notes, DType t) {
  return (t == DType::float32 && has(notes, CUDNN_NUMERICAL_NOTE_TENSOR_CORE)) ||
         has(notes, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) ||
         has(notes, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION) ||
         has(notes, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6) ||
         has(notes, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13);
}

/// The engines that the heuristics of a mode propose, the best first.
std::vector<Descriptor> configurations(const Descriptor& graph, cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph)
      .set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (!heuristics.try_finalize()) return {};
  return heuristics.parts(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
}

}  // namespace

cudnnDataType_t dnn_type(DType t) {
  return t == DType::float64    ? CUDNN_DATA_DOUBLE
         : t == DType::bfloat16 ? CUDNN_DATA_BFLOAT16
         : t == DType::float16  ? CUDNN_DATA_HALF
                                : CUDNN_DATA_FLOAT;
}

const Descriptor& DnnGraph::tensor(const DnnTensor& t) {
  return make(CUDNN_BACKEND_TENSOR_DESCRIPTOR)
      .set(CUDNN_ATTR_TENSOR_UNIQUE_ID, t.id)
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, dnn_type(t.dtype))
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, t.shape)
      .set(CUDNN_ATTR_TENSOR_STRIDES, t.strides)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, t.alignment)
      .set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, t.virtual_)
      .finalize();
}

Descriptor& DnnGraph::operation(cudnnBackendDescriptorType_t kind) {
  operations_.push_back(&make(kind));
  return all_.back();
}

DnnPlan::DnnPlan(Device& device, const DnnGraph& g, const Limits& limits)
    : device_(device), handle_(dnn_handle(device)), plan_(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
  const std::lock_guard lock(handle_.mutex);
  const Device::Current current(device);
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, g.operations())
      .set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle_.handle)
      .finalize();
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (const Descriptor& configuration : configurations(graph, mode)) {
      const Descriptor engine =
          configuration.part(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
      const Notes notes = engine.notes(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE);
      deterministic_ = !has(notes, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
      approximate_ = is_approximate(notes, limits.dtype);
      if ((limits.deterministic && !deterministic_) || (!limits.fast && approximate_)) continue;
      Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, handle_.handle)
          .set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
      if (!plan.try_finalize()) continue;  // what heuristics propose need not work
      workspace_ = uint64_t(plan.integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
      if (workspace_ > limits.workspace) continue;
      engine_ = engine.integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
      plan_ = std::move(plan);
      return;
    }
  }
  throw Failure(NNR_E_UNSUPPORTED,
                std::string("cuDNN has no ") + (limits.deterministic ? "deterministic " : "") +
                    "engine for it" + (limits.fast ? "" : " within the dtype's tolerance"));
}

Descriptor DnnPlan::addresses(const std::vector<int64_t>& ids, const std::vector<void*>& pointers,
                              void* workspace) {
  Descriptor d(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  d.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids)
      .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, pointers)
      .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
      .finalize();
  return d;
}

void DnnPlan::run(const Descriptor& addresses, CUstream stream) const {
  const Dnn& d = dnn();
  const std::lock_guard lock(handle_.mutex);
  const Device::Current current(device_);
  d.check(d.cudnnSetStream(handle_.handle, stream), "cudnnSetStream");
  d.check(d.cudnnBackendExecute(handle_.handle, plan_.get(), addresses.get()),
          "cudnnBackendExecute");
}

}  // namespace nnrun::cuda
