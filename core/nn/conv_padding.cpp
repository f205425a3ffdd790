#include "core/nn/layer_parts.h"

namespace nnrun {
namespace {

/// What goes before and after a dimension.
struct Border {
  int64_t before, after;
};

/// As many results as elements; an odd one goes after them, as in torch.
Border same(LayerScope& s, size_t k) {
  if (s.attrs.integers("stride")[k] != 1) {
    s.fail("padding", "padding is same, but stride is not 1",
           "write the padding as a number, or stride: 1");
  }
  const int64_t total =
      checked_mul(s.attrs.integers("dilation")[k], s.attrs.integers("kernel_size")[k] - 1);
  return {total / 2, total - total / 2};
}

std::vector<Border> borders(LayerScope& s) {
  std::vector<Border> r;
  for (size_t k = 0; k < s.attrs.integers("kernel_size").size(); ++k) {
    if (!s.attrs.is_text("padding")) {
      const int64_t n = s.attrs.integers("padding")[k];
      r.push_back({n, n});
    } else if (s.attrs.text("padding") == "valid") {
      r.push_back({0, 0});
    } else {
      r.push_back(same(s, k));
    }
  }
  return r;
}

/// x with copies of its own elements around dimension dim.
Var wrapped(const LayerScope& s, Var x, int dim, Border b) {
  const std::string& mode = s.attrs.text("padding_mode");
  const int64_t n = x.shape()[dim], most = mode == "reflect" ? n - 1 : n;
  if (mode != "replicate" && std::max(b.before, b.after) > most) {
    s.fail("padding", "padding of " + std::to_string(std::max(b.before, b.after)) +
                          " elements, but padding_mode " + mode + " has at most " +
                          std::to_string(most) + " for an input of " + sample_text(x.shape()));
  }
  const auto flipped = [&](Var v) { return x.b->call1("flip", {v}, {{"dims", int64_t(dim)}}); };
  const auto repeated = [&](int64_t at, int64_t times) {
    Shape t = x.shape();
    t[dim] = times;
    return expand(slice(x, dim, at, at + 1), t);
  };
  std::vector<Var> parts;
  if (b.before > 0) {
    parts.push_back(mode == "reflect"     ? flipped(slice(x, dim, 1, b.before + 1))
                    : mode == "replicate" ? repeated(0, b.before)
                                          : slice(x, dim, n - b.before, n));
  }
  parts.push_back(x);
  if (b.after > 0) {
    parts.push_back(mode == "reflect"     ? flipped(slice(x, dim, n - 1 - b.after, n - 1))
                    : mode == "replicate" ? repeated(n - 1, b.after)
                                          : slice(x, dim, 0, b.after));
  }
  return parts.size() == 1 ? x : concat(parts, dim);
}

}  // namespace

AttrDecl padding_attr(AttrValue dflt, std::string doc) {
  return attr("padding", std::move(dflt), std::move(doc) + "; same: as many results as elements")
      .at_least(0)
      .of({"valid", "same"});
}

AttrDecl padding_mode_attr() {
  return attr("padding_mode", "zeros", "what lies around the input")
      .of({"zeros", "reflect", "replicate", "circular"});
}

Padded padded_input(LayerScope& s) {
  const std::vector<Border> around = borders(s);
  Padded r{s.x(), {}};
  if (s.attrs.text("padding_mode") != "zeros") {
    for (size_t k = 0; k < around.size(); ++k) r.x = wrapped(s, r.x, int(k) + 2, around[k]);
    r.zeros.assign(around.size(), 0);
    return r;
  }
  Ints low(size_t(r.x.rank()), 0), odd = low;
  for (size_t k = 0; k < around.size(); ++k) {
    r.zeros.push_back(around[k].before);
    odd[k + 2] = around[k].after - around[k].before;
  }
  if (odd != low) r.x = s.b.call1("pad", {r.x}, {{"low", low}, {"high", odd}, {"interior", low}});
  return r;
}

}  // namespace nnrun
