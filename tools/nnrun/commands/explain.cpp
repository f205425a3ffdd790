#include "tools/nnrun/command.h"
#include "tools/nnrun/terminal.h"

namespace nnrun::cli {
namespace {

/// "-" for what is not known.
std::string known(double v) { return v > 0 ? number(v) : "-"; }

std::string kernel_name(const std::string& backend, const std::string& kernel) {
  return kernel.empty() ? backend : backend + ":" + kernel;
}

/// One row a node, and below it its operands, where it comes from, and what was not taken.
std::string node_table(const Explanation& e) {
  std::vector<std::vector<std::string>> rows{
      {"#", "layer", "phase", "op", "kernel", "why", "us", "KiB", "GFLOP/s"}};
  for (const ExplainedNode& n : e.nodes) {
    rows.push_back({std::to_string(rows.size() - 1), n.layer.empty() ? "-" : n.layer, n.phase, n.op,
                    kernel_name(n.backend, n.kernel), n.chosen, known(n.ns / 1e3),
                    known(n.bytes / 1024), known(n.ns > 0 ? n.flops / n.ns : 0)});
  }
  const std::string aligned = table(rows, 6);
  std::string s;
  size_t at = 0;
  for (size_t k = 0; k < rows.size(); ++k) {
    const size_t end = aligned.find('\n', at) + 1;
    s += aligned.substr(at, end - at);
    at = end;
    if (k == 0) continue;
    const ExplainedNode& n = e.nodes[k - 1];
    s += "      " + n.operands + "\n";
    if (!n.slow.empty()) s += "      slow: " + n.slow + "\n";
    if (!n.origin.empty()) s += "      " + n.origin + "\n";
    for (const OtherKernel& o : n.others) {
      s += "      not " + kernel_name(o.backend, o.kernel) +
           (o.ns > 0 ? " " + number(o.ns / 1e3) + " us" : "") + ": " + o.reason + "\n";
    }
  }
  return s;
}

std::string header(const Explanation& e) {
  std::string s = e.pass + " of a batch of " + std::to_string(e.batch) + ", " +
                  std::to_string(e.threads) + (e.threads == 1 ? " thread; " : " threads; ");
  return s +
         (e.measured ? "times are measured, each kernel alone on warm operands"
                     : "times are the kernels' own estimates (--measure takes them)") +
         "\n\n";
}

/// A time that is not known is null.
nlohmann::ordered_json time_us(double ns) {
  return ns > 0 ? nlohmann::ordered_json(ns / 1e3) : nlohmann::ordered_json();
}

nlohmann::ordered_json explanation_json(const Explanation& e, const std::string& name) {
  nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
  for (const ExplainedNode& n : e.nodes) {
    nlohmann::ordered_json others = nlohmann::ordered_json::array();
    for (const OtherKernel& o : n.others) {
      others.push_back({{"backend", o.backend},
                        {"kernel", o.kernel},
                        {"time_us", time_us(o.ns)},
                        {"reason", o.reason}});
    }
    nodes.push_back({{"op", n.op},
                     {"layer", n.layer},
                     {"phase", n.phase},
                     {"operands", n.operands},
                     {"backend", n.backend},
                     {"kernel", n.kernel},
                     {"chosen", n.chosen},
                     {"origin", n.origin},
                     {"slow", n.slow},
                     {"time_us", time_us(n.ns)},
                     {"flops", n.flops},
                     {"bytes", n.bytes},
                     {"others", others}});
  }
  return {{"ok", true},
          {"name", name},
          {"pass", e.pass},
          {"batch", e.batch},
          {"threads", e.threads},
          {"measured", e.measured},
          {"nodes", nodes},
          {"state_copies", e.state_copies},
          {"warnings", e.warnings}};
}

int explain(const Args& a) {
  ExplainOptions o;
  o.measure = a.has("measure");
  o.batch = a.get<int64_t>("batch", 0);
  if (a.has("batch") && o.batch < 1) {
    throw Error(Code::usage,
                "--batch is " + std::to_string(o.batch) + ", expected a number of rows");
  }
  const Session s = open_session(a);
  const Explanation e = s.explain(o);
  print(a.json ? explanation_json(e, s.name()).dump() + "\n" : header(e) + node_table(e));
  for (const std::string& w : e.warnings) {
    if (!a.quiet) say("nnrun: warning: " + w);
  }
  return 0;
}

}  // namespace

Command command_explain() {
  Command c;
  c.name = "explain";
  c.summary = "show why each op runs on the kernel it runs on";
  c.usage = "explain FILE|RUN [--measure] [options] [key=value ...]";
  c.more =
      "For each node of the plan of a training step: the kernel that was chosen and why, and "
      "below\n"
      "it what it computes on, why it is there when no layer asked for it, and each other kernel\n"
      "with its time and what spoke against it. Slow paths are named at the end.\n\n"
      "  nnrun explain xor.yaml\n"
      "  nnrun explain mlp.yaml --measure --batch 1\n";
  c.min_positional = c.max_positional = 1;
  c.options = [](po::options_description& d) {
    d.add_options()("measure", "time every kernel that is offered, each alone")(
        "batch", po::value<int64_t>()->value_name("N"), "rows (training.batch_size)");
  };
  c.run = explain;
  return c;
}

}  // namespace nnrun::cli
