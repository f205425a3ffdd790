// {type: npz, path: d.npz, features: x, target: y}
#include "core/data/npy.h"
#include "core/data/source.h"

namespace nnrun {
namespace {

RawData load_npz(const SourceConfig& config, const Attrs& attrs, uint64_t) {
  const std::string path = source_path(config, attrs.text("path"));
  return placed(mark_of(config, "path"), [&] {
    const ZipFile archive(path);
    auto member = [&](const std::string& attribute, std::string* file) {
      *file = path + ":" + attrs.text(attribute);
      return placed(mark_of(config, attribute),
                    [&] { return read_npz(archive, attrs.text(attribute)); });
    };
    RawData raw;
    raw.features = member("features", &raw.features_file);
    if (attrs.has("target")) raw.targets = member("target", &raw.targets_file);
    return raw;
  });
}

}  // namespace

SourceDef source_npz() {
  return {.name = "npz",
          .doc = "Arrays in one of NumPy's .npz archives; rows are the first axis.",
          .attrs = {required_attr("path", AttrKind::text, "the archive").path(),
                    required_attr("features", AttrKind::text, "the name of the features in it"),
                    optional_attr("target", AttrKind::text, "the name of the targets in it")},
          .read = load_npz};
}

}  // namespace nnrun
