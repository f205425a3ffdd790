// What modules and optimizers are described with: options that are set by name, enums, lists that
// expand, dictionaries that keep their order.
#pragma once

#include <array>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <nnrun/tensor.h>

/// A member `name##_` with a getter and a setter that can be chained: Options(2).bias(false).
#define TORCH_ARG(T, name)                                 \
 public:                                                   \
  auto name(const T& new_##name)->decltype(*this) {        \
    this->name##_ = new_##name;                            \
    return *this;                                          \
  }                                                        \
  auto name(T&& new_##name)->decltype(*this) {             \
    this->name##_ = std::move(new_##name);                 \
    return *this;                                          \
  }                                                        \
  const T& name() const noexcept { return this->name##_; } \
  T& name() noexcept { return this->name##_; }             \
                                                           \
 private:                                                  \
  T name##_

/// Throws Error(model) unless the condition holds; what follows it is the message, put together as
/// by operator<<.
#define TORCH_CHECK(condition, ...) \
  ((condition) ? void() : ::nnrun::detail::check_failed(#condition __VA_OPT__(, ) __VA_ARGS__))

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

namespace detail {
template <class... Parts>
[[noreturn]] void check_failed(const char* condition, const Parts&... parts) {
  std::ostringstream message;
  if constexpr (sizeof...(Parts) == 0)
    message << "expected " << condition;
  else
    (message << ... << parts);
  throw Error(Code::model, message.str());
}
}  // namespace detail

namespace enumtype {
#define NNRUN_ENUM(name)                                                         \
  struct k##name {                                                               \
    friend constexpr bool operator==(k##name, k##name) noexcept { return true; } \
  };
NNRUN_ENUM(Linear)
NNRUN_ENUM(Conv1D)
NNRUN_ENUM(Conv2D)
NNRUN_ENUM(ConvTranspose2D)
NNRUN_ENUM(Sigmoid)
NNRUN_ENUM(Tanh)
NNRUN_ENUM(ReLU)
NNRUN_ENUM(LeakyReLU)
NNRUN_ENUM(FanIn)
NNRUN_ENUM(FanOut)
NNRUN_ENUM(Zeros)
NNRUN_ENUM(Reflect)
NNRUN_ENUM(Replicate)
NNRUN_ENUM(Circular)
NNRUN_ENUM(Valid)
NNRUN_ENUM(Same)
NNRUN_ENUM(None)
NNRUN_ENUM(Mean)
NNRUN_ENUM(Sum)
#undef NNRUN_ENUM
}  // namespace enumtype
inline constexpr enumtype::kLinear kLinear;
inline constexpr enumtype::kConv1D kConv1D;
inline constexpr enumtype::kConv2D kConv2D;
inline constexpr enumtype::kConvTranspose2D kConvTranspose2D;
inline constexpr enumtype::kSigmoid kSigmoid;
inline constexpr enumtype::kTanh kTanh;
inline constexpr enumtype::kReLU kReLU;
inline constexpr enumtype::kLeakyReLU kLeakyReLU;
inline constexpr enumtype::kFanIn kFanIn;
inline constexpr enumtype::kFanOut kFanOut;
inline constexpr enumtype::kZeros kZeros;
inline constexpr enumtype::kReflect kReflect;
inline constexpr enumtype::kReplicate kReplicate;
inline constexpr enumtype::kCircular kCircular;
inline constexpr enumtype::kValid kValid;
inline constexpr enumtype::kSame kSame;
inline constexpr enumtype::kNone kNone;
inline constexpr enumtype::kMean kMean;
inline constexpr enumtype::kSum kSum;

/// D values, given as D of them or as one that stands for all.
template <size_t D, typename T = int64_t> class ExpandingArray {
 public:
  ExpandingArray(std::initializer_list<T> list) : ExpandingArray(std::vector<T>(list)) {}
  ExpandingArray(std::vector<T> list) {
    if (list.size() != D) {
      throw Error(Code::model,
                  "expected " + std::to_string(D) + " values, not " + std::to_string(list.size()));
    }
    for (size_t i = 0; i < D; ++i) values_[i] = list[i];
  }
  ExpandingArray(ArrayRef<T> list) : ExpandingArray(list.vec()) {}
  ExpandingArray(T one) { values_.fill(one); }
  ExpandingArray(const std::array<T, D>& values) : values_(values) {}

  std::array<T, D>& operator*() { return values_; }
  const std::array<T, D>& operator*() const { return values_; }
  std::array<T, D>* operator->() { return &values_; }
  const std::array<T, D>* operator->() const { return &values_; }
  size_t size() const noexcept { return D; }
  std::vector<T> vec() const { return {values_.begin(), values_.end()}; }
  operator ArrayRef<T>() const { return ArrayRef<T>(values_.data(), D); }
  friend bool operator==(const ExpandingArray& a, const ExpandingArray& b) {
    return a.values_ == b.values_;
  }

 private:
  std::array<T, D> values_;
};
/// 5 or [5, 5].
template <size_t D> std::ostream& operator<<(std::ostream& out, const ExpandingArray<D>& a) {
  if (D == 1) return out << a->at(0);
  return out << static_cast<IntArrayRef>(a);
}

/// Items in the order they came in, found by key.
template <typename Key, typename Value> class OrderedDict {
 public:
  class Item {
   public:
    Item(Key key, Value value) : pair_(std::move(key), std::move(value)) {}
    Value& operator*() { return value(); }
    const Value& operator*() const { return value(); }
    Value* operator->() { return &value(); }
    const Value* operator->() const { return &value(); }
    const Key& key() const noexcept { return pair_.first; }
    Value& value() noexcept { return pair_.second; }
    const Value& value() const noexcept { return pair_.second; }
    const std::pair<Key, Value>& pair() const noexcept { return pair_; }

   private:
    std::pair<Key, Value> pair_;
  };
  using Iterator = typename std::vector<Item>::iterator;
  using ConstIterator = typename std::vector<Item>::const_iterator;

  explicit OrderedDict(std::string key_description = "Key") : what_(std::move(key_description)) {}

  /// Throws Error(model) when the key is there already.
  Value& insert(Key key, Value value) {
    if (contains(key)) throw Error(Code::model, what_ + " '" + key + "' already defined");
    index_.emplace(key, items_.size());
    items_.emplace_back(std::move(key), std::move(value));
    return items_.back().value();
  }
  void update(const OrderedDict& other) {
    for (const Item& i : other) insert(i.key(), i.value());
  }
  void erase(const Key& key) {
    (*this)[key];
    items_.erase(items_.begin() + int64_t(index_.at(key)));
    index_.clear();
    for (size_t i = 0; i < items_.size(); ++i) index_.emplace(items_[i].key(), i);
  }
  void clear() {
    items_.clear();
    index_.clear();
  }

  Value* find(const Key& key) noexcept {
    auto it = index_.find(key);
    return it == index_.end() ? nullptr : &items_[it->second].value();
  }
  const Value* find(const Key& key) const noexcept {
    auto it = index_.find(key);
    return it == index_.end() ? nullptr : &items_[it->second].value();
  }
  bool contains(const Key& key) const noexcept { return index_.count(key) != 0; }
  /// Throws Error(model) when there is none.
  Value& operator[](const Key& key) {
    if (Value* v = find(key)) return *v;
    throw Error(Code::model, what_ + " '" + key + "' is not defined");
  }
  const Value& operator[](const Key& key) const { return const_cast<OrderedDict&>(*this)[key]; }
  Item& operator[](size_t i) { return items_.at(i); }
  const Item& operator[](size_t i) const { return items_.at(i); }
  Item& front() { return items_.at(0); }
  const Item& front() const { return items_.at(0); }
  Item& back() { return items_.at(size() - 1); }
  const Item& back() const { return items_.at(size() - 1); }

  Iterator begin() { return items_.begin(); }
  Iterator end() { return items_.end(); }
  ConstIterator begin() const { return items_.begin(); }
  ConstIterator end() const { return items_.end(); }
  size_t size() const noexcept { return items_.size(); }
  bool is_empty() const noexcept { return items_.empty(); }
  std::vector<Key> keys() const {
    std::vector<Key> r;
    for (const Item& i : items_) r.push_back(i.key());
    return r;
  }
  std::vector<Value> values() const {
    std::vector<Value> r;
    for (const Item& i : items_) r.push_back(i.value());
    return r;
  }
  std::vector<std::pair<Key, Value>> pairs() const {
    std::vector<std::pair<Key, Value>> r;
    for (const Item& i : items_) r.push_back(i.pair());
    return r;
  }

 private:
  std::string what_;
  std::vector<Item> items_;
  std::map<Key, size_t> index_;
};

/// The value of an option by name: a bool, a number, a text, a list of numbers, or nullptr for
/// Python's None.
class OptionValue {
 public:
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0> OptionValue(T v) : v_(v) {}
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  OptionValue(T v) : v_(int64_t(v)) {}
  template <class T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0> OptionValue(T v)
      : v_(double(v)) {}
  OptionValue(std::nullptr_t) {}
  OptionValue(const char* v) : v_(std::string(v)) {}
  OptionValue(std::string v) : v_(std::move(v)) {}
  OptionValue(std::vector<int64_t> v) : v_(std::move(v)) {}
  OptionValue(std::vector<double> v) : v_(std::move(v)) {}
  OptionValue(std::initializer_list<int64_t> v) : v_(std::vector<int64_t>(v)) {}
  template <size_t D> OptionValue(const ExpandingArray<D>& v) : v_(v.vec()) {}
  OptionValue(const std::tuple<double, double>& v)
      : v_(std::vector<double>{std::get<0>(v), std::get<1>(v)}) {}

  using Variant = std::variant<std::monostate, bool, int64_t, double, std::string,
                               std::vector<int64_t>, std::vector<double>>;
  const Variant& get() const { return v_; }

 private:
  Variant v_;
};
using Options = std::map<std::string, OptionValue>;

}  // namespace nnrun
#pragma GCC visibility pop
