#include "core/data/normalize.h"

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

/// Two passes, so that a large mean does not cancel the variance.
std::vector<Stats> stats_of(const Array& a, const Grouping& g) {
  std::vector<Stats> stats(static_cast<size_t>(g.groups));
  const int64_t n = a.numel();
  const double count = double(n / std::max<int64_t>(g.groups, 1));
  sdk::visit(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* p = a.data<T>();
    auto each_run = [&](auto&& f) {
      for (int64_t i = 0, group = 0; i < n; i += g.inner, group = (group + 1) % g.groups) {
        f(stats[size_t(group)], p + i);
      }
    };
    auto value = [](T v) { return double(static_cast<sdk::compute_t<T>>(v)); };
    each_run([&](Stats& s, const T* run) {
      for (int64_t k = 0; k < g.inner; ++k) {
        const double v = value(run[k]);
        s.min = std::min(s.min, v), s.max = std::max(s.max, v), s.mean += v;
      }
    });
    for (Stats& s : stats) s.mean /= count;
    each_run([&](Stats& s, const T* run) {
      for (int64_t k = 0; k < g.inner; ++k) {
        const double d = value(run[k]) - s.mean;
        s.variance += d * d;
      }
    });
    for (Stats& s : stats) s.variance /= count;
  });
  return stats;
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
