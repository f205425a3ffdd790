"""OpenVINO's side of a comparison (peers; peer.py says how it is called): inference in f32 or bf16."""
import numpy as np
import openvino as ov

import onnx_file
from peer import Job, Task, norm, serve


class Predicting(Task):
    """Input and output lie in tensors of the request."""

    def __init__(self, job):
        core = ov.Core()
        hints = {"INFERENCE_PRECISION_HINT": "bf16" if job.bf16 else "f32",
                 "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": job.threads}
        self.model = core.compile_model(core.read_model(onnx_file.write(job)), "CPU", hints)
        self.request = self.model.create_infer_request()
        self.inputs = job.inputs()
        self.x = self.request.get_input_tensor().data
        self.y = self.request.get_output_tensor().data
        self.restart()

    def run(self, calls):
        # Without its Python layer, which makes a dictionary of copies of all outputs.
        infer = super(type(self.request), self.request).infer
        x, y, inputs = self.x, self.y, self.inputs
        for i in range(self.next, self.next + calls):
            x[...] = inputs[i % 4]
            infer({}, True, False)
            y.item(0)
        self.next += calls

    def value(self):
        return norm(self.y)


def main():
    job = Job()
    task = Predicting(job)
    precision = task.model.get_property("INFERENCE_PRECISION_HINT")
    serve(f"OpenVINO {ov.__version__.split('-')[0]}, {precision.to_string()}", task)


if __name__ == "__main__":
    main()
