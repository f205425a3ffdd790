// Modules, layers, losses and what goes with them. Names are libtorch's.
#pragma once

#include <nnrun/nn/containers.h>
#include <nnrun/nn/functional.h>
#include <nnrun/nn/init.h>
#include <nnrun/nn/layer_module.h>
#include <nnrun/nn/layers.h>
#include <nnrun/nn/losses.h>
#include <nnrun/nn/module.h>
#include <nnrun/nn/support.h>
#include <nnrun/nn/utils.h>
