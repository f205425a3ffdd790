"""The rows of the table, one entry each: what is done, in whose company, and what is aimed at.

A target is the ratio peer / nnrun to reach: a number, one for each count of threads, or two, of
which the second holds where PyTorch's matrix products use the CPU's full width. None: shown alone.
"""
import dataclasses

# Rows in the order of the file, whole batches, nothing but the step; what peers can do as well.
PLAIN = ("training.shuffle=false", "training.drop_last=true", "training.metrics=[]")
IMAGES = (*PLAIN, "~data.test", "data.normalize=unit")
MLP_TRAINING = (*IMAGES, "~data.split", "~training.scheduler", "training.optimizer.momentum=0",
                "training.optimizer.lr=0.05")
SGD_1 = (*MLP_TRAINING, "training.optimizer.lr=0.01")
ADAM = (*IMAGES, "~data.split", "~training.scheduler", "training.optimizer={type: Adam, lr: 0.001}")
# A small rate: at 0.01 float32 leaves float64 by 1e-4 in a step and by 1e-1 in twenty, whoever runs it.
# Biases of its batch norms begin at 0 and are small sums of large terms: after 20 steps they are 3 %
# apart between PyTorch and nnrun in float32, and after 5 steps 8 % between PyTorch's float32 and
# bf16. They alone are not compared.
RESNET = (*IMAGES, "~training.scheduler", "training.optimizer.lr=0.0001")
FEW_IMAGES = tuple(f"data.source.{part}=/usr/share/datasets/fashion-mnist/t10k-{file}-ubyte.gz"
                   for part, file in (("features", "images-idx3"), ("target", "labels-idx1")))
PREDICT = ("~data", "~training")
BF16 = ("backend.dtype=bfloat16",)
FAST = ("backend.math=fast",)
STRICT, LOOSE = 1e-5, 2e-2

MLP, XOR, XOR_221 = "templates/fashion-mlp.yaml", "templates/xor.yaml", "models/xor-221.yaml"
LENET, RESNET_18 = "models/lenet.yaml", "templates/resnet18.yaml"


@dataclasses.dataclass(frozen=True)
class Row:
    id: str
    title: str
    peers: dict                # name -> target; "nnrun": itself, with `other`
    model: str = ""            # a template of the command, or a file of models/
    batch: int = 1
    task: str = "train"        # of steps.cpp
    set: tuple = ()            # overrides of the model file
    tolerance: float = STRICT  # how far values and weights may be apart
    kind: str = "steps"        # a function of measures.py
    but: str = ""              # weights whose names end so are not compared
    restart: bool = False      # begin each round with the first weights
    many: int = 0              # compare values and weights after so many steps in one call as well
    threads: tuple = (1, 2)
    most: float = None         # what nnrun itself may take: ns, or times as long
    most_ratio: float = None   # what the peer "nnrun" may take, in times of the first
    unit: str = "ns"
    other: tuple = ()          # what the peer "nnrun" is given: overrides, or what the kind says
    only: str = None           # one variant of the peers


