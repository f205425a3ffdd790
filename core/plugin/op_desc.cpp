#include "core/plugin/op_desc.h"

#include <algorithm>
#include <deque>

#include "core/plugin/attrs_abi.h"

namespace nnrun {
namespace {

/// Bytes from the first to the last element.
int64_t span_bytes(const Type& t, const Shape& strides) {
  int64_t last = 0;
  for (int i = 0; i < t.shape.rank(); ++i) {
    if (t.shape[i] == 0) return 0;
    last = checked_add(last, checked_mul(t.shape[i] - 1, strides[i]));
  }
  return checked_mul(checked_add(last, 1), size_of(t.dtype));
}

}  // namespace

TensorDesc::TensorDesc(const OpDesc::Operand& o, DLDevice device) : layout_(o.layout) {
  std::copy(o.type.shape.begin(), o.type.shape.end(), shape_);
  std::copy(o.strides.begin(), o.strides.end(), strides_);
  abi_ = {};
  abi_.struct_size = sizeof abi_;
  if (o.data != nullptr) abi_.flags |= NNR_T_CONST;
  if (o.is_parameter) abi_.flags |= NNR_T_PARAM;
  abi_.t.data = const_cast<void*>(o.data);
  abi_.t.device = device;
  abi_.t.ndim = o.type.shape.rank();
  abi_.t.dtype = sdk::to_dl(o.type.dtype);
  abi_.t.shape = shape_;
  abi_.t.strides = strides_;
  abi_.layout = sdk::str(layout_);
  abi_.bytes = uint64_t(o.bytes >= 0 ? o.bytes : span_bytes(o.type, o.strides));
  abi_.align = uint64_t(size_of(o.type.dtype));
}

struct OpDesc::Owned {
  std::string op;
  AttrArray attrs;
  std::deque<TensorDesc> tensors;
  std::vector<const nnr_tdesc*> in, out;
  nnr_op_desc abi = {};
};

OpDesc::OpDesc(const std::string& op, int rev, const Attrs& attrs, const std::vector<Operand>& in,
               const std::vector<Operand>& out, const Options& options)
    : owned_(std::make_unique<Owned>()) {
  Owned& o = *owned_;
  o.op = op;
  o.attrs = AttrArray(attrs);
  auto add = [&](const std::vector<Operand>& from, std::vector<const nnr_tdesc*>& to) {
    for (const Operand& x : from) {
      to.push_back(x.present ? o.tensors.emplace_back(x, options.device).get() : nullptr);
    }
  };
  add(in, o.in);
  add(out, o.out);
  o.abi.struct_size = sizeof o.abi;
  o.abi.op_rev = uint32_t(rev);
  o.abi.op = sdk::str(o.op);
  o.abi.n_in = uint32_t(o.in.size());
  o.abi.n_out = uint32_t(o.out.size());
  o.abi.n_attr = o.attrs.size();
  o.abi.math = options.fast_math ? NNR_MATH_FAST : NNR_MATH_STRICT;
  o.abi.in = o.in.data();
  o.abi.out = o.out.data();
  o.abi.attr = o.attrs.data();
  o.abi.threads = uint32_t(std::max(options.threads, 1));
  if (options.deterministic) o.abi.flags |= NNR_D_DETERMINISTIC;
}

OpDesc::OpDesc(OpDesc&&) noexcept = default;
OpDesc& OpDesc::operator=(OpDesc&&) noexcept = default;
OpDesc::~OpDesc() = default;

void OpDesc::set_body(const nnr_graph* body) { owned_->abi.body = body; }

const nnr_op_desc* OpDesc::get() const { return &owned_->abi; }

Type type_of(const DLTensor& t, const std::string& who) {
  if (t.ndim < 0 || t.ndim > Shape::kMaxRank || (t.ndim > 0 && t.shape == nullptr)) {
    throw Error(Code::backend, who + ": a tensor of " + std::to_string(t.ndim) +
                                   " dimensions, expected 0 to 8 with a shape");
  }
  Type r;
  if (!sdk::from_dl(t.dtype, &r.dtype)) {
    throw Error(Code::backend, who + ": a dtype that nnrun does not have (code " +
                                   std::to_string(t.dtype.code) + ", " +
                                   std::to_string(t.dtype.bits) + " bits)");
  }
  r.shape = Shape(t.shape, t.shape + t.ndim);
  for (int64_t d : r.shape) {
    if (d < 0) {
      throw Error(Code::backend, who + ": shape " + r.shape.str() + " has a negative size");
    }
  }
  int64_t bytes = 0;
  int64_t n = 1;
  for (int64_t d : r.shape) {
    if (!mul_ok(n, d, &n))
      throw Error(Code::backend, who + ": shape " + r.shape.str() + " overflows");
  }
  if (!mul_ok(n, size_of(r.dtype), &bytes)) {
    throw Error(Code::backend, who + ": shape " + r.shape.str() + " overflows");
  }
  return r;
}

Type type_of(const nnr_tdesc& d, const std::string& who) { return type_of(d.t, who); }

}  // namespace nnrun
