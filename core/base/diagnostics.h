#pragma once

#include <nnrun/diagnostics.h>
