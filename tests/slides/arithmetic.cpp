// Step 5: arithmetic, products, reductions, and views, which look at the elements of another
// tensor.
#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

using torch::Tensor;
using namespace torch::indexing;

int main() {
  Tensor a = torch::tensor({{1., 2.}, {3., 4.}});
  Tensor b = torch::tensor({{10., 20.}, {30., 40.}});
  std::cout << a + b << "\n" << b - a << "\n" << a * b << "\n" << b / a << "\n" << 2 * a << "\n";

  Tensor c = a.clone();
  c.add_(b);
  shown(torch::equal(c, a + b), "add_() adds in place: names that end in _ change their tensor.");
  std::cout << (a > 2) << "\n" << (a == a.t()) << "\n";

  std::cout << a.transpose(0, 1) << "\n" << a.mm(b) << "\n";
  shown(torch::equal(a.mm(b), torch::matmul(a, b)), "Of matrices, matmul() is mm().");
  Tensor v = torch::tensor({1., -1.});
  std::cout << a.matmul(v) << "\n";
  shown(torch::equal(a.matmul(v), (a * v).sum(1)),
        "A matrix times a vector is a sum over columns.");
  Tensor batch = torch::stack({a, b});
  shown(torch::equal(batch.matmul(a)[1], b.mm(a)),
        "Of stacks of matrices, matmul() goes one by one.");

  std::cout << a.sum() << "\n" << a.sum(0) << "\n" << a.mean(1, /*keepdim=*/true) << "\n";
  auto [largest, where] = a.max(1);
  std::cout << largest << "\n" << where << "\n" << a.argmax() << "\n" << a.norm() << "\n";

  Tensor x = torch::arange(12).view({3, 4});
  std::cout << x[1] << "\n" << x[1][2] << "\n";
  std::cout << x.index({Slice(), 1}) << "\n"                      // a column
            << x.index({Slice(0, 2), Slice(1, None, 2)}) << "\n"  // rows 0 and 1, every other
            << x.index({Ellipsis, -1}) << "\n"                    // the last of each row
            << x.index({x > 8}) << "\n"                           // where a mask says
            << x.index({torch::tensor({2, 0})}) << "\n";          // rows by number

  // Sizes are lined up from the last one; a size of 1 is repeated.
  Tensor column = torch::tensor({{100}, {200}, {300}});
  std::cout << column + torch::arange(4) << "\n";
  shown((column + torch::arange(4)).sizes() == torch::IntArrayRef({3, 4}),
        "Broadcasting: (3, 1) and (4) give (3, 4).");
  std::string why;
  shown(refuses([&] { a + torch::ones({3}); }), "(2, 2) and (3) do not broadcast.");

  Tensor row = x[0], t = x.t(), flat = x.view({-1});
  row.fill_(-1);
  shown(x[0][3].item<int>() == -1 && t[3][0].item<int>() == -1 && flat[3].item<int>() == -1,
        "Views share storage: a row, the transpose and the flat view all see a write.");
  shown(t.data_ptr() == x.data_ptr() && !t.is_contiguous() && t.stride(0) == 1,
        "The transpose is the same memory, walked in another order.");
  x.index_put_({Slice(), 0}, 7);
  shown(t[0].eq(7).all().item<bool>(), "Writing to a slice is seen through the others.");
  Tensor copy = x.clone();
  x.zero_();
  shown(copy[0][0].item<int>() == 7, "A clone has its own storage.");
}
