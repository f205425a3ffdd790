#include <cmath>

#include "core/base/text.h"
#include "core/model/read_sections.h"
#include "core/model/section.h"
#include "core/model/value.h"

namespace nnrun {
namespace {

bool is_inline(const ComponentTree& c) { return c.type.name == "inline"; }

/// `columns` and `rows` of an inline source; cells stay text, as they would in a CSV file.
void read_inline(ReadContext& context, const ComponentTree& c, const std::string& path,
                 SourceConfig* s) {
  const Tree* columns = c.map.find("columns");
  const Tree* rows = c.map.find("rows");
  if (columns != nullptr && !columns->is_sequence()) {
    context.issues.add(columns->where, mismatch(path + ".columns", *columns, "a list of names"));
    return;
  }
  if (rows == nullptr || !rows->is_sequence() || rows->children.empty()) {
    context.issues.add(rows ? rows->where : c.where, path + ".rows must be a list of rows",
                       "rows: [[0, 0, 1], [0, 1, 0]]");
    return;
  }
  if (columns != nullptr) {
    context.issues.attempt(columns->where, [&] {
      for (const Tree& t : columns->children) s->columns.push_back(read_text(t, path + ".columns"));
    });
  }
  const size_t width = (columns != nullptr ? *columns : rows->children[0]).children.size();
  for (const Tree& row : rows->children) {
    if (!row.is_sequence() || row.children.size() != width) {
      const std::string got =
          row.is_sequence() ? std::to_string(row.children.size()) : describe(row);
      context.issues.add(row.where, "expected a row of " + std::to_string(width) +
                                        " values, one per column, got " + got);
      continue;
    }
    context.issues.attempt(row.where, [&] {
      std::vector<std::string> cells;
      std::vector<Where> marks;
      for (const Tree& cell : row.children) {
        cells.push_back(read_text(cell, path + ".rows"));
        marks.push_back(cell.where);
      }
      s->rows.push_back(std::move(cells));
      s->row_marks.push_back(std::move(marks));
    });
  }
}

SourceConfig read_source(ReadContext& context, const Tree& tree, const std::string& path) {
  SourceConfig s;
  context.issues.attempt(tree.where, [&] {
    const ComponentTree c = read_component_tree(tree, sources(), path);
    std::vector<std::string> reserved = {"type"};
    if (is_inline(c)) {
      reserved.insert(reserved.end(), inline_source_keys().begin(), inline_source_keys().end());
    }
    Arguments a = read_arguments(context, c, reserved, c.type.name, path);
    s.type = c.type.name;
    s.where = c.where;
    s.base_dir = context.base_dir;
    s.attrs = std::move(a.given);
    s.marks = std::move(a.marks);
    for (const AttrDecl& d : *c.type.attrs) {
      if (!d.is_path || !s.attrs.has(d.name)) continue;
      const std::string base = base_dir_of(context, s.marks[d.name]);
      if (base == context.base_dir || s.attrs.text(d.name) == "-") continue;
      const std::string absolute = absolute_path(join_path(base, s.attrs.text(d.name)));
      s.attrs.set(d.name, absolute);
    }
    if (is_inline(c)) read_inline(context, c, path, &s);
  });
  return s;
}

SplitConfig read_split(ReadContext& context, const Tree& tree) {
  const Section& section = *model_file().find("data")->section->find("split")->section;
  const SectionReader r(context, section, &tree, "data.split");
  SplitConfig s;
  s.val = r.number("val");
  s.test = r.number("test");
  s.train = r.optional_number("train").value_or(1 - s.val - s.test);
  s.stratify = r.flag("stratify");
  s.where = r.where();
  const double sum = s.train + s.val + s.test;
  if (std::abs(sum - 1) > 1e-6) {
    context.issues.add(s.where,
                       "the parts of data.split add up to " + number_text(sum) + ", expected 1",
                       "leave train out: it is the rest");
  } else if (s.train <= 0) {
    context.issues.add(s.where, "data.split leaves no rows for training");
  }
  return s;
}

}  // namespace

DataConfig read_data(ReadContext& context, const Tree& tree) {
  const SectionReader r(context, *model_file().find("data")->section, &tree, "data");
  DataConfig d;
  d.where = r.where();
  d.marks = r.marks();
  d.features = r.texts("features");
  d.target = r.texts("target");
  d.normalize = r.text("normalize");
  if (const Tree* t = r.find("source")) d.source = read_source(context, *t, "data.source");
  if (const Tree* t = r.find("val")) d.val = read_source(context, *t, "data.val");
  if (const Tree* t = r.find("test")) d.test = read_source(context, *t, "data.test");
  if (const Tree* t = r.find("split")) d.split = read_split(context, *t);
  const auto twice = [&](const char* name, bool given, double part) {
    if (!given || part == 0) return;
    context.issues.add(r.where(name),
                       std::string("data.") + name + " is given, but data.split takes " +
                           number_text(part) + " of the rows for it too",
                       std::string("keep one of them"));
  };
  if (d.split) {
    twice("val", d.val.has_value(), d.split->val);
    twice("test", d.test.has_value(), d.split->test);
  }
  return d;
}

}  // namespace nnrun
