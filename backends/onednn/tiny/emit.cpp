#include "backends/onednn/tiny/emit.h"

#include <nnrun/sdk/status.hpp>

#ifdef __x86_64__

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include <xbyak/xbyak.h>
#include <xbyak/xbyak_util.h>

namespace nnrun::onednn::tiny {

struct Function::Memory : Xbyak::CodeGenerator {
  explicit Memory(size_t most) : CodeGenerator(most, Xbyak::DontSetProtectRWE) {}
};

namespace {

using namespace Xbyak::util;
using Xbyak::Reg64;
using Xbyak::Xmm;
using Xbyak::Ymm;

constexpr int kVectors = 15;  // of 16: the last is for one instruction's own use
constexpr size_t kMostBytes = size_t{1} << 18;

bool is_buffer(int base) { return base >= 0; }

/// When each register is read, as places of instructions.
std::vector<std::vector<int>> uses_of(const Code& code) {
  std::vector<std::vector<int>> u(size_t(code.registers()));
  const std::vector<Ins>& list = code.instructions();
  for (size_t i = 0; i < list.size(); ++i) {
    for (Reg r : {list[i].a, list[i].b, list[i].c}) {
      if (r != kNone && (u[size_t(r)].empty() || u[size_t(r)].back() != int(i))) {
        u[size_t(r)].push_back(int(i));
      }
    }
  }
  return u;
}

class Emitter {
 public:
  Emitter(Xbyak::CodeGenerator& g, const Code& code)
      : g_(g),
        code_(code),
        wide_(code.width() == 8),
        uses_(uses_of(code)),
        next_(uses_.size()),
        in_(uses_.size(), -1),
        slot_(uses_.size(), -1),
        memory_(uses_.size(), nullptr),
        spilled_(code.scratch_bytes()) {
    std::fill(std::begin(holds_), std::end(holds_), kNone);
    for (const Reg64& r : kFree) pointers_.push_back({r});
    for (const Reg64& r : kSaved) {
      if (pointers_.size() < bases()) pointers_.push_back({r});
    }
  }

  /// Bytes of scratch memory that a run needs.
  int64_t run() {
    Xbyak::Label failed;
    const size_t saved = pointers_.size() - kFree.size();
    for (size_t i = 0; i < saved; ++i) g_.push(kSaved[i]);
    const std::vector<Ins>& list = code_.instructions();
    for (at_ = 0; at_ < int(list.size()); ++at_) {
      const Ins& i = list[size_t(at_)];
      if (i.op <= Op::load_u8) {
        memory_[size_t(i.to)] = &i;  // loaded where it is used
        continue;
      }
      if (i.op == Op::require) {
        const Xmm a = x(here(i.a));
        g_.vpxor(tmp(), tmp(), tmp());
        g_.vucomisd(a, tmp());
        g_.je(failed, Xbyak::CodeGenerator::T_NEAR);
        drop_dead(i);
        continue;
      }
      if (i.op == Op::require_no_nan) {
        const Xmm a = v(here(i.a));
        g_.vcmpunordps(tmp_v(), a, a);
        g_.vmovmskps(r11d, tmp_v());
        g_.test(r11d, r11d);
        g_.jnz(failed, Xbyak::CodeGenerator::T_NEAR);
        drop_dead(i);
        continue;
      }
      if (i.op >= Op::store && i.mem.base != Mem::kScratch) read_all();
      instruction(i);
    }
    g_.xor_(eax, eax);
    leave(saved);
    g_.L(failed);
    g_.mov(eax, 1);
    leave(saved);
    g_.align(32);
    g_.L(one_);
    for (uint32_t half : {0u, 0x3ff00000u, 0u, 0u}) g_.dd(half);
    g_.L(constants_);
    for (float v : code_.constants()) {
      uint32_t bits;
      std::memcpy(&bits, &v, 4);
      g_.dd(bits);
    }
    return spilled_;
  }

 private:
  struct Pointer {
    Reg64 reg;
    int holds = Mem::kConstants;  // nothing
    int last = 0;
  };

