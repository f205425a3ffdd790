#!/usr/bin/env python3
"""Writes answers/curves.yaml and answers/curves.csv: PyTorch's loss at each of the first 100 steps.

    python make_curves.py           (PyTorch 2.15; the same losses up to the last digits)

Images, labels and first weights are drawn by formulas in integers, so that the test makes the same
without storing them. mix(i) is MurmurHash3's 32-bit finalizer, top(i) its highest byte. Row r has
class c = mix(r) % 10; its pixel p is top(784 r + p) where top(49 c + the 4x4 block of p) < 100, else
0. A quarter of the labels is wrong (mix(r + 1000003) % 4 == 0): mix(r + 2000003) % 10. Weights are
uniform within 1 / sqrt(fan_in), as torch's own are.

Learning rates are low: at higher ones the curves of float32 and float64 part by themselves, when a
ReLU near 0 falls to one side here and to the other there.
"""
import csv
import math
import pathlib

import numpy as np
import torch

from torch_twin import Trainer, make_network
from yaml_text import model_file_text

HERE = pathlib.Path(__file__).parent
STEPS, BATCH = 100, 64
ROWS = STEPS * BATCH

MLP = ["Flatten", {"type": "Linear", "out_features": 512}, "ReLU",
       {"type": "Linear", "out_features": 512}, "ReLU", {"type": "Linear", "out_features": 10}]
CNN = [{"type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1}, "ReLU",
       {"type": "MaxPool2d", "kernel_size": 2},
       {"type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1}, "ReLU",
       {"type": "MaxPool2d", "kernel_size": 2}, "Flatten",
       {"type": "Linear", "out_features": 128}, "ReLU", {"type": "Linear", "out_features": 10}]
SGD = {"type": "SGD", "lr": 0.003, "momentum": 0.9}
CNN_SGD = {"type": "SGD", "lr": 0.001, "momentum": 0.9}
ADAM = {"type": "Adam", "lr": 0.00005}
# What float32 may cost beside float64, of the loss: far less than what the test allows.
CURVES = {"mlp_sgd": (MLP, SGD, 3e-5), "mlp_adam": (MLP, ADAM, 3e-4),
          "cnn_sgd": (CNN, CNN_SGD, 3e-5), "cnn_adam": (CNN, ADAM, 3e-4)}


def mix(i):
    z = i.astype(np.uint32)
    z ^= z >> np.uint32(16)
    z *= np.uint32(0x85EBCA6B)
    z ^= z >> np.uint32(13)
    z *= np.uint32(0xC2B2AE35)
    return z ^ (z >> np.uint32(16))


def images():
    row, pixel = np.arange(ROWS), np.arange(784)
    classes = mix(row) % 10
    block = pixel // 28 // 4 * 7 + pixel % 28 // 4
    pattern = mix(49 * classes[:, None] + block[None, :]) >> 24
    noise = mix(784 * row[:, None] + pixel[None, :]) >> 24
    x = np.where(pattern < 100, noise, 0).astype(np.uint8)
    labels = np.where(mix(row + 1000003) % 4 == 0, mix(row + 2000003) % 10, classes)
    return x.reshape(-1, 1, 28, 28), labels.astype(np.int64)


def fill(network):
    first = 0
    with torch.no_grad():
        for name, p in network.named_parameters():
            if name.endswith("weight"):
                bound = 1 / math.sqrt(p[0].numel())
            u = (mix(np.arange(first, first + p.numel())) >> 8) / 2.0**24
            p.copy_(torch.tensor((2 * u - 1) * bound).reshape(p.shape))
            first += p.numel()


def losses(model_file, x, y, dtype):
    x = torch.tensor(x).to(dtype) / 255
    layers = [{"type": a} if isinstance(a, str) else a for a in model_file["model"]["layers"]]
    network = make_network({"layers": layers}, x[:2].float())
    fill(network)
    trainer = Trainer(network.to(dtype), model_file["training"])
    return [loss for loss, _ in trainer.epoch(x, torch.tensor(y))]


def main():
    x, y = images()
    texts, curves = [], {}
    for name, (layers, optimizer, most) in CURVES.items():
        model_file = {
            "name": name,
            "data": {"source": {"type": "npz", "path": "data.npz", "features": "x", "target": "y"},
                     "normalize": "unit"},
            "model": {"input_shape": [1, 28, 28], "layers": layers},
            "training": {"epochs": 1, "batch_size": BATCH, "shuffle": False,
                         "loss": "CrossEntropyLoss", "optimizer": optimizer}}
        texts.append(f"--- # {name}\n" + model_file_text(model_file))
        curves[name] = losses(model_file, x, y, torch.float32)
        exact = losses(model_file, x, y, torch.float64)
        unsteady = max(abs(a - b) / b for a, b in zip(curves[name], exact))
        print(f"{name}: {exact[0]:.4f} to {exact[-1]:.4f}, float32 differs by {unsteady:.1e}")
        assert unsteady < most
    (HERE / "answers/curves.yaml").write_text("".join(texts))
    with open(HERE / "answers/curves.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["step", *curves])
        out.writerows([k + 1, *(f"{v:.9g}" for v in at)] for k, at in enumerate(zip(*curves.values())))


if __name__ == "__main__":
    main()
