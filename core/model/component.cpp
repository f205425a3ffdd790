#include "core/model/component.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"
#include "core/model/short_form.h"
#include "core/model/value.h"

namespace nnrun {
namespace {

/// Puts the short form's arguments into the mapping. What a later override says explicitly wins.
void add_short_arguments(const ShortForm& form, const ComponentType& type, Tree* map) {
  for (size_t i = 0; i < form.arguments.size(); ++i) {
    const ShortForm::Argument& a = form.arguments[i];
    std::string name = a.name;
    if (name.empty()) {
      if (i >= type.attrs->size()) {
        const size_t n = type.attrs->size();
        throw Error(code_at(a.value.where), type.name + " takes " + std::to_string(n) +
                                                (n == 1 ? " argument" : " arguments") +
                                                ", this is number " + std::to_string(i + 1))
            .at(a.value.where);
      }
      name = (*type.attrs)[i].name;
    }
    if (const Tree* twice = map->find(name)) {
      if (twice->where.file == kOverrideFile && a.value.where.file != kOverrideFile) continue;
      throw Error(code_at(a.value.where), type.name + ": " + name + " is given twice")
          .at(a.value.where)
          .with_note(twice->where, "it is also given here");
    }
    Tree& added = map->add(name, a.value);
    added.key_where = a.name.empty() ? a.value.where : a.name_where;
  }
}

const AttrDecl* find_decl(const std::vector<AttrDecl>& decls, const std::string& name) {
  for (const AttrDecl& d : decls) {
    if (d.name == name) return &d;
  }
  return nullptr;
}

/// Reports the key; returns what it was probably meant to be, "" when unclear.
std::string unknown_key(ReadContext& context, const Tree& entry, const ComponentTree& c,
                        const std::vector<std::string>& reserved, const std::string& owner) {
  std::vector<std::string> names, all = reserved;
  for (const AttrDecl& d : *c.type.attrs) names.push_back(d.name);
  all.insert(all.end(), names.begin(), names.end());
  std::string hint = did_you_mean(entry.key, all);
  if (hint.empty()) hint = names.empty() ? "it takes no arguments" : "it takes: " + join(names);
  context.issues.add(entry.key_where, owner + ": unknown key '" + printable(entry.key) + "'", hint);
  return nearest(entry.key, all);
}

}  // namespace

ComponentTree read_component_tree(const Tree& tree, const ComponentKind& kind,
                                  const std::string& path) {
  ComponentTree r;
  r.map = tree;
  const Tree* type = &tree;
  if (tree.is_mapping()) {
    type = tree.find("type");
    if (type == nullptr || type->is_null()) {
      throw Error(code_at(tree.where), path + ".type is missing").at(tree.where);
    }
  }
  if (!type->is_scalar()) {
    throw Error(code_at(type->where),
                mismatch(path, *type, "a " + kind.what + " type, or a mapping with a type"))
        .at(type->where);
  }
  const ShortForm form = read_short_form(*type);
  r.where = form.where;
  if (tree.is_scalar()) {
    r.map = Tree::mapping(tree.where);
    r.map.add("type", Tree::scalar(form.type, form.where)).key_where = form.where;
  } else {
    r.map.find("type")->text = form.type;
  }
  try {
    r.type = kind.find(form.type);
  } catch (Error& e) {
    throw std::move(e).at(form.where);
  }
  add_short_arguments(form, r.type, &r.map);
  return r;
}

Arguments read_arguments(ReadContext& context, const ComponentTree& c,
                         const std::vector<std::string>& reserved, const std::string& owner,
                         const std::string& path) {
  Arguments r;
  std::set<std::string> misspelt;
  for (const Tree& entry : c.map.children) {
    context.origins[path + "." + entry.key] = entry.where;
    if (std::find(reserved.begin(), reserved.end(), entry.key) != reserved.end()) continue;
    const AttrDecl* decl = find_decl(*c.type.attrs, entry.key);
    if (decl == nullptr && !c.type.any_number) {
      misspelt.insert(unknown_key(context, entry, c, reserved, owner));
      continue;
    }
    if (entry.is_null() && !(decl != nullptr && decl->nullable)) continue;
    const std::string what = owner + ": " + entry.key;
    r.marks[entry.key] = entry.where;
    context.issues.attempt(entry.where, [&] {
      const AttrValue v = entry.is_null() ? AttrValue(nullptr)
                          : decl          ? read_value(entry, *decl, what)
                                          : read_number(entry, what);
      r.given.set(entry.key, v);
      r.complete.set(entry.key, v);
    });
  }
  for (const AttrDecl& d : *c.type.attrs) {
    if (r.marks.count(d.name) || misspelt.count(d.name)) continue;
    if (d.required) {
      context.issues.add(c.where,
                         owner + ": " + d.name + " is missing (" + path + "." + d.name + ")");
    } else if (!d.optional) {
      r.complete.set(d.name, d.dflt);
    }
  }
  return r;
}

ComponentSpec read_component(ReadContext& context, const Tree& tree, const ComponentKind& kind,
                             const std::string& path) {
  ComponentSpec r;
  context.issues.attempt(tree.where, [&] {
    const ComponentTree c = read_component_tree(tree, kind, path);
    Arguments a = read_arguments(context, c, {"type"}, c.type.name, path);
    r.type = c.type.name;
    r.attrs = std::move(a.complete);
    r.marks = std::move(a.marks);
    r.where = c.where;
  });
  return r;
}

}  // namespace nnrun
