// Writing an op as a class. Only what is needed must be there:
//
//   class Step {
//    public:
//     static std::vector<Attr> attrs();                     // none: no attributes
//     explicit Step(const Attrs& a);                        // none: no state (default constructed)
//     Type infer(const std::vector<Type>& in) const;        // none: the type of the first input
//     Value compose(Value x) const;                         // of simpler ops: runs everywhere
//     template <class T> void forward(View<const T> x, View<T> y) const;   // or a loop on the CPU
//     Value gradient(Value x, Value y, Value gy) const;     // none: that of compose
//   };
//   p.op<Step>("acme.step", "what it does");
//
// An op has one input unless it says `static constexpr int inputs = 2;`; forward and compose take
// that many. gradient takes the inputs, the result and its gradient, and returns the gradient of
// the input, or an std::array<Value, inputs> of them, where a null one means that none flows.
// `static constexpr uint64_t dtypes` lists those of forward (float32 and float64 unless it says
// more). `static constexpr uint32_t flags` may have NNR_OP_SURROGATE and NNR_OP_ZERO_TO_ZERO.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../abi/ops.h"
#include "desc.hpp"
#include "value.hpp"

namespace nnrun::sdk {

/// What a value is: element type and shape.
struct Type {
  DType dtype = DType::float32;
  std::vector<int64_t> shape;
};

/// Says that the model is wrong; the text reaches its author.
[[noreturn]] inline void invalid(const std::string& text) { throw Failure(NNR_E_INVALID, text); }

/// The elements of a row-major tensor. T is const for an input.
template <class T> class View {
 public:
  explicit View(const DLTensor* t) : t_(t) {}
  int rank() const { return t_->ndim; }
  int64_t size(int i) const { return t_->shape[i]; }
  int64_t numel() const {
    int64_t n = 1;
    for (int i = 0; i < rank(); ++i) n *= size(i);
    return n;
  }
  T* data() const { return reinterpret_cast<T*>(static_cast<char*>(t_->data) + t_->byte_offset); }
  T& operator[](int64_t i) const { return data()[i]; }
  T* begin() const { return data(); }
  T* end() const { return data() + numel(); }

 private:
  const DLTensor* t_;
};

namespace detail {

// What the class has, and what is assumed when it has not.
template <class Op, class = void> struct inputs_of { static constexpr int value = 1; };
template <class Op> struct inputs_of<Op, std::void_t<decltype(Op::inputs)>> {
  static constexpr int value = Op::inputs;
};
template <class Op, class = void> struct dtypes_of {
  static constexpr uint64_t value = NNR_F32 | NNR_F64;
};
template <class Op> struct dtypes_of<Op, std::void_t<decltype(Op::dtypes)>> {
  static constexpr uint64_t value = Op::dtypes;
};
template <class Op, class = void> struct flags_of { static constexpr uint32_t value = 0; };
template <class Op> struct flags_of<Op, std::void_t<decltype(Op::flags)>> {
  static constexpr uint32_t value = Op::flags;
};
template <class Op, class = void> struct has_attrs : std::false_type {};
template <class Op> struct has_attrs<Op, std::void_t<decltype(Op::attrs())>> : std::true_type {};
template <class Op, class = void> struct has_infer : std::false_type {};
template <class Op> struct has_infer<Op, std::void_t<decltype(std::declval<const Op&>().infer(
                                             std::declval<const std::vector<Type>&>()))>>
    : std::true_type {};

/// T as often as there are indices.
template <class T, size_t> using repeat = T;

template <class Op, class I, class = void> struct has_compose : std::false_type {};
template <class Op, size_t... I> struct has_compose<
    Op, std::index_sequence<I...>,
    std::void_t<decltype(std::declval<const Op&>().compose(std::declval<repeat<Value, I>>()...))>>
    : std::true_type {};
template <class Op, class I, class = void> struct has_gradient : std::false_type {};
template <class Op, size_t... I> struct has_gradient<
    Op, std::index_sequence<I...>,
    std::void_t<decltype(std::declval<const Op&>().gradient(
        std::declval<repeat<Value, I>>()..., std::declval<Value>(), std::declval<Value>()))>>
    : std::true_type {};
template <class Op, class I, class = void> struct has_forward : std::false_type {};
template <class Op, size_t... I> struct has_forward<
    Op, std::index_sequence<I...>,
    std::void_t<decltype(std::declval<const Op&>().forward(
        std::declval<repeat<View<const float>, I>>()..., std::declval<View<float>>()))>>
    : std::true_type {};

template <class Op> std::vector<Attr> attrs_of() {
  if constexpr (has_attrs<Op>::value) {
    return Op::attrs();
  } else {
    return {};
  }
}

/// The C functions of an op class.
template <class Op> struct OpTable {
  static constexpr int kInputs = inputs_of<Op>::value;
  using Index = std::make_index_sequence<static_cast<size_t>(kInputs)>;

  static Op make(const nnr_op_desc* d) {
    if constexpr (std::is_constructible_v<Op, Attrs>) {
      return Op(Attrs(d->attr, d->n_attr));
    } else {
      return Op();
    }
  }
  static std::vector<Value> values(const nnr_builder* b, const uint32_t* ids, int n) {
    std::vector<Value> v;
    for (int i = 0; i < n; ++i) v.emplace_back(b, ids[i]);
    return v;
  }

  static nnr_status infer(const nnr_op_desc* d, nnr_tdesc* const* out, nnr_err* e) noexcept {
    return guard(e, [&] {
      std::vector<Type> in;
      for (uint32_t i = 0; i < d->n_in; ++i) {
        const Operand o(d->in[i]);
        in.push_back(o ? Type{o.dtype(), o.shape()} : Type{});
      }
      Type t;
      if constexpr (has_infer<Op>::value) {
        t = make(d).infer(in);
      } else {
        t = in.at(0);
      }
      if (t.shape.size() > 8) invalid("a result of more than 8 dimensions");
      DLTensor& r = out[0]->t;
      r.dtype = to_dl(t.dtype);
      r.ndim = static_cast<int32_t>(t.shape.size());
      for (size_t i = 0; i < t.shape.size(); ++i) r.shape[i] = t.shape[i];
    });
  }

  template <size_t... I>
  static Value composed(const Op& op, const std::vector<Value>& in, std::index_sequence<I...>) {
    return op.compose(in[I]...);
  }
  static nnr_status compose(const nnr_op_desc* d, const nnr_builder* b, const uint32_t* in,
                            uint32_t* out, nnr_err* e) noexcept {
    return guard(e, [&] { out[0] = composed(make(d), values(b, in, kInputs), Index()).id(); });
  }

  template <size_t... I> static auto differentiated(const Op& op, const std::vector<Value>& in,
                                                    Value y, Value gy, std::index_sequence<I...>) {
    return op.gradient(in[I]..., y, gy);
  }
  static nnr_status gradient(const nnr_op_desc* d, const nnr_builder* b, const uint32_t* in,
                             const uint32_t* out, const uint32_t* gout, const uint8_t*,
                             uint32_t* gin, nnr_err* e) noexcept {
    return guard(e, [&] {
      if (gout[0] == NNR_NONE) return;  // nothing flows
      const auto g = differentiated(make(d), values(b, in, kInputs), Value(b, out[0]),
                                    Value(b, gout[0]), Index());
      if constexpr (std::is_convertible_v<decltype(g), Value>) {
        static_assert(kInputs == 1, "gradient() returns an std::array<Value, inputs>");
        gin[0] = Value(g).id();
      } else {
        for (size_t i = 0; i < static_cast<size_t>(kInputs); ++i) gin[i] = g.at(i).id();
      }
    });
  }

  template <class T, size_t... I> static void loop(const Op& op, const DLTensor* const* in,
                                                   DLTensor* const* out,
                                                   std::index_sequence<I...>) {
    op.forward(View<const T>(in[I])..., View<T>(out[0]));
  }
  static nnr_status call(const nnr_op_desc* d, const DLTensor* const* in, DLTensor* const* out,
                         nnr_err* e) noexcept {
    return guard(e, [&] {
      DType t;
      if (!from_dl(in[0]->dtype, &t)) throw Failure(NNR_E_UNSUPPORTED, "unknown dtype");
      visit(t, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr ((dtypes_of<Op>::value & mask_of(dtype_of<T>::value)) != 0) {
          loop<T>(make(d), in, out, Index());
        } else {
          throw Failure(NNR_E_UNSUPPORTED, std::string("not for ") + name_of(t));
        }
      });
    });
  }

  static nnr_op table(const std::string& name, const std::string& doc, const AttrTable& attrs) {
    nnr_op t = {};
    t.struct_size = sizeof t;
    t.op_rev = 1;
    t.name = str(name);
    t.doc = str(doc);
    t.min_in = t.max_in = static_cast<uint32_t>(kInputs);
    t.n_out = 1;
    t.n_attr = attrs.size();
    t.attr = attrs.data();
    t.infer = infer;
    t.flags = flags_of<Op>::value;
    static_assert(has_compose<Op, Index>::value || has_forward<Op, Index>::value,
                  "an op class has compose(Value...) or forward(View<const T>..., View<T>)");
    if constexpr (has_compose<Op, Index>::value) t.compose = compose;
    if constexpr (has_gradient<Op, Index>::value) t.gradient = gradient;
    if constexpr (has_forward<Op, Index>::value) {
      t.call = call;
      t.call_dtypes = dtypes_of<Op>::value;
    }
    return t;
  }
};

}  // namespace detail
}  // namespace nnrun::sdk