  /// Registers for addresses: those of nobody, and those that belong to the caller.
  inline static const std::vector<Reg64> kFree = {rax, rcx, r8, r9, r10};
  inline static const std::vector<Reg64> kSaved = {rbx, rbp, r12, r13, r14, r15};

  /// How many addresses the code uses.
  size_t bases() const {
    std::set<int> all;
    for (const Ins& i : code_.instructions()) {
      if (is_buffer(i.mem.base)) all.insert(i.mem.base);
      for (int l = 0; i.op == Op::rows && l < i.imm; ++l) all.insert(i.mem.base - l);
    }
    return all.size();
  }

  void leave(size_t saved) {
    for (size_t i = saved; i-- > 0;) g_.pop(kSaved[i]);
    if (wide_) g_.vzeroupper();
    g_.ret();
  }

  Xmm x(int n) const { return Xmm(n); }
  Xmm v(int n) const { return wide_ ? Xmm(Ymm(n)) : Xmm(n); }
  Xmm tmp() const { return Xmm(kVectors); }
  Xmm tmp_v() const { return v(kVectors); }

  Xbyak::Address at(const Mem& m, int64_t more = 0) {
    const int64_t offset = m.offset + more;
    if (m.base == Mem::kScratch) return g_.ptr[rsi + int(offset)];
    if (m.base == Mem::kConstants) return g_.ptr[rip + constants_ + int(offset)];
    return g_.ptr[pointer(m.base) + int(offset)];
  }
  Reg64 pointer(int base) {
    Pointer* best = &pointers_[0];
    for (Pointer& p : pointers_) {
      if (p.holds == base) {
        p.last = ++clock_;
        return p.reg;
      }
      if (p.last < best->last) best = &p;
    }
    if (is_buffer(base)) {
      g_.mov(best->reg, g_.ptr[rdi + 8 * base]);
    } else {
      g_.mov(best->reg, g_.ptr[rdx + 8 * (Mem::kRow - base)]);
    }
    best->holds = base;
    best->last = ++clock_;
    return best->reg;
  }

  int next_use(Reg r) const {
    const auto& u = uses_[size_t(r)];
    const size_t n = next_[size_t(r)];
    return n < u.size() ? u[n] : INT32_MAX;
  }

  /// A machine register that holds nothing, whatever it takes.
  int take() {
    int furthest = -1;
    for (int n = 0; n < kVectors; ++n) {
      if (holds_[n] == kNone) return n;
      if (locked_ >> n & 1) continue;
      if (furthest < 0 || next_use(holds_[n]) > next_use(holds_[furthest])) furthest = n;
    }
    const Reg r = holds_[furthest];
    if (slot_[size_t(r)] < 0 && memory_[size_t(r)] == nullptr) {
      slot_[size_t(r)] = spilled_;
      spilled_ += 32;
      g_.vmovups(g_.ptr[rsi + int(slot_[size_t(r)])], v(furthest));
    }
    in_[size_t(r)] = -1;
    holds_[furthest] = kNone;
    return furthest;
  }
  void put(Reg r, int n) {
    in_[size_t(r)] = n;
    holds_[n] = r;
  }
  /// At the cost of what it takes to bring back a register that was put away.
  bool can_load_again(const Ins& load) const {
    const bool one = load.op == Op::load || load.op == Op::broadcast || load.op == Op::load_f64;
    return one && (load.mem.base == Mem::kConstants || !all_read_);
  }
  /// Where register r is now.
  int here(Reg r) {
    if (in_[size_t(r)] < 0) {
      const int n = take();
      if (const Ins* load = memory_[size_t(r)]) {
        from_memory(*load, n);
        if (!can_load_again(*load)) memory_[size_t(r)] = nullptr;
      } else {
        g_.vmovups(v(n), g_.ptr[rsi + int(slot_[size_t(r)])]);
      }
      put(r, n);
    }
    locked_ |= 1u << in_[size_t(r)];
    return in_[size_t(r)];
  }
  bool dies(Reg r) const {
    const auto& u = uses_[size_t(r)];
    return u.empty() || u.back() <= at_;
  }
  void drop_dead(const Ins& i) {
    for (Reg r : {i.a, i.b, i.c}) {
      if (r == kNone) continue;
      while (next_use(r) <= at_) ++next_[size_t(r)];
      if (dies(r) && in_[size_t(r)] >= 0) {
        holds_[in_[size_t(r)]] = kNone;
        in_[size_t(r)] = -1;
      }
    }
    locked_ = 0;
  }
  /// The result's machine register, once operands are where they are; they may share it when dead.
  int result(const Ins& i) {
    drop_dead(i);
    const int n = take();
    put(i.to, n);
    if (dies(i.to)) {  // nobody wants it
      holds_[n] = kNone;
      in_[size_t(i.to)] = -1;
    }
    return n;
  }

