#include "core/data/source.h"

#include "core/base/text.h"

namespace nnrun {

std::vector<SourceDef> builtin_sources();  // generated

namespace {
const std::vector<SourceDef>& sources() {
  static const std::vector<SourceDef> all = builtin_sources();
  return all;
}
}  // namespace

const SourceDef& find_source(const std::string& type) {
  std::vector<std::string> names;
  for (const SourceDef& s : sources()) {
    if (s.name == type) return s;
    names.push_back(s.name);
  }
  throw Error(Code::model, "unknown data source '" + printable(type) + "'; known: " + join(names))
      .with_hint(did_you_mean(type, names));
}

std::vector<const SourceDef*> all_sources() {
  std::vector<const SourceDef*> all;
  for (const SourceDef& s : sources()) all.push_back(&s);
  return all;
}

std::string source_path(const SourceConfig& config, const std::string& path) {
  if (config.base_dir.empty() || path.empty() || path[0] == '/') return path;
  return config.base_dir + (config.base_dir.back() == '/' ? "" : "/") + path;
}

Where mark_of(const SourceConfig& config, const std::string& attribute) {
  const auto mark = config.marks.find(attribute);
  return mark != config.marks.end() ? mark->second : config.where;
}

RawData read_arrays(const SourceConfig& config, const Attrs& attrs,
                    Array (*read)(const std::string& path)) {
  RawData raw;
  auto file = [&](const std::string& attribute, std::string* path) {
    *path = source_path(config, attrs.text(attribute));
    return placed(mark_of(config, attribute), [&] { return read(*path); });
  };
  raw.features = file("features", &raw.features_file);
  if (attrs.has("target")) raw.targets = file("target", &raw.targets_file);
  return raw;
}

}  // namespace nnrun
