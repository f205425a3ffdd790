"""Draws networks at random: model files and small data sets.

Every kind of layer, loss, optimizer and scheduler comes from a deck of cards that is dealt to the
last card before it is shuffled again, so that all of them turn up about equally often.
"""
import random

import numpy as np


class Deck:
    def __init__(self, rng, cards):
        self.rng, self.cards, self.left = rng, cards, []

    def deal(self):
        if not self.left:
            self.left = self.rng.sample(self.cards, len(self.cards))
        card = self.left.pop()
        return card() if callable(card) else card


class Dealer:
    """All decks, over one source of random numbers."""

    def __init__(self, seed):
        self.rng = r = random.Random(seed)
        pick, number = r.choice, self.number
        self.activation = Deck(r, [
            lambda: {"type": "CELU", "alpha": number(0.5, 2)},
            lambda: {"type": "ELU", "alpha": number(0.5, 2)},
            lambda: {"type": "GELU", "approximate": pick(["none", "tanh"])},
            lambda: {"type": "Hardshrink", "lambd": number(0.1, 0.6)},
            lambda: {"type": "Hardsigmoid"},
            lambda: {"type": "Hardswish"},
            lambda: {"type": "Hardtanh", "min_val": number(-2, -0.5), "max_val": number(0.5, 2)},
            lambda: {"type": "Identity"},
            lambda: {"type": "LeakyReLU", "negative_slope": number(0.01, 0.3)},
            lambda: {"type": "LogSigmoid"},
            lambda: {"type": "LogSoftmax", "dim": pick([1, -1])},
            lambda: {"type": "Mish"},
            lambda: {"type": "PReLU", "init": number(0.1, 0.4)},
            lambda: {"type": "ReLU"},
            lambda: {"type": "ReLU6"},
            lambda: {"type": "SELU"},
            lambda: {"type": "SiLU"},
            lambda: {"type": "Sigmoid"},
            lambda: {"type": "Softmax", "dim": pick([1, -1])},
            lambda: {"type": "Softmin", "dim": pick([1, -1])},
            lambda: {"type": "Softplus", "beta": number(0.5, 2), "threshold": number(1, 20)},
            lambda: {"type": "Softshrink", "lambd": number(0.1, 0.6)},
            lambda: {"type": "Softsign"},
            lambda: {"type": "Tanh"},
            lambda: {"type": "Tanhshrink"},
            lambda: {"type": "Threshold", "threshold": number(-0.5, 0.2),
                     "value": number(-0.5, 0.2)},
            lambda: {"type": "Formula", "expr": "x * sigmoid(beta * x)", "beta": number(0.5, 2)},
        ])
        self.loss = Deck(r, [
            lambda: {"type": "MSELoss", "reduction": self.reduction()},
            lambda: {"type": "L1Loss", "reduction": self.reduction()},
            lambda: {"type": "SmoothL1Loss", "beta": number(0.2, 1.5)},
            lambda: {"type": "HuberLoss", "delta": number(0.2, 1.5)},
            lambda: {"type": "BCELoss", "reduction": self.reduction()},
            lambda: {"type": "BCEWithLogitsLoss", "reduction": self.reduction()},
            lambda: {"type": "CrossEntropyLoss"},
            lambda: {"type": "CrossEntropyLoss", "label_smoothing": number(0.05, 0.3),
                     "reduction": self.reduction()},
            lambda: {"type": "CrossEntropyLoss", "ignore_index": 0},
            lambda: {"type": "NLLLoss", "reduction": self.reduction()},
        ])
        self.optimizer = Deck(r, [
            lambda: {"type": "SGD", "lr": self.lr(0.05)},
            lambda: {"type": "SGD", "lr": self.lr(0.03), "momentum": number(0.5, 0.95)},
            lambda: {"type": "SGD", "lr": self.lr(0.03), "momentum": number(0.5, 0.95),
                     "nesterov": True, "weight_decay": number(0.001, 0.05)},
            lambda: {"type": "SGD", "lr": self.lr(0.03), "momentum": number(0.5, 0.95),
                     "dampening": number(0.1, 0.6)},
            lambda: {"type": "SGD", "lr": self.lr(0.005), "momentum": 0.5, "maximize": True},
            lambda: {"type": "Adam", "lr": self.lr(0.005)},
            lambda: {"type": "Adam", "lr": self.lr(0.005), "amsgrad": True,
                     "betas": [number(0.5, 0.9), number(0.8, 0.999)]},
            lambda: {"type": "Adam", "lr": self.lr(0.005), "eps": 1e-6,
                     "weight_decay": number(0.001, 0.05)},
            lambda: {"type": "Adam", "lr": self.lr(0.002), "maximize": True},
            lambda: {"type": "AdamW", "lr": self.lr(0.005), "weight_decay": number(0.01, 0.2),
                     "amsgrad": pick([False, True])},
            lambda: {"type": "RMSprop", "lr": self.lr(0.003), "alpha": number(0.8, 0.99)},
            lambda: {"type": "RMSprop", "lr": self.lr(0.002), "centered": True, "eps": 1e-4},
            lambda: {"type": "RMSprop", "lr": self.lr(0.002), "momentum": number(0.3, 0.9),
                     "weight_decay": number(0.001, 0.05)},
            lambda: {"type": "Adagrad", "lr": self.lr(0.03), "lr_decay": number(0.001, 0.1)},
            lambda: {"type": "Adagrad", "lr": self.lr(0.03), "eps": 1e-6,
                     "initial_accumulator_value": number(0.01, 0.2),
                     "weight_decay": number(0.001, 0.05)},
        ])
        self.scheduler = Deck(r, [
            None,
            lambda: {"type": "StepLR", "step_size": pick([1, 2]), "gamma": number(0.3, 0.9)},
            lambda: {"type": "MultiStepLR", "milestones": [1, 3], "gamma": number(0.3, 0.9)},
            lambda: {"type": "ExponentialLR", "gamma": number(0.6, 0.95)},
            lambda: {"type": "CosineAnnealingLR", "T_max": pick([2, 4, 5]),
                     "eta_min": pick([0, 0.001])},
            lambda: {"type": "CosineAnnealingWarmRestarts", "T_0": pick([1, 2]),
                     "T_mult": pick([1, 2])},
            lambda: {"type": "ReduceLROnPlateau", "factor": number(0.2, 0.7), "patience": 0,
                     "threshold": 0.2},
            lambda: {"type": "ReduceLROnPlateau", "factor": number(0.2, 0.7), "patience": 1,
                     "cooldown": 1, "threshold": 0.01, "threshold_mode": "abs"},
            lambda: {"type": "LinearLR", "start_factor": number(0.1, 0.6), "total_iters": 3},
            lambda: {"type": "ConstantLR", "factor": number(0.1, 0.6), "total_iters": 2},
            lambda: {"type": "PolynomialLR", "total_iters": 6, "power": pick([1, 2])},
        ])
        self.clipping = Deck(r, [
            {}, {}, {},
            lambda: {"clip_grad_norm": number(0.05, 0.5)},
            lambda: {"clip_grad_value": number(0.01, 0.1)},
            lambda: {"clip_grad_value": 0.1, "clip_grad_norm": number(0.1, 0.3)},
        ])
        self.pool = Deck(r, [
            lambda: {"type": "MaxPool2d", "kernel_size": 2},
            lambda: {"type": "MaxPool2d", "kernel_size": [2, 3], "stride": [2, 1],
                     "padding": [0, 1]},
            lambda: {"type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1,
                     "ceil_mode": True},
            lambda: {"type": "MaxPool2d", "kernel_size": 2, "stride": 1, "dilation": [2, 1]},
            lambda: {"type": "AvgPool2d", "kernel_size": 2},
            lambda: {"type": "AvgPool2d", "kernel_size": 3, "stride": [1, 2], "padding": 1,
                     "count_include_pad": False},
            lambda: {"type": "AvgPool2d", "kernel_size": [3, 2], "stride": 2, "padding": 1,
                     "ceil_mode": True},
        ])
        self.family = Deck(r, [self.dense, self.dense, self.dense_sequence, self.conv2d,
                               self.conv2d, self.conv2d, self.conv_transpose2d, self.conv1d,
                               self.embedding, self.residual, self.branches])

    def number(self, low, high):
        return float(f"{self.rng.uniform(low, high):.3g}")

    def lr(self, about):
        return self.number(0.5 * about, 1.5 * about)

    def flag(self, chance=0.5):
        return self.rng.random() < chance

    def size(self, low, high):
        return self.rng.randint(low, high)

    def reduction(self):
        return self.rng.choice(["mean", "mean", "sum"])

    # Parts of networks

    def linear(self, out, bias=None):
        """Behind a normalisation a bias has no gradient but rounding, which Adam makes steps of."""
        return {"type": "Linear", "out_features": out,
                "bias": self.flag(0.8) if bias is None else bias}

    def batch_norm(self, kind):
        return {"type": kind, "eps": self.rng.choice([1e-5, 1e-3]), "momentum": self.number(0, 0.5),
                "affine": self.flag(0.8), "track_running_stats": self.flag(0.8)}

    def layer_norm(self, *shape):
        return {"type": "LayerNorm", "normalized_shape": list(shape),
                "elementwise_affine": self.flag(0.8), "bias": self.flag(0.8)}

    def conv2d_layer(self, channels, out, bias=True):
        groups = self.rng.choice([g for g in (1, 2, 3, 4) if channels % g == out % g == 0])
        pair = lambda *choices: [self.rng.choice(choices), self.rng.choice(choices)]
        return {"type": "Conv2d", "out_channels": out, "kernel_size": pair(1, 2, 3),
                "stride": pair(1, 1, 2), "padding": pair(0, 1, 2), "dilation": pair(1, 1, 2),
                "groups": groups, "bias": bias}

    def activated(self, channels):
        layer = self.activation.deal()
        if layer["type"] == "PReLU" and self.flag():
            layer["num_parameters"] = channels
        return layer

    # Families of networks: (input_shape, layers without the head)

    def dense(self):
        layers = []
        for _ in range(self.size(1, 3)):
            width = self.size(3, 10)
            norm = self.rng.choice([None, None, self.batch_norm("BatchNorm1d"),
                                    self.layer_norm(width)])
            layers.append(self.linear(width, bias=False if norm else None))
            layers += [norm] if norm else []
            layers.append(self.activated(width))
        return [self.size(2, 8)], layers

    def dense_sequence(self):
        length, width = self.size(2, 4), self.size(3, 6)
        layers = [self.linear(width), self.activation.deal(), self.layer_norm(length, width),
                  {"type": "Flatten"}, self.linear(8), {"type": "Unflatten", "dim": 1,
                                                        "unflattened_size": [2, -1]},
                  self.activation.deal(), {"type": "Flatten", "start_dim": 1, "end_dim": 2}]
        return [length, self.size(2, 5)], layers

    def conv2d(self):
        channels = self.size(1, 4)
        shape = [channels, self.size(6, 9), self.size(6, 9)]
        layers = []
        for _ in range(self.size(1, 2)):
            out = self.rng.choice([2, 3, 4, 6])
            norm = self.flag(0.4)
            layers.append(self.conv2d_layer(channels, out, bias=not norm))
            layers += [self.batch_norm("BatchNorm2d")] if norm else []
            layers.append(self.activated(out))
            channels = out
        layers += [self.pool.deal()] if self.flag(0.8) else []
        if self.flag(0.4):
            layers.append({"type": "AdaptiveAvgPool2d", "output_size": [self.size(1, 3), 2]})
        return shape, layers + [{"type": "Flatten"}]

    def conv_transpose2d(self):
        channels, out = self.rng.choice([2, 4]), self.rng.choice([2, 4])
        stride = self.size(1, 3)
        layers = [{"type": "ConvTranspose2d", "out_channels": out,
                   "kernel_size": [self.size(2, 3), self.size(1, 3)], "stride": stride,
                   "padding": self.size(0, 1), "output_padding": self.size(0, stride - 1),
                   "groups": self.size(1, 2), "dilation": self.size(1, 2), "bias": self.flag(0.7)},
                  self.activation.deal(), self.conv2d_layer(out, 2), self.activation.deal(),
                  {"type": "AdaptiveAvgPool2d", "output_size": [3, 2]}, {"type": "Flatten"}]
        return [channels, self.size(3, 5), self.size(3, 5)], layers

    def conv1d(self):
        channels, out = self.size(1, 4), self.rng.choice([2, 4, 6])
        groups = 2 if channels % 2 == 0 and self.flag() else 1
        norm = self.flag()
        layers = [{"type": "Conv1d", "out_channels": out, "kernel_size": self.size(1, 4),
                   "stride": self.size(1, 2), "padding": self.size(0, 2),
                   "dilation": self.size(1, 2), "groups": groups, "bias": not norm}]
        layers += [self.batch_norm("BatchNorm1d")] if norm else []
        return [channels, self.size(8, 12)], layers + [self.activation.deal(), {"type": "Flatten"}]

    def embedding(self):
        words, dim, length = self.size(4, 9), self.size(2, 5), self.size(2, 5)
        table = {"type": "Embedding", "num_embeddings": words, "embedding_dim": dim}
        if self.flag():
            table["padding_idx"] = self.rng.choice([0, -1])
        layers = [table]
        layers += [self.layer_norm(dim)] if self.flag() else []
        layers += [self.linear(self.size(2, 5)), self.activation.deal(), {"type": "Flatten"}]
        return [length], layers

    def residual(self):
        if self.flag():
            width = self.size(3, 7)
            inner = [self.linear(self.size(2, 6)), self.activation.deal(), self.linear(width)]
            layers = [self.linear(width), {"type": "Residual", "layers": inner},
                      self.activation.deal()]
            return [self.size(2, 6)], layers
        channels, out, stride = self.size(1, 3), self.size(2, 4), self.size(1, 2)
        conv = {"type": "Conv2d", "kernel_size": 3, "padding": 1, "bias": False}
        inner = [{**conv, "out_channels": out, "stride": stride}, self.batch_norm("BatchNorm2d"),
                 self.activation.deal(), {**conv, "out_channels": out}]
        shortcut = [{"type": "Conv2d", "out_channels": out, "kernel_size": 1, "stride": stride}]
        layers = [{"type": "Residual", "name": "block", "layers": inner, "shortcut": shortcut},
                  self.activation.deal(), {"type": "AdaptiveAvgPool2d", "output_size": 2},
                  {"type": "Flatten"}]
        return [channels, self.size(4, 7), self.size(4, 7)], layers

    def branches(self):
        width = self.size(2, 5)
        layers = [{**self.linear(width), "name": "left"},
                  {**self.linear(width), "name": "right", "inputs": ["input"]},
                  {**self.activation.deal(), "name": "bent"},
                  {"type": self.rng.choice(["Add", "Mul", "Concat"]),
                   "inputs": self.rng.sample(["left", "bent"], 2)},
                  {"type": "Sequential", "name": "rest",
                   "layers": [self.linear(self.size(2, 6)), self.activation.deal()]}]
        return [self.size(2, 6)], layers

    # Whole cases

    def case(self, name):
        input_shape, layers = self.family.deal()
        loss, scheduler = self.loss.deal(), self.scheduler.deal()
        outputs = self.size(2, 5) if is_of_classes(loss) else self.size(1, 3)
        layers = layers + [self.linear(outputs, bias=True)]
        if loss["type"] == "NLLLoss":
            layers.append({"type": "LogSoftmax", "dim": 1})
        if loss["type"] == "BCELoss":
            layers.append({"type": "Sigmoid"})
        rows, batch = self.odd_batches()
        data = {"source": npz("data.npz")}
        if scheduler and scheduler["type"] == "ReduceLROnPlateau" and self.flag():
            data["val"] = npz("val.npz")
        training = {"epochs": round(20 / -(-rows // batch)), "batch_size": batch, "shuffle": False,
                    "loss": loss, "optimizer": self.optimizer.deal()}
        training.update({"scheduler": scheduler} if scheduler else {})
        training.update(self.clipping.deal())
        model_file = {"name": name, "data": data,
                      "model": {"input_shape": input_shape, "layers": layers},
                      "training": training}
        return Case(model_file, rows, outputs)

    def odd_batches(self):
        """Rows and a batch size that leave a short batch, of two rows at least."""
        while True:
            rows, batch = self.size(20, 36), self.size(5, 10)
            if rows % batch >= 2:
                return rows, batch


class Case:
    """A model file, and how many rows of how many outputs its data has."""

    def __init__(self, model_file, rows, outputs):
        self.model_file, self.rows, self.outputs = model_file, rows, outputs

    def data(self, random, rows):
        """(x, y): floats are float32, which both dtypes hold; indices and classes int64."""
        model, loss = self.model_file["model"], self.model_file["training"]["loss"]
        shape, first = (rows, *model["input_shape"]), model["layers"][0]
        if first["type"] == "Embedding":
            x = random.integers(0, first["num_embeddings"], shape)
        else:
            x = random.standard_normal(shape).astype(np.float32)
        if is_of_classes(loss):
            return x, random.integers(0, self.outputs, rows)
        if loss["type"].startswith("BCE"):
            return x, (random.random((rows, self.outputs)) < 0.5).astype(np.float32)
        return x, random.standard_normal((rows, self.outputs)).astype(np.float32)


def npz(path):
    return {"type": "npz", "path": path, "features": "x", "target": "y"}


def is_of_classes(loss):
    return loss["type"] in ("CrossEntropyLoss", "NLLLoss")
