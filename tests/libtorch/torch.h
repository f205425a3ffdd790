// One program, two libraries.
#pragma once

#ifdef NNRUN_WITH_LIBTORCH
#include <torch/torch.h>
#else
#include <nnrun/nnrun.h>
namespace torch = nnrun;
#endif

#include <cstdio>
#include <iostream>
