// The engines of the emulated cuDNN, and what they compute: plain loops over what the descriptors
// say.
#include <algorithm>
#include <array>

#include <nnrun/sdk/dtype.hpp>

#include "tests/cuda/emulated/dnn.h"
#include "tests/cuda/emulated/settings.h"

namespace nnrun::emulated {
namespace {

using sdk::bfloat16;
using sdk::float16;

constexpr int64_t kTensorCores = 0, kAtomic = 1, kTiles = 2, kLoops = 3;

double element(const void* p, cudnnDataType_t t, int64_t i) {
  switch (t) {
    case CUDNN_DATA_DOUBLE: return static_cast<const double*>(p)[i];
    case CUDNN_DATA_HALF: return static_cast<const float16*>(p)[i];
    case CUDNN_DATA_BFLOAT16: return static_cast<const bfloat16*>(p)[i];
    default: return static_cast<const float*>(p)[i];
  }
}
void set_element(void* p, cudnnDataType_t t, int64_t i, double v) {
  switch (t) {
    case CUDNN_DATA_DOUBLE: static_cast<double*>(p)[i] = v; break;
    case CUDNN_DATA_HALF: static_cast<float16*>(p)[i] = float16(float(v)); break;
    case CUDNN_DATA_BFLOAT16: static_cast<bfloat16*>(p)[i] = bfloat16(float(v)); break;
    default: static_cast<float*>(p)[i] = float(v); break;
  }
}
/// As TF32 has it: 10 bits after the point.
double tf32(double v) {
  float f = float(v);
  uint32_t bits;
  std::memcpy(&bits, &f, sizeof bits);
  bits = (bits + 0x1000) & ~0x1fffu;
  std::memcpy(&f, &bits, sizeof bits);
  return f;
}

/// The result of a convolution at the places of its tensor.
std::vector<double> convolve(const Convolution& c, const std::array<const void*, 3>& p, bool fast) {
  std::vector<double> sums(size_t(c.operand(c.result).numel()));
  const auto value = [&](int i, int64_t at) {
    const double v = element(p[size_t(i)], c.operand(i).type, at);
    return fast && c.operand(i).type == CUDNN_DATA_FLOAT ? tf32(v) : v;
  };
  const int64_t per_group = c.w.n[0] / (c.x.n[1] / c.w.n[1]);
  for (int64_t i = 0; i < c.y.numel() * c.w.n[1]; ++i) {
    const int64_t k = i % c.w.n[1], ow = i / c.w.n[1] % c.y.n[3];
    const int64_t oh = i / (c.w.n[1] * c.y.n[3]) % c.y.n[2];
    const int64_t o = i / (c.w.n[1] * c.y.n[3] * c.y.n[2]) % c.y.n[1];
    const int64_t n = i / (c.w.n[1] * c.y.n[3] * c.y.n[2] * c.y.n[1]);
    for (int64_t kh = 0; kh < c.w.n[2]; ++kh) {
      for (int64_t kw = 0; kw < c.w.n[3]; ++kw) {
        const int64_t ih = oh * c.stride[0] - c.before[0] + kh * c.dilation[0];
        const int64_t iw = ow * c.stride[1] - c.before[1] + kw * c.dilation[1];
        if (ih < 0 || ih >= c.x.n[2] || iw < 0 || iw >= c.x.n[3]) continue;
        const std::array<int64_t, 3> at = {c.x.at(n, o / per_group * c.w.n[1] + k, ih, iw),
                                           c.w.at(o, k, kh, kw), c.y.at(n, o, oh, ow)};
        double product = 1;
        for (int j = 0; j < 3; ++j) {
          if (j != c.result) product *= value(j, at[size_t(j)]);
        }
        sums[size_t(at[size_t(c.result)])] += product;
      }
    }
  }
  return sums;
}

/// sums += b, where the graph adds one.
void add_bias(const Node& graph, const std::map<int64_t, void*>& address, const Tensor& y,
              std::vector<double>& sums) {
  if (operations(graph).size() < 2) return;
  const Tensor b(operations(graph)[1]->part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC));
  for (int64_t i = 0; i < y.numel(); ++i) {
    const std::array<int64_t, 4> at = {i / (y.n[1] * y.n[2] * y.n[3]),
                                       i / (y.n[2] * y.n[3]) % y.n[1], i / y.n[3] % y.n[2],
                                       i % y.n[3]};
    int64_t from = 0;
    for (size_t j = 0; j < 4; ++j) from += b.n[j] == 1 ? 0 : at[j] * b.s[j];
    sums[size_t(y.at(at[0], at[1], at[2], at[3]))] += element(address.at(b.id), b.type, from);
  }
}

}  // namespace

