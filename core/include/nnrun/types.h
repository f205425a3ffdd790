// What tensors are described by: element types, numbers, devices, lists of sizes, options. Names
// are libtorch's.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nnrun/error.h>
#include <nnrun/sdk/dtype.hpp>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

using std::nullopt;
template <class T> using optional = std::optional<T>;
using Half = sdk::float16;
using BFloat16 = sdk::bfloat16;

enum class ScalarType : int8_t {
  Byte = 0,
  Int = 3,
  Long = 4,
  Half = 5,
  Float = 6,
  Double = 7,
  Bool = 11,
  BFloat16 = 15,
};
using Dtype = ScalarType;

inline constexpr ScalarType kByte = ScalarType::Byte, kUInt8 = kByte;
inline constexpr ScalarType kInt = ScalarType::Int, kInt32 = kInt;
inline constexpr ScalarType kLong = ScalarType::Long, kInt64 = kLong;
inline constexpr ScalarType kHalf = ScalarType::Half, kFloat16 = kHalf;
inline constexpr ScalarType kFloat = ScalarType::Float, kFloat32 = kFloat;
inline constexpr ScalarType kDouble = ScalarType::Double, kFloat64 = kDouble;
inline constexpr ScalarType kBool = ScalarType::Bool;
inline constexpr ScalarType kBFloat16 = ScalarType::BFloat16;

const char* toString(ScalarType t);  // "Float"
std::ostream& operator<<(std::ostream& out, ScalarType t);
constexpr bool isFloatingType(ScalarType t) {
  return t == kHalf || t == kFloat || t == kDouble || t == kBFloat16;
}
constexpr bool isIntegralType(ScalarType t, bool include_bool) {
  return t == kByte || t == kInt || t == kLong || (include_bool && t == kBool);
}

/// A dtype as Tensor::dtype() gives it: compares with a ScalarType and prints as C++ names the
/// type.
class TypeMeta {
 public:
  constexpr TypeMeta(ScalarType t) : t_(t) {}
  constexpr ScalarType toScalarType() const { return t_; }
  constexpr operator ScalarType() const { return t_; }
  const char* name() const;

 private:
  ScalarType t_;
};
std::ostream& operator<<(std::ostream& out, TypeMeta t);

/// The ScalarType of a C++ type: CppTypeToScalarType<float>::value.
template <class T> struct CppTypeToScalarType;
#define NNRUN_CPP_TYPE(T, t) \
  template <> struct CppTypeToScalarType<T> { static constexpr ScalarType value = t; };
NNRUN_CPP_TYPE(uint8_t, kByte)
NNRUN_CPP_TYPE(int32_t, kInt)
NNRUN_CPP_TYPE(long, kLong)
NNRUN_CPP_TYPE(long long, kLong)
NNRUN_CPP_TYPE(Half, kHalf)
NNRUN_CPP_TYPE(float, kFloat)
NNRUN_CPP_TYPE(double, kDouble)
NNRUN_CPP_TYPE(bool, kBool)
NNRUN_CPP_TYPE(BFloat16, kBFloat16)
#undef NNRUN_CPP_TYPE

/// What floating-point factories make when no dtype is given: kFloat until it is set.
ScalarType get_default_dtype_as_scalartype();
void set_default_dtype(ScalarType t);

/// A number that remembers whether it is an integer, a float or a bool.
class Scalar {
 public:
  Scalar() : Scalar(int64_t{0}) {}
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  Scalar(T v) : kind_(kLong), i_(int64_t(v)) {}
  template <class T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0> Scalar(T v)
      : kind_(kDouble), d_(double(v)) {}
  Scalar(bool v) : kind_(kBool), i_(v) {}
  Scalar(Half v) : Scalar(float(v)) {}
  Scalar(BFloat16 v) : Scalar(float(v)) {}

  bool isFloatingPoint() const { return kind_ == kDouble; }
  bool isIntegral(bool include_bool) const {
    return kind_ == kLong || (include_bool && kind_ == kBool);
  }
  bool isBoolean() const { return kind_ == kBool; }
  ScalarType type() const { return kind_; }  // kLong, kDouble or kBool
  /// Throws Error(model) when a number is not finite or too large for a whole number of that type;
  /// negative ones wrap for unsigned types.
  template <class T> T to() const {
    if constexpr (std::is_same_v<T, bool>)
      return kind_ == kDouble ? d_ != 0 : i_ != 0;
    else if constexpr (std::is_integral_v<T>)
      return T(whole(std::is_signed_v<T> ? int(sizeof(T)) * 8 - 1 : 63));
    else
      return kind_ == kDouble ? T(d_) : T(i_);
  }
  double toDouble() const { return to<double>(); }
  int64_t toLong() const { return to<int64_t>(); }
  bool toBool() const { return to<bool>(); }
  Scalar operator-() const { return kind_ == kDouble ? Scalar(-d_) : Scalar(-i_); }

 private:
  int64_t whole(int bits) const;  // from -2^bits to 2^bits - 1
  ScalarType kind_;
  union {
    int64_t i_;
    double d_;
  };
};
std::ostream& operator<<(std::ostream& out, const Scalar& s);

