"""Proves the REST half of the inference door with the unmodified tritonclient, and with raw HTTP for what no client sends.

OPEN_INFERENCE_URL names a `slipway serve` of the models in Tests/Fixtures/onnx (see OpenInferenceTests.swift).
"""

import gzip
import json
import os
import socket
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

import ml_dtypes
import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException
from wire_checks import check, equal, report, section

URL = os.environ["OPEN_INFERENCE_URL"]
ADDRESS = URL.removeprefix("http://")
TINY = "/v2/models/tiny-1/infer"
LIMIT = 64 << 20


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


def send(path, body=None, headers=None, method=None):
    """One request as it stands: bytes, text or something that becomes JSON; no content type unless it is given."""
    if not isinstance(body, (bytes, str, type(None))):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(URL + path, data=data, method=method or ("GET" if body is None else "POST"))
    if data is not None:
        request.add_header("Content-Type", "application/json")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def bare(path, body, headers=()):
    """A POST with exactly these headers and nothing else, on a socket of its own."""
    host, port = ADDRESS.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = [f"POST {path} HTTP/1.1", f"Host: {ADDRESS}", "Connection: close", *headers]
        if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
            head.append(f"Content-Length: {len(body)}")
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    lines = [line.split(b":", 1) for line in head.split(b"\r\n")[1:]]
    return Answer(status, {n.decode().lower(): v.strip().decode() for n, v in lines}, rest)


def tensor(name="features", datatype="FP32", shape=(1, 2), data=(1, 2), **more):
    return {"name": name, "datatype": datatype, "shape": list(shape), "data": list(data), **more}


def ask(*inputs, **more):
    return {"inputs": list(inputs or [tensor()]), **more}


def refused(name, answer, status=400):
    good = answer.status == status and isinstance(answer.json, dict)
    good = good and set(answer.json) == {"error", "code", "request_id"} and all(answer.json.values())
    check(name, good, repr(answer))


def server_and_models():
    client = triton.InferenceServerClient(ADDRESS)
    check("live", client.is_server_live())
    check("ready", client.is_server_ready())
    meta = client.get_server_metadata()
    equal("server's name", meta["name"], "slipway")
    check("extensions", {"binary_tensor_data", "model_repository", "statistics"} <= set(meta["extensions"]), meta)
    equal("/v2/ is /v2", send("/v2/").status, 200)
    check("model ready", client.is_model_ready("tiny-1"))
    check("version ready", client.is_model_ready("tiny-1", "1"))
    check("an unknown model is not ready", not client.is_model_ready("nobody"))
    check("an unknown version is not ready", not client.is_model_ready("tiny-1", "7"))
    refused("ready of an unknown model", send("/v2/models/nobody/ready"), 404)
    refused("metadata of an unknown model", send("/v2/models/nobody"), 404)
    meta = client.get_model_metadata("tiny-1", "1")
    equal("inputs", meta["inputs"], [{"name": "features", "datatype": "FP32", "shape": [-1, 2]}])
    equal("outputs", [o["name"] for o in meta["outputs"]], ["label", "probabilities"])
    equal("versions", meta["versions"], ["1"])
    types = {i["name"]: i["datatype"] for i in client.get_model_metadata("every-type")["inputs"]}
    equal("types", (types["string"], types["uint64"], types["bool"]), ("BYTES", "UINT64", "BOOL"))
    classes = client.get_model_metadata("zipmap-lr")
    equal("classes", json.loads(classes["properties"]["slipway.labels.output_probability"]), ["benign", "malignant"])
    equal("columns of the classes", classes["outputs"][1]["shape"], [-1, 2])
    config = client.get_model_config("tiny-1")
    equal("config", (config["name"], config["input"][0]["data_type"]), ("tiny-1", "TYPE_FP32"))
    name = "my model+1%"
    check("a name with spaces and signs", client.is_model_ready(name))
    equal("its metadata", client.get_model_metadata(name)["name"], name)
    before = client.get_inference_statistics("tiny-1")["model_stats"][0]
    send(TINY, ask(tensor(shape=(3, 2), data=range(6))))
    after = client.get_inference_statistics("tiny-1", "1")["model_stats"][0]
    equal("rows are counted", after["inference_count"] - before["inference_count"], 3)
    equal("runs are counted", after["execution_count"] - before["execution_count"], 1)
    check("memory is reported", after["memory_usage"][0]["byte_size"] > 0, after)
    check("statistics of all", len(client.get_inference_statistics()["model_stats"]) > 4)


