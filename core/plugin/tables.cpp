#include "core/plugin/tables.h"

#include <nnrun/error.h>

#include <set>

#include "core/base/text.h"
#include "core/plugin/attrs_abi.h"

namespace nnrun {
namespace {

constexpr uint32_t kMaxStruct = 65'536;
constexpr uint32_t kMaxEntries = 4'096;

[[noreturn]] void bad_table(const std::string& text) { throw Error(Code::backend, text); }

/// `least`: the size of the struct in the first version of the ABI.
void check_size(uint32_t size, uint32_t least, const std::string& what) {
  if (size < least || size > kMaxStruct || size % 8 != 0) {
    bad_table(what + " has struct_size " + std::to_string(size) + ", expected " +
              std::to_string(least) + " or a larger multiple of 8");
  }
}

template <class T> void check_pointer(T* p, const std::string& what) {
  if (p == nullptr) bad_table(what + " is a null pointer");
}

bool is_word(std::string_view s) {
  if (s.empty()) return false;
  for (char c : s) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
      return false;
    }
  }
  return true;
}

/// "vendor.name".
std::string full_name(nnr_str s, const std::string& kind) {
  std::string name =
      text_of(s, "the name of a" + std::string(kind == "op" ? "n " : " ") + kind, 128);
  const size_t dot = name.find('.');
  if (dot == std::string::npos || !is_word(std::string_view(name).substr(0, dot)) ||
      !is_word(std::string_view(name).substr(dot + 1))) {
    bad_table(kind + " '" + printable(name, 80) +
              "': a name is vendor.name, of letters, digits and '_'");
  }
  return name;
}

void check_kernels(const nnr_kernels* k, const std::string& who) {
  check_pointer(k, who + ": kernels");
  check_size(k->struct_size, NNR_THRU(nnr_kernels, release), who + ": nnr_kernels");
  check_pointer(k->offer, who + ": kernels.offer");
  check_pointer(k->prepare, who + ": kernels.prepare");
  check_pointer(k->bind, who + ": kernels.bind");
  check_pointer(k->release, who + ": kernels.release");
}

void check_backend(const nnr_backend* b, PluginTables& t) {
  check_size(b->struct_size, NNR_THRU(nnr_backend, kernels), "nnr_backend");
  const std::string name = text_of(b->name, "the backend's name", 64);
  if (!is_word(name))
    bad_table("backend '" + printable(name) + "': a name is of letters, digits and '_'");
  const std::string who = "backend '" + name + "'";
  check_pointer(b->open, who + ": open");
  check_pointer(b->close, who + ": close");
  check_pointer(b->device_count, who + ": device_count");
  check_pointer(b->device_info, who + ": device_info");
  check_pointer(b->mem_alloc, who + ": mem_alloc");
  check_pointer(b->mem_free, who + ": mem_free");
  check_pointer(b->copy, who + ": copy");
  check_pointer(b->fill, who + ": fill");
  if (b->capture_begin != nullptr) check_pointer(b->capture_end, who + ": capture_end");
  check_kernels(b->kernels, who);
  t.provides.push_back("backend " + name);
}

void check_compiler(const nnr_compiler* c, PluginTables& t) {
  check_size(c->struct_size, NNR_THRU(nnr_compiler, kernels), "nnr_compiler");
  check_pointer(c->open, "compiler: open");
  check_pointer(c->close, "compiler: close");
  check_pointer(c->claim, "compiler: claim");
  check_kernels(c->kernels, "compiler");
  t.provides.push_back("compiler");
}

void check_op(const nnr_op& op, PluginTables& t) {
  check_size(op.struct_size, NNR_THRU(nnr_op, reserved), "nnr_op");
  const std::string name = full_name(op.name, "op");
  const std::string who = "op '" + name + "'";
  text_of(op.doc, who + ": doc");
  if (op.min_in > op.max_in || op.max_in > 64 || op.n_out == 0 || op.n_out > 64) {
    bad_table(who + " takes " + std::to_string(op.min_in) + " to " + std::to_string(op.max_in) +
              " inputs and gives " + std::to_string(op.n_out) + " outputs");
  }
  check_pointer(op.infer, who + ": infer");
  if (op.compose == nullptr && op.call == nullptr && op.kernels == nullptr) {
    bad_table(who + " has neither compose nor call nor kernels, so nothing computes it");
  }
  if (op.kernels != nullptr) check_kernels(op.kernels, who);
  decls_of(op.attr, op.n_attr, who);
  t.provides.push_back("op " + name);
}

