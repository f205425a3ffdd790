// The command: finds the subcommand, parses its options, runs it, and turns what goes wrong into
// one message and an exit code.
#include <fcntl.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>

#include "tools/nnrun/command.h"
#include "tools/nnrun/help.h"
#include "tools/nnrun/terminal.h"

namespace nnrun::cli {

std::vector<Command> all_commands();  // generated from commands/

const std::vector<Command>& commands() {
  static const std::vector<Command> c = all_commands();
  return c;
}

namespace {

Error usage(const std::string& text) { return Error(Code::usage, text); }

/// `a.b=v`, `~a.b`, `+a.b=v`: not a path, not an option.
bool is_override(const std::string& s) {
  size_t i = 0;
  if (!s.empty() && (s[0] == '~' || s[0] == '+')) i = 1;
  const size_t eq = s.find('=');
  if (eq == std::string::npos && !(i == 1 && s[0] == '~')) return false;
  const std::string key = s.substr(i, eq == std::string::npos ? eq : eq - i);
  return !key.empty() && key.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789_.[]-") == std::string::npos;
}

const Command* find(const std::string& name) {
  for (const Command& c : commands()) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

/// Words of other tools for ours.
std::string synonym(const std::string& w) {
  static const std::pair<const char*, const char*> known[] = {
      {"fit", "train"},     {"test", "eval"},   {"validate", "eval"}, {"evaluate", "eval"},
      {"infer", "predict"}, {"run", "predict"}, {"time", "bench"},    {"benchmark", "bench"},
      {"summary", "show"},  {"init", "new"},    {"create", "new"},    {"version", "--version"}};
  for (const auto& [theirs, ours] : known) {
    if (w == theirs) return ours;
  }
  return "";
}

/// The subcommand: the first word that is neither an option nor an option's value, wherever it is.
std::string subcommand(const std::vector<std::string>& words) {
  po::options_description every;
  every.add(common_options());
  for (const Command& c : commands()) {
    po::options_description own;
    if (c.options) c.options(own);
    for (const auto& o : own.options()) {
      if (every.find_nothrow(o->long_name(), false) == nullptr) every.add(o);
    }
  }
  po::positional_options_description rest;
  const auto parsed =
      po::command_line_parser(words).options(every).style(kStyle).allow_unregistered().run();
  for (const auto& o : parsed.options) {
    if (o.position_key < 0) continue;
    for (const std::string& v : o.value) {
      if (!is_override(v)) return v;
    }
  }
  return "";
}

void add_override(OpenOptions& o, const std::string& key, const std::string& value) {
  o.overrides.push_back(key + "=" + value);
}

std::vector<std::string> split(const std::string& s, char by) {
  std::vector<std::string> r;
  size_t at = 0;
  while (at <= s.size()) {
    const size_t end = std::min(s.find(by, at), s.size());
    if (end > at) r.push_back(s.substr(at, end - at));
    at = end + 1;
  }
  return r;
}

void require_one_of(const Args& a, const char* option, const std::vector<std::string>& allowed) {
  if (!a.has(option)) return;
  const std::string given = a.get<std::string>(option);
  if (std::find(allowed.begin(), allowed.end(), given) != allowed.end()) return;
  std::string list;
  for (const std::string& w : allowed) list += (list.empty() ? "" : ", ") + w;
  throw usage(std::string("--") + option + " is '" + given + "', expected one of: " + list);
}

}  // namespace

void set_backend(OpenOptions& o, const std::string& b) {
  const size_t colon = b.find(':');
  add_override(o, "backend.name", b.substr(0, colon));
  if (colon != std::string::npos) add_override(o, "backend.device", b.substr(colon + 1));
}

namespace {

/// An option that the command does not take: the commands that do, or one of its own that is
/// spelled like it.
Error unknown_option(const Command& c, const std::string& given,
                     const po::options_description& own) {
  const std::string name = given.substr(0, given.find('='));
  std::string hint;
  for (const Command& other : commands()) {
    po::options_description d;
    if (other.options) other.options(d);
    for (const auto& o : d.options()) {
      if ("--" + o->long_name() != name) continue;
      hint += (hint.empty() ? "it is an option of nnrun " : ", ") + std::string(other.name);
    }
  }
  if (hint.empty()) {
    std::vector<std::string> names;
    for (const auto& o : own.options()) names.push_back("--" + o->long_name());
    hint = did_you_mean(name, names);
  }
  return usage("unknown option '" + name + "' of nnrun " + c.name).with_hint(hint);
}

Args parse(const Command& c, const std::vector<std::string>& words) {
  po::options_description all;
  all.add(common_options());
  po::options_description own;
  if (c.options) c.options(own);
  all.add(own);
  const po::options_description known = all;
  po::options_description hidden;
  hidden.add_options()("words", po::value<std::vector<std::string>>());
  all.add(hidden);
  po::positional_options_description rest;
  rest.add("words", -1);
  Args a;
  try {
    po::store(po::command_line_parser(words).options(all).positional(rest).style(kStyle).run(),
              a.values);
  } catch (const po::unknown_option& e) {
    throw unknown_option(c, e.get_option_name(), known);
  }
  po::notify(a.values);
  require_one_of(a, "color", {"auto", "always", "never"});
  require_one_of(a, "progress", {"auto", "off"});

  bool first = true;
  for (const std::string& w : a.get<std::vector<std::string>>("words", {})) {
    if (is_override(w)) {
      if (!c.overrides) throw usage("'" + w + "': nnrun " + c.name + " takes no key=value");
      a.open.overrides.push_back(w);
    } else if (first) {
      first = false;  // the subcommand itself
    } else {
      a.positional.push_back(w);
    }
  }
  if (a.positional.size() < c.min_positional) throw usage("usage: nnrun " + c.usage);
  if (a.positional.size() > c.max_positional) {
    throw usage("unexpected '" + a.positional[c.max_positional] + "'; usage: nnrun " + c.usage);
  }

  const auto shorthand = [&](const char* option, const char* key) {
    if (a.has(option)) add_override(a.open, key, a.get<std::string>(option));
  };
  for (const std::string& s : a.get<std::vector<std::string>>("set", {}))
    a.open.overrides.push_back(s);
  const char* backend = std::getenv("NNRUN_BACKEND");
  const char* threads = std::getenv("NNRUN_THREADS");
  if (a.has("backend")) {
    if (!c.backend_list) set_backend(a.open, a.get<std::string>("backend"));
  } else if (backend != nullptr && *backend) {
    add_override(a.open, "backend.name", backend);
  }
  if (a.has("threads")) {
    shorthand("threads", "backend.threads");
  } else if (threads != nullptr && *threads) {
    add_override(a.open, "backend.threads", threads);
  }
  shorthand("seed", "seed");
  shorthand("dtype", "backend.dtype");
  a.open.overlays = a.get<std::vector<std::string>>("config", {});
  a.open.plugins = a.get<std::vector<std::string>>("plugin", {});
  if (a.has("plugin-path")) a.open.plugin_path = split(a.get<std::string>("plugin-path"), ':');
  plugins::allow_insecure(a.has("allow-insecure-plugins"));
  a.open.require_pinned = a.has("require-pinned");
  a.open.warnings_are_errors = a.has("werror");
  a.json = a.has("json");
  a.quiet = a.has("quiet");
  return a;
}

std::vector<std::string> said_overrides;  // what "<override>" in a message refers to

bool wants_json(const std::vector<std::string>& words) {
  for (const std::string& w : words) {
    if (w == "--") return false;
    if (w == "--json") return true;
  }
  return false;
}

int report(const Error& e, const std::vector<std::string>& words) {
  progress_line("");
  const bool json = wants_json(words);
  if (json) {
    std::fputs(("{\"ok\":false,\"diagnostics\":" + diagnostics_json({e}, {}) + "}\n").c_str(),
               stdout);
  }
  if (!json || std::fflush(stdout) != 0) {  // an error nobody can read as JSON is said in words
    std::fputs(render(e, source_text(said_overrides), terminal().colour).c_str(), stderr);
  }
  return int(e.code());
}

int run(const std::vector<std::string>& words) {
  set_terminal("auto", "auto");
  if (words.empty()) {
    print(short_help());
    return 0;
  }
  try {
    const std::string name = subcommand(words);
    for (const std::string& w : words) {
      if (w == "--") break;
      if (w == "--version") {
        print(version_text());
        return 0;
      }
      if (w == "-h" || w == "--help") {
        const Command* c = find(name);
        print(c == nullptr ? long_help() : command_help(*c));
        return 0;
      }
    }
    if (name.empty()) throw usage("no command").with_hint("try: nnrun help");
    const Command* c = find(name);
    if (c == nullptr) {
      std::vector<std::string> names;
      for (const Command& k : commands()) names.push_back(k.name);
      std::string hint = synonym(name).empty() ? did_you_mean(name, names)
                                               : "did you mean '" + synonym(name) + "'?";
      throw usage("unknown command '" + name + "'")
          .with_hint(hint.empty() ? "try: nnrun help" : hint);
    }
    Args a = parse(*c, words);
    for (const std::string& w : words)
      a.command_line += (a.command_line.empty() ? "nnrun " : " ") + w;
    said_overrides = a.open.overrides;
    set_terminal(a.get<std::string>("color", a.has("no-color") ? "never" : "auto"),
                 a.quiet ? "off" : a.get<std::string>("progress", "auto"));
    return c->run(a);
  } catch (const po::error& e) {
    return report(usage(e.what()), words);
  } catch (const Error& e) {
    return report(e, words);
  } catch (const std::bad_alloc&) {
    return report(Error(Code::memory, "out of memory"), words);
  } catch (const std::exception& e) {
    return report(
        Error(Code::internal, std::string("internal error: ") + e.what())
            .with_hint("this is a bug of nnrun; please report it with the output of: nnrun doctor"),
        words);
  }
}

/// A standard stream that was closed is /dev/null: else the next file that is opened would take its
/// place, and get what is meant for it.
void open_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0) std::_Exit(int(Code::data));
  }
}

}  // namespace
}  // namespace nnrun::cli

int main(int argc, char** argv) {
  nnrun::cli::open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write, handled there
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file that reached its limit
  const int status = nnrun::cli::run({argv + 1, argv + argc});
  nnrun::plugins::shutdown();
  return status;
}
