#include "backends/cuda/map_group.h"

#include <algorithm>
#include <set>

#include "backends/cuda/chain.h"
#include "backends/cuda/map_text.h"
#include "backends/cuda/units.h"

namespace nnrun::cuda {
namespace {

bool is_window(const nnr_node& n) { return op_of(n) == "as_strided"; }

/// The nodes of a body, apart where nothing one makes is read by the other.
std::vector<std::vector<uint32_t>> chains_of(const nnr_graph& g) {
  const auto makers = makers_of(g);
  Units units(g);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (is_window(*g.node[k])) continue;
    for (uint32_t i = 0; i < g.node[k]->n_in; ++i) {
      const uint32_t value = g.node[k]->in[i];
      const uint32_t maker = value == NNR_NONE ? NNR_NONE : makers[value];
      if (maker != NNR_NONE && !is_window(*g.node[maker])) units.unite(maker, k);
    }
  }
  std::vector<std::vector<uint32_t>> r;
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (!is_window(*g.node[k]) && units.members(k)[0] == k) r.push_back(units.members(k));
  }
  return r;
}

/// A map for each chain; of several, streams of one text.
std::optional<std::vector<Map>> maps_of(const Desc& d, std::string* why) {
  const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
  if (d.body() == nullptr) return refuse("a group without a body");
  const Body body(d);
  const auto given = [&](uint32_t v) { return body.given(v); };
  const auto result = [&](uint32_t v) { return body.result(v); };
  const Parts parts = parts_of(*d.body());
  const auto chains = chains_of(*d.body());
  std::vector<Map> maps;
  for (const std::vector<uint32_t>& nodes : chains) {
    std::optional<Map> m = chain_map(parts, nodes, given, result, why);
    if (!m) return std::nullopt;
    if (chains.size() > 1 && !is_stream(*m)) return refuse("streams that are not contiguous");
    if (!maps.empty() && stream_text(*m, 1) != stream_text(maps[0], 1))
      return refuse("chains that differ");
    maps.push_back(std::move(*m));
  }
  if (maps.empty()) return refuse("no ops");
  return maps;
}

class MapGroup : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    const auto maps = maps_of(d, &why);
    if (!maps) return no(why);
    Offer o = accept(d, std::vector<uint64_t>(size_t(d.inputs() + d.outputs()), kAllDTypes));
    o.inplace = shared(d, *maps);
    if (maps->size() > 1) o.detail = std::to_string(maps->size()) + "-streams";
    return o;
  }
  explicit MapGroup(const Desc& d) : MapKernel(d) {
    std::string why;
    const auto maps = maps_of(d, &why);
    if (!maps) throw Failure(NNR_E_UNSUPPORTED, why);
    if (maps->size() == 1) {
      add_map(maps->front());
    } else {
      add_streams(*maps);
    }
  }

 private:
  /// An input and an output may share a buffer where element i of the input is read by nobody but
  /// the thread that writes element i of the output.
  static std::vector<nnr_alias> shared(const Desc& d, const std::vector<Map>& maps) {
    std::vector<int> uses(size_t(d.inputs()));
    for (const Map& m : maps) {
      for (const MapOperand& o : m.in) ++uses[size_t(o.where.operand)];
    }
    std::vector<nnr_alias> r;
    for (const Map& m : maps) {
      for (const MapOperand& in : m.in) {
        const int i = in.where.operand;
        if (in.raw || in.single || in.where.bytes != 0 || uses[size_t(i)] != 1) continue;
        for (const MapOperand& out : m.out) {
          if (in.strides == out.strides && same_places(d.in(i), d.operand(out.where.operand)))
            r.push_back({uint32_t(i), uint32_t(out.where.operand - d.inputs())});
        }
      }
    }
    return r;
  }
};

/// Unites the nodes of a graph into chains, and those into groups.
class Claims {
 public:
  explicit Claims(const nnr_graph& g)
      : graph_(g), makers_(makers_of(g)), readers_(readers_of(g)), parts_(parts_of(g)), units_(g) {
    for (uint32_t k = 0; k < g.n_node; ++k) {
      if (parts_[k]) join(k);
    }
  }

