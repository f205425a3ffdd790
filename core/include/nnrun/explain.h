// What Session::explain tells: a plan, node by node, with the reasons for each choice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrun {

struct ExplainOptions {
  int64_t batch = 0;     // rows; 0: training.batch_size, or 1 without `training:`
  bool measure = false;  // time every kernel that is offered, instead of repeating estimates
};

/// A kernel that could have been taken, or a refusal.
struct OtherKernel {
  std::string backend, kernel;  // kernel "": several, or the whole op
  double ns = 0;                // estimated or measured; 0: not known
  std::string reason;           // why it was not taken
};

struct ExplainedNode {
  std::string op, layer, phase;  // "forward", "backward", "update"
  std::string operands;          // "float32[4, 2], float32[8, 2] -> float32[4, 8]"
  std::string backend, kernel;
  std::string chosen;  // why this kernel: "estimated fastest", "the only one", ...
  std::string origin;  // why the node is not as the model says it: "part of gelu (...)"; or ""
  std::string slow;    // "reference kernel", "fallback", "copy", "cast"; or ""
  double ns = 0;       // estimated or measured; 0: not known
  double flops = 0, bytes = 0;
  std::vector<OtherKernel> others;
};

struct Explanation {
  std::string pass;  // "step", or "fwd" without `training:`
  int64_t batch = 0;
  int threads = 0;
  bool measured = false;
  std::vector<ExplainedNode> nodes;  // in the order they run
  int64_t state_copies = 0;          // values copied to their state after the nodes
  std::vector<std::string> warnings;
};

}  // namespace nnrun
