#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/data/data.h"
#include "core/data/npy.h"
#include "tests/support/data_config.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::data;
using test::expect_error;
using test::inline_rows;
using test::source;
using test::TempDir;

template <class T> std::vector<T> values(const Array& a) {
  return {a.data<T>(), a.data<T>() + a.numel()};
}
using Floats = std::vector<float>;
using Classes = std::vector<int64_t>;
using Names = std::vector<std::string>;

Dataset numbers(const DataConfig& config) { return load_dataset(config, false, 0, {}, 1); }
Dataset classified(const DataConfig& config, int64_t n_outputs = 0) {
  return load_dataset(config, true, n_outputs, {}, 1);
}

const SourceConfig kXor = inline_rows("a b t", {"0 0 0", "0 1 1", "1 0 1", "1 1 0"});

// ---- tables

TEST(Load, PicksFeaturesAndTargetsByName) {
  const Dataset d = numbers(data(kXor, {"b", "a"}, {"t"}));
  EXPECT_EQ(d.train.features.shape(), (Shape{4, 2}));
  EXPECT_EQ(values<float>(d.train.features), (Floats{0, 0, 1, 0, 0, 1, 1, 1}));
  EXPECT_EQ(d.train.targets.shape(), (Shape{4, 1}));
  EXPECT_EQ(values<float>(d.train.targets), (Floats{0, 1, 1, 0}));
  EXPECT_EQ(d.feature_names, (Names{"b", "a"}));
  EXPECT_TRUE(d.normalization.offset.empty());
  EXPECT_EQ(d.val.count(), 0);
}

TEST(Load, WithoutFeaturesTakesEveryOtherColumn) {
  const Dataset d = numbers(data(kXor, {}, {"t"}));
  EXPECT_EQ(d.feature_names, (Names{"a", "b"}));
}

TEST(Load, PicksColumnsByNumber) {
  const Dataset d = numbers(data(kXor, {"1"}, {"2", "0"}));
  EXPECT_EQ(values<float>(d.train.features), (Floats{0, 1, 0, 1}));
  EXPECT_EQ(d.train.targets.shape(), (Shape{4, 2}));
}

TEST(Load, DerivesFeatures) {
  const SourceConfig s = inline_rows("x y t", {"2 3 0", "-1 4 0"});
  const Dataset d =
      numbers(data(s, {"x^2", "x*y", "-x^2+y/2", "sqrt(y+1)", "abs(x)-(x-1)*2"}, {"t"}));
  EXPECT_EQ(values<float>(d.train.features),
            (Floats{4, 6, -2.5f, 2, 0, 1, -4, 1, std::sqrt(5.0f), 5}));
}

TEST(Load, RefusesWrongDerivedFeatures) {
  auto refused = [](const std::string& feature, const std::string& fragment) {
    const Error e =
        expect_error(Code::model, fragment, [&] { numbers(data(kXor, {feature}, {"t"})); });
    EXPECT_EQ(e.where().line, 3) << feature;
    return e;
  };
  refused("a*", "at character 3");
  refused("a b", "operator or the end");
  refused("(a", "')' expected");
  refused("sinn(a)", "unknown function 'sinn'");
  refused("7", "reads no column");
  refused(std::string(100, '('), "nested deeper than 64");
  refused(std::string(100, '-') + "a", "nested deeper than 64");
  EXPECT_EQ(refused("bb", "no column 'bb'").hint(), "did you mean 'b'?");
}

TEST(Load, ADerivedFeatureThatIsNotFiniteNamesTheRow) {
  const Error e = expect_error(Code::model, "'1/a' is inf", [] {
    numbers(data(inline_rows("a t", {"1 0", "0 0"}), {"1/a"}, {"t"}));
  });
  EXPECT_EQ(e.where().line, 101);
}

TEST(Load, NamesTheRowAndColumnOfABadCell) {
  TempDir dir;
  for (const char* cell : {"abc", "", "1e999", "nan", "inf", "0x10", "1e39", "--1", "+-1"}) {
    dir.put("p.csv", std::string("x,y,t\n1,2,0\n3,") + cell + ",1\n");
    const Error e = expect_error(Code::data, "column 'y': ", [&] {
      numbers(data(source("csv", {{"path", "p.csv"}}, dir.path()), {"x", "y"}, {"t"}));
    });
    EXPECT_EQ(e.where().file, dir.file("p.csv"));
    EXPECT_EQ(e.where().line, 3);
    EXPECT_EQ(e.where().col, 2);
  }
}

