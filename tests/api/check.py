"""Compiles a use of every name of names.txt: check.py COMPILER [PREFIX of libtorch].

Without a prefix against nnrun, with one against libtorch, so that no name is listed that libtorch
does not have. The name of a class's member follows that of its class;
names without :: are macros.
"""
import pathlib
import subprocess
import sys
import tempfile

compiler, torch = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
here = pathlib.Path(__file__).resolve().parent
root = here.parents[1]
names = (here / "names.txt").read_text().split()
if sorted(set(names)) != names:
    sys.exit("names.txt: names are sorted, each once")


def use(i, name):
    owner = name.rpartition("::")[0]
    if not owner:
        return f"\n#ifndef {name}\n#error {name} is no macro\n#endif"
    if owner in names:
        return f"struct use_{i} : {owner} {{ using {name}; }};"
    return f"namespace use_{i} {{ using {name}; }}"


source = '#include "tests/libtorch/torch.h"\n#line 1 "names.txt"\n'
source += "".join(use(i, name) + "\n" for i, name in enumerate(names))
options = ["-std=c++20", "-fsyntax-only", "-I", str(root)]
if torch:
    options += ["-DNNRUN_WITH_LIBTORCH", "-isystem", f"{torch}/include",
                "-isystem", f"{torch}/include/torch/csrc/api/include"]
else:
    options += ["-I", str(root / "core/include"), "-I", str(root / "api/include")]
with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "names.cpp"
    file.write_text(source)
    run = subprocess.run([compiler, *options, str(file)], capture_output=True, text=True)
print("\n".join(line for line in run.stderr.splitlines() if "error" in line) or f"{len(names)} names")
sys.exit(run.returncode)
