#include "backends/cuda/map.h"

#include <algorithm>

#include "backends/cuda/map_text.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {
namespace {

/// What a kernel may take by value from sm_70 on.
constexpr size_t kMostBytes = 32764;

int64_t numel_of(const Map& m) {
  int64_t n = 1;
  for (int64_t s : m.shape) n *= s;
  return n;
}

std::vector<const char*> parts_of(const Map& m) {
  std::vector<const char*> parts = {text_types(), text_math(), text_walk()};
  parts.insert(parts.end(), m.parts.begin(), m.parts.end());
  return parts;
}

}  // namespace

std::vector<const MapOperand*> operands_of(const Map& m) {
  std::vector<const MapOperand*> r;
  for (const MapOperand& o : m.in) r.push_back(&o);
  for (const MapOperand& o : m.out) r.push_back(&o);
  return r;
}

bool is_stream(const Map& m) {
  const std::vector<int64_t> contiguous = row_major(m.shape);
  for (const MapOperand* o : operands_of(m)) {
    for (size_t i = 0; i < m.shape.size() && o->moves(); ++i) {
      if (m.shape[i] != 1 && o->strides[i] != contiguous[i]) return false;
    }
  }
  return !m.takes_args();
}

MapOperand operand_over(const Desc& d, int i, const std::vector<int64_t>& shape) {
  const Operand o = d.operand(i);
  return {o.dtype(), strides_over(o, shape), {i, 0}, false, o.rank() == 0 && !shape.empty()};
}

MapOperand address_of(const Desc& d, int i, const std::vector<int64_t>& shape) {
  return {d.operand(i).dtype(), std::vector<int64_t>(shape.size(), 0), {i, 0}, true};
}

void MapKernel::add_map(const Map& m) {
  std::vector<std::vector<int64_t>> strides;
  for (const MapOperand* o : operands_of(m)) strides.push_back(o->strides);
  const Walk w = walk_of(m.shape, strides);
  if (w.numel == 0) return;
  const int packed = packed_elements(m, w);
  Launch& l = add(parts_of(m), map_text(m, w, packed),
                  grid_for(w.numel, std::max(packed, 1), device().processors()));
  l.args.walk = w;
  std::copy(m.n.begin(), m.n.end(), l.args.n);
  std::copy(m.v.begin(), m.v.end(), l.args.v);
  const auto operands = operands_of(m);
  for (size_t k = 0; k < operands.size(); ++k) l.pointer[k] = operands[k]->where;
}

void MapKernel::add_streams(const std::vector<Map>& maps) {
  if (maps.empty()) return;
  const size_t operands = operands_of(maps[0]).size();
  const size_t most = (kMostBytes / 8 - 1) / (2 + operands);
  for (size_t from = 0; from < maps.size(); from += most) {
    const auto begin = maps.begin() + ptrdiff_t(from);
    const auto end = begin + ptrdiff_t(std::min(most, maps.size() - from));
    std::vector<uint64_t> first = {0}, numel;
    std::vector<Launch::Pointer> addresses;
    for (auto m = begin; m != end; ++m) {
      numel.push_back(uint64_t(numel_of(*m)));
      first.push_back(first.back() + (numel.back() + kChunk - 1) / kChunk);
      for (const MapOperand* o : operands_of(*m)) addresses.push_back(o->where);
    }
    if (first.back() == 0) continue;
    Launch& l = add(parts_of(*begin), stream_text(*begin, numel.size()),
                    grid_for(int64_t(first.back()) * kThreads, 1, device().processors()));
    l.table = std::move(first);
    l.table.insert(l.table.end(), numel.begin(), numel.end());
    l.addresses = std::move(addresses);
  }
}

}  // namespace nnrun::cuda
