// Kernels in which one thread computes element i of every output from element i of every input:
// the code between the loads and the stores is given as text.
#pragma once

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

struct MapOperand {
  DType dtype;
  std::vector<int64_t> strides;  // over the shape of the map
  Launch::Pointer where;
  /// Not loaded: the text sees p<k>, the address, and o<k>, the element it is at.
  bool raw = false;
  bool single = false;  // one value for all elements, whatever the shape

  bool moves() const { return !raw && !single; }
};

/// What a map computes. The text sees x0, x1, .. (wide values of the inputs) and i (the index in
/// row-major order), `a` with its n[] and v[] where the map has some, and sets y0, y1, .. (wide,
/// declared).
struct Map {
  std::vector<int64_t> shape;
  std::vector<MapOperand> in, out;
  std::string body;
  bool stores = false;  // the body sets result0, result1, .. itself, of the outputs' own types
  std::vector<int64_t> n = {};
  std::vector<double> v = {};
  std::vector<const char*> parts = {};  // of device/, beyond types, math and walk
  std::string functions = {};           // that the body calls

  bool takes_args() const { return !n.empty() || !v.empty(); }
};

/// The operands of a map one after another: inputs, then outputs.
std::vector<const MapOperand*> operands_of(const Map& m);

/// Whether a map is a stream: every operand is contiguous, or a single value, or raw and still; and
/// it has no use for `a`.
bool is_stream(const Map& m);

class MapKernel : public Launches {
 protected:
  explicit MapKernel(const Desc& d) : Launches(d) {}
  void add_map(const Map& m);
  /// One launch for streams that differ in their sizes and addresses alone; more than one where
  /// they are hundreds.
  void add_streams(const std::vector<Map>& maps);
};

/// Operand i of d, walked over a shape.
MapOperand operand_over(const Desc& d, int i, const std::vector<int64_t>& shape);
/// The address of its first element alone.
MapOperand address_of(const Desc& d, int i, const std::vector<int64_t>& shape);

}  // namespace nnrun::cuda
