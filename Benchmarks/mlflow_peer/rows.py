"""What is asked of each server, row by row of the table. Every function takes a running server and the plan."""

import hashlib
import json
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .load import median, median_of, percentile, wrk
from .seed import EXPERIMENT
from .servers import QUIET, ROOT, PeakMemory, say

FILTER = "metrics.accuracy > 0.9 and params.lr = '0.01'"
ORDER = ["metrics.accuracy DESC"]
MEGABYTE = 1 << 20


@dataclass
class Plan:
    """How long and how often: the quick plan or the full one."""

    seconds: int
    repetitions: int
    client_calls: int
    restarts: int
    soak_seconds: int
    big_file_mb: int = 1024
    small_files: int = 1000
    runs: int = 50_000
    many_runs: int = 500_000


def log_metric(server, plan):
    return median_of([
        wrk(server, "log-metric.lua", 8, plan.seconds, RUN_ID=server.new_run()) for _ in range(plan.repetitions)])


def log_batch(server, plan):
    return median_of([
        wrk(server, "log-batch.lua", 4, plan.seconds, RUN_ID=server.new_run()) for _ in range(plan.repetitions)
    ], scale=1000)


def create_run(server, plan):
    return median_of([wrk(server, "create-run.lua", 8, plan.seconds) for _ in range(plan.repetitions)])


def run_named(server, name):
    found = server.call("POST", "/runs/search", {
        "experiment_ids": ["0"], "filter": f"attributes.run_name = '{name}'", "max_results": 1})
    return found["runs"][0]["info"]["run_id"]


def log_batch_big(server, plan):
    """The run with a million points and an empty one by turns, so that what else the machine does hits both."""
    big = run_named(server, "big")
    into_big, into_empty = [], []
    wrk(server, "log-batch.lua", 4, 1, RUN_ID=big, BAND=1)
    for turn in range(max(plan.repetitions, 3)):
        into_empty.append(wrk(server, "log-batch.lua", 4, plan.seconds, RUN_ID=server.new_run()))
        into_big.append(wrk(server, "log-batch.lua", 4, plan.seconds, RUN_ID=big, BAND=turn + 2))
    result, empty = median_of(into_big, scale=1000), median_of(into_empty, scale=1000)
    return {**result, "into_empty": empty, "of_empty": result["per_second"] / empty["per_second"]}


def timed(samples, call):
    times, answer = [], None
    for _ in range(samples):
        began = time.perf_counter()
        answer = call()
        times.append((time.perf_counter() - began) * 1000)
    return {
        "p50_ms": median(times), "p99_ms": percentile(times, 0.99), "samples": samples}, answer


def samples_for(first_ms, budget_s):
    """How many calls fit a budget of time, at most 50 and at least one."""
    return max(1, min(50, int(budget_s * 1000 / max(first_ms, 1))))


def search(server, plan):
    experiment = server.call("GET", f"/experiments/get-by-name?experiment_name={EXPERIMENT}")
    body = {
        "experiment_ids": [experiment["experiment"]["experiment_id"]], "filter": FILTER, "order_by": ORDER,
        "max_results": 100}
    connection = server.connection()

    def call():
        return server.call("POST", "/runs/search", body, connection)

    first, _ = timed(1, call)
    # MLflow as it comes needs half a minute for each: there the first one is the sample.
    count = samples_for(first["p50_ms"], plan.seconds * plan.repetitions)
    result, answer = timed(count, call) if first["p50_ms"] < 5000 else (first, _)
    result["first_ms"] = first["p50_ms"]
    names = "\n".join(run["info"]["run_name"] for run in answer["runs"])
    return {**result, "found": len(answer["runs"]), "names": hashlib.sha256(names.encode()).hexdigest()[:16]}


def history(server, plan):
    run, connection = run_named(server, "history"), server.connection()

    def call():
        connection.request("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=metric_0")
        return connection.getresponse().read()

    first, _ = timed(1, call)
    result, answer = timed(samples_for(first["p50_ms"], plan.seconds * plan.repetitions), call)
    points = json.loads(answer)["metrics"]
    return {**result, "points": len(points), "megabytes": len(answer) / MEGABYTE}


