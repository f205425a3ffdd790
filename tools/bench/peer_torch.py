"""PyTorch's side of a comparison (peers; peer.py says how it is called): the fastest of its ways.

Data lie in memory as tensors, and a batch is a view of them: nothing is loaded or copied, and
nothing asks for the loss.
"""
import collections
import itertools

import numpy as np
import torch
from torch import nn

from peer import Job, Task, fastest, norm, numbers, serve


class Residual(nn.Module):
    def __init__(self, layers, shortcut=None):
        super().__init__()
        self.layers, self.shortcut = layers, shortcut or nn.Identity()

    def forward(self, x):
        return self.layers(x) + self.shortcut(x)


def network(layers, weights, prefix=""):
    """nn.Sequential with nnrun's names. Sizes that the file leaves out are those of the weights."""
    made = collections.OrderedDict()
    for i, layer in enumerate(layers):
        a = dict(layer)
        kind, name = a.pop("type"), a.pop("name", str(i))
        key = f"{prefix}{name}"
        weight = weights.get(f"{key}.weight")
        if kind == "Residual":
            parts = {k: network(a[k], weights, f"{key}.{k}.") for k in ("layers", "shortcut")
                     if a.get(k)}
            made[name] = Residual(**parts)
            continue
        if kind == "Linear":
            a["in_features"] = weight.shape[1]
        elif kind == "Conv2d":
            a["in_channels"] = weight.shape[1] * a.get("groups", 1)
        elif kind == "BatchNorm2d":
            a["num_features"] = weight.shape[0]
        made[name] = getattr(nn, kind)(**a)
    return nn.Sequential(made)


def tensors(arrays):
    return {name: torch.tensor(w) for name, w in arrays.items()}


def made(function, mode, device):
    """A function as a mode has it. On a GPU launches are what a small step takes: recorded as graphs."""
    if mode == "eager":
        return function
    return torch.compile(function, mode="reduce-overhead" if device == "cuda" else None)


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


class Training(Task):
    def __init__(self, job, batches, mode, how, channels_last):
        self.job, self.how = job, how
        self.network = network(job.layers, job.weights)
        format = torch.channels_last if channels_last else torch.contiguous_format
        self.network.to(job.device, memory_format=format)
        self.batches = [(x.to(job.device, memory_format=format if x.dim() == 4 else torch.preserve_format),
                         y.to(job.device)) for x, y in batches]
        kind, arguments = job.training("loss")
        loss = getattr(nn, kind)(**arguments)

        def forward(x, y):
            with torch.autocast(job.device, torch.bfloat16, enabled=job.bf16):
                return loss(self.network(x), y)

        self.forward = made(forward, mode, job.device)
        self.restart()

    def restart(self):
        self.network.load_state_dict(tensors(self.job.weights))
        kind, arguments = self.job.training("optimizer")
        self.optimizer = getattr(torch.optim, kind)(self.network.parameters(), **arguments,
                                                    **{self.how: True})
        self.next = 0

    def run(self, steps):
        forward, update = self.forward, self.optimizer.step
        zero_grad, batches = self.optimizer.zero_grad, self.batches
        for i in range(self.next, self.next + steps):
            x, y = batches[i % len(batches)]
            zero_grad(set_to_none=True)
            loss = forward(x, y)
            loss.backward()
            update()
        self.next += steps
        self.loss = loss
        wait(self.job.device)

    def value(self):
        return self.loss.item()

    def weights(self):
        return {name: w.detach().cpu().numpy() for name, w in self.network.state_dict().items()}


class Predicting(Task):
    def __init__(self, job, mode, channels_last):
        net = network(job.layers, job.weights)
        net.load_state_dict(tensors(job.weights))
        format = torch.channels_last if channels_last else torch.contiguous_format
        self.dtype = torch.bfloat16 if job.bf16 else torch.float32
        net = net.eval().to(job.device, self.dtype).to(memory_format=format)
        self.forward = made(net, mode, job.device)
        self.all_inputs = [torch.tensor(x) for x in job.inputs()]
        if job.device == "cuda":
            self.all_inputs = [x.pin_memory() for x in self.all_inputs]
        self.x = torch.empty(job.shape, dtype=self.dtype, device=job.device)
        if self.x.dim() == 4:
            self.x = self.x.to(memory_format=format)
        self.restart()

    def restart(self):
        self.inputs = itertools.cycle(self.all_inputs)

    @torch.inference_mode()
    def run(self, calls):
        x, forward, inputs = self.x, self.forward, self.inputs
        for _ in range(calls):
            x.copy_(next(inputs))
            self.y = forward(x)
            self.y.view(-1)[0].item()

    def value(self):
        return norm(self.y.float().cpu().numpy())