def infer_json():
    answer = send(TINY, ask(id="mine"))
    equal("status", answer.status, 200)
    equal("id", answer.json["id"], "mine")
    equal("names", (answer.json["model_name"], answer.json["model_version"]), ("tiny-1", "1"))
    equal("label", answer.json["outputs"][0], {"name": "label", "datatype": "INT64", "shape": [1], "data": [1]})
    score = answer.json["outputs"][1]["data"][1]
    check("score", abs(score - 1 / (1 + np.exp(-3))) < 1e-6, score)
    check("no id, no echo", "id" not in send(TINY, ask()).json)
    nested = send(TINY, ask(tensor(shape=(2, 2), data=[[1, 2], [3, -9]])))
    equal("nested data", nested.json["outputs"][0]["data"], [1, 0])
    chosen = send(TINY, ask(outputs=[{"name": "probabilities"}, {"name": "label"}]))
    equal("outputs in the asked order", [o["name"] for o in chosen.json["outputs"]], ["probabilities", "label"])
    equal("one output", len(send(TINY, ask(outputs=[{"name": "label"}])).json["outputs"]), 1)
    equal("empty id", send(TINY, ask(id="")).json["id"], "")
    unknown = {"a": 1, "b": "c", "c": True, "d": 1.5, "sequence_id": 4, "sequence_start": True, "priority": 2, "triton_x": 1}
    equal("unknown parameters", send(TINY, ask(parameters=unknown)).status, 200)
    equal("unknown parameters of an input", send(TINY, ask(tensor(parameters=unknown))).status, 200)
    equal("unknown parameters of an output", send(TINY, ask(outputs=[{"name": "label", "parameters": unknown}])).status, 200)
    equal("no time limit", send(TINY, ask(parameters={"timeout": 0})).status, 200)
    equal("all outputs", [o["name"] for o in send(TINY, ask()).json["outputs"]], ["label", "probabilities"])
    equal("nested as deep as its shape", send(TINY, ask(tensor(shape=(1, 2), data=[[1, 2]]))).json["outputs"][0]["data"], [1])
    equal("false for binary data", send(TINY, ask(parameters={"binary_data_output": False})).json["outputs"][0]["data"], [1])
    equal("version in the path", send("/v2/models/tiny-1/versions/1/infer", ask()).status, 200)
    body = json.dumps(ask()).encode()
    equal("no content type", bare(TINY, body).status, 200)
    equal("a charset", send(TINY, ask(), {"Content-Type": "application/json; charset=utf-8"}).status, 200)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    equal("in chunks", bare(TINY, chunks, ["Transfer-Encoding: chunked"]).status, 200)
    encoded = urllib.parse.quote("my model+1%")
    equal("percent-encoded name", send(f"/v2/models/{encoded}/infer", ask()).json["model_name"], "my model+1%")
    every = {name: tensor(name, kind, data=data) for name, kind, data in EVERY}
    answer = send("/v2/models/every-type/infer", ask(*every.values()))
    equal("every type in JSON", answer.status, 200)
    text = answer.body.decode()
    for digits in ("9223372036854775807", "-9223372036854775808", "18446744073709551615", "9007199254740993"):
        check("all digits of " + digits, digits in text, text[:600])
    back = {o["name"].removesuffix("_out"): o["data"] for o in answer.json["outputs"]}
    for name, _, data in EVERY:
        equal("JSON gives back " + name, back[name], data)


