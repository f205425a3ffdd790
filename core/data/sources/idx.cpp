// {type: idx, features: images-idx3-ubyte.gz, target: labels-idx1-ubyte.gz}
#include "core/data/idx.h"

#include "core/base/text.h"
#include "core/data/source.h"

namespace nnrun {
namespace {

RawData load_idx(const SourceConfig& config, const Attrs& attrs, uint64_t) {
  RawData raw = read_arrays(config, attrs, read_idx);
  if (raw.targets.defined() && raw.features.shape().rank() == 1 && raw.targets.shape().rank() > 1) {
    throw Error(Code::data, "features and target look swapped: " + printable(raw.features_file) +
                                " holds labels " + raw.features.shape().str() + ", " +
                                printable(raw.targets_file) + " images " +
                                raw.targets.shape().str())
        .at(config.where);
  }
  return raw;
}

}  // namespace

SourceDef source_idx() {
  return {.name = "idx",
          .doc = "Arrays in IDX files, as MNIST and Fashion-MNIST come, plain or gzipped.",
          .attrs = {required_attr("features", AttrKind::text, "the file of the images").path(),
                    optional_attr("target", AttrKind::text, "the file of the labels").path()},
          .read = load_idx};
}

}  // namespace nnrun
