// Data for training loops: data sets give examples by index, transforms change them, samplers say
// in which order, and a data loader goes through all of it batch by batch. Names are libtorch's.
//
//   auto set = data::datasets::MNIST("mnist").map(data::transforms::Stack<>());
//   auto loader = data::make_data_loader(std::move(set), 64);
//   for (auto& batch : *loader) model->forward(batch.data);
//
// Objects of this file are for one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nnrun/nn/support.h>
#include <nnrun/serialize.h>
#include <nnrun/tensor.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

/// The array in a .npy file, and all arrays in a .npz file by name, on the CPU. Whole numbers
/// without a dtype here are widened. Throws Error(data) naming file and field, Error(memory) over a
/// limit.
Tensor load_npy(const std::string& path);
std::map<std::string, Tensor> load_npz(const std::string& path);

namespace data {

namespace example {
using NoTarget = void;
}

/// One sample, or after Stack a batch of them.
template <typename Data = Tensor, typename Target = Tensor> struct Example {
  using DataType = Data;
  using TargetType = Target;
  Example() = default;
  Example(Data d, Target t) : data(std::move(d)), target(std::move(t)) {}
  Data data;
  Target target;
};
template <typename Data> struct Example<Data, example::NoTarget> {
  using DataType = Data;
  using TargetType = example::NoTarget;
  Example() = default;
  Example(Data d) : data(std::move(d)) {}
  operator Data&() { return data; }
  operator const Data&() const { return data; }
  Data data;
};
using TensorExample = Example<Tensor, example::NoTarget>;

namespace datasets {

template <typename SourceDataset, typename AppliedTransform> class MapDataset;

/// What gives a batch for a request; by default the examples of some indices.
template <typename Self, typename Batch = std::vector<Example<>>,
          typename BatchRequest = ArrayRef<size_t>>
class BatchDataset {
 public:
  using SelfType = Self;
  using BatchType = Batch;
  using BatchRequestType = BatchRequest;
  static constexpr bool is_stateful = false;

  virtual ~BatchDataset() = default;
  virtual Batch get_batch(BatchRequest request) = 0;
  /// How many examples there are, when that is known.
  virtual optional<size_t> size() const = 0;

  /// This data set, of which each batch goes through the transform.
  template <typename TransformType> MapDataset<Self, TransformType> map(TransformType transform) & {
    return {static_cast<Self&>(*this), std::move(transform)};
  }
  template <typename TransformType>
  MapDataset<Self, TransformType> map(TransformType transform) && {
    return {std::move(static_cast<Self&>(*this)), std::move(transform)};
  }
};

/// What gives one example by its index: a program's own data set derives from it.
template <typename Self, typename SingleExample = Example<>> class Dataset
    : public BatchDataset<Self, std::vector<SingleExample>> {
 public:
  using ExampleType = SingleExample;
  virtual ExampleType get(size_t index) = 0;
  std::vector<ExampleType> get_batch(ArrayRef<size_t> indices) override {
    std::vector<ExampleType> batch;
    batch.reserve(indices.size());
    for (const size_t i : indices) batch.push_back(get(i));
    return batch;
  }
};

template <typename SourceDataset, typename AppliedTransform> class MapDataset
    : public BatchDataset<MapDataset<SourceDataset, AppliedTransform>,
                          typename AppliedTransform::OutputBatchType,
                          typename SourceDataset::BatchRequestType> {
  static_assert(
      std::is_same_v<typename SourceDataset::BatchType, typename AppliedTransform::InputBatchType>,
      "the data set gives another type of batch than the transform takes");

 public:
  using DatasetType = SourceDataset;
  using TransformType = AppliedTransform;
  using BatchRequestType = typename SourceDataset::BatchRequestType;
  using OutputBatchType = typename AppliedTransform::OutputBatchType;

  MapDataset(DatasetType dataset, TransformType transform)
      : dataset_(std::move(dataset)), transform_(std::move(transform)) {}
  OutputBatchType get_batch(BatchRequestType request) override {
    return transform_.apply_batch(dataset_.get_batch(std::move(request)));
  }
  optional<size_t> size() const noexcept override { return dataset_.size(); }
  const SourceDataset& dataset() noexcept { return dataset_; }
  const AppliedTransform& transform() noexcept { return transform_; }

 private:
  SourceDataset dataset_;
  AppliedTransform transform_;
};

/// The rows of a tensor, without targets.
struct TensorDataset : Dataset<TensorDataset, TensorExample> {
  explicit TensorDataset(const std::vector<Tensor>& tensors) : TensorDataset(stack(tensors)) {}
  explicit TensorDataset(Tensor t) : tensor(std::move(t)) {}
  TensorExample get(size_t index) override { return tensor[int64_t(index)]; }
  optional<size_t> size() const override { return size_t(tensor.size(0)); }
  Tensor tensor;
};

/// MNIST, and what comes in its format (Fashion-MNIST): the IDX files of the folder `root` under
/// their usual names (train-images-idx3-ubyte, t10k-labels-idx1-ubyte, ...), plain or gzipped with
/// .gz. Images are float from 0 to 1 of {1, 28, 28}, targets int64. Throws Error(data) naming the
/// file.
class MNIST : public Dataset<MNIST> {
 public:
  enum class Mode { kTrain, kTest };
  explicit MNIST(const std::string& root, Mode mode = Mode::kTrain);
  Example<> get(size_t index) override;
  optional<size_t> size() const override;
  bool is_train() const noexcept { return mode_ == Mode::kTrain; }
  const Tensor& images() const { return images_; }
  const Tensor& targets() const { return targets_; }