/// A list someone else owns; as an argument it takes braces, vectors and single values.
template <class T> class ArrayRef {
 public:
  ArrayRef() = default;
  ArrayRef(const T& one) : data_(&one), size_(1) {}
  ArrayRef(const T* data, size_t size) : data_(data), size_(size) {}
  ArrayRef(const std::vector<T>& v) : data_(v.data()), size_(v.size()) {}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored \
    "-Winit-list-lifetime"  // an argument's braces live as long as the call
  ArrayRef(const std::initializer_list<T>& v)
      : data_(v.begin() == v.end() ? nullptr : v.begin()), size_(v.size()) {}
#pragma GCC diagnostic pop

  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](size_t i) const { return data_[i]; }
  const T& front() const { return data_[0]; }
  const T& back() const { return data_[size_ - 1]; }
  std::vector<T> vec() const { return {begin(), end()}; }
  bool equals(ArrayRef o) const {
    if (size_ != o.size_) return false;
    for (size_t i = 0; i < size_; ++i) {
      if (!(data_[i] == o.data_[i])) return false;
    }
    return true;
  }

 private:
  const T* data_ = nullptr;
  size_t size_ = 0;
};
template <class T> bool operator==(ArrayRef<T> a, ArrayRef<T> b) { return a.equals(b); }
template <class T> bool operator!=(ArrayRef<T> a, ArrayRef<T> b) { return !a.equals(b); }
template <class T> bool operator==(ArrayRef<T> a, const std::vector<T>& b) { return a.equals(b); }
template <class T> bool operator==(const std::vector<T>& a, ArrayRef<T> b) { return b.equals(a); }
using IntArrayRef = ArrayRef<int64_t>;
std::ostream& operator<<(std::ostream& out, IntArrayRef list);  // [2, 3]

enum class DeviceType : int8_t { CPU = 0, CUDA = 1 };
inline constexpr DeviceType kCPU = DeviceType::CPU, kCUDA = DeviceType::CUDA;

/// Where a tensor lies and who computes there. "cpu" is the best backend of the CPU that is found
/// (onednn, else reference); "cuda", "cuda:1"; and the name of any backend: "reference". The
/// backend is loaded at the first use of the device.
class Device {
 public:
  Device(DeviceType type, int8_t index = -1) : type_(type), index_(index) {}
  Device(const std::string& name);  // throws Error(model) for what cannot be a device's name
  Device(const char* name) : Device(std::string(name)) {}

  DeviceType type() const { return type_; }
  int8_t index() const { return index_; }
  bool has_index() const { return index_ >= 0; }
  bool is_cpu() const { return type_ == kCPU; }
  bool is_cuda() const { return type_ == kCUDA; }
  std::string str() const;
  friend bool operator==(const Device& a, const Device& b) {
    return a.type_ == b.type_ && a.index_ == b.index_ && a.backend_ == b.backend_;
  }
  friend bool operator!=(const Device& a, const Device& b) { return !(a == b); }
  /// The number of the backend's name; 0: the default one of the type.
  uint8_t backend() const { return backend_; }

 private:
  DeviceType type_;
  int8_t index_ = -1;
  uint8_t backend_ = 0;
};
std::ostream& operator<<(std::ostream& out, const Device& d);

/// How a factory makes a tensor; what is not said is the default.
class TensorOptions {
 public:
  TensorOptions() = default;
  TensorOptions(ScalarType t) : dtype_(t) {}
  TensorOptions(TypeMeta t) : dtype_(t.toScalarType()) {}
  TensorOptions(Device d) : device_(d) {}
  TensorOptions(DeviceType d) : device_(Device(d)) {}
  /// A device's name; a template, because 0 is no name.
  template <class T, std::enable_if_t<std::is_same_v<T, char>, int> = 0>
  TensorOptions(const T* device) : device_(Device(device)) {}

  TensorOptions dtype(optional<ScalarType> t) const { return with(&TensorOptions::dtype_, t); }
  TensorOptions device(optional<Device> d) const { return with(&TensorOptions::device_, d); }
  TensorOptions device(DeviceType t, int8_t index) const { return device(Device(t, index)); }
  TensorOptions requires_grad(optional<bool> r) const {
    return with(&TensorOptions::requires_grad_, r);
  }
  bool has_dtype() const { return dtype_.has_value(); }
  bool has_device() const { return device_.has_value(); }
  bool has_requires_grad() const { return requires_grad_.has_value(); }
  TypeMeta dtype() const { return dtype_.value_or(get_default_dtype_as_scalartype()); }
  Device device() const { return device_.value_or(Device(kCPU)); }
  bool requires_grad() const { return requires_grad_.value_or(false); }

 private:
  template <class T> TensorOptions with(optional<T> TensorOptions::*member, optional<T> v) const {
    TensorOptions r = *this;
    r.*member = v;
    return r;
  }
  optional<ScalarType> dtype_;
  optional<Device> device_;
  optional<bool> requires_grad_;
};
inline TensorOptions dtype(ScalarType t) { return TensorOptions().dtype(t); }
inline TensorOptions device(Device d) { return TensorOptions().device(d); }
inline TensorOptions requires_grad(bool r = true) { return TensorOptions().requires_grad(r); }

}  // namespace nnrun
#pragma GCC visibility pop
