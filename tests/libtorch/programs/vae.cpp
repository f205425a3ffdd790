// A variational autoencoder with its noise given: the loss of the tutorial, and Adam.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

struct VAEOutput {
  Tensor reconstruction, mu, log_var;
};

struct VAEImpl : nn::Module {
  VAEImpl(int64_t image, int64_t hidden, int64_t latent)
      : fc1(image, hidden),
        fc_mu(hidden, latent),
        fc_log_var(hidden, latent),
        fc4(latent, hidden),
        fc5(hidden, image) {
    register_module("fc1", fc1);
    register_module("fc_mu", fc_mu);
    register_module("fc_log_var", fc_log_var);
    register_module("fc4", fc4);
    register_module("fc5", fc5);
  }
  std::pair<Tensor, Tensor> encode(Tensor x) {
    Tensor h = F::relu(fc1->forward(x));
    return {fc_mu->forward(h), fc_log_var->forward(h)};
  }
  Tensor decode(Tensor z) { return torch::sigmoid(fc5->forward(F::relu(fc4->forward(z)))); }
  VAEOutput forward(Tensor x, Tensor epsilon) {
    auto [mu, log_var] = encode(x);
    Tensor z = is_training() ? mu + epsilon * log_var.div(2).exp() : mu;
    return {decode(z), mu, log_var};
  }
  nn::Linear fc1, fc_mu, fc_log_var, fc4, fc5;
};
TORCH_MODULE(VAE);

int main() {
  VAE model(16, 12, 3);
  {
    torch::NoGradGuard no_grad;
    double phase = 0;
    for (Tensor p : model->parameters()) {
      p.copy_((torch::arange(p.numel(), torch::kDouble) * 12.9898 + phase++).sin().view(p.sizes()) *
              0.25);
    }
  }
  Tensor images = ((torch::arange(6 * 16, torch::kFloat) * 0.9).sin() > 0).to(torch::kFloat);
  images = images.view({6, 16});
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(1e-2));
  for (int step = 0; step < 6; ++step) {
    Tensor epsilon = (torch::arange(18, torch::kFloat) * 3.3 + step).cos().view({6, 3});
    VAEOutput output = model->forward(images, epsilon);
    Tensor reconstruction_loss = F::binary_cross_entropy(
        output.reconstruction, images, F::BinaryCrossEntropyFuncOptions().reduction(torch::kSum));
    Tensor kl = -0.5 * torch::sum(1 + output.log_var - output.mu.pow(2) - output.log_var.exp());
    Tensor loss = reconstruction_loss + kl;
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    std::printf("%d %.3f %.3f\n", step, reconstruction_loss.item<float>(), kl.item<float>());
    std::fflush(stdout);
  }
  model->eval();
  torch::NoGradGuard no_grad;
  VAEOutput output = model->forward(images, {});
  std::printf("%.4f %.4f\n", output.reconstruction.mean().item<float>(),
              output.mu.norm().item<float>());
}
