// Data sets, transforms, samplers and loaders.
#include <sstream>

#include "tests/libtorch/torch.h"

using torch::Tensor;
namespace data = torch::data;
using Ex = data::Example<>;

/// Points on a parabola.
struct Parabola : data::datasets::Dataset<Parabola> {
  explicit Parabola(size_t n) : n_(n) {}
  Ex get(size_t i) override {
    const double x = double(i) / 4;
    return {torch::full({1, 2, 2}, x), torch::tensor(x * x)};
  }
  torch::optional<size_t> size() const override { return n_; }

 private:
  size_t n_;
};

struct Negate : data::transforms::TensorTransform<> {
  Tensor operator()(Tensor x) override { return -x; }
};

template <class Loader> void print(Loader& loader) {
  for (auto& batch : *loader) {
    std::cout << batch.data.sizes() << " " << batch.target.sizes() << "\n"
              << batch.data << "\n"
              << batch.target << "\n";
  }
}

int main() {
  auto stacked = Parabola(7).map(data::transforms::Stack<>());
  auto loader = data::make_data_loader<data::samplers::SequentialSampler>(stacked, 3);
  print(loader);
  print(loader);

  auto changed = Parabola(5)
                     .map(data::transforms::Normalize<>({0.5}, {0.25}))
                     .map(Negate())
                     .map(data::transforms::Lambda<Ex>([](Ex e) {
                       e.target = e.target + 1;
                       return e;
                     }))
                     .map(data::transforms::Stack<>());
  auto dropping =
      data::make_data_loader(std::move(changed), data::samplers::SequentialSampler(5),
                             data::DataLoaderOptions().batch_size(2).drop_last(true).workers(0));
  print(dropping);

  auto rows = data::datasets::TensorDataset(torch::arange(12).view({6, 2}));
  std::cout << rows.size().value() << " " << rows.get(1).data << "\n";
  auto tensors = data::make_data_loader<data::samplers::SequentialSampler>(
      rows.map(data::transforms::Stack<data::TensorExample>()), 4);
  for (auto it = tensors->begin(); it != tensors->end(); ++it) std::cout << it->data << "\n";

  // Every example once, whatever the order.
  auto random = data::make_data_loader(Parabola(10).map(data::transforms::Stack<>()),
                                       data::DataLoaderOptions(4));
  Tensor sum = torch::zeros({});
  int64_t n = 0;
  for (auto& batch : *random) {
    sum += batch.target.sum();
    n += batch.data.size(0);
  }
  std::cout << n << " " << sum.item<float>() << "\n";

  auto collate = [](std::vector<Ex> examples) { return int64_t(examples.size()); };
  auto counted = data::make_data_loader<data::samplers::SequentialSampler>(
      Parabola(5).map(data::transforms::Collate<int64_t, std::vector<Ex>>(collate)), 2);
  for (int64_t count : *counted) std::cout << count << " ";
  std::cout << "\n";

  data::samplers::SequentialSampler sampler(5);
  std::cout << sampler.next(2)->size() << sampler.next(2)->at(1) << sampler.index()
            << sampler.next(2)->size() << sampler.next(2).has_value() << "\n";
  sampler.reset();
  std::cout << sampler.next(9)->size() << "\n";
  data::samplers::RandomSampler mixed(100);
  std::cout << mixed.next(60)->size() << " " << mixed.next(60)->size() << " "
            << mixed.next(60).has_value() << "\n";
}
