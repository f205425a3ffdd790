#include "core/plan/memory.h"

#include <algorithm>

namespace nnrun {
namespace {

constexpr int64_t kAlign = 64;

/// When each storage is made, read and last needed, as indices of nodes.
struct Uses {
  std::vector<int64_t> made, last;            // by storage; -1: before the first node
  std::vector<std::vector<int64_t>> readers;  // by storage, in order
};

Uses uses_of(const Program& p) {
  Uses u{std::vector<int64_t>(p.storages.size(), -1), std::vector<int64_t>(p.storages.size(), -1),
         std::vector<std::vector<int64_t>>(p.storages.size())};
  const int64_t end = int64_t(p.nodes.size());
  for (int64_t i = 0; i < end; ++i) {
    for (const Operand& o : p.nodes[size_t(i)].in) {
      if (o.absent()) continue;
      u.readers[o.storage].push_back(i);
      u.last[o.storage] = i;
    }
    for (const Operand& o : p.nodes[size_t(i)].out) u.made[o.storage] = u.last[o.storage] = i;
  }
  for (uint32_t s = 0; s < p.storages.size(); ++s) {  // made once, and read in each step
    if (u.made[s] >= 0 && u.made[s] < int64_t(p.once) && u.last[s] >= int64_t(p.once))
      u.last[s] = end;
  }
  for (const auto& [state, value] : p.writes) u.last[value.storage] = end;
  for (const auto& [name, o] : p.outputs) u.last[o.storage] = end;
  return u;
}

/// May the kernel of node n put `out` into the bytes of `storage`, which it reads? Every operand
/// that reads them must be seen whole and be listed as a pair.
bool may_overwrite(const Program& p, const PlannedNode& n, uint32_t out, uint32_t storage) {
  bool reads = false;
  for (uint32_t k = 0; k < n.in.size(); ++k) {
    if (n.in[k].absent() || n.in[k].storage != storage) continue;
    reads = true;
    const bool pair = std::any_of(n.choice.inplace.begin(), n.choice.inplace.end(),
                                  [&](const nnr_alias& a) { return a.in == k && a.out == out; });
    if (!pair || !is_whole(n.in[k], p)) return false;
  }
  return reads;
}

/// Disjoint ranges of bytes in order; those that touch are one.
class Ranges {
 public:
  void add(int64_t begin, int64_t end) {
    const auto first = touching(begin);
    auto last = first;
    for (; last != all_.end() && last->first <= end; ++last) {
      begin = std::min(begin, last->first);
      end = std::max(end, last->second);
    }
    all_.insert(all_.erase(first, last), {begin, end});
  }
  /// The end of the one that lies within `size` bytes from `offset`, else `offset`.
  int64_t past(int64_t offset, int64_t size) const {
    auto it = std::upper_bound(all_.begin(), all_.end(), offset,
                               [](int64_t at, const auto& r) { return at < r.second; });
    return it == all_.end() || it->first >= offset + size ? offset : it->second;
  }

 private:
  using All = std::vector<std::pair<int64_t, int64_t>>;
  All::iterator touching(int64_t begin) {
    return std::lower_bound(all_.begin(), all_.end(), begin,
                            [](const auto& r, int64_t at) { return r.second < at; });
  }
  All all_;
};

/// Which bytes are taken when: a segment tree over time, so that thousands of layers do not make
/// each storage look at all others.
class Timeline {
 public:
  explicit Timeline(int64_t times) : times_(times), spans_(size_t(4 * times)) {}

  /// Takes `size` bytes from `begin` to `end`, both included, at the lowest offset that is free.
  int64_t take(int64_t begin, int64_t end, int64_t size) {
    std::vector<const Ranges*> taken;
    look({0, times_ - 1, 0}, begin, end, &taken);
    int64_t offset = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (const Ranges* r : taken) {
        const int64_t past = r->past(offset, size);
        moved = moved || past != offset;
        offset = past;
      }
    }
    mark({0, times_ - 1, 0}, begin, end, offset, checked_add(offset, size));
    return offset;
  }

 private:
  struct Span {
    Ranges always, ever;  // taken all the time by one that was marked here, or at some time in it
  };
  struct Place {
    int64_t begin, end;
    size_t span;
    Place left() const { return {begin, (begin + end) / 2, 2 * span + 1}; }
    Place right() const { return {(begin + end) / 2 + 1, end, 2 * span + 2}; }
    bool outside(int64_t b, int64_t e) const { return e < begin || end < b; }
    bool within(int64_t b, int64_t e) const { return b <= begin && end <= e; }
  };
  void look(Place p, int64_t begin, int64_t end, std::vector<const Ranges*>* taken) const {
    if (p.outside(begin, end)) return;
    const bool all = p.within(begin, end);
    taken->push_back(all ? &spans_[p.span].ever : &spans_[p.span].always);
    if (all) return;
    look(p.left(), begin, end, taken);
    look(p.right(), begin, end, taken);
  }
  void mark(Place p, int64_t begin, int64_t end, int64_t from, int64_t to) {
    if (p.outside(begin, end)) return;
    spans_[p.span].ever.add(from, to);
    if (p.within(begin, end)) return spans_[p.span].always.add(from, to);
    mark(p.left(), begin, end, from, to);
    mark(p.right(), begin, end, from, to);
  }

