/* Status codes, and where the text of an error goes.
 *
 * Every fallible function returns an nnr_status; outputs are written only on NNR_OK, and an unknown
 * code means NNR_E_INTERNAL. The text goes into a buffer that the caller owns, so that it works
 * when memory is gone: write at most msg_cap - 1 bytes and a NUL, set msg_len and code. */
#ifndef NNRUN_ABI_STATUS_H
#define NNRUN_ABI_STATUS_H

#include "common.h"

NNR_BEGIN
typedef int32_t nnr_status;
enum {
  NNR_OK = 0,
  NNR_E_INVALID = 1,     /* the arguments are wrong */
  NNR_E_UNSUPPORTED = 2, /* right, but not done here: the host looks elsewhere */
  NNR_E_NOMEM = 3,
  NNR_E_DEVICE_LOST = 4,
  NNR_E_INTERNAL = 5,
  NNR_E_CANCELLED = 6,
  NNR_E_VERSION = 7
};

typedef struct nnr_err {
  uint32_t struct_size;
  int32_t code;
  uint32_t msg_cap, msg_len;
  char* msg;
} nnr_err;
NNR_END

#endif
