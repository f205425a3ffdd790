"""Two processes that take turns, and what comes of it; README.md says how to read it."""
import math
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROUND_NS = 60e6  # aimed at; none may be shorter than 50 ms
MOST_TRIES = 6   # rounds tried for one that counts


def cores(count):
    """That many CPUs of different cores, of those this process may use."""
    chosen, taken = [], set()
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text().strip() if siblings.exists() else str(cpu)
        if core not in taken:
            taken.add(core)
            chosen.append(cpu)
    if len(chosen) < count:
        raise RuntimeError(f"{count} threads want {count} cores, and there are {len(chosen)}")
    return chosen[:count]


class Side:
    """A process that does as it is told, line by line, on as many cores as it has threads."""

    def __init__(self, command, threads, env=None, fair=False):
        """fair: at ordinary priority, whatever the driver's is."""
        on = cores(threads)

        def begin():
            os.sched_setaffinity(0, on)
            if fair:
                os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

        env = dict(os.environ, OMP_NUM_THREADS=str(threads), **(env or {}))
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        env=env, preexec_fn=begin)

    def hear(self):
        """The next line, as words."""
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise RuntimeError(self.last_words())
        return line.split()

    def last_words(self):
        """Of a process that has ended: why."""
        self.errors.seek(0)
        said = self.errors.read().strip().splitlines()
        status = self.process.returncode
        if status < 0:
            return f"ended by signal {-status}"
        return said[-1] if said else f"ended without a word, status {status}"

    def say(self, line):
        """The answer. The process is stopped while it is not asked: threads of a pool may spin for
        long after their work, on the cores of the other side."""
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # hear() says why
        answer = self.hear()
        self.process.send_signal(signal.SIGSTOP)
        return answer

    def run(self, steps):
        """(nanoseconds, value)"""
        ns, value = self.say(f"run {steps}")
        return float(ns), float(value)

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

    def digest(self):
        """{tensor: (mean, norm)}"""
        words = self.say("digest")
        return {name: (float(mean), float(norm))
                for name, mean, norm in zip(words[::3], words[1::3], words[2::3])}

    def most_memory(self):
        """Bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmHWM:\s*(\d+)", status)[1])

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


def apart(ours, theirs):
    return abs(ours - theirs) / abs(theirs) if ours != theirs else 0.0


def weights_apart(a, b, but=""):
    """The largest difference of two digests, of means and norms by the size of a tensor; `but`: how
    the names end of those that are left out."""
    ours, theirs = a.digest(), b.digest()
    common = {n for n in ours.keys() & theirs.keys() if not but or not n.endswith(but)}
    if not common and (ours or theirs):
        return math.inf
    return max((max(abs(ours[n][0] - theirs[n][0]), abs(ours[n][1] - theirs[n][1]))
                / (abs(theirs[n][1]) or 1) for n in common), default=0.0)


def agree(a, b, steps=20, many=0, weights=False, but=""):
    """How far the two are apart: in the value of each of the first steps, in that of the step after
    `many` in one call, and in the weights then."""
    most = 0.0
    for i in range(steps + (many > 0)):
        if i == steps:
            a.run(many), b.run(many)
        most = max(most, apart(a.run(1)[1], b.run(1)[1]))
        if math.isnan(most):
            return math.inf
    return max(most, weights_apart(a, b, but) if weights else 0.0)


def summary(kept, tried, wanted, differ, tolerance):
    """kept: of each round that counts {nnrun, peer, ratio, a_a}."""
    row = {"differ": differ, "rounds": kept, "tried": tried,
           "void": not differ <= tolerance or len(kept) < wanted}
    if kept:
        ratios = [r["ratio"] for r in kept]
        row.update({name: statistics.median(r[name] for r in kept) for name in kept[0]},
                   p10=percentile(ratios, 0.1), p90=percentile(ratios, 0.9))
    return row


def steady(a1, b1, a2, b2):
    return all(0.9 <= x / y <= 1.1 for x, y in ((a1, a2), (b1, b2)))


def round_of(a1, b1, a2, b2):
    return {"nnrun": (a1 + a2) / 2, "peer": (b1 + b2) / 2, "ratio": (b1 + b2) / (a1 + a2),
            "a_a": a1 / a2}


def compare(a, b, restart, rounds, tolerance=1e-5, **check):
    """Both sides from the same weights: whether they do the same, then A B A B rounds."""
    differ = agree(a, b, **check)
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
        if steady(a1, b1, a2, b2):
            kept.append(round_of(a1, b1, a2, b2))
    return summary(kept, tried, rounds, differ, tolerance)


def disturbed(a, b, threads, rounds, tolerance=1e-5, **check):
    """How much slower each gets beside one busy thread: rounds of A B alone, then A B with it."""
    differ = agree(a, b, **check)
    a.calibrate()
    b.calibrate()
    busy = Side([sys.executable, "-c", "while True: pass"], threads, fair=True)
    kept = []
    try:
        for _ in range(rounds):
            busy.process.send_signal(signal.SIGSTOP)
            alone = a.time(), b.time()
            busy.process.send_signal(signal.SIGCONT)
            beside = a.time(), b.time()
            ours, theirs = beside[0] / alone[0], beside[1] / alone[1]
            kept.append({"nnrun": ours, "peer": theirs, "ratio": theirs / ours, "a_a": 1.0})
    finally:
        busy.close()
    return summary(kept, rounds, rounds, differ, tolerance)


def wall(command, threads, env=None):
    """(nanoseconds from start to exit, what it said)"""
    began = time.perf_counter_ns()
    side = Side(command, threads, env)
    try:
        said = side.process.communicate()[0]
        took = time.perf_counter_ns() - began
        if side.process.returncode:
            raise RuntimeError(side.last_words())
    finally:
        side.close()
    return took, said


def processes(ours, theirs, threads, rounds, differ, tolerance, env=None):
    """Whole processes, in turns; twice as many rounds are tried at most. differ: of what they said."""
    kept, most, tried = [], 0.0, 0
    while len(kept) < rounds and tried < 2 * rounds:
        tried += 1
        times = []
        for command in (ours, theirs, ours, theirs):
            took, said = wall(command, threads, env)
            times.append((took, said))
        most = max(most, differ(times[0][1], times[1][1]))
        a1, b1, a2, b2 = (t[0] for t in times)
        if steady(a1, b1, a2, b2):
            kept.append(round_of(a1, b1, a2, b2))
    return summary(kept, tried, rounds, most, tolerance)
