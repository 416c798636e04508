"""Writes the first inputs of each fuzz target into Fuzz/Corpus: small, valid and nearly valid ones.

Needs the Python of `make setup` (tritonclient's protobuf classes, OpenTelemetry's come with mlflow).
"""

import gzip
import json
import pathlib
import struct
import zlib

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as otlp
from tritonclient.grpc import service_pb2 as pb

ROOT = pathlib.Path(__file__).resolve().parent / "Corpus"
TYPES = {
    "BOOL": ("?", [True, False]), "INT8": ("b", [-128, 127]), "UINT8": ("B", [0, 255]), "INT16": ("h", [-32768, 1]),
    "UINT16": ("H", [0, 65535]), "INT32": ("i", [-2**31, 1]), "UINT32": ("I", [0, 2**32 - 1]),
    "INT64": ("q", [-2**63, 2**53 + 1]), "UINT64": ("Q", [0, 2**64 - 1]), "FP16": ("e", [1.5, -2.0]),
    "FP32": ("f", [0.1, -0.0]), "FP64": ("d", [1e300, 5e-324]),
}


def write(target, name, data):
    folder = ROOT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def tensor(kind, data, shape=(1, 2), **more):
    return {"name": "x", "datatype": kind, "shape": list(shape), "data": data, **more}


