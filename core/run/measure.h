// Measuring runs of a rehearsal: samples, what they come to, and what else the machine did.
#pragma once

#include <string>
#include <vector>

#include "core/run/rehearsal.h"

namespace nnrun {

/// Nanoseconds of one run each; a sample of short runs is the mean of several.
struct Samples {
  std::vector<double> ns;  // sorted
  int64_t runs_per_sample = 1;
  double mean() const;
  /// The value that a share of the samples does not exceed: 0.5 is the median.
  double quantile(double share) const;
  double cv() const;  // standard deviation / mean
};
Samples sample(Rehearsal& r, double seconds);

/// Median ns of each launch, without what reading the clock takes.
std::vector<double> time_of_launches(Rehearsal& r, double seconds);

/// Watches the machine while it lives: what the CPUs did for others.
class OtherLoad {
 public:
  OtherLoad();
  /// Share of all CPU time since then that other processes had; -1: not known.
  double share() const;

 private:
  double began_, others_;
};
/// "powersave" where the CPU's clock follows its load; "" when it does not, or nobody says.
std::string clock_governor();

}  // namespace nnrun
