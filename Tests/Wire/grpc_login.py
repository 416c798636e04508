"""One call to a server that asks for tokens; says what came of it. SLIPWAY_GRPC=host:port, SLIPWAY_AUTHORIZATION=text."""

import os

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc import service_pb2_grpc

channel = grpc.insecure_channel(os.environ["SLIPWAY_GRPC"])
stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
text = os.environ.get("SLIPWAY_AUTHORIZATION")
metadata = [("authorization", text)] if text else []


def outcome(call):
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


print("metadata", outcome(lambda: stub.ServerMetadata(pb.ServerMetadataRequest(), metadata=metadata, timeout=20)))
print("infer", outcome(lambda: stub.ModelInfer(pb.ModelInferRequest(model_name="nobody"), metadata=metadata, timeout=20)))
print("live", outcome(lambda: stub.ServerLive(pb.ServerLiveRequest(), timeout=20)))
health = health_pb2_grpc.HealthStub(channel)
print("health", outcome(lambda: health.Check(health_pb2.HealthCheckRequest(), timeout=20)))
