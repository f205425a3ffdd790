#include "backends/onednn/update_group.h"

#include <array>
#include <map>
#include <optional>

#include "backends/onednn/fused.h"
#include "backends/onednn/optimizer.h"

namespace nnrun::onednn {
namespace {

bool is_update(const Desc& d) {
  return update_rule(d.op(), d.attrs()) != nullptr && !refused(Update::offer(d));
}

class UpdateGroup {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    const std::optional<UpdateGroup> g = made(d, &why);
    if (!g) return no(why);
    Offer o = yes(20 + 0.4 * double(g->numbers_));
    o.inplace = g->inplace_;
    return o;
  }
  explicit UpdateGroup(const Desc& d) {
    std::string why;
    std::optional<UpdateGroup> g = made(d, &why);
    if (!g) throw Failure(NNR_E_UNSUPPORTED, why);
    *this = std::move(*g);
  }

  struct Bound {
    std::vector<void*> buffers;
    OptimizerScalars now;
  };
  using State = std::vector<Bound>;  // by update
  State bind(void* const* buffer, void* workspace) const {
    State s(updates_.size());
    rebind(s, buffer, workspace);
    return s;
  }
  void rebind(State& s, void* const* buffer, void*) const {
    for (size_t i = 0; i < s.size(); ++i) {
      s[i].buffers.clear();
      for (int b : updates_[i].buffers) s[i].buffers.push_back(b < 0 ? nullptr : buffer[b]);
    }
  }
  void run(State& s) const {
    const bool accepted = updates_[0].update.accepted(s[0].buffers.data());  // all of them, or none
    for (size_t i = 0; i < s.size(); ++i) {
      const Update& u = updates_[i].update;
      if (accepted)
        s[i].now = u.now(s[i].buffers.data());
      else
        u.keep(s[i].buffers.data());
    }
    if (!accepted) return;
    parallel_for(numbers_, kGrain, threads_, [&](int64_t begin, int64_t end) {
      const auto after =
          std::upper_bound(updates_.begin(), updates_.end(), begin,
                           [](int64_t at, const One& one) { return at < one.first; });
      for (size_t i = size_t(after - updates_.begin()) - 1;
           i < updates_.size() && updates_[i].first < end; ++i) {
        const One& one = updates_[i];
        const int64_t from = std::max(begin - one.first, int64_t{0});
        const int64_t to = std::min(end - one.first, one.update.numbers());
        if (from < to) one.update.part(s[i].buffers.data(), s[i].now, from, to);
      }
    });
  }

 private:
  /// Numbers are counted through all updates. Each begins at a multiple of a vector, so that
  /// wherever threads part, the same numbers are computed in vectors.
  static constexpr int64_t kAlign = 64;

  struct One {
    Update update;
    std::vector<int> buffers;  // of its operands, then its results; -1: absent
    int64_t first;
  };

  UpdateGroup() = default;

  static std::optional<UpdateGroup> made(const Desc& d, std::string* why) {
    const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
    if (d.body() == nullptr) return refuse("a group without a body");
    const nnr_graph& g = *d.body();
    std::map<uint32_t, int> buffers;
    for (int i = 0; i < d.inputs(); ++i) buffers[g.in[i]] = i;
    for (int i = 0; i < d.outputs(); ++i) buffers[g.out[i]] = d.inputs() + i;
    UpdateGroup u;
    uint32_t check = NNR_NONE;
    for (uint32_t k = 0; k < g.n_node; ++k) {
      const nnr_node& n = *g.node[k];
      const NodeDesc node(g, n, d.threads());
      if (!is_update(node.desc())) return refuse("not updates alone");
      if (k > 0 && n.in[n.n_in - 1] != check) return refuse("updates under several checks");
      check = n.in[n.n_in - 1];
      One one = {Update(node.desc()), {}, u.numbers_};
      for (uint32_t i = 0; i < n.n_in + n.n_out; ++i) {
        const uint32_t value = i < n.n_in ? n.in[i] : n.out[i - n.n_in];
        const auto at = buffers.find(value);
        const bool given = i >= n.n_in || (at != buffers.end() && at->second < d.inputs());
        if (value != NNR_NONE && (at == buffers.end() || !given))
          return refuse("an operand that is not given");
        one.buffers.push_back(value == NNR_NONE ? -1 : at->second);
      }
      for (const nnr_alias& a : Update::offer(node.desc()).inplace) {
        u.inplace_.push_back(
            {uint32_t(one.buffers[a.in]), uint32_t(one.buffers[n.n_in + a.out] - d.inputs())});
      }
      u.numbers_ += (one.update.numbers() + kAlign - 1) / kAlign * kAlign;
      u.updates_.push_back(std::move(one));
    }
    if (u.updates_.empty()) return refuse("no updates");
    u.threads_ = threads_for(d, u.numbers_);
    return u;
  }

  std::vector<One> updates_;
  std::vector<nnr_alias> inplace_;
  int64_t numbers_ = 0;
  int threads_ = 1;
};

}  // namespace

void claim_updates(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kLaunch = 12;  // ns, and as much for what a loop of its own takes to begin
  std::vector<bool> given(g.n_val, true);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    const bool window = op_of(*g.node[k]) == "as_strided";
    for (uint32_t i = 0; window && i < g.node[k]->n_out; ++i) given[g.node[k]->out[i]] = false;
  }
  std::map<std::pair<std::string_view, std::array<uint32_t, 3>>, std::vector<uint32_t>> together;
  for (uint32_t k = 0; k < g.n_node; ++k) {
    const nnr_node& n = *g.node[k];
    const NodeDesc node(g, n);
    if (n.n_in < 5 || !is_update(node.desc())) continue;
    const bool whole =
        std::all_of(n.in, n.in + n.n_in, [&](uint32_t v) { return v == NNR_NONE || given[v]; });
    if (!whole) continue;
    const uint32_t* scalars = n.in + n.n_in - 3;
    together[{op_of(n), {scalars[0], scalars[1], scalars[2]}}].push_back(k);
  }
  constexpr size_t kMost = 256;  // updates: a planner may look at all pairs of a group's operands
  for (const auto& [key, nodes] : together) {
    for (size_t i = 0; i + 1 < nodes.size(); i += kMost) {
      const size_t n = std::min(kMost, nodes.size() - i);
      group(arg, nodes.data() + i, uint32_t(n), 2 * kLaunch * double(n - 1));
    }
  }
}

KernelDef update_group_kernel() { return kernel<UpdateGroup>("group", "updates"); }

}  // namespace nnrun::onednn