TEST(Load, ShowsALongBadCellInPart) {
  const Error e = expect_error(Code::model, std::string(32, 'x') + "...'", [] {
    numbers(data(inline_rows("a t", {std::string(500, 'x') + " 0"}), {"a"}, {"t"}));
  });
  EXPECT_EQ(e.where().line, 100);
}

TEST(Load, HintsAtADecimalComma) {
  TempDir dir;
  dir.put("p.csv", "x;t\n1,5;0\n");
  const Error e = expect_error(Code::data, "'1,5'", [&] {
    numbers(data(source("csv", {{"path", "p.csv"}, {"delimiter", ";"}}, dir.path()), {"x"}, {"t"}));
  });
  EXPECT_NE(e.hint().find("decimal point"), std::string::npos);
}

TEST(Load, NamesAMissingFileAtItsPlaceInTheModel) {
  const Error e = expect_error(Code::data, "/nowhere/p.csv: No such file", [] {
    numbers(data(source("csv", {{"path", "p.csv"}}, "/nowhere"), {"x"}, {"t"}));
  });
  EXPECT_EQ(e.where().file, "m.yaml");
  EXPECT_EQ(e.where().col, 10);
}

TEST(Load, RefusesUnknownSourcesArgumentsAndColumns) {
  EXPECT_EQ(expect_error(Code::model, "unknown data source 'cvs'",
                         [] { numbers(data(source("cvs", {}), {}, {"t"})); })
                .hint(),
            "did you mean 'csv'?");
  const Error e = expect_error(Code::model, "unknown argument 'pat'", [] {
    numbers(data(source("csv", {{"header", true}, {"pat", "x"}}), {}, {"t"}));
  });
  EXPECT_EQ(e.where().col, 11);
  expect_error(Code::model, "path is missing", [] { numbers(data(source("csv", {}), {}, {"t"})); });
  expect_error(Code::model, "delimiter must be one", [] {
    numbers(data(source("csv", {{"path", "x"}, {"delimiter", "ab"}}), {}, {"t"}));
  });
  EXPECT_EQ(expect_error(Code::model, "no column 'u'", [] { numbers(data(kXor, {"a"}, {"u"})); })
                .where()
                .line,
            4);
  expect_error(Code::model, "data.target is missing", [] { numbers(data(kXor, {"a"}, {})); });
}

TEST(Load, RefusesInlineRowsOfAnotherLength) {
  const Error e = expect_error(Code::model, "expected 2 columns, got 3", [] {
    numbers(data(inline_rows("a t", {"0 1", "1 2 3"}), {"a"}, {"t"}));
  });
  EXPECT_EQ(e.where().line, 101);
}

// ---- classes

TEST(Load, TextLabelsAreClassesInSortedOrder) {
  const Dataset d =
      classified(data(inline_rows("x t", {"1 dog", "2 cat", "3 dog", "4 ant"}), {"x"}, {"t"}), 3);
  EXPECT_EQ(d.classes, (Names{"ant", "cat", "dog"}));
  EXPECT_EQ(values<int64_t>(d.train.targets), (Classes{2, 1, 2, 0}));
  EXPECT_EQ(d.train.targets.shape(), Shape{4});
}

TEST(Load, MoreTextLabelsThanOutputsAreListed) {
  expect_error(Code::model, "3 classes (a, b, c), the model tells apart 2", [] {
    classified(data(inline_rows("x t", {"1 a", "1 b", "1 c"}), {"x"}, {"t"}), 2);
  });
}

TEST(Load, IntegerLabelsCountFromZero) {
  const Dataset d = classified(data(inline_rows("x t", {"1 2", "2 0.0"}), {"x"}, {"t"}), 4);
  EXPECT_EQ(d.classes, (Names{"0", "1", "2", "3"}));
  EXPECT_EQ(values<int64_t>(d.train.targets), (Classes{2, 0}));
}

TEST(Load, RefusesLabelsThatAreNoClass) {
  for (const char* label : {"-1", "3", "1.5", "cat"}) {
    const Error e = expect_error(Code::model, "expected an integer 0 to 2", [&] {
      classified(data(inline_rows("x t", {"1 0", std::string("1 ") + label}), {"x"}, {"t"}), 3);
    });
    EXPECT_EQ(e.where().line, 101);
    EXPECT_EQ(e.where().col, 2);
  }
}

TEST(Load, TextTargetsWithoutClassesAreRefusedWithAHint) {
  const Error e = expect_error(Code::model, "'yes' is not a finite number",
                               [] { numbers(data(inline_rows("x t", {"1 yes"}), {"x"}, {"t"})); });
  EXPECT_NE(e.hint().find("CrossEntropyLoss"), std::string::npos);
}

