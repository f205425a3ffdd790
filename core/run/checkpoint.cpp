#include "core/run/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/graph/graph.h"
#include "core/tensor/safetensors.h"

namespace nnrun {
namespace fs = std::filesystem;
namespace {

constexpr int kVersion = 1;
const char kBest[] = "best.";

std::string folder_of(const RunFolder& run) { return run.file("checkpoints"); }

nlohmann::json to_json(const LoopState& l) {
  return {{"version", kVersion},
          {"epoch", l.epoch},
          {"scheduler",
           {{"base_lr", l.scheduler.base_lr},
            {"lr", l.scheduler.lr},
            {"epoch", l.scheduler.epoch},
            {"own", l.scheduler.own}}},
          {"has_best", l.has_best},
          {"best", l.best},
          {"best_epoch", l.best_epoch},
          {"bad_epochs", l.bad_epochs},
          {"seconds", l.seconds},
          {"finished", l.finished}};
}

LoopState loop_state(const nlohmann::json& j) {
  const int version = j.at("version").get<int>();
  if (version > kVersion) {
    throw Error(Code::data,
                "written by a newer nnrun (checkpoint version " + std::to_string(version) + ")");
  }
  LoopState l;
  l.epoch = j.at("epoch").get<int64_t>();
  const nlohmann::json& s = j.at("scheduler");
  l.scheduler.base_lr = s.at("base_lr").get<double>();
  l.scheduler.lr = s.at("lr").get<double>();
  l.scheduler.epoch = s.at("epoch").get<int64_t>();
  l.scheduler.own = s.at("own").get<std::map<std::string, double>>();
  l.has_best = j.at("has_best").get<bool>();
  l.best = j.at("best").get<double>();
  l.best_epoch = j.at("best_epoch").get<int64_t>();
  l.bad_epochs = j.at("bad_epochs").get<int64_t>();
  l.seconds = j.at("seconds").get<double>();
  l.finished = j.at("finished").get<bool>();
  if (l.epoch < 0 || l.bad_epochs < 0) throw Error(Code::data, "a negative counter");
  return l;
}

void sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

/// Names of whole checkpoints, oldest first.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> r;
  std::error_code e;
  for (const auto& entry : fs::directory_iterator(folder, e)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("step-", 0) == 0 && name.find(".tmp") == std::string::npos) r.push_back(name);
  }
  std::sort(r.begin(), r.end());
  return r;
}

void read_one(const std::string& path, State& state, State& best, LoopState& loop) {
  // Into a copy first: a checkpoint counts in whole or not at all.
  const SafeTensors model = read_safetensors(path + "/model.safetensors");
  const SafeTensors rest = read_safetensors(path + "/state.safetensors");
  const auto it = rest.metadata.find("nnrun.loop");
  if (it == rest.metadata.end())
    throw Error(Code::data, "nnrun.loop is missing in state.safetensors");
  LoopState l;
  try {
    l = loop_state(nlohmann::json::parse(it->second));
  } catch (const nlohmann::json::exception& x) {
    throw Error(Code::data, std::string("damaged loop state: ") + x.what());
  }
  const auto fits = [&](const std::string& name, const Array& a) {
    const StateEntry* e = state.find(name);
    if (e != nullptr && (e->value.dtype() != a.dtype() || e->value.shape() != a.shape())) {
      throw Error(Code::data, "tensor '" + name + "' is " + Type{a.dtype(), a.shape()}.str() +
                                  ", the model wants " +
                                  Type{e->value.dtype(), e->value.shape()}.str());
    }
  };
  for (const auto& [name, a] : model.tensors) fits(name, a);
  for (const auto& [name, a] : rest.tensors) fits(name, a);
  for (const StateEntry& e : state.entries()) {
    const bool found = std::any_of(model.tensors.begin(), model.tensors.end(),
                                   [&](const auto& t) { return t.first == e.name; });
    if ((e.is_parameter || e.persistent) && !found)
      throw Error(Code::data, "tensor '" + e.name + "' is missing");
  }
  const auto put = [&](const std::string& name, const Array& a) {
    if (StateEntry* e = state.find(name)) {
      std::memcpy(e->value.raw(), a.raw(), size_t(a.bytes()));
    } else {
      state.add({name, a, false, false});
    }
  };
  for (const auto& [name, a] : model.tensors) put(name, a);
  best = State{};
  for (const auto& [name, a] : rest.tensors) {
    if (name.rfind(kBest, 0) == 0) {
      const std::string own = name.substr(sizeof kBest - 1);
      const StateEntry* e = state.find(own);
      best.add({own, a, e != nullptr && e->is_parameter, true});
    } else {
      put(name, a);
    }
  }
  loop = l;
}

}  // namespace

void save_checkpoint(const RunFolder& run, const State& state, const State& best,
                     const LoopState& loop, int64_t step, int64_t keep_last) {
  const std::string folder = folder_of(run);
  std::error_code e;
  fs::create_directories(folder, e);
  if (e) throw Error(Code::data, folder + ": cannot make the folder: " + e.message());
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  const std::string temporary = folder + "/." + name + ".tmp", path = folder + "/" + name;
  fs::remove_all(temporary, e);
  if (::mkdir(temporary.c_str(), 0777) != 0)
    throw Error(Code::data, temporary + ": " + std::strerror(errno));

  save_model(temporary + "/model.safetensors", state, {});
  std::vector<std::pair<std::string, Array>> tensors;
  for (const StateEntry& x : state.entries()) {
    if (!x.is_parameter && !x.persistent) tensors.emplace_back(x.name, x.value);
  }
  for (const StateEntry& x : best.entries()) tensors.emplace_back(kBest + x.name, x.value);
  write_safetensors(temporary + "/state.safetensors", tensors,
                    {{"nnrun.loop", to_json(loop).dump()}}, true);

  // One of the same step may be there (an interrupt at an epoch's end): exchanged, never missing.
  const bool there = ::access(path.c_str(), F_OK) == 0;
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(),
                  there ? RENAME_EXCHANGE : 0) != 0) {
    throw Error(Code::data, path + ": cannot rename the checkpoint: " + std::strerror(errno));
  }
  if (there) fs::remove_all(temporary, e);
  sync_folder(folder);
  atomic_write(folder + "/latest", std::string(name) + "\n");
  std::vector<std::string> names = names_in(folder);
  for (size_t i = 0; int64_t(i) + std::max<int64_t>(keep_last, 1) < int64_t(names.size()); ++i) {
    if (names[i] != name) fs::remove_all(folder + "/" + names[i], e);
  }
}

std::optional<Restored> load_checkpoint(const RunFolder& run, State& state, State& best) {
  const std::string folder = folder_of(run);
  std::vector<std::string> names = names_in(folder);
  Restored r;
  for (size_t i = names.size(); i-- > 0;) {
    try {
      read_one(folder + "/" + names[i], state, best, r.loop);
      r.name = names[i];
      return r;
    } catch (const Error& e) {
      r.notes.push_back("checkpoint " + names[i] + " is passed over: " + e.what());
    }
  }
  if (!names.empty()) {
    throw Error(Code::data, folder + ": no checkpoint can be read: " + join(r.notes, "; "));
  }
  return std::nullopt;
}

}  // namespace nnrun
