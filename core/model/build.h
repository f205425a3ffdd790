// Spec.model -> graph: traces the layers of a model over a builder, for one batch size and mode,
// and makes their parameters and buffers at first use. The same model is traced once for training,
// once for evaluation, and once more for another batch size, all over one State.
#pragma once

#include <string>
#include <vector>

#include "core/model/spec.h"
#include "core/nn/state.h"
#include "core/ops/builder.h"

namespace nnrun {

/// One layer in the table of `nnrun show`. Containers stand before what they hold.
struct LayerRow {
  std::string name;        // full: "hidden", "0", "block.layers.0"
  std::string type;        // "Linear", "acme.Maxout"
  std::string arguments;   // "in_features=3*, out_features=16"; *: inferred
  Shape in, out;           // of the first input and the output, with the batch dimension
  int64_t parameters = 0;  // its own, without those of layers it holds
  int depth = 0;           // of nesting in containers
  Where where;
};

struct ForwardOptions {
  bool training = false;
  DType dtype = DType::float32;  // of computing; the input is cast to it unless it is indices
  uint64_t seed = 0;             // of initial values and of random streams
  Var step;                      // int64 scalar, for layers that draw random numbers or ask for it
  Var ok;                        // bool or uint8 scalar: 0 leaves buffers as they were; may be null
  int threads = 1;               // that initial values are drawn on, at most
};

struct Forward {
  Var output;                    // of the builder
  std::vector<LayerRow> layers;  // in the order of the model file
};

/// Traces the forward pass of `input` (batch dimension first, then spec.input_shape). Parameters
/// and buffers become state of b.graph and entries of `state`: those it has are used (Error(model)
/// when the type is another), those it has not are made by the layers' initialisation. Buffer
/// updates of training become writes of the graph. Nodes get their layer's full name and place.
///
/// Throws Error(model) at the first error of the model file, the others (20 at most) in more():
/// unknown layers and arguments, sizes that do not fit, duplicate names, unknown inputs, cycles,
/// and layers that nothing uses. `state` and the graph are then of no use.
Forward trace_forward(GraphBuilder& b, const ModelSpec& spec, State& state, Var input,
                      const ForwardOptions& options);

/// The dtype the model wants its input in: int64 when every layer that reads it takes indices
/// (Embedding), else `compute`. Unknown layers count as not.
DType input_dtype(const ModelSpec& spec, DType compute);

}  // namespace nnrun
