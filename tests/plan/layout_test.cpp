// Layouts of the oneDNN backend in whole graphs: what lies in them, what it costs in reorders, and
// that values are those of the reference backend.
#include "core/plan/layout.h"

#include <fstream>

#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

int count(const Program& p, const std::string& op) {
  return int(std::count_if(p.nodes.begin(), p.nodes.end(),
                           [&](const PlannedNode& n) { return n.op == op; }));
}
/// Ops whose results lie in a layout of a backend's.
std::set<std::string> blocked(const Program& p) {
  std::set<std::string> r;
  for (const PlannedNode& n : p.nodes) {
    if (n.op != "reorder" && !p.storages[n.out[0].storage].layout.empty()) r.insert(n.op);
  }
  return r;
}
using Ops = std::set<std::string>;

/// What is chosen hangs on what oneDNN has for a CPU: how large its blocks are, so how much padding
/// costs, and for which passes. The choices are checked where they are known, with AVX2; that
/// values are right, everywhere.
bool choices_are_known() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") && !__builtin_cpu_supports("avx512f") &&
         std::getenv("ONEDNN_MAX_CPU_ISA") == nullptr;
#else
  return false;
#endif
}

TEST(Layout, BetweenConvolutionsNothingIsReordered) {
  Net n;
  Var x = relu(n.conv(n.input("x", {2, 16, 12, 12}), "a", 32));
  x = n.pooled(x);
  x = relu(n.conv(x, "b", 16) + n.conv(x, "c", 16));
  n.graph.outputs["y"] = x.id;
  const PlanOptions o = on({"onednn", "reference"});
  const Program p = choose_layouts(place(n.graph, o), o);
  if (choices_are_known()) {
    EXPECT_EQ(blocked(p), (Ops{"conv2d", "relu", "max_pool2d", "add"}));
    EXPECT_LE(count(p, "reorder"), 3);  // the input, the output; oneDNN 3 likes one input otherwise
  }
  EXPECT_TRUE(p.storages[p.outputs.at("y").storage].layout.empty());
  for (const PlannedStorage& s : p.storages) {
    if (s.kind != ValueKind::state || !choices_are_known()) continue;
    EXPECT_NE(s.type.shape.rank() == 4, s.layout.empty()) << s.name;
  }
  expect_values_of_the_reference(n);
}

TEST(Layout, GradientsAndParametersStayInTheLayoutsOfTheirKernels) {
  Net n;
  Var x = relu(n.conv(n.input("x", {2, 16, 12, 12}), "a", 32));
  x = n.pooled(x);
  n.train(relu(n.conv(x, "b", 16)));
  const PlanOptions o = on({"onednn", "reference"});
  const Program p = choose_layouts(place(n.graph, o), o);
  const Ops ops = blocked(p);
  for (const char* op : {"conv2d_grad_input", "conv2d_grad_weight", "relu_grad", "sub"})
    EXPECT_TRUE(ops.count(op) || !choices_are_known()) << op;
  for (const auto& [state, value] : p.writes)
    EXPECT_EQ(p.storages[state].layout, p.storages[value.storage].layout);
  expect_values_of_the_reference(n, 3);
}

TEST(Layout, PaddedChannelsStayZero) {
  Net n;
  Var x = relu(n.conv(n.input("x", {2, 3, 12, 12}), "a", 6));
  x = n.pooled(x);
  x = n.conv(x, "b", 20);
  x = n.b.call1("sigmoid", {x});
  n.train(n.conv(x, "c", 12));
  expect_values_of_the_reference(n, 3);
}

