// autograd::grad, and operations of the program's own with a gradient of their own.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include <nnrun/tensor.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::autograd {

using Variable = Tensor;
using variable_list = std::vector<Tensor>;

/// d(outputs)/d(inputs), in the order of the inputs; grad() of nothing is touched. Throws
/// Error(model) when an input is not part of the graph, unless allow_unused: then its gradient is
/// undefined.
variable_list grad(const variable_list& outputs, const variable_list& inputs,
                   const variable_list& grad_outputs = {}, optional<bool> retain_graph = nullopt,
                   bool create_graph = false, bool allow_unused = false);
/// Adds gradients to the grad() of all leaves, or of `inputs`.
void backward(const variable_list& tensors, const variable_list& grad_tensors = {},
              optional<bool> retain_graph = nullopt, bool create_graph = false,
              const variable_list& inputs = {});

/// What forward leaves for backward. Tensors go through save_for_backward, other values into
/// saved_data.
class AutogradContext {
 public:
  void save_for_backward(variable_list to_save) { saved_ = std::move(to_save); }
  /// Throws Error(model) when one was changed in place since, or the graph was freed.
  variable_list get_saved_variables() const;
  bool needs_input_grad(size_t i) const { return needs_.at(i); }

  /// A number, a bool, a text or a list of whole numbers by name.
  class Value {
   public:
    Value() = default;
    template <class T> Value& operator=(T v) {
      if constexpr (std::is_convertible_v<T, std::string>)
        text_ = v;
      else if constexpr (std::is_arithmetic_v<T>)
        number_ = Scalar(v);
      else
        list_ = std::vector<int64_t>(v.begin(), v.end());
      return *this;
    }
    int64_t toInt() const { return number_.toLong(); }
    double toDouble() const { return number_.toDouble(); }
    bool toBool() const { return number_.toBool(); }
    const std::string& toStringRef() const { return text_; }
    std::vector<int64_t> toIntVector() const { return list_; }

   private:
    Scalar number_;
    std::string text_;
    std::vector<int64_t> list_;
  };
  std::unordered_map<std::string, Value> saved_data;

 private:
  friend struct FunctionAccess;
  variable_list saved_;
  std::vector<uint32_t> versions_;
  std::vector<bool> needs_;
  bool freed_ = false;
};

/// The part of Function<T> that needs no T.
struct FunctionAccess {
  using Backward = std::function<variable_list(AutogradContext*, variable_list)>;
  /// Whether operations are recorded and one of `in` wants a gradient.
  static void begin(AutogradContext& c, const variable_list& in);
  /// Records `out` as what the function gave for `in`.
  static void end(std::shared_ptr<AutogradContext> c, const char* name, const variable_list& in,
                  variable_list& out, Backward backward);
};

/// An operation with its own gradient:
///
///   struct Square : Function<Square> {
///     static Tensor forward(AutogradContext* ctx, const Tensor& x);
///     static variable_list backward(AutogradContext* ctx, variable_list grad_outputs);
///   };
///   Tensor y = Square::apply(x);
///
/// backward gives one gradient for each argument of forward, an undefined tensor for those that are
/// not tensors.
template <class T> struct Function {
  template <class... Args> static auto apply(Args&&... args) {
    auto context = std::make_shared<AutogradContext>();
    variable_list in;
    (collect(in, args), ...);
    FunctionAccess::begin(*context, in);
    auto result = [&] {
      NoGradGuard guard;
      return T::forward(context.get(), std::forward<Args>(args)...);
    }();
    if constexpr (std::is_same_v<decltype(result), Tensor>) {
      variable_list out{std::move(result)};
      FunctionAccess::end(context, "Function", in, out, T::backward);
      return out[0];
    } else {
      FunctionAccess::end(context, "Function", in, result, T::backward);
      return result;
    }
  }

 private:
  template <class A> static void collect(variable_list& in, const A& a) {
    if constexpr (std::is_same_v<std::decay_t<A>, variable_list>) {
      in.insert(in.end(), a.begin(), a.end());
    } else if constexpr (std::is_same_v<std::decay_t<A>, Tensor>) {
      in.push_back(a);
    } else {
      in.emplace_back();  // backward answers for it, too
    }
  }
};

}  // namespace nnrun::autograd
#pragma GCC visibility pop
