#!/usr/bin/env python3
"""Writes answers/weights/NAME.safetensors, as PyTorch saves a Sequential, and what each predicts.

    python make_weights.py          (PyTorch 2.15; the same bytes every time)

answers/weights.yaml holds the model files, answers/weights.safetensors by name of the network
NAME.x and NAME.y, its inputs and outputs. Each has been trained for some steps, so that running
statistics and constants are not what they start as.
"""
import pathlib

import torch
from safetensors.torch import save_file

from torch_twin import Trainer, sequential
from yaml_text import model_file_text

HERE = pathlib.Path(__file__).parent
ROWS, BATCH = 24, 8

MLP = [{"type": "Linear", "name": "first", "out_features": 16, "bias": False},
       {"type": "BatchNorm1d", "name": "norm"}, {"type": "ReLU"},
       {"type": "Linear", "name": "second", "out_features": 12},
       {"type": "PReLU", "name": "bend", "num_parameters": 12},
       {"type": "Linear", "name": "out", "out_features": 3}]
CNN = [{"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1, "bias": False},
       {"type": "BatchNorm2d"}, {"type": "ReLU"}, {"type": "MaxPool2d", "kernel_size": 2},
       {"type": "Conv2d", "out_channels": 8, "kernel_size": [3, 2], "stride": 2, "groups": 2},
       {"type": "Tanh"}, {"type": "Flatten"}, {"type": "Linear", "out_features": 5}]
TRANSPOSED = [{"type": "ConvTranspose2d", "name": "up", "out_channels": 4, "kernel_size": 3,
               "stride": 2, "padding": 1, "output_padding": 1, "groups": 2},
              {"type": "BatchNorm2d", "affine": False},
              {"type": "Conv2d", "out_channels": 2, "kernel_size": 2},
              {"type": "BatchNorm2d", "track_running_stats": False},
              {"type": "AdaptiveAvgPool2d", "output_size": 2}, {"type": "Flatten"}]
WORDS = [{"type": "Embedding", "name": "words", "num_embeddings": 11, "embedding_dim": 6,
          "padding_idx": 0},
         {"type": "LayerNorm", "normalized_shape": [6]},
         {"type": "Linear", "name": "mix", "out_features": 4}, {"type": "GELU"},
         {"type": "LayerNorm", "normalized_shape": [5, 4], "bias": False},
         {"type": "Flatten"}, {"type": "Linear", "out_features": 2}]
NESTED = [{"type": "Linear", "out_features": 8}, {"type": "Tanh"},
          {"type": "Sequential", "name": "inner", "layers": [
              {"type": "Linear", "name": "a", "out_features": 6}, {"type": "BatchNorm1d"}]},
          {"type": "Linear", "out_features": 2}]
NETWORKS = {"mlp": ([7], MLP), "cnn": ([2, 8, 7], CNN), "transposed": ([2, 4, 5], TRANSPOSED),
            "words": ([5], WORDS), "nested": ([4], NESTED)}


def inputs(shape, first):
    if first["type"] == "Embedding":
        return torch.randint(first["num_embeddings"], (ROWS, *shape))
    return torch.randn(ROWS, *shape)


def model_file(name):
    shape, layers = NETWORKS[name]
    return {"name": name,
            "data": {"source": {"type": "npz", "path": "data.npz", "features": "x", "target": "y"}},
            "model": {"input_shape": shape, "layers": layers},
            "training": {"epochs": 3, "batch_size": BATCH, "loss": "MSELoss",
                         "optimizer": {"type": "Adam", "lr": 0.05}}}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(2026)
    texts, bundle = [], {}
    for name, (shape, layers) in NETWORKS.items():
        x = inputs(shape, layers[0])
        network = sequential(layers, x)
        with torch.no_grad():
            target = torch.randn_like(network(x))
        Trainer(network, model_file(name)["training"]).run(x, target)
        network.eval()
        with torch.no_grad():
            bundle.update({f"{name}.x": x, f"{name}.y": network(x)})
        texts.append(f"--- # {name}\n" + model_file_text(model_file(name)))
        save_file(network.state_dict(), HERE / f"answers/weights/{name}.safetensors")
    (HERE / "answers/weights.yaml").write_text("".join(texts))
    save_file(bundle, HERE / "answers/weights.safetensors", {"torch": torch.__version__})


if __name__ == "__main__":
    main()
