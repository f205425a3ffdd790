// Reading an nnr_graph: what a compiler is asked about, and the body of a group. Like a desc, what
// is made from one borrows of it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "../abi/compiler.h"
#include "desc.hpp"

namespace nnrun::sdk {

inline std::string_view op_of(const nnr_node& n) { return {n.op.ptr, n.op.len}; }

/// The desc of a node of a graph.
class NodeDesc {
 public:
  NodeDesc(const nnr_graph& g, const nnr_node& n, int threads = 1) {
    for (uint32_t i = 0; i < n.n_in; ++i) {
      in_.push_back(n.in[i] == NNR_NONE ? nullptr : g.val[n.in[i]]);
    }
    for (uint32_t i = 0; i < n.n_out; ++i) {
      out_.push_back(n.out[i] == NNR_NONE ? nullptr : g.val[n.out[i]]);
    }
    d_ = {sizeof d_,       n.op_rev,   n.op,        n.n_in, n.n_out,           n.n_attr,
          NNR_MATH_STRICT, in_.data(), out_.data(), n.attr, uint32_t(threads), 0,
          nullptr};
  }
  NodeDesc(const NodeDesc&) = delete;
  NodeDesc& operator=(const NodeDesc&) = delete;
  Desc desc() const { return Desc(&d_); }

 private:
  std::vector<const nnr_tdesc*> in_, out_;
  nnr_op_desc d_;
};

/// By value: the node that makes it; NNR_NONE: none of the graph.
inline std::vector<uint32_t> makers_of(const nnr_graph& g) {
  std::vector<uint32_t> r(g.n_val, NNR_NONE);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    for (uint32_t i = 0; i < g.node[k]->n_out; ++i) {
      if (g.node[k]->out[i] != NNR_NONE) r[g.node[k]->out[i]] = k;
    }
  }
  return r;
}

/// By value: the nodes that read it, once for each time; n_node and more: somewhere outside.
inline std::vector<std::vector<uint32_t>> readers_of(const nnr_graph& g) {
  std::vector<std::vector<uint32_t>> r(g.n_val);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    for (uint32_t i = 0; i < g.node[k]->n_in; ++i) {
      if (g.node[k]->in[i] != NNR_NONE) r[g.node[k]->in[i]].push_back(k);
    }
  }
  for (uint32_t i = 0; i < g.n_out; ++i) r[g.out[i]].push_back(g.n_node);
  return r;
}

}  // namespace nnrun::sdk
