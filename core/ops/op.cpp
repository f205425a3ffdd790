#include "core/ops/op.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include "core/base/text.h"
#include "core/ops/functions.h"

namespace nnrun {

std::vector<OpDef> builtin_ops();  // generated from the files of this folder

namespace {

struct Ops {
  std::shared_mutex mutex;
  std::map<std::string, OpDef> by_name;  // nodes never move
  Ops() {
    for (OpDef& d : builtin_ops()) by_name.emplace(d.name, std::move(d));
  }
};
Ops& ops() {
  static Ops* o = new Ops;  // lives as long as the plug-ins that point into it
  return *o;
}

}  // namespace

const OpDef* try_find_op(const std::string& name) {
  std::shared_lock lock(ops().mutex);
  auto it = ops().by_name.find(name);
  return it == ops().by_name.end() ? nullptr : &it->second;
}

const OpDef& find_op(const std::string& name) {
  if (const OpDef* d = try_find_op(name)) return *d;
  std::vector<std::string> names;
  for (const OpDef* d : all_ops()) names.push_back(d->name);
  throw Error(Code::model, "there is no op '" + name + "'").with_hint(did_you_mean(name, names));
}

void add_op(OpDef def) {
  std::unique_lock lock(ops().mutex);
  const std::string name = def.name;
  if (!ops().by_name.emplace(name, std::move(def)).second) {
    throw Error(Code::backend, "an op named '" + name + "' exists already");
  }
}

std::vector<const OpDef*> all_ops() {
  std::shared_lock lock(ops().mutex);
  std::vector<const OpDef*> r;
  for (const auto& [name, d] : ops().by_name) r.push_back(&d);
  return r;
}

Work work_of(const OpDef& def, const OpCall& call, std::span<const Type> out) {
  if (def.work) return def.work(call, out);
  Work w;
  const auto count = [&](const Type& t) {
    w.flops = std::max(w.flops, double(t.shape.numel()));
    w.bytes += bytes_of(t);
  };
  for (const Type* t : call.in) {
    if (t != nullptr) count(*t);
  }
  for (const Type& t : out) count(t);
  return w;
}

double bytes_of(const Type& t) { return double(t.shape.numel()) * double(size_of(t.dtype)); }

Var GradCall::gout_or_zero(size_t i) const { return gout[i] ? gout[i] : zeros_like(out[i]); }

}  // namespace nnrun