TEST(Layout, BatchNormAndAdaptivePooling) {
  for (int64_t channels : {16, 24}) {
    Net n;
    Var x = n.conv(n.input("x", {3, 16, 12, 12}), "a", channels);
    const Var w = n.parameter("w", {channels}), bias = n.parameter("bias", {channels});
    const auto y = n.b.call("batch_norm", std::vector<Var>{x, w, bias}, {{"eps", 1e-5}});
    n.graph.outputs["mean"] = y[1].id;
    n.graph.outputs["var"] = y[2].id;
    const Var other = n.b.call1("batch_norm_inference", {x, w, bias, y[1], y[2]}, {{"eps", 1e-5}});
    n.graph.outputs["inference"] = sum(other * other, {0, 2, 3}).id;
    x = n.conv(relu(y[0]) + x, "b", 24);
    for (int64_t size : {1, 5}) {
      const Var pooled = n.b.call1("adaptive_avg_pool2d", {x}, {{"output_size", Ints{size, size}}});
      n.graph.outputs["pooled" + std::to_string(size)] = pooled.id;
      if (size == 5) n.train(pooled);
    }
    const PlanOptions o = on({"onednn", "reference"});
    const Ops ops = blocked(choose_layouts(place(n.graph, o), o));
    for (const char* op : {"batch_norm", "batch_norm_inference", "batch_norm_grad",
                           "adaptive_avg_pool2d", "adaptive_avg_pool2d_grad"})
      EXPECT_TRUE(ops.count(op) || !choices_are_known())
          << op << " with " << channels << " channels";
    expect_values_of_the_reference(n, 2, 2e-4);
  }
}

TEST(Layout, ConvolutionsInGroups) {
  for (int64_t groups : {2, 16}) {
    Net n;
    Attrs attrs = kSame;
    attrs.set("groups", groups);
    Var x = relu(n.conv(n.input("x", {2, 16, 12, 12}), "a", 32));
    x = relu(n.conv(n.conv(x, "b", 16), "c", 32, attrs));
    n.train(n.conv(x, "d", 16));
    expect_values_of_the_reference(n, 2);
  }
}

TEST(Layout, ASumOfAllIsTakenInAnyLayout) {
  Net n;
  Var x = n.conv(n.input("x", {2, 16, 12, 12}), "a", 20);
  n.graph.outputs["sum"] = sum(x * x).id;
  n.graph.outputs["y"] = n.conv(x, "b", 16).id;
  n.graph.outputs["ok"] = n.b.call1("all_finite", {n.b.constant(Array::scalar<uint8_t>(1)), x}).id;
  const PlanOptions o = on({"onednn", "reference"});
  if (choices_are_known()) {
    EXPECT_EQ(count(choose_layouts(place(n.graph, o), o), "reorder"), 2);
  }
  expect_values_of_the_reference(n);
}

TEST(Layout, AProgramWithoutConvolutionsIsAsItWas) {
  Net n;
  n.graph.outputs["y"] = relu(n.pooled(n.input("x", {2, 16, 8, 8}))).id;
  const PlanOptions o = on({"onednn", "reference"});
  const Program p = choose_layouts(place(n.graph, o), o);
  EXPECT_EQ(p.nodes.size(), 2u);
  EXPECT_EQ(blocked(p), Ops{});
}

/// Bytes in a layout whose name ends with its blocks: "aBcd16b" has 16 of dimension 1 in each.
int64_t bytes_in(const Type& t, const std::string& layout) {
  int64_t bytes = size_of(t.dtype);
  const size_t digit = layout.find_first_of("0123456789");
  for (int d = 0; d < t.shape.rank(); ++d) {
    const bool blocked = digit != std::string::npos && layout.back() == 'a' + d;
    const int64_t block = blocked ? std::stoi(layout.substr(digit)) : 1;
    bytes *= (t.shape[d] + block - 1) / block * block;
  }
  return bytes;
}

/// By number, inputs first: the layouts of operands that have one.
using Layouts = std::map<size_t, std::string>;

