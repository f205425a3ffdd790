"""Rows beside PyTorch on a GPU, which tools/gpu-check measures. A row's peers are PyTorch's ways, each with
the ratio to reach or None; `compile` is torch.compile(mode="reduce-overhead")."""
import dataclasses
import gzip
import json
import math
import struct

import measures
from rows import (BF16, IMAGES, LENET, LOOSE, MLP, MLP_TRAINING, PLAIN, PREDICT, RESNET, RESNET_18,
                  XOR_221, Row)

MILLION_FLOATS, PARAMETERS = 64, 100  # the latter times 668,672
SMALL = {"eager": 10, "compile": 1.5}


def rows(backend, folder):
    """folder: of the models that are made."""
    on = (f"backend.name=[{backend}, onednn, reference]",)
    resnet50 = folder / "resnet50.json"
    return [
        Row("copy", f"copy of {MILLION_FLOATS} M floats", {"copy_": None}, batch=MILLION_FLOATS,
            task="copy"),
        Row("matmul", "product of 4096x4096, float32", {"mm": 0.97}, batch=4096, task="matmul"),
        Row("matmul-bf16", "the same, bfloat16", {"mm": 0.97}, batch=4096, task="matmul_bf16",
            tolerance=LOOSE),
        Row("chain", f"x * sigmoid(1.5 x) + relu(x) of {MILLION_FLOATS} M floats",
            {"eager": None, "compile": None}, batch=MILLION_FLOATS, task="chain"),
        Row("adam", f"Adam alone, {PARAMETERS * 668672 / 1e6:.1f} M parameters",
            {"foreach": None, "fused": None}, batch=PARAMETERS, task="adam"),
        Row("xor-step", "XOR 2-2-1 training step, B=4", {"eager": 100, "compile": 1.5}, XOR_221, 4,
            set=(*on, *PLAIN), restart=True),
        Row("mlp-step", "MLP 784-512-512-10 training step, B=128", SMALL, MLP, 128,
            set=(*on, *MLP_TRAINING)),
        Row("lenet-step", "LeNet-5 training step, B=64", SMALL, LENET, 64, set=(*on, *IMAGES)),
        Row("resnet18", "ResNet-18 inference, B=1", {"eager": 4, "compile": 1.2}, RESNET_18, 1,
            "predict", (*on, *PREDICT)),
        Row("resnet50", "ResNet-50 inference, B=1", {"eager": 4, "compile": 1.2}, str(resnet50), 1,
            "predict", (*on, *PREDICT)),
        Row("resnet50-step", "ResNet-50 training step, B=256, bf16",
            {f"{mode}, fused, channels_last": target for mode, target in
             (("eager", None), ("compile", 1.15))},
            str(resnet50), 256, set=(*on, *RESNET, *BF16), tolerance=LOOSE, but=".bias"),
    ]


def moved(row):
    """Bytes that a step reads and writes, or None."""
    return {"copy": 8e6 * row.batch, "chain": 8e6 * row.batch,
            "adam": 28 * 668672 * row.batch}.get(row.task)


def lines(bench, row, copy, limit=1800):
    """Of each way of PyTorch; with the speed of nnrun, and its share of `copy`, bytes a nanosecond."""
    for way, target in row.peers.items():
        line = measures.line(bench, dataclasses.replace(row, only=f"{way}*"), 2, "torch", target, limit)
        if "nnrun" in line:
            flops = 2 * row.batch ** 3 if row.task.startswith("matmul") else bench.flops(row)
            if flops:
                line["tflops"] = flops / line["nnrun"] / 1e3
            if moved(row):
                line["gb_per_s"] = moved(row) / line["nnrun"]
                line["of_copy"] = line["gb_per_s"] / copy if copy else None
        yield line


def layer(type, **arguments):
    return {"type": type, **arguments}


def convolution(channels, size, stride=1):
    return [layer("Conv2d", out_channels=channels, kernel_size=size, stride=stride, padding=size // 2,
                  bias=False), layer("BatchNorm2d")]


def bottleneck(width, stride, shortcut):
    parts = {"layers": [*convolution(width, 1), layer("ReLU"), *convolution(width, 3, stride),
                        layer("ReLU"), *convolution(4 * width, 1)]}
    if shortcut:
        parts["shortcut"] = convolution(4 * width, 1, stride)
    return [layer("Residual", **parts), layer("ReLU")]


def write_resnet50(folder, images=512):
    """The model, and images that anybody can make: two batches of 256."""
    layers = [*convolution(64, 7, 2), layer("ReLU"),
              layer("MaxPool2d", kernel_size=3, stride=2, padding=1)]
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            layers += bottleneck(64 << stage, stride, shortcut=block == 0)
    layers += [layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"),
               layer("Linear", out_features=1000)]
    for name, shape in (("features", (images, 3, 224, 224)), ("target", (images,))):
        count = math.prod(shape)
        with gzip.open(folder / f"{name}.idx.gz", "wb", compresslevel=1) as f:
            f.write(struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape))
            f.write((bytes(range(251)) * (count // 251 + 1))[:count])
    source = {"type": "idx", "features": str(folder / "features.idx.gz"),
              "target": str(folder / "target.idx.gz")}
    (folder / "resnet50.json").write_text(json.dumps({
        "nnrun": 1, "name": "resnet50", "seed": 42,
        "data": {"source": source, "test": source, "normalize": "unit"},
        "model": {"type": "Sequential", "input_shape": [3, 224, 224], "layers": layers},
        "training": {"loss": "CrossEntropyLoss", "scheduler": {"type": "CosineAnnealingLR", "T_max": 10},
                     "optimizer": {"type": "SGD", "lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}}}))