class Gathering(Task):
    def __init__(self, job):
        rows = 60000
        images = torch.tensor((numbers((rows, 784)) * np.float32(255)).astype(np.uint8))
        order = [i * 7919 % rows for i in range(rows // job.batch * job.batch)]
        self.loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images),
                                                  batch_size=job.batch, sampler=order)
        self.restart()

    def restart(self):
        self.batches = itertools.chain.from_iterable(itertools.repeat(self.loader))

    def run(self, count):
        for _ in range(count):
            (x,) = next(self.batches)
            self.x = x.float().mul_(1 / 255)

    def value(self):
        return norm(self.x.numpy())


class Adam(Task):
    def __init__(self, job, how):
        self.parameters, self.job = [], job
        for shape in ((512 * job.batch, 784), (512 * job.batch, 512), (10 * job.batch, 512)):
            p = torch.tensor(numbers(shape), device=job.device, requires_grad=True)
            p.grad = torch.tensor(numbers(shape, 7), device=job.device)
            self.parameters.append(p)
        self.first = [p.detach().clone() for p in self.parameters]
        self.how = how
        self.restart()

    @torch.no_grad()
    def restart(self):
        for p, first in zip(self.parameters, self.first):
            p.copy_(first)
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3, **{self.how: True})

    def run(self, steps):
        for _ in range(steps):
            self.optimizer.step()
        wait(self.job.device)

    def value(self):
        return norm(self.parameters[0].detach().cpu().numpy())


class Calls(Task):
    """Of one function of tensors."""

    def __init__(self, job, function, arrays, dtype=torch.float32):
        self.device, self.function = job.device, function
        self.tensors = [torch.tensor(a, device=job.device).to(dtype) for a in arrays]

    @torch.inference_mode()
    def run(self, count):
        function, tensors = self.function, self.tensors
        for _ in range(count):
            self.y = function(*tensors)
        wait(self.device)

    def value(self):
        return norm(self.y.float().cpu().numpy())


def chain(x):
    return x * torch.sigmoid(1.5 * x) + torch.relu(x)


def calls(job):
    """The ways of the tasks that are one function, or none."""
    if job.task in ("matmul", "matmul_bf16"):
        dtype = torch.bfloat16 if job.task == "matmul_bf16" else torch.float32
        factors = [numbers((job.batch, job.batch), i) for i in (0, 7)]
        return {"mm": lambda: Calls(job, torch.mm, factors, dtype)}
    x = [numbers((job.batch * 1000000,))] if job.task in ("copy", "chain") else []
    if job.task == "copy":
        return {"copy_": lambda: Calls(job, lambda x, y: y.copy_(x), x * 2)}
    if job.task == "chain":
        return {mode: lambda mode=mode: Calls(job, made(chain, mode, job.device), x)
                for mode in ("eager", "compile")}
    return {}


def variants(job):
    if job.task == "predict":
        conv = len(job.shape) == 4 and any(l["type"] == "Conv2d" for l in job.layers)
        return {f"{mode}{', channels_last' * last}":
                lambda mode=mode, last=last: Predicting(job, mode, last)
                for mode in ("eager", "compile") for last in ([False, True] if conv else [False])}
    batches = [(torch.tensor(x), torch.tensor(y)) for x, y in job.batches()]
    conv = any(l["type"] == "Conv2d" for l in job.layers)
    return {f"{mode}, {how}{', channels_last' * last}":
            lambda mode=mode, how=how, last=last:
                Training(job, batches, mode, how, last)
            for mode in ("eager", "compile") for how in ("foreach", "fused")
            for last in ([False, True] if conv else [False])}


def main():
    job = Job()
    torch.set_num_threads(job.threads)
    if job.device == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = False  # nor does nnrun under `math: strict`
    if job.task == "gather":
        choices = {"DataLoader": lambda: Gathering(job)}
    elif job.task == "adam":
        choices = {how: lambda how=how: Adam(job, how) for how in ("foreach", "fused")}
    else:
        choices = calls(job) or variants(job)
    name, task = fastest(job, choices)
    serve(f"PyTorch {torch.__version__.split('+')[0]}, {name}", task)


if __name__ == "__main__":
    main()