/// One op on the oneDNN backend by that implementation, with operands in those layouts; its results
/// row-major again.
std::vector<Array> in_layouts(const Layouts& layouts, const std::string& impl,
                              const std::string& op, const Attrs& attrs,
                              const std::vector<Array>& in, int threads = 1) {
  const PlanOptions o = on({"onednn"}, threads);
  Graph g;
  GraphBuilder b(g);
  std::vector<Var> vars;
  for (size_t i = 0; i < in.size(); ++i)
    vars.push_back(b.var(g.add_input(std::to_string(i), {in[i].dtype(), in[i].shape()})));
  const std::vector<Var> out = b.call(op, vars, attrs);
  for (size_t i = 0; i < out.size(); ++i) g.outputs[std::to_string(i)] = out[i].id;
  Program p = place(g, o);
  PlannedNode n = p.nodes.at(0);
  p.nodes.clear();
  KernelOffer as;
  for (size_t k = 0; k < n.in.size() + n.out.size(); ++k) {
    const Operand& x = k < n.in.size() ? n.in[k] : n.out[k - n.in.size()];
    as.layouts.push_back(layouts.count(k) != 0 ? layouts.at(k) : "");
    as.bytes.push_back(bytes_in(p.storages[x.storage].type, as.layouts.back()));
  }
  std::string why;
  KernelOffer chosen;
  const Backend& backend = *o.backends[0];
  for (KernelOffer& x :
       all_offers(backend.table().kernels, backend.self(), describe(p, n, o, &as), {}, &why)) {
    if (x.impl.substr(0, x.impl.find(':')) == impl) chosen = x;
  }
  EXPECT_EQ(chosen.layouts, as.layouts) << op << ": " << why;
  EXPECT_EQ(chosen.bytes, as.bytes) << op;
  n.choice = {chosen, 0};
  std::vector<PlannedNode> after;
  for (const auto& [k, layout] : layouts) {
    Operand& x = k < n.in.size() ? n.in[k] : n.out[k - n.in.size()];
    const PlannedStorage plain{p.storages[x.storage].type};
    PlannedStorage blocked = plain;
    blocked.layout = as.layouts[k];
    blocked.bytes = as.bytes[k];
    const bool is_in = k < n.in.size();
    PlannedNode r = reordering(is_in ? plain : blocked, is_in ? blocked : plain, o)->nodes.at(0);
    const Operand there{uint32_t(p.storages.size()), x.view};
    p.storages.push_back(blocked);
    r.in[0] = is_in ? x : there;
    r.out[0] = is_in ? there : x;
    x = there;
    if (is_in) {
      p.nodes.push_back(r);
    } else {
      after.push_back(r);
    }
  }
  p.nodes.push_back(n);
  p.nodes.insert(p.nodes.end(), after.begin(), after.end());
  Plan plan(p, o, [&](const std::string& name) -> void* {
    return const_cast<void*>(in.at(size_t(std::stoi(name))).raw());
  });
  plan.run();
  std::vector<Array> r;
  for (size_t i = 0; i < out.size(); ++i) r.push_back(plan.output(std::to_string(i)).clone());
  return r;
}
/// The same with some operands in one layout.
std::vector<Array> in_layout(const std::string& layout, const std::string& impl,
                             const std::string& op, const Attrs& attrs,
                             const std::vector<Array>& in, const std::set<size_t>& which,
                             int threads = 1) {
  Layouts layouts;
  for (size_t k : which) layouts[k] = layout;
  return in_layouts(layouts, impl, op, attrs, in, threads);
}