  void load_up_to_4(const Xmm& to, const Mem& m, int64_t skip, int n) {
    switch (n) {
      case 1: g_.vmovss(to, at(m, skip)); break;
      case 2: g_.vmovsd(to, at(m, skip)); break;
      case 3:
        g_.vmovsd(to, at(m, skip));
        g_.vinsertps(to, to, at(m, skip + 8), 0x20);
        break;
      default: g_.vmovups(to, at(m, skip)); break;
    }
  }
  void store_up_to_4(const Xmm& from, const Mem& m, int64_t skip, int n) {
    switch (n) {
      case 1: g_.vmovss(at(m, skip), from); break;
      case 2: g_.vmovsd(at(m, skip), from); break;
      case 3:
        g_.vmovsd(at(m, skip), from);
        g_.vextractps(at(m, skip + 8), from, 2);
        break;
      default: g_.vmovups(at(m, skip), from); break;
    }
  }
  /// n <= 4 floats, each at its own address.
  template <class F> void collect(const Xmm& to, int n, F address) {
    g_.vmovss(to, address(0));
    for (int l = 1; l < n; ++l) g_.vinsertps(to, to, address(l), uint8_t(l << 4));
  }
  template <class F> void collect_all(int to, int n, F address) {
    collect(x(to), std::min(n, 4), address);
    if (n > 4) {
      collect(tmp(), n - 4, [&](int l) { return address(l + 4); });
      g_.vinsertf128(Ymm(to), Ymm(to), tmp(), 1);
    }
  }

  void fma(const Ins& i, bool negate) {
    const int a = here(i.a), b = here(i.b), c = here(i.c);
    const bool c_free = dies(i.c) && i.c != i.a && i.c != i.b;
    const bool a_free = dies(i.a) && i.a != i.b && i.a != i.c;
    const bool b_free = dies(i.b) && i.b != i.a && i.b != i.c;
    const auto finish = [&](int n) {  // the result is in n, in place of an operand that is dead
      drop_dead(i);
      put(i.to, n);
    };
    if (c_free) {
      negate ? g_.vfnmadd231ps(v(c), v(a), v(b)) : g_.vfmadd231ps(v(c), v(a), v(b));
      finish(c);
    } else if (a_free) {
      negate ? g_.vfnmadd213ps(v(a), v(b), v(c)) : g_.vfmadd213ps(v(a), v(b), v(c));
      finish(a);
    } else if (b_free) {
      negate ? g_.vfnmadd213ps(v(b), v(a), v(c)) : g_.vfmadd213ps(v(b), v(a), v(c));
      finish(b);
    } else {
      const int n = take();  // operands are locked
      g_.vmovaps(v(n), v(c));
      negate ? g_.vfnmadd231ps(v(n), v(a), v(b)) : g_.vfmadd231ps(v(n), v(a), v(b));
      finish(n);
    }
    if (dies(i.to)) {
      holds_[in_[size_t(i.to)]] = kNone;
      in_[size_t(i.to)] = -1;
    }
  }

  /// Before anything is written to memory of the launch: what is still to be read there.
  void read_all() {
    if (std::exchange(all_read_, true)) return;
    for (Reg r = 0; r < Reg(memory_.size()); ++r) {
      const Ins*& load = memory_[size_t(r)];
      if (load == nullptr || load->mem.base == Mem::kConstants) continue;
      if (next_use(r) != INT32_MAX) here(r);
      locked_ = 0;
      load = nullptr;
    }
  }

