// Measure: how long kernels take on this machine, for choices that estimates leave open.
//
// A kernel is timed alone, on random numbers, the best of a few runs. What was found is kept under
// $XDG_CACHE_HOME/nnrun/kernels, a file for each backend with its version, instruction set and CPU,
// so the next plan of the same kernels makes the same choices without timing anything: the same
// machine with the same cache gives the same bits. A run folder keeps its choices itself
// (plan.json). A file that is damaged, or another's, is passed over.
#pragma once

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "core/plan/program.h"

namespace nnrun {

class Measure {
 public:
  /// Spends no more than about options.measure_ms; 0: nothing is timed or looked up.
  explicit Measure(const PlanOptions& options);
  /// Keeps what was found.
  ~Measure();
  Measure(const Measure&) = delete;
  Measure& operator=(const Measure&) = delete;

  /// Whether something may be timed or looked up at all.
  bool is_on() const { return options_.measure_ms > 0; }
  /// ns of a run of the node when it is done so (operands in the offer's layouts). Nothing when
  /// there is no time left for it, now or when it was looked at with the same time before, or when
  /// it cannot be run. least: what the best of the others took; much slower ones are not timed as
  /// exactly.
  std::optional<double> time(const Program& p, const PlannedNode& n, const KernelOffer& how,
                             double least = std::numeric_limits<double>::infinity());

 private:
  /// By key; below 0: was not timed, because a plan of that many ms had none left.
  using Times = std::map<std::string, double>;
  struct Book {
    std::string file;
    Times times, fresh;
  };
  Book& book(const PlannedNode& n);
  std::optional<double> run(const Program& p, const PlannedNode& n, const KernelOffer& how,
                            double least);

  const PlanOptions& options_;
  std::map<int, Book> books_;  // by backend
  std::chrono::steady_clock::duration left_;
};

}  // namespace nnrun