 private:
  Mode mode_;
  Tensor images_, targets_;
};

}  // namespace datasets

namespace transforms {

/// From a whole batch to another.
template <typename InputBatch, typename OutputBatch> class BatchTransform {
 public:
  using InputBatchType = InputBatch;
  using OutputBatchType = OutputBatch;
  virtual ~BatchTransform() = default;
  virtual OutputBatch apply_batch(InputBatch input_batch) = 0;
};
/// From one example to another.
template <typename Input, typename Output> class Transform
    : public BatchTransform<std::vector<Input>, std::vector<Output>> {
 public:
  using InputType = Input;
  using OutputType = Output;
  virtual OutputType apply(InputType input) = 0;
  std::vector<Output> apply_batch(std::vector<Input> input_batch) override {
    std::vector<Output> output;
    output.reserve(input_batch.size());
    for (Input& input : input_batch) output.push_back(apply(std::move(input)));
    return output;
  }
};

template <typename Input, typename Output = Input> class BatchLambda
    : public BatchTransform<Input, Output> {
 public:
  using FunctionType = std::function<Output(Input)>;
  explicit BatchLambda(FunctionType function) : function_(std::move(function)) {}
  Output apply_batch(Input input_batch) override { return function_(std::move(input_batch)); }

 private:
  FunctionType function_;
};
template <typename Input, typename Output = Input> class Lambda : public Transform<Input, Output> {
 public:
  using FunctionType = std::function<Output(Input)>;
  explicit Lambda(FunctionType function) : function_(std::move(function)) {}
  Output apply(Input input) override { return function_(std::move(input)); }

 private:
  FunctionType function_;
};

/// Changes the data, and leaves the target.
template <typename Target = Tensor> class TensorTransform
    : public Transform<Example<Tensor, Target>, Example<Tensor, Target>> {
 public:
  using E = Example<Tensor, Target>;
  virtual Tensor operator()(Tensor input) = 0;
  E apply(E input) override {
    input.data = (*this)(std::move(input.data));
    return input;
  }
};
template <typename Target = Tensor> class TensorLambda : public TensorTransform<Target> {
 public:
  using FunctionType = std::function<Tensor(Tensor)>;
  explicit TensorLambda(FunctionType function) : function_(std::move(function)) {}
  Tensor operator()(Tensor input) override { return function_(std::move(input)); }

 private:
  FunctionType function_;
};
/// (x - mean) / stddev, for each channel of an image.
template <typename Target = Tensor> struct Normalize : TensorTransform<Target> {
  Normalize(ArrayRef<double> means, ArrayRef<double> stddevs)
      : mean(tensor(means, kFloat32).unsqueeze(1).unsqueeze(2)),
        stddev(tensor(stddevs, kFloat32).unsqueeze(1).unsqueeze(2)) {}
  Tensor operator()(Tensor input) override { return input.sub(mean).div(stddev); }
  Tensor mean, stddev;
};

/// Many examples to one.
template <typename T, typename BatchType = std::vector<T>> using Collation =
    BatchTransform<BatchType, T>;
template <typename T, typename BatchType = std::vector<T>> using Collate =
    BatchLambda<BatchType, T>;

/// Data and targets of all examples, stacked in a new first dimension.
template <typename T = Example<>> struct Stack;
template <> struct Stack<Example<>> : Collation<Example<>> {
  Example<> apply_batch(std::vector<Example<>> examples) override {
    std::vector<Tensor> d, t;
    for (Example<>& e : examples) {
      d.push_back(std::move(e.data));
      t.push_back(std::move(e.target));
    }
    return {stack(d), stack(t)};
  }
};
template <> struct Stack<TensorExample> : Collation<TensorExample> {
  TensorExample apply_batch(std::vector<TensorExample> examples) override {
    std::vector<Tensor> d;
    for (TensorExample& e : examples) d.push_back(std::move(e.data));
    return stack(d);
  }
};

}  // namespace transforms

namespace samplers {

/// Gives what to ask a data set for, until everything was asked for; reset() starts anew.
template <typename BatchRequest = std::vector<size_t>> class Sampler {
 public:
  using BatchRequestType = BatchRequest;
  virtual ~Sampler() = default;
  virtual void reset(optional<size_t> new_size) = 0;
  virtual optional<BatchRequest> next(size_t batch_size) = 0;
  virtual void save(serialize::OutputArchive& archive) const = 0;
  virtual void load(serialize::InputArchive& archive) = 0;
};

/// Every index once, in an order of the global generator that is another one after each reset.
class RandomSampler : public Sampler<> {
 public:
  explicit RandomSampler(int64_t size, Dtype index_dtype = kInt64);
  void reset(optional<size_t> new_size = nullopt) override;
  optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept { return index_; }

