#include "core/model/read.h"

#include <gtest/gtest.h>

#include "tests/model/models.h"
#include "tests/support/files.h"

namespace nnrun::test {
namespace {

TEST(Read, TakesEverythingAFileSays) {
  const Spec s = spec_of(kSpiral);
  EXPECT_EQ(s.name, "spiral");
  EXPECT_EQ(s.seed, 42u);
  EXPECT_EQ(s.backend.names, std::vector<std::string>{"reference"});
  EXPECT_EQ(s.backend.threads, 2);
  EXPECT_EQ(s.data->source.type, "csv");
  EXPECT_EQ(s.data->source.attrs.text("path"), "points.csv");
  EXPECT_EQ(s.data->features, (std::vector<std::string>{"x", "y", "x*y"}));
  EXPECT_EQ(s.data->target, std::vector<std::string>{"label"});
  EXPECT_EQ(s.data->split->val, 0.1);
  EXPECT_TRUE(s.data->split->stratify);
  ASSERT_EQ(s.model.layers.size(), 3u);
  EXPECT_EQ(s.model.layers[0].name, "hidden");
  EXPECT_EQ(s.model.layers[0].attrs.integer("out_features"), 16);
  EXPECT_EQ(s.model.layers[1].type, "Tanh");
  EXPECT_EQ(s.model.layers[2].attrs.integer("in_features"), 16);
  EXPECT_EQ(s.training->optimizer.attrs.number("momentum"), 0.9);
  EXPECT_EQ(s.training->optimizer.attrs.flag("nesterov"), false);  // completed
  EXPECT_EQ(s.training->scheduler->attrs.integer("step_size"), 50);
  EXPECT_EQ(s.training->early_stopping->patience, 20);
}

TEST(Read, DefaultsAreThoseOfTheSpec) {
  const Spec s = spec_of(with_training("  loss: MSELoss\n  optimizer: SGD(lr=0.1)\n"));
  const TrainingSpec t;
  EXPECT_EQ(s.training->epochs, t.epochs);
  EXPECT_EQ(s.training->batch_size, t.batch_size);
  EXPECT_EQ(s.training->shuffle, t.shuffle);
  EXPECT_EQ(s.training->drop_last, t.drop_last);
  EXPECT_EQ(s.training->on_nan, t.on_nan);
  EXPECT_EQ(s.training->checkpoint.keep_last, t.checkpoint.keep_last);
  EXPECT_EQ(s.backend.names, BackendSpec().names);
  EXPECT_EQ(s.backend.device, BackendSpec().device);
  EXPECT_EQ(s.backend.threads, BackendSpec().threads);
  EXPECT_EQ(s.output.dir, OutputSpec().dir);
  EXPECT_EQ(s.output.metrics, OutputSpec().metrics);
  EXPECT_EQ(s.output.metrics_every, OutputSpec().metrics_every);
  EXPECT_FALSE(s.data);
  EXPECT_EQ(s.name, "m");  // the file's
}

TEST(Read, ABackendIsANameAListOrAMapping) {
  const auto names = [](const std::string& backend) {
    return spec_of(with_layers("    - ReLU\n") + "backend: " + backend + "\n").backend.names;
  };
  EXPECT_EQ(names("cuda"), std::vector<std::string>{"cuda"});
  EXPECT_EQ(names("[cuda, onednn]"), (std::vector<std::string>{"cuda", "onednn"}));
  EXPECT_EQ(names("{name: [cuda, onednn]}"), (std::vector<std::string>{"cuda", "onednn"}));
  EXPECT_EQ(names("{dtype: float64}"), BackendSpec().names);
  EXPECT_EQ(names("null"), BackendSpec().names);
}

TEST(Read, PluginsAreAListOrAMapping) {
  const auto read = [](const std::string& plugins) {
    return read_plugins(parse_model("nnrun: 1\nplugins: " + plugins + "\n", "dir/m.yaml"),
                        "dir/m.yaml");
  };
  EXPECT_EQ(read("[step, ./own.so]").load[1].name_or_file, "./own.so");
  EXPECT_EQ(read("[step]").load[0].base_dir, "dir");
  const std::string hash(64, 'a');
  const PluginSections p = read("{path: [./plugins], load: [{file: libswish.so, sha256: " + hash +
                                ", provides: [Swish]}]}");
  EXPECT_EQ(p.path, std::vector<std::string>{"dir/./plugins"});
  EXPECT_EQ(p.load[0].sha256, hash);
  EXPECT_EQ(p.load[0].provides, std::vector<std::string>{"Swish"});
  EXPECT_EQ(read("[{file: a, sha256: {linux-x86_64: " + hash + ", linux-aarch64: " + hash + "}}]")
                .load[0]
                .sha256,
            hash);
}

TEST(Read, PluginsAreReadBeforeTheLayersTheyBring) {
  const Tree t = parse_model(with_layers("    - NotYetLoaded\n") + "plugins: [swish]\n", kFile);
  EXPECT_EQ(read_plugins(t, kFile).load[0].name_or_file, "swish");
}

TEST(Read, NumbersAreReadByTheSchema) {
  for (const char* lr : {"1e-3", "1e-03", "1.e-3", ".001", "0.001", "+1E-3"}) {
    const Spec s = spec_of(
        with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: " + std::string(lr) + "}\n"));
    EXPECT_EQ(s.training->optimizer.attrs.number("lr"), 0.001) << lr;
  }
  const Spec s = spec_of(with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: 1}\n"));
  EXPECT_EQ(s.training->optimizer.attrs.number("lr"), 1.0);
}

TEST(Read, TheShortFormIsWhatTorchPrints) {
  const Spec s =
      spec_of(with_layers("    - Conv2d(1, 6, kernel_size=(5, 3), bias=False)\n"
                          "    - 'Linear(16, out_features=2)'\n"
                          "    - ReLU()\n"
                          "    - {type: 'Linear(2, 4)', name: out}\n"));
  const auto& l = s.model.layers;
  EXPECT_EQ(l[0].attrs.integer("out_channels"), 6);
  EXPECT_EQ(l[0].attrs.integers("kernel_size"), (std::vector<int64_t>{5, 3}));
  EXPECT_FALSE(l[0].attrs.flag("bias"));
  EXPECT_EQ(l[0].marks.at("kernel_size").col, 32);
  EXPECT_EQ(l[1].attrs.integer("out_features"), 2);
  EXPECT_EQ(l[2].type, "ReLU");
  EXPECT_EQ(l[3].name, "out");
  EXPECT_EQ(l[3].attrs.integer("out_features"), 4);
}

TEST(Read, PaddingIsNumbersOrAWord) {
  const Spec s = spec_of(
      with_layers("    - Conv2d(3, 8, 3, padding='same')\n"
                  "    - Conv2d(3, 8, 3, padding=valid)\n"
                  "    - {type: Conv2d, out_channels: 8, kernel_size: 3, padding: [1, 2]}\n"));
  const auto& l = s.model.layers;
  EXPECT_EQ(l[0].attrs.text("padding"), "same");
  EXPECT_EQ(l[1].attrs.text("padding"), "valid");
  EXPECT_EQ(l[2].attrs.integers("padding"), (std::vector<int64_t>{1, 2}));
  expect_refused(
      {"word", with_layers("    - Conv2d(3, 8, 3, padding=sane)\n"), 5, 31,
       "padding is 'sane', expected plain decimal integers of at least 0, or valid or same",
       "same"});
}

TEST(Read, NullIsAValueWhereAnArgumentTakesIt) {
  const Spec s =
      spec_of(with_layers("    - BatchNorm1d(3, momentum=None)\n"
                          "    - {type: BatchNorm1d, momentum: null, eps: null}\n"
                          "    - BatchNorm1d\n"));
  const auto& l = s.model.layers;
  for (size_t i : {0, 1}) {
    EXPECT_EQ(*l[i].attrs.find("momentum"), AttrValue(nullptr));
    EXPECT_FALSE(l[i].attrs.has("momentum"));
  }
  EXPECT_EQ(l[1].attrs.find("eps"), nullptr);
  EXPECT_EQ(l[2].attrs.find("momentum"), nullptr);
}

TEST(Read, ContainersHoldLayers) {
  const Spec s =
      spec_of(with_layers("    - type: Residual\n"
                          "      name: block\n"
                          "      layers: ['Linear(3, 3)', Tanh]\n"
                          "      shortcut:\n"
                          "        - {type: Linear, out_features: 3}\n"));
  const LayerConfig& block = s.model.layers[0];
  EXPECT_EQ(block.layers[0].attrs.integer("in_features"), 3);
  EXPECT_EQ(block.shortcut[0].attrs.integer("out_features"), 3);
}

TEST(Read, AFormulaTakesAnyNumber) {
  const Spec s =
      spec_of(with_layers("    - {type: Formula, expr: 'x * sigmoid(beta * x)', beta: 1.5}\n"));
  EXPECT_EQ(s.model.layers[0].attrs.number("beta"), 1.5);
  expect_refused({"text", with_layers("    - {type: Formula, expr: x, beta: big}\n"), 5, 38,
                  "beta is 'big', expected a finite number"});
}

TEST(Read, AnInlineSourceKeepsItsCells) {
  const Spec s =
      spec_of(with_data("  source:\n"
                        "    type: inline\n"
                        "    columns: [a, b]\n"
                        "    rows:\n"
                        "      - [0, 1.5]\n"
                        "      - [1, cat]\n"));
  EXPECT_EQ(s.data->source.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(s.data->source.rows[1], (std::vector<std::string>{"1", "cat"}));
  EXPECT_EQ(s.data->source.row_marks[1][1].line, 11);
  EXPECT_EQ(s.data->source.row_marks[1][1].col, 13);
}

TEST(Read, RefusesWrongFilesAtTheOffendingToken) {
  const Bad cases[] = {
      // The top
      {"no version", "model: {input_shape: [3], layers: [ReLU]}\n", 1, 1, "nnrun is missing"},
      {"newer version", "nnrun: 2\nmodel: {input_shape: [3], layers: [ReLU]}\n", 1, 8,
       "format version 2, this nnrun reads version 1", "newer nnrun"},
      {"version text", "nnrun: one\nmodel: {input_shape: [3], layers: [ReLU]}\n", 1, 8,
       "nnrun is 'one', expected a plain decimal integer"},
      {"no model", "nnrun: 1\n", 1, 1, "model is missing"},
      {"empty model", "nnrun: 1\nmodel:\n", 1, 1, "model is missing"},
      {"model is a list", "nnrun: 1\nmodel: [ReLU]\n", 2, 8, "model is a list, expected a mapping"},
      {"unknown section", with_layers("    - ReLU\n") + "traning: {}\n", 6, 1,
       "unknown key 'traning'", "did you mean 'training'?"},
      {"unknown section, nothing near", with_layers("    - ReLU\n") + "zzzzzzzz: 1\n", 6, 1,
       "unknown key 'zzzzzzzz'", "keys here: nnrun, name"},
      {"strict is no key", with_layers("    - ReLU\n") + "strict: true\n", 6, 1,
       "unknown key 'strict'"},
      {"name with a slash", with_layers("    - ReLU\n") + "name: a/b\n", 6, 7, "name for a folder"},
      {"name with an escape", with_layers("    - ReLU\n") + "name: \"a\\e[2J\"\n", 6, 7,
       "a\\x1b[2J"},
      {"negative seed", with_layers("    - ReLU\n") + "seed: -1\n", 6, 7, "seed is '-1', expected"},
      // Backend, plug-ins, output, lint
      {"dtype", with_layers("    - ReLU\n") + "backend: {dtype: float23}\n", 6, 18,
       "backend.dtype is 'float23', expected one of: float32, float64, bfloat16", "float32"},
      {"threads", with_layers("    - ReLU\n") + "backend: {threads: 0}\n", 6, 20,
       "expected a plain decimal integer between 1 and", ""},
      {"threads word", with_layers("    - ReLU\n") + "backend: {threads: aut}\n", 6, 20, "or auto",
       "did you mean 'auto'?"},
      {"no backend", with_layers("    - ReLU\n") + "backend: []\n", 6, 10, "names no backend"},
      {"hash", with_layers("    - ReLU\n") + "plugins: [{file: a, sha256: abc}]\n", 6, 29,
       "plugins.load.0.sha256 is 'abc', expected 64 hexadecimal digits"},
      {"plug-in without file", with_layers("    - ReLU\n") + "plugins: [{provides: x}]\n", 6, 11,
       "plugins.load.0.file is missing"},
      {"other platforms' hash",
       with_layers("    - ReLU\n") + "plugins: [{file: a, sha256: {plan9-mips: x}}]\n", 6, 29,
       "has no hash for"},
      {"metrics format", with_layers("    - ReLU\n") + "output: {metrics: [cvs]}\n", 6, 20,
       "output.metrics is 'cvs', expected one of: csv, jsonl", "did you mean 'csv'?"},
      {"lint name", with_layers("    - ReLU\n") + "lint: {off: [linear-liner]}\n", 6, 14,
       "lint.off is 'linear-liner'", "did you mean 'linear-linear'?"},
      // Model
      {"no input_shape", "nnrun: 1\nmodel:\n  layers: [ReLU]\n", 3, 3,
       "model.input_shape is missing"},
      {"input_shape 0", "nnrun: 1\nmodel: {input_shape: [3, 0], layers: [ReLU]}\n", 2, 26,
       "model.input_shape is '0', expected plain decimal integers of at least 1"},
      {"input_shape empty", "nnrun: 1\nmodel: {input_shape: [], layers: [ReLU]}\n", 2, 22,
       "model.input_shape has 0 values, expected 1 to 7"},
      {"no layers", "nnrun: 1\nmodel: {input_shape: [3]}\n", 2, 8, "model.layers is missing"},
      {"layers empty", "nnrun: 1\nmodel: {input_shape: [3], layers: []}\n", 2, 35,
       "model.layers has no layers"},
      {"layers a mapping", "nnrun: 1\nmodel: {input_shape: [3], layers: {type: ReLU}}\n", 2, 35,
       "model.layers is a mapping, expected a list of layers"},
      {"graph", "nnrun: 1\nmodel: {type: Graph, input_shape: [3], layers: [ReLU]}\n", 2, 15,
       "model.type is 'Graph', expected Sequential"},
      // Layers
      {"unknown layer", with_layers("    - ReLu\n"), 5, 7, "there is no layer 'ReLu'",
       "did you mean 'ReLU'?"},
      {"Keras' name", with_layers("    - {type: Dense, units: 3}\n"), 5, 14,
       "there is no layer 'Dense'", "Linear"},
      {"layer without type", with_layers("    - {out_features: 3}\n"), 5, 7,
       "model.layers.0.type is missing"},
      {"layer is a number", with_layers("    - [3]\n"), 5, 7,
       "model.layers.0 is a list, expected a layer type"},
      {"unknown argument", with_layers("    - {type: Linear, out_feature: 3}\n"), 5, 22,
       "Linear '0': unknown key 'out_feature'", "did you mean 'out_features'?"},
      {"argument of no layer", with_layers("    - {type: ReLU, p: 3}\n"), 5, 20,
       "ReLU '0': unknown key 'p'"},
      {"missing argument", with_layers("    - {type: Linear, name: out, bias: true}\n"), 5, 14,
       "Linear 'out': out_features is missing (model.layers.0.out_features)"},
      {"text for integer", with_layers("    - {type: Linear, out_features: ten}\n"), 5, 36,
       "out_features is 'ten', expected a plain decimal integer"},
      {"fraction for integer", with_layers("    - {type: Linear, out_features: 1.5}\n"), 5, 36,
       "out_features is '1.5', expected a plain decimal integer"},
      {"list for integer", with_layers("    - {type: Linear, out_features: [1]}\n"), 5, 36,
       "out_features is a list, expected a plain decimal integer"},
      {"quoted integer", with_layers("    - {type: Linear, out_features: \"3\"}\n"), 5, 36,
       "expected a plain decimal integer", "leave the quotes out"},
      {"zero units", with_layers("    - {type: Linear, out_features: 0}\n"), 5, 36,
       "of at least 1"},
      {"negative units", with_layers("    - {type: Linear, out_features: -1}\n"), 5, 36,
       "of at least 1"},
      {"integer beyond 64 bits",
       with_layers("    - {type: Linear, out_features: 99999999999999999999}\n"), 5, 36,
       "expected a plain decimal integer"},
      {"octal", with_layers("    - {type: Linear, out_features: 010}\n"), 5, 36,
       "'010', expected a plain decimal integer", "no leading zero"},
      {"hexadecimal", with_layers("    - {type: Linear, out_features: 0x10}\n"), 5, 36,
       "plain decimal integer", "plain decimal"},
      {"new octal", with_layers("    - {type: Linear, out_features: 0o17}\n"), 5, 36,
       "plain decimal integer"},
      {"underscores", with_layers("    - {type: Linear, out_features: 1_000}\n"), 5, 36,
       "plain decimal integer", "without '_'"},
      {"yes", with_layers("    - {type: Linear, out_features: 2, bias: yes}\n"), 5, 45,
       "bias is 'yes', expected true or false", "write true"},
      {"off", with_layers("    - {type: Linear, out_features: 2, bias: off}\n"), 5, 45,
       "true or false", "write false"},
      {"True", with_layers("    - {type: Linear, out_features: 2, bias: True}\n"), 5, 45,
       "true or false", "write true"},
      {"quoted true", with_layers("    - {type: Linear, out_features: 2, bias: 'true'}\n"), 5, 45,
       "true or false", "quotes"},
      {"probability", with_layers("    - {type: Dropout, p: 1.5}\n"), 5, 26,
       "p is '1.5', expected a finite number between 0 and 1"},
      {"three for a pair",
       with_layers("    - {type: Conv2d, out_channels: 3, kernel_size: [1, 2, 3]}\n"), 5, 52,
       "kernel_size has 3 values, expected 2"},
      {"short form open", with_layers("    - Linear(3, 2\n"), 5, 13, "'(' is not closed"},
      {"short form in brackets", "nnrun: 1\nmodel: {input_shape: [3], layers: [Linear(3, 2)]}\n", 2,
       42, "'(' is not closed", "needs quotes"},
      {"short form empty argument", with_layers("    - Linear(3,, 2)\n"), 5, 16,
       "an argument is missing"},
      {"short form too many", with_layers("    - ReLU(true, 2, 3)\n"), 5, 18,
       "ReLU takes 1 argument, this is number 2"},
      {"short form twice", with_layers("    - Linear(3, in_features=2)\n"), 5, 29,
       "in_features is given twice"},
      {"short form order", with_layers("    - Linear(in_features=3, 2)\n"), 5, 29,
       "positional argument stands after a named one"},
      {"short form value", with_layers("    - Linear(3, two)\n"), 5, 17, "out_features is 'two'"},
      {"short form unknown", with_layers("    - Linear(3, 2, biass=false)\n"), 5, 20,
       "unknown key 'biass'", "bias"},
      {"container without layers", with_layers("    - Residual\n"), 5, 7,
       "layers is missing (model.layers.0.layers)"},
      {"layers of no container", with_layers("    - {type: ReLU, layers: [Tanh]}\n"), 5, 20,
       "unknown key 'layers'"},
      {"shortcut of Sequential",
       with_layers("    - {type: Sequential, layers: [Tanh], shortcut: [Tanh]}\n"), 5, 42,
       "unknown key 'shortcut'"},
      {"inner layer",
       with_layers("    - type: Residual\n      name: block\n      layers:\n        - {type: "
                   "Linear, out_features: x}\n"),
       8, 40, "Linear 'block.layers.0': out_features is 'x'"},
      // Training
      {"no loss", with_training("  optimizer: {type: SGD, lr: 0.1}\n"), 6, 3,
       "training.loss is missing"},
      {"unknown loss", with_training("  loss: MSE\n  optimizer: {type: SGD, lr: 0.1}\n"), 6, 9,
       "there is no loss 'MSE'"},
      {"unknown optimizer", with_training("  loss: MSELoss\n  optimizer: {type: Adm, lr: 0.1}\n"),
       7, 21, "there is no optimizer 'Adm'", "did you mean 'Adam'?"},
      {"momentun",
       with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1, momentun: 0.9}\n"), 7, 35,
       "SGD: unknown key 'momentun'", "did you mean 'momentum'?"},
      {"lr: fast", with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: fast}\n"), 7, 30,
       "SGD: lr is 'fast', expected a finite number"},
      {"lr: .nan", with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: .nan}\n"), 7, 30,
       "expected a finite number"},
      {"lr: .inf", with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: .inf}\n"), 7, 30,
       "expected a finite number"},
      {"lr: -1", with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: -1}\n"), 7, 30,
       "expected a finite number"},
      {"lr: 1e400", with_training("  loss: MSELoss\n  optimizer: {type: SGD, lr: 1e400}\n"), 7, 30,
       "expected a finite number"},
      {"decimal comma",
       with_training("  loss: MSELoss\n  optimizer:\n    type: SGD\n    lr: 0,1\n"), 9, 9,
       "lr is '0,1'", "decimal point is '.'"},
      {"reduction",
       with_training(
           "  loss: {type: MSELoss, reduction: avg}\n  optimizer: {type: SGD, lr: 0.1}\n"),
       6, 36, "MSELoss: reduction is 'avg', expected one of: mean, sum"},
      {"epochs", with_training("  epochs: 0\n  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1}\n"),
       6, 11, "training.epochs is '0', expected a plain decimal integer between 1 and"},
      {"metric",
       with_training("  metrics: acuracy\n  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1}\n"), 6,
       12, "training.metrics is 'acuracy', expected one of: accuracy, mae, mse, r2, f1",
       "did you mean 'accuracy'?"},
      {"early stopping",
       with_training(
           "  early_stopping: true\n  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1}\n"),
       6, 19, "training.early_stopping is 'true', expected a mapping"},
      {"monitor",
       with_training("  early_stopping: {monitor: val_acc}\n  loss: MSELoss\n  optimizer: {type: "
                     "SGD, lr: 0.1}\n"),
       6, 29, "training.early_stopping.monitor is 'val_acc', expected one of: loss, val_loss"},
      {"clip",
       with_training("  clip_grad_norm: 0\n  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1}\n"),
       6, 19, "training.clip_grad_norm is '0', expected a finite number > 0"},
      {"on_nan",
       with_training("  on_nan: stopp\n  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1}\n"), 6,
       11, "training.on_nan is 'stopp'", "did you mean 'stop'?"},
      {"nested typo",
       with_training(
           "  checkpoint: {evry: 3}\n  loss: MSELoss\n  optimizer: {type: SGD, lr: 0.1}\n"),
       6, 16, "unknown key 'training.checkpoint.evry'", "did you mean 'every'?"},
      // Data
      {"no source", with_data("  target: y\n"), 6, 3, "data.source is missing"},
      {"unknown source", with_data("  source: {type: cvs, path: x}\n"), 6, 18, "source 'cvs'",
       "did you mean 'csv'?"},
      {"source without path", with_data("  source: {type: csv}\n"), 6, 18,
       "csv: path is missing (data.source.path)"},
      {"normalize", with_data("  source: csv(x.csv)\n  normalize: standart\n"), 7, 14,
       "data.normalize is 'standart'", "standard"},
      {"split sum", with_data("  source: csv(x.csv)\n  split: {train: 0.8, val: 0.1}\n"), 7, 10,
       "add up to 0.9, expected 1"},
      {"split part", with_data("  source: csv(x.csv)\n  split: {val: 1.5}\n"), 7, 16,
       "data.split.val is '1.5', expected a finite number between 0 and 1"},
      {"split without training", with_data("  source: csv(x.csv)\n  split: {val: 1}\n"), 7, 10,
       "leaves no rows for training"},
      {"val twice", with_data("  source: csv(x.csv)\n  val: csv(y.csv)\n  split: {val: 0.1}\n"), 7,
       8, "data.val is given, but data.split takes 0.1"},
      {"inline without rows", with_data("  source: {type: inline, columns: [a]}\n"), 6, 18,
       "data.source.rows must be a list of rows"},
      {"inline row", with_data("  source: {type: inline, columns: [a, b], rows: [[1, 2], [3]]}\n"),
       6, 58, "expected a row of 2 values, one per column, got 1"},
      {"rows of csv", with_data("  source: {type: csv, path: x, rows: [[1]]}\n"), 6, 32,
       "csv: unknown key 'rows'"},
  };
  for (const Bad& bad : cases) expect_refused(bad);
}