def infer():
    for kind, (code, values) in TYPES.items():
        raw = struct.pack(f"<2{code}", *values)
        if kind != "FP16":
            write("infer", f"json-{kind}", b"\0" + json.dumps({"inputs": [tensor(kind, values)]}).encode())
        head = {"id": "i", "inputs": [{"name": "x", "datatype": kind, "shape": [2], "parameters": {"binary_data_size": len(raw)}}]}
        head["outputs"] = [{"name": "y", "parameters": {"binary_data": True}}]
        write("infer", f"binary-{kind}", b"\2" + json.dumps(head).encode() + b"\0" + raw)
        write("infer", f"raw-{kind}", bytes([3 | list(TYPES).index(kind) << 2]) + raw)
    text = struct.pack("<I", 3) + "東".encode() + struct.pack("<I", 0)
    head = {"inputs": [{"name": "x", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": len(text)}}]}
    write("infer", "binary-BYTES", b"\2" + json.dumps(head).encode() + b"\0" + text)
    write("infer", "json-BYTES", b"\0" + json.dumps({"inputs": [tensor("BYTES", ["", "Zürich \" \\ \n"])]}).encode())
    nested = {"inputs": [tensor("FP32", [[1, 2], [3, 4]], (2, 2))], "parameters": {"timeout": 5, "key": "k", "binary_data_output": True}}
    write("infer", "nested", b"\0" + json.dumps(nested).encode())
    write("infer", "empty", b"\0" + json.dumps({"inputs": [tensor("INT32", [], (0, 9))]}).encode())
    body = json.dumps(head).encode()
    write("infer", "stated-length", b"\1" + struct.pack("<H", len(body)) + body + text)


def grpc():
    fields = {
        "BOOL": "bool_contents", "INT8": "int_contents", "INT16": "int_contents", "INT32": "int_contents",
        "INT64": "int64_contents", "UINT8": "uint_contents", "UINT16": "uint_contents", "UINT32": "uint_contents",
        "UINT64": "uint64_contents", "FP32": "fp32_contents", "FP64": "fp64_contents",
    }
    for kind, (code, values) in TYPES.items():
        message = pb.ModelInferRequest(model_name="m", id="i")
        message.inputs.add(name="x", datatype=kind, shape=[2])
        message.raw_input_contents.append(struct.pack(f"<2{code}", *values))
        write("grpc", f"raw-{kind}", message.SerializeToString())
        if kind in fields:
            message = pb.ModelInferRequest(model_name="m", model_version="1")
            getattr(message.inputs.add(name="x", datatype=kind, shape=[1, 2]).contents, fields[kind]).extend(values)
            message.parameters["timeout"].int64_param = 5
            message.outputs.add(name="y")
            write("grpc", f"typed-{kind}", message.SerializeToString())
    message = pb.ModelInferRequest(model_name="m")
    message.inputs.add(name="x", datatype="BYTES", shape=[2]).contents.bytes_contents.extend([b"", b"\xff\xfe"])
    message.parameters["key"].string_param = "k"
    write("grpc", "typed-BYTES", message.SerializeToString())
    message = pb.ModelInferRequest(model_name="m")
    message.inputs.add(name="x", datatype="BYTES", shape=[2])
    message.raw_input_contents.append(struct.pack("<I", 2) + b"ab" + struct.pack("<I", 0))
    write("grpc", "raw-BYTES", message.SerializeToString())


def others():
    for number, text in enumerate([
        "null", "[]", "{}", '{"a":[1,-2,3.5e-7,true,false,null,"\\u0000\\ud83d\\ude00"],"a":{"b":{}}}', "1e308", "-0", "0.1",
        "18446744073709551615", "9223372036854775808", "100000000000000000000", "-100000000000000000000", '"\\\\\\"/"', "[[[[[[1]]]]]]",
        '{"z":1,"é":2,"\\r":3}',
    ]):
        write("json", f"text-{number:02}", text)
    for number, lengths in enumerate([[], [0], [5], [300], [301], [5, 5], [2**32 - 1], [299, 0, 7], [1] * 9, [300, 300]]):
        stream = b"".join(b"\0" + struct.pack(">I", length) + b"x" * min(length, 320) for length in lengths)
        write("frames", f"stream-{number}", bytes([number]) + stream)
    plain = json.dumps({"inputs": [tensor("FP32", [1, 2])]}).encode()
    packed = [gzip.compress(plain, mtime=0), gzip.compress(b"", mtime=0) * 3, gzip.compress(b" " * 70000, mtime=0)]
    for number, data in enumerate(packed):
        write("inflate", f"gzip-{number}", b"\0" + data)
        write("inflate", f"cut-{number}", b"\2" + data[:-3])
    bare = zlib.compressobj(wbits=-15)
    write("inflate", "zlib", b"\1" + zlib.compress(plain))
    write("inflate", "bare", b"\1" + bare.compress(plain) + bare.flush())
    write("inflate", "identity", b"\3" + plain)
    write("inflate", "unknown", b"\4" + plain)
    for number, (mode, text) in enumerate([
        (0, "99999999H"), (0, "1S"), (0, "250m"), (0, "5"), (1, "bytes=0-499"), (1, "bytes=-5"), (1, "bytes=9-"),
        (1, "bytes=99999999999999999999-"), (1, "bytes=1-2,4-5"), (2, "candidate"), (2, "stable"), (2, "7"), (3, "1"), (3, "-1"),
    ]):
        write("fields", f"field-{number:02}", bytes([mode]) + text.encode())


def spans():
    for number in range(10):
        request = otlp.ExportTraceServiceRequest()
        group = request.resource_spans.add()
        group.resource.attributes.add(key="service").value.string_value = "s"
        span = group.scope_spans.add().spans.add(
            trace_id=bytes(range(16)), span_id=bytes(range(8)), name="n", start_time_unix_nano=1, end_time_unix_nano=2)
        value = span.attributes.add(key="k").value
        match number:
            case 0: value.int_value = -1
            case 1: value.double_value = 0.1
            case 2: value.bytes_value = b"\0\xff"
            case 3: value.array_value.values.add().string_value = "\"\\"
            case 4: value.kvlist_value.values.add(key="a").value.bool_value = True
            case 5: value.double_value = float("nan")
            case 6: span.events.add(name="e", time_unix_nano=3).attributes.add(key="x").value.string_value = "y"
            case 7: span.links.add(trace_id=bytes(16), span_id=bytes(8))
            case 8: span.parent_span_id = bytes(8)
            case 9: span.status.code = 2
        write("otlp", f"span-{number}", b"\0" + request.SerializeToString())
    hexed = {"traceId": "00" * 16, "spanId": "01" * 8, "parentSpanId": "", "name": "n", "startTimeUnixNano": "1", "endTimeUnixNano": 2}
    for number, value in enumerate([
        {"stringValue": "s"}, {"intValue": 5}, {"doubleValue": "NaN"}, {"boolValue": True}, {"bytesValue": "AA=="},
        {"arrayValue": {"values": [{"intValue": 1}]}}, {"kvlistValue": {"values": [{"key": "a", "value": {}}]}}, None,
    ]):
        span = {**hexed, "attributes": [{"key": "k", "value": value}], "status": {"code": "STATUS_CODE_ERROR"}}
        body = {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": [span]}]}]}
        write("otlp", f"json-{number}", b"\1" + json.dumps(body).encode())


for part in (infer, grpc, others, spans):
    part()
