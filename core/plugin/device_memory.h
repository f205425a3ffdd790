// DeviceMemory: the memory of a backend whose device is not the host, as plans use it. It has one
// stream, on which all that they enqueue runs in order, and it knows which host memory has a copy
// there: plans that name the same host memory share one copy. For one thread at a time.
//
// Nobody but the backend reads or writes what lies there: values go in and out by its `copy`.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/plugin/backend.h"
#include "core/tensor/array.h"

namespace nnrun {

class DeviceMemory {
 public:
  explicit DeviceMemory(std::shared_ptr<Backend> backend);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  const Backend& backend() const { return *backend_; }
  void* stream() const { return stream_; }
  std::shared_ptr<void> allocate(int64_t bytes) const;

  /// Bytes from one place to another, each here or (`host`) on the host, kept ready to be enqueued.
  class Move {
   public:
    struct Place {
      void* address;
      bool host;
    };
    Move(const DeviceMemory& memory, Place from, Place to, int64_t bytes);
    Move(const Move&) = delete;
    Move& operator=(const Move&) = delete;
    nnr_status enqueue(nnr_err* e) noexcept;
    /// The same, and waits for it and everything before it.
    nnr_status run(nnr_err* e) noexcept;

   private:
    const DeviceMemory& memory_;
    int64_t shape_, stride_ = 1;
    DLTensor from_, to_;
  };

  void to_device(const void* host, void* here, int64_t bytes) const;  // enqueued
  void to_host(const void* here, void* host, int64_t bytes) const;    // enqueued
  /// Waits for all that was enqueued; throws what became of it.
  void sync() const;
  void drain() const noexcept;  // the same, whatever became of it

  /// What lies here in place of host memory. At most one of the two is newer than the other.
  struct Copy {
    void* host;
    int64_t bytes;
    std::shared_ptr<void> data;
    bool host_newer = true;
    bool newer = false;
  };
  /// The copy of that host memory, which must outlive it.
  std::shared_ptr<Copy> copy_of(void* host, int64_t bytes);
  /// Counts how often copies were given back to the host: plans take them anew then.
  uint64_t returns() const { return returns_; }
  void count_return() { ++returns_; }

  /// Gives the host the values of arrays that are newer here: some copies and one wait.
  void fetch(const std::vector<Array>& arrays) const;
  /// Takes what the host has written to an array; nothing when it has no copy here.
  void put(const Array& array) const;

 private:
  const Copy* find(const Array& a) const;

  std::shared_ptr<Backend> backend_;
  void* stream_ = nullptr;
  std::map<std::pair<const void*, int64_t>, std::weak_ptr<Copy>> copies_;
  uint64_t returns_ = 0;
};

}  // namespace nnrun
