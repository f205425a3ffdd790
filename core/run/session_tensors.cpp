// What a session gives to tensors and takes from them.
#include <cstring>

#include "core/eager/body.h"
#include "core/plan/plan.h"
#include "core/run/memory_run.h"
#include "core/run/session_impl.h"

namespace nnrun {
namespace {

constexpr size_t kMostPredictors = 16;  // kinds of batches kept; with one more it starts anew

bool is_on_host(const detail::TensorBody& b) {
  return b.storage->device->is_host() && b.contiguous;
}
/// The same elements on the CPU, row-major.
Tensor on_host(const Tensor& t) {
  const detail::TensorBody& b = body(t);
  NoGradGuard guard;
  const Tensor r = make_tensor(open_device(kCPU), b.dtype, b.shape);
  copy_elements(t, r);
  return r;
}

Tensor tensor_of(const Array& a) {
  Tensor t = empty({a.shape().begin(), size_t(a.shape().rank())}, to_scalar_type(a.dtype()));
  if (a.numel() != 0) std::memcpy(t.data_ptr(), a.raw(), size_t(a.bytes()));
  return t;
}

}  // namespace

/// The forward plan of one kind of batch, the memory it reads its input from, and its result.
struct Predictor {
  Array input;
  std::unique_ptr<Plan> plan;
  Array output;  // the plan's own memory; of a device's, a copy of the latest
  RowMajor result{DType::float32, {}};
  size_t input_bytes = 0, output_bytes = 0;
};

Tensor Session::predict(const Tensor& tensor) {
  Impl& i = *impl_;
  const detail::TensorBody& given = defined(tensor, "predict");
  const Tensor copy = is_on_host(given) ? Tensor() : on_host(tensor);
  const detail::TensorBody& body = copy.defined() ? nnrun::body(copy) : given;
  Predictor* p = nullptr;
  for (const auto& known : i.predictors) {
    if (known->input.dtype() == body.dtype && known->input.shape() == body.shape) p = known.get();
  }
  if (p == nullptr) p = &i.predictor({body.dtype, body.shape});
  if (p->input_bytes != 0) std::memcpy(p->input.raw(), address(body), p->input_bytes);
  DeviceMemory* device = p->plan->device();
  if (device != nullptr) device->put(p->input);
  if (i.memory_run) i.memory_run->release_state();  // its plans may hold the weights
  p->plan->run();
  if (i.memory_run) p->plan->release_state();  // they may be other ones next time
  if (device != nullptr) p->output = p->plan->output("prediction");
  Tensor y = make_tensor(open_device(kCPU), p->result);
  if (p->output_bytes != 0) {
    std::memcpy(address(nnrun::body(y)), p->output.raw(), p->output_bytes);
  }
  return y;
}

Predictor& Session::Impl::predictor(const Type& x) {
  const Shape want(spec.model.input_shape);
  Shape row = x.shape;
  if (!row.empty()) row.erase(0);
  if (x.shape.empty() || row != want) {
    std::string sizes = "N";
    for (int64_t d : want) sizes += ", " + std::to_string(d);
    throw Error(Code::model,
                "predict: the input is " + x.shape.str() + ", expected (" + sizes + ")")
        .with_hint("the first dimension is the batch: unsqueeze(0) makes one of a single sample");
  }
  Normalization normalization;
  if (memory_run) {
    normalization = memory_run->normalization();
  } else if (meta) {
    normalization = meta->normalization;
  } else if (spec.data && spec.data->normalize != "none") {
    normalization = load_data().normalization;
  }
  if (!predicted) predicted = std::make_shared<State>(weights());
  State& state = memory_run ? memory_run->state() : *predicted;
  auto p = std::make_shared<Predictor>();
  p->input = Array(x.dtype, x.shape);
  p->input_bytes = size_t(p->input.bytes());
  p->plan = make_plan(
      graphs(normalization, Array(DType::float32, {1, 1})).forward(state, {x.dtype, x.shape}),
      plan_options({}), [&](const std::string& name) -> void* {
        if (name == "features") return p->input.raw();
        StateEntry* e = state.find(name);
        return e == nullptr ? nullptr : e->value.raw();
      });
  p->output = p->plan->output("prediction");
  p->output_bytes = size_t(p->output.bytes());
  p->result = RowMajor(p->output.dtype(), p->output.shape());
  if (predictors.size() >= kMostPredictors) predictors.clear();
  predictors.push_back(p);
  return *p;
}

std::map<std::string, Tensor> Session::state_dict() const {
  const Impl& i = *impl_;
  const State own = i.memory_run ? State() : i.weights();
  std::map<std::string, Tensor> r;
  for (const StateEntry& e : (i.memory_run ? i.memory_run->state() : own).entries()) {
    if (e.is_parameter || e.persistent) r.emplace(e.name, tensor_of(e.value));
  }
  return r;
}

}  // namespace nnrun
