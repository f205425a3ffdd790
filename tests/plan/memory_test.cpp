// Where values lie: disjoint while they live, as low as they can, and untouched until they are
// made.
#include "core/plan/memory.h"

#include "tests/plan/net.h"
#include "tests/support/memory.h"

namespace nnrun::test {
namespace {

/// A program whose node i makes storage i, of some size, and reads some of those before it.
Program random_program(int nodes, std::mt19937& random) {
  Program p;
  for (int i = 0; i < nodes; ++i) {
    const Shape shape = {int64_t(random() % 2000)};
    const auto operand = [&](uint32_t s) {
      const Shape& x = p.storages[s].type.shape;
      return Operand{s, {x, x.row_major(), 0}};
    };
    p.storages.push_back({{DType::float32, shape}});
    PlannedNode n;
    n.op = "relu";
    for (int k = 0; i > 0 && k < 2; ++k) n.in.push_back(operand(uint32_t(random() % unsigned(i))));
    n.out = {operand(uint32_t(i))};
    p.nodes.push_back(std::move(n));
  }
  return p;
}

TEST(Memory, ValuesThatLiveAtOneTimeLieApartAndAsLowAsTheyCan) {
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    const Program p = random_program(120, random);
    const MemoryPlan m = assign_memory(p);
    struct Block {
      int64_t offset, size, begin, end;
    };
    std::vector<Block> blocks;
    for (int64_t i = 0; i < int64_t(p.storages.size()); ++i) {
      int64_t end = i;
      for (int64_t k = i; k < int64_t(p.nodes.size()); ++k) {
        for (const Operand& o : p.nodes[size_t(k)].in) {
          if (o.storage == i) end = k;
        }
      }
      const int64_t size = std::max<int64_t>(p.storages[size_t(i)].size(), 1);
      blocks.push_back({m.of[size_t(i)].offset, (size + 63) / 64 * 64, i, end});
    }
    // Large ones are placed first, each at the lowest offset that those before it leave.
    std::stable_sort(blocks.begin(), blocks.end(),
                     [](const Block& a, const Block& b) { return a.size > b.size; });
    int64_t all = 0;
    for (size_t i = 0; i < blocks.size(); ++i) {
      const Block& b = blocks[i];
      std::vector<int64_t> candidates = {0};
      for (size_t k = 0; k < i; ++k) candidates.push_back(blocks[k].offset + blocks[k].size);
      int64_t lowest = INT64_MAX;
      for (int64_t at : candidates) {
        bool free = true;
        for (size_t k = 0; k < i; ++k) {
          const Block& o = blocks[k];
          const bool meets = o.begin <= b.end && b.begin <= o.end;
          free = free && !(meets && at < o.offset + o.size && o.offset < at + b.size);
        }
        if (free) lowest = std::min(lowest, at);
      }
      ASSERT_EQ(b.offset, lowest);
      all = std::max(all, b.offset + b.size);
    }
    EXPECT_EQ(m.arena_bytes.at(kHostMemory), all);
  }
}

TEST(Memory, OfACpuBackendIsUntouchedUntilItIsUsed) {
  constexpr int64_t kMegabytes = 256;
  for (const char* name : {"reference", "onednn"}) {
    const auto backend = on({name}).backends[0];
    for (int k = 0; k < 2; ++k) {
      const int64_t before = of_this_process("VmRSS:");
      const auto memory = backend->allocate({kDLCPU, 0}, kMegabytes << 20);
      EXPECT_LT(of_this_process("VmRSS:") - before, kMegabytes * 1024 / 4) << name;
      auto* bytes = static_cast<uint8_t*>(memory.get());
      for (int64_t i = 0; i < kMegabytes << 20; i += 123457) {
        ASSERT_EQ(bytes[i], 0) << name;
        bytes[i] = 1;
      }
    }
  }
}

}  // namespace
}  // namespace nnrun::test
