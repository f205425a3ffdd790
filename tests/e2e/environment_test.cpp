// The command where its surroundings are poor: outputs that end, streams and folders that are not
// there, limits, signals. Results are the same bytes, or one line says why there are none.
#include <fcntl.h>
#include <sys/resource.h>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

using Words = std::vector<std::string>;

const char kModel[] = R"~(nnrun: 1
name: m
data:
  source: {type: csv, path: d.csv, header: true}
  features: [a, b]
  target: t
  split: {train: 0.75, val: 0.25}
model:
  type: Sequential
  input_shape: [2]
  layers:
    - {type: Linear, out_features: 4}
    - {type: Formula, expr: "x * sigmoid(1.5 * x)"
}
    - {type: Linear, out_features: 2}
training:
  epochs: 4
  batch_size: 4
  loss: CrossEntropyLoss
  optimizer: {type: Adam, lr: 0.01}
)~";

/// A model, its data, and a run of it in "run".
class Place {
 public:
  Place() {
    dir_.put("m.yaml", kModel);
    std::string rows = "a,b,t\n";
    for (int i = 0; i < 16; ++i)
      rows += std::to_string(0.25 * i) + ",-" + std::to_string(i) + ".5," + (i % 3 ? "0\n" : "1\n");
    dir_.put("d.csv", rows);
    const CommandResult r = run({"train", "m.yaml", "-q", "-o", "run"});
    EXPECT_EQ(r.exit, 0) << r.err;
  }
  CommandResult run(const Words& args, const CommandOptions& options = {}) const {
    return run_command(dir_.path(), args, options);
  }
  std::string file(const std::string& name) const { return dir_.file(name); }
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};
const Place& the_place() {
  static const Place p;
  return p;
}

void limit(int what, rlim_t n) {
  const rlimit r = {n, n};
  ::setrlimit(__rlimit_resource_t(what), &r);
}

/// The write end of a pipe that nobody reads.
void closed_pipe_as(int fd) {
  int p[2];
  if (::pipe(p) != 0) return;
  ::close(p[0]);
  ::dup2(p[1], fd);
  ::close(p[1]);
}

// What standard output may end in.

const Words kTalks[] = {{"--help"},
                        {"-h"},
                        {"help", "train"},
                        {"--version"},
                        {"new", "--list"},
                        {"new", "xor"},
                        {"devices"},
                        {"plugins", "list"},
                        {"show", "m.yaml"},
                        {"show", "m.yaml", "--graph"},
                        {"explain", "m.yaml", "-q"},
                        {"bench", "m.yaml", "-q", "--duration", "0.01"},
                        {"eval", "run"},
                        {"predict", "run"},
                        {"predict", "run", "--format", "npy"}};

TEST(Output, APipeThatNobodyReadsEndsTheCommandQuietly) {
  CommandOptions o;
  o.in_child = [] { closed_pipe_as(1); };
  for (const Words& words : kTalks) {
    const CommandResult r = the_place().run(words, o);
    EXPECT_EQ(r.exit, 0) << words[0];
    EXPECT_EQ(r.err, "") << words[0];
  }
}

TEST(Output, ThatIsClosedIsNoError) {
  CommandOptions o;
  o.in_child = [] { ::close(1); };
  for (const Words& words : kTalks) {
    const CommandResult r = the_place().run(words, o);
    EXPECT_EQ(r.exit, 0) << words[0];
    EXPECT_EQ(r.err, "") << words[0];
  }
}

TEST(Output, ThatIsFullIsOneErrorLine) {
  CommandOptions o;
  o.in_child = [] { ::dup2(::open("/dev/full", O_WRONLY), 1); };
  for (const Words& words : kTalks) {
    const CommandResult r = the_place().run(words, o);
    EXPECT_EQ(r.exit, 4) << words[0];
    EXPECT_EQ(r.err, "nnrun: error: standard output: No space left on device\n") << words[0];
  }
}

TEST(Output, ThatIsFullDoesNotHideAnErrorAskedForAsJson) {
  CommandOptions o;
  o.in_child = [] { ::dup2(::open("/dev/full", O_WRONLY), 1); };
  const CommandResult r = the_place().run({"check", "nosuch.yaml", "--json"}, o);
  EXPECT_EQ(r.exit, 3);
  EXPECT_NE(r.err.find("nosuch.yaml"), std::string::npos) << r.err;
}

TEST(Output, TalkThatNobodyReadsDoesNotEndATraining) {
  CommandOptions o;
  o.in_child = [] { closed_pipe_as(2); };
  const CommandResult r = the_place().run({"train", "m.yaml", "-o", "deaf"}, o);
  EXPECT_EQ(r.exit, 0);
  EXPECT_EQ(bytes_of(the_place().file("deaf/metrics.csv")),
            bytes_of(the_place().file("run/metrics.csv")));
}

// The same command in other surroundings.

struct Surroundings {
  const char* name;
  void (*in_child)() = [] {};
  std::map<std::string, std::optional<std::string>> env{};
};
void PrintTo(const Surroundings& s, std::ostream* out) { *out << s.name; }

class Environment : public ::testing::TestWithParam<Surroundings> {};