  void name(nnr_group_fn group, void* arg) const {
    std::vector<uint32_t> firsts;  // of the chains, single ops among them
    for (uint32_t k = 0; k < graph_.n_node; ++k) {
      if (parts_[k] && units_.members(k)[0] == k) firsts.push_back(k);
    }
    for (uint32_t k : firsts) name({k}, group, arg);
    // What begins as soon as it can, as casts of weights do; then what is in no hurry, as what is
    // done to gradients.
    std::set<uint32_t> taken;
    for (const bool turned : {false, true}) {
      const std::vector<uint32_t> level = units_.levels(turned);
      std::map<std::pair<uint32_t, std::string>, std::vector<uint32_t>> alike;
      for (uint32_t k : firsts) {
        const std::string text = taken.count(k) != 0 ? "" : text_of(k);
        if (!text.empty()) alike[{level[k], text}].push_back(k);
      }
      for (const auto& [key, chains] : alike) {
        for (size_t i = 0; i + 1 < chains.size(); i += kMostStreams) {
          const auto begin = chains.begin() + ptrdiff_t(i);
          const auto end = begin + ptrdiff_t(std::min(kMostStreams, chains.size() - i));
          name({begin, end}, group, arg);
          taken.insert(begin, end);
        }
      }
    }
  }

 private:
  static constexpr size_t kMostStreams = 256;  // a planner may look at all pairs of operands
  static constexpr size_t kMostNodes = 64;     // in a chain: what a compiler is quick with

  void name(const std::vector<uint32_t>& firsts, nnr_group_fn group, void* arg) const {
    constexpr double kLaunch = 2000, kPass = 0.008;  // ns, and for an element written and read
    std::vector<uint32_t> nodes;
    double gain = -kLaunch;
    for (uint32_t k : firsts) {
      const std::vector<uint32_t>& more = units_.members(k);
      nodes.insert(nodes.end(), more.begin(), more.end());
      const double numel = double(Operand(graph_.val[parts_[k]->out[0]]).numel());
      gain += double(more.size()) * kLaunch + double(more.size() - 1) * kPass * numel;
    }
    if (nodes.size() > 1) group(arg, nodes.data(), uint32_t(nodes.size()), gain);
  }

  /// To the chains that make what node k reads.
  void join(uint32_t k) {
    for (uint32_t value : parts_[k]->in) {
      const uint32_t maker = makers_[value];
      if (maker == NNR_NONE || !parts_[maker] || units_.together(maker, k)) continue;
      if (parts_[maker]->map.shape != parts_[k]->map.shape || units_.path_around(maker, k))
        continue;
      std::vector<uint32_t> nodes = units_.members(maker);
      nodes.insert(nodes.end(), units_.members(k).begin(), units_.members(k).end());
      std::sort(nodes.begin(), nodes.end());
      if (nodes.size() <= kMostNodes && map_of(nodes)) units_.unite(maker, k);
    }
  }
  /// The chain of some nodes, its operands by value.
  std::optional<Map> map_of(const std::vector<uint32_t>& nodes) const {
    const auto inside = [&](uint32_t node) {
      return std::binary_search(nodes.begin(), nodes.end(), node);
    };
    const auto by_value = [](uint32_t v) { return std::optional(Launch::Pointer{int(v), 0}); };
    const auto result = [&](uint32_t v) {
      const bool within = std::all_of(readers_[v].begin(), readers_[v].end(), inside);
      return within ? std::nullopt : by_value(v);
    };
    std::string ignored;
    return chain_map(parts_, nodes, by_value, result, &ignored);
  }
  /// What a chain does to an element, empty where it is no stream of whole buffers.
  std::string text_of(uint32_t first) const {
    const std::optional<Map> m = map_of(units_.members(first));
    const bool whole = m && std::all_of(m->in.begin(), m->in.end(), [&](const MapOperand& o) {
                         const uint32_t maker = makers_[size_t(o.where.operand)];
                         return maker == NNR_NONE || !is_window(*graph_.node[maker]);
                       });
    return whole && is_stream(*m) ? stream_text(*m, 1) : "";
  }

  const nnr_graph& graph_;
  const std::vector<uint32_t> makers_;
  const std::vector<std::vector<uint32_t>> readers_;
  const Parts parts_;
  Units units_;
};

}  // namespace

void claim_maps(const nnr_graph& g, nnr_group_fn group, void* arg) { Claims(g).name(group, arg); }

KernelDef map_group_kernel() { return kernel<MapGroup>("group", "maps"); }

}  // namespace nnrun::cuda
