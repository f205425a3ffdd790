// The oneDNN backend beside the reference backend: once for each instruction set this CPU has.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <random>

#include "tests/backends/reference.h"

namespace nnrun::test {

/// A copy of the library is a library of its own, which chooses its loops when it is opened.
inline std::unique_ptr<Library> open_onednn(const std::string& isa) {
  namespace fs = std::filesystem;
  const fs::path copy = fs::temp_directory_path() /
                        ("nnrun-onednn-" + isa + "-" + std::to_string(::getpid()) + ".so");
  fs::copy_file(NNRUN_MODULE_DIR "/nnrun-backend-onednn.so", copy,
                fs::copy_options::overwrite_existing);
  ::setenv("NNRUN_MAX_CPU_ISA", isa.c_str(), 1);
  auto library = std::make_unique<Library>(copy.string());
  nnr_dev_info info = {};
  library->table().device_info(library->self(), 0, &info, nullptr);
  ::unsetenv("NNRUN_MAX_CPU_ISA");
  fs::remove(copy);
  return library;
}

/// With the loops for x86-64-v2, v3 and v4 (or what the CPU has of them), in this order.
inline const std::vector<Library*>& onednn_levels() {
  // Never unloaded, as everywhere.
  static const std::vector<Library*>& all = *new std::vector<Library*>([] {
    std::vector<Library*> v;
    for (const char* isa : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
      v.push_back(open_onednn(isa).release());
    }
    return v;
  }());
  return all;
}
/// With the best loops.
inline Library& onednn() { return *onednn_levels().back(); }

inline Tensor random_tensor(DType t, const Ints& shape, double lo = -2, double hi = 2,
                            unsigned seed = 1) {
  std::mt19937_64 random(seed);
  Numbers v;
  int64_t n = 1;
  for (int64_t s : shape) n *= s;
  for (int64_t i = 0; i < n; ++i) {
    v.push_back(std::uniform_real_distribution<double>(lo, hi)(random));
    if (!sdk::is_float(t)) v.back() = std::round(v.back());
  }
  return Tensor(t, shape, v);
}

inline double tolerance_of(DType t) {
  switch (t) {
    case kF32: return 2e-5;
    case kF64: return 1e-11;
    case kBF16: return 3e-2;
    case kF16: return 4e-3;
    default: return 0;
  }
}

/// Every way the backend offers, at every instruction set, on one thread and two, gives these
/// values, with `tolerance` for floats; no way is a reference implementation of oneDNN's.
inline void expect_results(const std::vector<Numbers>& want, const std::string& op,
                           const std::vector<std::optional<Tensor>>& in,
                           const std::vector<Out>& out, const AttrMap& attrs = {},
                           double tolerance = -1) {
  for (Library* library : onednn_levels()) {
    for (uint32_t threads : {1u, 2u}) {
      library->threads = threads;
      const Offered offered = library->offer(op, in, out, attrs);
      EXPECT_FALSE(offered.ways.empty()) << op << ": " << offered.why_not;
      std::vector<std::string> ways;  // a run makes another offer
      for (const nnr_offer& way : offered.ways) ways.push_back(sdk::to_string(way.impl));
      for (const std::string& impl : ways) {
        SCOPED_TRACE(op + " " + impl + " of " + library->file());
        EXPECT_EQ(impl.find("ref"), std::string::npos);
        const std::vector<Tensor> got = library->run(op, in, out, attrs, impl);
        for (size_t i = 0; i < got.size(); ++i) {
          const double t = tolerance < 0 ? tolerance_of(out[i].dtype) : tolerance;
          expect_values(got[i], want[i], t);
        }
      }
      library->threads = 1;
    }
  }
}
/// The same, where the reference backend says what the values are.
inline void expect_agreement(const std::string& op, const std::vector<std::optional<Tensor>>& in,
                             const std::vector<Out>& out, const AttrMap& attrs = {},
                             double tolerance = -1) {
  std::vector<Numbers> want;
  for (const Tensor& t : reference().run(op, in, out, attrs)) want.push_back(t.values());
  expect_results(want, op, in, out, attrs, tolerance);
}

}  // namespace nnrun::test
