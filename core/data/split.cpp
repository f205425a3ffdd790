#include "core/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <nnrun/sdk/philox.hpp>

#include "core/base/text.h"

namespace nnrun {
namespace {

void check(const SplitConfig& s, const Array& classes) {
  const double sum = s.train + s.val + s.test;
  const bool positive = s.train > 0 && s.val >= 0 && s.test >= 0;
  if (!positive || !(std::fabs(sum - 1) < 1e-6)) {
    throw Error(Code::model, "split: train " + number_text(s.train) + ", val " +
                                 number_text(s.val) + " and test " + number_text(s.test) +
                                 " add up to " + number_text(float(sum)) +
                                 ", expected shares that add up to 1, with train > 0")
        .at(s.where);
  }
  if (s.stratify && (!classes.defined() || classes.dtype() != DType::int64)) {
    throw Error(Code::model, "split: stratify needs targets that are classes")
        .at(s.where)
        .with_hint("they are with CrossEntropyLoss and NLLLoss");
  }
}

void check_part(const SplitConfig& s, const char* name, double share, size_t rows, int64_t n) {
  if (share <= 0 || rows > 0) return;
  throw Error(Code::data, std::string("split: ") + name + ": " + number_text(share) + " of " +
                              std::to_string(n) + " rows is no row")
      .at(s.where);
}

}  // namespace

Parts deal(const SplitConfig& split, int64_t n, const Array& classes, uint64_t seed) {
  check(split, classes);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const auto state = sdk::random_state(seed, "split", "");
  sdk::shuffle(state.data(), order.data(), order.size());
  if (split.stratify) {
    const int64_t* c = classes.data<int64_t>();
    std::stable_sort(order.begin(), order.end(), [c](int64_t a, int64_t b) { return c[a] < c[b]; });
  }

  Parts parts;
  // Class after class, each part up to its rounded share of all rows so far: so each class, and the
  // whole, is within a row of its share.
  for (size_t begin = 0; begin < order.size();) {
    size_t end = order.size();
    if (split.stratify) {
      const int64_t* c = classes.data<int64_t>();
      end = begin;
      while (end < order.size() && c[order[end]] == c[order[begin]]) ++end;
    }
    const size_t val = size_t(std::llround(split.val * double(end)));
    const size_t test = size_t(std::llround((split.val + split.test) * double(end))) - val;
    for (size_t i = begin; i < end; ++i) {
      std::vector<int64_t>& part = parts.val.size() < val     ? parts.val
                                   : parts.test.size() < test ? parts.test
                                                              : parts.train;
      part.push_back(order[i]);
    }
    begin = end;
  }
  check_part(split, "train", split.train, parts.train.size(), n);
  check_part(split, "val", split.val, parts.val.size(), n);
  check_part(split, "test", split.test, parts.test.size(), n);
  for (auto* part : {&parts.train, &parts.val, &parts.test}) std::sort(part->begin(), part->end());
  return parts;
}

namespace {

Array take(const Array& a, const std::vector<int64_t>& numbers) {
  if (!a.defined()) return {};
  Shape shape = a.shape();
  const size_t row = size_t(a.bytes() / std::max<int64_t>(shape[0], 1));
  shape[0] = int64_t(numbers.size());
  Array r(a.dtype(), shape);
  for (size_t i = 0; i < numbers.size(); ++i) {
    std::memcpy(static_cast<char*>(r.raw()) + i * row,
                static_cast<const char*>(a.raw()) + size_t(numbers[i]) * row, row);
  }
  return r;
}

}  // namespace

Rows take(const Rows& rows, const std::vector<int64_t>& numbers) {
  return {take(rows.features, numbers), take(rows.targets, numbers)};
}

}  // namespace nnrun
