#include "core/model/schema.h"

#include "core/data/data.h"
#include "core/model/lint.h"
#include "core/nn/layer.h"
#include "core/nn/loss.h"
#include "core/nn/optimizer.h"
#include "core/nn/scheduler.h"

namespace nnrun {
namespace {

using Form = Key::Form;

template <class Def> ComponentType type_of(const Def& d) {
  return {d.name, d.doc, {d.name}, &d.attrs};
}
ComponentType type_of(const LayerDef& d) {
  return {d.name, d.doc, names_of(d), &d.attrs, d.any_number, d.container};
}
template <class Defs> std::vector<ComponentType> types_of(const Defs& defs) {
  std::vector<ComponentType> r;
  for (const auto* d : defs) r.push_back(type_of(*d));
  return r;
}

AttrDecl integer(const char* name, int64_t dflt, const char* doc) {
  return attr(name, AttrValue(dflt), doc);
}
AttrDecl number(const char* name, double dflt, const char* doc) {
  return attr(name, AttrValue(dflt), doc);
}
AttrDecl flag(const char* name, bool dflt, const char* doc) {
  return attr(name, AttrValue(dflt), doc);
}
AttrDecl text(const char* name, const char* dflt, const char* doc) {
  return attr(name, AttrValue(dflt), doc);
}
AttrDecl optional_text(const char* name, const char* doc) {
  return optional_attr(name, AttrKind::text, doc);
}

/// An integer of at least 1, or the word auto, which is the default.
AttrDecl integer_or_auto(const char* name, const char* doc) {
  AttrDecl d = text(name, "auto", doc).of({"auto"}).range(1, 1e9);
  d.kind = AttrKind::integer;
  return d;
}

Key component(AttrDecl decl, const ComponentKind& (*kind)()) {
  return {std::move(decl), Form::component, nullptr, kind};
}
Key section(const char* name, const Section& s) {
  return {optional_text(name, s.doc.c_str()), Form::section, &s};
}
Key texts(AttrDecl decl, std::vector<std::string> dflt = {}) {
  return {std::move(decl), Form::texts, nullptr, nullptr, std::move(dflt)};
}

const Section& backend_section() {
  static const Section s = {
      "what computes: a backend, several in order of preference, or a mapping",
      "name",
      {texts(optional_text("name", "backends in order of preference"), {"onednn", "reference"}),
       {text("device", "auto", "device of the backend; auto: its first")},
       {text("dtype", "float32", "type of values and weights; bfloat16 keeps float32 weights")
            .of({"float32", "float64", "bfloat16"})},
       {text("math", "strict", "fast allows approximations that a backend marks as such")
            .of({"strict", "fast"})},
       {text("fallback", "warn", "what an op means that only a later backend can do")
            .of({"warn", "error"})},
       {flag("fuse", true, "several ops as one kernel where the backend offers that")},
       {integer_or_auto("threads", "threads of the CPU backends")},
       {flag("deterministic", false, "the same bits at every run, at any price")},
       {integer(
            "measure_ms", 3000,
            "what a plan may spend on timing kernels where estimates leave the choice open; what "
            "it finds is kept for the next plans on this machine. 0: estimates alone")
            .range(0, 1e6)}}};
  return s;
}

const Section& plugin_entry() {
  static const Section s = {
      "a plug-in: its name, its file, or a mapping",
      "file",
      {{required_attr("file", AttrKind::text, "name (step) or file (libswish.so, ./step.so)")},
       {optional_text("sha256",
                      "refuse the file when its hash is another; by platform if a mapping"),
        Form::hashes},
       texts(optional_text("provides", "names it must provide"))}};
  return s;
}

const Section& plugins_section() {
  static const Section s = {
      "shared libraries with layers, ops and backends; they run as part of nnrun",
      "load",
      {texts(optional_text("path", "folders to search, relative to the model file")),
       {optional_text("load", "plug-ins to load"), Form::sections, &plugin_entry()}}};
  return s;
}

const Section& split_section() {
  static const Section s = {
      "parts of the rows, drawn by the seed; they add up to 1",
      "",
      {{optional_attr("train", AttrKind::number, "part for training; default: the rest")
            .range(0, 1)},
       {number("val", 0, "part for validation").range(0, 1)},
       {number("test", 0, "part for testing").range(0, 1)},
       {flag("stratify", false, "every part has the classes in the same proportion")}}};
  return s;
}

const Section& data_section() {
  static const Section s = {
      "where samples come from",
      "",
      {component(required_attr("source", AttrKind::text, "where rows are read from"), sources),
       component(optional_text("val", "rows for validation, instead of a split"), sources),
       component(optional_text("test", "rows for testing, instead of a split"), sources),
       texts(optional_text("features", "columns by name or index, or derived: x^2, x*y, sin(x)")),
       texts(optional_text("target", "columns of the target")),
       {text("normalize", "none", "scaling of the features, by statistics of the training part")
            .of({"none", "unit", "minmax", "standard"})},
       section("split", split_section())}};
  return s;
}

const Section& model_section() {
  static const Section s = {
      "the network",
      "",
      {{text("type", "Sequential", "how the layers are put together").of({"Sequential"})},
       {required_attr("input_shape", AttrKind::integer, "shape of one sample, no batch dimension")
            .at_least(1)
            .count(1, 7)},
       {required_attr("layers", AttrKind::text, "from input to output"), Form::layers}}};
  return s;
}

const Section& early_stopping_section() {
  static const Section s = {
      "stop when a value no longer gets better",
      "",
      {{text("monitor", "val_loss", "loss, val_loss or one of the metrics")},
       {integer("patience", 10, "epochs without improvement before training stops").at_least(1)},
       {number("min_delta", 0, "a smaller change is no improvement").at_least(0)},
       {flag("restore_best", true, "end with the best weights, not the last")}}};
  return s;
}

const Section& checkpoint_section() {
  static const Section s = {
      "saved states that training can resume from",
      "",
      {{integer("every", 0, "epochs between checkpoints; 0: none").at_least(0)},
       {integer("every_steps", 0, "steps between checkpoints; 0: none").at_least(0)},
       {integer("keep_last", 2, "older ones are removed").at_least(1)}}};
  return s;
}

const Section& training_section() {
  static const Section s = {
      "how the model is trained",
      "",
      {{integer("epochs", 10, "passes over the training rows").range(1, 1e9)},
       {integer("batch_size", 32, "samples per step").range(1, 1e9)},
       {flag("shuffle", true, "a new order of rows in every epoch")},
       {flag("drop_last", false, "leave out the last batch when it is short")},
       component(required_attr("loss", AttrKind::text, "what is minimised"), losses),
       component(required_attr("optimizer", AttrKind::text, "how weights change"), optimizers),
       component(optional_text("scheduler", "how the learning rate changes"), schedulers),
       texts(optional_text("metrics", "what is reported beside the loss")
                 .of({"accuracy", "mae", "mse", "r2", "f1"})),
       section("early_stopping", early_stopping_section()),
       section("checkpoint", checkpoint_section()),
       {optional_attr("clip_grad_norm", AttrKind::number, "longest gradient, over all parameters")
            .above(0)},
       {optional_attr("clip_grad_value", AttrKind::number, "largest element of a gradient")
            .above(0)},
       {text("on_nan", "stop", "what a loss or gradient that is not finite means")
            .of({"stop", "warn", "ignore"})}}};
  return s;
}

const Section& output_section() {
  static const Section s = {
      "what a run leaves behind",
      "",
      {{text("dir", "runs", "folder of the runs, relative to the current folder")},
       texts(optional_text("metrics", "formats of the metrics file").of({"csv", "jsonl"}),
             {"csv", "jsonl"}),
       {integer_or_auto("metrics_every", "epochs between rows of the metrics file")}}};
  return s;
}

const Section& lint_section() {
  static const Section s = {
      "warnings about the model file",
      "",
      {texts(optional_text("off", "names of warnings not to give").of(lint_names()))}};
  return s;
}

}  // namespace

const ComponentKind& losses() {
  static const ComponentKind k = {"loss",
                                  [](const std::string& n) { return type_of(find_loss(n)); },
                                  [] { return types_of(all_losses()); }};
  return k;
}
const ComponentKind& optimizers() {
  static const ComponentKind k = {"optimizer",
                                  [](const std::string& n) { return type_of(find_optimizer(n)); },
                                  [] { return types_of(all_optimizers()); }};
  return k;
}
const ComponentKind& schedulers() {
  static const ComponentKind k = {"scheduler",
                                  [](const std::string& n) { return type_of(find_scheduler(n)); },
                                  [] { return types_of(all_schedulers()); }};
  return k;
}
const ComponentKind& sources() {
  static const ComponentKind k = {"source",
                                  [](const std::string& n) { return type_of(find_source(n)); },
                                  [] { return types_of(all_sources()); }};
  return k;
}
const ComponentKind& layers() {
  static const ComponentKind k = {"layer",
                                  [](const std::string& n) { return type_of(find_layer(n)); },
                                  [] { return types_of(all_layers()); }};
  return k;
}

const Key* Section::find(std::string_view name) const {
  for (const Key& k : keys) {
    if (k.decl.name == name) return &k;
  }
  return nullptr;
}

std::vector<std::string> Section::names() const {
  std::vector<std::string> r;
  for (const Key& k : keys) r.push_back(k.decl.name);
  return r;
}

const Section& model_file() {
  static const Section s = {
      "a neural network, its data and its training",
      "",
      {{required_attr("nnrun", AttrKind::integer, "version of the file format: 1").at_least(1)},
       {optional_text("name", "name of the runs; default: the file's")},
       {integer("seed", 0, "of everything random: initial weights, order, dropout").at_least(0)},
       section("backend", backend_section()),
       section("plugins", plugins_section()),
       section("data", data_section()),
       {required_attr("model", AttrKind::text, model_section().doc), Form::section,
        &model_section()},
       section("training", training_section()),
       section("output", output_section()),
       section("lint", lint_section())}};
  return s;
}

const std::vector<Key>& layer_keys() {
  static const std::vector<Key> keys = {
      {required_attr("type", AttrKind::text, "which layer")},
      {optional_text("name", "prefix of its parameters; default: its index")},
      texts(optional_text("inputs", "layers it reads, or input; default: the layer before")),
      {optional_text("layers", "layers of a container"), Form::layers},
      {optional_text("shortcut", "the other path of a Residual; default: identity"), Form::layers}};
  return keys;
}

const std::vector<std::string>& inline_source_keys() {
  static const std::vector<std::string> keys = {"columns", "rows"};
  return keys;
}

}  // namespace nnrun
