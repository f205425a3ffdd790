#include <tuple>

#include <nnrun/sdk/philox.hpp>

#include "core/base/text.h"
#include "core/data/cells.h"
#include "core/data/data.h"
#include "core/data/features.h"
#include "core/data/normalize.h"
#include "core/data/source.h"
#include "core/data/split.h"
#include "core/data/targets.h"

namespace nnrun {
namespace {

Where mark_of(const DataConfig& config, const std::string& key) {
  const auto mark = config.marks.find(key);
  return mark != config.marks.end() ? mark->second : config.where;
}

/// The source's attributes, complete; what is wrong with one is reported at its place.
Attrs complete_source(const SourceDef& def, const SourceConfig& config) {
  std::vector<AttrDecl> alone = def.attrs;
  for (AttrDecl& d : alone) d.required = false, d.optional = true;
  for (const auto& [name, value] : config.attrs) {
    placed(mark_of(config, name), [&, name = name, value = value] {
      return complete(alone, {{name, value}}, def.name);
    });
  }
  return placed(config.where, [&] { return complete(def.attrs, config.attrs, def.name); });
}

/// What is asked of every source of a model alike.
struct Request {
  const DataConfig& config;
  bool classes;
  int64_t n_outputs;
  const Shape& sample_shape;
  bool need_targets;
  bool new_data = false;  // beside the model file's: columns it lacks are its own fault
};

std::vector<std::string> target_names(const Request& r, const RawData& raw) {
  if (!r.config.target.empty()) return r.config.target;
  if (!raw.default_target.empty()) return {raw.default_target};
  std::vector<std::string> names;
  for (const Column& c : raw.columns) names.push_back(printable(c.name, 64));
  throw Error(Code::model, "data.target is missing: it names the column to learn")
      .at(r.config.where)
      .with_hint(names.size() <= 12 ? "columns: " + join(names) : "");
}

/// Every column that is no target.
std::vector<std::string> other_columns(const RawData& raw,
                                       const std::vector<std::string>& targets) {
  std::vector<bool> is_target(raw.columns.size() + 1);
  for (const std::string& t : targets) is_target[find_column(raw, t)] = true;
  std::vector<std::string> names;
  for (size_t i = 0; i < raw.columns.size(); ++i) {
    if (!is_target[i]) names.push_back(raw.columns[i].name);
  }
  return names;
}

/// placed() at the value of `key`; for new data, at the row that names its columns.
template <class F>
auto placed_in_table(const Request& r, const RawData& raw, const char* key, F&& f) {
  if (!r.new_data) return placed(mark_of(r.config, key), f);
  try {
    return f();
  } catch (const Error& e) {
    if (e.code() != Code::model) throw;
    throw Error(Code::data, e.what())
        .at(e.where())
        .at({raw.where(0, 0).file, 1})
        .with_hint(e.hint());
  }
}

void pick_from_table(const Request& r, const RawData& raw, DataMeta* meta, Rows* rows) {
  if (r.need_targets && meta->target_names.empty()) {
    meta->target_names = target_names(r, raw);
  }
  if (meta->feature_names.empty()) {
    meta->feature_names =
        r.config.features.empty() ? other_columns(raw, meta->target_names) : r.config.features;
  }
  rows->features = placed_in_table(r, raw, "features", [&] {
    const Code code = r.config.features.empty() ? Code::data : Code::model;
    return as_samples(features_of(raw, meta->feature_names), r.sample_shape, code);
  });
  if (!r.need_targets) return;
  rows->targets = placed_in_table(r, raw, "target", [&] {
    return r.classes ? class_targets(raw, meta->target_names, r.n_outputs, &meta->classes)
                     : number_targets(raw, meta->target_names);
  });
}

void refuse_columns(const Request& r, const SourceConfig& source, const char* key) {
  throw Error(Code::model, std::string("data.") + key + " picks columns of a table, but " +
                               source.type + " gives arrays")
      .at(mark_of(r.config, key))
      .with_hint("leave it out");
}

Array array_targets(const Request& r, const RawData& raw, DataMeta* meta) {
  if (!raw.targets.defined()) {
    throw Error(Code::model, "data.source: target is missing: it names the array to learn");
  }
  const Shape &f = raw.features.shape(), &t = raw.targets.shape();
  if (t.rank() == 0 || t[0] != f[0]) {
    throw Error(Code::data, "features have " + std::to_string(f[0]) + " rows, targets have " +
                                (t.rank() == 0 ? "none" : std::to_string(t[0])));
  }
  if (r.classes) return class_targets(raw, {}, r.n_outputs, &meta->classes);
  return number_targets(raw, {});
}

void pick_from_arrays(const Request& r, const RawData& raw, const SourceConfig& source,
                      DataMeta* meta, Rows* rows) {
  // Arrays for a model that was trained on a table hold the features as the model sees them.
  const bool first = meta->feature_names.empty() && meta->target_names.empty();
  if (first && !r.config.features.empty()) refuse_columns(r, source, "features");
  if (first && !r.config.target.empty()) refuse_columns(r, source, "target");
  placed(source.where, [&] {
    if (raw.features.shape().rank() == 0) {
      throw Error(Code::data, printable(raw.features_file) + ": a single number, expected rows");
    }
    check_finite(raw.features, raw.features_file);
    rows->features = as_samples(raw.features, r.sample_shape, Code::data);
    if (r.need_targets) rows->targets = array_targets(r, raw, meta);
  });
  if (!meta->target_names.empty() || !rows->targets.defined()) return;
  const int64_t k = rows->targets.shape().rank() < 2 ? 1 : rows->targets.shape()[1];
  for (int64_t i = 0; i < k; ++i) {
    meta->target_names.push_back(k == 1 ? "target" : "target_" + std::to_string(i));
  }
}

/// The rows of one source. What `meta` leaves open (names, classes) is decided here and filled in.
Rows load(const Request& r, const SourceConfig& source, uint64_t seed, DataMeta* meta) {
  const SourceDef* def = placed(mark_of(source, "type"), [&] { return &find_source(source.type); });
  const RawData raw = def->read(source, complete_source(*def, source), seed);
  Rows rows;
  if (raw.is_table()) {
    pick_from_table(r, raw, meta, &rows);
  } else {
    pick_from_arrays(r, raw, source, meta, &rows);
  }
  if (rows.count() == 0) throw Error(Code::data, "no rows").at(source.where);
  return rows;
}

/// Sources beside the training one draw from streams of their own.
uint64_t other_seed(uint64_t seed, const char* part) { return sdk::hash(seed, "data", part)[0]; }

void check_split(const DataConfig& config) {
  const SplitConfig& s = *config.split;
  for (const auto& [name, share, source] :
       {std::tuple{"val", s.val, &config.val}, std::tuple{"test", s.test, &config.test}}) {
    if (share > 0 && source->has_value()) {
      throw Error(Code::model, std::string("data.") + name + " and split." + name +
                                   " both say where these rows come from")
          .at(s.where)
          .with_hint("leave one of them out");
    }
  }
}

}  // namespace

Dataset load_dataset(const DataConfig& config, bool classes, int64_t n_outputs,
                     const Shape& sample_shape, uint64_t seed) {
  if (config.split) check_split(config);
  const Request request{config, classes, n_outputs, sample_shape, true};
  DataMeta meta;
  Dataset d;
  d.train = load(request, config.source, seed, &meta);
  if (config.split) {
    const Rows all = d.train;
    const Parts parts = deal(*config.split, all.count(), classes ? all.targets : Array(), seed);
    if (!parts.val.empty() || !parts.test.empty()) d.train = take(all, parts.train);
    if (!parts.val.empty()) d.val = take(all, parts.val);
    if (!parts.test.empty()) d.test = take(all, parts.test);
  }
  if (config.val) d.val = load(request, *config.val, other_seed(seed, "val"), &meta);
  if (config.test) d.test = load(request, *config.test, other_seed(seed, "test"), &meta);
  d.feature_names = meta.feature_names;
  d.target_names = meta.target_names;
  d.classes = meta.classes;
  d.normalization = placed(mark_of(config, "normalize"), [&] {
    return normalization_of(d.train.features, config.normalize, d.feature_names);
  });
  return d;
}

Rows load_rows(const SourceConfig& source, const DataConfig& config, const DataMeta& meta,
               bool classes, int64_t n_outputs, const Shape& sample_shape, bool need_targets) {
  const Request request{config, classes, n_outputs, sample_shape, need_targets, true};
  DataMeta known = meta;
  return load(request, source, 0, &known);
}

}  // namespace nnrun
