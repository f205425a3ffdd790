// A run folder: what a training leaves behind. Files appear whole, under their final name, or not
// at all; metrics grow by whole lines.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/data/data.h"
#include "core/nn/state.h"

namespace nnrun {

class RunFolder {
 public:
  /// The next free <dir>/<name>-NNN; the folder is made at once, so that two runs never share one.
  static RunFolder next(const std::string& dir, const std::string& name);
  /// Exactly this folder; not empty is Error(data) unless overwrite.
  static RunFolder exact(const std::string& path, bool overwrite);
  /// One that exists, to go on with or to read. Error(data) when it is no run folder.
  static RunFolder existing(const std::string& path);

  /// Removes a former run's files, and nothing else. For --overwrite, once nothing can be refused.
  void clear() const;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  /// Undoes next() or exact() when nothing was trained: removes the folder if it is empty,
  /// and the one it is in when next() had to make that.
  void discard() const;

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::string made_parent_;
};

/// The columns of metrics.csv and their rows, one per reported epoch; also metrics.jsonl.
class MetricsLog {
 public:
  /// Starts new files, or goes on after `keep_epochs` (later rows are removed: they come again).
  MetricsLog(const RunFolder& folder, std::vector<std::string> columns, bool csv, bool jsonl,
             int64_t keep_epochs);
  /// values: as many as columns after the epoch. A row that cannot be written is Error(data).
  void add(int64_t epoch, const std::vector<double>& values, double seconds);

 private:
  std::vector<std::string> columns_;
  std::string csv_, jsonl_;
};

/// Parameters and persistent buffers, in state order, with torch's names.
void save_model(const std::string& file, const State& state,
                const std::map<std::string, std::string>& metadata);
/// Strict: every parameter and persistent buffer of `state` from the file, no other tensor in it,
/// shapes and dtypes equal (floats of another width are converted). Error(data) lists what differs.
void load_model(const std::string& file, State& state);

/// DataMeta as the text kept in the run.
nlohmann::json to_json(const DataMeta& m);
DataMeta data_meta(const nlohmann::json& j);

}  // namespace nnrun
