#include "core/ops/windows.h"

#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

/// How many times a window fits along one dimension.
int64_t positions(const std::string& op, const char* axis, int64_t size, int64_t kernel,
                  int64_t stride, int64_t padding, int64_t dilation, bool ceil_mode) {
  const int64_t extent = checked_add(checked_mul(dilation, kernel - 1), 1);
  const int64_t padded = checked_add(size, checked_mul(2, padding));
  const int64_t room = checked_add(padded - extent, ceil_mode ? stride - 1 : 0);
  int64_t n = room < 0 ? 0 : room / stride + 1;
  if (ceil_mode && checked_mul(n - 1, stride) >= size + padding) --n;
  if (n < 1) {
    op_error(op, std::string("the window covers ") + std::to_string(extent) + " along " + axis +
                     ", the padded input has " + std::to_string(padded) + " (" +
                     std::to_string(size) + " and padding " + std::to_string(padding) +
                     " on both sides)");
  }
  return n;
}

}  // namespace

std::vector<AttrDecl> conv2d_attrs() {
  return {attr("stride", Ints{1, 1}, "step of the window").at_least(1),
          attr("padding", Ints{0, 0}, "zeros added on both sides").at_least(0),
          attr("dilation", Ints{1, 1}, "distance between the taps of the kernel").at_least(1),
          attr("groups", 1, "channels are split into groups that do not mix").at_least(1)};
}

Shape conv2d_shape(const std::string& op, const Attrs& a, const Shape& x, const Shape& weight) {
  need_rank(op, "input", x, 4);
  need_rank(op, "weight", weight, 4);
  const int64_t groups = a.integer("groups");
  if (x[1] % groups != 0 || x[1] / groups != weight[1]) {
    op_error(op, "input " + x.str() + " has " + std::to_string(x[1]) + " channels in " +
                     std::to_string(groups) + " groups, weight " + weight.str() + " takes " +
                     std::to_string(weight[1]) + " per group");
  }
  if (weight[0] % groups != 0) {
    op_error(op, std::to_string(weight[0]) + " output channels (weight " + weight.str() +
                     ") cannot be split into " + std::to_string(groups) + " groups");
  }
  Shape y{x[0], weight[0]};
  for (int i = 0; i < 2; ++i) {
    if (weight[2 + i] < 1) op_error(op, "the kernel is empty: weight has shape " + weight.str());
    y.push_back(positions(op, i == 0 ? "the height" : "the width", x[2 + i], weight[2 + i],
                          a.integers("stride")[size_t(i)], a.integers("padding")[size_t(i)],
                          a.integers("dilation")[size_t(i)], false));
  }
  return y;
}

std::vector<AttrDecl> pool2d_attrs() {
  return {
      required_attr("kernel_size", AttrKind::integer, "window").count(2, 2).at_least(1),
      required_attr("stride", AttrKind::integer, "step of the window").count(2, 2).at_least(1),
      attr("padding", Ints{0, 0}, "added on both sides, at most half of the window").at_least(0),
      attr("ceil_mode", false, "windows may reach beyond the end")};
}

Shape pool2d_shape(const std::string& op, const Attrs& a, const Shape& x) {
  need_rank(op, "input", x, 4);
  Shape y{x[0], x[1]};
  for (int i = 0; i < 2; ++i) {
    const char* axis = i == 0 ? "the height" : "the width";
    const int64_t kernel = a.integers("kernel_size")[size_t(i)];
    const int64_t padding = a.integers("padding")[size_t(i)];
    if (x[2 + i] < 1) op_error(op, "input " + x.str() + " is empty along " + axis);
    if (padding > kernel / 2) {
      op_error(op, "padding " + std::to_string(padding) + " is more than half of kernel_size " +
                       std::to_string(kernel));
    }
    y.push_back(positions(op, axis, x[2 + i], kernel, a.integers("stride")[size_t(i)], padding,
                          a.has("dilation") ? a.integers("dilation")[size_t(i)] : 1,
                          a.flag("ceil_mode")));
  }
  return y;
}

AttrDecl input_size_attr() {
  return required_attr("input_size", AttrKind::integer, "height and width of the input")
      .count(2, 2)
      .at_least(0);
}

Shape with_input_size(const std::string& op, const Attrs& a, const Shape& gy) {
  need_rank(op, "gy", gy, 4);
  return {gy[0], gy[1], a.integers("input_size")[0], a.integers("input_size")[1]};
}

Attrs with(Attrs a, const std::string& name, AttrValue v) {
  a.set(name, std::move(v));
  return a;
}

Attrs without(Attrs a, const std::string& name) {
  a.erase(name);
  return a;
}

int64_t taps(const Shape& weight) { return Shape(weight.begin() + 1, weight.end()).numel(); }

}  // namespace nnrun
