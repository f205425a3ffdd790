// Streams, events, copies and captures: the functions of nnr_backend that enqueue.
#pragma once

#include <nnrun/abi/backend.h>

namespace nnrun::cuda {

/// Fills in stream_*, event_*, capture_*, copy and fill.
void set_stream_functions(nnr_backend* table);

}  // namespace nnrun::cuda
