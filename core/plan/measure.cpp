#include "core/plan/measure.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <random>

#include <nnrun/version.h>

#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/thread_pool.h"

namespace nnrun {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr int kRuns = 5;      // at most
constexpr double kOut = 1.5;  // times as long as the best: is not timed more exactly
constexpr auto kLongEnough = std::chrono::milliseconds(10);
constexpr int64_t kMostBytes = int64_t{64} << 20;

/// Where times are kept, or "" when there is no such place.
std::string cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && fs::path(cache).is_absolute()) return fs::path(cache) / "nnrun/kernels";
  if (home != nullptr && fs::path(home).is_absolute())
    return fs::path(home) / ".cache/nnrun/kernels";
  return "";
}

/// What times depend on beside the kernel: versions, CPU, instruction set, and how they are taken.
std::string identity(const Backend& b) {
  constexpr const char* kHow = "2: ";  // another number where they mean something else
  std::string s = kHow + b.name() + " of nnrun " + version();
  for (const DeviceInfo& d : b.devices()) s += ", " + d.name + " (" + d.arch + ")";
  return s;
}

/// The times in a file about that backend; none when it is not readable as such.
std::map<std::string, double> read_times(const std::string& file, const std::string& about) {
  std::map<std::string, double> r;
  try {
    const nlohmann::json j = nlohmann::json::parse(read_file(file, kMostBytes));
    if (j.at("backend").get<std::string>() != about) return r;
    for (const auto& [key, ns] : j.at("ns").items()) r[key] = ns.get<double>();
  } catch (const Error&) {  // not there
  } catch (const nlohmann::json::exception&) {
    r.clear();
  }
  return r;
}

/// Memory of an operand: numbers between -1 and 1; zeros for all that are not floats, as indices
/// and flags they are good ones.
Array operand(DType t, int64_t bytes) {
  Array a(t, {std::max<int64_t>(1, (bytes + size_of(t) - 1) / size_of(t))});
  if (t != DType::float32 && t != DType::float64) return a;
  constexpr int64_t kDrawn = 4096;  // the others are the same ones again
  std::minstd_rand random(1);
  for (int64_t i = 0; i < a.numel(); ++i) {
    const double v = i >= kDrawn ? 0 : double(random()) / double(std::minstd_rand::max()) * 2 - 1;
    if (t == DType::float32) {
      a.data<float>()[i] = i < kDrawn ? float(v) : a.data<float>()[i - kDrawn];
    } else {
      a.data<double>()[i] = i < kDrawn ? v : a.data<double>()[i - kDrawn];
    }
  }
  return a;
}

/// As in a step, where most kernels run on the host's threads: those are awake, and threads that a
/// backend brings sleep.
void wake_host_threads(int threads) {
  constexpr auto kAsleep = std::chrono::microseconds(60);
  for (const auto end = Clock::now() + kAsleep; Clock::now() < end;) {
  }
  thread_pool().run(
      threads, 1, threads, [](void*, int64_t, int64_t, uint32_t) noexcept {}, nullptr);
}

}  // namespace

Measure::Measure(const PlanOptions& options)
    : options_(options), left_(std::chrono::milliseconds(options.measure_ms)) {}

Measure::~Measure() {
  for (auto& [b, book] : books_) {
    if (book.fresh.empty() || book.file.empty()) continue;
    try {
      const std::string about = identity(*options_.backends[size_t(b)]);
      nlohmann::ordered_json ns = nlohmann::ordered_json::object();
      Times all = read_times(book.file, about);  // others may have written meanwhile
      all.insert(book.fresh.begin(), book.fresh.end());
      for (const auto& [key, t] : book.fresh) {
        if (all.at(key) < 0) all[key] = t;
      }
      for (const auto& [key, t] : all) ns[key] = t;
      std::error_code ec;
      fs::create_directories(fs::path(book.file).parent_path(), ec);
      atomic_write(book.file,
                   nlohmann::ordered_json{{"backend", about}, {"ns", ns}}.dump(1) + "\n");
    } catch (const std::exception&) {  // nowhere to keep them: they are found anew next time
    }
  }
}

