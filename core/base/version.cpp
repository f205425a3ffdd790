#include <nnrun/version.h>

#include <boost/version.hpp>

#include <nnrun/abi/entry.h>

namespace nnrun {

std::string version() {
  return std::string(NNRUN_VERSION) + " (plug-in ABI " + std::to_string(NNR_ABI_MAJOR) + "." +
         std::to_string(NNR_ABI_MINOR) + ", Boost " + std::to_string(BOOST_VERSION / 100000) + "." +
         std::to_string(BOOST_VERSION / 100 % 1000) + ", yaml-cpp " + NNRUN_YAML_CPP_VERSION +
         ", GCC " + __VERSION__ + ")";
}

}  // namespace nnrun
