#include "core/data/generators.h"

#include <algorithm>
#include <cmath>

#include <nnrun/sdk/philox.hpp>

namespace nnrun {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kDraws = 4;  // per row and kind

/// Which of two classes row i belongs to, its place in it, and the size of that class.
struct HalfOf {
  bool first;
  double i, n;
};
HalfOf half_of(const RowContext& c) {
  const int64_t first = c.n - c.n / 2;
  if (c.i < first) return {true, double(c.i), double(first)};
  return {false, double(c.i - first), double(c.n - first)};
}

/// A point at that distance from the origin; the label is asked at the point moved by noise.
Point circle(const RowContext& c) {
  constexpr double radius = 5;
  const bool inside = half_of(c).first;
  const double r =
      inside ? c.draw.uniform(0, 0, radius * 0.5) : c.draw.uniform(0, radius * 0.7, radius);
  const double angle = c.draw.uniform(1, 0, 2 * kPi);
  const double x = r * std::sin(angle), y = r * std::cos(angle);
  const double dx = c.draw.uniform(2, -radius, radius) * c.noise;
  const double dy = c.draw.uniform(3, -radius, radius) * c.noise;
  return {x, y, std::hypot(x + dx, y + dy) < radius * 0.5 ? 1.0 : -1.0};
}

/// Points in the square of side 10, kept 0.3 off the axes, labelled by where noise moves them.
template <class Label> Point quadrants(const RowContext& c, Label label) {
  auto padded = [](double v) { return v + (v > 0 ? 0.3 : -0.3); };
  const double x = padded(c.draw.uniform(0, -5, 5)), y = padded(c.draw.uniform(1, -5, 5));
  const double dx = c.draw.uniform(2, -5, 5) * c.noise, dy = c.draw.uniform(3, -5, 5) * c.noise;
  return {x, y, label(x + dx, y + dy) ? 1.0 : -1.0};
}
Point xor_(const RowContext& c) {
  return quadrants(c, [](double x, double y) { return x * y >= 0; });
}
Point and_(const RowContext& c) {
  return quadrants(c, [](double x, double y) { return x > 0 && y > 0; });
}
Point or_(const RowContext& c) {
  return quadrants(c, [](double x, double y) { return x > 0 || y > 0; });
}

/// Two normal clouds at (2, 2) and (-2, -2), of variance 0.5 to 4 for noise 0 to 0.5.
Point gauss(const RowContext& c) {
  const double center = half_of(c).first ? 2 : -2, deviation = std::sqrt(0.5 + 7 * c.noise);
  return {center + deviation * c.draw.normal(0), center + deviation * c.draw.normal(1),
          center > 0 ? 1.0 : -1.0};
}

Point spiral(const RowContext& c) {
  const HalfOf h = half_of(c);
  const double r = h.i / h.n * 5, t = 1.75 * h.i / h.n * 2 * kPi + (h.first ? 0 : kPi);
  return {r * std::sin(t) + c.draw.uniform(0, -1, 1) * c.noise,
          r * std::cos(t) + c.draw.uniform(1, -1, 1) * c.noise, h.first ? 1.0 : -1.0};
}

/// sklearn.datasets.make_moons: two half circles, moved by a normal of deviation `noise`.
Point moons(const RowContext& c) {
  const HalfOf h = half_of(c);
  const double t = kPi * h.i / std::max(h.n - 1, 1.0);
  const double x = h.first ? std::cos(t) : 1 - std::cos(t);
  const double y = h.first ? std::sin(t) : 0.5 - std::sin(t);
  return {x + c.noise * c.draw.normal(0), y + c.noise * c.draw.normal(1), h.first ? -1.0 : 1.0};
}

/// sklearn.datasets.make_blobs: normal clouds of deviation `noise` around random centers.
Point blobs(const RowContext& c) {
  const size_t k = size_t(c.i) % c.centers.size();
  return {c.centers[k].first + c.noise * c.draw.normal(0),
          c.centers[k].second + c.noise * c.draw.normal(1), double(k)};
}

/// Points in the square of side 12, labelled by `label` where noise moves them.
template <class Label> Point field(const RowContext& c, Label label) {
  constexpr double radius = 6;
  const double x = c.draw.uniform(0, -radius, radius), y = c.draw.uniform(1, -radius, radius);
  const double dx = c.draw.uniform(2, -radius, radius) * c.noise;
  const double dy = c.draw.uniform(3, -radius, radius) * c.noise;
  return {x, y, label(x + dx, y + dy)};
}
Point plane(const RowContext& c) {
  return field(c, [](double x, double y) { return (x + y) / 10; });
}

/// Six hills and valleys of radius 2; the steepest counts.
Point multigauss(const RowContext& c) {
  return field(c, [](double x, double y) {
    static constexpr double hills[][3] = {{-4, 2.5, 1},   {0, 2.5, -1}, {4, 2.5, 1},
                                          {-4, -2.5, -1}, {0, -2.5, 1}, {4, -2.5, -1}};
    double label = 0;
    for (const auto& h : hills) {
      const double v = std::max(0.0, 1 - std::hypot(x - h[0], y - h[1]) / 2);
      if (v > std::fabs(label)) label = h[2] * v;
    }
    return label;
  });
}

}  // namespace

double RowDraws::uniform(int k, double low, double high) const {
  return low + (high - low) * sdk::uniform<double>(uniforms_, uint64_t(row_ * kDraws + k));
}
double RowDraws::normal(int k) const {
  return sdk::normal<double>(normals_, uint64_t(row_ * kDraws + k));
}

const std::vector<Generator>& generators() {
  static const std::vector<Generator> all = {
      {"xor", LabelKind::sign, 0, xor_},      {"and", LabelKind::sign, 0, and_},
      {"or", LabelKind::sign, 0, or_},        {"circle", LabelKind::sign, 0, circle},
      {"gauss", LabelKind::sign, 0, gauss},   {"spiral", LabelKind::sign, 0, spiral},
      {"moons", LabelKind::sign, 0, moons},   {"blobs", LabelKind::index, 1, blobs},
      {"plane", LabelKind::number, 0, plane}, {"multigauss", LabelKind::number, 0, multigauss}};
  return all;
}

}  // namespace nnrun
