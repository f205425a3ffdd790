"""Two processes that take turns, and the table of their times; README.md says how to read it."""
import math
import os
import pathlib
import platform
import re
import statistics
import subprocess
import tempfile

ROUND_NS = 60e6  # aimed at; none may be shorter than 50 ms
MOST_TRIES = 6   # rounds tried for one that counts


class Side:
    """A process that runs steps as it is told, line by line."""

    def __init__(self, command, threads):
        env = dict(os.environ, OMP_NUM_THREADS=str(threads))
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        env=env)

    def hear(self):
        """The next line, as words."""
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            said = self.errors.read().strip().splitlines() or ["without a word"]
            raise RuntimeError(f"{self.process.args[0]} ended: {said[-1]}")
        return line.split()

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.hear()

    def run(self, steps):
        """(nanoseconds, loss)"""
        ns, loss = self.say(f"run {steps}")
        return float(ns), float(loss)

    def calibrate(self):
        """Warms up; finds how many steps a round takes."""
        self.steps = 1
        while (took := self.run(self.steps)[0]) < ROUND_NS:
            self.steps = max(self.steps + 1,
                             math.ceil(self.steps * min(10, 1.1 * ROUND_NS / took)))

    def time(self):
        """Nanoseconds of a step."""
        while (took := self.run(self.steps)[0]) < 50e6:
            self.steps = math.ceil(1.2 * self.steps)
        return took / self.steps

    def close(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


def percentile(values, p):
    values = sorted(values)
    at = p * (len(values) - 1)
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])


def compare(a, b, restart, rounds):
    """Both sides from the same weights. Losses of the first 20 steps, then A B A B rounds."""
    apart = 0.0
    for _ in range(20):
        ours, theirs = a.run(1)[1], b.run(1)[1]
        apart = max(apart, abs(ours - theirs) / abs(theirs))
    a.calibrate()
    b.calibrate()
    kept, tried = [], 0
    while len(kept) < rounds and tried < MOST_TRIES * rounds:
        tried += 1
        if restart:
            for side in (a, b):
                side.say("restart")
                side.run(20)
        a1, b1, a2, b2 = a.time(), b.time(), a.time(), b.time()
        if all(0.9 <= x / y <= 1.1 for x, y in ((a1, a2), (b1, b2))):
            kept.append({"nnrun_ns": (a1 + a2) / 2, "peer_ns": (b1 + b2) / 2,
                         "ratio": (b1 + b2) / (a1 + a2), "a_a": a1 / a2})
    row = {"loss_apart": apart, "rounds": kept, "tried": tried,
           "void": not apart <= 1e-5 or len(kept) < rounds}
    if kept:
        ratios = [r["ratio"] for r in kept]
        row.update({name: statistics.median(r[name] for r in kept) for name in kept[0]},
                   p10=percentile(ratios, 0.1), p90=percentile(ratios, 0.9))
    return row


def cpu():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    field = lambda name: (re.search(rf"^{name}\s*:\s*(.*)$", info, re.M) or ["", "?"])[1]
    flags = field("flags").split()
    isa = [name for flag, name in (("avx2", "AVX2"), ("avx512f", "AVX-512"),
                                   ("avx512_bf16", "AVX-512 bf16"), ("amx_bf16", "AMX"))
           if flag in flags]
    return (f"{field('model name')} (family {field('cpu family')}, model {field('model')}), "
            f"{os.cpu_count()} cores, {' '.join(isa[-2:]) or platform.machine()}")


def load():
    return round(os.getloadavg()[0], 2)


def table(rows):
    lines = ["| workload | threads | peer | nnrun ns | peer ns | ratio | p10-p90 | A-A | rounds "
             "| losses | load |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        if r["rounds"]:
            numbers = (f"{r['nnrun_ns']:,.0f} | {r['peer_ns']:,.0f} | **{r['ratio']:.2f}** | "
                       f"{r['p10']:.2f}-{r['p90']:.2f} | {r['a_a']:.2f}")
        else:
            numbers = "- | - | - | - | -"
        load_text = "-".join(f"{x:.1f}" for x in r["load_average"])
        lines.append(f"| {r['workload']} | {r['threads']} | {r['peer']} | {numbers} | "
                     f"{len(r['rounds'])} of {r['tried']}{' **void**' if r['void'] else ''} | "
                     f"{r['loss_apart']:.0e} | {load_text} |")
    return "\n".join(lines)
