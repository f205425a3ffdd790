#include "tools/nnrun/help.h"

#include <algorithm>
#include <sstream>

namespace nnrun::cli {

po::options_description common_options() {
  po::options_description d("Options of every command");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto list = [](const char* name) {
    return po::value<std::vector<std::string>>()->composing()->value_name(name);
  };
  d.add_options()("backend", text("NAME[:DEV]"), "compute on this backend (backend.name)")(
      "threads", text("N"), "threads to use (backend.threads)")(
      "seed", text("N"), "seed of every random number (seed)")(
      "dtype", text("TYPE"), "float32, float64 or bfloat16 (backend.dtype)")(
      "set", list("KEY=VALUE"), "the same as a bare key=value")(
      "config", list("FILE"), "YAML laid over the model file; may be repeated")(
      "plugin", list("FILE"), "load a plug-in, FILE or FILE@sha256:HEX; may be repeated")(
      "plugin-path", text("DIRS"), "search these folders (separated by :) first")(
      "require-pinned", "refuse plug-in files without a sha256")(
      "allow-insecure-plugins", "load plug-ins that other users may write to")(
      "werror", "treat warnings about the model file as errors")(
      "json", "the result as JSON on standard output")(
      "quiet,q", "no talk, only the result and errors")("verbose,v", "more talk")(
      "color", text("WHEN"), "auto, always or never")("no-color", "the same as --color never")(
      "progress", text("WHEN"), "auto or off")("help,h", "what the command does")(
      "version", "the versions of nnrun and what it is built with");
  return d;
}

namespace {

std::string command_list() {
  size_t width = 0;
  for (const Command& c : commands()) width = std::max(width, c.name.size());
  std::string s;
  for (const Command& c : commands()) {
    s += "  " + c.name + std::string(width - c.name.size() + 2, ' ') + c.summary + "\n";
  }
  return s;
}

}  // namespace

std::string short_help() {
  return "nnrun trains and runs neural networks described in YAML.\n\n"
         "  nnrun new xor > xor.yaml && nnrun train xor.yaml\n"
         "  nnrun new fashion-mlp > mlp.yaml && nnrun train mlp.yaml training.epochs=3\n\n" +
         command_list() + "\nnnrun help COMMAND tells more.\n";
}

std::string long_help() {
  std::ostringstream options;
  options << common_options();
  return "usage: nnrun COMMAND [MODEL.yaml|RUN] [options] [key=value ...]\n\n" + command_list() +
         "\nOptions and key=value pairs may stand in any order.\n\n" + options.str() +
         "\nExit status\n"
         "  0 ok                          6 NaN or Inf stopped the run\n"
         "  1 internal error              7 a check failed\n"
         "  2 command line wrong          8 out of memory, or over a limit\n"
         "  3 model file invalid          9 distributed run failed\n"
         "  4 data or output file         129, 130, 143 interrupted, after saving\n"
         "  5 plug-in, backend or device\n";
}

std::string command_help(const Command& c) {
  std::string s = "usage: nnrun " + c.usage + "\n\n" + c.summary + "\n";
  if (!c.more.empty()) s += "\n" + c.more;
  if (c.options) {
    po::options_description own("Options");
    c.options(own);
    std::ostringstream text;
    text << own;
    s += "\n" + text.str();
  }
  return s + "\nnnrun help lists the options that every command takes.\n";
}

std::string version_text() { return "nnrun " + version() + "\n"; }

}  // namespace nnrun::cli
