"""A model under `slipway up` with two versions that share its traffic: what routing, logging, sketches and copies cost."""

import http.client
import json
import os
import subprocess
import time

NATIVE = "/api/slipway/v1"
# Live inputs are summarised for as long as the manifest has monitors and the version a reference.
MONITORS = "  monitors: {drift: {features: all, window: 10d}}\n"
MANIFEST = """apiVersion: slipway/v1
kind: Model
metadata: {name: trees, owner: team-bench, tier: 3}
spec:
  task: binary-classification
  release: {strategy: canary, steps: [50, 100], stepDuration: 1s, minRequests: 100000000, deadline: 10h}
"""
# A rule that rests on pairs: the version that does not answer scores a copy of each request.
PAIRS = "deadline: 10h, analysis: [{metric: error_rate, against: stable, maxIncrease: 0.01}, {metric: disagreement, max: 0.99}]"


def call(server, method, path, body=None, kind="application/json"):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    connection.request(method, path, data, {"Content-Type": kind} if data is not None or method == "POST" else {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{server.name}: {method} {path} was answered with {answer.status}: {text[:400]}")
    return json.loads(text) if text[:1] in (b"{", b"[") else text


def wait_for(what, condition, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.05)
    raise SystemExit(f"slipway up: {what} did not happen in {seconds} s")


def two_versions(server, fixtures, binary, paired):
    """Version 1 serves with its inputs watched, and version 2 has half of the traffic until the end of the measurement.

    When they are `paired`, the other version scores a copy of each request too.
    """
    call(server, "POST", "/api/2.0/mlflow/registered-models/create", {"name": "trees"})
    for version, fixture in ((1, "trees"), (2, "trees2")):
        data = (fixtures / f"{fixture}.onnx").read_bytes()
        path = f"/api/2.0/mlflow-artifacts/artifacts/{fixture}/model/model.onnx"
        call(server, "PUT", path, data, "application/octet-stream")
        source = {"name": "trees", "source": f"mlflow-artifacts:/{fixture}/model"}
        call(server, "POST", "/api/2.0/mlflow/model-versions/create", source)
    call(server, "POST", NATIVE + "/manifests?file=slipway.yaml", ((MANIFEST.replace("deadline: 10h", PAIRS) if paired else MANIFEST) + MONITORS).encode(), "application/yaml")
    for version in (1, 2):
        path = f"{NATIVE}/models/trees/versions/{version}/evaluations?label=y&file=trees.csv"
        call(server, "POST", path, (fixtures / "trees.csv").read_bytes(), "text/csv")
        subprocess.run(
            [binary, "profile", str(fixtures / "trees.csv"), "--as-reference", f"trees@{version}"], check=True,
            stdout=subprocess.DEVNULL, env={**os.environ, "SLIPWAY_URL": server.url})
    first = call(server, "POST", f"{NATIVE}/models/trees/versions/1/ship")["release"]["release"]
    wait_for("version 1", lambda: call(server, "GET", f"{NATIVE}/releases/{first}").get("phase") == "finished")
    second = call(server, "POST", f"{NATIVE}/models/trees/versions/2/ship")["release"]["release"]
    body = json.loads((fixtures / "trees-1.json").read_bytes())

    def both_answer():
        asked = {**body, "parameters": {"key": f"k{time.monotonic_ns()}"}}
        answer = call(server, "POST", "/v2/models/trees/infer", asked)
        seen.add(answer["model_version"])
        return len(seen) == 2

    seen = set()
    wait_for("half of the traffic for version 2", both_answer)
    return second


def counters(server):
    """What the server counted of its predictions."""
    text = call(server, "GET", "/metrics").decode()
    return {
        line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith("slipway_prediction")}
