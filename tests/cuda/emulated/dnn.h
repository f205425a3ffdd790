// What the emulated cuDNN is made of: descriptors, and tensors, convolutions and engines as those
// describe them.
#pragma once

#include <cudnn_graph.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nnrun::emulated {

/// An engine: what it is, and what it wants.
struct Engine {
  int64_t index;
  std::vector<cudnnBackendNumericalNote_t> notes;
  int64_t alignment, workspace;
};

struct Node;
using Shared = std::shared_ptr<Node>;
/// What an attribute was set to; nodes: the descriptors among it.
struct Value {
  cudnnBackendAttributeType_t type;
  std::vector<char> bytes;
  std::vector<Shared> nodes;
};
/// A descriptor.
struct Node {
  cudnnBackendDescriptorType_t kind;
  bool finalized = false, destroyed = false;
  std::map<cudnnBackendAttributeName_t, Value> values = {};
  Shared graph = {};   // of a configuration and its engine
  Engine engine = {};  // likewise

  template <class T> std::vector<T> list(cudnnBackendAttributeName_t name) const {
    const auto it = values.find(name);
    std::vector<T> r(it == values.end() ? 0 : it->second.bytes.size() / sizeof(T));
    if (!r.empty()) std::memcpy(r.data(), it->second.bytes.data(), r.size() * sizeof(T));
    return r;
  }
  /// The only value; zero where there is none.
  template <class T> T one(cudnnBackendAttributeName_t name) const {
    const auto it = values.find(name);
    T r = {};
    if (it != values.end()) std::memcpy(&r, it->second.bytes.data(), sizeof r);
    return r;
  }
  const Node& part(cudnnBackendAttributeName_t name) const { return *values.at(name).nodes.at(0); }
};

/// A tensor as its descriptor has it.
struct Tensor {
  int64_t id, alignment;
  cudnnDataType_t type;
  std::vector<int64_t> n, s;
  bool is_virtual;
  explicit Tensor(const Node& d)
      : id(d.one<int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID)),
        alignment(d.one<int64_t>(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT)),
        type(d.one<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE)),
        n(d.list<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS)),
        s(d.list<int64_t>(CUDNN_ATTR_TENSOR_STRIDES)),
        is_virtual(d.one<bool>(CUDNN_ATTR_TENSOR_IS_VIRTUAL)) {}
  int64_t numel() const { return n[0] * n[1] * n[2] * n[3]; }
  int64_t at(int64_t a, int64_t b, int64_t c, int64_t d) const {
    return a * s[0] + b * s[1] + c * s[2] + d * s[3];
  }
};

/// What a convolution has in common with its gradients: their names.
struct Names {
  cudnnBackendDescriptorType_t kind;
  int result;  // of x, weight and y
  cudnnBackendAttributeName_t alpha, beta, convolution, x, weight, y;
};
/// Null for another kind.
const Names* convolution_names(cudnnBackendDescriptorType_t kind);

/// A convolution or a gradient of one.
struct Convolution {
  Tensor x, w, y;
  cudnnDataType_t inner;
  std::vector<int64_t> stride, dilation, before, after;
  int result;  // of x, w and y
  Convolution(const Node& d, const Names& n)
      : x(d.part(n.x)),
        w(d.part(n.weight)),
        y(d.part(n.y)),
        inner(d.part(n.convolution).one<cudnnDataType_t>(CUDNN_ATTR_CONVOLUTION_COMP_TYPE)),
        stride(d.part(n.convolution).list<int64_t>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES)),
        dilation(d.part(n.convolution).list<int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS)),
        before(d.part(n.convolution).list<int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS)),
        after(d.part(n.convolution).list<int64_t>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS)),
        result(n.result) {}

  const Tensor& operand(int i) const { return i == 0 ? x : i == 1 ? w : y; }
};

/// What an attribute of a kind of descriptor is.
struct Rule {
  cudnnBackendDescriptorType_t kind;
  cudnnBackendAttributeName_t name;
  cudnnBackendAttributeType_t type;
  int64_t least, most;
  bool required = true;
};
std::vector<Rule> rules_of(cudnnBackendDescriptorType_t kind);

/// What is wrong with a descriptor that has all its attributes; "": nothing.
std::string wrong(const Node& d);

/// The operations of a graph, the convolution that comes first, and every tensor with memory.
const std::vector<Shared>& operations(const Node& graph);
Convolution convolution_of(const Node& graph);
std::vector<Tensor> tensors(const Node& graph);

/// The engines that a mode of the heuristics proposes.
std::vector<Engine> engines(const Node& graph, cudnnBackendHeurMode_t mode);

/// Runs a graph on operands at these addresses, by id.
void run(const Node& graph, const Engine& engine, const std::map<int64_t, void*>& address);

}  // namespace nnrun::emulated
