#!/usr/bin/env python3
"""Trains networks with nnrun and loads what it saves into torch.nn.Sequential with strict=True.

    python check_weights.py [NNRUN]     (PyTorch 2.15; NNRUN: build/release/bin/nnrun)

Says how far torch's outputs are from those of `nnrun predict`; 1e-5 of the largest is refused.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file

from make_weights import HERE, NETWORKS, inputs, model_file
from torch_twin import sequential
from yaml_text import model_file_text


def main():
    nnrun = sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "build/release/bin/nnrun"
    torch.manual_seed(7)
    far = False
    for name, (shape, layers) in NETWORKS.items():
        x = inputs(shape, layers[0])
        network = sequential(layers, x).eval()
        with tempfile.TemporaryDirectory() as folder:
            def run(*words):
                subprocess.run([pathlib.Path(nnrun).resolve(), *words], check=True, cwd=folder,
                               stdout=open(f"{folder}/out", "wb"), stderr=subprocess.DEVNULL)
                return f"{folder}/out"

            y = torch.randn_like(network(x))
            np.savez(f"{folder}/data.npz", x=x.numpy(), y=y.detach().numpy())
            pathlib.Path(f"{folder}/model.yaml").write_text(model_file_text(model_file(name)))
            run("train", "model.yaml", "-o", "trained")
            network.load_state_dict(load_file(f"{folder}/trained/model.safetensors"), strict=True)
            got = torch.from_numpy(np.load(run("predict", "trained", "--format", "npy")))
        with torch.no_grad():
            want = network(x)
        distance = float((got - want).abs().max() / want.abs().max())
        print(f"{name}: {len(network.state_dict())} tensors load, outputs differ by {distance:.1e}")
        far = far or not distance <= 1e-5
    return far


if __name__ == "__main__":
    sys.exit(main())
