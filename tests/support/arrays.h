// Arrays for tests: random ones that follow a sample, and comparison with a tolerance by dtype.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/ops/op.h"
#include "core/plan/evaluate.h"
#include "core/plugin/plugins.h"

namespace nnrun::test {

/// The one table of tolerances: |a - b| <= absolute + relative * |b|. Sums of n terms get sqrt(n).
struct Tolerance {
  double absolute, relative;
};
inline Tolerance tolerance(DType t) {
  switch (t) {
    case DType::float64: return {1e-12, 1e-11};
    case DType::float32: return {2e-5, 2e-5};
    case DType::float16: return {4e-3, 4e-3};
    case DType::bfloat16: return {3e-2, 3e-2};
    default: return {0, 0};
  }
}

/// Values of `in`, in the dtype under test; 16-bit values are already rounded.
inline Array draw(const Sample::In& in, DType dtype, const std::vector<double>& kinks,
                  std::mt19937_64& random) {
  if (in.absent) return {};
  const DType t = in.fixed ? in.dtype : dtype;
  Array a(DType::float64, in.shape);
  const int64_t n = a.numel();
  std::vector<double> v(size_t(n), 0.0);
  const double lo = t == DType::uint8 ? std::max(in.lo, 0.0) : in.lo;
  const double hi = std::max(in.hi, lo);
  for (int64_t i = 0; i < n; ++i) {
    if (in.distinct) {
      v[size_t(i)] = lo + (hi - lo) * (double(i) + 0.5) / double(n);
    } else {
      v[size_t(i)] = std::uniform_real_distribution<double>(lo, hi)(random);
    }
    for (double k : kinks) {
      if (is_float(t) && std::fabs(v[size_t(i)] - k) < 1e-2) v[size_t(i)] = k + 2e-2;
    }
    if (!is_float(t)) v[size_t(i)] = std::round(v[size_t(i)]);
    if (t == DType::boolean) v[size_t(i)] = double(random() & 1);
  }
  if (in.distinct) std::shuffle(v.begin(), v.end(), random);
  std::copy(v.begin(), v.end(), a.data<double>());
  return a.cast(t);
}

inline PlanOptions on(const std::vector<std::string>& backends, int threads = 1) {
  PlanOptions o;
  for (const std::string& b : backends) o.backends.push_back(find_backend(b));
  o.threads = threads;
  return o;
}

/// Applies one op to arrays (an undefined array is an absent operand).
inline std::vector<Array> apply(const std::string& op, const std::vector<Array>& in,
                                const Attrs& attrs, const PlanOptions& options) {
  Graph g;
  GraphBuilder b(g);
  std::map<std::string, Array> arrays;
  std::vector<Var> vars;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].defined()) {
      vars.push_back({});
      continue;
    }
    const std::string name = "x" + std::to_string(i);
    arrays[name] = in[i];
    vars.push_back(b.var(g.add_input(name, {in[i].dtype(), in[i].shape()})));
  }
  const std::vector<Var> out = b.call(op, vars, attrs);
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i]) g.outputs[std::to_string(i)] = out[i].id;
  }
  const std::map<std::string, Array> r = evaluate(g, arrays, options);
  std::vector<Array> result(out.size());
  for (const auto& [name, a] : r) result[size_t(std::stoi(name))] = a;
  return result;
}

/// Elementwise closeness; NaN equals NaN.
inline ::testing::AssertionResult close(const Array& got, const Array& want, Tolerance t) {
  if (got.shape() != want.shape()) {
    return ::testing::AssertionFailure()
           << "shape " << got.shape().str() << ", want " << want.shape().str();
  }
  for (int64_t i = 0; i < got.numel(); ++i) {
    const double a = got.at(i), b = want.at(i);
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b || std::fabs(a - b) <= t.absolute + t.relative * std::fabs(b)) continue;
    return ::testing::AssertionFailure()
           << "element " << i << " of " << got.shape().str() << " is " << a << ", want " << b;
  }
  return ::testing::AssertionSuccess();
}

}  // namespace nnrun::test
