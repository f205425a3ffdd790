// cuDNN 9, opened when the first convolution is offered: its handles and the descriptors that its
// graph API is made of.
#pragma once

#include <cudnn_graph.h>

#include <mutex>
#include <vector>

#include "backends/cuda/device.h"

// clang-format off
#define NNRUN_CUDA_DNN(F) \
  F(cudnnGetVersion) F(cudnnGetErrorString) F(cudnnGetLastErrorString) F(cudnnCreate) \
  F(cudnnSetStream) F(cudnnBackendCreateDescriptor) F(cudnnBackendDestroyDescriptor) \
  F(cudnnBackendSetAttribute) F(cudnnBackendGetAttribute) F(cudnnBackendFinalize) \
  F(cudnnBackendExecute)
// clang-format on

namespace nnrun::cuda {

struct Dnn {
  NNRUN_CUDA_DNN(NNRUN_CUDA_POINTER)

  /// Throws Failure(UNSUPPORTED) that says what is missing, or both versions.
  Dnn();
  /// Throws Failure when s is an error, with cuDNN's words.
  void check(cudnnStatus_t s, const char* what) const;
};

/// cuDNN of this process, opened at the first call. From any thread.
const Dnn& dnn();

/// The handle of a device, made at its first use; it lives as long as the process. Neither it nor
/// the plans made with it are for two threads at once: whoever uses one holds the mutex.
struct DnnHandle {
  cudnnHandle_t handle = nullptr;
  std::mutex mutex;
};
DnnHandle& dnn_handle(const Device& d);

/// A descriptor: attributes are set, then it is finalized, then it is used. From one thread at a
/// time.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t kind);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  cudnnBackendDescriptor_t get() const { return d_; }

  /// One value or several, under the type that cuDNN has for T.
  template <class T> Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    return put(name, type_of_value(value), 1, &value);
  }
  template <class T> Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<T>& v) {
    return put(name, type_of_value(v.at(0)), int64_t(v.size()), v.data());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& other);
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<const Descriptor*>& others);
  Descriptor& finalize();
  /// The same where a refusal is an answer.
  bool try_finalize() { return dnn().cudnnBackendFinalize(d_) == CUDNN_STATUS_SUCCESS; }

  int64_t integer(cudnnBackendAttributeName_t name) const;
  std::vector<cudnnBackendNumericalNote_t> notes(cudnnBackendAttributeName_t name) const;
  /// The descriptor of a kind that an attribute holds, or however many it holds.
  Descriptor part(cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t kind) const;
  std::vector<Descriptor> parts(cudnnBackendAttributeName_t name,
                                cudnnBackendDescriptorType_t kind) const;

 private:
  static constexpr cudnnBackendAttributeType_t type_of_value(int64_t) { return CUDNN_TYPE_INT64; }
  static constexpr cudnnBackendAttributeType_t type_of_value(float) { return CUDNN_TYPE_FLOAT; }
  static constexpr cudnnBackendAttributeType_t type_of_value(double) { return CUDNN_TYPE_DOUBLE; }
  static constexpr cudnnBackendAttributeType_t type_of_value(bool) { return CUDNN_TYPE_BOOLEAN; }
  static constexpr cudnnBackendAttributeType_t type_of_value(void*) { return CUDNN_TYPE_VOID_PTR; }
  static constexpr cudnnBackendAttributeType_t type_of_value(cudnnHandle_t) {
    return CUDNN_TYPE_HANDLE;
  }
  static constexpr cudnnBackendAttributeType_t type_of_value(cudnnDataType_t) {
    return CUDNN_TYPE_DATA_TYPE;
  }
  static constexpr cudnnBackendAttributeType_t type_of_value(cudnnConvolutionMode_t) {
    return CUDNN_TYPE_CONVOLUTION_MODE;
  }
  static constexpr cudnnBackendAttributeType_t type_of_value(cudnnPointwiseMode_t) {
    return CUDNN_TYPE_POINTWISE_MODE;
  }
  static constexpr cudnnBackendAttributeType_t type_of_value(cudnnBackendHeurMode_t) {
    return CUDNN_TYPE_HEUR_MODE;
  }
  Descriptor& put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t n,
                  const void* values);
  int64_t take(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t room,
               void* values) const;  // how many there are

  cudnnBackendDescriptor_t d_ = nullptr;
};

}  // namespace nnrun::cuda
