// oneDNN 2.6 and 3.x under one face: primitive descriptors are made in one call here. The only file
// of this backend that knows the version.
//
// All functions throw dnnl::error when the library has no implementation. A zero memory::desc as
// bias means none. Dilations count from 0, as oneDNN has them.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include <string>

namespace nnrun::onednn::compat {

using dnnl::algorithm;
using dnnl::engine;
using dnnl::prop_kind;
using dims = dnnl::memory::dims;
using desc = dnnl::memory::desc;

/// The windows of a convolution.
struct Window {
  dims stride, dilation, padding;
};

#if DNNL_VERSION_MAJOR >= 3

/// Asked for any format, some passes of a convolution take channels last and others blocks.
inline constexpr bool kFormatsOfPassesDiffer = true;

inline dnnl::matmul::primitive_desc matmul(const engine& e, const desc& x, const desc& w,
                                           const desc& bias, const desc& y,
                                           const dnnl::primitive_attr& a) {
  return bias.is_zero() ? dnnl::matmul::primitive_desc(e, x, w, y, a)
                        : dnnl::matmul::primitive_desc(e, x, w, bias, y, a);
}
inline dnnl::convolution_forward::primitive_desc convolution(const engine& e, prop_kind kind,
                                                             algorithm how, const desc& x,
                                                             const desc& w, const desc& bias,
                                                             const desc& y, const Window& s,
                                                             const dnnl::primitive_attr& a) {
  return dnnl::convolution_forward::primitive_desc(e, kind, how, x, w, bias, y, s.stride,
                                                   s.dilation, s.padding, s.padding, a);
}
inline dnnl::convolution_backward_data::primitive_desc convolution_grad_input(
    const engine& e, algorithm how, const desc& gx, const desc& w, const desc& gy, const Window& s,
    const dnnl::convolution_forward::primitive_desc& forward, const dnnl::primitive_attr& a) {
  return dnnl::convolution_backward_data::primitive_desc(e, how, gx, w, gy, s.stride, s.dilation,
                                                         s.padding, s.padding, forward, a);
}
inline dnnl::convolution_backward_weights::primitive_desc convolution_grad_weight(
    const engine& e, algorithm how, const desc& x, const desc& gw, const desc& gy, const Window& s,
    const dnnl::convolution_forward::primitive_desc& forward, const dnnl::primitive_attr& a) {
  return dnnl::convolution_backward_weights::primitive_desc(e, how, x, gw, gy, s.stride, s.dilation,
                                                            s.padding, s.padding, forward, a);
}
inline dims dims_of(const desc& m) { return m.get_dims(); }
inline dnnl::memory::data_type type_of(const desc& m) { return m.get_data_type(); }

#else

inline constexpr bool kFormatsOfPassesDiffer = false;

inline dnnl::matmul::primitive_desc matmul(const engine& e, const desc& x, const desc& w,
                                           const desc& bias, const desc& y,
                                           const dnnl::primitive_attr& a) {
  return {bias.is_zero() ? dnnl::matmul::desc(x, w, y) : dnnl::matmul::desc(x, w, bias, y), a, e};
}
inline dnnl::convolution_forward::primitive_desc convolution(const engine& e, prop_kind kind,
                                                             algorithm how, const desc& x,
                                                             const desc& w, const desc& bias,
                                                             const desc& y, const Window& s,
                                                             const dnnl::primitive_attr& a) {
  return {{kind, how, x, w, bias, y, s.stride, s.dilation, s.padding, s.padding}, a, e};
}
inline dnnl::convolution_backward_data::primitive_desc convolution_grad_input(
    const engine& e, algorithm how, const desc& gx, const desc& w, const desc& gy, const Window& s,
    const dnnl::convolution_forward::primitive_desc& forward, const dnnl::primitive_attr& a) {
  return {{how, gx, w, gy, s.stride, s.dilation, s.padding, s.padding}, a, e, forward};
}
inline dnnl::convolution_backward_weights::primitive_desc convolution_grad_weight(
    const engine& e, algorithm how, const desc& x, const desc& gw, const desc& gy, const Window& s,
    const dnnl::convolution_forward::primitive_desc& forward, const dnnl::primitive_attr& a) {
  return {{how, x, gw, gy, s.stride, s.dilation, s.padding, s.padding}, a, e, forward};
}
inline dims dims_of(const desc& m) { return m.dims(); }
inline dnnl::memory::data_type type_of(const desc& m) { return m.data_type(); }

#endif

inline std::string library_version() {
  const dnnl_version_t* v = dnnl_version();
  return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." +
         std::to_string(v->patch);
}

}  // namespace nnrun::onednn::compat
