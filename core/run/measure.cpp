#include "core/run/measure.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <numeric>

#include "core/plan/timing.h"

namespace nnrun {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double time_runs(Rehearsal& r, int64_t n) {
  const double began = now();
  for (int64_t k = 0; k < n; ++k) {
    r.rewind();
    r.plan().run();
  }
  r.plan().sync();
  return now() - began;
}

/// CPU seconds that all processes but this one had; -1: not known.
double seconds_of_others() {
  std::ifstream in("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0;
  if (!(in >> cpu >> user >> nice >> system >> idle >> wait >> irq >> soft >> steal)) return -1;
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + 1e-6 * double(t.tv_usec); };
  return (user + nice + system + irq + soft + steal) / double(::sysconf(_SC_CLK_TCK)) -
         seconds(own.ru_utime) - seconds(own.ru_stime);
}

}  // namespace

double Samples::mean() const {
  return std::accumulate(ns.begin(), ns.end(), 0.0) / double(ns.size());
}

double Samples::quantile(double share) const {
  return ns[size_t(std::max(std::ceil(share * double(ns.size())) - 1, 0.0))];
}

double Samples::cv() const {
  const double m = mean();
  double sum = 0;
  for (double x : ns) sum += (x - m) * (x - m);
  return ns.size() < 2 ? 0 : std::sqrt(sum / double(ns.size() - 1)) / m;
}

Samples sample(Rehearsal& r, double seconds) {
  constexpr double kShortest = 100e-6;  // of a sample: reading the clock is nothing beside it
  constexpr size_t kFewest = 5;
  Samples s;
  const double warm = now() + seconds / 10;
  double took = time_runs(r, 1);
  do {
    took = time_runs(r, s.runs_per_sample);
    if (took < kShortest && s.runs_per_sample < (int64_t{1} << 30)) s.runs_per_sample *= 2;
  } while (now() < warm || took < kShortest);
  const double end = now() + seconds;
  while (s.ns.size() < kFewest || now() < end) {
    s.ns.push_back(1e9 * time_runs(r, s.runs_per_sample) / double(s.runs_per_sample));
  }
  std::sort(s.ns.begin(), s.ns.end());
  return s;
}

std::vector<double> time_of_launches(Rehearsal& r, double seconds) {
  constexpr size_t kFewest = 3, kMost = 300;
  const double clock = clock_cost(), end = now() + seconds;
  std::vector<std::vector<double>> of(r.plan().launches());
  for (size_t run = 0; run < kFewest || (run < kMost && now() < end); ++run) {
    r.rewind();
    const std::vector<int64_t> at = launch_times(r.plan());
    for (size_t i = 0; i < of.size(); ++i) of[i].push_back(double(at[i + 1] - at[i]));
  }
  std::vector<double> medians;
  for (std::vector<double>& ns : of) {
    std::nth_element(ns.begin(), ns.begin() + long(ns.size() / 2), ns.end());
    medians.push_back(std::max(ns[ns.size() / 2] - clock, 0.0));
  }
  return medians;
}

OtherLoad::OtherLoad() : began_(now()), others_(seconds_of_others()) {}

double OtherLoad::share() const {
  const double others = seconds_of_others(), cpus = double(::sysconf(_SC_NPROCESSORS_ONLN));
  if (others_ < 0 || others < 0) return -1;
  return std::max(others - others_, 0.0) / ((now() - began_) * cpus);
}

std::string clock_governor() {
  std::ifstream in("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::string g;
  return in >> g && g != "performance" ? g : "";
}

}  // namespace nnrun
