// nnrun's side of a comparison (peers): does a task as it is told on standard input.
//
//   nnrun-bench-steps train BATCH MODEL.yaml [key=value ...]      training steps, in one call
//   nnrun-bench-steps predict BATCH MODEL.yaml [key=value ...]    an input each, and its output
//   nnrun-bench-steps gather BATCH                                batches out of a set of bytes
//   nnrun-bench-steps adam N                                      updates of N * 668,672 parameters
//   nnrun-bench-steps matmul|matmul_bf16 N                        products of NxN matrices
//   nnrun-bench-steps copy|chain N                                N million floats: moved; a
//   formula of them nnrun-bench-steps plan BATCH MODEL.yaml [key=value ...]       from a file to
//   the first step
//
//     run N        do it N times                ->  nanoseconds, a value that both sides must share
//     restart      from the first weights       ->  "ok"
//     digest       the weights: name, mean, norm of each
//     save FOLDER  model.yaml and model.safetensors, where peers start from  ->  "ok"
//
// Tensors of tasks without a model lie on the device $NNRUN_BENCH_DEVICE.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <nnrun/nn.h>
#include <nnrun/optim.h>
#include <nnrun/serialize.h>
#include <nnrun/session.h>
#include <nnrun/tensor.h>

namespace {

using nnrun::Tensor;

/// What is timed, and what is asked before and after.
struct Task {
  virtual ~Task() = default;
  virtual void run(int64_t n) = 0;
  virtual double value() = 0;
  virtual void restart() {}
  virtual std::map<std::string, Tensor> weights() { return {}; }
  virtual std::string model() { return {}; }
};

double l2(const Tensor& t) {
  return std::sqrt(nnrun::sum(nnrun::square(t.to(nnrun::kDouble))).item<double>());
}

/// Numbers that every peer can make: k * 40503 mod 65536, from 0 to 1.
Tensor numbers(nnrun::IntArrayRef shape, int64_t first = 0) {
  Tensor t = nnrun::empty(shape, nnrun::kFloat);
  float* at = t.data_ptr<float>();
  for (int64_t k = 0; k < t.numel(); ++k) at[k] = float((first + k) * 40503 % 65536) / 65536;
  return t;
}

nnrun::Device device() {
  const char* name = std::getenv("NNRUN_BENCH_DEVICE");
  return name != nullptr ? name : "cpu";
}

/// Waits for the device, as nothing else does that only launches.
void wait_for(const Tensor& t) { t.reshape({-1}).narrow(0, 0, 1).item(); }

struct Model : Task {
  Model(std::string file, nnrun::OpenOptions with)
      : path(std::move(file)), options(std::move(with)) {
    restart();
  }
  void restart() override {
    session = std::make_unique<nnrun::Session>(nnrun::Session::load(path, options));
  }
  std::map<std::string, Tensor> weights() override { return session->state_dict(); }
  std::string model() override { return session->spec(); }
  std::string path;
  nnrun::OpenOptions options;
  std::unique_ptr<nnrun::Session> session;
};

struct Train : Model {
  using Model::Model;
  void run(int64_t n) override { loss = session->run_steps(n); }
  double value() override { return loss; }
  double loss = 0;
};

struct Plan : Train {
  using Train::Train;
  void run(int64_t n) override {
    for (int64_t i = 0; i < n; ++i) {
      restart();
      Train::run(1);
    }
  }
};

struct Predict : Model {
  Predict(int64_t batch, std::string file, nnrun::OpenOptions with)
      : Model(std::move(file), std::move(with)) {
    std::vector<int64_t> shape = session->layers().at(0).in;
    shape.at(0) = batch;
    for (int64_t i = 0; i < 4; ++i) {
      inputs.push_back(numbers(shape, i * 977));
      from.push_back(inputs.back().data_ptr());
    }
    x = numbers(shape);
    to = x.data_ptr();
  }
  void run(int64_t n) override {
    const size_t bytes = size_t(x.nbytes());
    for (int64_t i = 0; i < n; ++i) {
      std::memcpy(to, from[next++ % from.size()], bytes);
      y = session->predict(x);
      read = *static_cast<const volatile char*>(y.data_ptr());
    }
  }
  double value() override { return l2(y); }
  std::vector<Tensor> inputs;
  std::vector<const void*> from;
  Tensor x, y;
  void* to = nullptr;
  size_t next = 0;
  char read = 0;
};

/// Rows of 784 bytes, in an order without order, as float from 0 to 1.
struct Gather : Task {
  explicit Gather(int64_t rows) : batch(rows) {
    set = (numbers({kRows, 784}) * 255).to(nnrun::kByte);
    for (int64_t b = 0; b + batch <= kRows; b += batch) {
      Tensor rows_of_batch = nnrun::empty({batch}, nnrun::kLong);
      for (int64_t i = 0; i < batch; ++i)
        rows_of_batch.data_ptr<int64_t>()[i] = (b + i) * 7919 % kRows;
      order.push_back(rows_of_batch);
    }
  }
  void run(int64_t n) override {
    for (int64_t i = 0; i < n; ++i) {
      x = nnrun::index_select(set, 0, order[next++ % order.size()]).to(nnrun::kFloat);
      x.mul_(1.0 / 255);
    }
  }
  double value() override { return l2(x); }
  static constexpr int64_t kRows = 60000;
  int64_t batch;
  Tensor set, x;
  std::vector<Tensor> order;
  size_t next = 0;
};

struct Adam : Task {
  explicit Adam(int64_t times) {
    for (const std::vector<int64_t>& shape :
         {std::vector<int64_t>{512 * times, 784}, {512 * times, 512}, {10 * times, 512}}) {
      Tensor p = numbers(shape).to(device());
      p.requires_grad_();
      p.mutable_grad() = numbers(shape, 7).to(device());
      parameters.push_back(p);
    }
    optimizer = std::make_unique<nnrun::optim::Adam>(parameters, nnrun::optim::AdamOptions(1e-3));
  }
  void run(int64_t n) override {
    for (int64_t i = 0; i < n; ++i) optimizer->step();
    wait_for(parameters[0].detach());
  }
  double value() override { return l2(parameters[0].detach()); }
  std::vector<Tensor> parameters;
  std::unique_ptr<nnrun::optim::Adam> optimizer;
};

struct Product : Task {
  Product(int64_t size, nnrun::ScalarType dtype)
      : a(numbers({size, size}).to(device(), dtype)),
        b(numbers({size, size}, 7).to(device(), dtype)) {}
  void run(int64_t n) override {
    for (int64_t i = 0; i < n; ++i) c = nnrun::mm(a, b);
    wait_for(c);
  }
  double value() override { return l2(c); }
  Tensor a, b, c;
};

/// What memory bounds: each element is read once and written once.
struct Elements : Task {
  explicit Elements(int64_t count) : x(numbers({count}).to(device())), y(nnrun::empty_like(x)) {}
  void run(int64_t n) override {
    nnrun::NoGradGuard no_grad;
    for (int64_t i = 0; i < n; ++i) once();
    wait_for(y);
  }
  virtual void once() { y.copy_(x); }
  double value() override { return l2(y); }
  Tensor x, y;
};

struct Chain : Elements {
  using Elements::Elements;
  void once() override { y = formula.forward(x); }
  nnrun::nn::AnyModule formula =
      nnrun::nn::make("Formula", {{"expr", "x * sigmoid(1.5 * x) + max(x, 0)"}});
};

std::unique_ptr<Task> task_of(const std::vector<std::string>& words) {
  const std::string& name = words.at(0);
  const int64_t batch = std::stoll(words.at(1));
  if (name == "adam") return std::make_unique<Adam>(batch);
  if (name == "gather") return std::make_unique<Gather>(batch);
  if (name == "matmul") return std::make_unique<Product>(batch, nnrun::kFloat);
  if (name == "matmul_bf16") return std::make_unique<Product>(batch, nnrun::kBFloat16);
  if (name == "copy") return std::make_unique<Elements>(batch * 1000000);
  if (name == "chain") return std::make_unique<Chain>(batch * 1000000);
  nnrun::OpenOptions options;
  options.overrides.assign(words.begin() + 3, words.end());
  if (name == "predict") return std::make_unique<Predict>(batch, words.at(2), options);
  options.overrides.push_back("training.batch_size=" + words[1]);
  if (name == "plan") return std::make_unique<Plan>(words.at(2), options);
  if (name == "train") return std::make_unique<Train>(words.at(2), options);
  throw nnrun::Error(nnrun::Code::usage, "not a task: " + name);
}

void save(Task& task, const std::string& folder) {
  nnrun::serialize::OutputArchive archive;
  for (const auto& [name, t] : task.weights()) archive.write(name, t);
  archive.save_to(folder + "/model.safetensors");
  std::ofstream(folder + "/model.yaml") << task.model();
}

bool answer(Task& task, const std::string& line) {
  std::istringstream words(line);
  std::string command, rest;
  words >> command >> rest;
  if (command == "run") {
    const int64_t n = std::stoll(rest);
    const auto began = std::chrono::steady_clock::now();
    task.run(n);
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
    std::printf("%lld %.9g\n", static_cast<long long>(took.count()), task.value());
  } else if (command == "restart") {
    task.restart();
    std::printf("ok\n");
  } else if (command == "digest") {
    for (const auto& [name, t] : task.weights()) {
      const Tensor d = t.to(nnrun::kDouble);
      std::printf("%s %.9g %.9g ", name.c_str(), nnrun::mean(d).item<double>(), l2(d));
    }
    std::printf("\n");
  } else if (command == "save") {
    save(task, rest);
    std::printf("ok\n");
  } else {
    return false;
  }
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  if (const char* threads = std::getenv("OMP_NUM_THREADS"))
    nnrun::set_num_threads(std::stoi(threads));
  const std::unique_ptr<Task> task = task_of({argv + 1, argv + argc});
  std::printf("nnrun\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (answer(*task, line)) continue;
    std::fprintf(stderr, "nnrun-bench-steps: not a command: %s\n", line.c_str());
    return 2;
  }
} catch (const std::out_of_range&) {
  std::fprintf(stderr, "usage: nnrun-bench-steps TASK BATCH [MODEL.yaml [key=value ...]]\n");
  return 2;
} catch (const std::exception& e) {
  std::fprintf(stderr, "nnrun-bench-steps: %s\n", e.what());
  return 1;
}
