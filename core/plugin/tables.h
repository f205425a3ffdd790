// The tables of a plug-in, checked before anything else reads them. What a table points to is
// trusted only after the same checks went well in a child process (probe.h): a wild pointer ends
// that one.
#pragma once

#include <string>
#include <vector>

#include <nnrun/plugin.h>

namespace nnrun {

struct PluginTables {
  const nnr_plugin* plugin = nullptr;
  std::string name, version;
  // The interfaces it offers; null: not offered.
  const nnr_backend* backend = nullptr;
  const nnr_compiler* compiler = nullptr;
  const nnr_ops* ops = nullptr;
  const nnr_scalars* scalars = nullptr;
  const nnr_layers* layers = nullptr;
  std::vector<std::string> provides;  // "backend onednn", "op acme.swish", "layer acme.Maxout", ...
};

/// The struct the entry function gave: sizes, ABI version, functions, texts. Throws Error(backend)
/// with what is wrong, both values where there are two.
PluginTables check_plugin(const nnr_plugin* plugin);

/// Fetches and checks the interfaces; after init(). Throws Error(backend) likewise.
void check_interfaces(PluginTables& t);

}  // namespace nnrun
