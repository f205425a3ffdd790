#include "backends/onednn/chain.h"

#include <algorithm>
#include <map>
#include <optional>

#include "backends/onednn/elementwise.h"
#include "backends/onednn/fused.h"
#include "backends/onednn/picked_rows.h"

namespace nnrun::onednn {
namespace {

/// Ops in the order of UnaryOp and BinaryOp.
constexpr std::string_view kUnary[] = {
    "neg", "abs",  "sign",    "exp", "expm1", "log",   "log1p", "sqrt",  "rsqrt",    "sin",
    "cos", "tanh", "sigmoid", "erf", "relu",  "floor", "ceil",  "round", "isfinite", "logical_not"};
constexpr std::string_view kBinary[] = {
    "add",     "sub",         "mul",        "div",       "pow",          "maximum",
    "minimum", "eq",          "ne",         "lt",        "le",           "gt",
    "ge",      "logical_and", "logical_or", "relu_grad", "sigmoid_grad", "tanh_grad"};
static_assert(std::size(kUnary) == size_t(UnaryOp::logical_not) + 1);
static_assert(std::size(kBinary) == size_t(BinaryOp::tanh_grad) + 1);

template <class Op, size_t kCount>
std::optional<Op> named(const std::string_view (&names)[kCount], std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return Op(i);
  }
  return std::nullopt;
}
std::optional<UnaryOp> unary_named(std::string_view name) { return named<UnaryOp>(kUnary, name); }
std::optional<BinaryOp> binary_named(std::string_view name) {
  return named<BinaryOp>(kBinary, name);
}

class Loop : public TileKernel {
 public:
  explicit Loop(TileLoop loop) : loop_(loop) {}
  void run(void* const* p, const Tile& t) const override { loop_(p, t); }

 private:
  TileLoop loop_;
};

/// A number for all elements, where there are more.
bool is_scalar(const Operand& o, const Operand& over) {
  return o.numel() == 1 && over.numel() != 1;
}

/// Whether it can be in a chain over values like `over`: every operand is one of those, or a
/// number.
bool fits(const nnr_graph& g, const nnr_node& n, const Operand& over) {
  if (!is_elementwise(op_of(n)) || n.n_out != 1) return false;
  const Operand y(g.val[n.out[0]]);
  const auto like = [&](const Operand& o) {
    return o.shape() == over.shape() && o.contiguous() && o.layout() == over.layout();
  };
  if (!like(y)) return false;
  for (uint32_t i = 0; i < n.n_in; ++i) {
    if (n.in[i] == NNR_NONE) return false;
    const Operand x(g.val[n.in[i]]);
    if (!like(x) && !(x.numel() == 1 && x.layout().empty())) return false;
  }
  return true;
}

/// Whether it picks the rows that the chain is over.
bool picks(const nnr_graph& g, const nnr_node& n, const Operand& over) {
  if (op_of(n) != "index_select" || over.layout() != "") return false;
  const NodeDesc node(g, n);
  return PickedRows::fits(node.desc()) && node.desc().out(0).shape() == over.shape();
}

class Chain {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    const std::optional<Chain> c = made(d, &why);
    if (!c) return no(why);
    Offer o = yes(15 + double(c->numbers_) * 0.05 * double(c->steps_.size()) +
                  8 * double(c->steps_.size()));
    // An input may be overwritten where it is not read after.
    for (int i = 0; i < d.inputs(); ++i) {
      for (int k = 0; k < d.outputs(); ++k) {
        const Place in{Place::Kind::buffer, i}, out{Place::Kind::buffer, d.inputs() + k};
        size_t read = 0, written = 0;
        bool by_row = false;
        for (size_t s = 0; s < c->steps_.size(); ++s) {
          const Step& step = c->steps_[s];
          const bool reads = std::count(step.in.begin(), step.in.end(), in) != 0;
          if (reads) read = s;
          by_row = by_row || (reads && step.rows);
          if (step.out == out) written = s;
        }
        if (read <= written && !by_row && !c->scalar_[size_t(i)] &&
            c->bytes_[size_t(i)] == c->bytes_[size_t(d.inputs() + k)])
          o.inplace.push_back({uint32_t(i), uint32_t(k)});
      }
    }
    return o;
  }
  explicit Chain(const Desc& d) {
    std::string why;
    std::optional<Chain> c = made(d, &why);
    if (!c) throw Failure(NNR_E_UNSUPPORTED, why);
    *this = std::move(*c);
  }