EVERY = [
    ("float", "FP32", [1.5, -0.1]), ("double", "FP64", [3.141592653589793, 1e300]),
    ("int64", "INT64", [2**63 - 1, -(2**63)]), ("int32", "INT32", [2**31 - 1, -(2**31)]),
    ("int16", "INT16", [32767, -32768]), ("int8", "INT8", [127, -128]), ("uint64", "UINT64", [2**64 - 1, 2**53 + 1]),
    ("uint32", "UINT32", [2**32 - 1, 0]), ("uint16", "UINT16", [65535, 0]), ("uint8", "UINT8", [255, 0]),
    ("bool", "BOOL", [True, False]), ("string", "BYTES", ["", "Zürich – 東京"]),
]
NUMPY = {
    "FP32": np.float32, "FP64": np.float64, "INT64": np.int64, "INT32": np.int32, "INT16": np.int16, "INT8": np.int8,
    "UINT64": np.uint64, "UINT32": np.uint32, "UINT16": np.uint16, "UINT8": np.uint8, "BOOL": np.bool_,
    "BYTES": np.object_, "FP16": np.float16,
}


def value(name, datatype, array, binary=True):
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def infer_with_client():
    client = triton.InferenceServerClient(ADDRESS)
    rows = np.array([[1, 2], [3, -9]], np.float32)
    for binary_in in (True, False):
        for outputs in (None, True, False):
            wanted = outputs if outputs is None else [
                triton.InferRequestedOutput("probabilities", binary_data=outputs),
                triton.InferRequestedOutput("label", binary_data=not outputs),
            ]
            how = f"binary in {binary_in}, out {outputs}"
            result = client.infer("tiny-1", [value("features", "FP32", rows, binary_in)], outputs=wanted, request_id="7")
            equal(how + ": label", result.as_numpy("label").tolist(), [1, 0])
            equal(how + ": shape", result.as_numpy("probabilities").shape, (2, 2))
            equal(how + ": id", result.get_response()["id"], "7")
    inputs = [value(n, kind, np.array([data], NUMPY[kind])) for n, kind, data in EVERY]
    result = client.infer("every-type", inputs)
    for name, kind, data in EVERY:
        got = result.as_numpy(name + "_out")
        wanted = [d.encode() for d in data] if kind == "BYTES" else np.array(data, NUMPY[kind]).tolist()
        equal("binary gives back " + name, got[0].tolist(), wanted)
    halves = value("half", "FP16", np.array([[1.5, -2]], np.float16))
    brains = triton.InferInput("brain", [1, 2], "BF16")
    brains.set_data_from_numpy(np.array([[1.5, -2]], ml_dtypes.bfloat16))
    result = client.infer("half", [halves, brains])
    equal("FP16", result.as_numpy("half_out").tolist(), [[1.5, -2]])
    equal("BF16", result.as_numpy("brain_out").astype(np.float32).tolist(), [[1.5, -2]])
    numbers = np.array([-1, 0, np.nan, np.inf], np.float32)
    result = client.infer("logarithm", [value("x", "FP32", numbers)]).as_numpy("y")
    check("NaN and infinity in binary", np.isnan(result[[0, 2]]).all() and np.isinf(result[[1, 3]]).all(), result)
    for way in ("gzip", "deflate"):
        result = client.infer("tiny-1", [value("features", "FP32", rows)], request_compression_algorithm=way)
        equal(way, result.as_numpy("label").tolist(), [1, 0])
        result = client.infer("tiny-1", [value("features", "FP32", rows)], response_compression_algorithm=way)
        equal(way + " wanted", result.as_numpy("label").tolist(), [1, 0])
    result = client.async_infer("tiny-1", [value("features", "FP32", rows)]).get_result()
    equal("asynchronous", result.as_numpy("label").tolist(), [1, 0])
    mixed = client.infer("zipmap-lr", [value("X", "FP32", np.zeros((3, 30), np.float32))])
    equal("maps are rows and columns", mixed.as_numpy("output_probability").shape, (3, 2))
    check("texts as labels", set(mixed.as_numpy("output_label").tolist()) <= {b"benign", b"malignant"})
    for bad in (
        lambda: client.infer("tiny-1", [value("wrong", "FP32", rows)]),
        lambda: client.infer("nobody", [value("features", "FP32", rows)]),
    ):
        try:
            bad()
            check("the client hears the reason", False)
        except InferenceServerException as error:
            check("the client hears the reason", "model" in error.message(), error.message())