TEST(Layout, LoopsOverBlocksOf16ChannelsGiveTheSame) {
  Net n;
  const auto random = [&](const Shape& s, double lo = -1) {
    return draw({s, lo, 1}, DType::float32, {}, n.random);
  };
  const auto expect = [&](const std::string& op, const Attrs& attrs, const std::vector<Array>& in,
                          const std::set<size_t>& which) {
    const std::vector<Array> got = in_layout("onednn:aBcd16b", "blocked", op, attrs, in, which);
    const std::vector<Array> want = apply(op, in, attrs, on({"reference"}));
    for (size_t i = 0; i < got.size(); ++i)
      expect_near(got[i].cast(DType::float64), want[i].cast(DType::float64), 2e-5, op);
  };
  for (int64_t c : {32, 20}) {
    const Shape big{3, c, 7, 6}, small{3, c, 3, 3}, channels{c};
    const Array x = random(big), gy = random(big), w = random(channels), bias = random(channels);
    const Array mean = random(channels), var = random(channels, 0.5);
    expect("batch_norm", {{"eps", 1e-5}}, {x, w, bias}, {0, 3});
    expect("batch_norm_grad", {{"eps", 1e-5}}, {gy, x, w, mean, var}, {0, 1, 5});
    expect("batch_norm_inference", {{"eps", 1e-5}}, {x, w, bias, mean, var}, {0, 5});
    expect("max_pool2d", kHalf, {x}, {0, 1, 2});
    const Array index = apply("max_pool2d", {x}, kHalf, on({"reference"}))[1];
    expect("max_pool2d_grad", {{"input_size", Ints{7, 6}}}, {random(small), index}, {0, 1, 2});
    expect("adaptive_avg_pool2d", {{"output_size", Ints{3, 2}}}, {x}, {0, 1});
    expect("sum", {{"dims", Ints{0, 2, 3}}, {"keepdim", false}}, {x}, {0});
  }
}

bool cpu_has(const std::string& flag) {
  std::ifstream cpu("/proc/cpuinfo");
  return std::getenv("ONEDNN_MAX_CPU_ISA") == nullptr &&
         std::string(std::istreambuf_iterator<char>(cpu), {}).find(flag) != std::string::npos;
}

/// The layout with samples side by side, as many as this CPU likes.
std::string sample_blocks() {
  Graph g;
  GraphBuilder b(g);
  const Var x = b.var(g.add_input("x", {DType::float32, {16, 1, 8, 8}}));
  const Var w = b.var(g.add_input("w", {DType::float32, {2, 1, 3, 3}}));
  g.outputs["y"] = b.call1("conv2d", {x, w}, kSame).id;
  const Program p = place(g, on({"onednn"}));
  for (const KernelOffer& way : p.nodes.at(0).ways) {
    if (way.impl == "lanes") return way.layouts.at(0);
  }
  return "";
}

/// A convolution and its gradients with samples side by side, with 1 and 2 threads.
void expect_convolution_in_lanes(const Shape& x, int64_t out, const Ints& kernel,
                                 const Attrs& attrs) {
  std::mt19937_64 random(3);
  const auto drawn = [&](const Shape& s) { return draw({s, -1, 1}, DType::float32, {}, random); };
  const Shape weights{out, x[1] / attrs.integer("groups"), kernel[0], kernel[1]};
  const Array input = drawn(x), w = drawn(weights), bias = drawn({out});
  const Array gy = drawn(apply("conv2d", {input, w}, attrs, on({"reference"}))[0].shape());
  const std::string text = x.str() + " to " + gy.shape().str() + " by " + weights.str();
  const auto with = [&](const char* name, const Ints& size) {
    Attrs a = attrs;
    a.set(name, size);
    return a;
  };
  const auto expect = [&](const std::string& op, const Attrs& a, const std::vector<Array>& in,
                          const std::set<size_t>& which) {
    const Array got = in_layout(sample_blocks(), "lanes", op, a, in, which)[0];
    const Array want = apply(op, in, a, on({"reference"}))[0];
    expect_near(got, want, 2e-5, op + " " + text);
    const Array again = in_layout(sample_blocks(), "lanes", op, a, in, which, 2)[0];
    EXPECT_EQ(std::memcmp(got.raw(), again.raw(), size_t(got.bytes())), 0) << op << " " << text;
  };
  expect("conv2d", attrs, {input, w, bias}, {0, 3});
  expect("conv2d", attrs, {input, w}, {0, 2});
  expect("conv2d_grad_input", with("input_size", Ints{x[2], x[3]}), {gy, w}, {0, 2});
  expect("conv2d_grad_weight", with("kernel_size", kernel), {gy, input}, {0, 1});
}
Attrs window(int64_t stride, int64_t padding, int64_t dilation = 1, int64_t groups = 1) {
  return {{"stride", Ints{stride, stride}},
          {"padding", Ints{padding, padding}},
          {"dilation", Ints{dilation, dilation}},
          {"groups", groups}};
}

