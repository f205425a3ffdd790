"""How each kind of row is measured: a function of its name in rows.py, called as KIND(bench, row,
threads, peer), that returns what rounds.summary() does."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import rounds
from machine import load
from rounds import Side

HERE = pathlib.Path(__file__).resolve().parent


class Bench:
    """Where the programs are, and how much is asked."""

    def __init__(self, binaries, python, count, reasons):
        self.binaries, self.python, self.count = binaries, python, count
        self.processes = 3 if count >= 11 else 1  # rounds of whole processes, which take minutes
        self.reasons = reasons  # {peer: why it cannot run}
        self.flops_of = {}

    def model(self, row):
        return (HERE / row.model if row.model.startswith("models/")
                else HERE.parent / "nnrun" / row.model)

    def overrides(self, row, threads):
        return [f"backend.threads={threads}", *row.set]

    def ours(self, row, threads, task=None, extra=(), env=None):
        model = [self.model(row), *self.overrides(row, threads), *extra] if row.model else []
        return Side([self.binaries / "nnrun-bench-steps", task or row.task, row.batch, *model],
                    threads, env, fair=row.kind == "disturbed")

    def peer_command(self, row, threads, peer, folder):
        if peer == "fann":
            program = self.binaries / "nnrun-bench-fann"
            if not program.exists():
                raise RuntimeError("not built: there was no libfann-dev")
            return [program, row.task, row.batch, threads, folder]
        if peer in self.reasons:
            raise RuntimeError(self.reasons[peer])
        return [self.python, HERE / f"peer_{peer}.py", row.task, row.batch, threads, folder,
                *([row.only] if row.only else [])]

    @contextlib.contextmanager
    def sides(self, row, threads, peer, task=None):
        """Both processes, ready; the peer with nnrun's weights."""
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            try:
                a = self.ours(row, threads, task)
                stack.callback(a.close)
                a.hear()
                if row.model:
                    a.say(f"save {folder}")
            except RuntimeError as e:
                raise RuntimeError(f"not there yet: {e}") from None
            if peer == "nnrun":
                b = self.ours(row, threads, task, row.other)
            else:
                b = Side(self.peer_command(row, threads, peer, folder), threads,
                         fair=row.kind == "disturbed")
            stack.callback(b.close)
            yield a, b, " ".join(b.hear())

    def flops(self, row):
        """Of one step or prediction: multiplications and additions of its matrices, or None."""
        if row.task == "adam" or not row.model or row.kind not in ("steps", "disturbed"):
            return None
        key = row.model, row.set
        if key not in self.flops_of:
            shown = subprocess.run([self.binaries / "nnrun", "show", self.model(row), "--json",
                                    *row.set], capture_output=True, text=True)
            if shown.returncode:
                return None
            forward = []
            for layer in json.loads(shown.stdout)["layers"]:
                if layer["type"] in ("Linear", "Conv2d"):
                    out = layer["out"]
                    weights = layer["parameters"]
                    if "bias=false" not in layer["arguments"]:
                        weights -= out[1]
                    positions = out[2] * out[3] if len(out) == 4 else 1
                    forward.append(2 * weights * positions)
            self.flops_of[key] = forward
        forward = self.flops_of[key]
        # Backward: as much for the weights, and again for the inputs, but not the first layer's.
        each = 3 * sum(forward) - forward[0] if row.task == "train" else sum(forward)
        return each * row.batch


def too_long(*_):
    raise RuntimeError("took longer than its limit")


def line(bench, row, threads, peer, target, limit):
    """A line of the table: what came of it in so many seconds, or why nothing did."""
    result = {"id": row.id, "workload": row.title, "threads": threads, "peer": peer,
              "unit": row.unit, "target": target, "most": row.most, "most_ratio": row.most_ratio}
    before = load()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(limit)
    try:
        came = globals()[row.kind](bench, row, threads, peer)
        result["peer"] = came.pop("peer_is")
        if "peer" in came:
            result["peer_time"] = came.pop("peer")
        result.update(came)
    except (RuntimeError, OSError) as e:
        result["reason"] = f"{e}"
    finally:
        signal.alarm(0)
    result["load_average"] = [before, load()]
    return result


def steps(bench, row, threads, peer):
    with bench.sides(row, threads, peer) as (a, b, about):
        return {"peer_is": about, **rounds.compare(
            a, b, row.restart, bench.count, row.tolerance, many=row.many,
            weights=row.task == "train" and peer != "nnrun", but=row.but)}


