#include "tools/nnrun/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nnrun::cli {
namespace {

Terminal the_terminal;
bool line_shown = false;

bool set(const char* name) {
  const char* v = std::getenv(name);
  return v != nullptr && *v != '\0';
}

}  // namespace

const Terminal& terminal() { return the_terminal; }

void set_terminal(const std::string& colour, const std::string& progress) {
  const bool tty = ::isatty(STDERR_FILENO) == 1;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::strcmp(term, "dumb") == 0;
  the_terminal.colour = colour == "always" || (colour == "auto" && !set("NO_COLOR") &&
                                               (set("FORCE_COLOR") || (tty && !dumb)));
  the_terminal.progress = progress == "auto" && tty && !dumb;
  winsize w{};
  if (const char* c = std::getenv("COLUMNS"); c != nullptr && std::atoi(c) > 0) {
    the_terminal.columns = std::atoi(c);
  } else if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) {
    the_terminal.columns = w.ws_col;
  }
}

void progress_line(const std::string& text) {
  if (!the_terminal.progress || (text.empty() && !line_shown)) return;
  const size_t room = size_t(the_terminal.columns > 1 ? the_terminal.columns - 1 : 1);
  std::fprintf(stderr, "\r\x1b[K%s", text.substr(0, room).c_str());
  std::fflush(stderr);
  line_shown = !text.empty();
}

void say(const std::string& line) {
  progress_line("");
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace nnrun::cli
