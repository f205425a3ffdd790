"""The machine a table comes from, and the environment of the peers."""
import os
import pathlib
import platform
import re
import subprocess
import sys

from rounds import Side

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {"torch": "torch==2.15.*", "jax": "jax==0.10.*", "ort": "onnxruntime==1.32.*",
            "openvino": "openvino==2026.4.*"}
SHARED = ["numpy", "safetensors", "pyyaml", "onnx"]
MODULES = {"torch": "torch", "jax": "jax", "ort": "onnxruntime, onnx", "openvino": "openvino, onnx"}


def imports(python, modules):
    """None, or why not."""
    done = subprocess.run([python, "-c", f"import {modules}"], capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["?"])[-1]


def python_with(peers, given):
    """(the interpreter for the peers: the one named, or one with an environment of its own;
    {peer: why it cannot run})"""
    peers = [p for p in peers if p in PACKAGES]
    if not given:
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
        home = cache / "nnrun/bench"
        given = home / "bin/python"
        if not given.exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
        needed = [p for p in peers if imports(given, MODULES[p])]
        if needed or imports(given, "numpy, safetensors, yaml"):
            for packages in (SHARED, *([PACKAGES[p]] for p in needed)):
                print(f"installing {' '.join(packages)} into {home}", file=sys.stderr)
                subprocess.run([given, "-m", "pip", "install", "-q", *packages])
    why = {p: imports(given, f"{MODULES[p]}, numpy, safetensors, yaml") for p in peers}
    return given, {p: reason for p, reason in why.items() if reason}


def flags():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    return (re.search(r"^flags\s*:\s*(.*)$", info, re.M) or ["", ""])[1].split()


def cpu():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    field = lambda name: (re.search(rf"^{name}\s*:\s*(.*)$", info, re.M) or ["", "?"])[1]
    isa = [name for flag, name in (("avx2", "AVX2"), ("avx512f", "AVX-512"),
                                   ("avx512_bf16", "AVX-512 bf16"), ("amx_bf16", "AMX"))
           if flag in flags()]
    return (f"{field('model name')} (family {field('cpu family')}, model {field('model')}), "
            f"{os.cpu_count()} cores, {' '.join(isa[-2:]) or platform.machine()}")


def load():
    return round(os.getloadavg()[0], 2)


def product(command, threads):
    """GFLOP/s of a side's product of 1536x1536 matrices: the best of some."""
    side = Side(command, threads)
    try:
        side.hear()
        side.run(2)
        return max(2e0 * 1536 ** 3 * 2 / side.run(2)[0] for _ in range(10))
    finally:
        side.close()


def peaks(binaries, python, threads):
    """{dtype: {who: GFLOP/s}}"""
    tasks = {"float32": "matmul"}
    if "avx512_bf16" in flags() or "amx_bf16" in flags():
        tasks["bfloat16"] = "matmul_bf16"
    measured = {}
    for dtype, task in tasks.items():
        of = measured[dtype] = {}
        try:
            of["nnrun"] = product([binaries / "nnrun-bench-steps", task, 1536], threads)
        except RuntimeError as e:
            print(f"no {dtype} product of nnrun: {e}", file=sys.stderr)
        if python:
            of["torch"] = product([python, HERE / "peer_torch.py", task, 1536, threads, "-"], threads)
    return measured
