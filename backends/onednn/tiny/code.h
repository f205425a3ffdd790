// Straight-line vector code as data: instructions over registers without number, each written once.
// lower*.cpp make it from a program, emit.cpp makes machine code of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nnrun::onednn::tiny {

/// A register: kWidth floats, or one double in lane 0.
using Reg = int;
inline constexpr Reg kNone = -1;

/// Instructions that are still better than a kernel a node.
inline constexpr size_t kMostInstructions = 6000;

/// Ends the lowering; lower() says `what`.
struct CannotLower : std::runtime_error {
  using runtime_error::runtime_error;
};
[[noreturn]] inline void cannot(const std::string& what) { throw CannotLower(what); }

/// An address: a buffer of the launch (0, 1, ...), the scratch memory or the constants, and bytes.
struct Mem {
  static constexpr int kScratch = -1, kConstants = -2, kRow = -16;  // kRow - i: row i of the run
  int base = kScratch;
  int64_t offset = 0;
};

enum class Op : uint8_t {
  // From memory.
  load,       // imm floats (the others 0)
  broadcast,  // one float to all lanes
  gather,     // imm floats, `step` bytes apart
  rows,       // lane l: from mem.base - l, imm lanes
  load_f64,
  load_i64,  // as a double
  load_u8,   // as a double
  // Between registers, lane by lane.
  add,
  sub,
  mul,
  div,
  min,
  max,
  sqrt,
  floor,
  nearest,
  fma,   // a * b + c
  fnma,  // c - a * b
  bit_and,
  bit_or,
  bit_xor,
  bit_andnot,  // andnot: ~a & b
  compare,     // imm: the predicate of vcmpps
  blend,       // the sign of a ? b : c
  int_add,
  int_sub,
  shift_left,
  shift_right,  // of 32-bit lanes; shifts by imm
  from_int,
  // Across lanes.
  splat,    // lane imm of a, to all
  hadd,     // pairs of a, then of b, by halves of 128 bits
  low_low,  // the lower halves of a and b
  high_high,
  // Doubles.
  add_f64,
  sub_f64,
  mul_f64,
  div_f64,
  sqrt_f64,
  blend_f64,    // the sign of a ? b : c
  compare_f64,  // imm; 1 or 0
  to_f64,       // lane 0 of a
  to_f32,       // to all lanes
  // To memory.
  store,  // imm floats
  store_f64,
  store_i64,
  store_u8,
  // Leave the function with status 1:
  require,         // unless lane 0 of the double a is not 0
  require_no_nan,  // if a lane of a is NaN
};

struct Ins {
  Op op;
  Reg to = kNone, a = kNone, b = kNone, c = kNone;
  int imm = 0;
  int64_t step = 0;
  Mem mem = {};
};

class Code {
 public:
  explicit Code(int width) : width_(width) {}

  int width() const { return width_; }
  const std::vector<Ins>& instructions() const { return ins_; }
  int registers() const { return registers_; }
  int64_t scratch_bytes() const { return scratch_; }
  const std::vector<float>& constants() const { return constants_; }

  Reg load(Mem m, int n) { return from(Op::load, m, n); }
  Reg broadcast(Mem m) { return from(Op::broadcast, m, width_); }
  Reg gather(Mem m, int64_t step, int n) { return from(Op::gather, m, n, step); }
  /// Of imm rows, the first of which is row `first` of the run.
  Reg rows(int first, int64_t offset, int n) {
    return from(Op::rows, {Mem::kRow - first, offset}, n);
  }
  /// All bits of the first n lanes.
  Reg mask(int n);
  Reg load_scalar(Op op, Mem m) { return from(op, m, 1); }

  /// The same number in all lanes; once for each number.
  Reg constant(float v);
  Reg constant_bits(uint32_t v);
  Reg constant_f64(double v);

  /// Doubles that are known are worked out here.
  Reg op(Op o, Reg a, Reg b = kNone, Reg c = kNone, int imm = 0) {
    if (const auto known = folded(o, a, b, c, imm)) return constant_f64(*known);
    return add({o, registers_, a, b, c, imm, 0, {}});
  }
  void store(Op o, Mem m, Reg a, int n) { ins_.push_back({o, kNone, a, kNone, kNone, n, 0, m}); }
  void require(Reg a) { ins_.push_back({Op::require, kNone, a}); }
  void require_no_nan(Reg a) { ins_.push_back({Op::require_no_nan, kNone, a}); }

  /// Memory of its own, 32-byte aligned.
  Mem scratch(int64_t bytes) {
    const Mem m{Mem::kScratch, scratch_};
    scratch_ += (bytes + 31) / 32 * 32;
    return m;
  }

 private:
  Reg from(Op o, Mem m, int imm, int64_t step = 0) {
    return add({o, registers_, kNone, kNone, kNone, imm, step, m});
  }
  /// A program that is too long ends as soon as it is: whole, it could be millions of these.
  Reg add(Ins i) {
    if (ins_.size() >= kMostInstructions) cannot("too many instructions");
    ins_.push_back(i);
    return registers_++;
  }
  std::optional<double> folded(Op o, Reg a, Reg b, Reg c, int imm) const;
  Reg constant_at(uint64_t key, Op op, const float* v, int n);

  int width_, registers_ = 0;
  int64_t scratch_ = 0;
  std::vector<Ins> ins_;
  std::vector<float> constants_;  // of 4 bytes each, a double in two
  std::map<std::pair<int, uint64_t>, Reg> known_;
  std::map<Reg, double> doubles_;  // constants
};

}  // namespace nnrun::onednn::tiny
