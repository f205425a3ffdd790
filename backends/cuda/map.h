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
};

/// What a map computes. The text sees x0, x1, .. (wide values of the inputs) and i (the index in
/// row-major order), may use n[] and v[] of the arguments as `a.n` and `a.v`, and sets y0, y1, ..
/// (wide, declared).
struct Map {
  std::vector<int64_t> shape;
  std::vector<MapOperand> in, out;
  std::string body;
  bool stores = false;  // the body sets result0, result1, .. itself, of the outputs' own types
  std::vector<int64_t> n = {};
  std::vector<double> v = {};
  std::vector<const char*> parts = {};  // of device/, beyond types, math and walk
};

class MapKernel : public Launches {
 protected:
  explicit MapKernel(const Desc& d) : Launches(d) {}
  void add_map(const Map& m);
};

/// Operand i of d, walked over a shape.
MapOperand operand_over(const Desc& d, int i, const std::vector<int64_t>& shape);
/// The address of its first element alone.
MapOperand address_of(const Desc& d, int i, const std::vector<int64_t>& shape);

/// The text of a map; `packed`: how many elements a thread takes at once, 0 for any strides.
std::string map_text(const Map& m, const Walk& w, int packed);
/// The most elements that fit 16 bytes in every operand of a walk along which each operand is
/// contiguous or does not move; 0 where one does otherwise.
int packed_elements(const Map& m, const Walk& w);

}  // namespace nnrun::cuda
