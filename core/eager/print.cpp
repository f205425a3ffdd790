// Tensors as text, laid out as libtorch's operator<< does: one scale and width for all elements of
// a matrix, columns folded at 80 characters, the type and the sizes at the end.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "core/eager/body.h"

namespace nnrun {
namespace {

constexpr int64_t kLine = 80;

/// The shortest text that reads back as v.
std::string shortest(double v) {
  const int exponent = v != 0 && std::isfinite(v) ? int(std::floor(std::log10(std::fabs(v)))) : 0;
  const auto form =
      exponent >= -4 && exponent < 16 ? std::chars_format::fixed : std::chars_format::scientific;
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, v, form).ptr};
}

/// How the elements of a matrix are written: divided by scale, in columns of a width.
struct Layout {
  enum class Form { shortest, fixed, scientific } form = Form::shortest;
  int width = 0;
  double scale = 1;

  std::string text(double v) const {
    if (form == Form::shortest) {
      const std::string s = shortest(v);
      return std::string(std::max(0, width - int(s.size())), ' ') + s;
    }
    char text[64];
    std::snprintf(text, sizeof text, form == Form::fixed ? "%*.4f" : "%*.4e", width, v / scale);
    return text;
  }
};

/// Decimal digits before the point: 1 for 5, 0 for 0.5, -1 for 0.05.
double digits(double v) { return v != 0 ? std::floor(std::log10(v)) + 1 : 1; }

Layout choose(const double* p, int64_t n) {
  using Form = Layout::Form;
  bool whole = true, any = false;
  double least = 0, most = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(p[i])) continue;
    const double v = std::fabs(p[i]);
    whole = whole && p[i] == std::ceil(p[i]);
    least = any ? std::min(least, v) : v;
    most = any ? std::max(most, v) : v;
    any = true;
  }
  if (n == 0) return {};
  const double low = any ? digits(least) : 1, high = any ? digits(most) : 1;
  if (whole && high <= 9) return {Form::shortest, int(high) + 1};
  if (whole || high - low > 4) {
    const bool wide = !whole && (std::fabs(high) > 99 || std::fabs(low) > 99);
    return {Form::scientific, wide ? 12 : 11};
  }
  if (high > 5 || high < 0) return {Form::fixed, 7, std::pow(10, high - 1)};
  return {Form::fixed, high == 0 ? 7 : int(high) + 6};
}

/// The first row of a matrix stands one to the left of the others where there is a margin, as in
/// libtorch.
void print_matrix(std::ostream& out, const double* p, int64_t rows, int64_t columns, int margin) {
  const Layout l = choose(p, rows * columns);
  const int64_t at_once = (kLine - margin) / (l.width + 1);
  for (int64_t first = 0; first < columns;) {
    const int64_t last = std::min(first + at_once, columns) - 1;
    if (at_once < columns) {
      if (first != 0) out << '\n';
      out << "Columns " << first + 1 << " to " << last + 1 << std::string(size_t(margin), ' ');
    }
    if (l.scale != 1) out << shortest(l.scale) << " *\n" << std::string(size_t(margin), ' ');
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = first; c <= last; ++c) {
        out << l.text(p[r * columns + c]) << (c == last ? "\n" : " ");
      }
      if (r + 1 < rows) out << std::string(size_t(margin + (l.scale != 1 ? 1 : 0)), ' ');
    }
    first = last + 1;
  }
}

/// Matrix after matrix, the first index fastest.
void print_matrices(std::ostream& out, const Tensor& t, const double* p) {
  const IntArrayRef s = t.sizes();
  const size_t outer = s.size() - 2;
  std::vector<int64_t> at(outer, 0);
  for (bool more = true, first = true; more; first = false) {
    if (!first) out << '\n';
    int64_t offset = 0;
    out << "(";
    for (size_t i = 0; i < outer; ++i) {
      out << at[i] + 1 << ",";
      offset += at[i] * t.stride(int64_t(i));
    }
    out << ".,.) = \n";
    print_matrix(out, p + offset, s[outer], s[outer + 1], 1);
    more = false;
    for (size_t i = 0; i < outer && !more; ++i) {
      more = ++at[i] < s[i];
      if (!more) at[i] = 0;
    }
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  if (!t.defined()) return out << "[ Tensor (undefined) ]";
  NoGradGuard no_grad;
  const Tensor x = t.detach().to(TensorOptions(kCPU)).to(kDouble).contiguous();
  const double* p = x.data_ptr<double>();
  if (x.dim() == 0) {
    out << shortest(p[0]) << '\n';
  } else if (x.numel() == 0) {
    // Nothing but the sizes.
  } else if (x.dim() == 1) {
    const Layout l = choose(p, x.numel());
    if (l.scale != 1) out << shortest(l.scale) << " *\n";
    for (int64_t i = 0; i < x.numel(); ++i) out << l.text(p[i]) << '\n';
  } else if (x.dim() == 2) {
    print_matrix(out, p, x.size(0), x.size(1), 0);
  } else {
    print_matrices(out, x, p);
  }
  out << "[ " << (t.is_cuda() ? "CUDA" : "CPU") << toString(t.scalar_type()) << "Type{";
  for (size_t i = 0; i < t.sizes().size(); ++i) out << (i ? "," : "") << t.sizes()[i];
  return out << "} ]";
}

}  // namespace nnrun
