#include <nnrun/nn/init.h>

#include <cmath>

namespace nnrun::nn::init {
namespace {

double kaiming_std(const Tensor& t, double a, const FanModeType& mode, const NonlinearityType& f) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(t);
  return calculate_gain(f, a) / std::sqrt(double(mode.index() == 0 ? in : out));
}

double xavier_std(const Tensor& t, double gain) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(t);
  return gain * std::sqrt(2.0 / double(in + out));
}

}  // namespace

double calculate_gain(NonlinearityType nonlinearity, double param) {
  if (std::holds_alternative<enumtype::kTanh>(nonlinearity)) return 5.0 / 3.0;
  if (std::holds_alternative<enumtype::kReLU>(nonlinearity)) return std::sqrt(2.0);
  if (std::holds_alternative<enumtype::kLeakyReLU>(nonlinearity)) {
    return std::sqrt(2.0 / (1 + param * param));
  }
  return 1;
}

Tensor constant_(Tensor tensor, Scalar value) {
  NoGradGuard guard;
  return tensor.fill_(value);
}
Tensor ones_(Tensor tensor) { return constant_(std::move(tensor), 1); }
Tensor zeros_(Tensor tensor) { return constant_(std::move(tensor), 0); }
Tensor eye_(Tensor matrix) {
  NoGradGuard guard;
  if (matrix.dim() != 2) throw Error(Code::model, "[eye_] takes a matrix");
  return matrix.copy_(eye(matrix.size(0), matrix.size(1), matrix.options().requires_grad(false)));
}
Tensor uniform_(Tensor tensor, double low, double high) {
  NoGradGuard guard;
  return tensor.uniform_(low, high);
}
Tensor normal_(Tensor tensor, double mean, double std) {
  NoGradGuard guard;
  return tensor.normal_(mean, std);
}
Tensor xavier_uniform_(Tensor tensor, double gain) {
  const double bound = std::sqrt(3.0) * xavier_std(tensor, gain);
  return uniform_(std::move(tensor), -bound, bound);
}
Tensor xavier_normal_(Tensor tensor, double gain) {
  const double std = xavier_std(tensor, gain);
  return normal_(std::move(tensor), 0, std);
}
Tensor kaiming_uniform_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity) {
  const double bound = std::sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity);
  return uniform_(std::move(tensor), -bound, bound);
}
Tensor kaiming_normal_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity) {
  const double std = kaiming_std(tensor, a, mode, nonlinearity);
  return normal_(std::move(tensor), 0, std);
}

std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(const Tensor& tensor) {
  if (tensor.dim() < 2) {
    throw Error(Code::model,
                "fan in and fan out are of a weight of two dimensions or more, not of " +
                    std::to_string(tensor.dim()));
  }
  const int64_t taps =
      tensor.size(0) * tensor.size(1) == 0 ? 0 : tensor.numel() / (tensor.size(0) * tensor.size(1));
  return {tensor.size(1) * taps, tensor.size(0) * taps};
}

}  // namespace nnrun::nn::init
