"""PyTorch's side of a comparison (peers): trains as it is told on standard input.

    python torch_steps.py WORKLOAD eager|compile THREADS RUN

RUN is a run folder of nnrun with the first weights and the model file. Says what it is, then
    restart    from the first weights         ->  "ok"
    run N      N training steps               ->  nanoseconds, loss of the last
The data lie in memory as tensors, and a batch is a view of them: nothing is loaded or copied.
"""
import collections
import gc
import gzip
import pathlib
import sys
import time

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
OPTIMIZERS = [{"foreach": True}, {"fused": True}]


def idx(name, header):
    with gzip.open(FASHION / name) as f:
        return np.frombuffer(f.read(), np.uint8, offset=header)


def mlp():
    x = torch.tensor(idx("train-images-idx3-ubyte.gz", 16)).reshape(-1, 1, 28, 28).float() / 255
    y = torch.tensor(idx("train-labels-idx1-ubyte.gz", 8)).long()
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512),
                            nn.ReLU(), nn.Linear(512, 10))
    optimizer = lambda p, **how: torch.optim.SGD(p, lr=0.1, momentum=0.9, **how)
    return network, nn.CrossEntropyLoss(), optimizer, x, y, 128


def xor():
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = torch.tensor([[0.0], [1], [1], [0]])
    network = nn.Sequential(collections.OrderedDict(
        [("hidden", nn.Linear(2, 8)), ("1", nn.Tanh()), ("out", nn.Linear(8, 1))]))
    optimizer = lambda p, **how: torch.optim.Adam(p, lr=0.05, **how)
    return network, nn.BCEWithLogitsLoss(), optimizer, x, y, 4


class Training:
    def __init__(self, workload, compiled, weights):
        network, loss, self.make_optimizer, x, y, batch = workload
        self.network, self.weights = network, weights
        whole = len(x) // batch * batch
        self.batches = list(zip(x[:whole].split(batch), y[:whole].split(batch)))
        self.forward = lambda x, y: loss(network(x), y)
        if compiled:
            self.forward = torch.compile(self.forward)
        self.how = OPTIMIZERS[0]
        self.restart()

    def restart(self):
        self.network.load_state_dict(self.weights, strict=True)
        self.optimizer = self.make_optimizer(self.network.parameters(), **self.how)
        self.next = 0

    def run(self, steps):
        """The loss of the last."""
        forward, update = self.forward, self.optimizer.step
        zero_grad, batches = self.optimizer.zero_grad, self.batches
        for i in range(self.next, self.next + steps):
            x, y = batches[i % len(batches)]
            zero_grad(set_to_none=True)
            loss = forward(x, y)
            loss.backward()
            update()
        self.next += steps
        return loss.item()

    def choose_optimizer(self):
        """The faster of PyTorch's own ways to update."""
        def seconds(how):
            self.how = how
            self.restart()
            self.run(20)
            best = float("inf")
            for _ in range(5):
                began = time.perf_counter()
                self.run(20)
                best = min(best, time.perf_counter() - began)
            return best

        self.how = min(OPTIMIZERS, key=seconds)
        self.restart()


def main():
    name, mode, threads, run = sys.argv[1:]
    torch.set_num_threads(int(threads))
    training = Training({"mlp": mlp, "xor": xor}[name](), mode == "compile",
                        load_file(f"{run}/model.safetensors"))
    training.choose_optimizer()
    gc.disable()
    version = torch.__version__.split("+")[0]
    print(f"{version}, {next(iter(training.how))} optimizer", flush=True)
    for line in sys.stdin:
        command, *steps = line.split()
        if command == "restart":
            training.restart()
            print("ok", flush=True)
        else:
            began = time.perf_counter_ns()
            loss = training.run(int(*steps))
            print(time.perf_counter_ns() - began, loss, flush=True)


if __name__ == "__main__":
    main()
