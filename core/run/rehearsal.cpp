#include "core/run/rehearsal.h"

#include <cstring>
#include <numeric>
#include <random>

#include "core/data/shuffle.h"

namespace nnrun {
namespace {

/// The first n rows, repeated where there are fewer.
Array first_rows(const Array& a, int64_t n) {
  Shape s = a.shape();
  const int64_t have = s[0];
  if (have == n) return a;
  s[0] = n;
  Array r(a.dtype(), s);
  const size_t row = have == 0 ? 0 : size_t(a.bytes() / have);
  for (int64_t k = 0; k < n && row != 0; ++k) {
    std::memcpy(static_cast<char*>(r.raw()) + size_t(k) * row,
                static_cast<const char*>(a.raw()) + size_t(k % have) * row, row);
  }
  return r;
}

Type type_of(const Array& a) { return {a.dtype(), a.shape()}; }

}  // namespace

Rows made_up_rows(Type features, Type targets, int64_t count, int64_t classes) {
  features.shape[0] = targets.shape[0] = count;
  std::mt19937 random(1);
  const auto drawn = [&](const Type& t, auto draw) {
    Array a(t.dtype, t.shape);
    if (is_float(t.dtype)) {
      Array wide(DType::float64, t.shape);
      for (int64_t k = 0; k < wide.numel(); ++k) wide.data<double>()[k] = draw();
      a = wide.cast(t.dtype);
    }
    return a;
  };
  Rows r{drawn(features, [&] { return 2.0 * double(random()) / double(random.max()) - 1; }),
         drawn(targets, [&] { return double(random() % 2); })};
  if (targets.dtype == DType::int64 && classes > 0) {
    int64_t* to = r.targets.data<int64_t>();
    for (int64_t k = 0; k < r.targets.numel(); ++k) to[k] = int64_t(random()) % classes;
  }
  return r;
}

Rehearsal::Rehearsal(const RunGraphs& graphs, State state, Rows rows, const std::string& pass,
                     int64_t batch, const PlanOptions& options)
    : batch_(batch), state_(std::make_unique<State>(std::move(state))) {
  Graph g;
  if (pass == "step") {
    rows_ = {first_rows(rows.features, std::max(batch, rows.count())),
             first_rows(rows.targets, std::max(batch, rows.count()))};
    order_ = Array(DType::int64, {rows_.count()});
    int64_t* order = order_.data<int64_t>();
    std::iota(order, order + order_.numel(), int64_t{0});
    permute(graphs.seed, 0, {order, size_t(order_.numel())});
    g = graphs.training(*state_, type_of(rows_.features), type_of(rows_.targets), batch);
    cursor_ = state_->find("run.cursor")->value;
  } else if (pass == "fwd+bwd") {
    rows_ = {first_rows(rows.features, batch), first_rows(rows.targets, batch)};
    g = graphs.gradients(*state_, type_of(rows_.features), type_of(rows_.targets));
  } else {
    rows_ = {first_rows(rows.features, batch), {}};
    g = graphs.forward(*state_, type_of(rows_.features));
  }
  plan_ = make_plan(g, options, [&](const std::string& name) -> void* {
    if (name == "features") return rows_.features.raw();
    if (name == "targets") return rows_.targets.raw();
    if (name == "order") return order_.raw();
    StateEntry* e = state_->find(name);
    return e == nullptr ? nullptr : e->value.raw();
  });
}

void Rehearsal::begin_anew() {
  taken_ = *cursor_.data<int64_t>() = 0;
  if (plan_->device() != nullptr) plan_->device()->put(cursor_);
}

int64_t Rehearsal::bytes() const {
  int64_t n = plan_->arena_bytes() + plan_->workspace_bytes();
  for (const PlannedStorage& s : plan_->program().storages) {
    if (s.kind == ValueKind::state || s.kind == ValueKind::constant)
      n += s.type.shape.numel() * size_of(s.type.dtype);
  }
  return n;
}

}  // namespace nnrun
