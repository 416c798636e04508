"""The runtime that the real MLServer runs as a test's upstream: an ONNX file, and misbehaviour on demand.

The first number of the first row chooses it: 7001 fails, 7002 sleeps for longer than anybody waits, 7003 leaves an output
out, 7004 answers text instead of numbers, 7005 answers a row too few, 7006 finds the question wrong, 7007 answers a null.
"""

import asyncio

import numpy
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.errors import InferenceError
from mlserver.types import InferenceResponse, ResponseOutput
from mlserver.utils import get_model_uri


class TinyModel(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = await get_model_uri(self._settings)
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        return True

    async def predict(self, payload):
        values = {
            tensor.name: NumpyCodec.decode_input(tensor).astype(numpy.float32).reshape(tensor.shape)
            for tensor in payload.inputs}
        whim = int(values["features"][0][0])
        if whim == 7001:
            raise RuntimeError("the runtime fails")
        if whim == 7002:
            await asyncio.sleep(30)
        if whim == 7006:
            raise InferenceError("7006 is no question")
        answers = dict(zip(self.names, self.session.run(self.names, values)))
        if whim == 7003:
            del answers["label"]
        if whim == 7005:
            answers = {name: answer[:-1] for name, answer in answers.items()}
        outputs = [NumpyCodec.encode_output(name, answer) for name, answer in answers.items()]
        if whim == 7004:
            outputs[1] = StringCodec.encode_output("probabilities", ["high"] * len(values["features"]))
        if whim == 7007:
            outputs[1] = ResponseOutput(name="probabilities", shape=[1, 2], datatype="FP32", data=[None, 1.0])
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
