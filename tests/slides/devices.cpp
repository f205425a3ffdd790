// Step 7: devices. A tensor lies on one device, and operations run where their operands lie.
#include <nnrun/nnrun.h>

#include <sstream>

#include "tests/slides/shown.h"

namespace torch = nnrun;

static bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The message of the error that f ends in, and its hint.
template <class F> static std::string error_of(F f) {
  try {
    f();
    return "";
  } catch (const nnrun::Error& e) {
    return std::string(e.what()) + "; " + e.hint();
  }
}

int main() {
  torch::Tensor x = torch::tensor({1.0, 2.0});
  std::cout << x.device() << "\n";
  shown(x.device() == torch::Device(torch::kCPU),
        "A tensor lies on the CPU unless told otherwise.");

  // Every backend is a device: "reference" computes as plainly as can be.
  torch::Tensor r = x.to("reference");
  std::cout << r.device() << "\n";
  shown(torch::equal((r * r).cpu(), x * x), "It computes there, and cpu() brings the result back.");
  shown(torch::ones({2}, torch::Device("reference")).device() == r.device(),
        "Or a tensor is made there.");

  std::string mixed = error_of([&] { x + r; });
  std::cout << mixed << "\n";
  shown(has(mixed, "cpu") && has(mixed, "reference") && has(mixed, ".to("),
        "Mixing devices is an error that names both, and what to do.");

  std::string absent = error_of([&] { x.to("tpu"); });
  shown(has(absent, "no backend 'tpu'") && has(absent, "NNRUN_PLUGIN_PATH"),
        "A backend that is not there is an error that names it, and says where it is looked for.");

  // With a GPU x.cuda() and x.to("cuda") move there; without one they say why not.
  bool cuda = false;
  for (const auto& d : torch::plugins::devices()) cuda = cuda || (d.backend == "cuda" && d.ok);
  for (std::string way : {"x.to(\"cuda\")", "x.cuda()"}) {
    torch::Tensor y;
    std::string why = error_of([&] { y = way == "x.cuda()" ? x.cuda() : x.to("cuda"); });
    shown(cuda ? y.is_cuda() && torch::equal((y + y).cpu(), x + x) : has(why, "cuda"),
          way + " computes on the GPU, or says why it cannot.");
  }
}
