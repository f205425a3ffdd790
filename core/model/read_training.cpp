#include "core/model/read_sections.h"
#include "core/model/section.h"

namespace nnrun {
namespace {

EarlyStoppingSpec read_early_stopping(ReadContext& context, const Section& section,
                                      const Tree& tree) {
  const SectionReader r(context, section, &tree, "training.early_stopping");
  EarlyStoppingSpec e;
  e.monitor = r.text("monitor");
  e.patience = r.integer("patience");
  e.min_delta = r.number("min_delta");
  e.restore_best = r.flag("restore_best");
  e.where = r.where();
  return e;
}

CheckpointSpec read_checkpoint(ReadContext& context, const Section& section, const Tree* tree) {
  const SectionReader r(context, section, tree, "training.checkpoint");
  CheckpointSpec c;
  c.every = r.integer("every");
  c.every_steps = r.integer("every_steps");
  c.keep_last = r.integer("keep_last");
  return c;
}

}  // namespace

TrainingSpec read_training(ReadContext& context, const Tree& tree) {
  const Section& section = *model_file().find("training")->section;
  const SectionReader r(context, section, &tree, "training");
  TrainingSpec t;
  t.where = r.where();
  t.marks = r.marks();
  t.epochs = r.integer("epochs");
  t.batch_size = r.integer("batch_size");
  t.shuffle = r.flag("shuffle");
  t.drop_last = r.flag("drop_last");
  const auto component = [&](const char* name) {
    return read_component(context, *r.find(name), section.find(name)->kind(), r.path_of(name));
  };
  if (r.given("loss")) t.loss = component("loss");
  if (r.given("optimizer")) t.optimizer = component("optimizer");
  if (r.given("scheduler")) t.scheduler = component("scheduler");
  t.metrics = r.texts("metrics");
  if (const Tree* e = r.find("early_stopping")) {
    t.early_stopping = read_early_stopping(context, *section.find("early_stopping")->section, *e);
  }
  t.checkpoint =
      read_checkpoint(context, *section.find("checkpoint")->section, r.find("checkpoint"));
  t.clip_grad_norm = r.optional_number("clip_grad_norm");
  t.clip_grad_value = r.optional_number("clip_grad_value");
  t.on_nan = r.text("on_nan");
  return t;
}

OutputSpec read_output(ReadContext& context, const Tree* tree) {
  const SectionReader r(context, *model_file().find("output")->section, tree, "output");
  OutputSpec o;
  o.dir = r.text("dir");
  o.metrics = r.texts("metrics");
  o.metrics_every = r.integer_or_auto("metrics_every");
  return o;
}

}  // namespace nnrun