TEST(Read, MonitoringValidationNeedsRowsForIt) {
  std::string text = kSpiral;
  text.replace(text.find("train: 0.8, val: 0.1, test: 0.1"), 31, "train: 0.9, val: 0.0, test: 0.1");
  expect_refused({"no rows", text, 24, 29, "there are no rows for validation", "data.val"});
}

TEST(Read, ReportsAllErrorsSortedByLine) {
  const Error e = error_of([] {
    spec_of(with_layers("    - {type: Linear, out_features: 16}\n"
                        "    - {type: Linear, out_features: none}\n") +
            "training:\n"
            "  optimizer: {type: SGD, lr: fast, momentun: 0.9}\n"
            "  loss: MSEloss\n"
            "seed: x\n");
  });
  std::vector<int> lines = {e.where().line};
  for (const Error& more : e.more()) lines.push_back(more.where().line);
  EXPECT_EQ(lines, (std::vector<int>{6, 8, 8, 9, 10}));
}

TEST(Read, ReportsTwentyErrorsAndCountsTheRest) {
  std::string layers;
  for (int i = 0; i < 30; ++i) layers += "    - ReLu\n";
  const Error e = error_of([&] { spec_of(with_layers(layers)); });
  ASSERT_EQ(e.more().size(), 19u);
  ASSERT_EQ(e.more().back().notes().size(), 1u);
  EXPECT_EQ(e.more().back().notes()[0].message, "10 more errors");
}

TEST(Read, AMisspeltKeyIsOneErrorNotTwo) {
  const Error e = error_of([] { spec_of(with_layers("    - {type: Linear, out_feature: 3}\n")); });
  EXPECT_TRUE(e.more().empty());
}

TEST(Read, PathsOnTheCommandLineStartInTheCurrentFolder) {
  Tree tree = parse_model(
      with_data("  source: {type: csv, path: a.csv}\n  val: {type: csv, path: b.csv}\n"),
      "dir/m.yaml");
  apply_override(tree, "data.val.path=c.csv", 1);
  const Spec s = read_spec(tree, "dir/m.yaml");
  EXPECT_EQ(s.data->source.attrs.text("path"), "a.csv");
  EXPECT_EQ(s.data->source.base_dir, "dir");
  EXPECT_EQ(s.data->val->attrs.text("path"), std::filesystem::absolute("c.csv").string());
}

TEST(Read, AnyDamageIsAnErrorOrASpec) {
  const int refused = survive_damage(kSpiral, [](const std::string& s) { spec_of(s); });
  EXPECT_GT(refused, 2000);
}

}  // namespace
}  // namespace nnrun::test