def binary_by_hand():
    raw = struct.pack("<2f", 1, 2)
    head = {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8}}]}

    def post(header, tail=raw, length=None, headers=()):
        text = json.dumps(header).encode() if not isinstance(header, bytes) else header
        stated = len(text) if length is None else length
        return bare(TINY, text + tail, [f"Inference-Header-Content-Length: {stated}", *headers])

    equal("binary in, JSON out", post(head).json["outputs"][0]["data"], [1])
    answer = post({**head, "parameters": {"binary_data_output": True}})
    length = int(answer.headers["inference-header-content-length"])
    header = json.loads(answer.body[:length])
    equal("binary out", struct.unpack("<q", answer.body[length:length + 8]), (1,))
    equal("sizes", [o["parameters"]["binary_data_size"] for o in header["outputs"]], [8, 8])
    check("no data beside them", all("data" not in o for o in header["outputs"]))
    equal("octet-stream", post(head, headers=["Content-Type: application/octet-stream"]).status, 200)
    one = [{"name": "label", "parameters": {"binary_data": False}}, {"name": "probabilities"}]
    answer = post({**head, "outputs": one, "parameters": {"binary_data_output": True}})
    length = int(answer.headers["inference-header-content-length"])
    header = json.loads(answer.body[:length])
    check("mixed", "data" in header["outputs"][0] and len(answer.body) - length == 8, header)
    answer = post(b"", length=0)
    equal("raw request", answer.status, 200)
    check("raw request answers binary", "inference-header-content-length" in answer.headers)
    refused("raw request of another size", post(b"", tail=raw + b"1", length=0))
    refused("raw request of two rows", post(b"", tail=raw * 2, length=0))
    refused("raw request for two inputs", bare("/v2/models/half/infer", raw, ["Inference-Header-Content-Length: 0"]))
    refused("size under the shape", post({"inputs": [{**head["inputs"][0], "parameters": {"binary_data_size": 4}}]}))
    refused("size over the body", post(head, tail=raw[:4]))
    refused("bytes left over", post(head, tail=raw + b"x"))
    refused("header longer than the body", post(head, length=100_000))
    refused("header cut off", post(head, length=10))
    for text in ("-1", "+5", "x", "1e2", "", "99999999999999999999999"):
        refused(f"header length {text!r}", bare(TINY, raw, [f"Inference-Header-Content-Length: {text}"]))
    refused("binary without the header", send(TINY, head))
    refused("octet-stream without the header", send(TINY, ask(), {"Content-Type": "application/octet-stream"}))
    both = {"inputs": [{**head["inputs"][0], "data": [1, 2]}]}
    refused("data and a size", post(both))
    refused("negative size", post({"inputs": [{**head["inputs"][0], "parameters": {"binary_data_size": -8}}]}))
    for size in ("8", 8.0, None, True, 2**63, 2**64):
        refused(f"size {size!r}", post({"inputs": [{**head["inputs"][0], "parameters": {"binary_data_size": size}}]}))
    every_binary()


