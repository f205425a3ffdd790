#include <cstdio>
#include <streambuf>

#include "tools/nnrun/command.h"

namespace nnrun::cli {
namespace {

/// Standard output through print(), which knows what a closed pipe means.
class Out : public std::streambuf {
  int overflow(int c) override {
    if (c == EOF) return 0;
    const char ch = char(c);
    print(std::string(&ch, 1));
    return c;
  }
  std::streamsize xsputn(const char* s, std::streamsize n) override {
    print(std::string(s, size_t(n)));
    return n;
  }
};

int predict(const Args& a) {
  PredictOptions o;
  o.data = a.positional.size() > 1 ? a.positional[1] : "";
  o.format = a.get<std::string>("format", a.json ? "jsonl" : "csv");
  o.probabilities = a.has("proba");
  o.with_input = a.has("with-input");
  if (o.format != "csv" && o.format != "jsonl" && o.format != "npy") {
    throw Error(Code::usage, "--format is '" + o.format + "', expected csv, jsonl or npy");
  }
  Session s = open_session(a);
  Out buffer;
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);  // else the stream keeps print()'s error to itself
  s.predict(o, out);
  return 0;
}

}  // namespace

Command command_predict() {
  Command c;
  c.name = "predict";
  c.summary = "predictions of a trained run for rows of a file";
  c.usage = "predict RUN [DATA|-] [--format csv|jsonl|npy] [--proba] [--with-input]";
  c.more = "  nnrun predict runs/iris-001 - < new.csv | head -3\n";
  c.min_positional = 1;
  c.max_positional = 2;
  c.options = [](po::options_description& d) {
    d.add_options()("format", po::value<std::string>()->value_name("NAME"), "csv, jsonl or npy")(
        "proba", "the probability of each class as well")("with-input",
                                                          "the input columns as well");
  };
  c.run = predict;
  return c;
}

}  // namespace nnrun::cli
