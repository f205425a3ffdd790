#include "core/run/run_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/tensor/safetensors.h"

namespace nnrun {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(Code::data, printable(path) + ": " + what);
}

void make_folders(const std::string& path) {
  std::error_code e;
  fs::create_directories(path, e);
  if (e) fail(path, "cannot make the folder: " + e.message());
}

/// What a run writes: the only files that --overwrite removes.
const char* const kFiles[] = {"config.yaml", "model.safetensors", "last.safetensors",
                              "metrics.csv", "metrics.jsonl",     "run.json",
                              "log.txt",     "plan.json"};

}  // namespace

RunFolder RunFolder::next(const std::string& dir, const std::string& name) {
  std::error_code e;
  const bool there = fs::exists(dir, e);
  make_folders(dir);
  int highest = 0;
  for (const auto& entry : fs::directory_iterator(dir, e)) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(name + "-", 0) != 0) continue;
    const std::string digits = file.substr(name.size() + 1);
    if (digits.empty() || digits.size() > 8 ||
        digits.find_first_not_of("0123456789") != std::string::npos)
      continue;
    highest = std::max(highest, std::stoi(digits));
  }
  for (int i = highest + 1; i <= highest + 10000; ++i) {
    std::string number = std::to_string(i);
    if (number.size() < 3) number.insert(0, 3 - number.size(), '0');
    const std::string path = dir + "/" + name + "-" + number;
    if (::mkdir(path.c_str(), 0777) == 0) {
      RunFolder run(path);
      if (!there) run.made_parent_ = dir;
      return run;
    }
    if (errno != EEXIST)
      fail(path, std::string("cannot make the run folder: ") + std::strerror(errno));
  }
  fail(dir, "no free run folder");
}

RunFolder RunFolder::exact(const std::string& path, bool overwrite) {
  make_folders(path);
  std::error_code e;
  const bool empty = fs::is_empty(path, e);
  if (e) fail(path, e.message());
  if (!empty && !overwrite) {
    throw Error(Code::data, printable(path) + ": the folder is not empty")
        .with_hint("choose another -o folder, or give --overwrite");
  }
  if (::access(path.c_str(), W_OK) != 0) fail(path, std::strerror(errno));
  return RunFolder(path);
}

void RunFolder::clear() const {
  std::error_code e;
  for (const char* f : kFiles) fs::remove(file(f), e);
  fs::remove_all(file("checkpoints"), e);
}

RunFolder RunFolder::existing(const std::string& path) {
  struct stat s;
  if (::stat(path.c_str(), &s) != 0) fail(path, std::strerror(errno));
  if (!S_ISDIR(s.st_mode) || ::access((path + "/config.yaml").c_str(), R_OK) != 0) {
    fail(path, "not a run folder (it has no config.yaml)");
  }
  return RunFolder(path);
}

void RunFolder::discard() const {
  ::rmdir(path_.c_str());
  if (!made_parent_.empty()) ::rmdir(made_parent_.c_str());
}

namespace {

void append_line(const std::string& path, const std::string& line) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) fail(path, std::strerror(errno));
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(fd, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int e = errno;
      ::close(fd);
      fail(path, std::strerror(e));
    }
    done += size_t(n);
  }
  if (::close(fd) != 0 && errno != EINTR) fail(path, std::strerror(errno));
}

/// The lines of a metrics file up to `keep_epochs`, by the epoch each begins with.
std::string kept(const std::string& path, const std::string& header, const char* prefix,
                 int64_t keep_epochs) {
  std::string text = header;
  if (keep_epochs == 0 || ::access(path.c_str(), F_OK) != 0) return text;
  const std::string old = read_file(path, int64_t{1} << 30);
  size_t at = header.empty() ? 0 : old.find('\n') + 1;
  while (at < old.size()) {
    const size_t end = old.find('\n', at);
    if (end == std::string::npos) break;  // a line that a crash cut
    const std::string line = old.substr(at, end - at + 1);
    const size_t skip = std::strlen(prefix);
    if (line.size() > skip && std::strtoll(line.c_str() + skip, nullptr, 10) <= keep_epochs)
      text += line;
    at = end + 1;
  }
  return text;
}

}  // namespace

