// Files as tensors, and data sets of tensors: what libtorch does not have, or its programs do not
// show.
#include <nnrun/data.h>

#include "core/data/npy.h"
#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::expect_error;
using test::TempDir;
using Sizes = std::vector<int64_t>;

std::string idx(std::initializer_list<int> sizes, const std::string& bytes, char type = 8) {
  std::string s{0, 0, type, char(sizes.size())};
  for (int n : sizes) s += {0, 0, char(n >> 8), char(n & 0xff)};
  return s + bytes;
}

/// The order in which a loader gives the rows 0 to n - 1.
std::vector<int64_t> order(int64_t n) {
  auto rows = data::datasets::TensorDataset(arange(n));
  auto loader = data::make_data_loader(rows, 4);
  std::vector<int64_t> r;
  for (auto& batch : *loader) {
    for (auto& e : batch) r.push_back(e.data.item<int64_t>());
  }
  return r;
}

TEST(LoadNpy, GivesTheArrayAsATensor) {
  TempDir dir;
  write_npy(dir.file("x.npy"), Array::of<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Tensor x = load_npy(dir.file("x.npy"));
  EXPECT_TRUE(x.equal(tensor({{1, 2, 3}, {4, 5, 6}}, kDouble)));
  EXPECT_EQ(x.scalar_type(), kDouble);
  expect_error(Code::data, dir.file("y.npy"), [&] { load_npy(dir.file("y.npy")); });
  expect_error(Code::data, "npy", [&] { load_npy(dir.put("z.npy", "no numbers")); });
}

TEST(LoadNpz, GivesAllArraysByName) {
  TempDir dir;
  write_npz(dir.file("x.npz"),
            {{"a", Array::of<float>({2}, {1, 2})}, {"labels", Array::of<int64_t>({}, {7})}});
  const std::map<std::string, Tensor> all = load_npz(dir.file("x.npz"));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all.at("a").equal(tensor({1.0, 2.0})));
  EXPECT_EQ(all.at("labels").item<int64_t>(), 7);
  expect_error(Code::data, "y.npz: not a sound zip",
               [&] { load_npz(dir.put("y.npz", "no archive")); });
}

TEST(Mnist, IsReadFromTheFilesOfItsFolder) {
  TempDir dir;
  dir.put("train-images-idx3-ubyte", idx({2, 2, 3}, std::string("\0\xff\x33\0\0\0abcdef", 12)));
  dir.put("train-labels-idx1-ubyte", idx({2}, std::string("\7\3")));
  data::datasets::MNIST train(dir.path());
  EXPECT_EQ(train.size(), 2u);
  EXPECT_TRUE(train.is_train());
  EXPECT_EQ(train.images().sizes().vec(), (Sizes{2, 1, 2, 3}));
  const data::Example<> e = train.get(0);
  EXPECT_EQ(e.data.sizes().vec(), (Sizes{1, 2, 3}));
  EXPECT_EQ(e.data.scalar_type(), kFloat);
  EXPECT_FLOAT_EQ(e.data[0][0][1].item<float>(), 1);
  EXPECT_FLOAT_EQ(e.data[0][0][2].item<float>(), 0.2f);
  EXPECT_EQ(e.target.scalar_type(), kLong);
  EXPECT_EQ(train.targets()[1].item<int64_t>(), 3);
}

TEST(Mnist, SaysWhatIsWrongWithItsFiles) {
  TempDir dir;
  using data::datasets::MNIST;
  const auto test_set = [&] { MNIST(dir.path(), MNIST::Mode::kTest); };
  expect_error(Code::data, "t10k-images-idx3-ubyte", test_set);
  dir.put("t10k-images-idx3-ubyte", idx({1, 1, 2}, "ab"));
  dir.put("t10k-labels-idx1-ubyte", idx({2}, "\1\2"));
  expect_error(Code::data, "1 images, but 2 labels", test_set);
  dir.put("t10k-labels-idx1-ubyte", idx({1, 2}, "\1\2"));
  expect_error(Code::data, "uint8 of shape (1, 2), expected bytes of 1 dimensions", test_set);
}

TEST(RandomSampler, OrderIsTheSeedsAndAnotherOneEachTime) {
  manual_seed(3);
  const std::vector<int64_t> first = order(50), second = order(50);
  manual_seed(3);
  EXPECT_EQ(order(50), first);
  EXPECT_NE(second, first);
  std::vector<int64_t> sorted = second;
  std::sort(sorted.begin(), sorted.end());
  for (int64_t i = 0; i < 50; ++i) EXPECT_EQ(sorted[size_t(i)], i);
}

TEST(RandomSampler, GoesOnWhereItWasSaved) {
  TempDir dir;
  data::samplers::RandomSampler a(10), b(10);
  a.next(4);
  serialize::OutputArchive out;
  a.save(out);
  out.save_to(dir.file("s"));
  serialize::InputArchive in;
  in.load_from(dir.file("s"));
  b.load(in);
  EXPECT_EQ(b.index(), 4u);
  EXPECT_EQ(*b.next(6), *a.next(6));
}

TEST(DataLoader, RefusesWhatGivesNoBatches) {
  auto rows = data::datasets::TensorDataset(arange(3));
  expect_error(Code::model, "batch_size is 0", [&] { data::make_data_loader(rows, 0); });
  auto loader = data::make_data_loader(rows, 3);
  auto at = ++loader->begin();
  EXPECT_TRUE(at == loader->end());
  expect_error(Code::model, "past the end", [&] { ++at; });
  expect_error(Code::model, "past the end", [&] { *at; });
}

}  // namespace
}  // namespace nnrun