TEST(Layout, ConvolutionsOfAnyChannelsInLanes) {
  for (int64_t in : {1, 3, 6}) {
    for (int64_t out : {1, 2, 3, 5, 6, 7, 10, 16})
      expect_convolution_in_lanes({5, in, 9, 11}, out, {3, 3}, window(1, 1));
  }
}
TEST(Layout, ConvolutionsOfAnyBatchInLanes) {
  for (int64_t n : {1, 8, 13, 40}) {
    expect_convolution_in_lanes({n, 1, 28, 28}, 6, {5, 5}, window(1, 2));
    expect_convolution_in_lanes({n, 6, 14, 14}, 16, {5, 5}, window(1, 0));
  }
}
TEST(Layout, ConvolutionsOfAnyWindowInLanes) {
  for (int64_t kernel : {1, 2, 3, 5}) {
    for (int64_t stride : {1, 2, 3}) {
      for (int64_t padding : {0, 1, 2}) {
        for (int64_t dilation : {1, 2}) {
          expect_convolution_in_lanes({5, 3, 10, 13}, 4, {kernel, kernel},
                                      window(stride, padding, dilation));
        }
      }
    }
  }
  expect_convolution_in_lanes({9, 2, 5, 17}, 4, {3, 5}, window(1, 4));  // reaches beyond the planes
  expect_convolution_in_lanes({9, 4, 7, 3}, 4, {5, 2}, window(4, 2));
}
/// To the rounding of that dtype, at the scale of the result.
void expect_exact(const Array& got, DType t, const std::string& op, const std::vector<Array>& in,
                  const Attrs& attrs) {
  std::vector<Array> exact;
  for (const Array& i : in) exact.push_back(i.cast(DType::float64));
  const Array want = apply(op, exact, attrs, on({"reference"}))[0];
  double largest = 0;
  for (int64_t i = 0; i < want.numel(); ++i) largest = std::max(largest, std::abs(want.at(i)));
  expect_near(got.cast(DType::float64), want, largest * (t == DType::float32 ? 2e-6 : 1.0 / 256),
              op + " " + got.shape().str());
}

/// A convolution and its gradients as a product over the windows of all images, channels last.
void expect_convolution_unfolded(DType t, const Shape& x, int64_t out, const Ints& kernel,
                                 const Attrs& attrs) {
  std::mt19937_64 random(3);
  const auto drawn = [&](const Shape& s) {
    return draw({s, -1, 1}, DType::float32, {}, random).cast(t);
  };
  const Array input = drawn(x), bias = drawn({out}), w = drawn({out, x[1], kernel[0], kernel[1]});
  const Array gy = drawn(apply("conv2d", {input, w}, attrs, on({"reference"}))[0].shape());
  const auto with = [&](const char* name, const Ints& size) {
    Attrs a = attrs;
    a.set(name, size);
    return a;
  };
  const auto expect = [&](const std::string& op, const Attrs& a, std::vector<Array> in,
                          std::set<size_t> which, size_t weights) {
    if (w.numel() == x[1] * out) which.erase(weights);  // one tap: row-major as it is
    for (int threads : {1, 2}) {
      expect_exact(in_layout("onednn:acdb", "unfolded", op, a, in, which, threads)[0], t, op, in,
                   a);
    }
  };
  expect("conv2d", attrs, {input, w, bias}, {0, 1, 3}, 1);
  expect("conv2d", attrs, {input, w}, {0, 1, 2}, 1);
  expect("conv2d_grad_input", with("input_size", Ints{x[2], x[3]}), {gy, w}, {0, 1, 2}, 1);
  expect("conv2d_grad_weight", with("kernel_size", kernel), {gy, input}, {0, 1, 2}, 2);
}
void expect_convolutions_unfolded(DType t) {
  expect_convolution_unfolded(t, {3, 64, 9, 7}, 48, {3, 3}, window(1, 1));
  expect_convolution_unfolded(t, {4, 48, 8, 11}, 64, {3, 3}, window(2, 1));
  expect_convolution_unfolded(t, {4, 65, 12, 11}, 40, {1, 1}, window(1, 0));
  expect_convolution_unfolded(t, {8, 65, 16, 19}, 47, {3, 2}, window(3, 2, 2));
  expect_convolution_unfolded(t, {2, 32, 6, 17}, 40, {5, 3}, window(1, 4));
}

