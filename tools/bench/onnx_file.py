"""A model that nnrun saved, written as ONNX by hand: for the peers that read nothing else."""
import onnx
from onnx import TensorProto, helper, numpy_helper


def pair(v):
    return [v, v] if isinstance(v, int) else list(v)


class Writer:
    def __init__(self, weights):
        self.weights, self.nodes, self.initializers = weights, [], []

    def node(self, kind, *inputs, **attributes):
        out = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def named(self, key, *parts):
        names = [f"{key}.{p}" for p in parts if f"{key}.{p}" in self.weights]
        self.initializers += [numpy_helper.from_array(self.weights[n], n) for n in names]
        return names

    def layer(self, a, key, x):
        kind = a["type"]
        if kind == "Residual":
            y = self.layers(a["layers"], f"{key}.layers.", x)
            skip = self.layers(a.get("shortcut") or [], f"{key}.shortcut.", x)
            return self.node("Add", y, skip)
        if kind == "Linear":
            return self.node("Gemm", x, *self.named(key, "weight", "bias"), transB=1)
        if kind == "Conv2d":
            return self.node("Conv", x, *self.named(key, "weight", "bias"),
                             strides=pair(a["stride"]), pads=pair(a["padding"]) * 2)
        if kind == "BatchNorm2d":
            parts = self.named(key, "weight", "bias", "running_mean", "running_var")
            return self.node("BatchNormalization", x, *parts, epsilon=a["eps"])
        if kind == "MaxPool2d":
            return self.node("MaxPool", x, kernel_shape=pair(a["kernel_size"]),
                             strides=pair(a.get("stride") or a["kernel_size"]))
        if kind == "AdaptiveAvgPool2d" and pair(a["output_size"]) == [1, 1]:
            return self.node("GlobalAveragePool", x)
        if kind == "Flatten":
            return self.node("Flatten", x)
        if kind in ("ReLU", "Sigmoid", "Tanh"):
            return self.node({"ReLU": "Relu"}.get(kind, kind), x)
        raise ValueError(f"no layer {kind} in this peer")

    def layers(self, layers, prefix, x):
        for i, a in enumerate(layers):
            x = self.layer(a, f"{prefix}{a.get('name', i)}", x)
        return x


def write(job):
    """The bytes of the model for batches of the job's size, with input "x" and output "y"."""
    writer = Writer(job.weights)
    last = writer.layers(job.layers, "", "x")
    writer.nodes.append(helper.make_node("Identity", [last], ["y"]))
    graph = helper.make_graph(
        writer.nodes, "model", [helper.make_tensor_value_info("x", TensorProto.FLOAT, job.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [job.batch, None])],
        writer.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()
