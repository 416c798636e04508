"""The handler that a careful team writes: FastAPI, orjson both ways, numpy, ONNX Runtime with one thread a call."""

import os
from pathlib import Path

import numpy
import onnxruntime
import orjson
from fastapi import FastAPI, Request, Response

app = FastAPI()
sessions = {}
for path in os.environ["BENCH_MODELS"].split(":"):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions[Path(path).stem] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
names = {name: [output.name for output in session.get_outputs()] for name, session in sessions.items()}


@app.get("/health")
async def health():
    return {}


@app.post("/v2/models/{name}/infer")
async def infer(name: str, request: Request):
    asked = orjson.loads(await request.body())
    values = {
        tensor["name"]: numpy.array(tensor["data"], numpy.float32).reshape(tensor["shape"]) for tensor in asked["inputs"]}
    answers = sessions[name].run(names[name], values)
    outputs = [
        {"name": output, "datatype": "INT64" if answer.dtype == numpy.int64 else "FP32", "shape": answer.shape,
         "data": answer.ravel()} for output, answer in zip(names[name], answers)]
    body = orjson.dumps({"model_name": name, "outputs": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")