  void run(void* const* buffer, void*) const {
    for (const Step& s : steps_) {
      if (s.rows) s.rows->check(buffer[s.in[1].index]);
    }
    parallel_for(numbers_, kGrain, threads_, [&](int64_t begin, int64_t end) {
      alignas(64) char memory[kPlaces * kTile * 8];
      for (int64_t from = begin; from < end; from += kTile) {
        const int64_t n = std::min(kTile, end - from);
        for (const Step& s : steps_) {
          if (s.rows) {
            const int64_t bytes = s.bytes;
            void* const to = s.out.kind == Place::Kind::tile
                                 ? memory + s.out.index * kTile * 8
                                 : at(buffer[s.out.index], from * bytes);
            s.rows->copy(buffer[s.in[0].index], buffer[s.in[1].index], from * bytes, n * bytes, to);
            continue;
          }
          void* p[4];
          Tile t;
          t.cols = n;
          size_t k = 0;
          const auto add = [&](const Place& place) {
            const bool one = place.kind == Place::Kind::buffer && scalar_[size_t(place.index)];
            t.col_step[k] = one ? 0 : 1;
            p[k++] = place.kind == Place::Kind::tile
                         ? memory + place.index * kTile * 8
                         : at(buffer[place.index], one ? 0 : from * bytes_[size_t(place.index)]);
          };
          for (const Place& place : s.in) add(place);
          add(s.out);
          s.kernel->run(p, t);
        }
      }
    });
  }

 private:
  static constexpr int64_t kTile = 1024;
  static constexpr int kPlaces = 8;

  Chain() = default;

  struct Place {
    enum class Kind { buffer, tile } kind;
    int index;
    friend bool operator==(const Place& a, const Place& b) {
      return a.kind == b.kind && a.index == b.index;
    }
  };
  struct Step {
    std::shared_ptr<const TileKernel> kernel;  // null: of rows
    std::vector<Place> in;
    Place out;
    std::optional<PickedRows> rows = {};
    int bytes = 0;  // of an element of rows
  };

  static std::optional<Chain> made(const Desc& d, std::string* why) {
    const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
    if (d.body() == nullptr || d.outputs() == 0) return refuse("a group without a body");
    const nnr_graph& g = *d.body();
    const Operand over = d.out(0);
    Chain c;
    c.numbers_ =
        over.layout().empty() ? over.numel() : int64_t(over.bytes()) / size_of(over.dtype());
    c.threads_ = threads_for(d, c.numbers_);
    const bool padded = c.numbers_ != over.numel();
    std::map<uint32_t, Place> at;
    for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
      const Operand o = d.operand(i);
      c.bytes_.push_back(size_of(o.dtype()));
      c.scalar_.push_back(is_scalar(o, over));
      at[i < d.inputs() ? g.in[i] : g.out[i - d.inputs()]] = {Place::Kind::buffer, i};
    }
    std::map<uint32_t, uint32_t> last;  // reader
    for (uint32_t k = 0; k < g.n_node; ++k) {
      for (uint32_t i = 0; i < g.node[k]->n_in; ++i) last[g.node[k]->in[i]] = k;
    }
    std::vector<int> free;
    for (int i = kPlaces; i-- > 0;) free.push_back(i);
    for (uint32_t k = 0; k < g.n_node; ++k) {
      const nnr_node& n = *g.node[k];
      const NodeDesc node(g, n);
      bool keeps_zero = false, numbers = false;
      Step s;
      if (picks(g, n, over)) {
        s.rows.emplace(node.desc());
        s.bytes = size_of(node.desc().out(0).dtype());
      } else {
        if (!fits(g, n, over)) return refuse("not elementwise over one shape");
        s.kernel = tile_kernel(node.desc(), &keeps_zero);
        if (s.kernel == nullptr) return refuse("no loop for that dtype");
      }
      for (uint32_t i = 0; i < n.n_in; ++i) {
        s.in.push_back(at.at(n.in[i]));
        numbers = numbers || is_scalar(node.desc().in(int(i)), over);
        if (s.rows && s.in[i].kind != Place::Kind::buffer) return refuse("rows that are made here");
      }
      if (padded && (!keeps_zero || numbers)) return refuse("padding would not stay zero");
      if (at.count(n.out[0]) == 0) {
        if (free.empty()) return refuse("too many values at a time");
        at[n.out[0]] = {Place::Kind::tile, free.back()};
        free.pop_back();
      }
      s.out = at.at(n.out[0]);
      for (uint32_t i = 0; i < n.n_in; ++i) {  // tiles whose last reader this is
        const bool again = std::find(n.in, n.in + i, n.in[i]) != n.in + i;
        if (s.in[i].kind == Place::Kind::tile && last[n.in[i]] == k && !again)
          free.push_back(s.in[i].index);
      }
      c.steps_.push_back(std::move(s));
    }
    return c;
  }

  std::vector<Step> steps_;
  std::vector<int> bytes_;    // of an element, by buffer
  std::vector<bool> scalar_;  // by buffer
  int64_t numbers_ = 0;
  int threads_ = 1;
};

}  // namespace

