// Shared by the kernels of the reference backend: plain loops over strided operands, one dtype at a
// time, in double where the dtype is narrower. It is the meaning of every op, so nothing is clever.
#pragma once

#include <nnrun/sdk/kernel.hpp>
#include <nnrun/sdk/loops.hpp>
