// GraphDesc: a piece of a program as the nnr_graph that compilers read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/plugin/op_desc.h"

namespace nnrun {

class GraphDesc {
 public:
  explicit GraphDesc(DLDevice device = {kDLCPU, 0});
  GraphDesc(GraphDesc&&) noexcept;
  ~GraphDesc();

  /// A value; its id.
  uint32_t add_value(const OpDesc::Operand& v);
  /// Appends a node: values by id, NNR_NONE where one is absent. attrs are complete.
  uint32_t add_node(const std::string& op, int rev, const Attrs& attrs, std::vector<uint32_t> in,
                    std::vector<uint32_t> out);
  /// What is given to it, and what it gives. Nothing is added after this.
  void finish(std::vector<uint32_t> in, std::vector<uint32_t> out, uint32_t flags = 0);

  /// After finish(); valid as long as this object, also after it was moved from here to there.
  const nnr_graph* get() const;

 private:
  struct Owned;
  std::unique_ptr<Owned> owned_;
};

}  // namespace nnrun
