// Shared by the files of kernels/, and compiled once before them.
#pragma once

#include "backends/cuda/elementwise.h"
#include "backends/cuda/texts.h"
