// The built command as a user runs it: its own process and folder, pipes instead of a terminal, and
// a time limit on everything.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/slower.h"

namespace nnrun::test {

struct CommandResult {
  int exit = -1;  // the exit status; 128 + N when signal N ended it
  bool timed_out = false;
  double seconds = 0;
  std::string out, err;
};

struct CommandOptions {
  std::string input;                                      // standard input
  std::map<std::string, std::optional<std::string>> env;  // beside PATH; nullopt: not set
  double timeout = 20;                                    // seconds, then SIGKILL
  std::function<void()> in_child;            // before the command starts, in its folder: limits
  std::function<void(pid_t)> while_running;  // called every millisecond or so
};

namespace command_detail {

inline void read_some(int& fd, std::string& to) {
  char buf[1 << 16];
  const ssize_t n = ::read(fd, buf, sizeof buf);
  if (n > 0) to.append(buf, size_t(n));
  if (n == 0) {
    ::close(fd);
    fd = -1;
  }
}

}  // namespace command_detail

/// Runs `nnrun args...` in `folder` and waits for its end. The environment is made new, so that a
/// developer's settings change nothing; Standard input is empty unless given.
inline CommandResult run_command(const std::string& folder, const std::vector<std::string>& args,
                                 const CommandOptions& options = {}) {
  std::vector<std::string> words{NNRUN_BINARY_DIR "/bin/nnrun"};
  words.insert(words.end(), args.begin(), args.end());
  std::map<std::string, std::optional<std::string>> env{{"PATH", "/usr/bin:/bin"},
                                                        {"HOME", "/nonexistent"},
                                                        {"NNRUN_THREADS", "1"},
                                                        {"NNRUN_MEASURE_MS", "0"}};
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* v = std::getenv(name)) env[name] = v;
  }
  for (const auto& [k, v] : options.env) env[k] = v;
  std::vector<std::string> settings;
  for (const auto& [k, v] : env) {
    if (v) settings.push_back(k + "=" + *v);
  }
  std::vector<char*> argv, envp;
  for (std::string& w : words) argv.push_back(w.data());
  for (std::string& s : settings) envp.push_back(s.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  int in[2], out[2], err[2];
  CommandResult r;
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipes";
    return r;
  }
  const auto began = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    if (options.in_child) options.in_child();
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  // Small inputs fit into the pipe at once; a command that reads none closes its end.
  ::signal(SIGPIPE, SIG_IGN);
  EXPECT_LE(options.input.size(), size_t{1} << 16);
  if (::write(in[1], options.input.data(), options.input.size()) < 0) {
    EXPECT_EQ(errno, EPIPE);
  }
  ::close(in[1]);

  while (out[0] >= 0 || err[0] >= 0) {
    pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    ::poll(fds, 2, options.while_running ? 1 : 50);
    if (fds[0].revents != 0) command_detail::read_some(out[0], r.out);
    if (fds[1].revents != 0) command_detail::read_some(err[0], r.err);
    if (options.while_running) options.while_running(pid);
    if (!r.timed_out && elapsed() > options.timeout * kSlower) {
      r.timed_out = true;
      ::kill(pid, SIGKILL);
    }
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  r.seconds = elapsed();
  r.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  EXPECT_FALSE(r.timed_out) << "no end after " << r.seconds << " s\n" << r.err;
  return r;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> r;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) r.push_back(line);
  return r;
}

/// Every file below a folder with its bytes: what a command left, and what it must not have
/// touched.
inline std::map<std::string, std::string> files_below(const std::string& folder) {
  std::map<std::string, std::string> r;
  for (const auto& e : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = std::filesystem::relative(e.path(), folder).string();
    r[name] = e.is_regular_file() ? bytes_of(e.path().string()) : "(folder)";
  }
  return r;
}

/// A refused command: the exit code, one located error line with the fragment, nothing on standard
/// output, ended in 2 s. (That no file changed is for files_below().)
inline void expect_clean_failure(const CommandResult& r, int exit_code,
                                 const std::string& fragment) {
  EXPECT_EQ(r.exit, exit_code) << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_LT(r.seconds, 2 * kSlower);
  static const std::regex form("^(nnrun|[^ ].*:[0-9]+(:[0-9]+)?): error: .+");
  for (const std::string& line : lines_of(r.err)) {
    if (line.find("error: ") == std::string::npos) continue;
    EXPECT_TRUE(std::regex_search(line, form)) << line;
    break;
  }
  EXPECT_NE(r.err.find("error: "), std::string::npos) << r.err;
  EXPECT_NE(r.err.find(fragment), std::string::npos) << "expected in it: " << fragment << "\n"
                                                     << r.err;
  for (const char* leak : {"what():", "terminate called", "internal error", "core dumped"}) {
    EXPECT_EQ(r.err.find(leak), std::string::npos) << r.err;
  }
}

}  // namespace nnrun::test
