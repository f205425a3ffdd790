// nnrun's public C++ API, all of it.
#pragma once

#include <nnrun/autograd.h>
#include <nnrun/bench.h>
#include <nnrun/data.h>
#include <nnrun/diagnostics.h>
#include <nnrun/error.h>
#include <nnrun/explain.h>
#include <nnrun/nn.h>
#include <nnrun/optim.h>
#include <nnrun/plugins.h>
#include <nnrun/serialize.h>
#include <nnrun/session.h>
#include <nnrun/tensor.h>
#include <nnrun/version.h>