def every_binary():
    """Several binary inputs lie one after the other, in the order of the JSON; each must be of its type."""
    def post(model, inputs):
        listed = [
            {"name": name, "datatype": kind, "shape": [1, count], "parameters": {"binary_data_size": len(data)}}
            for name, kind, count, data in inputs
        ]
        text = json.dumps({"inputs": listed, "parameters": {"binary_data_output": True}}).encode()
        body = text + b"".join(data for *_, data in inputs)
        return bare(f"/v2/models/{model}/infer", body, [f"Inference-Header-Content-Length: {len(text)}"])

    codes = dict(zip(NUMPY, ("f", "d", "q", "i", "h", "b", "Q", "I", "H", "B", "?")))

    def packed(kind, data):
        if kind == "BYTES":
            return b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in data)
        return struct.pack(f"<{len(data)}{codes[kind]}", *data)

    inputs = [(name, kind, 2, packed(kind, data)) for name, kind, data in EVERY]
    answer = post("every-type", inputs)
    equal("every type by hand", answer.status, 200)
    length = int(answer.headers["inference-header-content-length"])
    tail = answer.body[length:]
    for output in json.loads(answer.body[:length])["outputs"]:
        size = output["parameters"]["binary_data_size"]
        mine = next(data for name, _, _, data in inputs if name + "_out" == output["name"])
        equal("by hand, " + output["name"], tail[:size], mine)
        tail = tail[size:]
    equal("nothing after the last", tail, b"")

    def instead(name, data, count=2):
        return post("every-type", [(n, k, count if n == name else c, data if n == name else d) for n, k, c, d in inputs])

    refused("a BOOL of 2", instead("bool", b"\2\0"))
    refused("BYTES that end within a length", instead("string", packed("BYTES", ["a"]) + b"\1\0"))
    refused("BYTES that end within an element", instead("string", b"\1\0\0\0a\2\0\0\0b"))
    refused("one of BYTES too few", instead("string", packed("BYTES", ["a"])))
    refused("one of BYTES too many", instead("string", packed("BYTES", ["a", "b", "c"])))
    refused("a length over all of it", instead("string", b"\xff\xff\xff\xff"))
    refused("bytes that are no text, where the model takes text", instead("string", b"\1\0\0\0\xff\0\0\0\0"))
    halves = post("half", [("half", "FP16", 2, struct.pack("<2e", 1.5, -2)), ("brain", "BF16", 2, b"\xc0\x3f\0\xc0")])
    length = int(halves.headers["inference-header-content-length"])
    equal("short floats by hand", halves.body[length:], struct.pack("<2e", 1.5, -2) + b"\xc0\x3f\0\xc0")