// ---- arrays

class LoadArrays : public ::testing::Test {
 protected:
  DataConfig npy(const Array& x, const Array& y) {
    write_npy(dir_.file("x.npy"), x);
    write_npy(dir_.file("y.npy"), y);
    return data(source("npy", {{"features", "x.npy"}, {"target", "y.npy"}}, dir_.path()), {}, {});
  }
  TempDir dir_;
};

TEST_F(LoadArrays, KeepsTheDtypeAndAddsAMissingChannelAxis) {
  const Array x(DType::uint8, {3, 4, 5}), y = Array::of<uint8_t>({3}, {0, 1, 1});
  const Dataset d = load_dataset(npy(x, y), true, 2, {1, 4, 5}, 1);
  EXPECT_EQ(d.train.features.shape(), (Shape{3, 1, 4, 5}));
  EXPECT_EQ(d.train.features.dtype(), DType::uint8);
  EXPECT_EQ(values<int64_t>(d.train.targets), (Classes{0, 1, 1}));
}

TEST_F(LoadArrays, AMismatchNamesBothShapes) {
  const DataConfig c = npy(Array(DType::uint8, {3, 4, 5}), Array(DType::uint8, {3}));
  const Error e = expect_error(Code::data, "(4, 5), the model's input_shape is (20,)",
                               [&] { load_dataset(c, true, 2, {20}, 1); });
  EXPECT_NE(e.hint().find("[4, 5]"), std::string::npos);
  expect_error(Code::model, "(2,), the model's input_shape is (3,)", [] {
    load_dataset(data(kXor, {"a", "b"}, {"t"}), false, 1, {3}, 1);
  });
}

TEST_F(LoadArrays, RefusesOtherNumbersOfRows) {
  const DataConfig c = npy(Array(DType::float32, {3, 2}), Array(DType::float32, {4, 1}));
  expect_error(Code::data, "features have 3 rows, targets have 4", [&] { numbers(c); });
}

TEST_F(LoadArrays, RefusesNoRows) {
  const DataConfig c = npy(Array(DType::float32, {0, 2}), Array(DType::float32, {0}));
  expect_error(Code::data, "no rows", [&] { numbers(c); });
}

TEST_F(LoadArrays, NamesTheRowThatHoldsNan) {
  Array x = Array::of<float>({2, 2}, {1, 2, 3, NAN});
  const Error e = expect_error(Code::data, "row 2 holds nan",
                               [&] { numbers(npy(x, Array(DType::float32, {2}))); });
  EXPECT_EQ(e.where().file, dir_.file("x.npy"));
}

TEST_F(LoadArrays, RefusesColumnsOfATable) {
  DataConfig c = npy(Array(DType::float32, {2, 2}), Array(DType::float32, {2}));
  c.features = {"x"};
  expect_error(Code::model, "npy gives arrays", [&] { numbers(c); });
}

TEST_F(LoadArrays, ClassesMustBeOneARow) {
  const DataConfig c = npy(Array(DType::float32, {2, 2}), Array(DType::int64, {2, 3}));
  expect_error(Code::data, "(2, 3), expected one class a row", [&] { classified(c); });
}

TEST_F(LoadArrays, ReadsMembersOfAnArchive) {
  write_npz(dir_.file("d.npz"),
            {{"x", Array::of<double>({2, 1}, {1, 2})}, {"y", Array::of<double>({2}, {3, 4})}});
  const Attrs attrs = {{"path", "d.npz"}, {"features", "x"}, {"target", "y"}};
  const Dataset d = numbers(data(source("npz", attrs, dir_.path()), {}, {}));
  EXPECT_EQ(d.train.features.dtype(), DType::float64);
  EXPECT_EQ(values<float>(d.train.targets), (Floats{3, 4}));
  const Attrs wrong = {{"path", "d.npz"}, {"features", "z"}};
  expect_error(Code::data, "it holds: x, y",
               [&] { numbers(data(source("npz", wrong, dir_.path()), {}, {})); });
}

TEST_F(LoadArrays, SaysThatImagesAndLabelsAreSwapped) {
  dir_.put("labels", std::string("\0\0\10\1\0\0\0\1a", 9));
  dir_.put("images", std::string("\0\0\10\3\0\0\0\1\0\0\0\1\0\0\0\1a", 17));
  const Attrs attrs = {{"features", "labels"}, {"target", "images"}};
  expect_error(Code::data, "look swapped",
               [&] { classified(data(source("idx", attrs, dir_.path()), {}, {})); });
}

