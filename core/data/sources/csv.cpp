// {type: csv, path: points.csv, header: true, delimiter: ","}
#include "core/data/csv.h"

#include "core/data/source.h"

namespace nnrun {
namespace {

char delimiter_of(const SourceConfig& config, const Attrs& attrs) {
  const std::string& d = attrs.text("delimiter");
  if (d.size() == 1 && d[0] > 0 && d != "\"" && d != "\n" && d != "\r") return d[0];
  throw Error(Code::model, "csv: delimiter must be one ASCII character, and no quote or line end")
      .at(mark_of(config, "delimiter"));
}

RawData load_csv(const SourceConfig& config, const Attrs& attrs, uint64_t) {
  const char delimiter = delimiter_of(config, attrs);
  const bool header = attrs.flag("header");
  if (attrs.text("path") == "-") return read_csv(*open_stdin(), delimiter, header);
  return placed(mark_of(config, "path"), [&] {
    return read_csv(*open_reader(source_path(config, attrs.text("path"))), delimiter, header);
  });
}

}  // namespace

SourceDef source_csv() {
  return {.name = "csv",
          .doc =
              "A table in a CSV file (RFC 4180, also gzipped); data.features and data.target pick "
              "columns by name or number.",
          .attrs = {required_attr("path", AttrKind::text, "the file; - is standard input").path(),
                    attr("header", true, "the first row names the columns"),
                    attr("delimiter", ",", "the character between cells")},
          .read = load_csv};
}

}  // namespace nnrun
