// The short form of layers and other components, as print(model) shows them in PyTorch:
// `Linear(16, 2)`, `Conv2d(1, 6, kernel_size=(5, 5))`, `ReLU`, `ReLU()`.
#pragma once

#include <string>
#include <vector>

#include "core/model/tree.h"

namespace nnrun {

struct ShortForm {
  struct Argument {
    std::string name;  // "": by position
    Where name_where;
    Tree value;
  };
  std::string type;
  Where where;  // of the type
  std::vector<Argument> arguments;
};

/// Reads a scalar; a bare name is a short form without arguments. Throws Error.
ShortForm read_short_form(const Tree& scalar);

}  // namespace nnrun
