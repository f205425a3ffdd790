// {type: npy, features: x.npy, target: y.npy}
#include "core/data/npy.h"

#include "core/data/source.h"

namespace nnrun {

SourceDef source_npy() {
  return {.name = "npy",
          .doc = "Arrays in NumPy's .npy files; rows are the first axis.",
          .attrs = {required_attr("features", AttrKind::text, "the file of the features").path(),
                    optional_attr("target", AttrKind::text, "the file of the targets").path()},
          .read = [](const SourceConfig& config, const Attrs& attrs, uint64_t) {
            return read_arrays(config, attrs, read_npy);
          }};
}

}  // namespace nnrun