  void from_memory(const Ins& i, int n) {
    const Xmm to = x(n);
    switch (i.op) {
      case Op::load:
        if (i.imm == 8) {
          g_.vmovups(Ymm(n), at(i.mem));
        } else {
          load_up_to_4(to, i.mem, 0, std::min(i.imm, 4));
          if (i.imm > 4) {
            load_up_to_4(tmp(), i.mem, 16, i.imm - 4);
            g_.vinsertf128(Ymm(n), Ymm(n), tmp(), 1);
          }
        }
        break;
      case Op::broadcast: g_.vbroadcastss(v(n), at(i.mem)); break;
      case Op::gather: collect_all(n, i.imm, [&](int l) { return at(i.mem, l * i.step); }); break;
      case Op::rows:
        collect_all(n, i.imm, [&](int l) { return at({i.mem.base - l, i.mem.offset}); });
        break;
      case Op::load_f64: g_.vmovsd(to, at(i.mem)); break;
      case Op::load_i64:
        g_.vpxor(to, to, to);
        g_.vcvtsi2sd(to, to, g_.qword[pointer(i.mem.base) + int(i.mem.offset)]);
        break;
      default:  // load_u8
        g_.movzx(r11d, g_.byte[pointer(i.mem.base) + int(i.mem.offset)]);
        g_.vpxor(to, to, to);
        g_.vcvtsi2sd(to, to, r11d);
    }
  }

  void to_memory(const Ins& i) {
    const int a = here(i.a);
    switch (i.op) {
      case Op::store:
        if (i.imm == 8) {
          g_.vmovups(at(i.mem), Ymm(a));
        } else {
          store_up_to_4(x(a), i.mem, 0, std::min(i.imm, 4));
          if (i.imm > 4) {
            g_.vextractf128(tmp(), Ymm(a), 1);
            store_up_to_4(tmp(), i.mem, 16, i.imm - 4);
          }
        }
        break;
      case Op::store_f64: g_.vmovsd(at(i.mem), x(a)); break;
      case Op::store_i64:
        g_.vcvttsd2si(r11, x(a));
        g_.mov(at(i.mem), r11);
        break;
      default:  // store_u8
        g_.vcvttsd2si(r11d, x(a));
        g_.mov(at(i.mem), r11b);
    }
    drop_dead(i);
  }

  void splat(int n, int a, int lane) {
    if (lane == 0) {
      g_.vbroadcastss(v(n), x(a));
    } else if (!wide_) {
      g_.vpermilps(x(n), x(a), uint8_t(lane * 0x55));
    } else {
      // Each half has its own lane of that number; then the half that has the right one.
      g_.vpermilps(Ymm(n), Ymm(a), uint8_t((lane % 4) * 0x55));
      g_.vperm2f128(Ymm(n), Ymm(n), Ymm(n), lane < 4 ? 0x00 : 0x11);
    }
  }

