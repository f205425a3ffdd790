#include <nnrun/sdk/formula.hpp>

#include "backends/onednn/chain.h"

namespace nnrun::onednn {
namespace {

/// A formula compiled to instructions over tiles of kFormulaTile numbers. Numbers that are the same
/// for all elements stay scalars; tiles are reused as soon as their last reader is done.
class Program {
 public:
  Program(const Formula& f, const std::vector<double>& a, bool is_double) : wide_(is_double) {
    const size_t n = f.nodes.size();
    std::vector<int> last_use(n, -1);
    for (size_t i = 0; i < n; ++i) {
      for (int k = 0; k < arity(f.nodes[i].fn); ++k) last_use[size_t(f.nodes[i].in[k])] = int(i);
    }
    std::vector<int> free;
    for (size_t i = 0; i < n; ++i) {
      const FormulaNode& node = f.nodes[i];
      const bool result = i + 1 == n;
      if (node.fn == Fn::number || node.fn == Fn::a) {
        at_.push_back({Arg::Kind::scalar, int(scalars_.size())});
        scalars_.push_back(scalar(node.fn == Fn::a ? a[size_t(node.index)] : node.value));
        continue;
      }
      if (node.fn == Fn::x) {
        at_.push_back({Arg::Kind::operand, node.index});
        continue;
      }
      Instruction ins = {};
      int scalars = 0;
      for (int k = 0; k < arity(node.fn); ++k) {
        ins.arg[k] = at_[size_t(node.in[k])];
        if (ins.arg[k].kind == Arg::Kind::scalar) scalars |= 1 << k;
      }
      // One argument, and two that are scalars, have a loop over equal numbers: rare, and right.
      if (arity(node.fn) == 1 && scalars != 0) {
        ins.arg[0] = spread(ins.arg[0], &free);
        scalars = 0;
      }
      for (int k = 0; k < arity(node.fn); ++k) {
        const size_t in = size_t(node.in[k]);
        bool again = false;  // the same node as an earlier argument
        for (int j = 0; j < k; ++j) again = again || node.in[j] == node.in[k];
        if (!again && last_use[in] == int(i) && at_[in].kind == Arg::Kind::tile) {
          free.push_back(at_[in].index);
        }
      }
      ins.loop = loops().formula(int(node.fn), scalars, wide_);
      const Arg out = result ? Arg{Arg::Kind::result, 0} : Arg{Arg::Kind::tile, take(&free)};
      ins.out = out;
      instructions_.push_back(ins);
      at_.push_back(out);
    }
    // A formula that is an operand or a number alone.
    if (at_.back().kind != Arg::Kind::result) {
      Instruction ins = {};
      ins.arg[0] = at_.back();
      const int zero = int(scalars_.size());
      scalars_.push_back(scalar(0));
      ins.arg[1] = {Arg::Kind::scalar, zero};
      ins.loop = loops().formula(int(Fn::sub), at_.back().kind == Arg::Kind::scalar ? 3 : 2, wide_);
      ins.out = {Arg::Kind::result, 0};
      instructions_.push_back(ins);
    }
  }

  int tiles() const { return tiles_; }
  size_t size() const { return instructions_.size(); }

  /// n <= kFormulaTile elements; x: where each operand's lie side by side; tile: memory for
  /// tiles().
  void run(const void* const* x, void* result, char* tile, int64_t n) const {
    const int64_t bytes = kFormulaTile * (wide_ ? 8 : 4);
    const auto address = [&](const Arg& a) -> const void* {
      switch (a.kind) {
        case Arg::Kind::scalar: return &scalars_[size_t(a.index)];
        case Arg::Kind::operand: return x[a.index];
        case Arg::Kind::tile: return tile + a.index * bytes;
        case Arg::Kind::result: return result;
        case Arg::Kind::none: break;
      }
      return nullptr;
    };
    for (const Instruction& i : instructions_) {
      i.loop(address(i.arg[0]), address(i.arg[1]), address(i.arg[2]),
             const_cast<void*>(address(i.out)), n);
    }
  }

 private:
  struct Arg {
    enum class Kind { none, scalar, operand, tile, result } kind = Kind::none;
    int index = 0;
  };
  struct Instruction {
    FormulaLoop loop;
    Arg arg[3], out;
  };
  union Scalar {
    float f;
    double d;
  };
  Scalar scalar(double v) const {
    Scalar s;
    if (wide_) {
      s.d = v;
    } else {
      s.f = float(v);
    }
    return s;
  }
  int take(std::vector<int>* free) {
    if (free->empty()) return tiles_++;
    const int t = free->back();
    free->pop_back();
    return t;
  }
  /// A scalar as a tile of equal numbers.
  Arg spread(const Arg& number, std::vector<int>* free) {
    Instruction ins = {};
    ins.arg[0] = ins.arg[1] = number;
    ins.loop = loops().formula(int(Fn::max), 3, wide_);
    ins.out = {Arg::Kind::tile, take(free)};
    instructions_.push_back(ins);
    free->push_back(ins.out.index);  // its reader is the next instruction
    return ins.out;
  }

