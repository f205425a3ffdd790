// Data sets: from a source in the model file to arrays in memory. Sources are one file each in
// sources/, `SourceDef source_<file name>()`.
//
// Arrays keep the dtype they are stored in (images stay uint8), cells of tables become float32;
// normalisation and the cast to the training dtype belong to the step.
//
// A place in a data file is a Where of file, row and column as a spreadsheet counts them: the line
// on which the row begins, header included, and the number of the cell in it, both from 1.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nnrun/error.h>

#include "core/data/table.h"
#include "core/graph/attrs.h"
#include "core/tensor/array.h"

namespace nnrun {

/// `{type: csv, path: f.csv, header: true}` as the model file gives it.
struct SourceConfig {
  std::string type;
  Attrs attrs;                         // as given: not completed, not checked
  std::map<std::string, Where> marks;  // of each given value
  Where where;
  std::string base_dir;              // relative paths start here (the model file's folder)
  std::vector<std::string> columns;  // of an inline source
  std::vector<std::vector<std::string>> rows;  // of an inline source, as text
  std::vector<std::vector<Where>> row_marks;
};

struct SplitConfig {
  double train = 1, val = 0, test = 0;
  bool stratify = false;
  Where where;
};

/// The `data:` section.
struct DataConfig {
  SourceConfig source;
  std::optional<SourceConfig> val, test;
  std::vector<std::string> features;  // columns or derived ones: "x", "x^2", "x*y", "sin(x)"
  std::vector<std::string> target;    // columns
  std::string normalize = "none";     // none unit minmax standard
  std::optional<SplitConfig> split;
  std::map<std::string, Where> marks;  // of features, target, normalize
  Where where;
};

/// Rows of features and targets. features: (N, ...) of any dtype. targets: int64 (N) classes, or
/// float32 (N, k); array sources may have more dimensions than two.
struct Rows {
  Array features, targets;
  int64_t count() const { return features.defined() ? features.shape()[0] : 0; }
};

/// y = (x - offset) * scale per feature column or image channel; empty: nothing to do.
/// From the training part only; kept in the run, so that eval and predict do the same.
struct Normalization {
  std::vector<double> offset, scale;
  bool per_channel = false;  // along dimension 1 of (N, C, H, W); else along the last dimension
};

struct Dataset {
  Rows train, val, test;  // val and test may be empty
  std::vector<std::string> feature_names, target_names;
  std::vector<std::string> classes;  // names of classes in order, when targets are classes
  Normalization normalization;
};

/// What a run keeps so that new data is read the same way.
struct DataMeta {
  std::vector<std::string> feature_names, target_names, classes;
  Normalization normalization;
};

/// Loads, checks, derives, splits (by the seed) and computes the normalisation. `classes`: targets
/// are int64 classes, of which the model tells apart `n_outputs` (0: not known). `sample_shape`:
/// the model's input_shape (empty: not known); a missing channel axis is added. Each part keeps the
/// order of the source. Throws Error(data) at file:row:column, or Error(model) at the config's
/// place.
Dataset load_dataset(const DataConfig& config, bool classes, int64_t n_outputs,
                     const Shape& sample_shape, uint64_t seed);

/// Rows for predict or eval from one source, read as `meta` says. Targets are not read, and may be
/// missing, when `need_targets` is false. A csv source with the path "-" is standard input.
Rows load_rows(const SourceConfig& source, const DataConfig& config, const DataMeta& meta,
               bool classes, int64_t n_outputs, const Shape& sample_shape, bool need_targets);

/// What a source reads before features and targets are picked: arrays, or a table.
struct RawData {
  // Array sources give these; targets may be missing. Row i of a file is {file, i + 1}.
  Array features, targets;
  std::string features_file, targets_file;
  // Table sources give these.
  std::vector<Column> columns;
  std::function<Where(size_t row, size_t column)> where;  // of a cell, for messages
  std::string default_target;                             // when the model file names none
  Code code = Code::data;  // of a wrong cell; model when the cells stand in the model file
  bool is_table() const { return !columns.empty(); }
};

struct SourceDef {
  std::string name, doc;
  std::vector<AttrDecl> attrs = {};
  /// attrs are complete. `seed`: of generators.
  std::function<RawData(const SourceConfig&, const Attrs& attrs, uint64_t seed)> read = {};
};
const SourceDef& find_source(const std::string& type);  // throws Error(model), nearest as hint
std::vector<const SourceDef*> all_sources();

}  // namespace nnrun
