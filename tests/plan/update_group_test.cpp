// All updates of a step as one kernel (backends/onednn/update_group.h): the bits of one by one.
#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

struct Updates : Net {
  Updates(const std::string& op, const Attrs& attrs, int slots, bool accepted) {
    const auto number = [&](const std::string& name, const Array& v) {
      arrays[name] = v;
      return b.var(graph.add_state(name, {v.dtype(), v.shape()}, false));
    };
    const Var lr = number("lr", Array::scalar<double>(0.01));
    const Var step = number("step", Array::scalar<int64_t>(3));
    const Var ok = number("ok", Array::scalar<uint8_t>(accepted));
    for (int64_t n : {1, 3, 64, 65, 1000, 40001}) {
      const std::string name = std::to_string(n);
      std::vector<Var> in = {parameter(name, {n}), input("gradient of " + name, {n})};
      std::vector<Var> state = {in[0]};
      for (int k = 0; k < slots; ++k) {
        const std::string slot = name + " slot " + std::to_string(k);
        arrays[slot] = draw({Shape{n}, 0.1, 1}, DType::float32, {}, random);
        in.push_back(b.var(graph.add_state(slot, {DType::float32, {n}}, false)));
        state.push_back(in.back());
      }
      if (slots == 0) in.push_back({});
      if (op == "adam") in.push_back({});
      in.insert(in.end(), {lr, step, ok});
      const std::vector<Var> out = b.call(op, in, attrs);
      for (size_t k = 0; k < state.size(); ++k) {
        graph.writes.push_back({state[k].id, out[k].id});
      }
    }
  }

  std::map<std::string, Array> after_a_step(bool fuse, int threads, size_t launches) const {
    std::map<std::string, Array> memory = copies();
    PlanOptions o = on({"onednn"}, threads);
    o.fuse = fuse;
    const auto p = plan(o, memory);
    EXPECT_EQ(p->launches(), launches);
    p->run();
    p->export_state();
    return memory;
  }
};

void expect_the_bits_of_one_by_one(const Updates& u) {
  const auto want = u.after_a_step(false, 1, 6);
  for (int threads : {1, 3}) {
    const auto got = u.after_a_step(true, threads, 1);
    for (const auto& [name, a] : want) EXPECT_TRUE(same_bits(got.at(name), a)) << name;
  }
}

TEST(UpdateGroup, MakesTheBitsOfOneByOne) {
  expect_the_bits_of_one_by_one({"sgd", {}, 0, true});
  expect_the_bits_of_one_by_one({"sgd", {{"momentum", 0.9}, {"weight_decay", 0.1}}, 1, true});
  expect_the_bits_of_one_by_one({"adam", {{"weight_decay", 0.1}}, 2, true});
}

TEST(UpdateGroup, LeavesAStepThatIsNotAcceptedUndone) {
  const Updates u("adam", {}, 2, false);
  const auto got = u.after_a_step(true, 2, 1);
  for (const auto& [name, a] : u.arrays) EXPECT_TRUE(same_bits(got.at(name), a)) << name;
}

}  // namespace
}  // namespace nnrun::test
