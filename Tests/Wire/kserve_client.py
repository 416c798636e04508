"""Proves the inference doors with KServe's own client, unmodified, over REST and gRPC.

Runs in an environment of its own (.deps/kserve): OPEN_INFERENCE_URL and SLIPWAY_GRPC name a `slipway serve` of tiny-1,
every-type and zipmap-lr.
"""

import asyncio
import logging
import os
import sys
import traceback

import grpc
import httpx
import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

URL = os.environ["OPEN_INFERENCE_URL"]
GRPC = os.environ["SLIPWAY_GRPC"]
ROWS = np.array([[1, 2], [3, -9]], np.float32)
passed, failed = 0, 0
# What is refused here is meant to be.
logging.disable(logging.ERROR)


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name} {detail}")


def equal(name, actual, expected):
    check(name, actual == expected, f"is {actual!r}, expected {expected!r}")


def tensor(array=ROWS, name="features", datatype="FP32", binary=False):
    made = InferInput(name=name, shape=list(array.shape), datatype=datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def question(*inputs, model="tiny-1", **more):
    return InferRequest(model_name=model, infer_inputs=list(inputs or [tensor()]), **more)


def answered(how, response, request_id="7"):
    outputs = {output.name: output for output in response.outputs}
    equal(f"{how}: id", response.id, request_id)
    equal(f"{how}: model", response.model_name, "tiny-1")
    # The REST client leaves the version of an answer unread.
    check(f"{how}: version", response.model_version == "1" or how.startswith("REST"), response.model_version)
    equal(f"{how}: label", outputs["label"].as_numpy().tolist(), [1, 0])
    score = outputs["probabilities"].as_numpy()
    check(f"{how}: scores", np.allclose(score[:, 1], 1 / (1 + np.exp(-ROWS.sum(axis=1))), atol=1e-6), score)


EVERY = [
    ("float", "FP32", np.float32, [1.5, -0.1]), ("double", "FP64", np.float64, [3.141592653589793, 1e300]),
    ("int64", "INT64", np.int64, [2**63 - 1, -(2**63)]), ("int32", "INT32", np.int32, [2**31 - 1, -(2**31)]),
    ("int16", "INT16", np.int16, [32767, -32768]), ("int8", "INT8", np.int8, [127, -128]),
    ("uint64", "UINT64", np.uint64, [2**64 - 1, 2**53 + 1]), ("uint32", "UINT32", np.uint32, [2**32 - 1, 0]),
    ("uint16", "UINT16", np.uint16, [65535, 0]), ("uint8", "UINT8", np.uint8, [255, 0]),
    ("bool", "BOOL", np.bool_, [True, False]), ("string", "BYTES", np.object_, ["", "Zürich – 東京"]),
]


def every_type(how, response):
    outputs = {output.name: output.as_numpy() for output in response.outputs}
    for name, kind, width, data in EVERY:
        got = outputs[name + "_out"].ravel().tolist()
        got = [it.decode() if isinstance(it, bytes) else it for it in got]
        equal(f"{how}: {name}", got, np.array(data, width).tolist())


async def rest():
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=1))
    check("REST: live", await client.is_server_live(URL))
    check("REST: ready", await client.is_server_ready(URL))
    check("REST: model ready", await client.is_model_ready(URL, "tiny-1"))
    check("REST: unknown model", not await client.is_model_ready(URL, "nobody"))
    for binary in (False, True):
        request = question(tensor(binary=binary), request_id="7")
        answered(f"REST, binary {binary}", await client.infer(URL, request, model_name="tiny-1"))
    wanted = question(
        tensor(binary=True), request_id="7",
        request_outputs=[RequestedOutput("label", {"binary_data": True}), RequestedOutput("probabilities", {"binary_data": False})],
    )
    answered("REST, mixed", await client.infer(URL, wanted, model_name="tiny-1"))
    request = question(tensor(binary=True), request_id="7", parameters={"binary_data_output": True})
    answered("REST, all binary", await client.infer(URL, request, model_name="tiny-1"))
    for binary in (False, True):
        inputs = [tensor(np.array([data], width), name, kind, binary) for name, kind, width, data in EVERY]
        response = await client.infer(URL, question(*inputs, model="every-type", request_id="8"), model_name="every-type")
        every_type(f"REST, binary {binary}", response)
    for name, request, model, status in [
        ("unknown model", question(), "nobody", 404), ("another name", question(tensor(name="x")), "tiny-1", 400),
        ("another width", question(tensor(np.ones((1, 3), np.float32))), "tiny-1", 400),
    ]:
        try:
            await client.infer(URL, request, model_name=model)
            check(f"REST, {name}", False, "was accepted")
        except httpx.HTTPStatusError as error:
            equal(f"REST, {name}", error.response.status_code, status)
            check(f"REST, {name}: a reason", "error" in error.response.json(), error.response.text)


async def over_grpc():
    async with InferenceGRPCClient(GRPC, retries=2) as client:
        check("gRPC: live", await client.is_server_live())
        check("gRPC: ready", await client.is_server_ready())
        check("gRPC: model ready", await client.is_model_ready("tiny-1"))
        check("gRPC: unknown model", not await client.is_model_ready("nobody"))
        for binary in (False, True):
            request = question(tensor(binary=binary), request_id="7")
            answered(f"gRPC, raw {binary}", await client.infer(request))
            inputs = [tensor(np.array([data], width), name, kind, binary) for name, kind, width, data in EVERY]
            every_type(f"gRPC, raw {binary}", await client.infer(question(*inputs, model="every-type", request_id="8")))
        for name, request, code in [
            ("unknown model", question(model="nobody"), grpc.StatusCode.NOT_FOUND),
            ("another name", question(tensor(name="x")), grpc.StatusCode.INVALID_ARGUMENT),
        ]:
            try:
                await client.infer(request)
                check(f"gRPC, {name}", False, "was accepted")
            except grpc.RpcError as error:
                equal(f"gRPC, {name}", error.code(), code)


for part in (rest, over_grpc):
    try:
        asyncio.run(part())
    except Exception:
        failed += 1
        print(f"FAILED: {part.__name__} stopped")
        traceback.print_exc(limit=-6, file=sys.stdout)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
