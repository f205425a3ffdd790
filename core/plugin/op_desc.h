// OpDesc: one application of an op as the nnr_op_desc that backends and plug-ins read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nnrun/plugin.h>

#include "core/graph/graph.h"

namespace nnrun {

class OpDesc {
 public:
  /// One operand or result. Made from a type alone it is row-major and present.
  struct Operand {
    Type type;
    Shape strides;               // in elements
    const void* data = nullptr;  // of a constant: its elements, which must outlive the desc's use
    bool present = true;
    bool is_parameter = false;
    std::string layout = {};  // "": as the strides say
    int64_t bytes = -1;       // of the buffer; -1: what the elements span

    Operand(Type t) : type(std::move(t)), strides(type.shape.row_major()) {}
    Operand(Type t, Shape s, const void* constant = nullptr)
        : type(std::move(t)), strides(s), data(constant) {}
    static Operand absent() {
      Operand o{Type{}};
      o.present = false;
      return o;
    }
  };
  struct Options {
    int threads = 1;  // a run may use
    bool fast_math = false;
    bool deterministic = false;
    DLDevice device = {kDLCPU, 0};
  };

  /// attrs are complete.
  OpDesc(const std::string& op, int rev, const Attrs& attrs, const std::vector<Operand>& in,
         const std::vector<Operand>& out, const Options& options);
  OpDesc(const std::string& op, int rev, const Attrs& attrs, const std::vector<Operand>& in,
         const std::vector<Operand>& out)
      : OpDesc(op, rev, attrs, in, out, Options()) {}
  OpDesc(OpDesc&&) noexcept;
  OpDesc& operator=(OpDesc&&) noexcept;
  ~OpDesc();

  /// What a group computes; it must outlive this object.
  void set_body(const nnr_graph* body);

  /// Valid as long as this object, also after it was moved from here to there.
  const nnr_op_desc* get() const;

 private:
  struct Owned;
  std::unique_ptr<Owned> owned_;
};

/// One nnr_tdesc with the memory it points to. Neither copied nor moved: others point into it.
class TensorDesc {
 public:
  TensorDesc(const OpDesc::Operand& o, DLDevice device);
  /// Room for a plug-in to write shape and strides into; rank 0 until it does.
  TensorDesc() : TensorDesc(OpDesc::Operand(Type{}), {kDLCPU, 0}) {}
  TensorDesc(const TensorDesc&) = delete;
  TensorDesc& operator=(const TensorDesc&) = delete;

  const nnr_tdesc* get() const { return &abi_; }
  nnr_tdesc* get() { return &abi_; }

 private:
  int64_t shape_[Shape::kMaxRank] = {}, strides_[Shape::kMaxRank] = {};
  std::string layout_;
  nnr_tdesc abi_;
};

/// What a plug-in says about a value's type. Throws Error(backend) naming `who`: rank over 8, a
/// null shape, a negative size, a size that overflows, a dtype nnrun does not have.
Type type_of(const nnr_tdesc& d, const std::string& who);
Type type_of(const DLTensor& t, const std::string& who);

}  // namespace nnrun
