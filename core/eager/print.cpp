// Tensors as text, laid out as libtorch's operator<< does: one scale and width for all elements of
// a matrix, columns folded at 80 characters, the type and the sizes at the end.
#include <cmath>
#include <iomanip>
#include <ostream>

#include "core/eager/body.h"

namespace nnrun {
namespace {

constexpr int64_t kLine = 80;

/// Gives the stream its format back.
class Format {
 public:
  explicit Format(std::ostream& out) : out_(out), saved_(nullptr) { saved_.copyfmt(out); }
  ~Format() { out_.copyfmt(saved_); }
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;

 private:
  std::ostream& out_;
  std::ios saved_;
};

struct Layout {
  double scale = 1;
  int width = 0;
};

/// Decimal digits before the point: 1 for 5, 0 for 0.5, -1 for 0.05.
double digits(double v) { return v != 0 ? std::floor(std::log10(v)) + 1 : 1; }

/// Chooses the layout of n elements, and sets the stream to it.
Layout choose(std::ostream& out, const double* p, int64_t n) {
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
  if (n == 0) return {1, 0};
  const double low = any ? digits(least) : 1, high = any ? digits(most) : 1;
  if (whole && high <= 9) {
    out << std::defaultfloat;
    return {1, int(high) + 1};
  }
  if (whole || high - low > 4) {
    out << std::scientific << std::setprecision(4);
    return {1, !whole && (std::fabs(high) > 99 || std::fabs(low) > 99) ? 12 : 11};
  }
  out << std::fixed << std::setprecision(4);
  if (high > 5 || high < 0) return {std::pow(10, high - 1), 7};
  return {1, high == 0 ? 7 : int(high) + 6};
}

void indent(std::ostream& out, int n) { out << std::string(size_t(n), ' '); }

void print_scale(std::ostream& out, double scale) {
  const Format guard(out);
  out << std::defaultfloat << scale << " *\n";
}

void print_matrix(std::ostream& out, const double* p, int64_t rows, int64_t columns, int margin) {
  const Layout l = choose(out, p, rows * columns);
  indent(out, margin);
  const int64_t at_once = (kLine - margin) / (l.width + 1);
  for (int64_t first = 0; first < columns;) {
    const int64_t last = std::min(first + at_once, columns) - 1;
    if (at_once < columns) {
      if (first != 0) out << '\n';
      out << "Columns " << first + 1 << " to " << last + 1;
      indent(out, margin);
    }
    if (l.scale != 1) {
      print_scale(out, l.scale);
      indent(out, margin);
    }
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = first; c <= last; ++c) {
        out << std::setw(l.width) << p[r * columns + c] / l.scale << (c == last ? "\n" : " ");
      }
      if (r + 1 < rows) indent(out, margin + (l.scale != 1 ? 1 : 0));
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
  const Format guard(out);
  if (!t.defined()) return out << "[ Tensor (undefined) ]";
  NoGradGuard no_grad;
  const Tensor x = t.detach().to(TensorOptions(kCPU)).to(kDouble).contiguous();
  const double* p = x.data_ptr<double>();
  if (x.dim() == 0) {
    out << std::defaultfloat << p[0] << '\n';
  } else if (x.numel() == 0) {
    // Nothing but the sizes.
  } else if (x.dim() == 1) {
    const Layout l = choose(out, p, x.numel());
    if (l.scale != 1) print_scale(out, l.scale);
    for (int64_t i = 0; i < x.numel(); ++i) out << std::setw(l.width) << p[i] / l.scale << '\n';
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
