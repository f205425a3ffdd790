"""The training script of a careful user of PyTorch: tensors in memory, fused optimizer.

    python torch_script.py FOLDER BATCH EPOCHS eager|compile

Reads the model that nnrun saved in FOLDER, trains, and prints the accuracy on the test part. With 0
epochs, it ends after one step.
"""
import os
import sys

import torch
from torch import nn

from peer import Job, idx
from peer_torch import network, tensors


def images(source, shape):
    x = torch.tensor(idx(source["features"])).reshape(-1, *shape).float() / 255
    return x, torch.tensor(idx(source["target"])).long()


def main():
    folder, batch, epochs, mode = sys.argv[1:]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    job = Job(["train", batch, "1", folder])
    net = network(job.layers, job.weights)
    net.load_state_dict(tensors(job.weights))
    kind, arguments = job.training("loss")
    loss = getattr(nn, kind)(**arguments)
    kind, arguments = job.training("optimizer")
    optimizer = getattr(torch.optim, kind)(net.parameters(), **arguments, fused=True)
    forward = lambda x, y: loss(net(x), y)
    if mode == "compile":
        forward = torch.compile(forward)

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        forward(x, y).backward()
        optimizer.step()

    if epochs == "0":
        return step(*(torch.tensor(t) for t in job.batches()[0]))
    x, y = images(job.spec["data"]["source"], job.shape[1:])
    for _ in range(int(epochs)):
        for rows in torch.randperm(len(x)).split(job.batch):
            step(x[rows], y[rows])
    x, y = images(job.spec["data"]["test"], job.shape[1:])
    net.eval()
    with torch.inference_mode():
        right = sum(int((net(a).argmax(1) == b).sum()) for a, b in zip(x.split(1000), y.split(1000)))
    print(right / len(x))


if __name__ == "__main__":
    main()
