// The whole SDK in one file.
#include <nnrun/plugin.hpp>
#include <nnrun/sdk/cpu_backend.hpp>

NNRUN_PLUGIN("empty", "1.0.0") {}
