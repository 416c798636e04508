"""wrk as the load generator: compiled, so that on two cores the servers are what is measured."""

import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def wrk(server, script, connections, seconds, threads=2, **environment):
    """Runs one script against a server; what was answered, with latencies in milliseconds."""
    command = [
        "wrk", f"-t{min(threads, connections)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "120s",
        "-s", str(HERE / script), server.url]
    variables = {**os.environ, "BENCHMARKS": str(HERE), **{name: str(value) for name, value in environment.items()}}
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, errors = process.communicate()
    except BaseException:
        process.kill()
        raise
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"wrk with {script} failed:\n{output}{errors}")
    result = json.loads(lines[-1])
    result["per_second"] = result["requests"] / result["seconds"]
    return result


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median_of(results, scale=1):
    """Several repetitions as one: the median rate, the median p50, the worst p99, all errors."""
    return {
        "per_second": median([result["per_second"] for result in results]) * scale,
        "p50_ms": median([result["p50_ms"] for result in results]),
        "p99_ms": max(result["p99_ms"] for result in results),
        "errors": sum(result["refused"] + result["broken"] + result["timeouts"] for result in results),
        "each_per_second": [round(result["per_second"] * scale, 1) for result in results],
    }
