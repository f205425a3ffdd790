// The schema of a model file as data: one table of keys per section. Reading, overrides, the
// effective configuration's defaults and the JSON Schema all come from these tables; components and
// layers bring their own (their AttrDecls).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/graph/attrs.h"

namespace nnrun {

/// A type that `type:` may name: a loss, an optimizer, a source, a layer.
struct ComponentType {
  std::string name, doc;
  std::vector<std::string> names = {};  // all that a model file may call it
  const std::vector<AttrDecl>* attrs = nullptr;
  bool any_number = false;  // takes any other key with a number too
  bool container = false;   // takes `layers`
};

/// Where the types of one kind are found.
struct ComponentKind {
  std::string what;                           // "loss"
  ComponentType (*find)(const std::string&);  // throws Error(model), nearest name as hint
  std::vector<ComponentType> (*all)();
};
const ComponentKind& losses();
const ComponentKind& optimizers();
const ComponentKind& schedulers();
const ComponentKind& sources();
const ComponentKind& layers();

struct Section;

struct Key {
  enum class Form {
    value,      // what `decl` says
    texts,      // a text or a list of texts; the choices of `decl` hold for each
    section,    // a mapping with the keys of `section`
    sections,   // a list of them
    component,  // a type of `kind`: its name, the short form, or a mapping with `type`
    layers,     // a list of layers
    hashes,     // a text, or a mapping of texts by platform
  };
  AttrDecl decl;  // name, doc and whether it must be given; of a value all of it
  Form form = Form::value;
  const Section* section = nullptr;
  const ComponentKind& (*kind)() = nullptr;
  std::vector<std::string> texts = {};  // default of texts
};

struct Section {
  std::string doc;
  std::string shorthand;  // a value that is no mapping stands for this key; "": it is an error
  std::vector<Key> keys;

  const Key* find(std::string_view name) const;
  std::vector<std::string> names() const;
};

/// The keys at the top of a model file.
const Section& model_file();

/// Keys of every layer beside its arguments: type, name, inputs, and of containers layers,
/// shortcut.
const std::vector<Key>& layer_keys();

/// Keys of an inline source beside its arguments: columns, rows.
const std::vector<std::string>& inline_source_keys();

/// The newest `nnrun:` this program reads.
inline constexpr int64_t kFormatVersion = 1;

}  // namespace nnrun
