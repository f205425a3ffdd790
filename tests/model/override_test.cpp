#include "core/model/override.h"

#include <gtest/gtest.h>

#include "tests/model/models.h"

namespace nnrun::test {
namespace {

Spec spiral_with(const std::string& override) { return spec_with(kSpiral, {override}); }

TEST(Override, ChangesAValue) {
  EXPECT_EQ(spiral_with("training.optimizer.lr=1e-2").training->optimizer.attrs.number("lr"), 0.01);
  EXPECT_EQ(spiral_with("seed=7").seed, 7u);
  EXPECT_EQ(spiral_with("+seed=7").seed, 7u);
}

TEST(Override, AddsWhatTheFileDoesNotSay) {
  EXPECT_EQ(spiral_with("training.clip_grad_norm=1").training->clip_grad_norm, 1.0);
  EXPECT_EQ(spiral_with("training.checkpoint.every=5").training->checkpoint.every, 5);
  EXPECT_EQ(spiral_with("output.dir=elsewhere").output.dir, "elsewhere");
}

TEST(Override, ReachesLayersByIndexAndByName) {
  EXPECT_EQ(
      spiral_with("model.layers.0.out_features=8").model.layers[0].attrs.integer("out_features"),
      8);
  EXPECT_EQ(spiral_with("model.layers.hidden.out_features=8")
                .model.layers[0]
                .attrs.integer("out_features"),
            8);
}

TEST(Override, ReachesIntoShortForms) {
  const Spec s = spec_with(kSpiral, {"model.layers.2.out_features=5", "model.layers.2.bias=false"});
  EXPECT_EQ(s.model.layers[2].attrs.integer("in_features"), 16);
  EXPECT_EQ(s.model.layers[2].attrs.integer("out_features"), 5);
  EXPECT_FALSE(s.model.layers[2].attrs.flag("bias"));
  EXPECT_EQ(spiral_with("training.loss.label_smoothing=0.1")
                .training->loss.attrs.number("label_smoothing"),
            0.1);
}

TEST(Override, ReachesIntoShorthands) {
  const std::string text = with_layers("    - ReLU\n") + "backend: cuda\nplugins: [a, b]\n";
  const Spec s =
      spec_with(text, {"backend.threads=3", "plugins.load.1.file=c", "plugins.path=dir"});
  EXPECT_EQ(s.backend.names, std::vector<std::string>{"cuda"});
  EXPECT_EQ(s.backend.threads, 3);
  EXPECT_EQ(s.plugins[0].name_or_file, "a");
  EXPECT_EQ(s.plugins[1].name_or_file, "c");
  EXPECT_EQ(s.plugin_path, std::vector<std::string>{"dir"});
  EXPECT_EQ(spiral_with("backend=cuda").backend.threads, 2);  // backend.name alone
}

TEST(Override, ReplacesListsAndMergesMappings) {
  EXPECT_EQ(spiral_with("data.features=[a, b]").data->features,
            (std::vector<std::string>{"a", "b"}));
  const Spec s = spiral_with("training.optimizer={lr: 0.5, nesterov: true}");
  EXPECT_EQ(s.training->optimizer.attrs.number("lr"), 0.5);
  EXPECT_EQ(s.training->optimizer.attrs.number("momentum"), 0.9);
}

TEST(Override, AnotherTypeReplacesTheWholeComponent) {
  const Spec s =
      spec_with(kSpiral, {"training.optimizer={type: Adam, lr: 0.5}", "model.layers.1={type: ReLU}",
                          "model.layers.0={type: Flatten}"});
  EXPECT_EQ(s.training->optimizer.type, "Adam");
  EXPECT_FALSE(s.training->optimizer.attrs.has("momentum"));
  EXPECT_EQ(s.model.layers[1].type, "ReLU");
  EXPECT_EQ(s.model.layers[0].type, "Flatten");
}

TEST(Override, NullIsTheDefaultAndTildeRemoves) {
  EXPECT_FALSE(spiral_with("training.scheduler=null").training->scheduler);
  EXPECT_FALSE(spiral_with("~training.scheduler").training->scheduler);
  EXPECT_EQ(spiral_with("seed=").seed, 0u);
  EXPECT_EQ(spiral_with("~model.layers.1").model.layers.size(), 2u);
  EXPECT_EQ(
      spiral_with("~training.optimizer.momentum").training->optimizer.attrs.number("momentum"), 0);
}

TEST(Override, LaterOnesWin) { EXPECT_EQ(spec_with(kSpiral, {"seed=1", "seed=2"}).seed, 2u); }

struct BadOverride {
  std::string override;
  int col;
  std::string message, hint = "";
};

TEST(Override, ErrorsAreOfUsageAndPointIntoTheOverride) {
  const BadOverride cases[] = {
      {"training.optimiser.lr=1", 10, "unknown key 'training.optimiser.lr'",
       "did you mean 'training.optimizer.lr'?"},
      {"training.optimizer.momentun=1", 20, "SGD: unknown key 'momentun'",
       "did you mean 'momentum'?"},
      {"sead=1", 1, "unknown key 'sead'", "did you mean 'seed'?"},
      {"zzzzzzz.b=1", 1, "unknown key 'zzzzzzz.b'", "keys here: nnrun"},
      {"seed", 1, "has no '='"},
      {"", 1, "has no '='"},
      {"a..b=1", 3, "a key is missing here"},
      {"=1", 1, "a key is missing here"},
      {"seed=one", 6, "seed is 'one', expected a plain decimal integer"},
      {"seed=[1", 6, "'[' is not closed"},
      {"seed=\"1", 6, "quote is not closed"},
      {"seed=010", 6, "seed is '010'", "no leading zero"},
      {"seed.x=1", 6, "'seed' is '1', not a mapping"},
      {"training.epochs=0", 17, "training.epochs is '0'"},
      {"training.optimizer.lr=fast", 23, "SGD: lr is 'fast'"},
      {"model.layers.9.bias=true", 14, "'model.layers' has 3 items and none called '9'"},
      {"model.layers.hiden.bias=true", 14, "none called 'hiden'", "did you mean 'hidden'?"},
      {"model.layers.-1.bias=true", 14, "none called '-1'"},
      {"model.layers.a.b[99]=1", 14, "none called 'a'"},
      {"model.layers.0.out_features=x", 29, "Linear 'hidden': out_features is 'x'"},
      {"model.layers.2.out_features=0", 29, "Linear '2': out_features is '0'"},
      {"~training.none", 11, "unknown key 'training.none'"},
      {"~output.dir", 2, "there is no 'output' to remove"},
      {"~seed=1", 6, "takes no value"},
      {"seed=1\nname: x", 1, "one line"},
      {"a\x1b[2J=1", 1, "a\\x1b[2J"},
  };
  for (const BadOverride& bad : cases) {
    SCOPED_TRACE(bad.override);
    const Error e = error_of([&] { spec_with(kSpiral, {"seed=1", bad.override}); });
    EXPECT_EQ(int(e.code()), int(Code::usage));
    EXPECT_EQ(e.where().file, kOverrideFile);
    EXPECT_EQ(e.where().line, 2);
    EXPECT_EQ(e.where().col, bad.col) << e.what();
    EXPECT_NE(std::string(e.what()).find(bad.message), std::string::npos) << e.what();
    EXPECT_NE(e.hint().find(bad.hint), std::string::npos) << e.hint();
  }
}

TEST(Override, AnErrorOfTheFileIsStillOneOfTheFile) {
  std::string text = kSpiral;
  text.replace(text.find("epochs: 200"), 11, "epochs: few");
  const Error e = error_of([&] { spec_with(text, {"seed=one"}); });
  EXPECT_EQ(int(e.code()), int(Code::model));
  ASSERT_EQ(e.more().size(), 1u);
  EXPECT_EQ(int(e.more()[0].code()), int(Code::usage));
}

TEST(Override, AnOverlayMergesLikeAMapping) {
  Tree tree = parse_model(kSpiral, kFile);
  apply_overlay(tree, parse_model("seed: 9\nbackend: [cuda]\ntraining:\n  optimizer: {lr: 0.5}\n",
                                  "over.yaml"));
  const Spec s = read_spec(tree, kFile);
  EXPECT_EQ(s.seed, 9u);
  EXPECT_EQ(s.backend.names, std::vector<std::string>{"cuda"});
  EXPECT_EQ(s.backend.threads, 2);
  EXPECT_EQ(s.training->optimizer.attrs.number("lr"), 0.5);
  EXPECT_EQ(s.training->optimizer.attrs.number("momentum"), 0.9);
  EXPECT_EQ(s.origins.at("seed").file, "over.yaml");
}

TEST(Override, AnErrorInAnOverlayNamesItsFile) {
  Tree tree = parse_model(kSpiral, kFile);
  apply_overlay(tree, parse_model("training:\n  epochs: x\n", "over.yaml"));
  const Error e = error_of([&] { read_spec(tree, kFile); });
  EXPECT_EQ(e.where().file, "over.yaml");
  EXPECT_EQ(e.where().line, 2);
  EXPECT_EQ(int(e.code()), int(Code::model));
}

}  // namespace
}  // namespace nnrun::test
