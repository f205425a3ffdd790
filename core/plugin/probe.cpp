#include "core/plugin/probe.h"

#include <fcntl.h>
#include <nnrun/error.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/plugin/host.h"
#include "core/plugin/load.h"

extern char** environ;

namespace nnrun {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::atomic<std::chrono::milliseconds> timeout{std::chrono::seconds(10)};

constexpr size_t kMaxReport = 1 << 20;
constexpr std::string_view kEnd = "end\n";  // a report without it was cut short

/// What of the process belongs to the host and a plug-in must leave alone (ABI rule 14).
struct ProcessState {
  std::string folder, locale, environment;
  mode_t mask = 0;
  bool streams[3] = {};
  void* handler[32] = {};

  static ProcessState now() {
    ProcessState s;
    std::error_code ec;
    s.folder = fs::current_path(ec).string();
    s.locale = std::setlocale(LC_ALL, nullptr);
    for (char** e = environ; e != nullptr && *e != nullptr; ++e)
      s.environment.append(*e).push_back('\n');
    s.mask = ::umask(0);
    ::umask(s.mask);
    for (int fd = 0; fd < 3; ++fd) s.streams[fd] = ::fcntl(fd, F_GETFD) >= 0;
    for (int sig = 1; sig < 32; ++sig) {
      struct sigaction a = {};
      ::sigaction(sig, nullptr, &a);
      s.handler[sig] = reinterpret_cast<void*>(a.sa_handler);
    }
    return s;
  }
  /// What differs, in words; "" when nothing does.
  std::string difference(const ProcessState& after) const {
    if (folder != after.folder) return "changes the current folder";
    if (locale != after.locale) return "changes the locale";
    if (environment != after.environment) return "changes environment variables";
    if (mask != after.mask) return "changes the file mode mask";
    if (!std::equal(streams, streams + 3, after.streams)) return "closes a standard stream";
    for (int sig = 1; sig < 32; ++sig) {
      if (handler[sig] != after.handler[sig]) {
        return "changes the handler of signal " + std::to_string(sig) + " (" + ::strsignal(sig) +
               ")";
      }
    }
    return "";
  }
};

/// A report: lines "key value", the last one kEnd.
std::string report_of(const ProbeResult& r) {
  std::string s = r.ok ? "ok 1\n" : "ok 0\n";
  auto line = [&](const char* key, const std::string& value) {
    if (!value.empty()) s += std::string(key) + " " + printable(value, 2000) + "\n";
  };
  line("reason", r.reason);
  line("hint", r.hint);
  line("name", r.name);
  line("version", r.version);
  for (const std::string& p : r.provides) line("provides", p);
  return s.append(kEnd);
}

bool parse_report(std::string_view s, ProbeResult* out) {
  if (s.size() < kEnd.size() || s.substr(s.size() - kEnd.size()) != kEnd) return false;
  s.remove_suffix(kEnd.size());
  ProbeResult r;
  bool verdict = false;
  while (!s.empty()) {
    const size_t end = s.find('\n'), space = s.find(' ');
    if (end == s.npos || space == s.npos || space > end) return false;
    const std::string_view key = s.substr(0, space);
    const std::string value(s.substr(space + 1, end - space - 1));
    s.remove_prefix(end + 1);
    if (key == "ok") {
      r.ok = value == "1";
      verdict = true;
    } else if (key == "reason") {
      r.reason = value;
    } else if (key == "hint") {
      r.hint = value;
    } else if (key == "name") {
      r.name = value;
    } else if (key == "version") {
      r.version = value;
    } else if (key == "provides") {
      r.provides.push_back(value);
    } else {
      return false;
    }
  }
  *out = std::move(r);
  return verdict;
}

/// The services the child offers: no threads and no log, since those of the parent are not here.
nnr_host quiet_host(const char* folder) {
  nnr_host h = make_plugin_host(folder);
  h.log = [](void*, int32_t, const char*, uint64_t) noexcept {};
  h.parallel_for = [](void*, int64_t n, int64_t grain, uint32_t, nnr_task fn, void* arg) noexcept {
    if (grain < 1) grain = 1;
    for (int64_t b = 0; b < n; b += grain) fn(arg, b, std::min(n, b + grain), 0);
  };
  return h;
}

ProbeResult try_library(const PluginFile& file) {
  ProbeResult r;
  try {
    const std::string folder = file.path.substr(0, file.path.rfind('/'));
    const nnr_host host = quiet_host(folder.c_str());
    const ProcessState before = ProcessState::now();
    const PluginTables t = open_library(file.path, &host);
    r.reason = before.difference(ProcessState::now());
    if (!r.reason.empty()) {
      r.hint = "a plug-in leaves the process as it finds it";
      return r;
    }
    t.plugin->shutdown();
    r.ok = true;
    r.name = t.name;
    r.version = t.version;
    r.provides = t.provides;
  } catch (const Error& e) {
    r.reason = e.what();
    r.hint = e.hint();
  } catch (const std::exception& e) {
    r.reason = std::string("throws: ") + e.what();
  } catch (...) {
    r.reason = "throws an exception of unknown type";
  }
  return r;
}

[[noreturn]] void run_child(const PluginFile& file, int report_fd) {
  for (int sig = 1; sig < 32; ++sig) ::signal(sig, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3 && null >= 0; ++fd) ::dup2(null, fd);
  // A library that calls exit() must not run the parent's exit handlers on the parent's objects.
  std::atexit([] { ::_exit(0); });
  const std::string report = report_of(try_library(file));
  for (size_t at = 0; at < report.size();) {
    const ssize_t n = ::write(report_fd, report.data() + at, report.size() - at);
    if (n < 0 && errno != EINTR) break;
    if (n > 0) at += size_t(n);
  }
  ::_exit(0);
}

/// All the child says until it is done, closes the pipe, or the time is over (false).
bool read_report(int fd, std::string* report) {
  const auto end = Clock::now() + timeout.load();
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    pollfd p = {fd, POLLIN, 0};
    const int ready = ::poll(&p, 1, int(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    report->append(buffer, size_t(n));
    if (report->size() > kMaxReport) return true;
    if (ProbeResult r; parse_report(*report, &r)) return true;
  }
}

ProbeResult refusal(std::string reason) {
  ProbeResult r;
  r.reason = std::move(reason);
  r.hint = "its constructors or init() do this; run it under a debugger";
  return r;
}

ProbeResult run_probe(const PluginFile& file) {
  int fd[2];
  if (::pipe2(fd, O_CLOEXEC) != 0) {
    throw Error(Code::backend, "cannot make a pipe: " + std::generic_category().message(errno));
  }
  const pid_t child = ::fork();
  if (child < 0) {
    const int error = errno;
    ::close(fd[0]), ::close(fd[1]);
    throw Error(Code::backend, "cannot start a process: " + std::generic_category().message(error));
  }
  if (child == 0) {
    ::close(fd[0]);
    run_child(file, fd[1]);
  }
  ::close(fd[1]);
  std::string report;
  const bool in_time = read_report(fd[0], &report);
  ::close(fd[0]);
  ProbeResult r;
  const bool said = parse_report(report, &r);
  // It has said all it has to, or broke its word: in both cases it need not live on. One that ended
  // by itself first keeps its own status.
  int status = 0;
  bool ended = false;
  if (!said && in_time) {  // the pipe is closed: it is ending, or closed it on purpose
    const auto grace = Clock::now() + std::chrono::milliseconds(500);
    while (!(ended = ::waitpid(child, &status, WNOHANG) == child) && Clock::now() < grace) {
      ::poll(nullptr, 0, 1);
    }
  }
  if (!ended) {
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  if (said) return r;
  if (!in_time) {
    return refusal("hangs while it is loaded: stopped after " +
                   number_text(double(timeout.load().count()) / 1000) + " s");
  }
  if (ended && WIFSIGNALED(status)) {
    return refusal("dies of signal " + std::to_string(WTERMSIG(status)) + " (" +
                   ::strsignal(WTERMSIG(status)) + ") while it is loaded");
  }
  if (ended && WIFEXITED(status)) {
    return refusal("ends the process while it is loaded");
  }
  return refusal("gives no sign of life while it is loaded");
}

std::string cache_file(const PluginFile& file) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path dir;
  if (cache != nullptr && fs::path(cache).is_absolute()) {
    dir = cache;
  } else if (home != nullptr && fs::path(home).is_absolute()) {
    dir = fs::path(home) / ".cache";
  } else {
    return "";
  }
  return dir / "nnrun/probe" /
         (file.sha256 + "-" + std::to_string(NNR_ABI_MAJOR) + "." + std::to_string(NNR_ABI_MINOR));
}

}  // namespace

void set_probe_timeout(std::chrono::milliseconds t) { timeout = t; }

ProbeResult probe(const PluginFile& file) {
  const std::string kept = cache_file(file);
  if (!kept.empty()) {
    try {
      if (ProbeResult r; parse_report(read_file(kept, kMaxReport), &r) && r.ok) return r;
    } catch (const Error&) {  // not there, or not readable: probe again
    }
  }
  ProbeResult r = run_probe(file);
  if (r.ok && !kept.empty()) {
    try {
      std::error_code ec;
      fs::create_directories(fs::path(kept).parent_path(), ec);
      atomic_write(kept, report_of(r));
    } catch (const Error&) {  // nowhere to keep it: it is probed next time too
    }
  }
  return r;
}

}  // namespace nnrun
