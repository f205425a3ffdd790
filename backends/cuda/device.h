// The GPUs of this process: contexts, memory, copies, and the functions compiled for each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nnrun/abi/tensor.h>

#include "backends/cuda/driver.h"

namespace nnrun::cuda {

class Staging;

/// One GPU and its primary context. From any thread.
class Device {
 public:
  explicit Device(int index);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  int index() const { return index_; }
  const std::string& name() const { return name_; }
  const std::string& architecture() const { return architecture_; }  // "sm_90"
  uint64_t memory() const { return memory_; }
  uint64_t free_memory() const;
  int processors() const { return processors_; }
  /// Kernels may read and write any memory of the process.
  bool reads_host_memory() const { return reads_host_memory_; }

  /// Memory that every stream may use at once. Throws Failure(NOMEM) with the sizes.
  void* allocate(uint64_t bytes) const;
  void free(void* p) const;

  /// The function of a program, compiled and loaded at the first call for this source.
  CUfunction function(const std::string& source, const char* name);

  /// Enqueues a copy between this device and memory of the host, which may be reused on return
  /// when it is the source and is complete on return when it is the destination.
  void from_host(void* to, const void* from, uint64_t bytes, CUstream s) const;
  void to_host(void* to, const void* from, uint64_t bytes, CUstream s) const;

  /// Makes its context current, until the end of the scope.
  class Current {
   public:
    explicit Current(const Device& d);
    ~Current();
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
  };

 private:
  int index_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  std::string name_, architecture_;
  uint64_t memory_ = 0;
  int processors_ = 1;
  bool reads_host_memory_ = false;
  std::unique_ptr<Staging> staging_;
  std::mutex mutex_;
  std::map<std::string, CUmodule> modules_;  // by source; guarded by mutex_
};

/// Every GPU of the driver, in its order. Throws Failure when nothing can run here.
const std::vector<std::unique_ptr<Device>>& devices();

/// The device of a tensor: that of its index, or the first for memory of the host. Throws
/// Failure(UNSUPPORTED) when there is none.
Device& device_of(DLDevice d);

}  // namespace nnrun::cuda
