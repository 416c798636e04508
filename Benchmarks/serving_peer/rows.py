"""What is asked of each stack, row by row of the table of goals. Every function takes a Bench and gives what was measured."""

import http.client
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from mlflow_peer.load import median_of, percentile, wrk
from mlflow_peer.servers import say

from . import governed, h2load, stacks
from .fixtures import INPUT, OUTPUTS, model_file

WIDTH = {"trees": 30, "trees2": 30, "perceptron": 64}
CONNECTIONS = 16


@dataclass
class Bench:
    """One run: what is compared, for how long, and where things are."""

    seconds: int
    repetitions: int
    binary: str
    echo: str
    fixtures: Path
    made: dict
    scratch: Path
    ports: stacks.Ports
    limit: stacks.Limit
    peers: tuple
    counted: int = 0

    def folder(self):
        self.counted += 1
        return self.scratch / str(self.counted)

    def files(self, *names):
        return [model_file(self.fixtures, name) for name in names]

    def body(self, model, rows, kind="json"):
        return self.fixtures / f"{model}-{rows}.{kind}"

    def stack(self, name, model, *options):
        if name == "mlserver":
            return stacks.mlserver(self.fixtures, {model: model}, self.ports)
        if name == "fastapi":
            return stacks.fastapi(self.fixtures, [model], self.ports)
        return stacks.slipway_files(self.binary, self.files(model), self.ports, *options)


def answered(server, model, body, headers):
    """One answer, which must be right in form: a peer that refuses quickly is not fast."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", f"/v2/models/{model}/infer", body, headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{server.name} answered {answer.status}: {data[:300]}")
    return data


def json_answer(bench, server, model, rows):
    data = answered(server, model, bench.body(model, rows).read_bytes(), {"Content-Type": "application/json"})
    outputs = {output["name"]: output for output in json.loads(data)["outputs"]}
    if len(outputs[OUTPUTS[0]]["data"]) != rows:
        raise SystemExit(f"{server.name} answered something else: {data[:300]}")
    return outputs, len(data)


def load(bench, server, model, rows, connections=CONNECTIONS, kind="json", script="infer-body.lua"):
    """One turn: wrk with one thread, after a warm-up."""
    variables = {"BODY": bench.body(model, rows, kind), "INFER_PATH": f"/v2/models/{model}/infer"}
    if kind == "bin":
        variables["HEADER_LENGTH"] = bench.made[model][f"header_{rows}"]
    wrk(server, script, connections, 1, threads=1, **variables)
    return wrk(server, script, connections, bench.seconds, threads=1, **variables)


def in_turns(bench, entries):
    """The turns of each entry: all wait while one is asked, so that a slow minute of the machine falls on all."""
    runs = {name: [] for name in entries}
    for _ in range(bench.repetitions):
        for name, ask in entries.items():
            runs[name].append(ask())
    return runs


def medians(bench, entries):
    """The median of each entry's turns by its rate, with the load average at the end."""
    runs = in_turns(bench, entries)
    return {name: {**median_of(one), "load_average": os.getloadavg()[0]} for name, one in runs.items()}


def started(bench, server):
    say(f"  {server.name}")
    server.start(bench.folder())
    return server


def json_row(bench, rows):
    """MLServer, FastAPI, Slipway, and an echo that answers as many bytes as Slipway does."""
    servers, labels, size = {}, {}, 0
    for name in bench.peers:
        servers[name] = started(bench, bench.stack(name, "trees"))
        outputs, length = json_answer(bench, servers[name], "trees", rows)
        labels[name] = list(outputs[OUTPUTS[0]]["data"])
        size = length if name == "slipway" else size
    if len({str(label) for label in labels.values()}) != 1:
        raise SystemExit(f"the stacks do not agree: {labels}")
    if size:
        servers["echo"] = started(bench, stacks.echo(bench.echo, size, bench.ports))
    results = medians(bench, {
        name: lambda server=server: load(bench, server, "trees", rows) for name, server in servers.items()})
    if size:
        results["echo"]["bytes"] = size
    for server in servers.values():
        server.stop()
    return results


def one_row(bench):
    return json_row(bench, 1)


def many_rows(bench):
    return json_row(bench, 64)


def in_process(bench, model, rows):
    """The limit with as many callers as there are cores, one thread a call, as the gateway runs it."""
    run = bench.limit.run(*bench.files(model), INPUT, rows, WIDTH[model], os.cpu_count(), bench.seconds, OUTPUTS)
    return {**run, "per_second": run["calls_per_second"], "refused": 0, "broken": 0, "timeouts": 0}


def beside_the_limit(bench, rows, connections, options):
    """Slipway in each way of `options`, and ONNX Runtime in process, on the perceptron."""
    servers = {name: started(bench, bench.stack("slipway", "perceptron", *words)) for name, words in options.items()}
    results = medians(bench, {
        "limit": lambda: in_process(bench, "perceptron", rows),
        **{
            name: lambda server=server: load(bench, server, "perceptron", rows, connections, kind="bin")
            for name, server in servers.items()}})
    # Of the limit counts its best turn.
    results["limit"]["per_second"] = max(results["limit"]["each_per_second"])
    for server in servers.values():
        server.stop()
    return results


