/* The whole nnrun plug-in ABI in C11. C++ authors include <nnrun/plugin.hpp> instead. */
#ifndef NNRUN_PLUGIN_H
#define NNRUN_PLUGIN_H

#include "abi/attrs.h"
#include "abi/backend.h"
#include "abi/builder.h"
#include "abi/common.h"
#include "abi/compiler.h"
#include "abi/entry.h"
#include "abi/host.h"
#include "abi/kernel.h"
#include "abi/layers.h"
#include "abi/op.h"
#include "abi/ops.h"
#include "abi/scalars.h"
#include "abi/status.h"
#include "abi/tensor.h"

#endif
