#include "core/data/normalize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/base/text.h"

namespace nnrun {
namespace {

struct Stats {
  double min = std::numeric_limits<double>::infinity(), max = -min, mean = 0, variance = 0;
};

/// Values are ..., group, inner: element i belongs to group (i / inner) % groups.
struct Grouping {
  int64_t groups, inner;
};

Grouping grouping_of(const Array& a) {
  const Shape& s = a.shape();
  if (s.rank() == 4) return {s[1], s[2] * s[3]};
  if (s.rank() == 3 && a.dtype() == DType::uint8) return {1, 1};
  return {s.rank() < 2 ? 1 : s.back(), 1};
}

/// Calls f(group, first value) for each run of `inner` values that belong together.
template <class T, class F> void each_run(const Array& a, const Grouping& g, F&& f) {
  const T* p = a.data<T>();
  const int64_t n = a.numel();
  for (int64_t i = 0, group = 0; i < n; i += g.inner) {
    f(size_t(group), p + i);
    if (++group == g.groups) group = 0;
  }
}

/// Two passes, so that a large mean does not cancel the variance.
template <class T> std::vector<Stats> stats_of(const Array& a, const Grouping& g, double count) {
  std::vector<Stats> stats(static_cast<size_t>(g.groups));
  auto value = [](T v) { return double(static_cast<sdk::compute_t<T>>(v)); };
  each_run<T>(a, g, [&](size_t group, const T* run) {
    Stats& s = stats[group];
    for (int64_t k = 0; k < g.inner; ++k) {
      const double v = value(run[k]);
      s.min = std::min(s.min, v), s.max = std::max(s.max, v), s.mean += v;
    }
  });
  for (Stats& s : stats) s.mean /= count;
  each_run<T>(a, g, [&](size_t group, const T* run) {
    Stats& s = stats[group];
    for (int64_t k = 0; k < g.inner; ++k) {
      const double d = value(run[k]) - s.mean;
      s.variance += d * d;
    }
  });
  for (Stats& s : stats) s.variance /= count;
  return stats;
}

/// Bytes are counted in one pass: images are large, and there are 256 values only.
template <> std::vector<Stats> stats_of<uint8_t>(const Array& a, const Grouping& g, double count) {
  std::vector<std::array<int64_t, 256>> counts(static_cast<size_t>(g.groups));
  each_run<uint8_t>(a, g, [&](size_t group, const uint8_t* run) {
    for (int64_t k = 0; k < g.inner; ++k) ++counts[group][run[k]];
  });
  std::vector<Stats> stats;
  for (const auto& times : counts) {
    Stats s;
    for (int v = 0; v < 256; ++v) {
      if (times[size_t(v)] == 0) continue;
      s.min = std::min(s.min, double(v)), s.max = v;
      s.mean += double(v) * double(times[size_t(v)]) / count;
    }
    for (int v = 0; v < 256; ++v) {
      s.variance += (v - s.mean) * (v - s.mean) * double(times[size_t(v)]) / count;
    }
    stats.push_back(s);
  }
  return stats;
}

std::vector<Stats> stats_of(const Array& a, const Grouping& g) {
  const double count = double(a.numel() / std::max<int64_t>(g.groups, 1));
  return sdk::visit(a.dtype(),
                    [&](auto tag) { return stats_of<typename decltype(tag)::type>(a, g, count); });
}

[[noreturn]] void constant(const std::string& who, double value, const std::string& kind) {
  throw Error(Code::data, who + " is " + number_text(value) +
                              " in every training row: normalize: " + kind + " cannot scale it")
      .with_hint("leave it out of data.features, or use normalize: none or unit");
}

}  // namespace

Normalization normalization_of(const Array& features, const std::string& kind,
                               const std::vector<std::string>& names) {
  Normalization n;
  if (kind == "none") return n;
  n.per_channel = features.shape().rank() == 4;
  const Grouping g = grouping_of(features);
  if (kind == "unit") {
    n.offset.assign(size_t(g.groups), 0);
    n.scale.assign(size_t(g.groups), 1.0 / 255);
  } else if (kind == "minmax" || kind == "standard") {
    const bool standard = kind == "standard";
    for (const Stats& s : stats_of(features, g)) {
      const size_t i = n.offset.size();
      if (s.min == s.max) {
        const std::string who = n.per_channel      ? "channel " + std::to_string(i)
                                : i < names.size() ? "column '" + printable(names[i], 64) + "'"
                                                   : "column " + std::to_string(i);
        constant(who, s.min, kind);
      }
      n.offset.push_back(standard ? s.mean : s.min);
      n.scale.push_back(1 / (standard ? std::sqrt(s.variance) : s.max - s.min));
    }
  } else {
    throw Error(Code::model, "normalize is '" + printable(kind) +
                                 "', expected one of: none, unit, minmax, standard");
  }
  const Shape& s = features.shape();
  if (s.rank() == 3 && g.groups == 1) {
    n.offset.resize(size_t(s.back()), n.offset[0]);
    n.scale.resize(size_t(s.back()), n.scale[0]);
  }
  return n;
}

}  // namespace nnrun
