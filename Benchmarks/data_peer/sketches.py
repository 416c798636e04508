"""What the summaries of live traffic cost: the CPU of a whole server with a reference, less that of one without.

Both serve the same model and answer the same requests of 64 rows with 30 values (binary tensors: the least other work),
one after the other over one connection; the prediction log is on in both. Measured are user and system time of the
server's process over all its threads, until everything that waits is written, so work beside the request path counts
as well. A difference of two servers is noisy, so the runs alternate and the upper end of the differences is judged.
"""

import http.client
import json
import os
import sqlite3
import statistics
import subprocess
import time

from mlflow_peer.servers import ROOT, stop_all
from serving_peer import fixtures, governed, stacks

from .processes import say

ROWS, VALUES = 64, 30
MODEL = "trees"


class Served:
    """A server whose only version serves, with or without a reference to compare its traffic with."""

    def __init__(self, bench, folder, watched):
        self.name = "with sketches" if watched else "without"
        self.server = stacks.slipway_up(bench.binary, stacks.Ports(None))
        self.server.start(folder)
        data = ROOT / ".data/bench-serving"
        governed.call(self.server, "POST", "/api/2.0/mlflow/registered-models/create", {"name": MODEL})
        governed.call(
            self.server, "PUT", "/api/2.0/mlflow-artifacts/artifacts/trees/model/model.onnx", (data / "trees.onnx").read_bytes(),
            "application/octet-stream")
        governed.call(
            self.server, "POST", "/api/2.0/mlflow/model-versions/create",
            {"name": MODEL, "source": "mlflow-artifacts:/trees/model"})
        manifest = governed.MANIFEST + (governed.MONITORS if watched else "")
        governed.call(self.server, "POST", governed.NATIVE + "/manifests?file=slipway.yaml", manifest.encode(), "application/yaml")
        table = data / "trees.csv"
        if watched:
            subprocess.run(
                [bench.binary, "profile", str(table), "--as-reference", f"{MODEL}@1"], check=True, stdout=subprocess.DEVNULL,
                env={**os.environ, "SLIPWAY_URL": self.server.url})
        governed.call(
            self.server, "POST", f"{governed.NATIVE}/models/{MODEL}/versions/1/evaluations?label=y&file=trees.csv",
            table.read_bytes(), "text/csv")
        release = governed.call(self.server, "POST", f"{governed.NATIVE}/models/{MODEL}/versions/1/ship")["release"]["release"]
        governed.wait_for(
            "version 1", lambda: governed.call(self.server, "GET", f"{governed.NATIVE}/releases/{release}").get("phase") == "finished")
        self.body = (data / f"trees-{ROWS}.bin").read_bytes()
        length = json.loads((data / "made.json").read_text())[MODEL][f"header_{ROWS}"]
        self.headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(length)}
        self.sent = 0
        self.runs = []

    def cpu_seconds(self):
        with open(f"/proc/{self.server.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settled(self):
        """Waits until no request is on its way to the log, and nothing is being written."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            before = self.cpu_seconds()
            time.sleep(0.3)
            if self.cpu_seconds() - before <= 0.01:
                return
        raise SystemExit(f"{self.name}: the server did not come to rest")

    def load(self, requests):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        for _ in range(requests):
            connection.request("POST", f"/v2/models/{MODEL}/infer", self.body, self.headers)
            answer = connection.getresponse()
            data = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{self.name}: {answer.status} {data[:300]}")
        connection.close()
        self.sent += requests

    def run(self, requests):
        before = self.cpu_seconds()
        self.load(requests)
        self.settled()
        self.runs.append((self.cpu_seconds() - before) / (requests * ROWS * VALUES) * 1e9)

    def summarised(self):
        """Rows that are in live windows."""
        with sqlite3.connect(f"file:{self.server.folder}/data/slipway.sqlite?mode=ro", uri=True) as database:
            return database.execute("SELECT coalesce(sum(rows), 0) FROM live_windows WHERE model = ?", (MODEL,)).fetchone()[0]


def measure(bench, quick):
    fixtures.prepare(ROOT / ".data/bench-serving", say)
    requests, turns = (1000, 4) if quick else (4000, 8)
    load = os.getloadavg()[0]
    try:
        pair = []
        for watched in (True, False):
            say(f"  slipway {'with' if watched else 'without'} a reference")
            pair.append(Served(bench, bench.scratch / f"sketches-{watched}", watched))
        for served in pair:
            served.load(300)
            served.settled()
        for _ in range(turns):
            # In turns, so that a slow minute of the machine falls on both.
            for served in pair:
                served.run(requests)
        with_sketches, without = pair
        # The windows are stored now and then: wait for the last time.
        governed.wait_for("all rows in a window", lambda: with_sketches.summarised() >= with_sketches.sent * ROWS, 90)
        dropped = [
            line for line in governed.call(with_sketches.server, "GET", "/metrics").decode().splitlines()
            if line.startswith("slipway_predictions_dropped_total")]
        if without.summarised():
            raise SystemExit("the server without a reference has live windows: the comparison is none")
    finally:
        stop_all()
    made = {one.name: statistics.median(one.runs) for one in pair}
    gaps = [mine - other for mine, other in zip(with_sketches.runs, without.runs)]
    middle, error = statistics.mean(gaps), statistics.stdev(gaps) / len(gaps) ** 0.5
    return {
        "ns_per_value": middle, "standard_error": error, "upper_ns_per_value": middle + 2 * error, "server_ns_per_value": made,
        "each_ns_per_value": {one.name: one.runs for one in pair}, "values": requests * turns * ROWS * VALUES,
        "rows_in_windows": with_sketches.sent * ROWS, "dropped": dropped, "load_average": load}
