#include "backends/onednn/fused.h"

#include <algorithm>

#include "backends/onednn/chain.h"

namespace nnrun::onednn {
namespace {

bool one_of(std::string_view op, std::initializer_list<std::string_view> ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}
bool is_anchor(std::string_view op) { return one_of(op, {"conv2d", "linear", "matmul"}); }

/// Whether it may follow: element i of its one result is made of element i of its operands.
bool follows(const nnr_node& n) { return n.n_out == 1 && is_elementwise(op_of(n)); }

/// Whether it adds up the rows of a matrix: the gradient of a bias.
bool sums_rows(const nnr_node& n, const nnr_graph& g) {
  if (op_of(n) != "sum" || n.n_in != 1) return false;
  const std::vector<int64_t> dims = Attrs(n.attr, n.n_attr).integers("dims");
  return Operand(g.val[n.in[0]]).rank() == 2 && dims.size() == 1 && (dims[0] == 0 || dims[0] == -2);
}

bool alike(const nnr_tdesc& a, const nnr_tdesc& b) {
  return Operand(&a).dtype() == Operand(&b).dtype() && Operand(&a).shape() == Operand(&b).shape();
}

}  // namespace

Fused::Fused(const Desc& d) : d_(d) {}

std::optional<Fused> Fused::read(const Desc& group, std::string* why) {
  const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
  if (group.body() == nullptr) return refuse("a group without a body");
  const nnr_graph& g = *group.body();
  if (g.n_node < 2) return refuse("not an op and what follows on it");
  uint32_t start = 0;
  while (op_of(*g.node[start]) == "as_strided" && start + 2 < g.n_node) ++start;
  const nnr_node& first = *g.node[start];
  if (!is_anchor(op_of(first)) || first.n_out != 1) return refuse("no anchor");

  Fused f(group);
  const auto given = [&](uint32_t value) {  // its number among the group's inputs
    for (uint32_t i = 0; i < g.n_in; ++i) {
      if (g.in[i] == value) return int(i);
    }
    return value == NNR_NONE ? EpilogueOp::kAbsent : EpilogueOp::kResult;
  };
  for (uint32_t i = 0; i < first.n_in; ++i) {
    int k = given(first.in[i]);
    const nnr_tdesc* desc = k < 0 ? nullptr : &group.in(k).desc();
    for (uint32_t w = 0; w < start && k == EpilogueOp::kResult; ++w) {  // a window onto one
      const nnr_node& n = *g.node[w];
      if (n.out[0] != first.in[i]) continue;
      if (Attrs(n.attr, n.n_attr).integer("offset") != 0) return refuse("a window that is inside");
      k = given(n.in[0]);
      if (k < 0 || !group.in(k).layout().empty()) return refuse("a window onto a layout");
      desc = g.val[n.out[0]];
    }
    if (k == EpilogueOp::kResult) return refuse("an operand that is not given");
    f.in_.push_back(desc);
    f.buffer_.push_back(std::max(k, 0));
  }
  const auto made = [&](uint32_t value) {  // its buffer among the group's results
    const auto it = std::find(g.out, g.out + g.n_out, value);
    return it == g.out + g.n_out ? -1 : group.inputs() + int(it - g.out);
  };
  uint32_t result = first.out[0];
  for (uint32_t k = start + 1; k < g.n_node; ++k) {
    const nnr_node& n = *g.node[k];
    if (k + 1 == g.n_node && sums_rows(n, g) && n.in[0] == result) {
      f.sum_ = made(n.out[0]);
      if (f.sum_ < 0) return refuse("a sum that nobody reads");
      break;
    }
    EpilogueOp e{op_of(n), &n, {}};
    int uses = 0;
    for (uint32_t i = 0; i < n.n_in; ++i) {
      e.operands.push_back(n.in[i] == result ? EpilogueOp::kResult : given(n.in[i]));
      if (e.operands.back() != EpilogueOp::kResult) continue;
      if (n.in[i] != result || !follows(n)) return refuse("an op that is no epilogue");
      ++uses;
    }
    if (uses == 0 || !alike(*g.val[n.out[0]], *g.val[result])) return refuse("not in a row");
    result = n.out[0];
    f.epilogue_.push_back(std::move(e));
  }
  const int to = made(result);
  if (to < 0 || group.outputs() != (f.sum_ < 0 ? 1 : 2)) return refuse("other results");
  f.out_ = {&group.operand(to).desc()};
  f.buffer_.push_back(to);

  f.anchor_ = std::make_unique<nnr_op_desc>(
      nnr_op_desc{sizeof(nnr_op_desc), first.op_rev, first.op, first.n_in, 1, first.n_attr,
                  uint32_t(group.fast_math() ? NNR_MATH_FAST : NNR_MATH_STRICT), f.in_.data(),
                  f.out_.data(), first.attr, uint32_t(group.threads()),
                  uint32_t(group.deterministic() ? NNR_D_DETERMINISTIC : 0), nullptr});
  return f;
}

Offer Fused::give(Offer o) const {
  if (refused(o)) return o;
  const Desc a = anchor();
  const int result = a.inputs();
  if (o.layouts.empty()) return o;
  std::vector<std::string> layouts(size_t(d_.inputs() + d_.outputs()));
  std::vector<uint64_t> bytes(layouts.size());
  std::vector<bool> settled(layouts.size());
  const auto settle = [&](int k, size_t from) {
    if (settled[size_t(k)] && layouts[size_t(k)] != o.layouts[from]) return false;
    settled[size_t(k)] = true;
    layouts[size_t(k)] = o.layouts[from];
    bytes[size_t(k)] = o.bytes[from];
    return true;
  };
  bool good = true;
  for (int i = 0; i <= result; ++i) {
    if (i == result || a.in(i)) good = good && settle(buffer(i), size_t(i));
  }
  for (const EpilogueOp& e : epilogue_) {
    for (int k : e.operands) {
      if (k < 0) continue;
      if (alike(d_.in(k).desc(), *out_[0])) {
        good = good && settle(k, size_t(result));
      } else if (!settled[size_t(k)]) {
        bytes[size_t(k)] = d_.in(k).bytes();
      }
    }
  }
  if (sum_ >= 0) bytes[size_t(sum_)] = d_.operand(sum_).bytes();
  if (!good) return no("an operand would have to lie in two layouts");
  o.layouts = std::move(layouts);
  o.bytes = std::move(bytes);
  return o;
}

void claim_fused(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kPass = 0.1;  // ns for each element of a result that is not read and written
  const auto readers = readers_of(g);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (!is_anchor(op_of(*g.node[k])) || g.node[k]->n_out != 1) continue;
    std::vector<uint32_t> nodes = {k};
    uint32_t result = g.node[k]->out[0];
    const double gain = 20 + kPass * double(Operand(g.val[result]).numel());
    while (true) {
      if (nodes.size() > 1) {
        group(arg, nodes.data(), uint32_t(nodes.size()), gain * double(nodes.size() - 1));
      }
      const std::vector<uint32_t>& by = readers[result];
      for (uint32_t sum : by) {
        if (sum == g.n_node || !sums_rows(*g.node[sum], g)) continue;
        std::vector<uint32_t> more = nodes;
        more.push_back(sum);
        group(arg, more.data(), uint32_t(more.size()), gain * double(nodes.size()));
      }
      const bool one = !by.empty() && std::count(by.begin(), by.end(), by[0]) == int64_t(by.size());
      if (!one || by[0] == g.n_node) break;
      const nnr_node& n = *g.node[by[0]];
      if (!follows(n) || !alike(*g.val[n.out[0]], *g.val[result])) break;
      nodes.push_back(by[0]);
      result = n.out[0];
    }
  }
}

}  // namespace nnrun::onednn
