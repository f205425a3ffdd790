// Attributes and their declarations across the border: core's Attrs as the nnr_attr array a plug-in
// reads, and a plug-in's texts, attributes and declarations as core's types.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nnrun/plugin.h>
#include <nnrun/sdk/status.hpp>

#include "core/graph/attrs.h"

namespace nnrun {

/// Attributes as an array of nnr_attr, sorted by name, with everything it points to. Movable; the
/// array stays where it is until the object dies.
class AttrArray {
 public:
  explicit AttrArray(Attrs attrs = {});

  const nnr_attr* data() const { return abi_.data(); }
  uint32_t size() const { return uint32_t(abi_.size()); }

 private:
  struct Slot {  // of a value whose form in core is not the one in the ABI
    nnr_str text;
    DLDataType dtype;
    uint8_t flag;
  };
  std::unique_ptr<const Attrs> attrs_;
  std::vector<Slot> slots_;
  std::vector<nnr_attr> abi_;
};

/// A text of a plug-in. Throws Error(backend) naming `what` when it is null, longer than max_bytes,
/// does not end in a NUL at its length, is not UTF-8, or has control characters.
std::string text_of(nnr_str s, const std::string& what, size_t max_bytes = 4096);
/// The same of a C string, whose NUL is sought in the first max_bytes.
std::string text_of(const char* s, const std::string& what, size_t max_bytes = 4096);

/// Attributes that a plug-in gave. Throws Error(backend) naming `who` when a pointer is null, a
/// kind unknown, or there are more than 256 attributes or 65,536 values in one.
Attrs attrs_of(const nnr_attr* attrs, uint32_t n, const std::string& who);

/// The declarations of a plug-in's op, scalar or layer. Throws Error(backend) naming `who` and the
/// attribute when one is malformed, or its default breaks its own rule.
std::vector<AttrDecl> decls_of(const nnr_attr_decl* const* decls, uint32_t n,
                               const std::string& who);

}  // namespace nnrun
