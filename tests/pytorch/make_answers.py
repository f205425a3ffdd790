#!/usr/bin/env python3
"""Writes answers/: networks drawn at random, and the weights PyTorch ends with.

    python make_answers.py          (PyTorch 2.15; the same bytes every time)

answers/networks.yaml holds the model files, one document each; answers/networks.safetensors, by
name of the network: data.x data.y val.x val.y, and start.*, float64.*, float32.*, the weights
before training and after it in that dtype. The start is float32, which both dtypes hold.

A network whose end depends on the last bits says nothing about either side; it is drawn again.
"""
import collections
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

from draw import Dealer
from torch_twin import make_network, tensors, weights_after
from yaml_text import model_file_text

HERE = pathlib.Path(__file__).parent
CASES = 242
STEADY = 5e-4  # most that float32 may differ from float64


def first_weights(model, x):
    """torch's own, and parameters that start as constants moved away from them."""
    network = make_network(model, x)
    with torch.no_grad():
        for p in network.parameters():
            if torch.all(p == p.flatten()[0]):
                p += 0.3 * (torch.rand_like(p) - 0.5)
    return network.state_dict()


def distance(a, b):
    """The most that a tensor differs, relative to its largest element."""
    worst = 0.0
    for name in b:
        d, size = (a[name].double() - b[name].double()).abs().max(), b[name].double().abs().max()
        if not torch.isfinite(d):
            return float("inf")
        worst = max(worst, float(d / size) if size > 0 else float(d > 0))
    return worst


def answer(case, seed):
    """The case's tensors, or None when it has to be drawn again."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model_file = case.model_file
    data = case.data(random, case.rows)
    val = case.data(random, 12) if "val" in model_file["data"] else None
    try:
        start = first_weights(model_file["model"], tensors(data, torch.float32)[0][:2])
        parts = {"start": start}
        for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
            parts[name] = weights_after(model_file, start, data, val, dtype)
    except (RuntimeError, ValueError, OverflowError):  # a window larger than its input, and the like
        return None
    moved, unsteady = distance(parts["float64"], start), distance(parts["float32"], parts["float64"])
    if not moved > 0.01 or not unsteady < STEADY:
        return None
    parts["data"] = {"x": torch.tensor(data[0]), "y": torch.tensor(data[1])}
    if val:
        parts["val"] = {"x": torch.tensor(val[0]), "y": torch.tensor(val[1])}
    return {f"{part}.{name}": v.contiguous() for part, of in parts.items() for name, v in of.items()}


def kinds(config):
    """Every `type` in a model file."""
    if isinstance(config, dict):
        yield from [config["type"]] if "type" in config else []
        config = list(config.values())
    if isinstance(config, list):
        for c in config:
            yield from kinds(c)


def main():
    torch.set_num_threads(1)
    dealer, texts, bundle, counts = Dealer(2026), [], {}, collections.Counter()
    drawn = 0
    while len(texts) < CASES:
        drawn += 1
        name = f"network{len(texts) + 1:03}"
        case = dealer.case(name)
        parts = answer(case, drawn)
        if parts is None:
            continue
        texts.append(f"--- # {name}\n" + model_file_text(case.model_file))
        bundle.update({f"{name}.{k}": v for k, v in parts.items()})
        counts.update(kinds(case.model_file))
    (HERE / "answers").mkdir(exist_ok=True)
    (HERE / "answers/networks.yaml").write_text("".join(texts))
    save_file(bundle, HERE / "answers/networks.safetensors", {"torch": torch.__version__})
    print(f"{CASES} of {drawn} networks")
    print(", ".join(f"{k} {n}" for k, n in sorted(counts.items())))


if __name__ == "__main__":
    main()