TEST_P(Environment, ResultsAreTheSameBytes) {
  const Surroundings& s = GetParam();
  const TempDir dir;
  // Else LC_ALL names nothing; where Debian's locales are not installed, there is none with a
  // comma.
  if (s.env.count("LOCPATH") != 0 &&
      std::system(("localedef -i de_DE -f UTF-8 " + dir.file("de_DE.UTF-8") + " 2>&1").c_str()) !=
          0)
    GTEST_SKIP() << "no sources of the German locale";
  CommandOptions plain, here;
  here.env = s.env;
  if (s.env.count("LOCPATH") != 0) here.env["LOCPATH"] = dir.path();
  here.in_child = s.in_child;
  const std::string folder = dir.file("cwd");
  std::filesystem::create_directory(folder);

  const Words predict{"predict", the_place().file("run"), the_place().file("d.csv"), "--proba"};
  const CommandResult expected = the_place().run(predict);
  const CommandResult predicted = run_command(folder, predict, here);
  EXPECT_EQ(predicted.exit, 0);
  EXPECT_EQ(predicted.out, expected.out);
  EXPECT_EQ(predicted.err, "");

  std::filesystem::create_directory(folder);
  const CommandResult trained =
      run_command(folder, {"train", the_place().file("m.yaml"), "-q", "-o", dir.file("run")}, here);
  EXPECT_EQ(trained.exit, 0);
  EXPECT_EQ(trained.err, "");
  for (const char* file : {"metrics.csv", "model.safetensors"}) {
    EXPECT_TRUE(bytes_of(dir.file(std::string("run/") + file)) ==
                bytes_of(the_place().file(std::string("run/") + file)))
        << file;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Environment,
    ::testing::Values(
        Surroundings{"CurrentFolderDeleted",
                     [] {
                       char path[4096];
                       if (::getcwd(path, sizeof path) != nullptr) ::rmdir(path);
                     }},
        Surroundings{"StandardInputClosed", [] { ::close(0); }},
        Surroundings{"AllStreamsButOutputClosed", [] { ::close(0), ::close(2); }},
        Surroundings{"SixteenFiles", [] { limit(RLIMIT_NOFILE, 16); }},
        Surroundings{"SmallStacks", [] { limit(RLIMIT_STACK, 256 << 10); }},
        Surroundings{"HomeNotSet", [] {}, {{"HOME", std::nullopt}}},
        Surroundings{"CacheIsAFile", [] {}, {{"XDG_CACHE_HOME", "/dev/null"}}},
        Surroundings{"TemporaryFolderMissing", [] {}, {{"TMPDIR", "/nonexistent"}}},
        Surroundings{"NothingSet", [] {}, {{"HOME", std::nullopt}, {"PATH", std::nullopt}}},
        Surroundings{"DecimalComma", [] {}, {{"LC_ALL", "de_DE.UTF-8"}, {"LOCPATH", ""}}}),
    [](const auto& i) { return std::string(i.param.name); });

// Signals and limits while a run goes on.

const Words kLong{"train",
                  "m.yaml",
                  "training.epochs=1500",
                  "--set",
                  "training.checkpoint={every_steps: 100, keep_last: 2}",
                  "-o"};

/// Sends a signal once the run has some epochs.
CommandOptions signalled(const std::string& run, int signal) {
  CommandOptions o;
  o.while_running = [=, sent = false](pid_t pid) mutable {
    if (sent || lines_of(bytes_of(run + "/metrics.csv")).size() < 20) return;
    sent = true;
    ::kill(pid, signal);
  };
  return o;
}

CommandResult train_long(const std::string& run, const CommandOptions& options = {}) {
  Words words = kLong;
  words.push_back(run);
  return the_place().run(words, options);
}

void expect_resumes_to(const std::string& whole, const std::string& run) {
  const CommandResult again = the_place().run({"train", "--resume", run, "-q"});
  EXPECT_EQ(again.exit, 0) << again.err;
  for (const char* file : {"metrics.csv", "last.safetensors", "model.safetensors"}) {
    EXPECT_TRUE(bytes_of(the_place().file(run + "/" + file)) ==
                bytes_of(the_place().file(whole + "/" + file)))
        << file;
  }
}

TEST(Signals, AskARunToSaveAndTheCodeTellsWhich) {
  ASSERT_EQ(train_long("whole").exit, 0);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string run = "signal-" + std::to_string(signal);
    const CommandResult r = train_long(run, signalled(the_place().file(run), signal));
    EXPECT_EQ(r.exit, 128 + signal) << r.err;
    EXPECT_NE(r.err.find("--resume " + run), std::string::npos) << r.err;
    EXPECT_EQ(r.out, "");
    expect_resumes_to("whole", run);
  }
}

TEST(Signals, HangUpUnderNohupIsNothing) {
  CommandOptions o = signalled(the_place().file("nohup"), SIGHUP);
  o.in_child = [] { ::signal(SIGHUP, SIG_IGN); };
  EXPECT_EQ(train_long("nohup", o).exit, 0);
}

TEST(Limits, AFileThatReachesItsLimitEndsARunWhoseCheckpointsAreWhole) {
  ASSERT_EQ(train_long("unlimited").exit, 0);
  CommandOptions o;
  o.in_child = [] { limit(RLIMIT_FSIZE, 20000); };
  const CommandResult r = train_long("limited", o);
  EXPECT_EQ(r.exit, 4) << r.err;
  EXPECT_NE(r.err.find("nnrun: error: limited/metrics."), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("File too large"), std::string::npos) << r.err;
  EXPECT_EQ(r.out, "");
  expect_resumes_to("unlimited", "limited");
}

}  // namespace
}  // namespace nnrun::test