void check_scalar(const nnr_scalar& s, PluginTables& t) {
  check_size(s.struct_size, NNR_THRU(nnr_scalar, derivative), "nnr_scalar");
  const std::string name = full_name(s.name, "scalar");
  const std::string who = "scalar '" + name + "'";
  text_of(s.doc, who + ": doc");
  if (s.n_in == 0 || s.n_in > 8) bad_table(who + " takes " + std::to_string(s.n_in) + " inputs");
  for (const AttrDecl& d : decls_of(s.attr, s.n_attr, who)) {
    if (d.kind != AttrKind::number || d.count_max != 1 || d.optional) {
      bad_table(who + ": attribute '" + d.name + "' must be one number, always there");
    }
  }
  text_of(s.value, who + ": value", 65'536);
  for (uint32_t i = 0; s.derivative != nullptr && i < s.n_in; ++i) {
    text_of(s.derivative[i], who + ": derivative " + std::to_string(i), 65'536);
  }
  t.provides.push_back("scalar " + name);
}

void check_layer(const nnr_layer& l, PluginTables& t) {
  check_size(l.struct_size, NNR_THRU(nnr_layer, build), "nnr_layer");
  const std::string name = full_name(l.name, "layer");
  const std::string who = "layer '" + name + "'";
  text_of(l.doc, who + ": doc");
  if (l.min_in == 0 || l.min_in > l.max_in || l.max_in > 64 || l.n_out != 1) {
    bad_table(who + " takes " + std::to_string(l.min_in) + " to " + std::to_string(l.max_in) +
              " inputs and gives " + std::to_string(l.n_out) + " outputs; expected 1 output");
  }
  check_pointer(l.build, who + ": build");
  decls_of(l.attr, l.n_attr, who);
  t.provides.push_back("layer " + name);
}

template <class Table, class Entry, class F>
void check_list(const Table* table, Entry list, const char* what, uint32_t least, F&& check) {
  if (table == nullptr) return;
  check_size(table->struct_size, least, what);
  if (table->n > kMaxEntries)
    bad_table(std::string(what) + " has " + std::to_string(table->n) + " entries");
  if (table->n > 0) check_pointer(table->*list, std::string(what) + ": its list");
  for (uint32_t i = 0; i < table->n; ++i) {
    check_pointer((table->*list)[i], std::string(what) + ": entry " + std::to_string(i));
    check(*(table->*list)[i]);
  }
}

}  // namespace

PluginTables check_plugin(const nnr_plugin* p) {
  check_pointer(p, std::string("what ") + NNR_ENTRY_NAME + " gives");
  check_size(p->struct_size, NNR_THRU(nnr_plugin, shutdown), "nnr_plugin");
  auto version = [](uint32_t major, uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
  };
  if (p->built_major != NNR_ABI_MAJOR || p->built_minor != NNR_ABI_MINOR ||
      p->min_host_minor > NNR_ABI_MINOR) {
    throw Error(Code::backend,
                "built for ABI " + version(p->built_major, p->built_minor) +
                    (p->min_host_minor > p->built_minor
                         ? " (wants at least " + version(p->built_major, p->min_host_minor) + ")"
                         : "") +
                    ", this nnrun has " + version(NNR_ABI_MAJOR, NNR_ABI_MINOR))
        .with_hint("build the plug-in again with this nnrun's headers");
  }
  PluginTables t;
  t.plugin = p;
  t.name = text_of(p->name, "the plug-in's name", 128);
  t.version = text_of(p->version, "the plug-in's version", 128);
  text_of(p->license, "the plug-in's license", 1024);
  text_of(p->build_id, "the plug-in's build_id", 256);
  check_pointer(p->init, "init");
  check_pointer(p->get_iface, "get_iface");
  check_pointer(p->shutdown, "shutdown");
  return t;
}

void check_interfaces(PluginTables& t) {
  auto get = [&](auto*& table, const char* id) {
    table = static_cast<std::remove_reference_t<decltype(table)>>(t.plugin->get_iface(id));
  };
  get(t.backend, NNR_BACKEND_ID);
  get(t.compiler, NNR_COMPILER_ID);
  get(t.ops, NNR_OPS_ID);
  get(t.scalars, NNR_SCALARS_ID);
  get(t.layers, NNR_LAYERS_ID);
  t.provides.clear();
  if (t.backend) check_backend(t.backend, t);
  if (t.compiler) check_compiler(t.compiler, t);
  check_list(t.ops, &nnr_ops::op, "nnr_ops", NNR_THRU(nnr_ops, op),
             [&](const nnr_op& o) { check_op(o, t); });
  check_list(t.scalars, &nnr_scalars::fn, "nnr_scalars", NNR_THRU(nnr_scalars, fn),
             [&](const nnr_scalar& s) { check_scalar(s, t); });
  check_list(t.layers, &nnr_layers::layer, "nnr_layers", NNR_THRU(nnr_layers, layer),
             [&](const nnr_layer& l) { check_layer(l, t); });
  if (t.provides.empty())
    bad_table("offers nothing that this nnrun knows: no backend, ops, scalars or layers");
  std::set<std::string> names;
  for (const std::string& p : t.provides) {
    if (const std::string name = p.substr(p.find(' ') + 1); !names.insert(name).second) {
      bad_table("two of its entries are named '" + name + "'");
    }
  }
}

}  // namespace nnrun
