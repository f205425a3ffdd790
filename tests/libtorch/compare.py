"""Runs a program and compares what it prints with a stored answer: compare.py PROGRAM ANSWER.

Words are equal; numbers agree to 1e-5 of the larger one, 1e-9 on lines that say Double, or to an
absolute 1e-7, below which printed numbers of float32 are noise.
"""
import subprocess
import sys


def number(word):
    try:
        return float(word)
    except ValueError:
        return None


def agree(a, b, tolerance):
    if a == b:
        return True
    x, y = number(a.strip("[],()")), number(b.strip("[],()"))
    if x is None or y is None:
        return False
    return x == y or (x != x and y != y) or abs(x - y) <= max(1e-7, tolerance * max(abs(x), abs(y)))


program, answer = sys.argv[1:]
run = subprocess.run([program], capture_output=True, text=True, timeout=300)
got, want = run.stdout.splitlines(), open(answer).read().splitlines()
wrong = [] if run.returncode == 0 else [f"exit {run.returncode}: {run.stderr}"]
if len(got) != len(want):
    wrong.append(f"{len(got)} lines, expected {len(want)}")
for i, (g, w) in enumerate(zip(got, want), 1):
    a, b = g.split(), w.split()
    tolerance = 1e-9 if "Double" in w else 1e-5
    if len(a) != len(b) or not all(agree(x, y, tolerance) for x, y in zip(a, b)):
        wrong.append(f"line {i}:\n  libtorch {w}\n  nnrun    {g}")
print("\n".join(wrong[:40]))
sys.exit(1 if wrong else 0)
