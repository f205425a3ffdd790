// Compiles every kernel that the emulated GPU has run (the *.cu of a folder) with the real NVRTC:
//
//   report FOLDER [ARCHITECTURE]
//
// and prints registers and spills as ptxas reports them. Fails when one does not compile or spills;
// 77 without NVRTC.
#include <dlfcn.h>
#include <nvrtc.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <regex>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

template <class F> F* look_up(void* library, F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(library, name));
}
#define LOOK_UP(f) look_up(library, &f, #f)

struct Compiled {
  bool good = false;
  std::string log;
};

Compiled compile(void* library, const std::string& source, const std::string& architecture) {
  nvrtcProgram p = nullptr;
  LOOK_UP(nvrtcCreateProgram)(&p, source.c_str(), "kernel.cu", 0, nullptr, nullptr);
  const std::string target = "--gpu-architecture=" + architecture;
  const char* options[] = {target.c_str(), "--std=c++17", "--fmad=false", "--ptxas-options=-v"};
  Compiled r;
  r.good = LOOK_UP(nvrtcCompileProgram)(p, 4, options) == NVRTC_SUCCESS;
  size_t n = 0;
  LOOK_UP(nvrtcGetProgramLogSize)(p, &n);
  r.log.resize(n);
  LOOK_UP(nvrtcGetProgramLog)(p, r.log.data());
  LOOK_UP(nvrtcDestroyProgram)(&p);
  return r;
}

int number(const std::string& log, const char* pattern) {
  std::smatch m;
  return std::regex_search(log, m, std::regex(pattern)) ? std::stoi(m[1]) : -1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string architecture = argc > 2 ? argv[2] : "sm_90";
  void* library = dlopen("libnvrtc.so.13", RTLD_NOW);
  if (library == nullptr) library = dlopen("/usr/local/cuda/lib64/libnvrtc.so.13", RTLD_NOW);
  if (library == nullptr || argc < 2) {
    std::printf("not tested: %s\n", argc < 2 ? "no folder" : dlerror());
    return 77;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(argv[1])) {
    if (entry.path().extension() == ".cu") files.push_back(entry.path());
  }
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  int wrong = 0, most = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < files.size();) {
      std::ifstream in(files[i]);
      const std::string source((std::istreambuf_iterator<char>(in)), {});
      const Compiled c = compile(library, source, architecture);
      const int registers = number(c.log, "Used (\\d+) registers");
      const int spilled = number(c.log, "(\\d+) bytes spill stores");
      const std::lock_guard lock(mutex);
      most = std::max(most, registers);
      if (c.good && registers >= 0 && spilled == 0) continue;
      ++wrong;
      std::printf("%s\n%s\n", files[i].c_str(), c.log.c_str());
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back(work);
  }
  threads.clear();
  std::printf("%zu kernels for %s, at most %d registers, %d do not compile or spill\n",
              files.size(), architecture.c_str(), most, wrong);
  return files.empty() || wrong != 0 ? 1 : 0;
}
