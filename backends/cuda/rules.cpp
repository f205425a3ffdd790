#include "backends/cuda/rules.h"

#include <map>
#include <mutex>

namespace nnrun::cuda {
namespace {

/// The table of kernels is made for the backend and for the compiler; both note the same.
struct Rules {
  std::mutex mutex;
  std::map<std::string_view, MapRule> by_op;
};
Rules& rules() {
  static Rules* r = new Rules();
  return *r;
}

}  // namespace

const MapRule* map_rule(std::string_view op) {
  const std::lock_guard lock(rules().mutex);
  const auto it = rules().by_op.find(op);
  return it == rules().by_op.end() ? nullptr : &it->second;
}
void note_rule(const char* op, const MapRule& rule) {
  const std::lock_guard lock(rules().mutex);
  rules().by_op.emplace(op, rule);
}

}  // namespace nnrun::cuda
