// nnrun's side of a comparison (peers): trains as it is told on standard input.
//
//   nnrun-bench-steps MODEL.yaml|RUN [key=value ...]
//     restart    from the first weights         ->  "ok"
//     run N      N training steps               ->  nanoseconds, mean loss
#include <chrono>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <nnrun/session.h>

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: nnrun-bench-steps MODEL.yaml|RUN [key=value ...]\n");
    return 2;
  }
  const nnrun::OpenOptions options{.overrides = {argv + 2, argv + argc}};
  nnrun::Session session = nnrun::Session::load(argv[1], options);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    int64_t steps = 0;
    words >> command >> steps;
    if (command == "restart") {
      session = nnrun::Session::load(argv[1], options);
      std::printf("ok\n");
    } else if (command == "run" && steps > 0) {
      const auto began = std::chrono::steady_clock::now();
      const double loss = session.run_steps(steps);
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
      std::printf("%lld %.9g\n", static_cast<long long>(took.count()), loss);
    } else {
      std::fprintf(stderr, "nnrun-bench-steps: not a command: %s\n", line.c_str());
      return 2;
    }
    std::fflush(stdout);
  }
} catch (const std::exception& e) {
  std::fprintf(stderr, "nnrun-bench-steps: %s\n", e.what());
  return 1;
}
