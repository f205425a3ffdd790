// Everything a plug-in in C++17 needs: activations as a formula, ops and layers as classes.
//
//   #include <nnrun/plugin.hpp>
//   NNRUN_PLUGIN("acme-swish", "1.0.0") {
//     p.scalar("acme.swish", "x0 * sigmoid(a0*x0)").attr("beta", 1.0);
//   }
//
// Backends include <nnrun/sdk/cpu_backend.hpp> or <nnrun/plugin.h> instead.
#pragma once

#include "plugin.h"
#include "sdk/attr.hpp"
#include "sdk/layer.hpp"
#include "sdk/loops.hpp"
#include "sdk/op.hpp"
#include "sdk/parallel.hpp"
#include "sdk/plugin.hpp"
#include "sdk/value.hpp"