TEST(Layout, ConvolutionsOverTheWindowsOfAllImages) {
  expect_convolutions_unfolded(DType::float32);
}
TEST(Layout, ConvolutionsOverTheWindowsOfAllImagesInBfloat16) {
  if (!cpu_has("avx512_bf16"))
    GTEST_SKIP() << "the CPU has no instructions for bfloat16: such convolutions are float32";
  expect_convolutions_unfolded(DType::bfloat16);
}

TEST(Layout, ConvolutionsInBfloat16OnTheMatrixUnit) {
  if (!cpu_has("amx_bf16") || std::getenv("NNRUN_MAX_CPU_ISA") != nullptr)
    GTEST_SKIP() << "the CPU has no matrix unit for bfloat16";
  const auto expect = [](const Shape& x, int64_t out, const Ints& kernel, const Attrs& attrs) {
    std::mt19937_64 random(3);
    const auto drawn = [&](const Shape& s) {
      return draw({s, -1, 1}, DType::float32, {}, random).cast(DType::bfloat16);
    };
    const std::vector<Array> in = {drawn(x), drawn({out, x[1], kernel[0], kernel[1]}),
                                   drawn({out})};
    const Layouts layouts = {{0, "onednn:acdb"}, {1, "onednn:ABcd16b16a2b"}, {3, "onednn:acdb"}};
    const Array one = in_layouts(layouts, "amx", "conv2d", attrs, in)[0];
    expect_exact(one, DType::bfloat16, "conv2d", in, attrs);
    for (int threads : {2, 3}) {
      const Array got = in_layouts(layouts, "amx", "conv2d", attrs, in, threads)[0];
      EXPECT_EQ(std::memcmp(got.raw(), one.raw(), size_t(one.bytes())), 0) << threads;
    }
  };
  expect({1, 32, 4, 4}, 32, {3, 3}, window(1, 1));
  expect({3, 64, 9, 7}, 96, {3, 3}, window(1, 1));   // rows of results as one
  expect({2, 32, 6, 40}, 64, {3, 3}, window(1, 1));  // row by row
  expect({4, 64, 8, 11}, 32, {3, 3}, window(2, 1));  // ends before the last columns
  expect({2, 96, 7, 7}, 64, {1, 1}, window(1, 0));
  expect({16, 64, 4, 5}, 64, {3, 3}, window(1, 1));    // a pixel of 16 images at once
  expect({32, 32, 11, 12}, 32, {3, 3}, window(2, 1));  // in more than one run
  expect({2, 32, 7, 8}, 32, {1, 1}, window(2, 0));
  expect({2, 32, 16, 19}, 32, {3, 2}, window(3, 2, 2));
  expect({2, 32, 6, 17}, 32, {5, 3}, window(1, 4));  // reaches beyond the image
}

TEST(Layout, ConvolutionsInGroupsInLanes) {
  expect_convolution_in_lanes({9, 6, 8, 8}, 4, {3, 3}, window(1, 1, 1, 2));
  expect_convolution_in_lanes({9, 6, 8, 8}, 12, {3, 3}, window(2, 1, 1, 6));
}

