// What a tensor says about itself, and the plain types beside it.
#include <cmath>
#include <ostream>

#include "core/base/text.h"
#include "core/eager/autograd.h"
#include "core/eager/promote.h"
#include "core/plugin/plugins.h"

namespace nnrun {
namespace {

std::atomic<ScalarType> default_dtype{kFloat};

IntArrayRef list(const Shape& s) { return {s.begin(), s.size()}; }

}  // namespace

ScalarType get_default_dtype_as_scalartype() {
  return default_dtype.load(std::memory_order_relaxed);
}
void set_default_dtype(ScalarType t) {
  if (!isFloatingType(t)) {
    throw Error(Code::model, std::string("[set_default_dtype] ") + toString(t) + " is no float")
        .with_hint("pass torch::kFloat or torch::kDouble");
  }
  default_dtype = t;
}

const char* toString(ScalarType t) {
  switch (t) {
    case kByte: return "Byte";
    case kInt: return "Int";
    case kLong: return "Long";
    case kHalf: return "Half";
    case kFloat: return "Float";
    case kDouble: return "Double";
    case kBool: return "Bool";
    case kBFloat16: return "BFloat16";
  }
  return "Undefined";
}
std::ostream& operator<<(std::ostream& out, ScalarType t) { return out << toString(t); }

const char* TypeMeta::name() const {
  switch (t_) {
    case kByte: return "unsigned char";
    case kInt: return "int";
    case kLong: return "long int";
    case kHalf: return "c10::Half";
    case kFloat: return "float";
    case kDouble: return "double";
    case kBool: return "bool";
    case kBFloat16: return "c10::BFloat16";
  }
  return "";
}
std::ostream& operator<<(std::ostream& out, TypeMeta t) { return out << t.name(); }

int64_t Scalar::whole(int bits) const {
  const double limit = std::ldexp(1, bits);
  const bool fits = kind_ == kDouble
                        ? d_ >= -limit && d_ < limit
                        : bits == 63 || (i_ >= -(int64_t{1} << bits) && i_ < int64_t{1} << bits);
  if (!fits) {
    throw Error(Code::model, "[item] " + (kind_ == kDouble ? number_text(d_) : std::to_string(i_)) +
                                 " is no number of int" + std::to_string(bits + 1))
        .with_hint("ask for a double, or a wider type");
  }
  return kind_ == kDouble ? int64_t(d_) : i_;
}
std::ostream& operator<<(std::ostream& out, const Scalar& s) {
  if (s.isFloatingPoint()) return out << s.toDouble();
  if (s.isBoolean()) return out << (s.toBool() ? "true" : "false");
  return out << s.toLong();
}

std::ostream& operator<<(std::ostream& out, IntArrayRef l) {
  out << "[";
  for (size_t i = 0; i < l.size(); ++i) out << (i ? ", " : "") << l[i];
  return out << "]";
}

Device::Device(const std::string& name) : type_(kCPU) {
  const size_t colon = name.find(':');
  const std::string base = name.substr(0, colon);
  if (colon != std::string::npos) {
    int index = -1;
    const std::string digits = name.substr(colon + 1);
    if (digits.empty() || digits.size() > 2 ||
        digits.find_first_not_of("0123456789") != std::string::npos ||
        (index = std::stoi(digits)) > 99) {
      throw Error(Code::model, "[device] '" + printable(name) + "': expected a name, or name:index")
          .with_hint("cpu, cuda, cuda:1, or the name of a backend");
    }
    index_ = int8_t(index);
  }
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  };
  if (base.empty() || !std::all_of(base.begin(), base.end(), is_name)) {
    throw Error(Code::model, "[device] '" + printable(name) + "': expected a name, or name:index")
        .with_hint("cpu, cuda, cuda:1, or the name of a backend");
  }
  if (base == "cuda") {
    type_ = kCUDA;
  } else if (base != "cpu") {
    backend_ = backend_number(base);
  }
}
std::string Device::str() const {
  std::string s = backend_ != 0 ? backend_name(backend_) : is_cuda() ? "cuda" : "cpu";
  return has_index() ? s + ":" + std::to_string(int(index_)) : s;
}
std::ostream& operator<<(std::ostream& out, const Device& d) { return out << d.str(); }

std::vector<std::string> backends() { return backend_names(); }

namespace {
/// As in libtorch, what holds nothing looks like a tensor of no elements.
const Shape& shape_of(const Tensor& t) {
  static const Shape& none = *new Shape{0};
  return t.defined() ? body(t).shape : none;
}
}  // namespace