def artifacts(server, plan):
    """A big file up and down over one connection, then small ones over four; the most extra memory meanwhile."""
    import http.client

    path = "/api/2.0/mlflow-artifacts/artifacts/bench/big.bin"
    source = Path(server.folder) / "big.bin"
    block = os.urandom(MEGABYTE)
    with open(source, "wb") as file:
        for _ in range(plan.big_file_mb):
            file.write(block)
    size = plan.big_file_mb * MEGABYTE
    with PeakMemory(server) as memory:
        connection = server.connection()
        began = time.perf_counter()
        connection.putrequest("PUT", path)
        connection.putheader("Content-Length", str(size))
        connection.putheader("Content-Type", "application/octet-stream")
        connection.endheaders()
        with open(source, "rb") as file:
            connection.sock.sendfile(file)
        answer = connection.getresponse()
        answer.read()
        up = time.perf_counter() - began
        if answer.status >= 300:
            raise http.client.HTTPException(f"{server.name}: the upload was answered with {answer.status}")
        source.unlink()
        began, received, buffer = time.perf_counter(), 0, bytearray(MEGABYTE)
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise http.client.HTTPException(f"{server.name}: the download was answered with {answer.status}")
        while count := answer.readinto(buffer):
            received += count
        down = time.perf_counter() - began
    result = {
        "up_mb_per_second": plan.big_file_mb / up, "down_mb_per_second": plan.big_file_mb / down,
        "whole": received == size, "extra_memory_mb": memory.extra, "memory_before_mb": memory.before}
    files = {"FOLDER": "bench/small", "FILES": plan.small_files}
    with PeakMemory(server) as memory:
        for name, method in (("up", "PUT"), ("down", "GET")):
            done = wrk(server, "small-files.lua", 4, 600, threads=1, METHOD=method, **files)
            result[f"small_{name}_per_second"] = plan.small_files / done["seconds"]
            result[f"small_{name}_p50_ms"], result[f"small_{name}_p99_ms"] = done["p50_ms"], done["p99_ms"]
            result["errors"] = result.get("errors", 0) + done["refused"] + done["broken"]
    return {**result, "small_extra_memory_mb": memory.extra}


def durable_files(plan, folder):
    """What the disk itself allows: files made, synced and renamed by four threads, with nobody's protocol around it."""
    folder.mkdir()
    body = b"0123456789abcdef" * 256

    def store(number):
        pending, place = folder / f"{number}.part", os.open(folder, os.O_RDONLY)
        with open(pending, "wb", buffering=0) as file:
            file.write(body)
            os.fsync(file.fileno())
        pending.rename(folder / f"{number}.bin")
        os.fsync(place)
        os.close(place)

    began = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(store, range(plan.small_files)))
    return {"per_second": plan.small_files / (time.perf_counter() - began)}


def client(server, plan):
    output = subprocess.run(
        [str(ROOT / ".venv/bin/python"), str(Path(__file__).with_name("client_calls.py")), str(plan.client_calls)],
        env={**os.environ, **QUIET, "MLFLOW_TRACKING_URI": server.url}, capture_output=True, text=True, check=True).stdout
    result = json.loads([line for line in output.splitlines() if line.startswith("{")][-1])
    return {**result, "calls": plan.client_calls, "per_second": plan.client_calls / result["seconds"]}


def soak(server, plan):
    """64 clients for a minute, each on a thread of wrk of its own, which counts what was acknowledged to it."""
    run = server.new_run()
    done = wrk(
        server, "log-metric.lua", 64, plan.soak_seconds, threads=64, RUN_ID=run, COUNT_ACKNOWLEDGED=1)
    stored, token = {}, ""
    while token is not None:
        page = server.call(
            "GET", f"/metrics/get-history?run_id={run}&metric_key=loss&max_results=25000&page_token={token}")
        for point in page.get("metrics", []):
            stored.setdefault(int(point["step"]) // 1_000_000_000, set()).add(int(point["step"]) % 1_000_000_000)
        token = page.get("next_page_token")
    # A client's steps count up from one, and a step is sent when the one before was acknowledged.
    lost = sum(
        1 for number, count in enumerate(done["acknowledged"]) for step in range(1, count + 1)
        if step not in stored.get(number, ()))
    return {
        "per_second": done["per_second"], "p50_ms": done["p50_ms"], "p99_ms": done["p99_ms"], "max_ms": done["max_ms"],
        "acknowledged": sum(done["acknowledged"]), "stored": sum(map(len, stored.values())), "lost": lost,
        "errors": done["refused"] + done["broken"] + done["timeouts"], "seconds": plan.soak_seconds}


def starts(server, folder, count):
    """Median start on what is there; leaves the server running."""
    times = []
    for _ in range(count):
        server.stop()
        times.append(server.start(folder))
    return median(times)


def settled_memory(server):
    """PSS once it no longer moves (MLflow's workers come up after the first answer)."""
    last = server.pss_mb()
    for _ in range(10):
        time.sleep(1)
        now = server.pss_mb()
        if abs(now - last) < max(1, last / 200):
            return now
        last = now
    return last


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    say(f"  {folder.name}")
    return folder
