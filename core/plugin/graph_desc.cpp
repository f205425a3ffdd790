#include "core/plugin/graph_desc.h"

#include <deque>

#include "core/plugin/attrs_abi.h"

namespace nnrun {
namespace {

struct OwnedNode {
  std::string op;
  AttrArray attrs;
  std::vector<uint32_t> in, out;
  nnr_node abi = {};
};

}  // namespace

struct GraphDesc::Owned {
  DLDevice device;
  std::deque<TensorDesc> values;
  std::deque<OwnedNode> nodes;
  std::vector<const nnr_tdesc*> value_list;
  std::vector<const nnr_node*> node_list;
  std::vector<uint32_t> in, out;
  nnr_graph abi = {};
};

GraphDesc::GraphDesc(DLDevice device) : owned_(std::make_unique<Owned>()) {
  owned_->device = device;
}
GraphDesc::GraphDesc(GraphDesc&&) noexcept = default;
GraphDesc::~GraphDesc() = default;

uint32_t GraphDesc::add_value(const OpDesc::Operand& v) {
  owned_->value_list.push_back(owned_->values.emplace_back(v, owned_->device).get());
  return uint32_t(owned_->values.size() - 1);
}

uint32_t GraphDesc::add_node(const std::string& op, int rev, const Attrs& attrs,
                             std::vector<uint32_t> in, std::vector<uint32_t> out) {
  OwnedNode& n = owned_->nodes.emplace_back(
      OwnedNode{op, AttrArray(attrs), std::move(in), std::move(out), {}});
  n.abi.struct_size = sizeof n.abi;
  n.abi.n_in = uint32_t(n.in.size());
  n.abi.n_out = uint32_t(n.out.size());
  n.abi.n_attr = n.attrs.size();
  n.abi.op = sdk::str(n.op);
  n.abi.op_rev = uint32_t(rev);
  n.abi.in = n.in.data();
  n.abi.out = n.out.data();
  n.abi.attr = n.attrs.data();
  owned_->node_list.push_back(&n.abi);
  return uint32_t(owned_->nodes.size() - 1);
}

void GraphDesc::finish(std::vector<uint32_t> in, std::vector<uint32_t> out, uint32_t flags) {
  Owned& o = *owned_;
  o.in = std::move(in);
  o.out = std::move(out);
  o.abi.struct_size = sizeof o.abi;
  o.abi.n_val = uint32_t(o.value_list.size());
  o.abi.n_node = uint32_t(o.node_list.size());
  o.abi.n_in = uint32_t(o.in.size());
  o.abi.n_out = uint32_t(o.out.size());
  o.abi.flags = flags;
  o.abi.val = o.value_list.data();
  o.abi.node = o.node_list.data();
  o.abi.in = o.in.data();
  o.abi.out = o.out.data();
}

const nnr_graph* GraphDesc::get() const { return &owned_->abi; }

}  // namespace nnrun
