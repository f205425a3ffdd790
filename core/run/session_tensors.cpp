// What a session gives to tensors and takes from them.
#include <cstring>

#include "core/eager/body.h"
#include "core/plan/plan.h"
#include "core/run/memory_run.h"
#include "core/run/session_impl.h"

namespace nnrun {
namespace {

constexpr size_t kMostPredictors = 16;  // kinds of batches kept; with one more it starts anew

Tensor tensor_of(const Array& a) {
  Tensor t = empty({a.shape().begin(), size_t(a.shape().rank())}, to_scalar_type(a.dtype()));
  if (a.numel() != 0) std::memcpy(t.data_ptr(), a.raw(), size_t(a.bytes()));
  return t;
}

}  // namespace

/// The forward plan of one kind of batch, and the memory it reads its input from.
struct Predictor {
  Array input;
  std::unique_ptr<Plan> plan;
};

Tensor Session::predict(const Tensor& tensor) {
  Impl& i = *impl_;
  const Array x = host_array(tensor);
  std::shared_ptr<Predictor> p;
  for (const auto& known : i.predictors) {
    if (known->input.dtype() == x.dtype() && known->input.shape() == x.shape()) p = known;
  }
  if (!p) {
    const Shape want(i.spec.model.input_shape);
    Shape row = x.shape();
    if (!row.empty()) row.erase(0);
    if (x.shape().empty() || row != want) {
      std::string sizes = "N";
      for (int64_t d : want) sizes += ", " + std::to_string(d);
      throw Error(Code::model,
                  "predict: the input is " + x.shape().str() + ", expected (" + sizes + ")")
          .with_hint("the first dimension is the batch: unsqueeze(0) makes one of a single sample");
    }
    Normalization normalization;
    if (i.memory_run) {
      normalization = i.memory_run->normalization();
    } else if (i.meta) {
      normalization = i.meta->normalization;
    } else if (i.spec.data && i.spec.data->normalize != "none") {
      normalization = i.load_data().normalization;
    }
    if (!i.predicted) i.predicted = std::make_shared<State>(i.weights());
    State& state = i.memory_run ? i.memory_run->state() : *i.predicted;
    p = std::make_shared<Predictor>();
    p->input = Array(x.dtype(), x.shape());
    p->plan = make_plan(i.graphs(normalization, Array(DType::float32, {1, 1}))
                            .forward(state, {x.dtype(), x.shape()}),
                        i.plan_options({}), [&](const std::string& name) -> void* {
                          if (name == "features") return p->input.raw();
                          StateEntry* e = state.find(name);
                          return e == nullptr ? nullptr : e->value.raw();
                        });
    if (i.predictors.size() >= kMostPredictors) i.predictors.clear();
    i.predictors.push_back(p);
  }
  if (x.numel() != 0) std::memcpy(p->input.raw(), x.raw(), size_t(x.bytes()));
  p->plan->run();
  return tensor_of(p->plan->output("prediction"));
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
