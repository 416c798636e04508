"""h2load (nghttp2): gRPC calls, and a steady rate over HTTP/1.1, which wrk cannot make."""

import re
import subprocess
from pathlib import Path

from mlflow_peer.load import percentile


def ran(arguments):
    done = subprocess.run(["h2load", *arguments], capture_output=True, text=True)
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", done.stdout)
    counts = re.search(r"requests: (\d+) total.* (\d+) succeeded, (\d+) failed, (\d+) errored", done.stdout)
    data = re.search(r"traffic: .*\((\d+)\) data", done.stdout)
    if done.returncode or not rate or not counts:
        raise SystemExit(f"h2load failed:\n{done.stdout}{done.stderr}")
    total, good, failed, errored = (int(count) for count in counts.groups())
    return {
        "per_second": float(rate.group(1)), "requests": good, "errors": failed + errored,
        "data_bytes": int(data.group(1)) if data else 0}


def grpc(port, body, connections, seconds, warm=1):
    """Unary calls, one at a time on each connection: what a pool of blocking clients does."""
    return ran([
        "-t1", f"-c{connections}", "-m1", f"-D{seconds}", f"--warm-up-time={warm}", "-d", str(body),
        "-H", "content-type: application/grpc", "-H", "te: trailers",
        f"http://127.0.0.1:{port}/inference.GRPCInferenceService/ModelInfer"])


def steady(url, body, connections, rate, seconds, scratch):
    """So many requests a second over all connections, and the latencies of all answers after the first second."""
    log = Path(scratch) / "h2load.tsv"
    log.unlink(missing_ok=True)
    each = max(1, round(rate / connections))
    result = ran([
        "--h1", "-t1", f"-c{connections}", "-m1", f"--rps={each}", f"-D{seconds}", f"--log-file={log}", "-d", str(body),
        "-H", "content-type: application/json", url])
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    began = min(int(row[0]) for row in rows)
    times = [int(row[2]) / 1000 for row in rows if int(row[0]) - began > 1_000_000]
    result["errors"] += sum(row[1] != "200" for row in rows)
    return {
        **result, "asked_per_second": each * connections, "p50_ms": percentile(times, 0.5),
        "p99_ms": percentile(times, 0.99), "max_ms": max(times)}
