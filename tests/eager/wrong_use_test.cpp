// Wrong use of tensors, case by case: each is an Error that names the operation, says what it was
// given and what it needs, and gives a hint.
#include <nnrun/autograd.h>
#include <nnrun/nn.h>
#include <nnrun/optim.h>
#include <nnrun/plugins.h>

#include <limits>

#include "tests/support/files.h"

namespace nnrun {
namespace {

struct WrongUse {
  const char* name;
  std::vector<std::string> says;  // all of it, in the message
  std::function<void()> run;
  Code code = Code::model;
};

const double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kMany = int64_t{1} << 40;

Tensor f(IntArrayRef sizes) { return ones(sizes); }
Tensor leaf(IntArrayRef sizes) { return ones(sizes).requires_grad_(); }

/// A tensor on the device of a backend that does not run here.
void on_unusable(const char* backend) {
  plugins::set_path({NNRUN_BINARY_DIR "/tests/plugins/backends"});
  f({2}).to(Device(backend));
}

const std::vector<WrongUse>& wrong_uses() {
  static const std::vector<WrongUse> all = {
      // Shapes.
      {"add",
       {"[add]", "(2, 3)", "(4,)"},
       [] {
         f({2, 3}) + f({4});
       }},
      {"compare", {"[lt]", "(2,)", "(3,)"}, [] { f({2}) < f({3}); }},
      {"where", {"[where]", "(2,)", "(3,)"}, [] { where(f({2}) > 0, f({3}), f({3})); }},
      {"mm",
       {"[mm]", "(2, 3)", "(4, 5)"},
       [] {
         f({2, 3}).mm(f({4, 5}));
       }},
      {"mm_rank",
       {"[mm]", "2 dimensions", "(3,)"},
       [] {
         f({3}).mm(f({3, 3}));
       }},
      {"matmul",
       {"[matmul]", "(2, 3)", "(2, 3)"},
       [] {
         f({2, 3}).matmul(f({2, 3}));
       }},
      {"matmul_scalar", {"[matmul]", "()", "(3,)"}, [] { matmul(tensor(1.0), f({3})); }},
      {"bmm",
       {"[bmm]", "2", "3"},
       [] {
         f({2, 2, 2}).bmm(f({3, 2, 2}));
       }},
      {"dot", {"[dot]", "(2,)", "(3,)"}, [] { f({2}).dot(f({3})); }},
      {"addmm",
       {"[addmm]", "(2, 3)", "(4, 5)"},
       [] {
         addmm(f({2, 5}), f({2, 3}), f({4, 5}));
       }},
      {"view",
       {"[reshape]", "(2, 3)", "(4,)"},
       [] {
         f({2, 3}).view({4});
       }},
      {"view_gaps",
       {"[view]", "(3, 2)", "(6,)"},
       [] {
         f({2, 3}).t().view({6});
       }},
      {"reshape",
       {"[reshape]", "(2, 3)", "(5, -1)"},
       [] {
         f({2, 3}).reshape({5, -1});
       }},
      {"reshape_two",
       {"[reshape]", "(-1, -1)", "one size may be -1"},
       [] {
         f({2, 3}).reshape({-1, -1});
       }},
      {"expand", {"[expand]", "(2,)", "(3,)"}, [] { f({2}).expand({3}); }},
      {"permute",
       {"[permute]", "dim 0 appears twice"},
       [] {
         f({2, 3}).permute({0, 0});
       }},
      {"t",
       {"[t]", "2 dimensions", "(2, 2, 2)"},
       [] {
         f({2, 2, 2}).t();
       }},
      {"cat",
       {"[concat]", "(2, 3)", "(2, 4)"},
       [] {
         cat({f({2, 3}), f({2, 4})});
       }},
      {"cat_nothing", {"[cat]", "0 tensors", "at least one"}, [] { cat({}); }},
      {"stack",
       {"[stack]", "(2,)", "(3,)"},
       [] {
         stack({f({2}), f({3})});
       }},
      {"split",
       {"[split]", "5", "(6,)"},
       [] {
         f({6}).split({2, 3});
       }},
      {"chunk", {"[chunk]", "0", "at least 1"}, [] { f({6}).chunk(0); }},
      {"repeat",
       {"[repeat]", "1", "(2, 3)"},
       [] {
         f({2, 3}).repeat({2});
       }},
      {"max_nothing", {"[max]", "(0,)", "no value over nothing"}, [] { max(f({0})); }},
      {"one_hot", {"[one_hot]", "3", "2"}, [] { one_hot(tensor({3}), 2); }},
      {"linear",
       {"Linear", "in_features is 2", "(1, 3) has 3"},
       [] {
         nn::Linear(2, 4)(f({1, 3}));
       }},
      {"conv2d",
       {"Conv2d", "in_channels is 3", "(1, 2, 5, 5) has 2"},
       [] {
         nn::Conv2d(3, 4, 3)(f({1, 2, 5, 5}));
       }},
      {"conv2d_function",
       {"[conv2d]", "2", "3"},
       [] {
         conv2d(f({1, 2, 5, 5}), f({4, 3, 3, 3}));
       }},
      {"max_pool2d",
       {"[max_pool2d]", "covers 3", "has 2"},
       [] {
         max_pool2d(f({1, 1, 2, 2}), 3);
       }},
      {"mse_loss", {"MSELoss", "float32[2]", "float32[3]"}, [] { mse_loss(f({2}), f({3})); }},
      {"cross_entropy",
       {"CrossEntropyLoss", "float32[2, 3]", "int64[3]"},
       [] {
         nn::functional::cross_entropy(f({2, 3}), tensor({0, 1, 2}));
       }},
      {"braces",
       {"[tensor]", "(2,)", "(1,)"},
       [] {
         tensor({{1, 2}, {3}});
       }},
      {"rank",
       {"[full]", "at most 8", "9 dimensions"},
       [] {
         zeros({1, 1, 1, 1, 1, 1, 1, 1, 1});
       }},
      {"negative_size",
       {"[full]", "-1", "(2, -1)"},
       [] {
         zeros({2, -1});
       }},

      // Element types.
      {"mm_dtypes",
       {"[mm]", "Float", "Double"},
       [] {
         f({2, 2}).mm(ones({2, 2}, kDouble));
       }},
      {"mean",
       {"[mean]", "floats", "Long"},
       [] {
         tensor({1, 2}).mean();
       }},
      {"softmax",
       {"[softmax]", "int64", "float"},
       [] {
         tensor({1, 2}).softmax(0);
       }},
      {"data_ptr", {"[data_ptr]", "Float", "Double"}, [] { f({2}).data_ptr<double>(); }},
      {"index_dtype", {"[index]", "Long", "Float"}, [] { f({2}).index({f({1})}); }},
      {"gather_dtype", {"[gather]", "Long", "Float"}, [] { f({2}).gather(0, f({1})); }},
      {"grad_dtype", {"[requires_grad_]", "floats", "int64"}, [] { tensor({1}).requires_grad_(); }},
      {"in_place_dtype", {"[add_]", "Float", "Long"}, [] { tensor({1}).add_(1.5); }},
      {"nan_to_int", {"[to]", "nan", "int32"}, [] { full({1}, kNan).to(kInt); }},
      {"large_to_int",
       {"[to]", "100000002004087734272", "int64"},
       [] { full({1}, 1e20).to(kLong); }},
      {"nan_item", {"[item]", "nan", "int64"}, [] { full({1}, kNan).item<int64_t>(); }},
      {"default_dtype", {"[set_default_dtype]", "Long", "float"}, [] { set_default_dtype(kLong); }},
      {"layer_dtype",
       {"'weight' is float32[2, 2]", "float64[2, 2]"},
       [] {
         nn::Linear(2, 2)(ones({1, 2}, kDouble));
       }},

      // Indices and dimensions.
      {"select", {"[select]", "5", "3"}, [] { f({3})[5]; }},
      {"select_scalar", {"[select]", "index 0", "without dimensions"}, [] { tensor(1.0)[0]; }},
      {"index_far", {"[index]", "7", "3"}, [] { f({3}).index({tensor({7})}); }},
      {"index_many",
       {"[index]", "2 indices", "(3,)"},
       [] {
         f({3}).index({0, 0});
       }},
      {"mask",
       {"[index]", "(2,)", "(3,)"},
       [] {
         f({3}).index({tensor({true, false})});
       }},
      {"slice_step",
       {"[index]", "-1", "at least 1"},
       [] { f({3}).index({indexing::Slice(0, 3, -1)}); }},
      {"gather", {"[gather]", "3", "2"}, [] { f({2}).gather(0, tensor({3})); }},
      {"index_select", {"[index_select]", "2", "2"}, [] { f({2}).index_select(0, tensor({2})); }},
      {"narrow", {"[narrow]", "start 1", "size 3"}, [] { f({3}).narrow(0, 1, 3); }},
      {"sum_dim",
       {"[sum]", "2", "2 dimensions"},
       [] {
         f({2, 3}).sum(IntArrayRef{2});
       }},
      {"softmax_dim",
       {"[softmax]", "-3", "2 dimensions"},
       [] {
         f({2, 3}).softmax(-3);
       }},
      {"topk", {"[topk]", "4", "3"}, [] { f({3}).topk(4); }},
      {"embedding",
       {"[index_select]", "index 5", "size 3"},
       [] { nn::Embedding(3, 2)(tensor({5})); }},
      {"class",
       {"[nll_loss]", "class 3", "less than 2"},
       [] {
         nll_loss(f({1, 2}), tensor({3}));
       }},

      // One value, memory, devices.
      {"item", {"[item]", "(2,)", "one element"}, [] { f({2}).item(); }},
      {"undefined", {"[add]", "undefined"}, [] { Tensor() + f({2}); }},
      {"huge",
       {"[empty]", "float32[1099511627776]", "4398046511104 bytes"},
       [] { zeros({kMany}); },
       Code::memory},
      {"overflow",
       {"[empty]", "float32[1099511627776, 1099511627776]", "64 bits"},
       [] {
         zeros({kMany, kMany});
       },
       Code::memory},
      {"devices", {"[add]", "cpu", "reference"}, [] { f({2}) + ones({2}, Device("reference")); }},
      {"device_name", {"[device]", "'cpu:x'", "name:index"}, [] { Device("cpu:x"); }},
      {"no_backend",
       {"'nothing'", "reference"},
       [] { ones({2}, Device("nothing")); },
       Code::backend},
      {"no_such_device",
       {"'cpu:7'", "1 devices"},
       [] { ones({2}, Device(kCPU, 7)); },
       Code::backend},
      {"no_driver",
       {"no_driver", "no driver: /dev/accelerator0 is missing"},
       [] { on_unusable("no_driver"); },
       Code::backend},
      {"no_device",
       {"no_device", "finds no device"},
       [] { on_unusable("no_device"); },
       Code::backend},
      {"threads", {"[set_num_threads]", "0", "at least 1"}, [] { set_num_threads(0); }},
      {"randint", {"[randint]", "5", "5"}, [] { randint(5, 5, {2}); }},
      {"arange", {"[arange]", "3", "0"}, [] { arange(3, 0, 1); }},

      // Gradients.
      {"backward_twice",
       {"[backward]", "second time"},
       [] {
         const Tensor x = leaf({1}), y = (x * x).sum();
         y.backward();
         y.backward();
       }},
      {"backward_vector", {"[backward]", "scalar", "(2,)"}, [] { (leaf({2}) * 2).backward(); }},
      {"backward_shape", {"[backward]", "(3,)", "(2,)"}, [] { (leaf({2}) * 2).backward(f({3})); }},
      {"backward_nothing", {"[backward]", "require a gradient"}, [] { f({2}).sum().backward(); }},
      {"leaf_in_place", {"[add_]", "leaf", "float32[2]"}, [] { leaf({2}).add_(1); }},
      {"leaf_view_in_place", {"[mul_]", "leaf", "view"}, [] { leaf({2})[0].mul_(2); }},
      {"expanded_in_place",
       {"[add_]", "(2, 3)", "share memory"},
       [] {
         f({1, 3}).expand({2, 3}).add_(1);
       }},
      {"in_place_shape",
       {"[add_]", "float32[2, 3]", "float32[3]"},
       [] {
         f({3}).add_(f({2, 3}));
       }},
      {"changed_after_use",
       {"[sigmoid]", "(2,)", "changed in place"},
       [] {
         Tensor y = leaf({2}).sigmoid();
         y.add_(1);
         y.sum().backward();
       }},
      {"grad_unused",
       {"[grad]", "input 0", "not part of the graph"},
       [] { autograd::grad({leaf({2}).sum()}, {leaf({2})}); }},
      {"grad_of_constant",
       {"[grad]", "input 0", "require"},
       [] { autograd::grad({leaf({2}).sum()}, {f({2})}); }},
      {"stop_gradient",
       {"[requires_grad_]", "leaf", "mul"},
       [] { (leaf({2}) * 2).requires_grad_(false); }},
      {"optimize_non_leaf",
       {"SGD", "parameter 0", "leaf"},
       [] { optim::SGD({leaf({2}) * 2}, 0.1); }},
      {"momentum_of_leaf", {"SGD", "lr is -1", "at least 0"}, [] { optim::SGD({leaf({2})}, -1); }},
  };
  return all;
}

void PrintTo(const WrongUse& use, std::ostream* out) { *out << use.name; }

class WrongUseOf : public ::testing::TestWithParam<WrongUse> {};

TEST_P(WrongUseOf, IsAnErrorThatSaysWhatIsWrongAndWhatToDo) {
  const WrongUse& use = GetParam();
  try {
    use.run();
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(int(e.code()), int(use.code)) << e.what();
    for (const std::string& part : use.says) {
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos)
          << "message: " << e.what() << "\nexpected in it: " << part;
    }
    EXPECT_FALSE(e.hint().empty()) << "no hint: " << e.what();
  }
}
INSTANTIATE_TEST_SUITE_P(Tensors, WrongUseOf, ::testing::ValuesIn(wrong_uses()),
                         [](const auto& info) { return info.param.name; });

TEST(WrongUse, HasAtLeastFiftyCases) { EXPECT_GE(wrong_uses().size(), 50u); }

TEST(Shutdown, ClosesWhatComputesAndLeavesWhatIsOnTheHost) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Tensor x = f({2}) + 1;
        nn::Linear fc(2, 1);
        fc(x.view({1, 2})).sum().backward();
        plugins::shutdown();
        bool said = false;
        try {
          x + 1;
        } catch (const Error& e) {
          said = e.code() == Code::backend && !e.hint().empty() &&
                 std::string(e.what()).find("[add] the backend of device 'cpu'") == 0;
        }
        std::exit(said && x.data_ptr<float>()[1] == 2 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace nnrun
