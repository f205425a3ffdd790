#include "core/plugin/elf.h"

#include <elf.h>

#include <cstring>
#include <random>

#include "core/plugin/probe.h"
#include "tests/plugin/support.h"

namespace nnrun::test {
namespace {

std::span<const std::byte> bytes(const std::string& s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}

TEST(Elf, ListsWhatALibraryNeeds) {
  const std::string good = contents(kPlugins + "sdk_example.so");
  const std::vector<std::string> needed = check_elf(bytes(good), "nnr_plugin_entry_v0").needed;
  EXPECT_NE(std::find(needed.begin(), needed.end(), "libstdc++.so.6"), needed.end());
}

TEST(Elf, EveryTruncationIsAnError) {
  const std::string good = contents(kPlugins + "fine.so");
  for (size_t n = 0; n < good.size(); n += 7) {
    EXPECT_THROW(check_elf(bytes(good.substr(0, n)), "nnr_plugin_entry_v0"), Error) << n;
  }
}

// 400 files, each with some bytes of its headers, dynamic section or symbols changed.
TEST(Elf, MutatedHeadersAreRefusedOrWork) {
  const Folder f;
  ::setenv("XDG_CACHE_HOME", f.path().c_str(), 1);
  set_probe_timeout(std::chrono::seconds(1));
  const std::string good = contents(kPlugins + "fine.so");
  Elf64_Ehdr h;
  std::memcpy(&h, good.data(), sizeof h);
  std::vector<std::pair<size_t, size_t>> places = {{0, sizeof h},
                                                   {h.e_phoff, h.e_phnum * sizeof(Elf64_Phdr)}};
  for (int i = 0; i < h.e_phnum; ++i) {
    Elf64_Phdr p;
    std::memcpy(&p, good.data() + h.e_phoff + size_t(i) * sizeof p, sizeof p);
    if (p.p_type == PT_DYNAMIC) places.push_back({p.p_offset, p.p_filesz});
    if (p.p_type == PT_LOAD && p.p_offset == 0) places.push_back({0, p.p_filesz});
  }
  std::mt19937 random(1);
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  int worked = 0;
  for (int i = 0; i < 400; ++i) {
    std::string bad = good;
    for (size_t k = 1 + below(3); k > 0; --k) {
      const auto [at, size] = places[below(places.size())];
      bad[at + below(size)] = char(below(256));
    }
    const PluginInfo info = inspect_plugin(f.write("m.so", bad));
    EXPECT_TRUE(info.ok || !info.reason.empty()) << i;
    worked += info.ok;
  }
  set_probe_timeout(std::chrono::seconds(10));
  EXPECT_LT(worked, 400);
}

}  // namespace
}  // namespace nnrun::test
