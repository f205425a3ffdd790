// embed BACKEND MODEL PLUGIN_FOLDER: loads a backend by its name, says what it offers, and trains a
// model file on it.
#include <nnrun/nnrun.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string backend = argv[1];
  try {
    const auto plugin = nnrun::plugins::load("backend-" + backend);
    std::cout << plugin.name << " " << plugin.version << " offers";
    for (const std::string& what : plugin.provides) std::cout << " " << what << "\n";

    nnrun::OpenOptions options;
    options.overrides = {"backend=" + backend};
    options.plugin_path = {argv[3]};
    nnrun::Session session = nnrun::Session::load(argv[2], options);
    const nnrun::TrainResult result = session.train();
    std::cout << "loss " << result.train[0].second << " after " << result.steps << " steps\n";

    std::cout << session.predict(nnrun::tensor({{0., 1.}, {1., 1.}})) << "\n";
    session.predict({}, std::cout);  // the rows of the model file itself
    nnrun::plugins::shutdown();
  } catch (const nnrun::Error& e) {
    std::cerr << nnrun::render(e, nnrun::source_text());
    return int(e.code());
  }
}
