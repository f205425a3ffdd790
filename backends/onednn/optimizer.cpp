#include "backends/onednn/optimizer.h"

#include <map>

namespace nnrun::onednn {
namespace {

using Make = std::unique_ptr<UpdateRule> (*)(const Attrs&);

/// Filled while the library is opened, and only read after that.
std::map<std::string, Make, std::less<>>& rules() {
  static std::map<std::string, Make, std::less<>> all;
  return all;
}

}  // namespace

void add_update_rule(const std::string& op, Make make) { rules()[op] = make; }

std::unique_ptr<UpdateRule> update_rule(std::string_view op, const Attrs& attrs) {
  const auto it = rules().find(op);
  return it == rules().end() ? nullptr : it->second(attrs);
}

std::vector<int> updated_inputs(const Desc& d) {
  std::vector<int> from = {0};
  for (int i = 2; i < d.inputs() - 3; ++i) {
    if (d.in(i)) from.push_back(i);
  }
  return from;
}

}  // namespace nnrun::onednn
