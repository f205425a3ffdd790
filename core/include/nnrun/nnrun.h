// nnrun's public C++ API, all of it.
#pragma once

#include <nnrun/diagnostics.h>
#include <nnrun/error.h>
#include <nnrun/plugins.h>
#include <nnrun/session.h>
#include <nnrun/version.h>