def refusals():
    for name, body in [
        ("no JSON", "{"), ("nothing", ""), ("a list", "[]"), ("a number", "1"), ("no inputs", {}),
        ("inputs is null", {"inputs": None}), ("inputs is empty", {"inputs": []}),
        ("no name", {"inputs": [{"datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}),
        ("no datatype", {"inputs": [{"name": "features", "shape": [1, 2], "data": [1, 2]}]}),
        ("no shape", {"inputs": [{"name": "features", "datatype": "FP32", "data": [1, 2]}]}),
        ("no data", {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 2]}]}),
        ("wrong name", ask(tensor("x"))), ("wrong type", ask(tensor(datatype="FP64"))),
        ("unknown type", ask(tensor(datatype="FP8"))), ("wrong width", ask(tensor(shape=[1, 3], data=[1, 2, 3]))),
        ("wrong rank", ask(tensor(shape=[2]))), ("shape unlike data", ask(tensor(shape=[2, 2]))),
        ("ragged", ask(tensor(shape=[2, 2], data=[[1, 2], [3]]))), ("text in FP32", ask(tensor(data=[1, "2"]))),
        ("null", ask(tensor(data=[1, None]))), ("negative dimension", ask(tensor(shape=[-1, 2]))),
        ("huge dimension", ask(tensor(shape=[2**62, 2]))), ("dimension over 64 bits", ask(tensor(shape=[2**64, 2]))),
        ("dimension as text", ask(tensor(shape=["1", 2]))), ("dimension as a fraction", ask(tensor(shape=[1.0, 2]))),
        ("nine dimensions", ask(tensor(shape=[1] * 8 + [2]))), ("shape is a number", ask({**tensor(), "shape": 2})),
        ("data is an object", ask({**tensor(), "data": {}})), ("data is a text", ask({**tensor(), "data": "12"})),
        ("data twice", '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[1,2],"data":[3,4]}]}'),
        ("inputs twice", json.dumps(ask())[:-1] + ',"inputs":[]}'), ("nested too deep", ask(tensor(data=[[[1], [2]]]))),
        ("nested too flat", ask(tensor(shape=[2, 2], data=[[1, 2, 3, 4]]))), ("true in FP32", ask(tensor(data=[1, True]))),
        ("no input at all in a list", ask(None)), ("an input is a text", {"inputs": ["features"]}),
        ("timeout under 0", ask(parameters={"timeout": -1})), ("timeout as text", ask(parameters={"timeout": "5"})),
        ("key is a number", ask(parameters={"key": 1})), ("outputs is an object", ask(outputs={})),
        ("an output without a name", ask(outputs=[{}])), ("binary_data as text", ask(outputs=[{"name": "label", "parameters": {"binary_data": "true"}}])),
        ("classification", ask(outputs=[{"name": "label", "parameters": {"classification": 2}}])),
        ("shared memory", ask({**tensor(), "parameters": {"shared_memory_region": "r"}})),
        ("-Infinity", '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[-Infinity,1]}]}'),
        ("over every double", '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[1e999,1]}]}'), ("twice the same input", ask(tensor(), tensor())),
        ("one input too many", ask(tensor(), tensor("more"))), ("unknown output", ask(outputs=[{"name": "x"}])),
        ("an output twice", ask(outputs=[{"name": "label"}, {"name": "label"}])),
        ("NaN", '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[NaN,1]}]}'),
        ("Infinity", '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[Infinity,1]}]}'),
        ("over FP32", ask(tensor(data=[1e39, 1]))), ("no rows", ask(tensor(shape=[0, 2], data=[]))),
        ("id is a number", ask(id=7)), ("parameters is a list", ask(parameters=[])),
        ("deep", "[" * 100_000), ("deep data", '{"inputs":[{"data":' + "[" * 100_000 + "]" * 100_000 + "}]}"),
        ("no UTF-8", b'{"id":"\xff","inputs":[]}'), ("text after the JSON", json.dumps(ask()) + "x"),
    ]:
        refused(name, send(TINY, body))
    whole = {name: tensor(name, kind, data=data) for name, kind, data in EVERY}
    for name, value in [
        ("int8", 128), ("int16", -32769), ("int32", 2**31), ("int64", 2**63), ("uint8", -1), ("uint16", 65536),
        ("uint32", 2**32), ("uint64", 2**64), ("uint64", -1), ("int32", 1.5), ("bool", 1), ("string", 1), ("double", "1"),
    ]:
        worse = {**whole, name: {**whole[name], "data": [value, value]}}
        refused(f"{value!r} in {name}", send("/v2/models/every-type/infer", ask(*worse.values())))
    short = [tensor("half", "FP16", data=[1, 2]), tensor("brain", "BF16", data=[1, 2])]
    refused("short floats in JSON", send("/v2/models/half/infer", ask(*short)))
    refused("non-finite output in JSON", send("/v2/models/logarithm/infer", ask(tensor("x", shape=[1], data=[-1]))))
    good = send("/v2/models/logarithm/infer", ask(tensor("x", shape=[1], data=[-1]), outputs=[{"name": "total"}]))
    equal("an output that was not asked for may be NaN", good.status, 200)
    refused("unknown model", send("/v2/models/nobody/infer", ask()), 404)
    for version in ("7", "0", "x", "-1"):
        refused(f"version {version}", send(f"/v2/models/tiny-1/versions/{version}/infer", ask()), 404)
    refused("unknown path", send("/v2/nothing"), 404)
    refused("a form", send(TINY, "a=b", {"Content-Type": "application/x-www-form-urlencoded"}), 415)
    refused("text", send(TINY, ask(), {"Content-Type": "text/plain"}), 415)
    refused("another host", send("/v2", headers={"Host": "evil.example"}), 403)
    equal("the client's id in an error", send(TINY, ask(tensor("x"), id="seven")).json["request_id"], "seven")
    named = send(TINY, "{", {"X-Request-ID": "eight"})
    equal("the header's id in an error", named.json["request_id"], "eight")


def compression():
    body = json.dumps(ask(tensor(shape=[500, 2], data=[1] * 1000))).encode()
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}
    for way, bytes in packed.items():
        equal(way, send(TINY, bytes, {"Content-Encoding": way}).status, 200)
        refused(way + " cut off", send(TINY, bytes[:-9], {"Content-Encoding": way}))
    refused("not what it says", send(TINY, body, {"Content-Encoding": "gzip"}))
    refused("unknown encoding", send(TINY, body, {"Content-Encoding": "br"}), 415)
    bomb = zlib.compress(b"[" + b" " * (LIMIT + 10) + b"]", 9)
    check("the bomb is small", len(bomb) < 100_000)
    refused("a bomb", send(TINY, bomb, {"Content-Encoding": "deflate"}), 413)


