// Reading an nnr_op_desc: operands and attributes as C++ views. Views borrow; they are valid as
// long as the desc is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../abi/op.h"
#include "dtype.hpp"
#include "status.hpp"

namespace nnrun::sdk {

/// The attributes of an op or a layer, by name. A missing or mistyped one throws Failure.
class Attrs {
 public:
  Attrs(const nnr_attr* a, uint32_t n) : a_(a), n_(n) {}

  const nnr_attr* find(std::string_view name) const {
    for (uint32_t i = 0; i < n_; ++i) {
      if (std::string_view(a_[i].name.ptr, a_[i].name.len) == name) return &a_[i];
    }
    return nullptr;
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  int64_t integer(std::string_view name) const { return *get<int64_t>(name, NNR_INT); }
  double number(std::string_view name) const { return *get<double>(name, NNR_FLOAT); }
  bool flag(std::string_view name) const { return *get<uint8_t>(name, NNR_BOOL) != 0; }
  std::string text(std::string_view name) const {
    return to_string(*get<nnr_str>(name, NNR_STRING));
  }
  DType dtype(std::string_view name) const {
    DType t = DType::float32;
    if (!from_dl(*get<DLDataType>(name, NNR_DTYPE), &t)) {
      throw Failure(NNR_E_UNSUPPORTED, "attribute '" + std::string(name) + "': unknown dtype");
    }
    return t;
  }
  std::vector<int64_t> integers(std::string_view name) const {
    return list<int64_t>(name, NNR_INT);
  }
  std::vector<double> numbers(std::string_view name) const { return list<double>(name, NNR_FLOAT); }

 private:
  const nnr_attr& checked(std::string_view name, uint32_t kind) const {
    const nnr_attr* a = find(name);
    if (a == nullptr || a->kind != kind) {
      throw Failure(NNR_E_INVALID, "attribute '" + std::string(name) + "' is missing or mistyped");
    }
    return *a;
  }
  template <class T> const T* get(std::string_view name, uint32_t kind) const {
    const nnr_attr& a = checked(name, kind);
    if (a.count == 0)
      throw Failure(NNR_E_INVALID, "attribute '" + std::string(name) + "' is empty");
    return static_cast<const T*>(a.data);
  }
  template <class T> std::vector<T> list(std::string_view name, uint32_t kind) const {
    const nnr_attr& a = checked(name, kind);
    const T* p = static_cast<const T*>(a.data);
    return std::vector<T>(p, p + a.count);
  }

  const nnr_attr* a_;
  uint32_t n_;
};

/// One operand: its type and where its elements lie.
class Operand {
 public:
  explicit Operand(const nnr_tdesc* d) : d_(d) {}

  explicit operator bool() const { return d_ != nullptr; }  // false: absent
  const nnr_tdesc& desc() const { return *d_; }
  DType dtype() const {
    DType t = DType::float32;
    if (!from_dl(d_->t.dtype, &t)) throw Failure(NNR_E_UNSUPPORTED, "unknown dtype");
    return t;
  }
  int rank() const { return d_->t.ndim; }
  int64_t size(int i) const { return d_->t.shape[i]; }
  int64_t stride(int i) const { return d_->t.strides[i]; }
  std::vector<int64_t> shape() const { return {d_->t.shape, d_->t.shape + d_->t.ndim}; }
  std::vector<int64_t> strides() const { return {d_->t.strides, d_->t.strides + d_->t.ndim}; }
  int64_t numel() const {
    int64_t n = 1;
    for (int i = 0; i < rank(); ++i) n *= size(i);
    return n;
  }
  /// "" when the strides say where the elements are.
  std::string_view layout() const { return {d_->layout.ptr, d_->layout.len}; }
  uint64_t bytes() const { return d_->bytes; }  // of the buffer, padding included
  /// Row-major without gaps; strides of dimensions of size 1 do not matter.
  bool contiguous() const {
    int64_t expected = 1;
    for (int i = rank() - 1; i >= 0; --i) {
      if (size(i) == 0) return true;
      if (size(i) != 1 && stride(i) != expected) return false;
      expected *= size(i);
    }
    return true;
  }

 private:
  const nnr_tdesc* d_;
};

class Desc {
 public:
  explicit Desc(const nnr_op_desc* d) : d_(d) {}

  std::string_view op() const { return {d_->op.ptr, d_->op.len}; }
  int inputs() const { return static_cast<int>(d_->n_in); }
  int outputs() const { return static_cast<int>(d_->n_out); }
  Operand in(int i) const { return Operand(i < inputs() ? d_->in[i] : nullptr); }
  Operand out(int i) const { return Operand(i < outputs() ? d_->out[i] : nullptr); }
  /// Operand i in the order of the buffers: inputs, then outputs.
  Operand operand(int i) const { return i < inputs() ? in(i) : out(i - inputs()); }
  Attrs attrs() const { return Attrs(d_->attr, d_->n_attr); }
  int threads() const { return d_->threads == 0 ? 1 : static_cast<int>(d_->threads); }
  bool fast_math() const { return d_->math == NNR_MATH_FAST; }
  bool deterministic() const { return (d_->flags & NNR_D_DETERMINISTIC) != 0; }
  const nnr_graph* body() const { return d_->body; }  // of a group (abi/compiler.h)
  bool all_contiguous() const {
    for (int i = 0; i < inputs() + outputs(); ++i) {
      const Operand o = operand(i);
      if (o && !o.contiguous()) return false;
    }
    return true;
  }

 private:
  const nnr_op_desc* d_;
};

}  // namespace nnrun::sdk