const std::vector<Shared>& operations(const Node& graph) {
  return graph.values.at(CUDNN_ATTR_OPERATIONGRAPH_OPS).nodes;
}
Convolution convolution_of(const Node& graph) {
  const Node& first = *operations(graph).at(0);
  return {first, *convolution_names(first.kind)};
}
std::vector<Tensor> tensors(const Node& graph) {
  std::map<int64_t, Tensor> r;
  for (const Shared& op : operations(graph)) {
    for (const auto& [name, value] : op->values) {
      for (const Shared& n : value.nodes) {
        if (n->kind != CUDNN_BACKEND_TENSOR_DESCRIPTOR) continue;
        const Tensor t(*n);
        if (!t.is_virtual) r.emplace(t.id, t);
      }
    }
  }
  std::vector<Tensor> all;
  for (const auto& [id, t] : r) all.push_back(t);
  return all;
}

/// Mode A proposes tensor cores (TF32 of float32; none of float64), sums in any order (gradients)
/// and tiles, which all want addresses of 16 bytes; the fallback has loops. Nothing adds a bias to
/// float64.
std::vector<Engine> engines(const Node& graph, cudnnBackendHeurMode_t mode) {
  const Convolution c = convolution_of(graph);
  const bool wide = c.inner == CUDNN_DATA_DOUBLE;
  if (operations(graph).size() > 1 && (wide || setting("dnn_fusion", 1) == 0)) return {};
  std::vector<Engine> all;
  if (mode == CUDNN_HEUR_MODE_A) {
    Engine tensor_cores = {kTensorCores, {CUDNN_NUMERICAL_NOTE_TENSOR_CORE}, 16, 4096};
    if (c.x.type == CUDNN_DATA_FLOAT) {
      tensor_cores.notes.push_back(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
    }
    if (!wide) all.push_back(tensor_cores);
    if (c.result != 2) all.push_back({kAtomic, {CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC}, 16, 0});
    all.push_back({kTiles, {}, 16, 4096});
  } else if (mode == CUDNN_HEUR_MODE_FALLBACK) {
    all.push_back({kLoops, {}, 1, 0});
  }
  const long long there = setting("dnn_engines", 15);
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const Engine& e) { return (there >> e.index & 1) == 0; }),
            all.end());
  return all;
}

void run(const Node& graph, const Engine& engine, const std::map<int64_t, void*>& address) {
  const Convolution c = convolution_of(graph);
  std::array<const void*, 3> from = {};
  for (int i = 0; i < 3; ++i) {
    if (i != c.result) from[size_t(i)] = address.at(c.operand(i).id);
  }
  std::vector<double> sums = convolve(c, from, engine.index == kTensorCores);
  add_bias(graph, address, c.y, sums);
  const bool adds = operations(graph).size() > 1;
  const Tensor to = adds ? Tensor(operations(graph)[1]->part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC))
                         : c.operand(c.result);
  for (size_t i = 0; i < sums.size(); ++i) {
    set_element(address.at(to.id), to.type, int64_t(i), sums[i]);
  }
}

}  // namespace nnrun::emulated
