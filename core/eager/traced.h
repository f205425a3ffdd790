// A piece of a program, traced into a graph once and run again and again on other values.
#pragma once

#include <vector>

#include "core/eager/body.h"

namespace nnrun {

struct Traced {
  Graph graph;
  std::vector<ValueId> in, out;   // kNoValue: absent
  std::vector<const OpDef*> ops;  // by node, after finish()

  /// Once graph, in and out are there.
  void finish(const EagerDevice& device);
  /// The values of `out`, into results[i].
  void replay(TensorSpan in_values, Tensor* results) const;
  std::vector<Tensor> replay(TensorSpan in_values) const {
    std::vector<Tensor> r(out.size());
    replay(in_values, r.data());
    return r;
  }
  /// Whether the values that ops read have the types of `in`, and lie on the device.
  bool fits(TensorSpan in_values) const;
  /// The place (see find_call) of a node.
  uint64_t place(size_t node) const { return first_place_ + node; }

 private:
  /// Where a value is while it runs.
  struct Source {
    enum Kind : uint8_t { absent, given, constant, made } kind = absent;
    bool last = false;  // nothing reads it after this
    uint32_t index = 0;
  };
  const EagerDevice* device_ = nullptr;
  uint64_t first_place_ = 0;
  std::vector<Tensor> constants_;
  std::vector<Source> operands_;                 // of all nodes, one after the other
  std::vector<Source> results_;                  // of `out`
  std::vector<uint32_t> made_;                   // by node: its first result among what is made
  std::vector<std::pair<uint32_t, Type>> used_;  // of `in`: what ops read
  size_t n_made_ = 0;
};

}  // namespace nnrun
