// Step 4, from NumPy: what numpy.save() wrote is a tensor again. Of numpy.savez()'s archives,
// load_npz() gives all arrays by name.
#include <nnrun/nnrun.h>

#include <cstdio>
#include <fstream>

#include "tests/slides/shown.h"

/// The bytes that numpy.save("numbers.npy", numpy.arange(6.0).reshape(2, 3)) writes: a line of text
/// that says what follows, filled up to 128 bytes, and the elements.
static void save_as_numpy_does(const char* path) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  header.resize(117, ' ');
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY\x01" << '\0' << char(118) << '\0' << header << "\n";
  for (double v : {0., 1., 2., 3., 4., 5.}) file.write(reinterpret_cast<const char*>(&v), sizeof v);
}

int main() {
  save_as_numpy_does("numbers.npy");
  nnrun::Tensor x = nnrun::load_npy("numbers.npy");
  std::remove("numbers.npy");
  std::cout << x << "\n";
  shown(x.scalar_type() == nnrun::kDouble && x.sizes() == nnrun::IntArrayRef({2, 3}),
        "Element type and sizes are those of the array.");
  shown(nnrun::equal(x, nnrun::arange(6, nnrun::kDouble).view({2, 3})), "So are the numbers.");
}