TEST(Layout, LoopsOverLanesGiveTheSame) {
  std::mt19937_64 random(5);
  const auto drawn = [&](const Shape& s, double lo = -1) {
    return draw({s, lo, 1}, DType::float32, {}, random);
  };
  const auto expect = [&](const std::string& op, const Attrs& attrs, const std::vector<Array>& in,
                          const std::set<size_t>& which) {
    const std::vector<Array> got = in_layout(sample_blocks(), "blocked", op, attrs, in, which);
    const std::vector<Array> want = apply(op, in, attrs, on({"reference"}));
    for (size_t i = 0; i < got.size(); ++i)
      expect_near(got[i].cast(DType::float64), want[i].cast(DType::float64), 2e-5, op);
  };
  for (int64_t n : {5, 16, 21}) {
    const Shape big{n, 3, 7, 6}, small{n, 3, 3, 3}, channels{3};
    const Array x = drawn(big), gy = drawn(big), w = drawn(channels), bias = drawn(channels);
    const Array mean = drawn(channels), var = drawn(channels, 0.5);
    expect("batch_norm", {{"eps", 1e-5}}, {x, w, bias}, {0, 3});
    expect("batch_norm_grad", {{"eps", 1e-5}}, {gy, x, w, mean, var}, {0, 1, 5});
    expect("batch_norm_inference", {{"eps", 1e-5}}, {x, w, bias, mean, var}, {0, 5});
    expect("max_pool2d", kHalf, {x}, {0, 1, 2});
    const Array index = apply("max_pool2d", {x}, kHalf, on({"reference"}))[1];
    expect("max_pool2d_grad", {{"input_size", Ints{7, 6}}}, {drawn(small), index}, {0, 1, 2});
    for (bool count : {false, true}) {
      Attrs a = {{"kernel_size", Ints{3, 2}}, {"stride", Ints{2, 1}}, {"padding", Ints{1, 1}}};
      a.set("count_include_pad", count);
      expect("avg_pool2d", a, {x}, {0, 1});
      a.set("input_size", Ints{7, 6});
      expect("avg_pool2d_grad", a, {drawn({n, 3, 4, 7})}, {0, 1});
    }
    expect("adaptive_avg_pool2d", {{"output_size", Ints{3, 2}}}, {x}, {0, 1});
    expect("sum", {{"dims", Ints{0, 2, 3}}, {"keepdim", false}}, {x}, {0});
  }
}

TEST(Layout, ANetOfFewChannelsTrainsInLanes) {
  for (int64_t samples : {64, 13}) {
    Net n;
    const auto layer = [&](Var x, const std::string& name, int64_t out, int64_t padding) {
      const Var w = n.parameter(name, {out, x.shape()[1], 5, 5});
      x = n.b.call1("conv2d", {x, w, n.parameter(name + ".bias", {out})}, window(1, padding));
      return n.pooled(relu(x));
    };
    n.train(layer(layer(n.input("x", {samples, 1, 28, 28}), "a", 6, 2), "b", 16, 0));
    const PlanOptions o = on({"onednn", "reference"}, 2);
    const Program p = choose_layouts(place(n.graph, o), o);
    if (samples == 64 && choices_are_known()) {
      for (const PlannedNode& node : p.nodes) {
        EXPECT_TRUE(node.op.rfind("conv2d", 0) != 0 || node.choice.impl == "lanes") << node.op;
      }
    }
    expect_values_of_the_reference(n, 3, 1e-4);
  }
}

/// A plan that holds its weights.
struct Trained {
  Net net;
  std::map<std::string, Array> memory;
  std::unique_ptr<Plan> plan;
  Trained() {
    net.train(net.conv(relu(net.conv(net.input("x", {2, 16, 8, 8}), "a", 16)), "b", 16));
    memory = net.copies();
    plan = net.plan(on({"onednn", "reference"}), memory);
  }
  double loss() const { return plan->output("loss").at(0); }
};

TEST(Layout, StateComesBackWithExportState) {
  Trained t;
  const double before = t.memory.at("a").at(5);
  t.plan->run();
  t.plan->export_state();
  EXPECT_NE(t.memory.at("a").at(5), before);
  EXPECT_NEAR(t.memory.at("a").at(5), before, 0.1);
}

TEST(Layout, StateWrittenByOthersIsSeenByTheNextRun) {
  Trained t;
  t.plan->run();
  const double first = t.loss();
  t.plan->export_state();
  for (auto& [name, a] : t.memory)
    std::memcpy(a.raw(), t.net.arrays.at(name).raw(), size_t(a.bytes()));
  t.plan->run();
  EXPECT_EQ(t.loss(), first);
}

