"""Runs a program and compares what it prints with a stored answer: compare.py PROGRAM ANSWER.

Lines are equal, spaces included, except in numbers: those agree to 1e-5 of the larger one, to 1e-9
on lines that say Double and 2e-2 on those that say BFloat16 or Half, or to an absolute 1e-7, below
which printed numbers of float32 are noise.
A program that ends with status 77 says that it cannot be run here.
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


def lines_agree(got, want):
    a, b = got.split(), want.split()
    if a == b:
        return got == want
    coarse = "BFloat16" in want or "Half" in want
    tolerance = 2e-2 if coarse else 1e-9 if "Double" in want else 1e-5
    return len(a) == len(b) and all(agree(x, y, tolerance) for x, y in zip(a, b))


program, answer = sys.argv[1:]
run = subprocess.run([program], capture_output=True, text=True, timeout=300)
if run.returncode == 77:
    print(run.stderr)
    sys.exit(77)
got, want = run.stdout.splitlines(), open(answer).read().splitlines()
wrong = [] if run.returncode == 0 else [f"exit {run.returncode}: {run.stderr}"]
if len(got) != len(want):
    wrong.append(f"{len(got)} lines, expected {len(want)}")
for i, (g, w) in enumerate(zip(got, want), 1):
    if not lines_agree(g, w):
        wrong.append(f"line {i}:\n  expected {w}\n  got      {g}")
print("\n".join(wrong[:40]))
sys.exit(1 if wrong else 0)
