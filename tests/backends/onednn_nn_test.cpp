// Pooling against the reference backend; normalisation, softmax, losses and optimizers against
// their definitions in double.
#include <functional>

#include "tests/backends/onednn.h"

namespace nnrun::test {
namespace {

TEST(Onednn, MaxPoolingAndItsGradientAgree) {
  for (int64_t ow : {9, 300}) {
    for (const auto& [kernel, stride, padding, dilation] :
         {std::array<int64_t, 4>{2, 2, 0, 1}, {3, 1, 1, 1}, {3, 2, 1, 1}, {2, 3, 0, 2}}) {
      const int64_t w = (ow - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding, h = 9;
      const int64_t oh = (h + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
      Tensor x = random_tensor(kF32, {2, 3, h, w});
      const Ints in = {2, 3, h, w}, out = {2, 3, oh, ow};
      const AttrMap attrs = {{"kernel_size", Ints{kernel, kernel}},
                             {"stride", Ints{stride, stride}},
                             {"padding", Ints{padding, padding}},
                             {"dilation", Ints{dilation, dilation}},
                             {"ceil_mode", false}};
      expect_agreement("max_pool2d", {x}, {{kF32, out}, {kI32, out}}, attrs, 0);
      const Tensor index = reference().run("max_pool2d", {x}, {{kF32, out}, {kI32, out}}, attrs)[1];
      expect_agreement("max_pool2d_grad", {random_tensor(kF32, out), index}, {{kF32, in}},
                       {{"input_size", Ints{h, w}}});
    }
  }
}

TEST(Onednn, MaxPoolingTakesNaNAndInfinitiesAsTheReferenceDoes) {
  const double nan = std::nan(""), inf = INFINITY;
  const Tensor x = f32({1, 1, 2, 6}, {1, nan, -inf, -inf, 3, 3, nan, 2, -inf, -inf, 3, 3});
  expect_agreement("max_pool2d", {x}, {{kF32, {1, 1, 1, 3}}, {kI32, {1, 1, 1, 3}}},
                   {{"kernel_size", Ints{2, 2}},
                    {"stride", Ints{2, 2}},
                    {"padding", Ints{0, 0}},
                    {"dilation", Ints{1, 1}},
                    {"ceil_mode", false}},
                   0);
}

TEST(Onednn, AveragePoolingAndItsGradientAgree) {
  for (bool pad : {false, true}) {
    for (const auto& [kernel, stride, padding] :
         {std::array<int64_t, 3>{2, 2, 0}, {3, 1, 1}, {3, 2, 1}}) {
      const int64_t h = 8, w = 11, oh = (h + 2 * padding - kernel + stride - 1) / stride + 1;
      const int64_t ow = (w + 2 * padding - kernel + stride - 1) / stride + 1;  // ceil_mode
      AttrMap attrs = {{"kernel_size", Ints{kernel, kernel}},
                       {"stride", Ints{stride, stride}},
                       {"padding", Ints{padding, padding}},
                       {"ceil_mode", true},
                       {"count_include_pad", pad}};
      expect_agreement("avg_pool2d", {random_tensor(kF32, {2, 3, h, w})}, {{kF32, {2, 3, oh, ow}}},
                       attrs);
      attrs["input_size"] = Ints{h, w};
      expect_agreement("avg_pool2d_grad", {random_tensor(kF32, {2, 3, oh, ow})},
                       {{kF32, {2, 3, h, w}}}, attrs);
    }
  }
  expect_agreement("adaptive_avg_pool2d", {random_tensor(kF32, {2, 3, 7, 10})},
                   {{kF32, {2, 3, 3, 4}}}, {{"output_size", Ints{3, 4}}});
  expect_agreement("adaptive_avg_pool2d", {random_tensor(kF32, {2, 3, 7, 10})},
                   {{kF32, {2, 3, 1, 1}}}, {{"output_size", Ints{1, 1}}});
  expect_agreement("adaptive_avg_pool2d_grad", {random_tensor(kF32, {2, 3, 3, 4})},
                   {{kF32, {2, 3, 7, 10}}}, {{"input_size", Ints{7, 10}}});
}

/// f(row of the operands, row of the result) for rows of n numbers.
Numbers by_rows(const std::vector<Tensor>& in, int64_t n,
                const std::function<void(const std::vector<Numbers>&, Numbers&)>& f) {
  Numbers all;
  for (int64_t i = 0; i < in[0].numel(); i += n) {
    std::vector<Numbers> rows;
    for (const Tensor& t : in) {
      rows.emplace_back();
      for (int64_t k = 0; k < n; ++k) rows.back().push_back(t.at(i + k));
    }
    Numbers out(static_cast<size_t>(n));
    f(rows, out);
    all.insert(all.end(), out.begin(), out.end());
  }
  return all;
}

double log_sum(const Numbers& x) {
  double m = x[0], s = 0;
  for (double v : x) m = std::max(m, v);
  for (double v : x) s += std::exp(v - m);
  return m + std::log(s);
}

TEST(Onednn, SoftmaxAndItsGradientsFollowTheirDefinitions) {
  for (int64_t n : {1, 2, 10, 16, 33, 1000}) {
    for (DType t : {kF32, kBF16}) {
      const Tensor x = random_tensor(t, {5, n}, -9, 9, 1), g = random_tensor(t, {5, n}, -1, 1, 2);
      const Tensor y = random_tensor(t, {5, n}, 0, 1, 3);
      const AttrMap dim = {{"dim", int64_t{1}}};
      const std::vector<Out> out = {{t, {5, n}}};
      expect_results({by_rows({x}, n,
                              [](const auto& in, Numbers& r) {
                                for (size_t i = 0; i < r.size(); ++i)
                                  r[i] = std::exp(in[0][i] - log_sum(in[0]));
                              })},
                     "softmax", {x}, out, dim);
      expect_results({by_rows({x}, n,
                              [](const auto& in, Numbers& r) {
                                for (size_t i = 0; i < r.size(); ++i)
                                  r[i] = in[0][i] - log_sum(in[0]);
                              })},
                     "log_softmax", {x}, out, dim);
      expect_results({by_rows({g, y}, n,
                              [](const auto& in, Numbers& r) {
                                double dot = 0;
                                for (size_t i = 0; i < r.size(); ++i) dot += in[0][i] * in[1][i];
                                for (size_t i = 0; i < r.size(); ++i)
                                  r[i] = in[1][i] * (in[0][i] - dot);
                              })},
                     "softmax_grad", {g, y}, out, dim, t == kF32 ? 1e-4 : 4e-2);
      expect_results({by_rows({g, y}, n,
                              [](const auto& in, Numbers& r) {
                                double sum = 0;
                                for (size_t i = 0; i < r.size(); ++i) sum += in[0][i];
                                for (size_t i = 0; i < r.size(); ++i)
                                  r[i] = in[0][i] - std::exp(in[1][i]) * sum;
                              })},
                     "log_softmax_grad", {g, y}, out, dim, t == kF32 ? 1e-4 : 4e-2);
    }
  }
}

TEST(Onednn, SoftmaxRunsAlongAnyDim) {
  const Tensor x = random_tensor(kF32, {3, 7, 5});
  for (int64_t dim : {0, 1}) {
    const Ints order = dim == 0 ? Ints{1, 2, 0} : Ints{0, 2, 1};
    Ints turned;
    for (int64_t i : order) turned.push_back(x.shape()[size_t(i)]);
    const Tensor along =
        onednn().run1("softmax", {x.permute(order)}, {kF32, turned}, {{"dim", int64_t{2}}});
    const Tensor across = onednn().run1("softmax", {x}, {kF32, x.shape()}, {{"dim", dim}});
    expect_values(across.permute(order), along.values(), 1e-6);
  }
}

TEST(Onednn, LayerNormFollowsItsDefinition) {
  for (int64_t n : {1, 5, 16, 100}) {
    const Tensor x = random_tensor(kF32, {70, n}, 3, 5, 1),
                 weight = random_tensor(kF32, {n}, 0, 1, 2);
    const Tensor bias = random_tensor(kF32, {n}, 0, 1, 3),
                 g = random_tensor(kF32, {70, n}, -1, 1, 4);
    const double eps = 1e-2;
    Numbers y, mean, rstd, gx, gw(size_t(n), 0), gb(size_t(n), 0);
    for (int64_t r = 0; r < 70; ++r) {
      double m = 0, v = 0, a = 0, b = 0;
      for (int64_t i = 0; i < n; ++i) m += x.at(r * n + i) / double(n);
      for (int64_t i = 0; i < n; ++i) v += std::pow(x.at(r * n + i) - m, 2) / double(n);
      const double s = 1 / std::sqrt(v + eps);
      mean.push_back(m);
      rstd.push_back(s);
      for (int64_t i = 0; i < n; ++i) {
        const double hat = (x.at(r * n + i) - m) * s, gy = g.at(r * n + i);
        y.push_back(hat * weight.at(i) + bias.at(i));
        gw[size_t(i)] += gy * hat;
        gb[size_t(i)] += gy;
        a += gy * weight.at(i) / double(n);
        b += gy * weight.at(i) * hat / double(n);
      }
      for (int64_t i = 0; i < n; ++i) {
        const double hat = (x.at(r * n + i) - m) * s;
        gx.push_back(s * (g.at(r * n + i) * weight.at(i) - a - hat * b));
      }
    }
    const AttrMap attrs = {{"normalized_dims", int64_t{1}}, {"eps", eps}};
    const Out row = {kF32, {n}}, whole = {kF32, {70, n}}, stat = {kF32, {70, 1}};
    expect_results({y, mean, rstd}, "layer_norm", {x, weight, bias}, {whole, stat, stat}, attrs,
                   1e-4);
    expect_results({gx, gw, gb}, "layer_norm_grad",
                   {g, x, weight, f32({70, 1}, mean), f32({70, 1}, rstd)}, {whole, row, row},
                   {{"normalized_dims", int64_t{1}}}, 2e-3);
  }
}

TEST(Onednn, BatchNormFollowsItsDefinition) {
  const int64_t samples = 3, channels = 4, inner = 35;
  const Ints shape = {samples, channels, 5, 7};
  const Tensor x = random_tensor(kF32, shape, 10, 12, 1), g = random_tensor(kF32, shape, -1, 1, 2);
  const Tensor weight = random_tensor(kF32, {channels}, 0, 1, 3),
               bias = random_tensor(kF32, {channels}, 0, 1, 4);
  const double eps = 1e-3, n = double(samples * inner);
  Numbers y(size_t(x.numel())), gx(y.size()), mean, var, gw, gb;
  for (int64_t c = 0; c < channels; ++c) {
    std::vector<int64_t> at;
    for (int64_t s = 0; s < samples; ++s) {
      for (int64_t i = 0; i < inner; ++i) at.push_back((s * channels + c) * inner + i);
    }
    double m = 0, v = 0, sum = 0, dot = 0;
    for (int64_t i : at) m += x.at(i) / n;
    for (int64_t i : at) v += std::pow(x.at(i) - m, 2) / n;
    const double r = 1 / std::sqrt(v + eps);
    for (int64_t i : at) {
      y[size_t(i)] = (x.at(i) - m) * r * weight.at(c) + bias.at(c);
      sum += g.at(i);
      dot += g.at(i) * (x.at(i) - m) * r;
    }
    for (int64_t i : at) {
      gx[size_t(i)] = weight.at(c) * r * (g.at(i) - sum / n - (x.at(i) - m) * r * dot / n);
    }
    mean.push_back(m);
    var.push_back(v);
    gw.push_back(dot);
    gb.push_back(sum);
  }
  const Out whole = {kF32, shape}, stat = {kF32, {channels}};
  const AttrMap attrs = {{"eps", eps}};
  expect_results({y, mean, var}, "batch_norm", {x, weight, bias}, {whole, stat, stat}, attrs, 1e-4);
  const Tensor m = f32({channels}, mean), v = f32({channels}, var);
  expect_results({y}, "batch_norm_inference", {x, weight, bias, m, v}, {whole}, attrs, 1e-4);
  expect_results({gx, gw, gb}, "batch_norm_grad", {g, x, weight, m, v}, {whole, stat, stat}, attrs,
                 1e-3);
}

TEST(Onednn, DropoutScalesWhatStays) {
  const Tensor x = random_tensor(kF32, {9999}), state(kI64, {4}, {1, 2, 3, 4});
  const Tensor u =
      reference().run1("rand", {state}, {kF32, {9999}}, {{"shape", Ints{9999}}, {"dtype", kF32}});
  Numbers y, mask;
  for (int64_t i = 0; i < 9999; ++i) {
    mask.push_back(u.at(i) >= double(float(0.3)));
    y.push_back(mask.back() * x.at(i) / 0.7);
  }
  expect_results({y, mask}, "dropout", {x, state}, {{kF32, {9999}}, {kBool, {9999}}}, {{"p", 0.3}});
}

TEST(Onednn, CrossEntropyAndItsGradientFollowTheirDefinitions) {
  const int64_t rows = 40, classes = 13, ignored = 5;
  const Tensor x = random_tensor(kF32, {rows, classes}, -3, 3, 1),
               target = random_tensor(kI64, {rows}, 0, 12, 2);
  const Tensor weight = random_tensor(kF32, {classes}, 0.5, 2, 3);
  for (const char* reduction : {"mean", "sum", "none"}) {
    for (double smoothing : {0., 0.2}) {
      Numbers loss, gx, weights;
      double total = 0, sum = 0;
      for (int64_t r = 0; r < rows; ++r) {
        const int64_t t = int64_t(target.at(r));
        weights.push_back(t == ignored ? 0 : weight.at(t));
        total += weights.back();
      }
      const bool mean = reduction[0] == 'm', none = reduction[0] == 'n';
      const Tensor gy = none ? random_tensor(kF32, {rows}) : f32({}, {0.7});
      for (int64_t r = 0; r < rows; ++r) {
        const int64_t t = int64_t(target.at(r));
        Numbers row, a(size_t(classes), 0);
        for (int64_t c = 0; c < classes; ++c) row.push_back(x.at(r * classes + c));
        double share = 0, l = 0;
        for (int64_t c = 0; c < classes && t != ignored; ++c) {
          a[size_t(c)] = smoothing / double(classes) * weight.at(c) +
                         (c == t ? (1 - smoothing) * weights[size_t(r)] : 0);
          share += a[size_t(c)];
          l -= a[size_t(c)] * (row[size_t(c)] - log_sum(row));
        }
        const double g = gy.at(none ? r : 0) / (mean ? total : 1);
        for (int64_t c = 0; c < classes; ++c) {
          gx.push_back(g * (std::exp(row[size_t(c)] - log_sum(row)) * share - a[size_t(c)]));
        }
        loss.push_back(l);
        sum += l;
      }
      const Numbers want = none ? loss : Numbers{mean ? sum / total : sum};
      const AttrMap attrs = {{"reduction", std::string(reduction)},
                             {"ignore_index", ignored},
                             {"label_smoothing", smoothing}};
      const Ints shape = none ? Ints{rows} : Ints{};
      expect_results({want}, "cross_entropy", {x, target, weight}, {{kF32, shape}}, attrs);
      expect_results({gx}, "cross_entropy_grad", {gy, x, target, weight}, {{kF32, {rows, classes}}},
                     attrs);
    }
  }
}

TEST(Onednn, CrossEntropyOfATargetThatIsNoClassIsNaN) {
  const Tensor y = onednn().run1(
      "cross_entropy", {random_tensor(kF32, {2, 3}), Tensor(kI64, {2}, {1, 3})}, {kF32, {}},
      {{"reduction", std::string("mean")},
       {"ignore_index", int64_t{-100}},
       {"label_smoothing", 0.}});
  EXPECT_TRUE(std::isnan(y.at(0)));
}

// Optimizers: f(param, grad, slots) changes one element, in double.
using Update = std::function<void(double& p, double g, Numbers& slots)>;

void check_optimizer(const std::string& op, int slots, AttrMap attrs, const Update& f) {
  for (int64_t n : {3, 40000}) {
    std::vector<std::optional<Tensor>> in = {random_tensor(kF32, {n}, -1, 1, 1),
                                             random_tensor(kF32, {n}, -1, 1, 2)};
    for (int i = 0; i < slots; ++i)
      in.push_back(random_tensor(kF32, {n}, i == 0 ? 2 : 0.3, i == 0 ? 3 : 1, unsigned(i) + 3));
    std::vector<Numbers> want(size_t(slots) + 1), same = want;
    for (int64_t i = 0; i < n; ++i) {
      double p = in[0]->at(i);
      Numbers s;
      for (int k = 0; k < slots; ++k) s.push_back(in[size_t(k) + 2]->at(i));
      same[0].push_back(p);
      for (int k = 0; k < slots; ++k) same[size_t(k) + 1].push_back(s[size_t(k)]);
      f(p, in[1]->at(i), s);
      want[0].push_back(p);
      for (int k = 0; k < slots; ++k) want[size_t(k) + 1].push_back(s[size_t(k)]);
    }
    const std::vector<Out> out(size_t(slots) + 1, Out{kF32, {n}});
    in.push_back(Tensor(kF64, {}, {0.01}));
    in.push_back(Tensor(kI64, {}, {4}));
    in.push_back(Tensor(kU8, {}, {1}));
    expect_results(want, op, in, out, attrs);
    in.back() = Tensor(kU8, {}, {0});
    expect_results(same, op, in, out, attrs, 0);
  }
}

TEST(Onednn, SgdUpdatesInOnePass) {
  AttrMap attrs = {{"momentum", 0.},
                   {"dampening", 0.},
                   {"weight_decay", 0.1},
                   {"nesterov", false},
                   {"maximize", false}};
  check_optimizer("sgd", 0, attrs,
                  [](double& p, double g, Numbers&) { p -= 0.01 * (g + 0.1 * p); });
  attrs["momentum"] = 0.9;
  attrs["dampening"] = 0.2;
  attrs["maximize"] = true;
  check_optimizer("sgd", 1, attrs, [](double& p, double g, Numbers& s) {
    s[0] = 0.9 * s[0] + 0.8 * (-g + 0.1 * p);
    p -= 0.01 * s[0];
  });
  attrs["dampening"] = 0.;
  attrs["nesterov"] = true;
  check_optimizer("sgd", 1, attrs, [](double& p, double g, Numbers& s) {
    const double d = -g + 0.1 * p;
    s[0] = 0.9 * s[0] + d;
    p -= 0.01 * (d + 0.9 * s[0]);
  });
}

TEST(Onednn, AdamUpdatesInOnePass) {
  for (bool amsgrad : {false, true}) {
    for (bool decoupled : {false, true}) {
      const AttrMap attrs = {{"beta1", 0.9},          {"beta2", 0.99},      {"eps", 1e-3},
                             {"weight_decay", 0.1},   {"amsgrad", amsgrad}, {"maximize", false},
                             {"decoupled", decoupled}};
      check_optimizer("adam", amsgrad ? 3 : 2, attrs, [&](double& p, double g, Numbers& s) {
        if (decoupled) {
          p *= 1 - 0.01 * 0.1;
        } else {
          g += 0.1 * p;
        }
        s[0] += 0.1 * (g - s[0]);
        s[1] = 0.99 * s[1] + 0.01 * g * g;
        double v = s[1];
        if (amsgrad) v = s[2] = std::max(s[2], v);
        p -= 0.01 / (1 - std::pow(0.9, 5)) * s[0] /
             (std::sqrt(v) / std::sqrt(1 - std::pow(0.99, 5)) + 1e-3);
      });
    }
  }
}

TEST(Onednn, RmspropUpdatesInOnePass) {
  for (bool momentum : {false, true}) {
    for (bool centered : {false, true}) {
      const AttrMap attrs = {{"alpha", 0.9},         {"eps", 1e-3},
                             {"weight_decay", 0.1},  {"momentum", momentum ? 0.5 : 0.},
                             {"centered", centered}, {"maximize", false}};
      check_optimizer("rmsprop", 1 + momentum + centered, attrs,
                      [&](double& p, double g, Numbers& s) {
                        g += 0.1 * p;
                        s[0] = 0.9 * s[0] + 0.1 * g * g;
                        double v = s[0];
                        if (centered) {
                          double& a = s[1 + momentum];
                          a += 0.1 * (g - a);
                          v -= a * a;
                        }
                        double step = g / (std::sqrt(v) + 1e-3);
                        if (momentum) step = s[1] = 0.5 * s[1] + step;
                        p -= 0.01 * step;
                      });
    }
  }
}

TEST(Onednn, AdagradUpdatesInOnePass) {
  check_optimizer("adagrad", 1,
                  {{"lr_decay", 0.1}, {"eps", 1e-3}, {"weight_decay", 0.1}, {"maximize", false}},
                  [](double& p, double g, Numbers& s) {
                    g += 0.1 * p;
                    s[0] += g * g;
                    p -= 0.01 / (1 + 4 * 0.1) * g / (std::sqrt(s[0]) + 1e-3);
                  });
}

}  // namespace
}  // namespace nnrun::test
