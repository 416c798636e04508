"""The real tritonclient[grpc] and gRPC's own health client against a server with a governed model.

SLIPWAY_GRPC=host:port, SLIPWAY_HTTP=host:port, MODEL=name of tiny-1.onnx (features FP32[-1,2] -> ...).
"""

import json
import os
import queue
import urllib.request

import grpc
import numpy as np
import tritonclient.grpc as triton
from grpc_checks import check, equal, refused, report, section
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc import service_pb2_grpc

ADDRESS = os.environ["SLIPWAY_GRPC"]
HTTP = os.environ["SLIPWAY_HTTP"]
MODEL = os.environ.get("MODEL", "tiny")
ROWS = np.array([[1, 2], [-1, -1], [2, 0]], dtype=np.float32)

channel = grpc.insecure_channel(ADDRESS)
stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
client = triton.InferenceServerClient(ADDRESS)


def tensor(rows=ROWS, name="features", datatype="FP32"):
    it = triton.InferInput(name, list(rows.shape), datatype)
    it.set_data_from_numpy(rows)
    return it


def over_http(rows=ROWS):
    """The same question over REST: the answers must be the same numbers."""
    question = {"inputs": [{"name": "features", "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}]}
    request = urllib.request.Request(
        f"http://{HTTP}/v2/models/{MODEL}/infer", json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    return json.load(urllib.request.urlopen(request))["outputs"]


def typed(model=MODEL, shape=(3, 2), datatype="FP32", name="features", field="fp32_contents", values=None, **rest):
    request = pb.ModelInferRequest(model_name=model, **rest)
    it = request.inputs.add(name=name, datatype=datatype, shape=shape)
    if field:
        getattr(it.contents, field).extend(ROWS.ravel().tolist() if values is None else values)
    return request


def raw(contents=None, **rest):
    request = typed(field=None, **rest)
    request.raw_input_contents.extend([ROWS.tobytes()] if contents is None else contents)
    return request


def health():
    check("server live", client.is_server_live())
    check("server ready", client.is_server_ready())
    check("model ready", client.is_model_ready(MODEL))
    check("version ready", client.is_model_ready(MODEL, "1"))
    check("unknown model is not ready", not client.is_model_ready("nobody"))
    check("unknown version is not ready", not client.is_model_ready(MODEL, "9"))
    check("word for a version is not ready", not client.is_model_ready(MODEL, "latest"))
    refused("no name", "INVALID_ARGUMENT", lambda: client.is_model_ready(""), "name")
    probe = health_pb2_grpc.HealthStub(channel)
    ask = lambda service: probe.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status
    equal("health of the server", ask(""), health_pb2.HealthCheckResponse.SERVING)
    equal("health of the service", ask("inference.GRPCInferenceService"), health_pb2.HealthCheckResponse.SERVING)
    refused("health of another service", "NOT_FOUND", lambda: ask("nobody"), "nobody")
    watch = probe.Watch(health_pb2.HealthCheckRequest(), timeout=20)
    equal("watched health", next(watch).status, health_pb2.HealthCheckResponse.SERVING)
    watch.cancel()
    watch = probe.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=20)
    equal("watched health of another", next(watch).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
    watch.cancel()


def testers():
    """Who tries a version out names it in the metadata, as in REST's header."""
    def by(target):
        return client.infer(MODEL, [tensor()], headers={"slipway-version": target}).get_response().model_version

    equal("the stable version by name", by("stable"), "1")
    equal("a version by number", by("1"), "1")
    refused("no candidate", "NOT_FOUND", lambda: by("candidate"), "candidate")
    refused("a version that takes no traffic", "NOT_FOUND", lambda: by("9"), "9")
    refused("a word that is none", "INVALID_ARGUMENT", lambda: by("newest"), "slipway-version")


def metadata():
    server = client.get_server_metadata()
    equal("server name", server.name, "slipway")
    check("server version", server.version)
    check("extensions", "model_repository" in server.extensions)
    model = client.get_model_metadata(MODEL)
    equal("model name", model.name, MODEL)
    equal("versions", list(model.versions), ["1"])
    equal("inputs", [(i.name, i.datatype, list(i.shape)) for i in model.inputs], [("features", "FP32", [-1, 2])])
    check("outputs", len(model.outputs) > 0)
    equal("one version", client.get_model_metadata(MODEL, "1").name, MODEL)
    refused("unknown model", "NOT_FOUND", lambda: client.get_model_metadata("nobody"), "nobody")
    refused("unknown version", "NOT_FOUND", lambda: client.get_model_metadata(MODEL, "9"), "9")
    config = client.get_model_config(MODEL).config
    equal("configuration", (config.name, config.input[0].name, config.platform), (MODEL, "features", "onnxruntime_onnx"))


def repository():
    models = client.get_model_repository_index().models
    equal("index", [(m.name, m.version, m.state) for m in models], [(MODEL, "1", "READY")])
    refused("load", "FAILED_PRECONDITION", lambda: client.load_model(MODEL), "slipway ship")
    refused("unload", "FAILED_PRECONDITION", lambda: client.unload_model(MODEL), "slipway rollback")
    refused("load of nobody", "NOT_FOUND", lambda: client.load_model("nobody"), "nobody")
    before = client.get_inference_statistics(MODEL).model_stats[0]
    client.infer(MODEL, [tensor()])
    after = client.get_inference_statistics(MODEL, "1").model_stats[0]
    check("rows are counted", after.inference_count >= before.inference_count + 3, f"{before} {after}")
    check("all statistics", len(client.get_inference_statistics().model_stats) == 1)
    refused("shared memory", "UNIMPLEMENTED", lambda: client.get_system_shared_memory_status())
    refused("trace", "UNIMPLEMENTED", lambda: client.get_trace_settings())


def answers():
    expected = over_http()
    result = client.infer(MODEL, [tensor()], request_id="question-1")
    response = result.get_response()
    equal("id", response.id, "question-1")
    equal("model and version", (response.model_name, response.model_version), (MODEL, "1"))
    check("prediction id", response.parameters["prediction_id"].string_param)
    equal("raw answers to a raw question", len(response.raw_output_contents), len(response.outputs))
    equal("all outputs", [o.name for o in response.outputs], [o["name"] for o in expected])
    for output in expected:
        mine = result.as_numpy(output["name"])
        equal(f"shape of {output['name']}", list(mine.shape), output["shape"])
        check(f"values of {output['name']}", np.allclose(mine.ravel(), output["data"]), f"{mine} {output}")
    last = expected[-1]["name"]
    one = client.infer(MODEL, [tensor()], outputs=[triton.InferRequestedOutput(last)])
    equal("asked outputs only", [o.name for o in one.get_response().outputs], [last])
    equal("a version", client.infer(MODEL, [tensor()], model_version="1").get_response().model_version, "1")
    equal("own parameters are ignored", client.infer(MODEL, [tensor()], parameters={"mine": 1}).get_response().model_name, MODEL)
    answer = stub.ModelInfer(of_every_kind())
    equal("parameters of every kind are ignored", answer.model_name, MODEL)
    equal("the id is echoed as it is", stub.ModelInfer(typed(id="ü \u0000")).id, "ü \u0000")
    for compression in ("gzip", "deflate"):
        same = client.infer(MODEL, [tensor()], compression_algorithm=compression).as_numpy(last)
        check(f"{compression} question", np.array_equal(same, result.as_numpy(last)))
    answer = stub.ModelInfer(typed(id="typed"))
    equal("typed id", answer.id, "typed")
    equal("typed answers to a typed question", len(answer.raw_output_contents), 0)
    for output, want in zip(answer.outputs, expected):
        field = {"FP32": "fp32_contents", "INT64": "int64_contents"}[output.datatype]
        check(f"typed {output.name}", np.allclose(list(getattr(output.contents, field)), want["data"]))
    done = queue.Queue()
    client.async_infer(MODEL, [tensor()], callback=lambda result, error: done.put((result, error)))
    later, error = done.get(timeout=20)
    check("asynchronous", error is None and np.array_equal(later.as_numpy(last), result.as_numpy(last)), str(error))


def stream():
    done = queue.Queue()
    with triton.InferenceServerClient(ADDRESS) as streaming:
        streaming.start_stream(callback=lambda result, error: done.put((result, error)))
        for index in range(3):
            streaming.async_stream_infer(MODEL if index != 1 else "nobody", [tensor()], request_id=f"s{index}")
        got = [done.get(timeout=20) for _ in range(3)]
    equal("stream", [error is None for _, error in got], [True, False, True])
    equal("stream ids", [got[0][0].get_response().id, got[2][0].get_response().id], ["s0", "s2"])
    check("stream's error", "nobody" in str(got[1][1]), str(got[1][1]))


def refusals():
    bad = "INVALID_ARGUMENT"
    infer = stub.ModelInfer
    rows = [
        ("unknown model", "NOT_FOUND", typed(model="nobody"), "nobody"),
        ("no model", bad, typed(model=""), "model_name"),
        ("unknown version", "NOT_FOUND", typed(model_version="9"), "9"),
        ("version 0", "NOT_FOUND", typed(model_version="0"), "0"),
        ("no inputs", bad, pb.ModelInferRequest(model_name=MODEL), "inputs"),
        ("raw without inputs", bad, pb.ModelInferRequest(model_name=MODEL, raw_input_contents=[b"1"]), "inputs"),
        ("no name", bad, typed(name=""), "name"),
        ("another name", bad, typed(name="other"), "other"),
        ("another type", bad, typed(datatype="FP64", field="fp64_contents"), "FP32"),
        ("unknown type", bad, typed(datatype="FP33"), "FP33"),
        ("type in another list", bad, typed(field="fp64_contents"), "fp32_contents"),
        ("short floats are raw only", bad, typed(datatype="FP16"), "raw_input_contents"),
        ("too few elements", bad, typed(values=[1.0]), "1 elements"),
        ("too many elements", bad, typed(values=[1.0] * 7), "7 elements"),
        ("no elements", bad, typed(field=None), "0 elements"),
        ("another width", bad, typed(shape=(2, 3)), "[2,3]"),
        ("another rank", bad, typed(shape=(6,)), "[6]"),
        ("a negative length", bad, typed(shape=(-1, 2)), "-1"),
        ("a huge shape", bad, typed(shape=(1 << 40, 1 << 40)), "too large"),
        ("a shape of nine", bad, typed(shape=[1] * 9), "8"),
        ("no rows", bad, typed(shape=(0, 2), values=[]), "row"),
        ("raw and typed", bad, raw_and_typed(), "one or the other"),
        ("raw too short", bad, raw([ROWS.tobytes()[:-1]]), "23"),
        ("raw too long", bad, raw([ROWS.tobytes() + b"0"]), "25"),
        ("raw of nothing", bad, raw([b""]), "0 raw bytes"),
        ("fewer raw than inputs", bad, fewer_raw(), "one for each"),
        ("a BOOL of 2", bad, raw([b"\2\0"], datatype="BOOL", shape=[2]), "BOOL"),
        ("short floats of an odd length", bad, raw([b"\0\0\0"], datatype="FP16", shape=[2]), "3 raw bytes"),
        ("an INT8 of 128", bad, typed(datatype="INT8", field="int_contents", values=[128] * 6), "no INT8"),
        ("a UINT16 of 65536", bad, typed(datatype="UINT16", field="uint_contents", values=[65536] * 6), "no UINT16"),
        ("more raw than inputs", bad, raw([ROWS.tobytes()] * 2), "one for each"),
        ("raw BYTES that end within", bad, raw([b"\x05\0\0\0ab"], datatype="BYTES", shape=[1]), "end within"),
        ("an unknown output", bad, outputs("nobody"), "nobody"),
        ("an output twice", bad, outputs("LAST", "LAST"), "twice"),
        ("an output without a name", bad, outputs(""), "name"),
        ("classification", "UNIMPLEMENTED", outputs("LAST", parameter="classification"), "classification"),
        ("shared memory", "UNIMPLEMENTED", shared(), "shared memory"),
        ("an input twice", bad, twice(), "2 times"),
        ("too many inputs", bad, many(), "1024"),
        ("key is a number", bad, key_of_number(), "key"),
    ]
    for name, code, request, says in rows:
        refused(name, code, lambda: infer(request, timeout=20), says)
        check(f"{name}: the server lives", client.is_server_live())


def of_every_kind():
    request = typed()
    for holder in (request, request.inputs[0], request.outputs.add(name=client.get_model_metadata(MODEL).outputs[-1].name)):
        for name, value in [("bool", True), ("int64", -1), ("string", "s"), ("double", 0.5), ("uint64", 2**64 - 1)]:
            setattr(holder.parameters[name], f"{name}_param", value)
        # One that holds nothing at all.
        holder.parameters["nothing"].SetInParent()
    return request


def raw_and_typed():
    request = typed()
    request.raw_input_contents.append(ROWS.tobytes())
    return request


def fewer_raw():
    request = raw()
    request.inputs.append(request.inputs[0])
    return request


def outputs(*names, parameter=None):
    request = typed()
    last = client.get_model_metadata(MODEL).outputs[-1].name
    for name in names:
        output = request.outputs.add(name=last if name == "LAST" else name)
        if parameter:
            output.parameters[parameter].int64_param = 1
    return request


def shared():
    request = typed(field=None)
    request.inputs[0].parameters["shared_memory_region"].string_param = "mine"
    return request


def twice():
    request = typed()
    request.inputs.append(request.inputs[0])
    return request


def many():
    request = typed()
    for _ in range(2000):
        request.inputs.add()
    return request


def key_of_number():
    request = typed()
    request.parameters["key"].int64_param = 1
    return request


def call(path, message, **rest):
    """A call whose message is bytes of ours."""
    return channel.unary_unary(path, request_serializer=lambda it: it, response_deserializer=lambda it: it)(message, timeout=30, **rest)


def limits():
    infer = "/inference.GRPCInferenceService/ModelInfer"
    refused("no message of the protocol", "INVALID_ARGUMENT", lambda: call(infer, b"\xff\xff\xff"), ".proto")
    refused("a cut message", "INVALID_ARGUMENT", lambda: call(infer, typed().SerializeToString()[:-3]), ".proto")
    refused("text that is none", "INVALID_ARGUMENT", lambda: call(infer, b"\x0a\x02\xff\xfe"), ".proto")
    refused("an unknown call", "UNIMPLEMENTED", lambda: call("/inference.GRPCInferenceService/Nothing", b""))
    refused("an unknown service", "UNIMPLEMENTED", lambda: call("/nobody/Nothing", b""))
    for length in (65 << 20, 200 << 20):
        refused(f"{length >> 20} MiB", "RESOURCE_EXHAUSTED", lambda: call(infer, bytes(length)), "send fewer rows")
        check("the connection lives", client.is_server_live())
    large = typed(shape=(2_000_000, 2), values=[1.0] * 4_000_000)
    refused("many typed elements", "RESOURCE_EXHAUSTED", lambda: stub.ModelInfer(large, timeout=30), "raw_input_contents")
    refused(
        "compressed zeros over the limit",
        "RESOURCE_EXHAUSTED",
        lambda: call(infer, bytes(70 << 20), compression=grpc.Compression.Gzip),
    )
    check("the server lives", client.is_server_live())
    rows = np.ones((20_000, 2), dtype=np.float32)
    equal("many rows", client.infer(MODEL, [tensor(rows)]).get_response().outputs[-1].shape[0], 20_000)
    # The client's clock has milliseconds, in which a question of three rows can be answered.
    long = typed(shape=rows.shape, values=rows.ravel().tolist())
    refused("no time left", "DEADLINE_EXCEEDED", lambda: stub.ModelInfer(long, timeout=0.000001))
    refused("a timeout that is none", "INVALID_ARGUMENT", lambda: stub.ModelInfer(timeout_of(-1)), "timeout")
    equal("a long timeout", stub.ModelInfer(timeout_of(5_000_000)).model_name, MODEL)
    future = stub.ModelInfer.future(typed())
    # Its answer may be there first; the server must not care.
    future.cancel()
    check("the server lives after all", client.is_server_live())


def timeout_of(microseconds):
    request = typed()
    request.parameters["timeout"].int64_param = microseconds
    return request


for name, part in [
    ("testers", testers), ("health", health), ("metadata", metadata), ("repository", repository), ("answers", answers), ("stream", stream),
    ("refusals", refusals), ("limits", limits),
]:
    section(name, part)
client.close()
channel.close()
report()
