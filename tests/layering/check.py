"""The arrows of the tree: who includes whom, and the one home of each third-party library."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
layers = [l.split() for l in (root / "tests/layering/layers.txt").read_text().splitlines()
          if l and not l.startswith("#")]
rank = {entry: i for i, line in enumerate(layers) for entry in line}
homes = {  # header prefix: the files that may include it
    "yaml-cpp/": r"core/model/parse\.cpp",
    "boost/dll": r"core/plugin/load\.cpp",
    "boost/program_options": r"tools/nnrun/",
    "oneapi/dnnl": r"backends/onednn/",
    "cuda.h": r"backends/cuda/",
    "nvrtc.h": r"backends/cuda/",
    "cublas": r"backends/cuda/",
}
wrong = []


def rank_of(path):
    for entry, i in rank.items():
        if path == entry or path.startswith(entry + "/"):
            return i
    return None


for folder in ("api", "core", "backends", "plugins", "tools"):
    for file in sorted((root / folder).rglob("*")):
        if file.suffix not in (".h", ".hpp", ".cpp"):
            continue
        path = str(file.relative_to(root))
        for n, line in enumerate(file.read_text().splitlines(), 1):
            m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not m:
                continue
            what = m.group(2)
            place = f"{path}:{n}: "
            for prefix, home in homes.items():
                if what.startswith(prefix) and not re.match(home, path):
                    wrong.append(place + f"{what} is included by {home} alone")
            public = "core/include/" + what if (root / "core/include" / what).exists() else None
            internal = what.startswith(("core/", "backends/", "plugins/", "tools/", "tests/"))
            if folder == "api" and (internal or public):
                wrong.append(place + "api knows nothing of the rest")
            if folder in ("backends", "plugins"):
                own = "/".join(path.split("/")[:2]) + "/"
                if public or (internal and not what.startswith(own)):
                    wrong.append(place + f"a backend or plug-in sees only api/ and its own folder, not {what}")
            if folder == "tools" and internal and not what.startswith("tools/"):
                wrong.append(place + f"tools see only public headers, not {what}")
            if folder == "core" and (what.startswith("core/") or public):
                mine, theirs = rank_of(path), rank_of(public or what)
                if theirs is None:
                    wrong.append(place + f"{what} is in no layer of layers.txt")
                elif mine is not None and theirs > mine:
                    wrong.append(place + f"{what} is of a later layer")
print("\n".join(wrong) or "every include follows the arrows")
sys.exit(bool(wrong))
