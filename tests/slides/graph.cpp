// Step 6, looked at: what is remembered of ((v1 + v2) * 2).sum(), as text and in the DOT language,
// from which `dot -Tsvg` draws a picture.
#include <nnrun/nnrun.h>

#include <sstream>

#include "tests/slides/shown.h"

namespace torch = nnrun;

int main() {
  auto v1 = torch::tensor({1.0, 1.0}, torch::requires_grad());
  auto v2 = torch::tensor({2.0, 3.0});
  auto sum = ((v1 + v2) * 2).sum();
  sum.print_graph(std::cout);
  sum.print_graph_dot(std::cout);

  std::ostringstream text;
  sum.print_graph(text);
  std::string s = text.str();
  shown(s.find("sum") < s.find("mul") && s.find("mul") < s.find("add") && s.find("leaf") < s.size(),
        "backward() goes from the sum through mul and add to the leaf v1.");
}
