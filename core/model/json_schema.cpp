#include "core/model/json_schema.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/model/schema.h"

namespace nnrun {
namespace {

using Json = nlohmann::ordered_json;

/// What a text may look like in YAML: nobody quotes 3 as the name of a column.
Json text_types() { return {"string", "number", "boolean"}; }

Json default_json(const AttrValue& v) {
  const auto list = [](const auto& values) {
    return values.size() == 1 ? Json(values[0]) : Json(values);
  };
  switch (v.kind()) {
    case AttrKind::integer: return list(v.ints());
    case AttrKind::number: return list(v.numbers());
    case AttrKind::flag: return v.flag();
    case AttrKind::text: return v.text();
    case AttrKind::dtype: return name_of(v.dtype());
    case AttrKind::null: break;
  }
  return nullptr;
}

void add_range(Json* j, const AttrDecl& d) {
  const bool integer = d.kind == AttrKind::integer;
  const auto bound = [&](double v) { return integer ? Json(int64_t(v)) : Json(v); };
  if (std::isfinite(d.min)) (*j)[d.min_open ? "exclusiveMinimum" : "minimum"] = bound(d.min);
  if (std::isfinite(d.max)) (*j)["maximum"] = bound(d.max);
}

/// The value alone, without doc and default.
Json bare_value(const AttrDecl& d) {
  switch (d.kind) {
    case AttrKind::flag: return {{"type", "boolean"}};
    case AttrKind::dtype: return {{"type", "string"}};
    case AttrKind::text:
      return d.choice.empty() ? Json{{"type", text_types()}} : Json{{"enum", d.choice}};
    case AttrKind::integer:
    case AttrKind::number:
    case AttrKind::null: break;
  }
  Json one = {{"type", d.kind == AttrKind::integer ? "integer" : "number"}};
  add_range(&one, d);
  Json j = one;
  if (d.count_max > 1) {
    j["type"] = {one["type"], "array"};
    j["items"] = one;
    j["minItems"] = d.count_min;
    j["maxItems"] = d.count_max;
  }
  return d.choice.empty() ? j : Json{{"anyOf", {j, {{"enum", d.choice}}}}};
}

/// One schema for values of a type, another for the rest: clearer messages than anyOf gives.
Json either(const char* type, Json then, Json otherwise) {
  return {{"if", {{"type", type}}}, {"then", std::move(then)}, {"else", std::move(otherwise)}};
}

/// null stands for "not given" wherever something need not be given.
Json or_null(Json j) {
  if (j.contains("enum")) {
    j["enum"].push_back(nullptr);
  } else if (j.contains("type") && j["type"].is_array()) {
    j["type"].push_back("null");
  } else if (j.contains("type")) {
    j["type"] = {j["type"], "null"};
  } else if (j.contains("anyOf")) {
    j["anyOf"].push_back({{"type", "null"}});
  } else {
    return either("null", Json::object(), std::move(j));
  }
  return j;
}

Json described(const AttrDecl& d, Json j) {
  if (!d.required) j = or_null(std::move(j));
  Json r = {{"description", d.doc}};
  r.update(j);
  return r;
}

Json value(const AttrDecl& d) {
  Json r = described(d, bare_value(d));
  if (!d.required && !d.optional) r["default"] = default_json(d.dflt);
  return r;
}

Json texts(const Key& k) {
  AttrDecl item = k.decl;
  item.kind = AttrKind::text;
  const Json one = bare_value(item);
  Json r = described(k.decl, {{"anyOf", {one, {{"type", "array"}, {"items", one}}}}});
  if (!k.texts.empty()) r["default"] = k.texts;
  return r;
}

Json reference(const std::string& what) { return {{"$ref", "#/definitions/" + what}}; }

Json list_of(Json item) { return {{"type", "array"}, {"minItems", 1}, {"items", std::move(item)}}; }

Json section(const Section& s);

Json key(const Key& k) {
  switch (k.form) {
    case Key::Form::value: return value(k.decl);
    case Key::Form::texts: return texts(k);
    case Key::Form::section: return described(k.decl, section(*k.section));
    case Key::Form::sections: {
      Json list = list_of(section(*k.section));
      list.erase("minItems");
      return described(k.decl, either("array", list, section(*k.section)));
    }
    case Key::Form::component: return described(k.decl, reference(k.kind().what));
    case Key::Form::layers: return described(k.decl, list_of(reference("layer")));
    case Key::Form::hashes:
      return described(k.decl, {{"type", {"string", "object"}}, {"pattern", "^[0-9a-fA-F]{64}$"}});
  }
  return {};
}

Json section(const Section& s) {
  Json object = {{"type", "object"}, {"additionalProperties", false}};
  for (const Key& k : s.keys) {
    object["properties"][k.decl.name] = key(k);
    if (k.decl.required) object["required"].push_back(k.decl.name);
  }
  const Key* shorthand = s.find(s.shorthand);
  if (shorthand == nullptr) return object;
  Json scalar = key(*shorthand);
  scalar.erase("description");
  return either("object", object, scalar);
}

/// Keys of a layer, or of an inline source, that are not arguments of the type.
Json own_keys(const ComponentKind& kind, const ComponentType& type) {
  Json r = Json::object();
  if (kind.what == "layer") {
    for (const Key& k : layer_keys()) {
      const bool of_container = k.form == Key::Form::layers;
      const bool has = !of_container ||
                       (type.container && (k.decl.name != "shortcut" || type.name == "Residual"));
      if (has && k.decl.name != "type") r[k.decl.name] = key(k);
    }
  } else if (type.name == "inline") {
    const Json cell = {{"type", text_types()}};
    r["columns"] = {{"type", "array"}, {"items", cell}};
    r["rows"] = list_of({{"type", "array"}, {"items", cell}});
  }
  return r;
}

/// What holds when `type` is this one.
Json arguments(const ComponentKind& kind, const ComponentType& type) {
  Json properties = {{"type", {{"description", type.doc}}}};
  properties.update(own_keys(kind, type));
  Json required = {"type"};
  for (const AttrDecl& d : *type.attrs) {
    properties[d.name] = value(d);
    if (d.required) required.push_back(d.name);
  }
  if (type.container) required.push_back("layers");
  Json others = false;
  if (type.any_number) others = {{"type", "number"}};
  return {{"properties", properties}, {"required", required}, {"additionalProperties", others}};
}

/// "^(Linear|ReLU)(\\(.*\\))?$", dots escaped.
std::string name_pattern(const std::vector<std::string>& names) {
  std::string r;
  for (const std::string& n : names) {
    if (!r.empty()) r += '|';
    for (char c : n) r += c == '.' ? std::string("\\.") : std::string(1, c);
  }
  return "^(" + r + ")( *\\(.*\\))?$";
}

Json component(const ComponentKind& kind) {
  std::vector<std::string> names;
  Json cases = Json::array();
  for (const ComponentType& t : kind.all()) {
    names.insert(names.end(), t.names.begin(), t.names.end());
    cases.push_back(
        {{"if", {{"properties", {{"type", {{"enum", t.names}}}}}}}, {"then", arguments(kind, t)}});
  }
  const Json type = {{"type", "string"}, {"pattern", name_pattern(names)}, {"examples", names}};
  return either("string", type,
                {{"type", "object"},
                 {"required", {"type"}},
                 {"properties", {{"type", type}}},
                 {"allOf", cases}});
}

}  // namespace

std::string json_schema() {
  Json r = {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", "nnrun model file"},
            {"description", model_file().doc}};
  r.update(section(model_file()));
  r["properties"]["nnrun"]["maximum"] = kFormatVersion;
  for (const auto* kind : {&losses(), &optimizers(), &schedulers(), &sources(), &layers()}) {
    r["definitions"][kind->what] = component(*kind);
  }
  return r.dump(2) + "\n";
}

}  // namespace nnrun
