"""JAX's side of a comparison (peers; peer.py says how it is called): the whole step under jit.

Training is the fastest of one jit a step, and all steps of a call inside lax.fori_loop where the
batch is the whole data set. Buffers of weights are donated. Threads are those the process may use.
"""
import os

from peer import Job, Task, fastest, norm, numbers, serve

if __name__ == "__main__" and Job().threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax  # noqa: E402


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def conv(x, w, layer):
    y, x_ = pair(layer["padding"])
    return lax.conv_general_dilated(x, w, pair(layer["stride"]), [(y, y), (x_, x_)],
                                    dimension_numbers=("NCHW", "OIHW", "NCHW"))


def pool(x, layer):
    size, stride = pair(layer["kernel_size"]), pair(layer.get("stride") or layer["kernel_size"])
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, *size), (1, 1, *stride), "VALID")


ACTIVATIONS = {"ReLU": jax.nn.relu, "Sigmoid": jax.nn.sigmoid, "Tanh": jnp.tanh}


def forward(layers, w, x):
    for i, layer in enumerate(layers):
        kind, name = layer["type"], layer.get("name", str(i))
        if kind == "Flatten":
            x = x.reshape(len(x), -1)
        elif kind == "Linear":
            x = x @ w[f"{name}.weight"].T + w[f"{name}.bias"]
        elif kind == "Conv2d":
            x = conv(x, w[f"{name}.weight"], layer) + w[f"{name}.bias"][:, None, None]
        elif kind == "MaxPool2d":
            x = pool(x, layer)
        elif kind in ACTIVATIONS:
            x = ACTIVATIONS[kind](x)
        else:
            raise ValueError(f"no layer {kind} in this peer")
    return x


def cross_entropy(x, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))


LOSSES = {"CrossEntropyLoss": cross_entropy, "MSELoss": lambda x, y: jnp.mean((x - y) ** 2)}


def update(kind, a, w, grads, state):
    """New weights and state, of nnrun's optimizer without its options for decay."""
    if kind == "SGD" and not a["momentum"]:
        return jax.tree.map(lambda p, g: p - a["lr"] * g, w, grads), state
    if kind == "Adam":
        (b1, b2), t = a["betas"], state["t"] + 1
        m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state["m"], grads)
        v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state["v"], grads)
        left = lambda b: -jnp.expm1(t * np.log(b))  # 1 - b**t, which cancels in float32
        rate, root = a["lr"] / left(b1), jnp.sqrt(left(b2))
        return jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) / root + a["eps"]),
                            w, m, v), {"m": m, "v": v, "t": t}
    raise ValueError(f"no optimizer {kind} with these options in this peer")


def fresh_state(kind, w):
    if kind != "Adam":
        return {}
    zeros = lambda: {name: jnp.zeros_like(p) for name, p in w.items()}
    return {"m": zeros(), "v": zeros(), "t": jnp.zeros((), jnp.float32)}


class Training(Task):
    def __init__(self, job, inside):
        self.job, self.inside = job, inside
        self.batches = [(jnp.asarray(x), jnp.asarray(y.astype(np.int32) if y.ndim == 1 else y))
                        for x, y in job.batches()]
        if inside and len(self.batches) != 1:
            raise ValueError("fori_loop is for one batch")
        loss = LOSSES[job.training("loss")[0]]
        self.kind, arguments = job.training("optimizer")

        def step(w, state, x, y):
            cast = (lambda t: t.astype(jnp.bfloat16)) if job.bf16 else lambda t: t
            objective = lambda w: loss(
                forward(job.layers, jax.tree.map(cast, w), cast(x)).astype(jnp.float32), y)
            value, grads = jax.value_and_grad(objective)(w)
            return *update(self.kind, arguments, w, grads, state), value

        def many(n, w, state, x, y):
            body = lambda _, c: step(c[0], c[1], x, y)
            return lax.fori_loop(0, n, body, (w, state, jnp.float32(0)))

        self.step = jax.jit(step, donate_argnums=(0, 1))
        self.many = jax.jit(many, donate_argnums=(1, 2))
        self.restart()

    def restart(self):
        self.w = {name: jnp.array(w) for name, w in self.job.weights.items()}
        self.state = fresh_state(self.kind, self.w)
        self.next = 0

    def run(self, steps):
        w, state, batches = self.w, self.state, self.batches
        if self.inside:
            w, state, loss = self.many(steps, w, state, *batches[0])
        else:
            for i in range(self.next, self.next + steps):
                w, state, loss = self.step(w, state, *batches[i % len(batches)])
        self.next += steps
        self.w, self.state, self.loss = jax.block_until_ready((w, state, loss))

    def value(self):
        return float(self.loss)

    def weights(self):
        return {name: np.asarray(w) for name, w in self.w.items()}


class Predicting(Task):
    def __init__(self, job):
        w = {name: jnp.array(w) for name, w in job.weights.items()}
        self.forward = jax.jit(lambda x: forward(job.layers, w, x))
        self.inputs = job.inputs()
        self.restart()

    def run(self, calls):
        for i in range(self.next, self.next + calls):
            self.y = np.asarray(self.forward(self.inputs[i % 4]))
        self.next += calls

    def value(self):
        return norm(self.y)


class Adam(Task):
    def __init__(self):
        shapes = ((512, 784), (512, 512), (10, 512))
        self.grads = {str(i): jnp.array(numbers(s, 7)) for i, s in enumerate(shapes)}
        self.first = {str(i): numbers(s) for i, s in enumerate(shapes)}
        a = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}
        self.step = jax.jit(lambda w, s, g: update("Adam", a, w, g, s), donate_argnums=(0, 1))
        self.restart()

    def restart(self):
        self.w = {name: jnp.array(w) for name, w in self.first.items()}
        self.state = fresh_state("Adam", self.w)

    def run(self, steps):
        for _ in range(steps):
            self.w, self.state = self.step(self.w, self.state, self.grads)
        jax.block_until_ready(self.w)

    def value(self):
        return norm(self.w["0"])


def main():
    job = Job()
    choices = {"train": {"jit": lambda: Training(job, False), "fori_loop": lambda: Training(job, True)},
               "predict": {"jit": lambda: Predicting(job)}, "adam": {"jit": Adam}}
    if job.task == "train" and len(job.batches()) > 1:
        del choices["train"]["fori_loop"]
    name, task = fastest(job, choices[job.task])
    serve(f"JAX {jax.__version__}, {name}", task)


if __name__ == "__main__":
    main()