IntArrayRef Tensor::sizes() const { return list(shape_of(*this)); }
IntArrayRef Tensor::strides() const { return list(nnrun::defined(*this, "strides").strides); }
int64_t Tensor::size(int64_t dim) const {
  const Shape& s = shape_of(*this);
  if (s.rank() == 0)
    throw Error(Code::model, "[size] a tensor without dimensions has no sizes")
        .with_hint("use numel()");
  return s[normal_dim(dim, s.rank(), "size")];
}
int64_t Tensor::stride(int64_t dim) const {
  const detail::TensorBody& b = nnrun::defined(*this, "stride");
  if (b.shape.rank() == 0)
    throw Error(Code::model, "[stride] a tensor without dimensions has no strides")
        .with_hint("it has one element");
  return b.strides[normal_dim(dim, b.shape.rank(), "stride")];
}
int64_t Tensor::dim() const { return shape_of(*this).rank(); }
int64_t Tensor::numel() const { return shape_of(*this).numel(); }
ScalarType Tensor::scalar_type() const {
  return to_scalar_type(nnrun::defined(*this, "dtype").dtype);
}
Device Tensor::device() const { return nnrun::defined(*this, "device").storage->device->device; }
TensorOptions Tensor::options() const { return TensorOptions(device()).dtype(scalar_type()); }
int64_t Tensor::element_size() const {
  return size_of(nnrun::defined(*this, "element_size").dtype);
}
int64_t Tensor::storage_offset() const { return nnrun::defined(*this, "storage_offset").offset; }
bool Tensor::is_contiguous() const { return nnrun::defined(*this, "is_contiguous").contiguous; }

Scalar Tensor::item() const {
  const detail::TensorBody& b = nnrun::defined(*this, "item");
  if (b.shape.numel() != 1) {
    throw Error(Code::model,
                "[item] the tensor has shape " + b.shape.str() + ", expected one element")
        .with_hint("reduce it with sum() or pick one with [i]");
  }
  if (!b.storage->device->is_host()) return cpu().item();
  return sdk::visit(b.dtype, [&](auto tag) -> Scalar {
    using T = typename decltype(tag)::type;
    const T v = *static_cast<const T*>(address(b));
    if constexpr (std::is_same_v<T, bool>) {
      return Scalar(v);
    } else if constexpr (std::is_integral_v<T>) {
      return Scalar(int64_t(v));
    } else {
      return Scalar(double(static_cast<sdk::compute_t<T>>(v)));
    }
  });
}
void* Tensor::data_ptr() const { return address(nnrun::defined(*this, "data_ptr")); }
void* Tensor::checked_data(ScalarType t) const {
  if (scalar_type() != t) {
    throw Error(Code::model, std::string("[data_ptr] the elements are ") + toString(scalar_type()) +
                                 ", asked for as " + toString(t))
        .with_hint("convert it with .to(...), or ask for its own type");
  }
  return data_ptr();
}

namespace {

/// Nodes from t back, each once: later operations first, then leaves in the order of their use.
std::vector<const GradNode*> history(const Tensor& t) {
  std::vector<const GradNode*> all, stack;
  const GradNode::Edge start = grad_edge(t);
  if (start.node) stack.push_back(start.node.get());
  while (!stack.empty()) {
    const GradNode* n = stack.back();
    stack.pop_back();
    if (std::find(all.begin(), all.end(), n) != all.end()) continue;
    all.push_back(n);
    for (const GradNode::Edge& e : n->edges) {
      if (e.node) stack.push_back(e.node.get());
    }
  }
  std::sort(all.begin(), all.end(), [](const GradNode* a, const GradNode* b) {
    if (a->edges.empty() != b->edges.empty()) return b->edges.empty();
    return a->edges.empty() ? a->sequence < b->sequence : a->sequence > b->sequence;
  });
  return all;
}

std::string label(const GradNode* n) {
  return n->name == "AccumulateGrad" ? "leaf" : std::string(n->name);
}

}  // namespace

void Tensor::print_graph(std::ostream& out) const {
  nnrun::defined(*this, "print_graph");
  const std::vector<const GradNode*> all = history(*this);
  const auto number = [&](const GradNode* n) {
    return std::find(all.begin(), all.end(), n) - all.begin();
  };
  if (all.empty()) out << "nothing recorded: no operand requires a gradient\n";
  for (size_t i = 0; i < all.size(); ++i) {
    out << "%" << i << " = " << label(all[i]);
    std::string operands;
    for (const GradNode::Edge& e : all[i]->edges) {
      operands += operands.empty() ? "" : ", ";
      operands += e.node ? "%" + std::to_string(number(e.node.get())) : "-";
    }
    if (!operands.empty()) out << "(" << operands << ")";
    out << "\n";
  }
}

void Tensor::print_graph_dot(std::ostream& out) const {
  nnrun::defined(*this, "print_graph_dot");
  const std::vector<const GradNode*> all = history(*this);
  out << "digraph {\n";
  for (size_t i = 0; i < all.size(); ++i) {
    out << "  n" << i << " [label=\"" << label(all[i]) << "\"";
    if (all[i]->name == "AccumulateGrad") out << " shape=box";
    out << "];\n";
    for (const GradNode::Edge& e : all[i]->edges) {
      if (!e.node) continue;
      out << "  n" << std::find(all.begin(), all.end(), e.node.get()) - all.begin() << " -> n" << i
          << ";\n";
    }
  }
  out << "}\n";
}

}  // namespace nnrun