def limits():
    host, port = ADDRESS.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST {TINY} HTTP/1.1\r\nHost: {ADDRESS}\r\nContent-Length: {70 << 20}\r\n\r\n"
        connection.sendall(head.encode())
        received = connection.recv(65536)
    check("413 before a byte of the body", received.startswith(b"HTTP/1.1 413"), received[:80])
    started = time.monotonic()
    slow = {"inputs": [
        {"name": "count", "datatype": "INT64", "shape": [], "data": [2**62]},
        {"name": "start", "datatype": "FP32", "shape": [1], "data": [0]},
    ]}
    answer = send("/v2/models/counting-loop/infer", {**slow, "parameters": {"timeout": 200_000}})
    refused("a hanging model", answer, 504)
    check("is cut off in time", time.monotonic() - started < 15, time.monotonic() - started)
    quick = {"inputs": [{**slow["inputs"][0], "data": [5]}, slow["inputs"][1]]}
    equal("and answers afterwards", send("/v2/models/counting-loop/infer", quick).json["outputs"][0]["data"], [5])


def repository():
    client = triton.InferenceServerClient(ADDRESS)
    index = {m["name"]: m["state"] for m in client.get_model_repository_index()}
    equal("index", index["tiny-2"], "READY")
    client.unload_model("tiny-2")
    check("unloaded is not ready", not client.is_model_ready("tiny-2"))
    refused("unloaded does not answer", send("/v2/models/tiny-2/infer", ask()), 404)
    index = {m["name"]: m["state"] for m in client.get_model_repository_index()}
    equal("index tells", index["tiny-2"], "UNAVAILABLE")
    ready = send("/v2/repository/index", {"ready": True}).json
    check("only the ready ones", "tiny-2" not in [m["name"] for m in ready], ready)
    client.load_model("tiny-2")
    check("loaded is ready", client.is_model_ready("tiny-2"))
    equal("loaded answers", send("/v2/models/tiny-2/infer", ask()).status, 200)
    refused("load of an unknown model", send("/v2/repository/models/nobody/load", {}), 404)
    refused("a model from the client", send("/v2/repository/models/tiny-2/load", {"parameters": {"file:1/m.onnx": "x"}}))


def together():
    """Many clients at once: each gets the answers to its own rows, whoever they were run together with."""
    wrong = []

    def one(seed):
        generator = np.random.default_rng(seed)
        client = triton.InferenceServerClient(ADDRESS)
        for _ in range(40):
            rows = generator.normal(size=(generator.integers(1, 5), 2)).astype(np.float32)
            result = client.infer("tiny-1", [value("features", "FP32", rows)])
            score = 1 / (1 + np.exp(-rows.astype(np.float64).sum(axis=1)))
            if not np.allclose(result.as_numpy("probabilities")[:, 1], score, atol=1e-5):
                wrong.append((seed, rows))

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("answers of 12 clients", wrong, [])


for part in (
    server_and_models, infer_json, infer_with_client, binary_by_hand, refusals, compression, limits, repository, together,
):
    section(part.__name__, part)
report()
