// What the sources share.
#pragma once

#include <string>

#include "core/data/data.h"

namespace nnrun {

/// A file that the config names: a relative path starts at the model file's folder.
std::string source_path(const SourceConfig& config, const std::string& path);

/// The place of an attribute in the model file; the config's own when it is not marked.
Where mark_of(const SourceConfig& config, const std::string& attribute);

/// Calls f; an Error that comes out without a place gets this one.
template <class F> auto placed(const Where& where, F&& f) {
  try {
    return f();
  } catch (const Error& e) {
    throw Error(e).at(where);
  }
}

/// What array sources give: features, targets unless `target` is not among the attributes.
/// `read(path)` reads one file.
RawData read_arrays(const SourceConfig& config, const Attrs& attrs,
                    Array (*read)(const std::string& path));

}  // namespace nnrun