  int64_t times_;
  std::vector<Span> spans_;
};

class Assigner {
 public:
  explicit Assigner(const Program& p) : p_(p), uses_(uses_of(p)), root_(p.storages.size()) {
    for (uint32_t s = 0; s < root_.size(); ++s) root_[s] = s;
  }

  MemoryPlan run() {
    MemoryPlan m;
    m.of.resize(p_.storages.size());
    write_in_place(m);
    share_operands();
    pack(m);
    for (uint32_t s = 0; s < p_.storages.size(); ++s) {
      const ValueKind kind = p_.storages[s].kind;
      if (kind == ValueKind::constant) m.of[s] = {Placement::Kind::constant, 0, s};
      if (kind == ValueKind::input || kind == ValueKind::state)
        m.of[s] = {Placement::Kind::given, 0, s};
    }
    for (uint32_t s = 0; s < p_.storages.size(); ++s) m.of[s] = m.of[find(s)];
    return m;
  }

 private:
  uint32_t find(uint32_t s) const {
    while (root_[s] != s) s = root_[s];
    return s;
  }

  int64_t bytes(uint32_t s) const { return p_.storages[s].size(); }

  int out_index(const PlannedNode& n, uint32_t storage) const {
    for (size_t k = 0; k < n.out.size(); ++k) {
      if (n.out[k].storage == storage) return int(k);
    }
    return -1;
  }

  /// Values that go back to state are made in the state's memory where nobody reads the old value
  /// at or after that moment, but for a kernel that may work in place.
  void write_in_place(MemoryPlan& m) {
    for (const auto& [state, value] : p_.writes) {
      const int64_t made = uses_.made[value.storage];
      bool direct = made >= 0 && root_[value.storage] == value.storage &&
                    p_.storages[value.storage].memory == p_.storages[state].memory;
      for (int64_t reader : uses_.readers[state]) {
        if (reader < made) continue;
        const PlannedNode& n = p_.nodes[size_t(reader)];
        direct = direct && reader == made &&
                 may_overwrite(p_, n, uint32_t(out_index(n, value.storage)), state);
      }
      for (const auto& [name, o] : p_.outputs) direct = direct && o.storage != state;
      if (direct) {
        root_[value.storage] = state;
      } else {
        m.copies.push_back({state, value});
      }
    }
  }

  /// A result takes over the bytes of an operand that nobody reads later.
  void share_operands() {
    for (size_t i = 0; i < p_.nodes.size(); ++i) {
      const PlannedNode& n = p_.nodes[i];
      for (const nnr_alias& a : n.choice.inplace) {
        if (a.in >= n.in.size() || a.out >= n.out.size() || n.in[a.in].absent()) continue;
        const uint32_t from = n.in[a.in].storage, to = n.out[a.out].storage;
        const uint32_t root = find(from);
        if (root_[to] != to || p_.storages[root].kind != ValueKind::node ||
            taken_twice(n, root, a.out))
          continue;
        if (p_.storages[from].memory != p_.storages[to].memory) continue;
        if (bytes(from) != bytes(to) || uses_.last[root] != int64_t(i)) continue;
        if (!may_overwrite(p_, n, a.out, from)) continue;
        root_[to] = root;
        uses_.last[root] = std::max(uses_.last[root], uses_.last[to]);
      }
    }
  }

  /// Does another result of the node, or another operand of it, already lie in those bytes?
  bool taken_twice(const PlannedNode& n, uint32_t root, uint32_t out) const {
    for (uint32_t k = 0; k < n.out.size(); ++k) {
      if (k != out && find(n.out[k].storage) == root) return true;
    }
    uint32_t seen = Operand::kAbsent;
    for (const Operand& o : n.in) {
      if (o.absent() || find(o.storage) != root) continue;
      if (seen != Operand::kAbsent && seen != o.storage) return true;
      seen = o.storage;
    }
    return false;
  }

  /// First fit by size: large storages first, each at the lowest offset free for its whole life.
  void pack(MemoryPlan& m) const {
    struct Block {
      uint32_t storage;
      int64_t size, begin, end;
      int memory;
    };
    std::vector<Block> blocks;
    for (uint32_t s = 0; s < p_.storages.size(); ++s) {
      if (p_.storages[s].kind == ValueKind::node && root_[s] == s && uses_.made[s] >= 0) {
        blocks.push_back({s, align_up(std::max<int64_t>(bytes(s), 1), kAlign), uses_.made[s],
                          uses_.last[s], p_.storages[s].memory});
      }
    }
    std::stable_sort(blocks.begin(), blocks.end(),
                     [](const Block& a, const Block& b) { return a.size > b.size; });
    std::map<int, Timeline> timelines;  // by memory
    for (const Block& b : blocks) {
      Timeline& timeline =
          timelines.try_emplace(b.memory, int64_t(p_.nodes.size()) + 1).first->second;
      const int64_t offset = timeline.take(b.begin, b.end, b.size);
      m.of[b.storage].offset = offset;
      int64_t& arena = m.arena_bytes[b.memory];
      arena = std::max(arena, checked_add(offset, b.size));
    }
  }

  const Program& p_;
  Uses uses_;
  std::vector<uint32_t> root_;  // union-find: whose bytes a storage lies in
};

}  // namespace

MemoryPlan assign_memory(const Program& p) { return Assigner(p).run(); }

}  // namespace nnrun
