// Whatever a user gets wrong ends in one clear, located error, the documented exit code, no run
// folder and no changed file.
#include "tests/support/command.h"

namespace nnrun::test {
namespace {

using Words = std::vector<std::string>;

const char kData[] =
    "data:\n"
    "  source: {type: inline, columns: [a, b, t], rows: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, "
    "0]]}\n"
    "  features: [a, b]\n"
    "  target: t\n";
const char kModel[] =
    "model:\n"
    "  type: Sequential\n"
    "  input_shape: [2]\n"
    "  layers:\n"
    "    - {type: Linear, name: hidden, out_features: 8}\n"
    "    - Tanh\n"
    "    - {type: Linear, name: out, out_features: 1}\n";
const char kTraining[] =
    "training:\n"
    "  epochs: 3\n"
    "  batch_size: 4\n"
    "  loss: BCEWithLogitsLoss\n"
    "  optimizer: {type: SGD, lr: 0.1}\n";

std::string whole(const std::string& data = kData, const std::string& model = kModel,
                  const std::string& training = kTraining) {
  return "nnrun: 1\nname: m\n" + data + model + training;
}

std::string layers(const std::string& list) {
  return whole(kData, "model:\n  type: Sequential\n  input_shape: [2]\n  layers:\n" + list);
}

std::string csv_model() {
  return whole(
      "data:\n  source: {type: csv, path: d.csv, header: true}\n  features: [a, b]\n  target: t\n");
}

std::string class_model(const std::string& source) {
  return whole("data:\n  source: " + source + "\n  target: t\n  features: [a, b]\n",
               "model:\n  type: Sequential\n  input_shape: [2]\n  layers:\n    - {type: Linear, "
               "out_features: 2}\n",
               "training: {epochs: 3, batch_size: 2, loss: CrossEntropyLoss, optimizer: {type: "
               "SGD, lr: 0.1}}\n");
}

std::string array_model(const std::string& source) {
  return whole("data:\n  source: " + source + "\n");
}

struct Case {
  std::string name;
  int exit;
  std::string fragment;
  Words args;
  std::map<std::string, std::string> files{};
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

/// A model file that is refused.
Case bad_file(const std::string& name, const std::string& fragment, const std::string& yaml,
              int exit = 3) {
  return {name, exit, fragment, {"train", "m.yaml"}, {{"m.yaml", yaml}}};
}
/// A good model file with wrong words on the command line.
Case bad_words(const std::string& name, int exit, const std::string& fragment, const Words& args) {
  return {name, exit, fragment, args, {{"m.yaml", whole()}}};
}
Case bad_override(const std::string& name, const std::string& fragment, const std::string& word,
                  int exit = 2) {
  return bad_words(name, exit, fragment, {"train", "m.yaml", word});
}
Case bad_data(const std::string& name, const std::string& fragment, const std::string& yaml,
              const std::string& file, const std::string& bytes, int exit = 4) {
  std::map<std::string, std::string> files{{"m.yaml", yaml}};
  if (!file.empty()) files[file] = bytes;
  return {name, exit, fragment, {"train", "m.yaml"}, files};
}

class BadInput : public ::testing::TestWithParam<Case> {};

TEST_P(BadInput, IsRefusedWithOneClearError) {
  const Case& c = GetParam();
  TempDir dir;
  for (const auto& [name, bytes] : c.files) dir.put(name, bytes);
  const auto before = files_below(dir.path());
  const CommandResult r = run_command(dir.path(), c.args);
  expect_clean_failure(r, c.exit, c.fragment);
  EXPECT_EQ(files_below(dir.path()), before) << "a file was made, changed or lost";
  EXPECT_EQ(run_command(dir.path(), c.args).err, r.err) << "not the same message again";
}

std::string name_of_case(const ::testing::TestParamInfo<Case>& i) { return i.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Yaml, BadInput,
    ::testing::Values(
        bad_file("Empty", "m.yaml:1:", ""), bad_file("OnlyAComment", "m.yaml:", "# nothing\n"),
        bad_file("AList", "m.yaml:1:1", "- 1\n- 2\n"), bad_file("AScalar", "m.yaml:1:1", "hello\n"),
        bad_file("UnclosedBracket", "m.yaml:", "nnrun: 1\nmodel: [1, 2\n"),
        bad_file("UnclosedQuote", "m.yaml:", "nnrun: 1\nname: \"abc\n"),
        bad_file("Tab", "m.yaml:3:", "nnrun: 1\nmodel:\n\ttype: Sequential\n"),
        bad_file("BadIndent",
                 "m.yaml:", "nnrun: 1\nmodel:\n    type: Sequential\n  input_shape: [2]\n"),
        bad_file("DuplicateKey", "m.yaml:3:1", "nnrun: 1\nname: a\nname: b\n"),
        bad_file("SecondDocument", "m.yaml:", whole() + "---\nnnrun: 1\n"),
        bad_file("UnknownAlias", "m.yaml:2:", "nnrun: 1\nname: *nobody\n"),
        bad_file("InvalidUtf8", "m.yaml:2:", "nnrun: 1\nname: \xff\xfe\n"),
        bad_file("NulByte", "m.yaml:", std::string("nnrun: 1\nname: a\0b\n", 19)),
        bad_file("DeepNesting", "m.yaml:", "nnrun: 1\nname: " + std::string(5000, '[') + "\n"),
        bad_file("AliasBomb", "m.yaml:",
                 "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
                 "[*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                 "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: "
                 "[*e,*e,*e,*e,*e,*e,*e]\n"),
        bad_file("LoopOfYamlCpp", "m.yaml:", "-,A\x81%\n]i "),
        bad_words("MissingFile", 3, "nosuch.yaml", {"train", "nosuch.yaml"}),
        bad_words("MissingFileToCheck", 3, "nosuch.yaml", {"check", "nosuch.yaml"})),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Schema, BadInput,
    ::testing::Values(
        bad_file("NoVersion", "nnrun", "name: m\n" + std::string(kData) + kModel + kTraining),
        bad_file("NewerVersion", "m.yaml:1:8",
                 "nnrun: 99\n" + std::string(kData) + kModel + kTraining),
        bad_file("UnknownTopKey", "did you mean 'training'?",
                 whole(kData, kModel, "trainning: {epochs: 3}\n")),
        bad_file("NoModel", "model", whole(kData, "", kTraining)),
        bad_file("NoLoss", "loss",
                 whole(kData, kModel,
                       "training:\n  epochs: 3\n  optimizer: {type: SGD, lr: 0.1}\n")),
        bad_file("UnknownLayer", "did you mean 'Linear'?",
                 layers("    - {type: Linaer, out_features: 1}\n")),
        bad_file("UnknownLayerArgument",
                 "m.yaml:11:", layers("    - {type: Linear, out_feature: 1}\n")),
        bad_file("WrongLayerType", "out_features",
                 layers("    - {type: Linear, out_features: many}\n")),
        bad_file("NegativeFeatures", "out_features",
                 layers("    - {type: Linear, out_features: -1}\n")),
        bad_file("HugeFeatures", "m.yaml:11:",
                 layers("    - {type: Linear, out_features: 9223372036854775807}\n"), 8),
        bad_file("DropoutProbability", "p",
                 layers("    - {type: Linear, out_features: 1}\n    - {type: Dropout, p: 1.5}\n")),
        bad_file("DuplicateLayerName", "'a'",
                 layers("    - {type: Linear, name: a, out_features: 1}\n    - {type: Linear, "
                        "name: a, out_features: 1}\n")),
        bad_file("UnknownInput", "nobody",
                 layers("    - {type: Linear, out_features: 1, inputs: [nobody]}\n")),
        bad_file("BadShortForm", "m.yaml:11:", layers("    - \"Linear(2, \"\n")),
        bad_file("BadFormula", "m.yaml:11:", layers("    - {type: Formula, expr: \"x +\"}\n")),
        bad_file("UnknownLoss", "did you mean 'MSELoss'?",
                 whole(kData, kModel,
                       "training: {epochs: 3, loss: MSELos, optimizer: {type: SGD, lr: 0.1}}\n")),
        bad_file("UnknownOptimizer", "SGD",
                 whole(kData, kModel,
                       "training: {epochs: 3, loss: MSELoss, optimizer: {type: SDG, lr: 0.1}}\n")),
        bad_file("LearningRateIsAWord", "lr",
                 whole(kData, kModel,
                       "training: {epochs: 3, loss: MSELoss, optimizer: {type: SGD, lr: fast}}\n")),
        bad_file("TypoInOptimizer", "did you mean 'momentum'?",
                 whole(kData, kModel,
                       "training: {epochs: 3, loss: MSELoss, optimizer: {type: SGD, lr: 0.1, "
                       "momentun: 0.9}}\n")),
        bad_file("NegativeEpochs", "epochs",
                 whole(kData, kModel,
                       "training: {epochs: -3, loss: MSELoss, optimizer: {type: SGD, lr: 0.1}}\n")),
        bad_file("BatchOfZero", "batch_size",
                 whole(kData, kModel,
                       "training: {epochs: 3, batch_size: 0, loss: MSELoss, optimizer: {type: SGD, "
                       "lr: 0.1}}\n")),
        bad_file("UnknownMetric", "accuracy",
                 whole(kData, kModel, std::string(kTraining) + "  metrics: [acuracy]\n")),
        bad_file("UnknownScheduler", "StepLR",
                 whole(kData, kModel,
                       std::string(kTraining) + "  scheduler: {type: StepRL, step_size: 2}\n")),
        bad_file("MonitorWithoutValidation", "val_loss",
                 whole(kData, kModel,
                       std::string(kTraining) +
                           "  early_stopping: {monitor: val_loss, patience: 2}\n")),
        bad_file("UnknownSource", "type", whole("data: {source: {type: cvs, path: d.csv}}\n"))),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Shapes, BadInput,
    ::testing::Values(
        bad_file("FeaturesNamesTheLayerBefore", "m.yaml:11:50: note: 'hidden'",
                 layers("    - {type: Linear, name: hidden, out_features: 16}\n    - {type: "
                        "Linear, in_features: 10, out_features: 1}\n")),
        bad_file("FeaturesSaysBothNumbers", "in_features is 10, but the layer before it gives 16",
                 layers("    - {type: Linear, name: hidden, out_features: 16}\n    - {type: "
                        "Linear, in_features: 10, out_features: 1}\n")),
        bad_file("ConvolutionOfAVector", "Conv2d",
                 layers("    - {type: Conv2d, out_channels: 1, kernel_size: 3}\n")),
        bad_file("AddOfTwoShapes", "Add",
                 layers("    - {type: Linear, name: a, out_features: 3}\n    - {type: Linear, "
                        "name: b, out_features: 4}\n    - {type: Add, inputs: [a, b]}\n")),
        bad_file("OutputDoesNotFitTheTarget",
                 "m.yaml:", layers("    - {type: Linear, out_features: 3}\n")),
        bad_file("ColumnsDoNotFitTheInput", "input_shape",
                 whole(kData,
                       "model:\n  type: Sequential\n  input_shape: [5]\n  layers:\n    - {type: "
                       "Linear, out_features: 1}\n"))),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Data, BadInput,
    ::testing::Values(
        bad_data("CsvMissing", "d.csv", csv_model(), "", ""),
        bad_data("CsvEmpty", "d.csv", csv_model(), "d.csv", ""),
        bad_data("CsvOnlyAHeader", "d.csv", csv_model(), "d.csv", "a,b,t\n"),
        bad_data("CsvCell", "d.csv:3:2: error: ", csv_model(), "d.csv", "a,b,t\n1,2,0\n1,two,1\n"),
        bad_data("CsvEmptyCell", "d.csv:2:1", csv_model(), "d.csv", "a,b,t\n,2,0\n1,2,1\n"),
        bad_data("CsvShortRow", "d.csv:3", csv_model(), "d.csv", "a,b,t\n1,2,0\n1,2\n"),
        bad_data("CsvLongRow", "d.csv:2", csv_model(), "d.csv", "a,b,t\n1,2,0,9\n1,2,1\n"),
        bad_data("CsvUnclosedQuote", "d.csv:2", csv_model(), "d.csv", "a,b,t\n\"1,2,0\n1,2,1\n"),
        bad_data("CsvColumnMissing", "'b'", csv_model(), "d.csv", "a,c,t\n1,2,0\n", 3),
        bad_data("CsvColumnTwice", "'a'", csv_model(), "d.csv", "a,a,b,t\n1,1,2,0\n"),
        bad_data("CsvNotFinite", "d.csv:2:1", csv_model(), "d.csv", "a,b,t\nnan,2,0\n1,2,1\n"),
        bad_data("LabelOutOfRange", "7", class_model("{type: csv, path: d.csv, header: true}"),
                 "d.csv", "a,b,t\n1,2,0\n1,2,7\n"),
        bad_data("LabelNegative", "-1", class_model("{type: csv, path: d.csv, header: true}"),
                 "d.csv", "a,b,t\n1,2,0\n1,2,-1\n"),
        bad_data("NpyMissing", "x.npy", array_model("{type: npy, features: x.npy, target: y.npy}"),
                 "", ""),
        bad_data("NpyNotNpy", "x.npy", array_model("{type: npy, features: x.npy, target: y.npy}"),
                 "x.npy", "hello"),
        bad_data("NpyCut", "x.npy", array_model("{type: npy, features: x.npy, target: y.npy}"),
                 "x.npy", std::string("\x93NUMPY\x01\0v\0{'desc", 16)),
        bad_data("NpzNotZip", "x.npz",
                 array_model("{type: npz, path: x.npz, features: x, target: y}"), "x.npz",
                 "PK but no zip"),
        bad_data("IdxMissing", "x.idx", array_model("{type: idx, features: x.idx, target: y.idx}"),
                 "", ""),
        bad_data("IdxMagic", "x.idx", array_model("{type: idx, features: x.idx, target: y.idx}"),
                 "x.idx", std::string(16, '\x7f')),
        bad_data("IdxHugeShape", "x.idx",
                 array_model("{type: idx, features: x.idx, target: y.idx}"), "x.idx",
                 std::string("\0\0\x08\x03\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff", 16)),
        bad_data("GzipCut", "x.idx.gz",
                 array_model("{type: idx, features: x.idx.gz, target: y.idx.gz}"), "x.idx.gz",
                 "\x1f\x8b\x08")),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    CommandLine, BadInput,
    ::testing::Values(
        bad_words("UnknownCommand", 2, "did you mean 'train'?", {"trian", "m.yaml"}),
        bad_words("SynonymOfACommand", 2, "did you mean 'train'?", {"fit", "m.yaml"}),
        bad_words("OnlyAnOption", 2, "no command", {"--quiet"}),
        bad_words("UnknownOption", 2, "--overwrite", {"train", "m.yaml", "--overwite"}),
        bad_words("OptionOfAnotherCommand", 2, "it is an option of nnrun train",
                  {"check", "m.yaml", "--quick=1"}),
        bad_words("MissingValue", 2, "--seed", {"train", "m.yaml", "--seed"}),
        bad_words("WrongValue", 2, "quick", {"train", "m.yaml", "--quick=soon"}),
        bad_words("ZeroOverfit", 2, "--overfit", {"train", "m.yaml", "--overfit", "0"}),
        bad_words("TwoFiles", 2, "unexpected 'n.yaml'", {"train", "m.yaml", "n.yaml"}),
        bad_words("NoFile", 2, "--resume", {"train"}),
        bad_words("CheckWithoutFile", 2, "usage: nnrun check", {"check"}),
        bad_words("FileAndResume", 2, "--resume", {"train", "m.yaml", "--resume", "r"}),
        bad_words("SeedIsAWord", 2, "seed", {"train", "m.yaml", "--seed", "lucky"}),
        bad_words("ThreadsNegative", 2, "threads", {"train", "m.yaml", "--threads", "-3"}),
        bad_words("UnknownDtype", 2, "dtype", {"train", "m.yaml", "--dtype", "float8"}),
        bad_words("UnknownColour", 2, "--color", {"train", "m.yaml", "--color", "blue"}),
        bad_words("UnknownTemplate", 2, "did you mean 'xor'?", {"new", "xorr"}),
        bad_words("UnknownPluginsWord", 2, "list", {"plugins", "lits"}),
        bad_words("OverrideWhereNoneIsTaken", 2, "takes no key=value", {"devices", "seed=3"}),
        bad_words("HelpOfUnknown", 2, "tarin", {"help", "tarin"}),
        bad_words("OverlayMissing", 3, "o.yaml", {"train", "m.yaml", "--config", "o.yaml"}),
        Case{"Werror",
             3,
             "m.yaml:",
             {"train", "m.yaml", "--werror"},
             {{"m.yaml", layers("    - {type: Linear, out_features: 4}\n    - {type: Linear, "
                                "out_features: 1}\n")}}},
        bad_override("Typo", "did you mean 'training.optimizer.lr'?", "training.optimiser.lr=1"),
        bad_override("WrongType", "training.epochs", "training.epochs=many"),
        bad_override("BrokenYaml", "<override>:1", "model.layers=[1,"),
        bad_override("IndexOutOfRange", "9", "model.layers.9.out_features=8"),
        bad_override("UnknownLayerName", "nobody", "model.layers.nobody.out_features=8"),
        bad_override("DeletesNothing", "nothing", "~training.nothing")),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Plugins, BadInput,
    ::testing::Values(
        bad_words("Cuda", 5, "cuda", {"train", "m.yaml", "--backend", "cuda"}),
        bad_words("UnknownBackend", 5, "onedmn", {"train", "m.yaml", "--backend", "onedmn"}),
        bad_words("NoDriver", 5, "no driver: /dev/accelerator0 is missing",
                  {"train", "m.yaml", "--backend", "no_driver", "--plugin-path",
                   NNRUN_BINARY_DIR "/tests/plugins/backends"}),
        bad_words("NoDevice", 5, "finds no device",
                  {"train", "m.yaml", "--backend", "no_device", "--plugin-path",
                   NNRUN_BINARY_DIR "/tests/plugins/backends"}),
        bad_words("UnknownDevice", 5, "gpu7", {"train", "m.yaml", "--backend", "reference:gpu7"}),
        bad_words("MissingFile", 5, "nosuch.so", {"train", "m.yaml", "--plugin", "./nosuch.so"}),
        bad_words("MissingName", 5, "nosuch", {"train", "m.yaml", "--plugin", "nosuch"}),
        bad_words("UnpinnedAndRequired", 5, "--require-pinned",
                  {"train", "m.yaml", "--plugin", "./nosuch.so", "--require-pinned"}),
        bad_words("WrongHash", 5, "pinned 0000",
                  {"train", "m.yaml", "--plugin",
                   NNRUN_BINARY_DIR "/lib/nnrun/nnrun-step.so@sha256:" + std::string(64, '0')}),
        bad_words("MalformedHash", 2, "sha256",
                  {"train", "m.yaml", "--plugin",
                   NNRUN_BINARY_DIR "/lib/nnrun/nnrun-step.so@sha256:12"}),
        Case{"TextFile",
             5,
             "bad.so",
             {"train", "m.yaml", "--plugin", "./bad.so"},
             {{"m.yaml", whole()}, {"bad.so", "#!/bin/sh\n"}}},
        Case{"EmptyFile",
             5,
             "bad.so",
             {"train", "m.yaml", "--plugin", "./bad.so"},
             {{"m.yaml", whole()}, {"bad.so", ""}}},
        bad_file("NamedInTheFile", "m.yaml:2:",
                 "nnrun: 1\nplugins: [nosuch]\n" + std::string(kData) + kModel + kTraining, 5)),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Files, BadInput,
    ::testing::Values(
        Case{"OutputNotEmpty",
             4,
             "not empty",
             {"train", "m.yaml", "-o", "."},
             {{"m.yaml", whole()}}},
        Case{"OutputIsAFile",
             4,
             "taken",
             {"train", "m.yaml", "-o", "taken"},
             {{"m.yaml", whole()}, {"taken", "mine"}}},
        Case{"OutputBelowAFile",
             4,
             "taken",
             {"train", "m.yaml", "-o", "taken/run"},
             {{"m.yaml", whole()}, {"taken", "mine"}}},
        Case{
            "RunsIsAFile", 4, "runs", {"train", "m.yaml"}, {{"m.yaml", whole()}, {"runs", "mine"}}},
        bad_words("WeightsMissing", 4, "w.safetensors",
                  {"train", "m.yaml", "--weights", "w.safetensors"}),
        Case{"WeightsBroken",
             4,
             "w.safetensors",
             {"train", "m.yaml", "--weights", "w.safetensors"},
             {{"m.yaml", whole()}, {"w.safetensors", "not tensors"}}},
        bad_words("ResumeMissing", 3, "nosuch", {"train", "--resume", "nosuch"}),
        bad_words("ResumeOfNoRun", 4, "not a run folder", {"train", "--resume", "."}),
        bad_words("EvalOfNoRun", 4, "not a run folder", {"eval", "."}),
        bad_words("EvalMissing", 3, "nosuch", {"eval", "nosuch"}),
        bad_words("PredictOfAFile", 2, "run folder", {"predict", "m.yaml"}),
        bad_words("PredictFormat", 2, "--format", {"predict", ".", "--format", "xml"})),
    name_of_case);

/// What may go wrong with a run that is there.
class BadUseOfARun : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.put("m.yaml", whole());
    const CommandResult r = run_command(dir_.path(), {"train", "m.yaml", "-o", "run", "-q"});
    ASSERT_EQ(r.exit, 0) << r.err;
  }
  void refused(int exit, const std::string& fragment, const Words& args) {
    const auto before = files_below(dir_.path());
    expect_clean_failure(run_command(dir_.path(), args), exit, fragment);
    EXPECT_EQ(files_below(dir_.path()), before);
  }
  TempDir dir_;
};

TEST_F(BadUseOfARun, TrainDoesNotOverwriteIt) {
  refused(4, "--overwrite", {"train", "m.yaml", "-o", "run"});
}

TEST_F(BadUseOfARun, WeightsOfOtherShapesNameTheTensorAndBothShapes) {
  refused(4, "'hidden.weight'",
          {"train", "m.yaml", "--weights", "run/model.safetensors",
           "model.layers.hidden.out_features=4"});
}

TEST_F(BadUseOfARun, EvalOfAnUnknownSplit) {
  refused(2, "--split", {"eval", "run", "--split", "half"});
}
TEST_F(BadUseOfARun, EvalOfAPartThatIsNotThere) {
  refused(2, "test", {"eval", "run", "--split", "test"});
}
TEST_F(BadUseOfARun, PredictOfAMissingFile) {
  refused(4, "new.csv", {"predict", "run", "new.csv"});
}

TEST_F(BadUseOfARun, PredictOfAFileWithoutAColumn) {
  dir_.put("new.csv", "a,c\n1,2\n");
  refused(4, "new.csv:1: error: feature 'b': no column 'b'", {"predict", "run", "new.csv"});
}

TEST_F(BadUseOfARun, PredictNamesTheBadCell) {
  dir_.put("new.csv", "a,b\n1,2\n1,x\n");
  refused(4, "new.csv:3:2", {"predict", "run", "new.csv"});
}

TEST_F(BadUseOfARun, DamagedWeights) {
  dir_.put("run/model.safetensors", bytes_of(dir_.file("run/model.safetensors")).substr(0, 40));
  refused(4, "model.safetensors", {"eval", "run"});
}

TEST_F(BadUseOfARun, DamagedRecord) {
  dir_.put("run/run.json", "{");
  refused(4, "run.json", {"predict", "run"});
}

TEST_F(BadUseOfARun, FailUnderWithoutANumber) {
  const CommandResult r = run_command(dir_.path(), {"eval", "run", "--fail-under", "loss"});
  EXPECT_EQ(r.exit, 2);
  EXPECT_NE(r.err.find("METRIC=NUMBER"), std::string::npos) << r.err;
}

TEST(BadInputJson, DiagnosticsGoToStandardOutputWithTheSameCode) {
  TempDir dir;
  dir.put("m.yaml", layers("    - {type: Linaer, out_features: 1}\n"));
  const CommandResult r = run_command(dir.path(), {"check", "m.yaml", "--json"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_NE(r.out.find("\"ok\":false"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("\"line\":11"), std::string::npos) << r.out;
}

TEST(BadInputAll, ErrorsOfAStageAreTold) {
  TempDir dir;
  dir.put(
      "m.yaml",
      whole(
          kData, kModel,
          "training: {epochs: 3, loss: MSELoss, optimizer: {type: SGD, lr: fast, momentun: 1}}\n"));
  const CommandResult r = run_command(dir.path(), {"check", "m.yaml"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_NE(r.err.find("lr"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("momentun"), std::string::npos) << r.err;
}

}  // namespace
}  // namespace nnrun::test
