// A subcommand: one file each in commands/, `Command command_<file name>()`.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <nnrun/nnrun.h>

namespace nnrun::cli {

namespace po = boost::program_options;

/// What was said on the command line, once it is known to be well-formed.
struct Args {
  std::vector<std::string> positional;  // after the subcommand, overrides taken out
  OpenOptions open;                     // overrides, plug-ins: the common options in one
  po::variables_map values;             // of the subcommand's own options
  std::string command_line;             // for run.json
  bool json = false, quiet = false;
  int verbose = 0;
  bool has(const char* name) const { return values.count(name) != 0; }
  template <class T> T get(const char* name) const { return values[name].as<T>(); }
  template <class T> T get(const char* name, T otherwise) const {
    return has(name) ? values[name].as<T>() : otherwise;
  }
};

struct Command {
  std::string name, summary;  // one line
  std::string usage;          // "train FILE [key=value ...]"
  std::string more;           // examples and remarks for `help`
  size_t min_positional = 0, max_positional = 0;
  bool overrides = true;      // takes key=value
  bool backend_list = false;  // reads --backend itself: several, separated by commas
  std::function<void(po::options_description&)> options = {};
  std::function<int(const Args&)> run = {};
};

/// All of them, by the files of commands/.
const std::vector<Command>& commands();

/// What --backend NAME[:DEV] stands for.
void set_backend(OpenOptions& o, const std::string& backend);

/// Prints the warnings of a session to stderr.
void show_warnings(const Session& s, const Args& a);
/// Opens FILE or RUN and prints its warnings.
Session open_session(const Args& a);

/// printf of one number.
std::string number(double v, const char* format = "%.4g");
/// "accuracy 1.000", losses with four digits more than their size needs.
std::string score_text(const std::string& name, double value);
nlohmann::ordered_json to_json(const Scores& scores);

/// A table with columns as wide as their content; the first `left` columns left-aligned.
std::string table(const std::vector<std::vector<std::string>>& rows, size_t left);

/// Writes to standard output; a closed pipe ends the program quietly with status 0.
void print(const std::string& text);

}  // namespace nnrun::cli
