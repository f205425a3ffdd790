// A kernel of this backend: functions compiled for its device, launched one after another with
// arguments that are decided when it is prepared, but for the addresses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <nnrun/sdk/kernel.hpp>

#include "backends/cuda/device.h"
#include "backends/cuda/walk.h"

namespace nnrun::cuda {

/// One launch. p[i] of the arguments is the address of an operand, of the workspace, or null.
struct Launch {
  static constexpr int kNone = -1, kWorkspace = -2;
  struct Pointer {
    int operand = kNone;  // in the order of the buffers
    int64_t bytes = 0;    // added
  };

  CUfunction function = nullptr;
  Grid grid;
  Args args = {};
  std::array<Pointer, Args::kPointers> pointer = {};
  /// Where there is a table, the function takes that in place of the arguments: words, then
  /// addresses.
  std::vector<uint64_t> table = {};
  std::vector<Pointer> addresses = {};
};

/// The base of every kernel class: its constructor fills `launches`.
class Launches {
 public:
  struct State {
    std::vector<Launch> launches;
    CUstream stream;
  };
  State bind(void* const* buffer, void* workspace, void* stream) const;
  void rebind(State& s, void* const* buffer, void* workspace, void* stream) const;
  void run(State& s) const;

 protected:
  explicit Launches(const Desc& d);

  Device& device() const { return device_; }
  /// Adds the launch of function "kernel" of the parts of a program (device/*.cuh), in that order,
  /// with text of its own at the end; nothing when n is 0.
  Launch& add(const std::vector<const char*>& parts, const std::string& text, Grid grid);

 private:
  Device& device_;
  bool complete_on_return_;  // operands in memory of the host
  std::vector<Launch> launches_;
};

/// Entries of a list of dtypes, beside masks: the dtype of operand i; an operand that may be
/// absent.
inline constexpr uint64_t kSameAs = uint64_t{1} << 62, kOptional = uint64_t{1} << 63;
inline constexpr uint64_t kNumbers = kFloats | kInts;
constexpr uint64_t same_as(int i) { return kSameAs | uint64_t(i); }
constexpr uint64_t optional(uint64_t dtypes) { return kOptional | dtypes; }

/// Yes when each operand, inputs first, is where the device can use it, with plain strides and a
/// dtype that its entry allows; else no, naming the operand. The estimate is that of moving the
/// operands once.
Offer accept(const Desc& d, const std::vector<uint64_t>& dtypes);
/// The same for any number of inputs of one dtype in the mask, and outputs of that dtype.
Offer accept_all(const Desc& d, uint64_t dtypes);
/// Whether the elements of two operands lie at the same places.
bool same_places(const Operand& a, const Operand& b);
/// Adds to a yes the pairs (input, output 0) whose elements lie at the same places, for kernels in
/// which one thread reads element i of every input before it writes element i of the output.
Offer elementwise_inplace(Offer o, const Desc& d);

/// The type of a dtype in programs, and the one it computes in.
const char* type_of(DType t);
const char* wide_type_of(DType t);

/// The attribute dim, counted from the front; 0 where the operand has rank 0.
int dim_of(const Desc& d, int rank);
/// The kernels of an op that has one class.
template <class K> std::vector<KernelDef> one(const char* op) { return {kernel<K>(op, "nvrtc")}; }

}  // namespace nnrun::cuda
