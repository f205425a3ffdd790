// embed MODEL PLUGIN_FOLDER: trains a model file inside a program of one's own.
#include <nnrun/nnrun.h>

#include <cstdio>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    nnrun::OpenOptions options;
    options.plugin_path = {argv[2]};
    nnrun::Session session = nnrun::Session::load(argv[1], options);
    for (const nnrun::plugins::Device& d : nnrun::plugins::devices()) {
      std::cout << d.backend << " " << d.device << (d.ok ? "" : ": " + d.reason) << "\n";
    }

    nnrun::TrainOptions train;
    train.out_dir = "embedded";
    train.on_epoch = [](const nnrun::EpochReport& e) {
      if (e.epoch == e.epochs) std::cout << "loss " << e.loss << "\n";
    };
    session.train(train);

    session.predict({}, std::cout);  // the rows of the model file itself
    nnrun::plugins::shutdown();
  } catch (const nnrun::Error& e) {
    std::cerr << nnrun::render(e, nnrun::source_text());
    return int(e.code());
  }
}