 private:
  Tensor indices_;
  size_t index_ = 0;
};
class SequentialSampler : public Sampler<> {
 public:
  explicit SequentialSampler(size_t size) : size_(size) {}
  void reset(optional<size_t> new_size = nullopt) override;
  optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept { return index_; }

 private:
  size_t size_, index_ = 0;
};

}  // namespace samplers

/// Batches are made by the thread that asks for them, in the order of the sampler. workers,
/// max_jobs, timeout and enforce_ordering are taken and change nothing.
struct DataLoaderOptions {
  DataLoaderOptions() = default;
  DataLoaderOptions(size_t batch_size) : batch_size_(batch_size) {}
  TORCH_ARG(size_t, batch_size) = 1;
  TORCH_ARG(size_t, workers) = 0;
  TORCH_ARG(optional<size_t>, max_jobs);
  TORCH_ARG(optional<std::chrono::milliseconds>, timeout);
  TORCH_ARG(bool, enforce_ordering) = true;
  /// A last batch of fewer than batch_size examples is left out.
  TORCH_ARG(bool, drop_last) = false;
};

/// An input iterator: copies are one position.
template <typename Batch> class Iterator {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = Batch;
  using pointer = Batch*;
  using reference = Batch&;
  using iterator_category = std::input_iterator_tag;
  using BatchProducer = std::function<optional<Batch>()>;

  Iterator() = default;  // past the end
  explicit Iterator(BatchProducer next) : at_(std::make_shared<At>(At{std::move(next), {}})) {
    ++*this;
  }
  Iterator& operator++() {
    if (at_ == nullptr) past_the_end();
    at_->batch = at_->next();
    if (!at_->batch) at_ = nullptr;
    return *this;
  }
  Batch& operator*() {
    if (at_ == nullptr) past_the_end();
    return *at_->batch;
  }
  Batch* operator->() { return &**this; }
  bool operator==(const Iterator& other) const { return at_ == other.at_; }
  bool operator!=(const Iterator& other) const { return at_ != other.at_; }

 private:
  struct At {
    BatchProducer next;
    optional<Batch> batch;
  };
  [[noreturn]] static void past_the_end() {
    throw Error(Code::model, "an iterator of a data loader is used past the end");
  }
  std::shared_ptr<At> at_;
};

/// Batches of a data set. Each begin() starts over, with the sampler reset; iterators must not
/// outlive the loader.
template <typename Dataset, typename Sampler> class StatelessDataLoader {
 public:
  using BatchType = typename Dataset::BatchType;
  StatelessDataLoader(Dataset dataset, Sampler sampler, DataLoaderOptions options)
      : dataset_(std::move(dataset)), sampler_(std::move(sampler)), options_(std::move(options)) {
    if (options_.batch_size() == 0) {
      throw Error(Code::model, "[make_data_loader] batch_size is 0, expected at least 1");
    }
  }
  StatelessDataLoader(const StatelessDataLoader&) = delete;
  StatelessDataLoader& operator=(const StatelessDataLoader&) = delete;

  Iterator<BatchType> begin() {
    sampler_.reset(nullopt);
    return Iterator<BatchType>([this] { return next(); });
  }
  Iterator<BatchType> end() { return {}; }
  const DataLoaderOptions& options() const noexcept { return options_; }

 private:
  optional<BatchType> next() {
    auto request = sampler_.next(options_.batch_size());
    if (!request || (options_.drop_last() && request->size() < options_.batch_size())) return {};
    return dataset_.get_batch(std::move(*request));
  }
  Dataset dataset_;
  Sampler sampler_;
  DataLoaderOptions options_;
};

template <typename Dataset, typename Sampler>
std::unique_ptr<StatelessDataLoader<Dataset, Sampler>> make_data_loader(Dataset dataset,
                                                                        Sampler sampler,
                                                                        DataLoaderOptions options) {
  return std::make_unique<StatelessDataLoader<Dataset, Sampler>>(
      std::move(dataset), std::move(sampler), std::move(options));
}
template <typename Sampler = samplers::RandomSampler, typename Dataset,
          typename = std::enable_if_t<std::is_constructible_v<Sampler, size_t>>>
std::unique_ptr<StatelessDataLoader<Dataset, Sampler>> make_data_loader(
    Dataset dataset, DataLoaderOptions options = {}) {
  const optional<size_t> size = dataset.size();
  if (!size) {
    throw Error(Code::model, "[make_data_loader] the data set does not know its size")
        .with_hint("pass a sampler");
  }
  return make_data_loader(std::move(dataset), Sampler(*size), std::move(options));
}

}  // namespace data
}  // namespace nnrun
#pragma GCC visibility pop