def disturbed(bench, row, threads, peer):
    with bench.sides(row, threads, peer) as (a, b, about):
        return {"peer_is": about, **rounds.disturbed(a, b, threads, bench.count, row.tolerance)}


def memory(bench, row, threads, peer):
    with bench.sides(row, threads, peer) as (a, b, about):
        differ = rounds.agree(a, b)
        a.run(20), b.run(20)
        ours, theirs = a.most_memory() / 1e6, b.most_memory() / 1e6
        return {"peer_is": about, **rounds.summary(
            [{"nnrun": ours, "peer": theirs, "ratio": theirs / ours, "a_a": 1.0}], 1, 1, differ,
            row.tolerance)}


def single(values):
    """nnrun without a peer."""
    kept = [{"nnrun": v, "peer": float("nan"), "ratio": float("nan"), "a_a": 1.0} for v in values]
    return {"peer_is": "-", **rounds.summary(kept, len(kept), 1, 0.0, 0.0)}


def plan(bench, row, threads, peer):
    """From a model file to the first step done, less a step."""
    with tempfile.TemporaryDirectory() as cache:
        env = {"XDG_CACHE_HOME": cache}
        side = bench.ours(row, threads, "train")
        try:
            side.hear()
            side.run(1)
            step = min(side.run(1)[0] for _ in range(3))
        finally:
            side.close()
        values = []
        for i in range(bench.count + 1):
            if i == 0 or row.other:  # cold: a process of its own, and nothing cached
                side = bench.ours(row, threads, "plan", env=env)
                side.hear()
            if i > 0 or row.other:
                values.append(side.run(1)[0] - step)
            else:
                side.run(1)
            if row.other:
                side.close()
                subprocess.run(["rm", "-rf", *pathlib.Path(cache).iterdir()], check=True)
        if not row.other:
            side.close()
    return single(values)


def save_start(bench, row, threads, folder):
    """The model file and the first weights, which the peer's script starts from."""
    side = bench.ours(row, threads)
    try:
        side.hear()
        side.say(f"save {folder}")
    finally:
        side.close()


def first_step(bench, row, threads, peer):
    """nnrun: a file to a trained run; the peer: until it has made its first step."""
    with tempfile.TemporaryDirectory() as folder:
        save_start(bench, row, threads, folder)
        ours = [bench.binaries / "nnrun", "train", bench.model(row), "--quick=1", "-q", "-o",
                f"{folder}/run", "--overwrite", *bench.overrides(row, threads)]
        theirs = [bench.python, HERE / "torch_script.py", folder, row.batch, 0, "eager"]
        if peer in bench.reasons:
            raise RuntimeError(bench.reasons[peer])
        return {"peer_is": "PyTorch, eager", **rounds.processes(
            ours, theirs, threads, bench.count, lambda a, b: 0.0, row.tolerance)}


def whole(bench, row, threads, peer):
    """`nnrun train` beside the script of torch_script.py: eager and compiled, the faster of both."""
    if peer in bench.reasons:
        raise RuntimeError(bench.reasons[peer])
    with tempfile.TemporaryDirectory() as folder:
        save_start(bench, row, threads, folder)
        ours = [bench.binaries / "nnrun", "train", bench.model(row), "--json", "-q", "-o",
                f"{folder}/run", "--overwrite", *bench.overrides(row, threads)]
        script = lambda how: [bench.python, HERE / "torch_script.py", folder, row.batch, 5, how]
        how = min(("eager", "compile"), key=lambda how: rounds.wall(script(how), threads)[0])

        def differ(a, b):
            return abs(json.loads(a)["test"]["accuracy"] - float(b))

        return {"peer_is": f"PyTorch, {how}", **rounds.processes(
            ours, script(how), threads, bench.processes, differ, row.tolerance)}


def layers(bench, row, threads, peer):
    """Planning networks of two depths."""
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for depth in row.other:
            path = pathlib.Path(folder) / f"{depth}.yaml"
            path.write_text("nnrun: 1\nname: deep\nmodel:\n  type: Sequential\n  input_shape: [4]\n"
                            "  layers:\n" + "    - {type: Linear, out_features: 4}\n    - Tanh\n"
                            * (depth // 2))
            commands.append([bench.binaries / "nnrun", "show", path, "--plan", "-q"])
        return {"peer_is": "nnrun", **rounds.processes(
            *commands, threads, bench.processes, lambda a, b: 0.0, row.tolerance)}