ROWS = [
    Row("P1", "XOR 2-2-1 training step, B=4, SGD, in one call", {"jax": 1.5, "fann": 5, "torch": 900},
        XOR_221, 4, set=PLAIN, restart=True, many=1000),
    Row("P2", "XOR 2-2-1 inference, B=1", {"ort": 50, "openvino": 50, "fann": None, "jax": None,
                                           "torch": None},
        XOR_221, 1, "predict", PREDICT, threads=(1,)),
    Row("P3", "MLP 784-512-512-10 training, B=128, SGD", {"jax": 1.25, "torch": (2.5, 1.08)},
        MLP, 128, set=MLP_TRAINING),
    Row("P3b", "the same, bf16", {"torch": 1.4, "jax": None}, MLP, 128,
        set=(*MLP_TRAINING, *BF16), tolerance=LOOSE),
    Row("P3b", "the same, Adam", {"torch": (2.5, 1.1), "jax": None}, MLP, 128, set=ADAM),
    Row("P3b", "the same, Adam, bf16", {"torch": 1.5, "jax": None}, MLP, 128,
        set=(*ADAM, *BF16), tolerance=LOOSE),
    Row("P4", "MLP training, B=1, SGD", {"jax": {1: 1.25, 2: 1.4}, "torch": None}, MLP, 1, set=SGD_1),
    Row("P4", "MLP training, B=32, SGD", {"jax": {1: 1.15, 2: 1.35}, "torch": None}, MLP, 32,
        set=MLP_TRAINING),
    Row("P5", "LeNet-5 training, B=64, SGD", {"torch": 2.5, "jax": None}, LENET, 64, set=IMAGES),
    Row("P5", "LeNet-5 training, B=1, SGD", {"jax": 3, "torch": 8}, LENET, 1,
        set=(*IMAGES, "training.optimizer.lr=0.01")),
    Row("P6", "ResNet-18 training, N=16, fast", {"torch": 1.9}, RESNET_18, 16,
        set=(*RESNET, *FAST), tolerance=LOOSE, but=".bias"),
    Row("P6", "ResNet-18 training, N=16, bf16", {"torch": 1.2}, RESNET_18, 16,
        set=(*RESNET, *BF16), tolerance=LOOSE, but=".bias"),
    *(Row("P7", f"ResNet-18 inference, B={batch}, fast",
          {"ort": target, "openvino": target, "torch": None}, RESNET_18, batch, "predict",
          (*PREDICT, *FAST), LOOSE) for batch, target in ((1, 1.1), (32, 1.25))),
    *(Row("P7", f"{name} inference, B={batch}",
          {"ort": target, "openvino": target, "torch": None}, model, batch, "predict", PREDICT)
      for name, model, batch, target in (
          ("MLP", MLP, 1, 1.15), ("MLP", MLP, 128, 1.0),
          ("LeNet-5", LENET, 1, 1.5), ("LeNet-5", LENET, 64, 1.5))),
    *(Row("P7b", f"{name} inference, B={batch}, bf16", {"openvino": target, "torch": None}, model,
          batch, "predict", (*PREDICT, *BF16), LOOSE)
      for name, model, batch, target in (
          ("ResNet-18", RESNET_18, 1, 1.0), ("ResNet-18", RESNET_18, 32, 1.1), ("MLP", MLP, 1, 1.3))),
    Row("P9", "batch of 128x784 out of bytes, as float", {"torch": 10}, batch=128, task="gather"),
    Row("P10", "Adam alone, 668,672 parameters", {"torch": 1.2, "jax": None}, task="adam"),
    Row("P11", "MLP training, B=128, beside a busy thread", {"torch": None, "jax": None}, MLP, 128,
        set=MLP_TRAINING, kind="disturbed", threads=(2,), most=1.8, unit="x"),
    Row("P12", "MLP, 5 epochs, from start to exit", {"torch": 3}, MLP, 128, kind="whole",
        set=("training.epochs=5", "~data.split", "~training.scheduler"), tolerance=0.01, threads=(2,)),
    Row("P12", "LeNet-5, 5 epochs, from start to exit", {"torch": 3}, LENET, 64, kind="whole",
        set=("training.epochs=5",), tolerance=0.01, threads=(2,)),
    Row("start", "XOR from start to exit after one step", {"torch": None}, XOR, 4, kind="first_step",
        set=PLAIN, threads=(1,), most=60e6),
    Row("memory", "most memory, MLP training, B=128", {"torch": 1 / 0.6}, MLP, 128, kind="memory",
        set=MLP_TRAINING, threads=(1,), unit="MB", only="eager, fused"),
    Row("memory", "most memory, ResNet-18 training, N=16", {"torch": 1 / 0.6}, RESNET_18, 16,
        kind="memory", set=RESNET, tolerance=LOOSE, threads=(1,), unit="MB", only="eager, fused"),
    Row("plan", "ResNet-18 to its first step, less a step, probed before", {"-": None}, RESNET_18, 16,
        kind="plan", set=(*RESNET, *FEW_IMAGES), threads=(1,), most=0.5e9),
    Row("plan", "the same in a new process, nothing cached", {"-": None}, RESNET_18, 16,
        kind="plan", set=(*RESNET, *FEW_IMAGES), threads=(1,), most=5e9, other=("cold",)),
    Row("scale", "a step out of 1,000 rows (peer: of 1,000,000)", {"nnrun": None},
        "models/rows.yaml", 128, set=PLAIN, threads=(1,), tolerance=float("inf"),
        other=("data.source.n=1000000",), most_ratio=1.1),
    Row("scale", "a plan of 1,000 layers (peer: of 10,000)", {"nnrun": None}, kind="layers",
        threads=(1,), other=(1000, 10000), most_ratio=12),
]