  bool wide_;
  int tiles_ = 0;
  std::vector<Scalar> scalars_;
  std::vector<Instruction> instructions_;
  std::vector<Arg> at_;  // by node, while compiling
};

class FormulaKernel : public TileKernel {
 public:
  static Offer offer(const Desc& d) {
    if (d.inputs() < 1 || d.inputs() > kOperands || d.outputs() != 1) {
      return no("more than 3 operands");
    }
    for (int i = 0; i < d.inputs(); ++i) {
      if (!d.in(i) || d.in(i).dtype() != d.in(0).dtype()) {
        return no("operands of different dtypes");
      }
    }
    if (!is_float(d.in(0).dtype())) return no("not for integers");
    const Program p = program(d);
    if (p.tiles() > kTiles) return no("more than 32 values at a time");
    const SideBySide s(d, false);
    if (!s.why_not.empty()) return no(s.why_not);
    Offer o = yes(20 + double(d.out(0).numel()) * 0.2 * double(p.size()));
    return s.give(elementwise_inplace(std::move(o), d), d);
  }
  explicit FormulaKernel(const Desc& d)
      : program_(program(d)),
        operands_(d.inputs()),
        bytes_(size_of(d.in(0).dtype())),
        direct_(d.in(0).dtype() == DType::float32 || d.in(0).dtype() == DType::float64),
        widen_(loops().widen(d.in(0).dtype())),
        narrow_(loops().narrow(d.in(0).dtype())),
        tiles_(tiles(d)) {}

  void run(void* const* buffer, void*) const {
    void* p[kOperands + 1];
    for (int i = 0; i < kOperands; ++i) p[i] = buffer[i < operands_ ? i : 0];
    p[kOperands] = buffer[operands_];
    tiles_.run(p, [&](void* const* q, const Tile& t) {
      for (int64_t r = 0; r < t.rows; ++r) {
        void* row[kOperands + 1];
        for (size_t i = 0; i <= kOperands; ++i) {
          row[i] = at(q[i], r * t.row_step[i] * bytes_);
        }
        line(row, t);
      }
    });
  }
  /// One row; operands that are there, then the result.
  void run(void* const* p, const Tile& t) const override {
    Tile all = t;
    void* q[kOperands + 1];
    for (int i = 0; i <= kOperands; ++i) {
      const int k = i == kOperands ? operands_ : i < operands_ ? i : 0;
      q[i] = p[k];
      all.col_step[i] = t.col_step[k];
    }
    line(q, all);
  }

 private:
  static constexpr int kOperands = 3, kTiles = 32;

  static Program program(const Desc& d) {
    const std::vector<double> a = d.attrs().numbers("a");
    FormulaNames names;
    names.n_x = d.inputs();
    names.n_a = int(a.size());
    return Program(parse_formula(d.attrs().text("expr"), names), a,
                   d.in(0).dtype() == DType::float64);
  }
  static Tiles<kOperands + 1> tiles(const Desc& d) {
    const SideBySide s(d, false);
    if (!s.layout.empty()) {
      std::array<std::vector<int64_t>, kOperands + 1> steps;
      for (int i = 0; i <= kOperands; ++i) {
        const bool scalar = i < kOperands && s.scalar[size_t(i < d.inputs() ? i : 0)];
        steps[size_t(i)] = {scalar ? 0 : 1};
      }
      const int bytes = size_of(d.in(0).dtype());
      return {Walk<kOperands + 1>({s.numbers}, steps),
              {bytes, bytes, bytes, bytes},
              threads_for(d, s.numbers)};
    }
    const auto x = [&](int i) { return d.in(i < d.inputs() ? i : 0); };
    return Tiles<kOperands + 1>(d, d.out(0), {x(0), x(1), x(2), d.out(0)});
  }

  void line(void* const* p, const Tile& t) const {
    alignas(64) char memory[kTiles * kFormulaTile * 8];
    alignas(64) char operand[kOperands][kFormulaTile * 8];
    alignas(64) char result[kFormulaTile * 8];
    for (int64_t start = 0; start < t.cols; start += kFormulaTile) {
      const int64_t n = std::min<int64_t>(kFormulaTile, t.cols - start);
      const void* x[kOperands];
      for (int i = 0; i < operands_; ++i) {
        x[i] = at(p[i], start * t.col_step[i] * bytes_);
        if (!direct_ || (t.col_step[i] != 1 && n > 1)) {
          widen_(x[i], t.col_step[i], operand[i], n);
          x[i] = operand[i];
        }
      }
      char* y = at(p[kOperands], start * t.col_step[kOperands] * bytes_);
      const bool in_place = direct_ && (t.col_step[kOperands] == 1 || n == 1);
      program_.run(x, in_place ? static_cast<void*>(y) : result, memory, n);
      if (!in_place) narrow_(result, y, t.col_step[kOperands], n);
    }
  }

  Program program_;
  int operands_, bytes_;
  bool direct_;
  void (*widen_)(const void*, int64_t, void*, int64_t);
  void (*narrow_)(const void*, void*, int64_t, int64_t);
  Tiles<kOperands + 1> tiles_;
};

}  // namespace

std::unique_ptr<TileKernel> formula_tile_kernel(const Desc& d) {
  if (refused(FormulaKernel::offer(d))) return nullptr;
  return std::make_unique<FormulaKernel>(d);
}

std::vector<KernelDef> kernel_formula() { return {kernel<FormulaKernel>("formula", "simd")}; }

}  // namespace nnrun::onednn
