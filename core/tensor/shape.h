// Shapes and strides: up to 8 numbers, kept inline.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <nnrun/error.h>

#include "core/base/checked.h"

namespace nnrun {

/// The dimensions of a tensor (also used for strides). At most kMaxRank entries; more throws.
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(dims.begin(), dims.end()) {}
  Shape(const std::vector<int64_t>& dims) : Shape(dims.begin(), dims.end()) {}
  template <class It> Shape(It first, It last) {
    for (; first != last; ++first) push_back(*first);
  }

  int rank() const { return rank_; }
  size_t size() const { return size_t(rank_); }
  bool empty() const { return rank_ == 0; }
  int64_t operator[](int i) const { return dim_[size_t(i)]; }
  int64_t& operator[](int i) { return dim_[size_t(i)]; }
  int64_t back() const { return dim_[size_t(rank_ - 1)]; }
  int64_t& back() { return dim_[size_t(rank_ - 1)]; }
  const int64_t* begin() const { return dim_.data(); }
  const int64_t* end() const { return dim_.data() + rank_; }
  int64_t* begin() { return dim_.data(); }
  int64_t* end() { return dim_.data() + rank_; }
  const int64_t* data() const { return dim_.data(); }

  void push_back(int64_t d) {
    if (rank_ == kMaxRank) throw Error(Code::model, "a tensor has at most 8 dimensions");
    dim_[size_t(rank_++)] = d;
  }
  void insert(int at, int64_t d) {
    push_back(d);
    std::rotate(begin() + at, end() - 1, end());
  }
  void erase(int at) {
    std::copy(begin() + at + 1, end(), begin() + at);
    --rank_;
  }
  std::vector<int64_t> vector() const { return {begin(), end()}; }

  friend bool operator==(const Shape& a, const Shape& b) {
    return a.rank_ == b.rank_ && std::equal(a.begin(), a.end(), b.begin());
  }
  friend bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }

  /// Number of elements; throws when it does not fit 64 bits.
  int64_t numel() const {
    int64_t n = 1;
    for (int64_t d : *this) n = checked_mul(n, d);
    return n;
  }
  /// Strides of a row-major tensor of this shape.
  Shape row_major() const {
    Shape s = *this;
    int64_t n = 1;
    for (int i = rank_ - 1; i >= 0; --i) {
      s[i] = n;
      n = checked_mul(n, std::max<int64_t>(dim_[size_t(i)], 1));
    }
    return s;
  }
  /// "(2, 3)", "(2,)", "()": as Python prints a tuple.
  std::string str() const {
    std::string s = "(";
    for (int i = 0; i < rank_; ++i) s += (i ? ", " : "") + std::to_string(dim_[size_t(i)]);
    return s + (rank_ == 1 ? ",)" : ")");
  }

 private:
  std::array<int64_t, kMaxRank> dim_{};
  int rank_ = 0;
};

/// The shape both broadcast to, by NumPy's rule; false when they do not.
inline bool broadcast(const Shape& a, const Shape& b, Shape* out) {
  const int n = std::max(a.rank(), b.rank());
  Shape r;
  for (int i = 0; i < n; ++i) {
    const int ia = i - (n - a.rank()), ib = i - (n - b.rank());
    const int64_t da = ia < 0 ? 1 : a[ia], db = ib < 0 ? 1 : b[ib];
    if (da != db && da != 1 && db != 1) return false;
    r.push_back(da == 1 ? db : da);
  }
  *out = r;
  return true;
}

/// A dimension index in [-rank, rank) made non-negative; throws naming the op otherwise.
inline int normal_dim(int64_t dim, int rank, const char* op) {
  const int64_t n = std::max(rank, 1);  // as in torch, a scalar takes dim 0 and -1
  if (dim < -n || dim >= n) {
    throw Error(Code::model, std::string("[") + op + "] dim " + std::to_string(dim) +
                                 " is out of range for a tensor of " + std::to_string(rank) +
                                 " dimensions");
  }
  return int(dim < 0 ? dim + n : dim);
}

}  // namespace nnrun
