// Shared by cross_entropy and its gradient: the rows of logits (N, C, ...) and their targets.
#pragma once

#include "backends/cuda/launch.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

class ClassLoss : public Launches {
 protected:
  ClassLoss(const Desc& d, int logits)
      : Launches(d),
        logits_(logits),
        type_(type_of(d.in(logits).dtype())),
        mean_(d.attrs().text("reduction") == "mean"),
        none_(d.attrs().text("reduction") == "none") {}

  static uint64_t wide_bytes(const Operand& o) { return o.dtype() == DType::float64 ? 8 : 4; }

  /// Strides over the rows: those of logits without the classes.
  static std::vector<int64_t> rows(std::vector<int64_t> of_logits) {
    of_logits.erase(of_logits.begin() + 1);
    return of_logits;
  }

  Launch& launch(const Desc& d, const std::string& name, Grid grid) {
    Launch& l =
        add({text_types(), text_math(), text_walk(), text_block(), text_lines(), text_class_loss()},
            "extern \"C\" __global__ void kernel(const __grid_constant__ Args a) { " + name + "<" +
                type_ + ">(a); }\n",
            grid);
    const Operand x = d.in(logits_), weight = d.in(logits_ + 2);
    l.args.n[0] = x.size(1);
    l.args.n[1] = x.stride(1);
    l.args.n[2] = weight ? weight.stride(0) : 0;
    l.args.n[3] = d.attrs().integer("ignore_index");
    l.args.n[4] = mean_ ? 1 : 0;
    l.args.v[0] = d.attrs().number("label_smoothing");
    return l;
  }

  int logits_;
  std::string type_;
  bool mean_, none_;
};

}  // namespace nnrun::cuda
