"""Every type, deadlines and draining against `slipway serve every-type.onnx counting-loop.onnx`.

SLIPWAY_GRPC=host:port. Ends by asking a slow question and saying so: whoever started it then stops the server, which must answer
this question, and tell who watches its health.
"""

import os
import threading

import grpc
import numpy as np
import tritonclient.grpc as triton
from grpc_checks import check, equal, refused, report, section
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc import service_pb2_grpc

ADDRESS = os.environ["SLIPWAY_GRPC"]
channel = grpc.insecure_channel(ADDRESS)
stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
client = triton.InferenceServerClient(ADDRESS)

ROWS = {
    "float": ("FP32", "fp32_contents", np.array([[1.5, -2], [np.nan, np.inf]], dtype=np.float32)),
    "double": ("FP64", "fp64_contents", np.array([[1.5, -2], [np.nan, -np.inf]])),
    "int64": ("INT64", "int64_contents", np.array([[2**63 - 1, -(2**63)], [2**53 + 1, 0]])),
    "int32": ("INT32", "int_contents", np.array([[2**31 - 1, -(2**31)], [1, 0]], dtype=np.int32)),
    "int16": ("INT16", "int_contents", np.array([[2**15 - 1, -(2**15)], [1, 0]], dtype=np.int16)),
    "int8": ("INT8", "int_contents", np.array([[127, -128], [1, 0]], dtype=np.int8)),
    "uint64": ("UINT64", "uint64_contents", np.array([[2**64 - 1, 0], [2**53 + 1, 1]], dtype=np.uint64)),
    "uint32": ("UINT32", "uint_contents", np.array([[2**32 - 1, 0], [1, 2]], dtype=np.uint32)),
    "uint16": ("UINT16", "uint_contents", np.array([[2**16 - 1, 0], [1, 2]], dtype=np.uint16)),
    "uint8": ("UINT8", "uint_contents", np.array([[255, 0], [1, 2]], dtype=np.uint8)),
    "bool": ("BOOL", "bool_contents", np.array([[True, False], [False, True]])),
    "string": ("BYTES", "bytes_contents", np.array([["a", ""], ["Zürich", "x" * 1000]], dtype=object)),
}


def listed(rows):
    return [it.encode() if isinstance(it, str) else it for it in rows.ravel().tolist()]


def types():
    inputs = []
    for name, (datatype, _, rows) in ROWS.items():
        it = triton.InferInput(name, list(rows.shape), datatype)
        it.set_data_from_numpy(rows)
        inputs.append(it)
    result = client.infer("every-type", inputs)
    for name, (datatype, _, rows) in ROWS.items():
        mine = result.as_numpy(name + "_out")
        want = rows if datatype != "BYTES" else np.array([[it.encode() for it in row] for row in rows], dtype=object)
        check(f"raw {datatype}", mine.dtype == want.dtype and np.array_equal(mine, want, equal_nan=datatype[0] == "F"), f"{mine}")
    request = pb.ModelInferRequest(model_name="every-type")
    for name, (datatype, field, rows) in ROWS.items():
        it = request.inputs.add(name=name, datatype=datatype, shape=rows.shape)
        getattr(it.contents, field).extend(listed(rows))
    for output in stub.ModelInfer(request).outputs:
        datatype, field, rows = ROWS[output.name.removesuffix("_out")]
        mine, want = list(getattr(output.contents, field)), listed(rows)
        check(f"typed {datatype}", np.array_equal(mine, want, equal_nan=datatype[0] == "F"), f"{mine}")


def repository():
    index = {m.name: m.state for m in client.get_model_repository_index().models}
    equal("index", index, {"every-type": "READY", "counting-loop": "READY"})
    client.unload_model("every-type")
    check("unloaded", not client.is_model_ready("every-type"))
    equal("ready only", [m.name for m in stub.RepositoryIndex(pb.RepositoryIndexRequest(ready=True)).models], ["counting-loop"])
    client.load_model("every-type")
    check("loaded", client.is_model_ready("every-type"))


def counting(rounds, microseconds=None):
    request = pb.ModelInferRequest(model_name="counting-loop")
    request.inputs.add(name="count", datatype="INT64").contents.int64_contents.append(rounds)
    request.inputs.add(name="start", datatype="FP32", shape=[1]).contents.fp32_contents.append(1)
    if microseconds:
        request.parameters["timeout"].int64_param = microseconds
    return request


def deadlines():
    equal("a short count", list(stub.ModelInfer(counting(3)).outputs[0].contents.fp32_contents), [4.0])
    refused("the parameter", "DEADLINE_EXCEEDED", lambda: stub.ModelInfer(counting(10**12, 100_000), timeout=60))
    refused("the call's deadline", "DEADLINE_EXCEEDED", lambda: stub.ModelInfer(counting(10**12), timeout=0.2))
    # The status above is the client's own; that the model was stopped shows in its being free again at once.
    equal("free again", list(stub.ModelInfer(counting(3), timeout=20).outputs[0].contents.fp32_contents), [4.0])


def drain():
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
    equal("serving", next(watch).status, health_pb2.HealthCheckResponse.SERVING)
    slow = stub.ModelInfer.future(counting(10**12, 3_000_000), timeout=60)
    answered = threading.Event()
    slow.add_done_callback(lambda _: answered.set())
    # One answer more on the same connection: the slow question has arrived before it.
    stub.ModelInfer(counting(1), timeout=20)
    print("stop the server now", flush=True)
    equal("told of the end", next(watch).status, health_pb2.HealthCheckResponse.NOT_SERVING)
    check("the question that is being answered goes on", not answered.is_set())
    # It runs into its own time limit, which is an answer; a call that was cut off would be UNAVAILABLE or CANCELLED.
    refused("answered while the server drains", "DEADLINE_EXCEEDED", slow.result)


for name, part in [("types", types), ("repository", repository), ("deadlines", deadlines), ("drain", drain)]:
    section(name, part)
report()
