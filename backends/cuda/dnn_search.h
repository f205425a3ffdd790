// Which plans cuDNN has for a convolution or a gradient of one.
#pragma once

#include <array>
#include <memory>

#include "backends/cuda/dnn_plan.h"

namespace nnrun::cuda {

/// What cuDNN calls an op, and which of its operands are x, weight and y; kOut: the output.
struct DnnWay {
  static constexpr int kOut = -1;
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t alpha, beta, convolution, x, weight, y;
  std::array<int, 3> operand;
};

inline constexpr DnnWay kForward = {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                                    {0, 1, DnnWay::kOut}};
inline constexpr DnnWay kGradInput = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                      {DnnWay::kOut, 1, 0}};
inline constexpr DnnWay kGradWeight = {
    CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
    {1, DnnWay::kOut, 0}};

/// One convolution: what its plans follow from.
struct DnnProblem {
  DnnProblem(const Desc& d, const DnnWay& w);
  std::string key() const;
  /// What sums are made in.
  DType inner() const { return limits.dtype == DType::float64 ? DType::float64 : DType::float32; }

  Device& device;
  const DnnWay& way;
  std::array<DnnTensor, 3> tensor;  // x, weight, y; their ids are 1, 2, 3
  std::vector<int64_t> stride, padding, dilation;
  bool bias;  // id 4
  DnnPlan::Limits limits;
};

/// The plans of one convolution, or why there are none.
struct DnnPlans {
  std::unique_ptr<const DnnPlan> aligned, any;  // addresses: multiples of 16 bytes, of an element
  bool adds_bias = false;
  std::string why_not;
};

/// Throws Failure where cuDNN does not start.
std::shared_ptr<const DnnPlans> plans_of(const DnnProblem& p);

}  // namespace nnrun::cuda
