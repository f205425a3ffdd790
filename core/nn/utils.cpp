#include <nnrun/nn/utils.h>

#include <cmath>

namespace nnrun::nn::utils {

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  NoGradGuard guard;
  std::vector<Tensor> grads;
  for (const Tensor& p : parameters) {
    if (p.grad().defined()) grads.push_back(p.grad());
  }
  if (grads.empty()) return 0;
  std::vector<Tensor> norms;
  for (const Tensor& g : grads) {
    norms.push_back(std::isinf(norm_type) ? g.abs().max() : g.norm(norm_type));
    norms.back() = norms.back().to(kDouble).cpu();
  }
  const Tensor all = stack(norms);
  const Tensor total = std::isinf(norm_type) ? all.max() : all.norm(norm_type);
  const double norm = total.item<double>();
  if (error_if_nonfinite && !std::isfinite(norm)) {
    throw Error(Code::model, "[clip_grad_norm_] the norm of the gradients is not finite");
  }
  const double factor = max_norm / (norm + 1e-6);
  if (factor < 1) {
    for (Tensor& g : grads) g.mul_(factor);
  }
  return norm;
}
double clip_grad_norm_(Tensor parameter, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  return clip_grad_norm_(std::vector<Tensor>{parameter}, max_norm, norm_type, error_if_nonfinite);
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  NoGradGuard guard;
  for (const Tensor& p : parameters) {
    if (p.grad().defined()) p.mutable_grad().clamp_(Scalar(-clip_value), Scalar(clip_value));
  }
}
void clip_grad_value_(Tensor parameter, double clip_value) {
  clip_grad_value_(std::vector<Tensor>{parameter}, clip_value);
}

Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> flat;
  for (const Tensor& p : parameters) flat.push_back(p.reshape({-1}));
  return cat(flat);
}

void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters) {
  int64_t at = 0;
  for (const Tensor& p : parameters) {
    Tensor(p).set_data(vec.detach().slice(0, at, at + p.numel()).view(p.sizes()));
    at += p.numel();
  }
}

}  // namespace nnrun::nn::utils
