// libnvrtc.so.13 for tests: a program becomes a shared library, made by the host's compiler.
#include <nvrtc.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

struct _nvrtcProgram {
  std::string source, code, log;
};

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool waits(const std::string& source) {
  return source.find("__syncthreads") != std::string::npos ||
         source.find("__shfl") != std::string::npos;
}

}  // namespace

extern "C" {

nvrtcResult nvrtcVersion(int* major, int* minor) {
  *major = 0, *minor = 1;  // of no real one
  return NVRTC_SUCCESS;
}
const char* nvrtcGetErrorString(nvrtcResult r) {
  return r == NVRTC_ERROR_COMPILATION ? "NVRTC_ERROR_COMPILATION" : "NVRTC error";
}
nvrtcResult nvrtcCreateProgram(nvrtcProgram* out, const char* source, const char*, int,
                               const char* const*, const char* const*) {
  *out = new _nvrtcProgram{source, {}, {}};
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcDestroyProgram(nvrtcProgram* p) {
  delete *p;
  *p = nullptr;
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcCompileProgram(nvrtcProgram p, int, const char* const*) {
  char folder[] = "/tmp/nnrun-emulated-XXXXXX";
  if (mkdtemp(folder) == nullptr) return NVRTC_ERROR_INTERNAL_ERROR;
  const fs::path at(folder);
  std::ofstream(at / "kernel.cpp") << "#include \"" NNRUN_PRELUDE "\"\n#line 1 \"kernel.cu\"\n"
                                   << p->source << "\n#define NNRUN_WAITS " << waits(p->source)
                                   << "\n#include \"" NNRUN_EPILOGUE "\"\n";
  const std::string command = NNRUN_CXX " -std=c++17 -O1 -w -fPIC -shared -fwrapv -o " +
                              at.string() + "/kernel.so " + at.string() + "/kernel.cpp > " +
                              at.string() + "/log 2>&1";
  const bool good = std::system(command.c_str()) == 0;
  p->log = read(at / "log");
  p->code = good ? read(at / "kernel.so") : "";
  fs::remove_all(at);
  return good ? NVRTC_SUCCESS : NVRTC_ERROR_COMPILATION;
}
nvrtcResult nvrtcGetCUBINSize(nvrtcProgram p, size_t* n) {
  *n = p->code.size();
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetCUBIN(nvrtcProgram p, char* out) {
  std::memcpy(out, p->code.data(), p->code.size());
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram p, size_t* n) {
  *n = p->log.size() + 1;
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetProgramLog(nvrtcProgram p, char* out) {
  std::memcpy(out, p->log.c_str(), p->log.size() + 1);
  return NVRTC_SUCCESS;
}
}