  void instruction(const Ins& i) {
    if (i.op >= Op::store) return to_memory(i);
    if (i.op == Op::fma || i.op == Op::fnma) return fma(i, i.op == Op::fnma);
    const int a = here(i.a), b = i.b == kNone ? 0 : here(i.b), c = i.c == kNone ? 0 : here(i.c);
    const int n = result(i);  // may be where an operand was: each case reads before it writes
    const uint8_t imm = uint8_t(i.imm);
    switch (i.op) {
      case Op::add: g_.vaddps(v(n), v(a), v(b)); break;
      case Op::sub: g_.vsubps(v(n), v(a), v(b)); break;
      case Op::mul: g_.vmulps(v(n), v(a), v(b)); break;
      case Op::div: g_.vdivps(v(n), v(a), v(b)); break;
      case Op::min: g_.vminps(v(n), v(a), v(b)); break;
      case Op::max: g_.vmaxps(v(n), v(a), v(b)); break;
      case Op::sqrt: g_.vsqrtps(v(n), v(a)); break;
      case Op::floor: g_.vroundps(v(n), v(a), 9); break;
      case Op::nearest: g_.vroundps(v(n), v(a), 8); break;
      case Op::bit_and: g_.vandps(v(n), v(a), v(b)); break;
      case Op::bit_or: g_.vorps(v(n), v(a), v(b)); break;
      case Op::bit_xor: g_.vxorps(v(n), v(a), v(b)); break;
      case Op::bit_andnot: g_.vandnps(v(n), v(a), v(b)); break;
      case Op::compare: g_.vcmpps(v(n), v(a), v(b), imm); break;
      case Op::blend: g_.vblendvps(v(n), v(c), v(b), v(a)); break;
      case Op::int_add: g_.vpaddd(v(n), v(a), v(b)); break;
      case Op::int_sub: g_.vpsubd(v(n), v(a), v(b)); break;
      case Op::shift_left: g_.vpslld(v(n), v(a), imm); break;
      case Op::shift_right: g_.vpsrad(v(n), v(a), imm); break;
      case Op::from_int: g_.vcvtdq2ps(v(n), v(a)); break;
      case Op::splat: splat(n, a, i.imm); break;
      case Op::hadd:  // sooner done than by vhaddps
        g_.vshufps(tmp_v(), v(a), v(b), 0xdd);
        g_.vshufps(v(n), v(a), v(b), 0x88);
        g_.vaddps(v(n), v(n), tmp_v());
        break;
      case Op::low_low: g_.vperm2f128(Ymm(n), Ymm(a), Ymm(b), 0x20); break;
      case Op::high_high: g_.vperm2f128(Ymm(n), Ymm(a), Ymm(b), 0x31); break;
      case Op::add_f64: g_.vaddsd(x(n), x(a), x(b)); break;
      case Op::sub_f64: g_.vsubsd(x(n), x(a), x(b)); break;
      case Op::mul_f64: g_.vmulsd(x(n), x(a), x(b)); break;
      case Op::div_f64: g_.vdivsd(x(n), x(a), x(b)); break;
      case Op::blend_f64: g_.vblendvpd(x(n), x(c), x(b), x(a)); break;
      case Op::sqrt_f64: g_.vsqrtsd(x(n), x(a), x(a)); break;
      case Op::compare_f64:
        g_.vcmpsd(x(n), x(a), x(b), imm);
        g_.vandpd(x(n), x(n), g_.ptr[rip + one_]);
        break;
      case Op::to_f64: g_.vcvtss2sd(x(n), x(a), x(a)); break;
      default:  // to_f32
        g_.vcvtsd2ss(x(n), x(a), x(a));
        g_.vbroadcastss(v(n), x(n));
    }
  }

  Xbyak::CodeGenerator& g_;
  Xbyak::Label constants_, one_;
  const Code& code_;
  const bool wide_;
  std::vector<std::vector<int>> uses_;
  std::vector<size_t> next_;
  std::vector<int> in_;             // machine register of each, or -1
  std::vector<int64_t> slot_;       // of scratch memory, or -1
  std::vector<const Ins*> memory_;  // what loads it, where that can still be done
  bool all_read_ = false;
  Reg holds_[kVectors] = {};
  uint32_t locked_ = 0;
  int64_t spilled_;
  std::vector<Pointer> pointers_;
  int clock_ = 0, at_ = 0;
};

}  // namespace

bool can_emit() {
  static const Xbyak::util::Cpu cpu;
  return cpu.has(Xbyak::util::Cpu::tAVX2) && cpu.has(Xbyak::util::Cpu::tFMA);
}

Function::Function(const Code& code) : memory_(std::make_unique<Memory>(kMostBytes)) {
  scratch_bytes_ = Emitter(*memory_, code).run();
  memory_->setProtectModeRE();
  bytes_ = memory_->getSize();
  run_ = memory_->getCode<int (*)(void* const*, void*, const char* const*)>();
}
Function::Function(Function&&) noexcept = default;
Function::~Function() = default;

}  // namespace nnrun::onednn::tiny

#else

namespace nnrun::onednn::tiny {

struct Function::Memory {};

bool can_emit() { return false; }
Function::Function(const Code&) {
  throw sdk::Failure(NNR_E_UNSUPPORTED, "machine code is made for x86-64 alone");
}
Function::Function(Function&&) noexcept = default;
Function::~Function() = default;

}  // namespace nnrun::onednn::tiny

#endif