bool is_elementwise(std::string_view op) {
  return op == "cast" || op == "where" || op == "formula" || unary_named(op) || binary_named(op);
}

std::unique_ptr<TileKernel> tile_kernel(const Desc& d, bool* keeps_zero) {
  const DType t = d.in(0).dtype(), y = d.out(0).dtype();
  *keeps_zero = false;
  TileLoop loop = nullptr;
  if (d.op() == "formula") return formula_tile_kernel(d);
  if (d.op() == "cast") {
    *keeps_zero = true;
    loop = loops().cast(t, y);
  } else if (d.op() == "where") {
    if (t == DType::boolean && d.in(1).dtype() == y && d.in(2).dtype() == y)
      loop = loops().where(size_of(y));
  } else if (const auto op = unary_named(d.op())) {
    *keeps_zero = onednn::keeps_zero(*op);
    if (y == (is_predicate(*op) ? DType::boolean : t)) loop = loops().unary(*op, t);
  } else if (const auto op = binary_named(d.op())) {
    *keeps_zero = onednn::keeps_zero(*op);
    if (d.in(1).dtype() == t && y == (is_predicate(*op) ? DType::boolean : t))
      loop = loops().binary(*op, t);
  }
  return loop == nullptr ? nullptr : std::make_unique<Loop>(loop);
}

void claim_chains(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kLaunch = 12, kPass = 0.08;  // ns saved for a node, and for each of its elements
  std::vector<uint32_t> maker(g.n_val, NNR_NONE);
  std::vector<std::vector<uint32_t>> readers(g.n_val);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    for (uint32_t i = 0; i < g.node[k]->n_out; ++i) {
      if (g.node[k]->out[i] != NNR_NONE) maker[g.node[k]->out[i]] = k;
    }
    for (uint32_t i = 0; i < g.node[k]->n_in; ++i) {
      if (g.node[k]->in[i] != NNR_NONE) readers[g.node[k]->in[i]].push_back(k);
    }
  }
  std::vector<uint8_t> taken(g.n_node);
  for (uint32_t first = 0; first < g.n_node; ++first) {
    if (taken[first] || g.node[first]->n_out != 1) continue;
    const Operand over(g.val[g.node[first]->out[0]]);
    if (!fits(g, *g.node[first], over)) continue;
    std::vector<uint32_t> nodes = {first}, next = readers[g.node[first]->out[0]];
    while (!next.empty()) {
      // In the order of the graph; what else a node reads was there before the group begins, so
      // that nothing in between waits for the group and is waited for by it.
      const auto least = std::min_element(next.begin(), next.end());
      const uint32_t k = *least;
      next.erase(std::remove(next.begin(), next.end(), k), next.end());
      const nnr_node& n = *g.node[k];
      bool good = !taken[k] && fits(g, n, over);
      for (uint32_t i = 0; good && i < n.n_in; ++i) {
        const uint32_t from = maker[n.in[i]];
        good =
            from == NNR_NONE || from < first || std::count(nodes.begin(), nodes.end(), from) != 0;
      }
      if (!good) continue;
      nodes.push_back(k);
      for (uint32_t r : readers[n.out[0]]) next.push_back(r);
    }
    // The rows that it is of are picked by it, where nobody else wants them.
    const nnr_node& start = *g.node[first];
    for (uint32_t i = 0; i < start.n_in; ++i) {
      const uint32_t from = maker[start.in[i]];
      if (from != NNR_NONE && !taken[from] && readers[start.in[i]].size() == 1 &&
          picks(g, *g.node[from], over))
        nodes.push_back(from);
    }
    if (nodes.size() < 2) continue;
    for (uint32_t k : nodes) taken[k] = 1;
    std::sort(nodes.begin(), nodes.end());
    group(arg, nodes.data(), uint32_t(nodes.size()),
          double(nodes.size() - 1) * (kLaunch + kPass * double(over.numel())));
  }
}

std::vector<KernelDef> chain_kernels() { return {kernel<Chain>("group", "chain")}; }

}  // namespace nnrun::onednn
