"""ONNX Runtime's side of a comparison (peers; peer.py says how it is called): f32 inference."""
import numpy as np
import onnxruntime as ort

import onnx_file
from peer import Job, Task, fastest, norm, serve


class Predicting(Task):
    """Input and output lie where they are bound, as numpy arrays of the caller's."""

    def __init__(self, job, bound):
        options = ort.SessionOptions()
        options.intra_op_num_threads = job.threads
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(onnx_file.write(job), options,
                                            providers=["CPUExecutionProvider"])
        self.inputs, self.bound = job.inputs(), bound
        self.x = np.empty(job.shape, np.float32)
        self.y = self.session.run(["y"], {"x": self.inputs[0]})[0]
        self.held = [ort.OrtValue.ortvalue_from_numpy(a) for a in (self.x, self.y)]
        self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input("x", self.held[0])
        self.binding.bind_ortvalue_output("y", self.held[1])
        self.restart()

    def run(self, calls):
        inputs, x, first = self.inputs, self.x, self.next
        self.next += calls
        if self.bound:
            # What Session.run_with_iobinding does, without looking at its arguments.
            run, binding, y = self.session._sess.run_with_iobinding, self.binding._iobinding, self.y
            for i in range(first, first + calls):
                x[...] = inputs[i % 4]
                run(binding, None)
                y.item(0)
        else:
            run = self.session.run
            for i in range(first, first + calls):
                x[...] = inputs[i % 4]
                self.y = run(["y"], {"x": x})[0]
                self.y.item(0)

    def value(self):
        return norm(self.y)


def main():
    job = Job()
    if job.bf16:
        raise SystemExit("ONNX Runtime has no bfloat16 on CPUs")
    name, task = fastest(job, {"run": lambda: Predicting(job, False),
                               "iobinding": lambda: Predicting(job, True)})
    serve(f"ONNX Runtime {ort.__version__}, {name}", task)


if __name__ == "__main__":
    main()
