"""A gateway that has no routing table yet is alive, is not ready, and says UNAVAILABLE of every model. SLIPWAY_GRPC=host:port."""

import os

import grpc
import numpy as np
import tritonclient.grpc as triton
from grpc_checks import check, equal, refused, report, section
from grpc_health.v1 import health_pb2, health_pb2_grpc

ADDRESS = os.environ["SLIPWAY_GRPC"]
client = triton.InferenceServerClient(ADDRESS)
features = triton.InferInput("features", [1, 2], "FP32")
features.set_data_from_numpy(np.zeros((1, 2), dtype=np.float32))


def health():
    check("alive", client.is_server_live())
    check("not ready", not client.is_server_ready())
    stub = health_pb2_grpc.HealthStub(grpc.insecure_channel(ADDRESS))
    equal("health", stub.Check(health_pb2.HealthCheckRequest()).status, health_pb2.HealthCheckResponse.NOT_SERVING)


def calls():
    refused("a question", "UNAVAILABLE", lambda: client.infer("tiny", [features]), "routing table")
    refused("a question to a version", "UNAVAILABLE", lambda: client.infer("tiny", [features], "1"), "routing table")
    refused("what a model takes", "UNAVAILABLE", lambda: client.get_model_metadata("tiny"), "routing table")
    refused("the index", "UNAVAILABLE", lambda: client.get_model_repository_index(), "routing table")


section("health", health)
section("calls", calls)
report()
