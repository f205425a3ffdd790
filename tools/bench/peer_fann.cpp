// FANN's side of a comparison (peers): XOR with sigmoid layers, as told on standard input.
//
//   nnrun-bench-fann train|predict BATCH THREADS FOLDER
//
// FOLDER/model.safetensors has the first weights. FANN's batch training divides by the number of
// rows, and its gradient is that of half the squared error, hence twice the rate of the model file.
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <fann.h>

#include <nnrun/error.h>
#include <nnrun/serialize.h>

namespace {

/// A layer's weights, in the order of FANN: for each neuron its inputs and then its bias.
struct Layer {
  nnrun::Tensor weight, bias;
};

class Fann {
 public:
  Fann(const std::string& folder, float learning_rate) : rate_(learning_rate) {
    nnrun::serialize::InputArchive archive;
    archive.load_from(folder + "/model.safetensors");
    for (int i = 0; i < 1000; ++i) {
      Layer layer;
      const std::string name = std::to_string(i);
      if (!archive.try_read(name + ".weight", layer.weight)) continue;
      archive.read(name + ".bias", layer.bias);
      if (layers_.empty()) sizes_.push_back(unsigned(layer.weight.size(1)));
      sizes_.push_back(unsigned(layer.weight.size(0)));
      layers_.push_back(layer);
    }
    if (sizes_.size() < 2 || sizes_.front() != 2 || sizes_.back() != 1)
      throw nnrun::Error(nnrun::Code::model, "not a network for XOR");
    data_ = fann_create_train(4, 2, 1);
    for (unsigned i = 0; i < 4; ++i) {
      data_->input[i][0] = float(i >> 1);
      data_->input[i][1] = float(i & 1);
      data_->output[i][0] = float((i >> 1) ^ (i & 1));
    }
    restart();
  }
  ~Fann() {
    fann_destroy(net_);
    fann_destroy_train(data_);
  }
  Fann(const Fann&) = delete;
  Fann& operator=(const Fann&) = delete;

  void restart() {
    if (net_ != nullptr) fann_destroy(net_);
    net_ = fann_create_standard_array(unsigned(sizes_.size()), sizes_.data());
    fann_set_activation_function_hidden(net_, FANN_SIGMOID);
    fann_set_activation_function_output(net_, FANN_SIGMOID);
    fann_set_training_algorithm(net_, FANN_TRAIN_BATCH);
    fann_set_train_error_function(net_, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(net_, 2 * rate_);
    fann_set_learning_momentum(net_, 0);
    float* to = net_->weights;
    for (const Layer& layer : layers_) {
      const float *weight = layer.weight.data_ptr<float>(), *bias = layer.bias.data_ptr<float>();
      const int64_t inputs = layer.weight.size(1);
      for (int64_t i = 0; i < layer.weight.size(0); ++i) {
        to = std::copy_n(weight + i * inputs, inputs, to);
        *to++ = bias[i];
      }
    }
  }
  float train(int64_t steps) {
    for (int64_t i = 0; i < steps; ++i) loss_ = fann_train_epoch(net_, data_);
    return loss_;
  }
  /// Inputs are those of nnrun-bench-steps predict.
  float predict(int64_t calls) {
    float y = 0;
    for (int64_t i = 0; i < calls; ++i, ++next_) {
      std::array<float, 2> x = inputs_[next_ % 4];
      y = *fann_run(net_, x.data());
    }
    return std::abs(y);
  }
  void digest() const {
    const float* from = net_->weights;
    for (size_t l = 0; l < layers_.size(); ++l) {
      double sum[2] = {}, squares[2] = {};
      const int64_t inputs = layers_[l].weight.size(1), outputs = layers_[l].weight.size(0);
      for (int64_t i = 0; i < outputs * (inputs + 1); ++i, ++from) {
        const bool bias = i % (inputs + 1) == inputs;
        sum[bias] += double(*from);
        squares[bias] += double(*from) * double(*from);
      }
      std::printf("%zu.bias %.9g %.9g %zu.weight %.9g %.9g ", 2 * l, sum[1] / double(outputs),
                  std::sqrt(squares[1]), 2 * l, sum[0] / double(outputs * inputs),
                  std::sqrt(squares[0]));
    }
    std::printf("\n");
  }

 private:
  static std::array<std::array<float, 2>, 4> make_inputs() {
    std::array<std::array<float, 2>, 4> r{};
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t k = 0; k < 2; ++k)
        r[size_t(i)][size_t(k)] = float((i * 977 + k) * 40503 % 65536) / 65536;
    return r;
  }
  float rate_, loss_ = 0;
  std::vector<unsigned> sizes_;
  std::vector<Layer> layers_;
  fann_train_data* data_ = nullptr;
  fann* net_ = nullptr;
  std::array<std::array<float, 2>, 4> inputs_ = make_inputs();
  size_t next_ = 0;
};

/// The number behind "lr:" of the model file.
float learning_rate(const std::string& folder) {
  std::ifstream in(folder + "/model.yaml");
  for (std::string line; std::getline(in, line);)
    if (const size_t at = line.find(" lr: "); at != std::string::npos)
      return std::stof(line.substr(at + 5));
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "usage: nnrun-bench-fann train|predict BATCH THREADS FOLDER\n");
    return 2;
  }
  const bool train = std::strcmp(argv[1], "train") == 0;
  Fann net(argv[4], learning_rate(argv[4]));
  std::printf("FANN 2.2\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    int64_t n = 0;
    words >> command >> n;
    if (command == "run") {
      const auto began = std::chrono::steady_clock::now();
      const float value = train ? net.train(n) : net.predict(n);
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
      std::printf("%lld %.9g\n", static_cast<long long>(took.count()), double(value));
    } else if (command == "digest") {
      net.digest();
    } else {
      net.restart();
      std::printf("ok\n");
    }
    std::fflush(stdout);
  }
} catch (const std::exception& e) {
  std::fprintf(stderr, "nnrun-bench-fann: %s\n", e.what());
  return 1;
}