def perceptron(bench):
    return beside_the_limit(bench, 64, CONNECTIONS, {"slipway": []})


def batching(bench):
    """128 clients with a row each: as they come, and up to 64 of them together."""
    together = ["--batch-size", "64", "--batch-delay", "2"]
    return beside_the_limit(bench, 1, 128, {"unbatched": [], "slipway": together})


def grpc(bench):
    import tritonclient.grpc as triton
    from tritonclient.grpc import service_pb2

    message = bench.body("trees", 1, "grpc").read_bytes()
    servers, lengths = {}, {}
    for name in bench.peers:
        if name == "fastapi":
            continue
        server = servers[name] = started(bench, bench.stack(name, "trees"))
        # The very bytes that h2load sends, answered rightly: it cannot look into the answers itself.
        request = service_pb2.ModelInferRequest.FromString(message[5:])
        client = triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}")
        answer = client._client_stub.ModelInfer(request)
        client.close()
        if len(answer.outputs) != len(OUTPUTS):
            raise SystemExit(f"{name}: {answer}")
        lengths[name] = answer.ByteSize()

    def ask(server):
        return h2load.grpc(server.grpc_port, bench.body("trees", 1, "grpc"), CONNECTIONS, bench.seconds)

    turns = in_turns(bench, {name: lambda server=server: ask(server) for name, server in servers.items()})
    results = {}
    for name, runs in turns.items():
        best = sorted(runs, key=lambda run: run["per_second"])[len(runs) // 2]
        # A refused call has no data: each answer is as long as the one that was looked at, but for a few bytes of its id.
        short = best["data_bytes"] < best["requests"] * (lengths[name] - 8)
        results[name] = {**best, "errors": sum(run["errors"] for run in runs) + (best["requests"] if short else 0)}
        servers[name].stop()
    return results


def half_load(bench):
    """The peak by wrk, and half of it as a steady rate."""
    server = started(bench, bench.stack("slipway", "trees"))
    peak = medians(bench, {"slipway": lambda: load(bench, server, "trees", 1)})["slipway"]
    url = f"{server.url}/v2/models/trees/infer"
    runs = [
        h2load.steady(url, bench.body("trees", 1), CONNECTIONS, peak["per_second"] / 2, bench.seconds + 2, bench.scratch)
        for _ in range(bench.repetitions)]
    server.stop()
    return {
        "slipway": {
            "peak_per_second": peak["per_second"], "per_second": runs[0]["per_second"],
            "p50_ms": percentile([run["p50_ms"] for run in runs], 0.5), "p99_ms": percentile(
                [run["p99_ms"] for run in runs], 0.5), "each_p99_ms": [run["p99_ms"] for run in runs],
            "errors": sum(run["errors"] for run in runs)}}


def governance(bench):
    """The same keyed requests to the gateway alone, and to whole servers whose two versions share them.

    One is judged by errors alone, and one by pairs as well: there the other version scores each request too.
    """
    alone = started(bench, bench.stack("slipway", "trees"))
    wholes = {"slipway": False, "with copies": True}
    servers = {"alone": alone}
    for name, paired in wholes.items():
        servers[name] = started(bench, stacks.slipway_up(bench.binary, bench.ports))
        governed.two_versions(servers[name], bench.fixtures, bench.binary, paired)
    results = medians(bench, {
        name: lambda server=server: load(bench, server, "trees", 1, script="infer-key.lua")
        for name, server in servers.items()})
    for name in wholes:
        results[name].update(governed.counters(servers[name]))
    for server in servers.values():
        server.stop()
    return results


def memory(bench):
    """Ten perceptrons, each in a file of its own, after load on each: PSS beside what ONNX Runtime needs for the same."""
    folder = bench.folder()
    folder.mkdir()
    files = [str(folder / f"model-{number}.onnx") for number in range(10)]
    for path in files:
        Path(path).write_bytes((bench.fixtures / "perceptron.onnx").read_bytes())
    results = {"limit": bench.limit.memory_mb(files, INPUT, WIDTH["perceptron"], OUTPUTS)}
    server = started(bench, stacks.slipway_files(bench.binary, files, bench.ports))
    idle = server.pss_mb()
    body = bench.body("perceptron", 1)
    for number in range(10):
        variables = {"BODY": body, "INFER_PATH": f"/v2/models/model-{number}/infer"}
        wrk(server, "infer-body.lua", CONNECTIONS, 1, threads=1, **variables)
    time.sleep(1)
    results["slipway"] = {"idle_mb": idle, "loaded_mb": server.pss_mb(), "errors": 0}
    server.stop()
    if "mlserver" in bench.peers:
        names = {f"model-{number}": "perceptron" for number in range(10)}
        server = started(bench, stacks.mlserver(bench.fixtures, names, bench.ports))
        results["mlserver"] = {"idle_mb": server.pss_mb(), "errors": 0}
        server.stop()
    return results


ALL = {
    "one-row": one_row, "many-rows": many_rows, "perceptron": perceptron, "batching": batching, "grpc": grpc,
    "half-load": half_load, "governance": governance, "memory": memory,
}
