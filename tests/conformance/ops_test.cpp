// Every op, every sample, every dtype it takes, on every backend found: against the reference
// backend in float64. A new op or backend is tested by existing.
#include "tests/support/arrays.h"

namespace nnrun::test {
namespace {

std::vector<const OpDef*> sampled_ops() {
  std::vector<const OpDef*> r;
  for (const OpDef* d : all_ops()) {
    if (!d->samples.empty()) r.push_back(d);
  }
  return r;
}

std::string describe(const OpDef& d, size_t sample, DType t, const std::string& backend) {
  std::string s =
      d.name + d.samples[sample].attrs.str() + " on " + backend + " in " + name_of(t) + " of";
  for (const Sample::In& in : d.samples[sample].in) s += " " + in.shape.str();
  return s;
}

/// The backends that can run on this machine, or of these the one named by $NNRUN_CONFORMANCE. What
/// is passed over is said once.
const std::vector<std::string>& backends_here() {
  static const std::vector<std::string> here = [] {
    const char* only = std::getenv("NNRUN_CONFORMANCE");
    std::vector<std::string> r;
    for (const std::string& name : backend_names()) {
      if (only != nullptr && name != only) continue;
      try {
        find_backend(name);
        r.push_back(name);
      } catch (const Error& e) {
        std::printf("not tested: %s\n", e.what());
      }
    }
    if (only != nullptr && r.empty()) ADD_FAILURE() << only << " cannot be tested";
    return r;
  }();
  return here;
}

class Conformance : public ::testing::TestWithParam<const OpDef*> {};

TEST_P(Conformance, EveryBackendAgreesWithTheReferenceInFloat64) {
  const OpDef& d = *GetParam();
  for (size_t k = 0; k < d.samples.size(); ++k) {
    const Sample& s = d.samples[k];
    for (int t = 0; t < sdk::kDTypes; ++t) {
      const DType dtype = DType(t);
      if (!(d.dtypes & sdk::mask_of(dtype))) continue;
      std::mt19937_64 random(k * 97 + 1);
      std::vector<Array> in, exact;
      for (const Sample::In& x : s.in) {
        in.push_back(draw(x, dtype, s.kinks, random));
        const bool widen = in.back().defined() && is_float(in.back().dtype()) && !x.fixed;
        exact.push_back(widen ? in.back().cast(DType::float64) : in.back());
      }
      Attrs wide = s.attrs;
      std::vector<Array> want = apply(d.name, exact, wide, on({"reference"}));
      for (const std::string& backend : backends_here()) {
        SCOPED_TRACE(describe(d, k, dtype, backend));
        std::vector<Array> got;
        try {
          got = apply(d.name, in, s.attrs, on({backend, "reference"}));
        } catch (const std::exception& e) {
          ADD_FAILURE() << e.what();
          continue;
        }
        ASSERT_EQ(got.size(), want.size());
        for (size_t i = 0; i < got.size(); ++i) {
          if (!want[i].defined() || d.has(kRandom)) continue;
          EXPECT_TRUE(close(got[i], want[i], tolerance(is_float(dtype) ? dtype : got[i].dtype())))
              << "output " << i;
        }
      }
    }
  }
}

TEST_P(Conformance, RandomValuesAreTheSameBitsOnEveryBackend) {
  const OpDef& d = *GetParam();
  if (!d.has(kRandom)) return;
  for (const Sample& s : d.samples) {
    std::mt19937_64 random(7);
    std::vector<Array> in;
    for (const Sample::In& x : s.in) in.push_back(draw(x, DType::float32, {}, random));
    const std::vector<Array> want = apply(d.name, in, s.attrs, on({"reference"}));
    for (const std::string& backend : backends_here()) {
      const std::vector<Array> got = apply(d.name, in, s.attrs, on({backend, "reference"}));
      for (size_t i = 0; i < got.size(); ++i) {
        // Normals go through log and cos, which may differ in the last bits.
        const double ulp = d.name == "randn" ? 4 * 1.2e-7 : 0;
        EXPECT_TRUE(close(got[i], want[i], {ulp, ulp})) << d.name << " on " << backend;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, Conformance, ::testing::ValuesIn(sampled_ops()),
                         [](const auto& info) {
                           std::string s = info.param->name;
                           for (char& c : s)
                             c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return s;
                         });

TEST(Ops, EveryOpHasSamplesOfAtLeastThreeShapes) {
  for (const OpDef* d : all_ops()) EXPECT_GE(d->samples.size(), 3u) << d->name;
}

TEST(Ops, EveryPrimitiveHasAReferenceKernel) {
  for (const OpDef* d : sampled_ops()) {
    if (d->compose || d->view) continue;
    for (size_t k = 0; k < d->samples.size(); ++k) {
      std::mt19937_64 random(3);
      std::vector<Array> in;
      for (const Sample::In& x : d->samples[k].in) {
        const DType t = d->dtypes & NNR_F32   ? DType::float32
                        : d->dtypes & NNR_I64 ? DType::int64
                                              : DType::boolean;
        in.push_back(draw(x, t, {}, random));
      }
      EXPECT_NO_THROW(apply(d->name, in, d->samples[k].attrs, on({"reference"}))) << d->name;
    }
  }
}

}  // namespace
}  // namespace nnrun::test
