"""A model file of nnrun as PyTorch runs it: the same layers, names, loss, optimizer and order.

A model file is the dict that its YAML says. Layers get torch's names: parameter `0.weight` of the
layer with index 0, `hidden.weight` of the one called hidden.
"""
import collections
import math

import torch
from torch import nn
from torch.nn import functional as F

NOT_ARGUMENTS = ("type", "name", "inputs", "layers", "shortcut")
# What may be left out, and the dimension of the input that says it.
INFERRED = {
    "Linear": ("in_features", -1),
    "Conv1d": ("in_channels", 1),
    "Conv2d": ("in_channels", 1),
    "ConvTranspose2d": ("in_channels", 1),
    "BatchNorm1d": ("num_features", 1),
    "BatchNorm2d": ("num_features", 1),
}


class Function(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, *x):
        return self.f(*x)


class Network(nn.Module):
    """Layers one after the other, or as their `inputs` say."""

    def __init__(self, layers, x):
        super().__init__()
        self.wiring = []
        values = {"input": x}
        for i, config in enumerate(layers):
            name = config.get("name", str(i))
            inputs = config.get("inputs")
            read = [x] if inputs is None else [values[n] for n in inputs]
            self.add_module(name, make_layer(config, read))
            self.wiring.append((name, inputs))
            x = values[name] = getattr(self, name)(*read)

    def forward(self, x):
        values = {"input": x}
        for name, inputs in self.wiring:
            read = [x] if inputs is None else [values[n] for n in inputs]
            x = values[name] = getattr(self, name)(*read)
        return x


class Residual(nn.Module):
    def __init__(self, config, x):
        super().__init__()
        self.layers = Network(config["layers"], x)
        self.shortcut = Network(config.get("shortcut", []), x)

    def forward(self, x):
        return self.layers(x) + self.shortcut(x)


def formula(config):
    expr = compile(config["expr"], "expr", "eval")
    names = {k: v for k, v in config.items() if k not in (*NOT_ARGUMENTS, "expr")}
    names.update(sigmoid=torch.sigmoid, tanh=torch.tanh, exp=torch.exp)
    return Function(lambda x: eval(expr, {}, {**names, "x": x}))


class Exact(nn.Module):
    """A layer whose gradient in torch has a constant rounded to float32 (1/6 of Hardsigmoid, 1/alpha
    of CELU), wrong by 1e-8 in float64: there, the same function in other words."""

    def __init__(self, layer, function):
        super().__init__()
        self.layer, self.function = layer, function

    def forward(self, x):
        return self.function(x) if x.dtype == torch.float64 else self.layer(x)


def make_layer(config, inputs):
    kind, x = config["type"], inputs[0]
    if kind == "Sequential":
        return Network(config["layers"], x)
    if kind == "Residual":
        return Residual(config, x)
    if kind == "Formula":
        return formula(config)
    if kind == "Add":
        return Function(lambda *v: sum(v[1:], v[0]))
    if kind == "Mul":
        return Function(lambda a, b: a * b)
    if kind == "Concat":
        return Function(lambda *v: torch.cat(v, config.get("dim", 1)))
    arguments = {k: tuple(v) if isinstance(v, list) else v
                 for k, v in config.items() if k not in NOT_ARGUMENTS}
    if kind in INFERRED:
        name, dim = INFERRED[kind]
        arguments.setdefault(name, x.shape[dim])
    layer = getattr(nn, kind)(**arguments)
    if kind == "Hardsigmoid":
        return Exact(layer, lambda x: F.relu6(x + 3) / 6)
    if kind == "CELU":
        return Exact(layer, lambda x: layer.alpha * F.elu(x / layer.alpha))
    return layer


def sequential(layers, x):
    """A chain of layers as torch's own Sequential; one that has no name is called by its index.
    x: a few samples, for their shape."""
    modules = collections.OrderedDict()
    with torch.no_grad():
        for i, config in enumerate(layers):
            module = (sequential(config["layers"], x) if config["type"] == "Sequential"
                      else make_layer(config, [x]))
            modules[config.get("name", str(i))] = module
            x = module(x)
    return nn.Sequential(modules)


def make_network(model, x):
    """`x`: a few samples, for their shape."""
    with torch.no_grad():
        return Network(model["layers"], x)


def component(home, config, *positional):
    """`CrossEntropyLoss`, or `{type: SGD, lr: 0.1}`."""
    config = {"type": config} if isinstance(config, str) else config
    arguments = {k: v for k, v in config.items() if k != "type"}
    return getattr(home, config["type"])(*positional, **arguments)


def tensors(arrays, dtype):
    """NumPy's floats in the dtype of the model; classes and indices as int64."""
    return [torch.tensor(a, dtype=dtype if a.dtype.kind == "f" else torch.int64) for a in arrays]


class Trainer:
    """Trains as `nnrun train` does with `shuffle: false`."""

    def __init__(self, network, training):
        self.network = network
        self.training = training
        self.loss = component(nn, training["loss"])
        self.optimizer = component(torch.optim, training["optimizer"], network.parameters())
        scheduler = training.get("scheduler")
        self.scheduler = scheduler and component(torch.optim.lr_scheduler, scheduler,
                                                 self.optimizer)

    def run(self, x, y, val=None):
        """All epochs."""
        for _ in range(self.training["epochs"]):
            losses = self.epoch(x, y)
            if isinstance(self.scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
                self.scheduler.step(self.mean(losses) if val is None else self.loss_on(*val))
            elif self.scheduler:
                self.scheduler.step()

    def epoch(self, x, y):
        """The (loss, rows) of each step."""
        self.network.train()
        size = self.training["batch_size"]
        return [(self.step(*batch), len(batch[0])) for batch in zip(x.split(size), y.split(size))]

    def step(self, x, y):
        """Raises OverflowError where nnrun would stop: at a loss that is not finite."""
        self.optimizer.zero_grad()
        loss = self.loss(self.network(x), y)
        if not math.isfinite(loss.item()):
            raise OverflowError(loss.item())
        loss.backward()
        parameters = list(self.network.parameters())
        if "clip_grad_value" in self.training:
            nn.utils.clip_grad_value_(parameters, self.training["clip_grad_value"])
        if "clip_grad_norm" in self.training:
            nn.utils.clip_grad_norm_(parameters, self.training["clip_grad_norm"])
        self.optimizer.step()
        return loss.item()

    def mean(self, losses):
        """Over the rows."""
        rows = sum(n for _, n in losses)
        if self.loss.reduction == "sum":
            return sum(loss for loss, _ in losses) / rows
        return sum(loss * n for loss, n in losses) / rows

    def loss_on(self, x, y):
        self.network.eval()
        with torch.no_grad():
            return self.mean([(self.loss(self.network(x), y).item(), len(x))])


def loaded(model, x, weights, dtype):
    """The model's network with these weights. x: a few samples, for their shape."""
    x = x.float() if x.is_floating_point() else x
    network = make_network(model, x).to(dtype)
    network.load_state_dict(weights, strict=True)
    return network


def weights_after(model_file, weights, data, val, dtype):
    """The weights at the end of training. data, val: (x, y) of NumPy; val may be None."""
    x, y = tensors(data, dtype)
    network = loaded(model_file["model"], x[:2], weights, dtype)
    Trainer(network, model_file["training"]).run(x, y, val and tensors(val, dtype))
    return {k: v.detach().clone() for k, v in network.state_dict().items()}
