#include "core/run/graphs.h"

#include "core/autograd/differentiate.h"
#include "core/model/build.h"
#include "core/nn/clip.h"
#include "core/ops/checks.h"
#include "core/ops/functions.h"

namespace nnrun {
namespace {

/// A piece of run state as a value of the graph, made with `initial` when it is new.
Var state_var(GraphBuilder& b, State& state, const std::string& name, Array initial) {
  StateEntry* e = state.find(name);
  if (e == nullptr) e = &state.add({name, std::move(initial), false, false});
  return b.var(b.graph.add_state(name, {e->value.dtype(), e->value.shape()}, false));
}
Var counter(GraphBuilder& b, State& s, const std::string& name) {
  return state_var(b, s, name, Array::scalar<int64_t>(0));
}

void write(GraphBuilder& b, Var state, Var value) {
  b.graph.writes.push_back({state.id, value.id});
}

/// What each step does the same: picks its batch by order and cursor.
struct Batch {
  Var rows;  // int64 (batch)
  Var cursor;
  int64_t size;

  Batch(GraphBuilder& b, State& s, int64_t all, int64_t batch) : size(batch) {
    cursor = counter(b, s, "run.cursor");
    const Var order = b.var(b.graph.add_input("order", {DType::int64, {all}}));
    rows = b.call1("dynamic_slice", {order, cursor}, {{"length", batch}});
  }
  Var pick(GraphBuilder& b, const std::string& name, const Type& all) const {
    const Var data = b.var(b.graph.add_input(name, all));
    return b.call1("index_select", {data, rows}, {{"dim", 0}});
  }
  void advance(GraphBuilder& b, Var ok) const {
    Var by = scalar(b, DType::int64, double(size));
    if (ok) by = by * cast(ok, DType::int64);
    write(b, cursor, cursor + by);
  }
};

/// 16-bit floats are for the model alone: data are prepared and results judged in float32.
Var normalised(GraphBuilder& b, Var x, DType dtype, const Normalization& n) {
  if (n.offset.empty()) return cast(x, dtype);
  x = cast(x, wide(dtype));
  Shape s(std::vector<int64_t>(size_t(x.rank()), 1));
  const int along = n.per_channel ? 1 : x.rank() - 1;
  const int64_t count = int64_t(n.offset.size());
  if (count != 1) s[along] = count;
  const auto constant = [&](const std::vector<double>& v) {
    return b.constant(Array::of<double>(s, v).cast(x.dtype()));
  };
  return cast((x - constant(n.offset)) * constant(n.scale), dtype);
}

Var as_target(const LossDef& loss, Var t, DType dtype) {
  return cast(t, loss.target == TargetKind::classes ? DType::int64 : wide(dtype));
}

/// loss and metric sums += this batch's, where ok.
void accumulate(GraphBuilder& b, State& state, const RunGraphs& r, Var loss, Var prediction,
                Var target, int64_t batch, Var ok) {
  const auto add_to = [&](const std::string& name, Var value) {
    const Var total = state_var(b, state, name, Array(DType::float64, value.shape()));
    if (ok) value = where(ne(ok, 0.0), value, zeros_like(value));
    write(b, total, total + value);
  };
  const bool is_sum = r.loss_attrs.has("reduction") && r.loss_attrs.text("reduction") == "sum";
  add_to("run.loss", cast(loss, DType::float64) * (is_sum ? 1.0 : double(batch)));
  prediction = cast(prediction, wide(prediction.dtype()));
  for (const MetricDef* m : r.metrics) {
    const std::vector<Var> sums = m->sums(b, {prediction, target, r.decision});
    for (size_t i = 0; i < sums.size(); ++i) {
      add_to("metric." + m->name + "." + std::to_string(i), sums[i]);
    }
  }
}

std::vector<Var> parameters(GraphBuilder& b) {
  std::vector<Var> r;
  for (ValueId v = 0; v < b.graph.values.size(); ++v) {
    if (b.graph.values[v].is_parameter) r.push_back(b.var(v));
  }
  return r;
}

std::vector<Var> gradients_of(GraphBuilder& b, Var loss, const std::vector<Var>& params) {
  b.differentiable = false;  // nobody asks for second derivatives: gradient ops stay whole
  b.phase = Phase::backward;
  return differentiate(b, loss, params);
}

/// "hidden" of "hidden.weight".
std::string layer_of(const std::string& parameter) {
  return parameter.substr(0, std::min(parameter.rfind('.'), parameter.size()));
}

}  // namespace

Graph RunGraphs::training(State& state, const Type& features, const Type& targets,
                          int64_t batch) const {
  Graph g;
  GraphBuilder b(g);
  b.differentiable = true;
  const Batch rows(b, state, features.shape[0], batch);
  const Var step = counter(b, state, "run.step");
  const Var lr = state_var(b, state, "run.lr", Array::scalar<double>(0));
  const Var ok_before = state_var(b, state, "run.ok", Array::scalar<uint8_t>(1));

  const Var x =
      normalised(b, rows.pick(b, "features", features), input_dtype(*model, dtype), normalization);
  const Var target = as_target(*loss, rows.pick(b, "targets", targets), dtype);
  // Whether the step is accepted is known after the gradients, so the writes of buffers (running
  // statistics) are taken back here and made again below, under that condition.
  const size_t first_write = g.writes.size();
  const Var prediction =
      trace_forward(b, *model, state, x, {true, dtype, seed, step, {}, threads}).output;
  const std::vector<Write> buffer_writes(g.writes.begin() + long(first_write), g.writes.end());
  g.writes.resize(first_write);

  b.layer = "loss";
  const Var value = loss->build(b, loss_attrs, prediction, target);
  const std::vector<Var> params = parameters(b);
  std::vector<Var> grads = gradients_of(b, value, params);

  b.phase = Phase::update;
  b.layer = "update";
  std::vector<Var> trained, flowing;
  for (size_t i = 0; i < params.size(); ++i) {
    if (!grads[i]) continue;  // the loss does not depend on it: torch leaves it alone, too
    trained.push_back(params[i]);
    flowing.push_back(grads[i]);
  }
  Var ok = ok_before;
  if (on_nan != "ignore") {
    std::vector<Var> seen{on_nan == "stop" ? ok_before : scalar(b, DType::uint8, 1), value};
    seen.insert(seen.end(), flowing.begin(), flowing.end());
    ok = b.call("all_finite", seen)[0];
    write(b, ok_before, ok);
  }
  if (clip_grad_value > 0) flowing = nnrun::clip_grad_value(b, flowing, clip_grad_value);
  if (clip_grad_norm > 0) flowing = nnrun::clip_grad_norm(b, flowing, clip_grad_norm);

  const std::vector<Slot> slots =
      optimizer->slots ? optimizer->slots(optimizer_attrs) : std::vector<Slot>{};
  for (size_t i = 0; i < trained.size(); ++i) {
    const Type t = trained[i].type();
    const std::string name = g.values[trained[i].id].name;
    b.layer = layer_of(name);
    UpdateCall c{optimizer_attrs, trained[i], flowing[i], {}, lr, step, ok};
    for (const Slot& s : slots) {
      const std::string slot = "optimizer." + name + "." + s.name;
      Array initial(t.dtype, t.shape);
      if (s.initial != 0) {
        initial = Array(DType::float64, t.shape);
        std::fill_n(initial.data<double>(), initial.numel(), s.initial);
        initial = initial.cast(t.dtype);
      }
      c.slots.push_back(state_var(b, state, slot, std::move(initial)));
    }
    const Update u = optimizer->update(b, c);
    write(b, trained[i], u.param);
    for (size_t k = 0; k < slots.size(); ++k) write(b, c.slots[k], u.slots[k]);
  }

  b.layer = "";
  for (const Write& w : buffer_writes) {
    const Var old = b.var(w.state), fresh = b.var(w.value);
    write(b, old, on_nan == "ignore" ? fresh : where(ne(ok, 0.0), fresh, old));
  }
  const Var accepted = cast(ok, DType::int64);
  write(b, step, step + accepted);
  if (on_nan == "warn") {
    const Var skipped = counter(b, state, "run.skipped");
    write(b, skipped, skipped + (1.0 - accepted));
  }
  accumulate(b, state, *this, value, prediction, target, batch, ok);
  rows.advance(b, on_nan == "stop" ? ok : Var{});
  g.outputs["loss"] = value.id;
  return g;
}

Graph RunGraphs::evaluation(State& state, const Type& features, const Type& targets,
                            int64_t batch) const {
  Graph g;
  GraphBuilder b(g);
  const Batch rows(b, state, features.shape[0], batch);
  const Var x =
      normalised(b, rows.pick(b, "features", features), input_dtype(*model, dtype), normalization);
  const Var target = as_target(*loss, rows.pick(b, "targets", targets), dtype);
  const Var prediction =
      trace_forward(b, *model, state, x, {false, dtype, seed, {}, {}, threads}).output;
  b.layer = "loss";
  const Var value = loss->build(b, loss_attrs, prediction, target);
  b.layer = "";
  accumulate(b, state, *this, value, prediction, target, batch, {});
  rows.advance(b, {});
  g.outputs["prediction"] = prediction.id;
  return g;
}

Graph RunGraphs::prediction(State& state, const Type& features, int64_t batch) const {
  Graph g;
  GraphBuilder b(g);
  const Batch rows(b, state, features.shape[0], batch);
  const Var x =
      normalised(b, rows.pick(b, "features", features), input_dtype(*model, dtype), normalization);
  g.outputs["prediction"] =
      trace_forward(b, *model, state, x, {false, dtype, seed, {}, {}, threads}).output.id;
  rows.advance(b, {});
  return g;
}

Graph RunGraphs::gradients(State& state, const Type& features, const Type& targets) const {
  Graph g;
  GraphBuilder b(g);
  b.differentiable = true;
  const Var x = normalised(b, b.var(g.add_input("features", features)), input_dtype(*model, dtype),
                           normalization);
  const Var target = as_target(*loss, b.var(g.add_input("targets", targets)), dtype);
  const Var step = counter(b, state, "run.step");
  const Var prediction =
      trace_forward(b, *model, state, x, {true, dtype, seed, step, {}, threads}).output;
  b.layer = "loss";
  const Var value = loss->build(b, loss_attrs, prediction, target);
  const std::vector<Var> params = parameters(b);
  const std::vector<Var> grads = gradients_of(b, value, params);
  for (size_t i = 0; i < params.size(); ++i) {
    if (grads[i]) g.outputs["gradient." + g.values[params[i].id].name] = grads[i].id;
  }
  g.outputs["loss"] = value.id;
  return g;
}

Graph RunGraphs::forward(State& state, const Type& features) const {
  Graph g;
  GraphBuilder b(g);
  const Var x = normalised(b, b.var(g.add_input("features", features)), input_dtype(*model, dtype),
                           normalization);
  g.outputs["prediction"] =
      trace_forward(b, *model, state, x, {false, dtype, seed, {}, {}, threads}).output.id;
  return g;
}

Decision decision_for(const std::string& loss, const Array& targets, int64_t outputs) {
  if (outputs != 1 || !is_float(targets.dtype())) return Decision::argmax;
  if (loss == "BCEWithLogitsLoss") return Decision::zero;
  for (int64_t i = 0; i < targets.numel(); ++i) {
    if (targets.at(i) < 0) return Decision::sign;
  }
  return Decision::half;
}

}  // namespace nnrun
