// The reference backend, loaded once for all tests of this binary.
#pragma once

#include "tests/backends/harness.h"

namespace nnrun::test {

inline const Library& reference() {
  static const Library* library = new Library(NNRUN_MODULE_DIR "/nnrun-backend-reference.so");
  return *library;
}

/// f of one operand, whose dtype and shape the result has.
inline Tensor apply(const std::string& op, const Tensor& x, const AttrMap& attrs = {}) {
  return reference().run1(op, {x}, {x.dtype(), x.shape()}, attrs);
}

}  // namespace nnrun::test
