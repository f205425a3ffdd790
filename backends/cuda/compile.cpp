#include "backends/cuda/compile.h"

#include <nvrtc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <nnrun/sdk/philox.hpp>
#include <nnrun/sdk/status.hpp>

#include "backends/cuda/library.h"

// clang-format off
#define NNRUN_CUDA_NVRTC(F) \
  F(nvrtcVersion) F(nvrtcGetErrorString) F(nvrtcCreateProgram) F(nvrtcDestroyProgram) \
  F(nvrtcCompileProgram) F(nvrtcGetCUBINSize) F(nvrtcGetCUBIN) F(nvrtcGetProgramLogSize) \
  F(nvrtcGetProgramLog)
// clang-format on

namespace nnrun::cuda {
namespace {

namespace fs = std::filesystem;

struct Nvrtc {
  NNRUN_CUDA_NVRTC(NNRUN_CUDA_POINTER)
  std::string version;

  Nvrtc() {
    const Library library("libnvrtc.so.13",
                          "it is part of the CUDA Toolkit 13; tools/setup-cuda gets it");
    NNRUN_CUDA_NVRTC(NNRUN_CUDA_LOOK_UP)
    int major = 0, minor = 0;
    nvrtcVersion(&major, &minor);
    version = std::to_string(major) + "." + std::to_string(minor);
  }
  void check(nvrtcResult r, const std::string& what) const {
    if (r != NVRTC_SUCCESS) {
      throw sdk::Failure(NNR_E_INTERNAL, what + ": " + nvrtcGetErrorString(r));
    }
  }
};

const Nvrtc& nvrtc() {
  static const Nvrtc* n = new Nvrtc();
  return *n;
}

/// Where the code is kept, without the ending; empty: nowhere.
fs::path place_of(const std::string& key, const std::string& source) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (cache != nullptr && *cache == '/') {
    folder = fs::path(cache) / "nnrun" / "cuda";
  } else if (home != nullptr && *home == '/') {
    folder = fs::path(home) / ".cache" / "nnrun" / "cuda";
  } else {
    return {};
  }
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  const auto h = sdk::hash(source.size(), key, source);
  char name[40];
  std::snprintf(name, sizeof name, "%016llx%016llx", static_cast<unsigned long long>(h[0]),
                static_cast<unsigned long long>(h[1]));
  return folder / name;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whole or not at all.
void write(const fs::path& file, const char* data, size_t n) {
  const fs::path part = file.string() + "." + std::to_string(::getpid());
  std::ofstream out(part, std::ios::binary);
  out.write(data, std::streamsize(n));
  out.close();
  std::error_code ignored;
  if (out) {
    fs::rename(part, file, ignored);
  } else {
    fs::remove(part, ignored);
  }
}

/// A product and a sum are rounded apart, whatever the compiler finds beside them, so that ops in
/// one kernel give the values of the ops alone. Where speed wants one rounding, the text says so
/// (times_plus).
constexpr const char* kOptions[] = {"--std=c++17", "--fmad=false"};

std::vector<char> compile_now(const std::string& source, const std::string& architecture) {
  const Nvrtc& n = nvrtc();
  nvrtcProgram program = nullptr;
  n.check(n.nvrtcCreateProgram(&program, source.c_str(), "kernel.cu", 0, nullptr, nullptr),
          "NVRTC");
  const auto destroy = [&n](nvrtcProgram* p) { n.nvrtcDestroyProgram(p); };
  const std::unique_ptr<nvrtcProgram, decltype(destroy)> owned(&program, destroy);
  const std::string target = "--gpu-architecture=" + architecture;
  const char* options[] = {target.c_str(), kOptions[0], kOptions[1]};
  const nvrtcResult r = n.nvrtcCompileProgram(program, 3, options);
  if (r != NVRTC_SUCCESS) {
    size_t size = 0;
    std::string log;
    if (n.nvrtcGetProgramLogSize(program, &size) == NVRTC_SUCCESS && size > 1) {
      log.resize(size);
      n.nvrtcGetProgramLog(program, log.data());
    }
    n.check(r, "a kernel does not compile for " + architecture + ": " + log.substr(0, 600));
  }
  size_t size = 0;
  n.check(n.nvrtcGetCUBINSize(program, &size), "NVRTC");
  std::vector<char> code(size);
  n.check(n.nvrtcGetCUBIN(program, code.data()), "NVRTC");
  return code;
}

}  // namespace

std::vector<char> compile(const std::string& source, const std::string& architecture) {
  std::string how = architecture + " " + nvrtc().version;
  for (const char* option : kOptions) how += std::string(" ") + option;
  const fs::path place = place_of(how, source);
  if (place.empty()) return compile_now(source, architecture);
  const fs::path text = place.string() + ".cu", code = place.string() + ".cubin";
  if (read(text) == source) {  // else another source with this hash, or none
    const std::string kept = read(code);
    if (!kept.empty()) return {kept.begin(), kept.end()};
  }
  const std::vector<char> made = compile_now(source, architecture);
  write(code, made.data(), made.size());
  write(text, source.data(), source.size());
  return made;
}

}  // namespace nnrun::cuda
