"""A dict as the text of a model file: one line a layer, the rest as people write it."""


def scalar(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str) and not v.replace("_", "").replace(".", "").replace("/", "").isalnum():
        return f'"{v}"'
    return str(v)


def flow(v):
    if isinstance(v, dict):
        return "{" + ", ".join(f"{k}: {flow(x)}" for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ", ".join(map(flow, v)) + "]"
    return scalar(v)


def model_file_text(m):
    lines = ["nnrun: 1", f"name: {m['name']}", "data:"]
    lines += [f"  {k}: {flow(v)}" for k, v in m["data"].items()]
    lines += ["model:", f"  input_shape: {flow(m['model']['input_shape'])}", "  layers:"]
    lines += [f"    - {flow(layer)}" for layer in m["model"]["layers"]]
    lines += ["training:"] + [f"  {k}: {flow(v)}" for k, v in m["training"].items()]
    return "\n".join(lines) + "\n"
