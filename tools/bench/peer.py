"""What the peers in Python share: the model nnrun saved, its data, and the lines they answer.

    python peer_X.py TASK BATCH THREADS FOLDER

FOLDER has model.yaml (the effective file) and model.safetensors (the first weights) of the model.
TASK and the lines are those of steps.cpp. A peer first says what it is, in one line. It computes on the
device $NNRUN_BENCH_DEVICE.
"""
import fnmatch
import gc
import gzip
import os
import pathlib
import re
import sys
import time

import numpy as np


class Job:
    def __init__(self, words=None):
        words = words or sys.argv[1:]
        self.task, batch, threads, folder = words[:4]
        self.only = words[4] if len(words) > 4 else "*"  # variants whose names are like that
        self.device = os.environ.get("NNRUN_BENCH_DEVICE", "cpu")
        self.batch, self.threads, self.folder = int(batch), int(threads), pathlib.Path(folder)
        if self.task in ("train", "predict", "plan"):
            from safetensors.numpy import load_file
            self.spec = read_yaml((self.folder / "model.yaml").read_text())
            self.weights = load_file(self.folder / "model.safetensors")
            self.layers = self.spec["model"]["layers"]
            self.bf16 = self.spec["backend"]["dtype"] == "bfloat16"
            self.shape = [self.batch, *self.spec["model"]["input_shape"]]

    def training(self, name):
        """(type, arguments) of the loss or the optimizer."""
        chosen = dict(self.spec["training"][name])
        return chosen.pop("type"), chosen

    def batches(self):
        """Whole batches in the order of the rows, as nnrun takes them without shuffling."""
        source = self.spec["data"]["source"]
        if source["type"] == "inline":
            rows = np.array(source["rows"], np.float32)
            x, y = rows[:, :-1], rows[:, -1:]
        elif source["type"] == "idx" and self.spec["data"]["normalize"] == "unit":
            x = np.float32(idx(source["features"])).reshape(-1, *self.shape[1:]) / np.float32(255)
            y = idx(source["target"]).astype(np.int64)
        else:
            raise ValueError(f"no way to read data of {source['type']} here")
        return [(x[i:i + self.batch], y[i:i + self.batch])
                for i in range(0, len(x) - self.batch + 1, self.batch)]

    def inputs(self):
        return [numbers(self.shape, i * 977) for i in range(4)]


def read_yaml(text):
    """With 1e-05 as a number, which it is not in the YAML 1.1 of PyYAML."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"),
                                 list("-+0123456789"))
    return yaml.load(text, Loader)


def idx(path):
    """Its bytes in a row; the fourth of its header counts the dimensions."""
    with gzip.open(path) as f:
        content = f.read()
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])


def numbers(shape, first=0):
    k = np.arange(first, first + np.prod(shape), dtype=np.int64)
    return ((k * 40503 % 65536).astype(np.float32) / np.float32(65536)).reshape(shape)


def norm(array):
    return float(np.linalg.norm(np.asarray(array, np.float64)))


def seconds(run, budget=0.5):
    """Of one run: the least of some, after one to warm up."""
    def once(count):
        start = time.perf_counter()
        run(count)
        return (time.perf_counter() - start) / count

    run(1)
    best, began = once(1), time.perf_counter()
    count = max(1, min(20, int(0.05 / best)))
    while best < budget and time.perf_counter() - began < budget:
        best = min(best, once(count))
    return best


def fastest(job, variants):
    """The fastest of {name: function that makes a task}, as (name, task)."""
    best, failed = (float("inf"), None, None), {}
    for name, make in variants.items():
        if not fnmatch.fnmatchcase(name, job.only):
            continue
        try:
            task = make()
            best = min(best, (seconds(task.run), name, task), key=lambda b: b[0])
        except Exception as e:  # a peer's own failure: the others stay in the race
            failed[name] = " ".join(str(e).split())[:200] or type(e).__name__
    if best[1] is None:
        failed = failed or {job.only: "no such way"}
        raise SystemExit("; ".join(f"{name}: {why}" for name, why in failed.items()))
    return best[1:]


class Task:
    """run(n), value(), and for training weights(): numpy arrays by name."""

    def restart(self):
        """From the first weights, batch or input."""
        self.next = 0

    def weights(self):
        return {}


def serve(about, task):
    task.restart()
    gc.disable()
    print(about, flush=True)
    for line in sys.stdin:
        command, *count = line.split()
        if command == "run":
            began = time.perf_counter_ns()
            task.run(int(*count))
            took = time.perf_counter_ns() - began
            print(took, f"{task.value():.9g}", flush=True)
        elif command == "digest":
            print(*(f"{name} {np.mean(w, dtype=np.float64):.9g} {norm(w):.9g}"
                    for name, w in task.weights().items()), flush=True)
        else:
            task.restart()
            print("ok", flush=True)
