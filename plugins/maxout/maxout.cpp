// Maxout (Goodfellow et al., arXiv:1302.4389): each unit is the largest of several linear functions
// of the input, so the layer learns its own piecewise linear activation. The example to copy for a
// layer with parameters.
//
//   - {type: Maxout, out_features: 16, pieces: 3}
//
// (..., in_features) becomes (..., out_features). Parameters, as in Linear: weight (out_features x
// pieces, in_features) and bias (out_features x pieces), the pieces of a unit next to each other.
#include <cmath>
#include <nnrun/plugin.hpp>

namespace {

using namespace nnrun::sdk;

struct Maxout {
  static std::vector<Attr> attrs() {
    return {required<int64_t>("out_features", "number of units").range(1, 1e9),
            attr("pieces", 2, "linear functions of each unit").range(1, 1024)};
  }

  static Value build(Scope& s) {
    const Value x = s.x();
    const int64_t in = x.size(-1), out = s.attrs.integer("out_features");
    const int64_t pieces = s.attrs.integer("pieces");
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    const Value w =
        s.param("weight", {out * pieces, in}, Init::kaiming_uniform(std::sqrt(5.0), in));
    const Value b = s.param("bias", {out * pieces}, Init::uniform(-bound, bound));
    std::vector<int64_t> shape = x.shape();
    shape.back() = out;
    shape.push_back(pieces);
    return max(reshape(linear(x, w, b), shape), {-1});
  }
};

}  // namespace

NNRUN_PLUGIN("maxout", "1.0.0") {
  p.layer<Maxout>("nnrun.Maxout", "the largest of several linear functions");
}
