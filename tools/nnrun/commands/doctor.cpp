#include <stdlib.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "tools/nnrun/command.h"
#include "tools/nnrun/templates.h"

namespace nnrun::cli {
namespace {

/// A folder for the trial runs, removed with the object.
struct TemporaryFolder {
  std::string path = (std::filesystem::temp_directory_path() / "nnrun-doctor-XXXXXX").string();
  TemporaryFolder() {
    if (::mkdtemp(path.data()) == nullptr)
      throw Error(Code::data, path + ": cannot make the folder");
  }
  ~TemporaryFolder() {
    std::error_code e;
    std::filesystem::remove_all(path, e);
  }
};

struct Finding {
  std::string backend, result, reason;
  bool ok = false;
  double loss = 0;
};

/// XOR, 200 steps, from the same seed: a backend that computes rightly ends where the others do.
Finding try_backend(const std::string& name, const std::string& model, const std::string& folder) {
  Finding f{name, "", "", false, 0};
  try {
    OpenOptions o;
    o.overrides = {"backend.name=[" + name + ", reference]", "training.epochs=200"};
    Session s = Session::load(model, o);
    TrainOptions t;
    t.out_dir = folder + "/" + name;
    const TrainResult r = s.train(t);
    f.loss = r.train.at(0).second;
    f.ok = std::isfinite(f.loss);
    f.result = score_text("loss", f.loss) + " after " + std::to_string(r.steps) + " steps of XOR";
  } catch (const Error& e) {
    f.reason = e.what();
  }
  return f;
}

std::string xor_model() {
  for (const Template& t : templates()) {
    if (t.name == "xor") return t.yaml;
  }
  return "";
}

int doctor(const Args& a) {
  plugins::set_path(a.open.plugin_path);
  TemporaryFolder folder;
  const std::string model = folder.path + "/xor.yaml";
  write_new_file(model, xor_model());

  std::vector<Finding> findings;
  for (const plugins::Device& d : plugins::devices()) {
    if (!findings.empty() && findings.back().backend == d.backend) continue;
    findings.push_back(d.ok ? try_backend(d.backend, model, folder.path)
                            : Finding{d.backend, "", d.reason, false, 0});
  }
  // The reference backend is the measure; without it, the first that works.
  const Finding* measure = nullptr;
  for (const Finding& f : findings) {
    if (f.ok && (measure == nullptr || f.backend == "reference")) measure = &f;
  }
  int status = measure == nullptr ? int(Code::backend) : 0;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (Finding& f : findings) {
    if (f.ok && std::fabs(f.loss - measure->loss) > 1e-3 * std::fabs(measure->loss)) {
      f.ok = false;
      f.reason = "differs from " + measure->backend + ": " + f.result;
      status = int(Code::check);
    }
    json.push_back(
        {{"backend", f.backend}, {"ok", f.ok}, {"result", f.result}, {"reason", f.reason}});
    rows.push_back({f.backend, f.ok ? "ok" : "-", f.ok ? f.result : f.reason});
  }
  if (a.json) {
    print(nlohmann::ordered_json{{"ok", status == 0}, {"version", version()}, {"backends", json}}
              .dump() +
          "\n");
  } else {
    print("nnrun " + version() + "\n" + table(rows, 3));
  }
  return status;
}

}  // namespace

Command command_doctor() {
  Command c;
  c.name = "doctor";
  c.summary = "load every backend, train XOR on each, compare: for bug reports";
  c.usage = "doctor";
  c.overrides = false;
  c.run = doctor;
  return c;
}

}  // namespace nnrun::cli