Measure::Book& Measure::book(const PlannedNode& n) {
  const auto [it, is_new] = books_.try_emplace(n.choice.backend);
  if (is_new) {
    const std::string about = identity(*options_.backends[size_t(n.choice.backend)]);
    if (const std::string folder = cache_folder(); !folder.empty()) {
      it->second.file = folder + "/" + sha256(about).substr(0, 16) + ".json";
      it->second.times = read_times(it->second.file, about);
    }
  }
  return it->second;
}

std::optional<double> Measure::time(const Program& p, const PlannedNode& n, const KernelOffer& how,
                                    double least) {
  if (!is_on() || n.choice.backend < 0) return std::nullopt;
  std::string key = n.op + " " + n.attrs.str() + " " + n.operands + " " + how.impl;
  for (const std::string& l : how.layouts) key += " " + (l.empty() ? "-" : l);
  key += " on " + std::to_string(options_.threads) + (options_.fast_math ? " fast" : "") +
         (options_.deterministic ? " deterministic" : "");
  Book& b = book(n);
  if (const auto it = b.times.find(key); it != b.times.end()) {
    if (it->second >= 0) return it->second;
    if (-it->second >= double(options_.measure_ms)) return std::nullopt;
  }
  const auto began = Clock::now();
  std::optional<double> ns;
  if (left_ > Clock::duration::zero()) ns = run(p, n, how, least);
  left_ -= Clock::now() - began;
  b.times[key] = b.fresh[key] = ns.value_or(-double(options_.measure_ms));
  return ns;
}

std::optional<double> Measure::run(const Program& p, const PlannedNode& n, const KernelOffer& how,
                                   double least) {
  const KernelSource source = kernels_of(n, n.choice.backend, options_);
  PlanOptions options = options_;
  open_memories(&options);
  const DeviceMemory* device =
      n.memory == kHostMemory ? nullptr : options.memories[size_t(n.memory)].get();
  std::vector<Array> memory;
  std::vector<std::shared_ptr<void>> on_device;
  std::vector<void*> buffers;
  const auto buffer = [&](Array a) {
    memory.push_back(std::move(a));
    if (device == nullptr) return memory.back().raw();
    on_device.push_back(device->allocate(memory.back().bytes()));
    device->to_device(memory.back().raw(), on_device.back().get(), memory.back().bytes());
    return on_device.back().get();
  };
  const size_t operands = n.in.size() + n.out.size();
  for (size_t k = 0; k < operands; ++k) {
    const Operand& o = k < n.in.size() ? n.in[k] : n.out[k - n.in.size()];
    if (o.absent()) {
      buffers.push_back(nullptr);
      continue;
    }
    const PlannedStorage& s = p.storages[o.storage];
    const bool own = !how.layouts.empty() && !how.layouts[k].empty();
    void* at = buffer(operand(s.type.dtype, own ? how.bytes[k] : s.size()));
    buffers.push_back(static_cast<char*>(at) + (own ? 0 : o.view.offset * size_of(s.type.dtype)));
  }
  void* workspace = buffer(Array(DType::uint8, {int64_t(how.workspace_bytes) + 64}));
  const OpDesc d = describe(p, n, options_, how.layouts.empty() ? nullptr : &how);
  void* kernel = nullptr;
  nnr_launch launch = {};
  std::optional<double> best;
  try {
    kernel = prepare_kernel(source.table, source.self, d, how.impl, "op '" + n.op + "'");
    abi_call(n.op, [&](nnr_err* e) {
      return source.table->bind(kernel, buffers.data(), workspace, stream_of(n.memory, options),
                                &launch, e);
    });
    if (device != nullptr) device->sync();
    const auto first = Clock::now();
    for (int i = 0; i <= kRuns; ++i) {
      if (i > 1 && (Clock::now() - first > kLongEnough || *best > kOut * least)) break;
      if (options_.threads > 1) wake_host_threads(options_.threads);
      const auto began = Clock::now();
      abi_call(n.op, [&](nnr_err* e) { return launch.run(launch.ctx, e); });
      if (device != nullptr) device->sync();
      const double ns = std::chrono::duration<double, std::nano>(Clock::now() - began).count();
      if (i > 0) best = std::min(best.value_or(ns), ns);  // the first warms up
    }
  } catch (const Error&) {
    best.reset();
  }
  if (device != nullptr) device->drain();
  if (launch.unbind != nullptr) launch.unbind(launch.ctx);
  release_kernel(source.table, kernel);
  return best;
}

}  // namespace nnrun
