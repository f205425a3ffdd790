// How a program becomes straight-line vector code (lower.h), node by node: what a value is while
// that is done, and the class that does it. For the files lower*.cpp alone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nnrun/sdk/desc.hpp>
#include <nnrun/sdk/formula.hpp>

#include "backends/onednn/tiny/lower.h"
#include "backends/onednn/tiny/math.h"

namespace nnrun::onednn::tiny {

using sdk::DType;
using Sizes = std::vector<int64_t>;

inline constexpr int64_t kMostElements = 4096;  // of a tensor

int64_t product(const Sizes& s);
Sizes row_major(const Sizes& s);  // its strides
/// The coordinates of the i-th element.
Sizes coordinates(int64_t i, const Sizes& s);
int64_t dot(const Sizes& a, const Sizes& b);
/// The other dimensions of a value in lanes.
Sizes unrolled(const Sizes& shape, int axis);

/// What a value of the program is.
struct Val {
  enum class Kind {
    none,
    lanes,   // one dimension lies in the lanes; the others are unrolled
    flat,    // float32 in memory, or in registers row by row, or both
    scalar,  // one number that is no float32, as a double
    rows,    // int64: part of the order of rows, for index_select alone
  } kind = Kind::none;
  DType dtype = DType::float32;
  Sizes shape;

  int axis = 0;            // lanes: which dimension
  std::vector<Reg> cells;  // lanes: by the other dimensions, row-major, then by vector

  bool in_memory = false;  // flat
  Mem mem;
  Sizes strides;            // of elements, in memory
  std::vector<Reg> chunks;  // flat: kWidth elements each; empty: in memory alone
  Reg scalar = kNone;
  int order = -1, start = -1;  // rows: buffers
  int64_t order_length = 0;
};

class Lowerer {
 public:
  Lowerer(const nnr_graph& g, bool accepted);

  Lowered run();  // once

 private:
  using Handler = void (Lowerer::*)(const nnr_node&);
  using Fold = std::function<F(const std::vector<F>&)>;
  struct UpdateOf;

  Code& code() { return r_.code; }
  int width() const { return r_.code.width(); }
  F f(Reg r) { return {&code(), r}; }

  // The program: lower.cpp.
  sdk::Operand desc(uint32_t v) const { return sdk::Operand(g_.val[v]); }
  static std::string name(const nnr_node& n) { return sdk::to_string(n.op); }
  static sdk::Attrs attrs(const nnr_node& n) { return {n.attr, n.n_attr}; }
  bool has(const nnr_node& n, uint32_t i) const { return i < n.n_in && n.in[i] != NNR_NONE; }
  Val& in(const nnr_node& n, uint32_t i);
  Val result(const nnr_node& n, uint32_t i = 0) const;
  /// How many rows a step has: those that it looks up, or those of the first product.
  static int64_t batch_of(const nnr_graph& g);
  Val given(int buffer, uint32_t v);
  bool looks_up() const;
  int buffer_of(uint32_t v) const;
  Reg scalar_of(int buffer, const sdk::Operand& d);
  void node(const nnr_node& n);
  void store(int buffer, Val& v);

  // Reading values, and ops that only say where elements lie: lower_values.cpp.
  /// Vector v of a flat value's elements, row-major.
  Reg chunk(Val& v, int64_t i);
  /// Strided elements: equally far apart within a chunk, or not at all.
  std::vector<Reg> gathered(const Val& v);
  int64_t chunks_of(const Sizes& shape) const { return (product(shape) + width() - 1) / width(); }
  /// Makes sure that a flat value is in memory, too.
  void to_memory(Val& v);
  /// One element of a flat value, in all lanes.
  Reg element(Val& v, const Sizes& at);
  Reg cell(const Val& v, Sizes at, int vector) const;
  Val to_lanes(const Val& v);  // rows of a matrix in memory
  /// Lanes that are no rows, made 0.
  Reg masked(Reg r, int vector);
  void as_strided(const nnr_node& n);
  void dynamic_slice(const nnr_node& n);
  void index_select(const nnr_node& n);

  // Element by element, and work on single numbers: lower_elementwise.cpp.
  Val elementwise(Val r, const std::vector<Val*>& operands, const Fold& fold);
  Reg as_float(const Val& v);
  /// A number that is no float32 among operands or as a result: all as doubles.
  bool is_scalar_work(const nnr_node& n);
  Reg as_double(Val& v);
  Val of_double(Val r, Reg d);
  Reg double_function(sdk::Fn fn, const std::vector<Reg>& x);
  void by_function(const nnr_node& n, sdk::Fn fn);
  /// Of the incoming gradient and the result of the function.
  void activation_grad(const nnr_node& n, F (*fold)(const F& g, const F& y));
  /// The ops that are no more than a function of their operands' elements; false: this is none.
  bool by_name(const nnr_node& n);
  void cast(const nnr_node& n);
  void formula(const nnr_node& n);

  // Products and sums: lower_products.cpp.
  /// y = x w (+ bias): x (m, k), w (k, n) by the function of its coordinates.
  void multiply(const nnr_node& n, Val& x, Val& w, bool w_is_transposed, Val* bias);
  void linear(const nnr_node& n);
  void matmul(const nnr_node& n) { multiply(n, in(n, 0), in(n, 1), false, nullptr); }
  /// The sums over the lanes of each, side by side.
  std::vector<Reg> across(const std::vector<Reg>& list);
  void reduce(const nnr_node& n);
  void all_finite(const nnr_node& n);

  // Updates of parameters: lower_updates.cpp.
  UpdateOf update_of(const nnr_node& n);
  /// new: chunks of the result, `i`th after `old`, where the step is accepted.
  void updated(const nnr_node& n, const UpdateOf& u, uint32_t out, Val& old,
               std::vector<Reg> fresh);
  F gradient(const nnr_node& n, const UpdateOf& u, int64_t i, bool with_decay);
  void sgd(const nnr_node& n);
  void adam(const nnr_node& n);

  const nnr_graph& g_;
  const bool accepted_;
  const int64_t batch_;
  int vectors_ = 1;
  Lowered r_;
  std::vector<Val> vals_;
  std::map<std::pair<const Val*, int64_t>, Reg> elements_;
  std::map<Reg, Reg> floats_;   // of doubles
  std::set<uint32_t> counted_;  // integers and doubles made of truths
};

}  // namespace nnrun::onednn::tiny
