// A generator and a discriminator, as the DCGAN tutorial has them, some steps from fixed noise.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
using torch::Tensor;

struct GeneratorImpl : nn::Module {
  explicit GeneratorImpl(int64_t noise)
      : conv1(nn::ConvTranspose2dOptions(noise, 8, 3).bias(false)),
        norm1(8),
        conv2(nn::ConvTranspose2dOptions(8, 4, 4).stride(2).padding(1).bias(false)),
        norm2(4),
        conv3(nn::ConvTranspose2dOptions(4, 1, 4).stride(2).padding(1).bias(false)) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("conv3", conv3);
    register_module("norm1", norm1);
    register_module("norm2", norm2);
  }
  Tensor forward(Tensor x) {
    x = torch::relu(norm1(conv1(x)));
    x = torch::relu(norm2(conv2(x)));
    return torch::tanh(conv3(x));
  }
  nn::ConvTranspose2d conv1;
  nn::BatchNorm2d norm1;
  nn::ConvTranspose2d conv2;
  nn::BatchNorm2d norm2;
  nn::ConvTranspose2d conv3;
};
TORCH_MODULE(Generator);

static void set_values(nn::Module& m) {
  torch::NoGradGuard no_grad;
  for (const auto& p : m.named_parameters()) {
    if (p.value().dim() < 2) continue;
    p.value().copy_(
        (torch::arange(p.value().numel(), torch::kDouble) * 12.9898).sin().view(p.value().sizes()) *
        0.3);
  }
}

int main() {
  const int64_t n = 4, noise_size = 5;
  Generator generator(noise_size);
  nn::Sequential discriminator(
      nn::Conv2d(nn::Conv2dOptions(1, 4, 4).stride(2).padding(1).bias(false)),
      nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)),
      nn::Conv2d(nn::Conv2dOptions(4, 6, 4).stride(2).padding(1).bias(false)), nn::BatchNorm2d(6),
      nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)),
      nn::Conv2d(nn::Conv2dOptions(6, 1, 3).stride(1).padding(0).bias(false)), nn::Sigmoid());
  set_values(*generator);
  set_values(*discriminator);
  std::cout << *generator << "\n" << *discriminator << "\n";

  torch::optim::Adam generator_optimizer(
      generator->parameters(), torch::optim::AdamOptions(2e-3).betas(std::make_tuple(0.5, 0.5)));
  torch::optim::Adam discriminator_optimizer(
      discriminator->parameters(),
      torch::optim::AdamOptions(5e-3).betas(std::make_tuple(0.5, 0.5)));
  Tensor images = (torch::arange(n * 144, torch::kFloat) * 0.37).sin().view({n, 1, 12, 12});
  for (int step = 0; step < 4; ++step) {
    discriminator->zero_grad();
    Tensor real_output = discriminator->forward(images).reshape({n});
    Tensor real_loss = torch::binary_cross_entropy(real_output, torch::linspace(0.8, 1.0, n));
    real_loss.backward();

    Tensor noise = (torch::arange(n * noise_size, torch::kFloat) * 2.1 + step)
                       .sin()
                       .view({n, noise_size, 1, 1});
    Tensor fake = generator->forward(noise);
    Tensor fake_output = discriminator->forward(fake.detach()).reshape({n});
    Tensor fake_loss = torch::binary_cross_entropy(fake_output, torch::zeros({n}));
    fake_loss.backward();
    Tensor d_loss = real_loss + fake_loss;
    discriminator_optimizer.step();

    generator->zero_grad();
    Tensor judged = discriminator->forward(fake).reshape({n});
    Tensor g_loss = torch::binary_cross_entropy(judged, torch::ones({n}));
    g_loss.backward();
    generator_optimizer.step();
    std::printf("step %d D %.4f G %.4f\n", step, d_loss.item<float>(), g_loss.item<float>());
    std::fflush(stdout);
  }
  generator->eval();
  torch::NoGradGuard no_grad;
  Tensor sample = generator->forward(torch::ones({1, noise_size, 1, 1}));
  std::printf("%.4f %.4f\n", sample.sum().item<float>(), sample.abs().max().item<float>());
  std::cout << std::flush << sample.sizes() << "\n";
}
