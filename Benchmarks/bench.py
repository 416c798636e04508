"""Starts the release binary on an empty folder, loads it with wrk, and prints one JSON object.

Every figure is of one run on this machine over loopback: the load generator shares the cores with the server.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "Benchmarks"
TABLES = ROOT / ".data" / "flight-delay"
GOALS = {
    "log_metric_per_second": 5000,
    "log_batch_metrics_per_second": 200_000,
    "infer_per_second": 8000,
    "start_to_health_ms": 300,
    "idle_rss_mb": 80,
}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Server:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.log = open(Path(folder) / "server.log", "ab")

    def start(self, port=0):
        """Starts and returns the milliseconds until /health answered; the port must be known to measure it."""
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [self.binary, "up", "--data", str(Path(self.folder) / "data"), "--port", str(port)],
            stdout=self.log, stderr=self.log,
        )
        self.url = f"http://127.0.0.1:{port}"
        while True:
            try:
                urllib.request.urlopen(self.url + "/health", timeout=1).read()
                return (time.perf_counter() - began) * 1000
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the server ended; see {self.log.name}")
                time.sleep(0.002)

    def rss_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def wrk(url, script, connections, seconds, environment):
    output = subprocess.run(
        ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(HERE / script), url],
        env={**os.environ, "BENCHMARKS": str(HERE), **environment}, capture_output=True, text=True, check=True,
    ).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    scale = {"us": 0.001, "ms": 1, "s": 1000}[p99.group(2)]
    return {"per_second": rate, "p99_ms": float(p99.group(1)) * scale, "errors": int(bad.group(1)) if bad else 0}


def slipway(server, *arguments, expect=0):
    result = subprocess.run(
        [server.binary, *arguments], env={**os.environ, "SLIPWAY_URL": server.url}, capture_output=True, text=True)
    if result.returncode != expect:
        raise SystemExit(f"slipway {' '.join(arguments)} ended with {result.returncode}:\n{result.stdout}{result.stderr}")


def serve_flight_delay(server, folder):
    """Trains the demo's models and serves the gradient boosting one, with drift watched, as tier 3: no approvals."""
    environment = {**os.environ, "MLFLOW_TRACKING_URI": server.url}
    subprocess.run(
        [sys.executable, str(ROOT / "examples/flight-delay/train.py")], env=environment, check=True,
        stdout=server.log, stderr=server.log, cwd=ROOT)
    manifest = (ROOT / "examples/flight-delay/slipway.yaml").read_text().replace("tier: 2", "tier: 3")
    file = Path(folder) / "slipway.yaml"
    file.write_text(manifest)
    slipway(server, "apply", str(file))
    slipway(server, "profile", str(TABLES / "train.parquet"), "--as-reference", "flight-delay@2")
    slipway(server, "validate", str(TABLES / "train.parquet"), "--contract",
            str(ROOT / "examples/flight-delay/contract.yaml"), "--for", "flight-delay@2")
    slipway(server, "evaluate", "flight-delay@2", "--data", str(TABLES / "holdout.parquet"), "--label", "late")
    slipway(server, "ship", "flight-delay@2", "--watch")


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())
    seconds = options.seconds
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        server = Server(binary, folder)
        say("start on an empty folder, then four times on what is there")
        starts = [server.start(free_port())]
        for _ in range(4):
            server.stop()
            starts.append(server.start(free_port()))
        result = {"start_to_health_ms": sorted(starts[1:])[1], "first_start_to_health_ms": starts[0]}
        time.sleep(1)
        result["idle_rss_mb"] = server.rss_mb()

        run = post(server.url + "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        say(f"log-metric, 16 connections, {seconds} s")
        metric = wrk(server.url, "log-metric.lua", 16, seconds, {"RUN_ID": run})
        result["log_metric_per_second"], result["log_metric"] = metric["per_second"], metric
        run = post(server.url + "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        say(f"log-batch of 1,000 metrics, 4 connections, {seconds} s")
        batch = wrk(server.url, "log-batch.lua", 4, seconds, {"RUN_ID": run})
        result["log_batch_metrics_per_second"], result["log_batch"] = batch["per_second"] * 1000, batch

        say("train and serve the gradient boosting model")
        serve_flight_delay(server, folder)
        say(f"infer, one row, 32 connections, {seconds} s, with prediction log and sketches")
        infer = wrk(server.url, "infer.lua", 32, seconds, {})
        time.sleep(1)
        clock = json.load(urllib.request.urlopen(server.url + "/api/slipway/v1/clock"))
        infer["logged"], infer["dropped"] = clock["loggedPredictions"], clock["droppedPredictions"]
        result["infer_per_second"], result["infer"] = infer["per_second"], infer
        result["loaded_rss_mb"] = server.rss_mb()
        server.stop()
    rounded = {k: round(v, 1) if isinstance(v, float) else v for k, v in result.items()}
    less = ("start_to_health_ms", "idle_rss_mb")
    met = {k: (rounded[k] <= v if k in less else rounded[k] >= v) for k, v in GOALS.items()}
    print(json.dumps({**rounded, "goals": GOALS, "goals_met": met, "cores": os.cpu_count(), "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