TEST(Layout, ExportingBetweenStepsChangesNoBits) {
  Trained a, b;
  for (int i = 0; i < 4; ++i) {
    a.plan->run();
    b.plan->run();
    b.plan->export_state();
  }
  a.plan->export_state();
  for (const auto& [name, x] : a.memory)
    EXPECT_EQ(std::memcmp(x.raw(), b.memory.at(name).raw(), size_t(x.bytes())), 0) << name;
}

StoredChoices choices(const Program& p, const PlanOptions& o) {
  StoredChoices r;
  for (const PlannedNode& n : p.nodes) r[{n.op, n.layer, n.operands}] = stored_form(n.choice, o);
  return r;
}

TEST(Layout, StoredLayoutsAreRepeated) {
  Net n;
  n.b.layer = "one";
  n.graph.outputs["y"] = relu(n.conv(n.input("x", {2, 16, 12, 12}), "a", 32)).id;
  PlanOptions o = on({"onednn", "reference"});
  Program p = place(n.graph, o);
  ASSERT_EQ(count(p, "conv2d"), 1);
  // In layouts, whether the estimates say so or not.
  const auto& ways = p.nodes[0].ways;
  const auto own = std::find_if(ways.begin(), ways.end(),
                                [](const KernelOffer& w) { return !w.layouts.empty(); });
  ASSERT_NE(own, ways.end());
  o.stored[{"conv2d", "one", p.nodes[0].operands}] = {"onednn", own->impl, own->layouts};
  o.stored[{"relu", "one", p.nodes[1].operands}] = {"onednn", "simd"};
  const Program again = choose_layouts(place(n.graph, o), o);
  EXPECT_EQ(blocked(again), Ops{"conv2d"});
  EXPECT_TRUE(again.fallbacks.empty());
  o.stored = choices(again, o);
  EXPECT_EQ(choices(choose_layouts(place(n.graph, o), o), o), o.stored);
}

TEST(Layout, AWeightThatOthersReadRowMajorMayBeReorderedForAProduct) {
  Net n;
  const Var x = n.input("x", {64, 400}), w = n.parameter("w", {120, 400});
  n.graph.outputs["sum"] = sum(w * w).id;
  n.graph.outputs["other"] = n.b.call1("matmul", {n.input("z", {64, 120}), w}).id;
  n.b.layer = "one";
  n.graph.outputs["y"] = n.b.call1("linear", {x, w}).id;
  PlanOptions o = on({"onednn", "reference"});
  const Program p = place(n.graph, o);
  for (const PlannedNode& node : p.nodes) {
    for (const KernelOffer& way : node.ways) {
      if (way.impl.rfind("packed", 0) == 0)
        o.stored[{node.op, "one", node.operands}] = {"onednn", way.impl, way.layouts};
    }
  }
  if (o.stored.empty()) GTEST_SKIP() << "this oneDNN packs no weights of this size on this CPU";
  std::map<std::string, Array> memory = n.copies(), same = n.copies();
  const auto plan = n.plan(o, memory), reference = n.plan(on({"reference"}), same);
  plan->run();
  reference->run();
  expect_near(plan->output("y"), reference->output("y"), 2e-5, "y");
}

TEST(Layout, StoredLayoutsThatAreNotOfferedAreSaid) {
  Net n;
  n.b.layer = "one";
  n.graph.outputs["y"] = n.conv(n.input("x", {2, 16, 12, 12}), "a", 32).id;
  PlanOptions o = on({"onednn", "reference"});
  const std::string operands = place(n.graph, o).nodes[0].operands;
  o.stored[{"conv2d", "one", operands}] = {"onednn", "blocked", {"", "onednn:former", "", ""}};
  const Program p = choose_layouts(place(n.graph, o), o);
  ASSERT_EQ(p.fallbacks.size(), 1u);
  EXPECT_NE(p.fallbacks[0].reason.find("layouts that are not offered now"), std::string::npos);
}

}  // namespace
}  // namespace nnrun::test
