/* Attributes: the named, typed arguments of an op, a layer or a backend, and their declarations.
 *
 * Values reach a plug-in already validated, typed and complete (defaults filled in), sorted by
 * name; nothing is text to be parsed, except what is a string by nature. */
#ifndef NNRUN_ABI_ATTRS_H
#define NNRUN_ABI_ATTRS_H

#include "common.h"

NNR_BEGIN
/* The kind says what `data` points to: `count` values of
 * int64_t, double, uint8_t (0 or 1), nnr_str, DLDataType, DLTensor. */
enum { NNR_INT = 1, NNR_FLOAT = 2, NNR_BOOL = 3, NNR_STRING = 4, NNR_DTYPE = 5, NNR_TENSOR = 6 };

/* FROZEN. Valid for the call it is passed to. */
typedef struct nnr_attr {
  nnr_str name;
  uint32_t kind, reserved;
  uint64_t count;
  const void* data;
} nnr_attr;

enum {
  NNR_A_REQUIRED = 1,
  NNR_A_OPTIONAL = 2 /* no default: the attribute is absent when the model file does not say it */
};

/* What a model file may say: the source of validation, defaults, documentation and schema.
 * dflt carries name and kind always, and a value unless REQUIRED or OPTIONAL.
 * min and max bound numbers (inclusive); choice lists the allowed strings.
 * count_min..count_max values are accepted; one value fills all when count_max > 1 and
 * count_min == count_max. Declarations stand in positional order, for `Linear(16, 2)`. */
typedef struct nnr_attr_decl {
  uint32_t struct_size, flags;
  nnr_attr dflt;
  nnr_str doc;
  double min, max;
  const nnr_str* choice;
  uint32_t n_choice, count_min, count_max, reserved;
} nnr_attr_decl;
NNR_END

NNR_ASSERT(sizeof(nnr_attr) == 40, "nnr_attr is frozen");

#endif