// ---- splits

SourceConfig counted(int n) {
  std::vector<std::string> rows;
  for (int i = 0; i < n; ++i) rows.push_back(std::to_string(i) + (i % 4 == 0 ? " a" : " b"));
  return inline_rows("x t", rows);
}

DataConfig split_of(int n, double train, double val, double test, bool stratify = false) {
  DataConfig c = data(counted(n), {"x"}, {"t"});
  c.split = SplitConfig{train, val, test, stratify, {"m.yaml", 6, 1}};
  return c;
}

TEST(Split, DealsEveryRowOnce) {
  const Dataset d = classified(split_of(100, 0.7, 0.2, 0.1));
  EXPECT_EQ(d.train.count(), 70);
  EXPECT_EQ(d.val.count(), 20);
  EXPECT_EQ(d.test.count(), 10);
  std::multiset<float> seen;
  for (const Rows* r : {&d.train, &d.val, &d.test}) {
    const Floats x = values<float>(r->features);
    EXPECT_TRUE(std::is_sorted(x.begin(), x.end()));
    seen.insert(x.begin(), x.end());
    for (int64_t i = 0; i < r->count(); ++i) {
      EXPECT_EQ(r->targets.at(i), int64_t(r->features.at(i)) % 4 == 0 ? 0 : 1);
    }
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(std::set<float>(seen.begin(), seen.end()).size(), 100u);
}

TEST(Split, FollowsTheSeed) {
  const DataConfig c = split_of(100, 0.5, 0.5, 0);
  const Array a = load_dataset(c, true, 0, {}, 1).train.features;
  EXPECT_TRUE(same_bits(a, load_dataset(c, true, 0, {}, 1).train.features));
  EXPECT_FALSE(same_bits(a, load_dataset(c, true, 0, {}, 2).train.features));
}

TEST(Split, StratifyGivesEachPartItsShareOfEachClass) {
  const Dataset d = classified(split_of(80, 0.5, 0.25, 0.25, true));
  for (const auto& [rows, share] : {std::pair{&d.train, 10}, {&d.val, 5}, {&d.test, 5}}) {
    const Classes t = values<int64_t>(rows->targets);
    EXPECT_EQ(std::count(t.begin(), t.end(), 0), share);
    EXPECT_EQ(std::count(t.begin(), t.end(), 1), 3 * share);
  }
}

TEST(Split, RefusesWhatCannotBe) {
  EXPECT_EQ(expect_error(Code::model, "add up to 0.9", [] { classified(split_of(9, 0.7, 0.2, 0)); })
                .where()
                .line,
            6);
  expect_error(Code::model, "train > 0", [] { classified(split_of(9, 0, 1, 0)); });
  expect_error(Code::model, "train > 0", [] { classified(split_of(9, 1.2, -0.2, 0)); });
  expect_error(Code::data, "val: 0.1 of 3 rows is no row",
               [] { classified(split_of(3, 0.9, 0.1, 0)); });
  expect_error(Code::model, "stratify needs", [] {
    DataConfig c = data(kXor, {"a"}, {"t"});
    c.split = SplitConfig{0.5, 0.5, 0, true, {}};
    numbers(c);
  });
  expect_error(Code::model, "both say where", [] {
    DataConfig c = split_of(10, 0.5, 0.5, 0);
    c.val = counted(10);
    classified(c);
  });
}

TEST(Split, AValidationSourceIsReadWithTheTrainingClasses) {
  DataConfig c = data(inline_rows("x t", {"1 a", "2 c", "3 b"}), {"x"}, {"t"});
  c.val = inline_rows("t x", {"c 5"});
  EXPECT_EQ(values<int64_t>(classified(c).val.targets), Classes{2});
  c.val = inline_rows("t x", {"d 5"});
  EXPECT_EQ(
      expect_error(Code::model, "'d' is not one of the classes", [&] { classified(c); }).hint(),
      "the classes: a, b, c");
}

// ---- normalisation

TEST(Normalize, UsesTheTrainingPartAlone) {
  DataConfig c = data(inline_rows("x y t", {"1 10 0", "3 30 0"}), {"x", "y"}, {"t"});
  c.val = inline_rows("x y t", {"100 100 0"});
  c.normalize = "minmax";
  const Normalization m = numbers(c).normalization;
  EXPECT_EQ(m.offset, (std::vector<double>{1, 10}));
  EXPECT_EQ(m.scale, (std::vector<double>{0.5, 0.05}));
  c.normalize = "standard";
  const Normalization s = numbers(c).normalization;
  EXPECT_EQ(s.offset, (std::vector<double>{2, 20}));
  EXPECT_EQ(s.scale, (std::vector<double>{1, 0.1}));
  EXPECT_FALSE(s.per_channel);
}

TEST(Normalize, NamesAConstantColumn) {
  DataConfig c = data(inline_rows("x y t", {"1 7 0", "3 7 0"}), {"x", "y"}, {"t"});
  for (const char* kind : {"minmax", "standard"}) {
    c.normalize = kind;
    const Error e = expect_error(Code::data, "column 'y' is 7", [&] { numbers(c); });
    EXPECT_EQ(e.where().line, 5);
  }
  c.normalize = "unit";
  EXPECT_EQ(numbers(c).normalization.scale, std::vector<double>(2, 1.0 / 255));
  c.normalize = "z";
  expect_error(Code::model, "expected one of", [&] { numbers(c); });
}

TEST(Normalize, IsPerChannelOfImages) {
  TempDir dir;
  Array x(DType::uint8, {2, 2, 1, 2});
  const std::vector<uint8_t> pixels = {0, 2, 10, 30, 4, 6, 50, 70};
  std::copy(pixels.begin(), pixels.end(), x.data<uint8_t>());
  write_npz(dir.file("d.npz"), {{"x", x}, {"y", Array(DType::float32, {2})}});
  DataConfig c = data(
      source("npz", {{"path", "d.npz"}, {"features", "x"}, {"target", "y"}}, dir.path()), {}, {});
  c.normalize = "standard";
  const Normalization n = numbers(c).normalization;
  EXPECT_TRUE(n.per_channel);
  EXPECT_EQ(n.offset, (std::vector<double>{3, 40}));
  EXPECT_NEAR(n.scale[0], 1 / std::sqrt(5.0), 1e-15);
}

// ---- rows for predict and eval

TEST(LoadRows, ReadsAsInTrainingAndNeedsNoTargets) {
  TempDir dir;
  const DataConfig c = data(inline_rows("x y t", {"1 2 b", "3 4 a"}), {"x*y", "x"}, {"t"});
  const Dataset d = classified(c, 2);
  const DataMeta meta{d.feature_names, d.target_names, d.classes, d.normalization};
  dir.put("new.csv", "y,x\n5,6\n");
  const SourceConfig fresh = source("csv", {{"path", "new.csv"}}, dir.path());
  const Rows rows = load_rows(fresh, c, meta, true, 2, {2}, false);
  EXPECT_EQ(values<float>(rows.features), (Floats{30, 6}));
  EXPECT_FALSE(rows.targets.defined());
  const Error e = expect_error(Code::data, "no column 't'",
                               [&] { load_rows(fresh, c, meta, true, 2, {2}, true); });
  EXPECT_EQ(e.where().file, dir.file("new.csv"));
  EXPECT_EQ(e.where().line, 1);
  const Rows again = load_rows(c.source, c, meta, true, 2, {2}, true);
  EXPECT_EQ(values<int64_t>(again.targets), (Classes{1, 0}));
}

TEST(LoadRows, TakesWhatIsNoTargetWhenTheModelFileNamesNoFeatures) {
  const DataConfig c = data(kXor, {}, {"t"});
  const Dataset d = numbers(c);
  const DataMeta meta{d.feature_names, d.target_names, d.classes, d.normalization};
  const Rows rows = load_rows(inline_rows("b z a", {"1 9 0"}), c, meta, false, 0, {2}, false);
  EXPECT_EQ(values<float>(rows.features), (Floats{0, 1}));
}

TEST(Load, ReadsFashionMnist) {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  auto files = [&](const std::string& part) {
    return source("idx", {{"features", folder + part + "-images-idx3-ubyte.gz"},
                          {"target", folder + part + "-labels-idx1-ubyte.gz"}});
  };
  DataConfig c = data(files("train"), {}, {});
  c.test = files("t10k");
  c.normalize = "standard";
  const Dataset d = load_dataset(c, true, 10, {1, 28, 28}, 1);
  EXPECT_EQ(d.train.features.shape(), (Shape{60000, 1, 28, 28}));
  EXPECT_EQ(d.test.count(), 10000);
  EXPECT_EQ(d.train.targets.at(0), 9);
  EXPECT_NEAR(d.normalization.offset[0], 0.2860 * 255, 0.02);
  EXPECT_NEAR(1 / d.normalization.scale[0], 0.3530 * 255, 0.02);
}

}  // namespace
}  // namespace nnrun