MetricsLog::MetricsLog(const RunFolder& folder, std::vector<std::string> columns, bool csv,
                       bool jsonl, int64_t keep_epochs)
    : columns_(std::move(columns)) {
  if (csv) {
    csv_ = folder.file("metrics.csv");
    atomic_write(csv_, kept(csv_, "epoch," + join(columns_, ",") + "\n", "", keep_epochs));
  }
  if (jsonl) {
    jsonl_ = folder.file("metrics.jsonl");
    atomic_write(jsonl_, kept(jsonl_, "", "{\"epoch\":", keep_epochs));
  }
}

void MetricsLog::add(int64_t epoch, const std::vector<double>& values, double seconds) {
  if (!csv_.empty()) {
    std::string line = std::to_string(epoch);
    for (double v : values) line += "," + number_text(v);
    append_line(csv_, line + "\n");
  }
  if (!jsonl_.empty()) {
    // Ordered, so that a line begins with its epoch.
    nlohmann::ordered_json j;
    j["epoch"] = epoch;
    for (size_t i = 0; i < values.size(); ++i) j[columns_[i]] = values[i];
    j["seconds"] = seconds;
    append_line(jsonl_, j.dump() + "\n");
  }
}

void save_model(const std::string& file, const State& state,
                const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, Array>> tensors;
  for (const StateEntry& e : state.entries()) {
    if (e.is_parameter || e.persistent) tensors.emplace_back(e.name, e.value);
  }
  std::map<std::string, std::string> m = metadata;
  m["format"] = "pt";
  write_safetensors(file, tensors, m);
}

void load_model(const std::string& file, State& state) {
  const SafeTensors t = read_safetensors(file);
  std::map<std::string, const Array*> given;
  for (const auto& [name, a] : t.tensors) given[name] = &a;
  std::vector<std::string> wrong;
  std::set<std::string> used;
  for (StateEntry& e : state.entries()) {
    if (!e.is_parameter && !e.persistent) continue;
    auto it = given.find(e.name);
    if (it == given.end()) {
      wrong.push_back("'" + e.name + "' is missing");
    } else if (it->second->shape() != e.value.shape()) {
      wrong.push_back("'" + printable(e.name) + "': the file has " + it->second->shape().str() +
                      ", the model wants " + e.value.shape().str());
    } else if (is_float(it->second->dtype()) != is_float(e.value.dtype())) {
      wrong.push_back("'" + printable(e.name) + "': the file has " + name_of(it->second->dtype()) +
                      ", the model wants " + name_of(e.value.dtype()));
    }
    used.insert(e.name);
  }
  for (const auto& [name, a] : given) {
    if (!used.count(name)) wrong.push_back("'" + printable(name) + "' is not in the model");
  }
  if (!wrong.empty()) {
    const size_t n = wrong.size();
    if (n > 5) wrong.resize(5);
    throw Error(Code::data, printable(file) + ": " + std::to_string(n) +
                                " tensors do not fit the model: " + join(wrong, "; ") +
                                (n > 5 ? "; ..." : ""));
  }
  for (StateEntry& e : state.entries()) {
    if (!e.is_parameter && !e.persistent) continue;
    const Array a = given[e.name]->cast(e.value.dtype());
    std::memcpy(e.value.raw(), a.raw(), size_t(a.bytes()));
  }
}

nlohmann::json to_json(const DataMeta& m) {
  return {{"features", m.feature_names},
          {"targets", m.target_names},
          {"classes", m.classes},
          {"normalization",
           {{"offset", m.normalization.offset},
            {"scale", m.normalization.scale},
            {"per_channel", m.normalization.per_channel}}}};
}

DataMeta data_meta(const nlohmann::json& j) {
  DataMeta m;
  m.feature_names = j.at("features").get<std::vector<std::string>>();
  m.target_names = j.at("targets").get<std::vector<std::string>>();
  m.classes = j.at("classes").get<std::vector<std::string>>();
  const nlohmann::json& n = j.at("normalization");
  m.normalization.offset = n.at("offset").get<std::vector<double>>();
  m.normalization.scale = n.at("scale").get<std::vector<double>>();
  m.normalization.per_channel = n.at("per_channel").get<bool>();
  return m;
}

}  // namespace nnrun
