#include <cmath>
#include <set>

#include "core/data/generators.h"
#include "core/data/shuffle.h"
#include "tests/support/data_config.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::data;
using test::expect_error;
using test::source;

Dataset make(const Attrs& attrs, bool classes = false, uint64_t seed = 1) {
  return load_dataset(data(source("generator", attrs), {}, {}), classes, 0, {2}, seed);
}

/// Calls f(x, y, label) for every row.
template <class F> void each_point(const Dataset& d, F&& f) {
  for (int64_t i = 0; i < d.train.count(); ++i) {
    f(d.train.features.at(2 * i), d.train.features.at(2 * i + 1), d.train.targets.at(i));
  }
}

TEST(Generator, GivesColumnsXYAndLabel) {
  const Dataset d = make({{"name", "spiral"}, {"n", 501}});
  EXPECT_EQ(d.train.count(), 501);
  EXPECT_EQ(d.feature_names, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(d.target_names, std::vector<std::string>{"label"});
}

TEST(Generator, EveryNameGivesFinitePointsFromTheSeedAlone) {
  for (const Generator& g : generators()) {
    const Dataset a = make({{"name", g.name}, {"n", 100}, {"noise", 0.2}});
    EXPECT_TRUE(same_bits(a.train.features,
                          make({{"name", g.name}, {"n", 100}, {"noise", 0.2}}).train.features));
    EXPECT_FALSE(
        same_bits(a.train.features,
                  make({{"name", g.name}, {"n", 100}, {"noise", 0.2}}, false, 2).train.features))
        << g.name;
    each_point(a, [&](double x, double y, double) { EXPECT_LT(std::hypot(x, y), 20) << g.name; });
  }
}

TEST(Generator, LabelsFollowTheShape) {
  each_point(make({{"name", "xor"}}), [](double x, double y, double label) {
    EXPECT_EQ(label, x * y >= 0 ? 1 : -1);
    EXPECT_GE(std::fabs(x), 0.3f);
    EXPECT_LE(std::fabs(x), 5.3f);
  });
  each_point(make({{"name", "and"}}),
             [](double x, double y, double label) { EXPECT_EQ(label, x > 0 && y > 0 ? 1 : -1); });
  each_point(make({{"name", "or"}}),
             [](double x, double y, double label) { EXPECT_EQ(label, x > 0 || y > 0 ? 1 : -1); });
  each_point(make({{"name", "circle"}}), [](double x, double y, double label) {
    const double r = std::hypot(x, y);
    EXPECT_TRUE(label > 0 ? r < 2.5 : r > 3.49 && r < 5.01) << r;
  });
  each_point(make({{"name", "plane"}}),
             [](double x, double y, double label) { EXPECT_NEAR(label, (x + y) / 10, 1e-6); });
}

TEST(Generator, ASpiralRunsFromTheOriginToFive) {
  double longest = 0;
  each_point(make({{"name", "spiral"}, {"n", 1000}}), [&](double x, double y, double label) {
    const double r = std::hypot(x, y), t = 1.75 * r / 5 * 2 * M_PI + (label > 0 ? 0 : M_PI);
    EXPECT_NEAR(x, r * std::sin(t), 1e-4);
    longest = std::max(longest, r);
  });
  EXPECT_NEAR(longest, 5, 0.02);
}

TEST(Generator, GaussHasVarianceOneHalfWithoutNoise) {
  double sum = 0, n = 0;
  each_point(make({{"name", "gauss"}, {"n", 10000}}), [&](double x, double, double label) {
    const double d = x - 2 * label;
    sum += d * d, ++n;
  });
  EXPECT_NEAR(sum / n, 0.5, 0.03);
}

TEST(Generator, RowsAreMixed) {
  int changes = 0;
  double before = 0;
  each_point(make({{"name", "gauss"}, {"n", 200}}), [&](double, double, double label) {
    changes += label != before;
    before = label;
  });
  EXPECT_GT(changes, 50);
}

TEST(Generator, LabelsServeAsClasses) {
  const Dataset two = make({{"name", "circle"}, {"n", 50}}, true);
  EXPECT_EQ(two.classes, (std::vector<std::string>{"-1", "1"}));
  each_point(two, [](double x, double y, double label) {
    EXPECT_EQ(label, std::hypot(x, y) < 2.5 ? 1 : 0);
  });
  const Dataset five = make({{"name", "blobs"}, {"n", 50}, {"centers", 5}}, true);
  EXPECT_EQ(five.classes.size(), 5u);
  std::set<double> seen;
  each_point(five, [&](double, double, double label) { seen.insert(label); });
  EXPECT_EQ(seen.size(), 5u);
}

TEST(Generator, TheLowLabelCanBeZero) {
  each_point(make({{"name", "xor"}, {"low", 0}}),
             [](double x, double y, double label) { EXPECT_EQ(label, x * y >= 0 ? 1 : 0); });
}

TEST(Generator, RefusesWhatItCannotMake) {
  EXPECT_EQ(expect_error(Code::model, "expected one of",
                         [] {
                           make({{"name", "spirl"}});
                         })
                .hint(),
            "did you mean 'spiral'?");
  expect_error(Code::model, "n is 0", [] { make({{"name", "xor"}, {"n", 0}}); });
  expect_error(Code::memory, "n is 10000000000", [] {
    make({{"name", "xor"}, {"n", 10000000000}});
  });
  expect_error(Code::model, "low is 1", [] { make({{"name", "xor"}, {"low", 1}}); });
}

TEST(Generator, ValidationPointsAreOthers) {
  DataConfig c = data(source("generator", {{"name", "xor"}}), {}, {});
  c.val = c.source;
  const Dataset d = load_dataset(c, false, 0, {}, 1);
  EXPECT_FALSE(same_bits(d.train.features, d.val.features));
}

std::vector<int64_t> permutation(uint64_t seed, int64_t epoch, size_t n) {
  std::vector<int64_t> order(n);
  permute(seed, epoch, order);
  return order;
}

TEST(Permutation, HoldsEachRowOnceAndFollowsSeedAndEpoch) {
  const std::vector<int64_t> a = permutation(7, 3, 1000);
  EXPECT_EQ(std::set<int64_t>(a.begin(), a.end()).size(), 1000u);
  EXPECT_EQ(*std::max_element(a.begin(), a.end()), 999);
  EXPECT_EQ(a, permutation(7, 3, 1000));
  EXPECT_NE(a, permutation(7, 4, 1000));
  EXPECT_NE(a, permutation(8, 3, 1000));
}

}  // namespace
}  // namespace nnrun
