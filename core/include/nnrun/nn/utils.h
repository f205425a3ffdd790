// What is done to the parameters or the gradients of a whole model.
#pragma once

#include <vector>

#include <nnrun/tensor.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::nn::utils {

/// Scales the gradients so that their norm together is at most max_norm; returns the norm before.
/// norm_type may be infinity.
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm,
                       double norm_type = 2.0, bool error_if_nonfinite = false);
double clip_grad_norm_(Tensor parameter, double max_norm, double norm_type = 2.0,
                       bool error_if_nonfinite = false);
/// Moves each element of the gradients into [-clip_value, clip_value].
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);
void clip_grad_value_(Tensor parameter, double clip_value);

/// All elements, one parameter after the other.
Tensor parameters_to_vector(const std::vector<Tensor>& parameters);
void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters);

}  // namespace nnrun::nn::utils
#pragma GCC visibility pop
