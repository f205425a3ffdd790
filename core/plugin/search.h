// Where plug-ins are looked for: names to files, on the search path of plugins.h.
#pragma once

#include <string>
#include <vector>

namespace nnrun {

/// The files that a request may mean, in search order, existing or not. A name (no slash, not
/// ending in .so) is `prefix`NAME.so in every folder of the search path; a path is itself, relative
/// to base_dir. Throws Error(backend) when a name has characters that no file name of ours has.
std::vector<std::string> candidates(const std::string& name_or_path, const std::string& base_dir,
                                    const std::string& prefix);

/// The files nnrun-*.so in every folder of the search path; of two with one name, the first.
std::vector<std::string> found_files();

inline constexpr const char* kPluginPrefix = "nnrun-";
inline constexpr const char* kBackendPrefix = "nnrun-backend-";

}  // namespace nnrun
