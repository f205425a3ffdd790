// Shared by the kernels of the reference backend: plain loops over strided operands. It is the
// meaning of every op and the oracle of every test, so nothing is clever: floats compute in double
// and round once when they are stored, integers compute modulo 2^bits, and everything runs on one
// thread in row-major order.
#pragma once

#include <nnrun/sdk/kernel.hpp>
#include <nnrun/sdk/loops.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace nnrun::reference {

using namespace nnrun::sdk;

inline constexpr uint64_t kNumbers = kFloats | kInts;
inline constexpr uint64_t kBool = NNR_B8;

/// The type T computes in.
template <class T> using wide_t = std::conditional_t<is_float(dtype_of<T>::value), double, T>;

template <class T> wide_t<T> load(const T* p, int64_t i) { return static_cast<wide_t<T>>(p[i]); }

/// Entries of a list of dtypes, beside masks: the dtype that operand i has; an operand that may be
/// absent.
inline constexpr uint64_t kSameAs = uint64_t{1} << 62, kOptional = uint64_t{1} << 63;
constexpr uint64_t same_as(int i) { return kSameAs | uint64_t(i); }
constexpr uint64_t optional(uint64_t dtypes) { return kOptional | dtypes; }

/// Yes when each operand, inputs first, has plain strides and a dtype that its entry allows; else
/// no, naming the operand.
Offer accept(const Desc& d, const std::vector<uint64_t>& dtypes);

/// The same for any number of inputs of one dtype in the mask, and outputs of that dtype.
Offer accept_all(const Desc& d, uint64_t dtypes);

/// Adds to a yes the pairs (input, output 0) whose elements lie at the same places, for kernels
/// that read element i of an input before they write element i of the output, and never after.
Offer elementwise_inplace(Offer o, const Desc& d);

/// The kernels of an op that has one class.
template <class K> std::vector<KernelDef> loop(const char* op) { return {kernel<K>(op, "loop")}; }

/// The attribute dim, counted from the front; 0 where the operand has rank 0.
inline int dim_of(const Desc& d, int rank) {
  const int64_t dim = d.attrs().integer("dim");
  return static_cast<int>(dim < 0 ? dim + (rank == 0 ? 1 : rank) : dim);
}

/// The strides of a row-major buffer of that shape.
inline std::vector<int64_t> row_major(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t n = 1;
  for (size_t i = shape.size(); i-- > 0; n *= shape[i]) strides[i] = n;
  return strides;
}

}  // namespace nnrun::reference
