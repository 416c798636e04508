"""The same load on MLflow's own server and on Slipway, in one run: a JSON object on stdout, a table on stderr.

MLflow runs twice: as it comes, and tuned (one worker, which removes the 40 ms stall of its default, and a database
after ANALYZE). The servers run one after the other, and wrk, which makes the raw load, shares the cores with each.
"""

import argparse
import itertools
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mlflow_peer import rows
from mlflow_peer.seed import seeded
from mlflow_peer.servers import ROOT, mlflow_server, say, slipway_server, stop_all
from mlflow_peer.table import judged, shown

QUICK = rows.Plan(seconds=3, repetitions=2, client_calls=200, restarts=1, soak_seconds=20)
FULL = rows.Plan(seconds=5, repetitions=3, client_calls=1000, restarts=3, soak_seconds=60)

# Rows on an empty server, and rows on one that was filled before.
EMPTY = ("start", "memory", "log-metric", "log-batch", "create-run", "client", "artifacts", "soak")
FILLED = ("search", "history", "log-batch-big")
ALL = (*EMPTY, *FILLED, "search-many")
LOAD = {
    "log-metric": rows.log_metric, "log-batch": rows.log_batch, "create-run": rows.create_run, "client": rows.client,
    "artifacts": rows.artifacts, "soak": rows.soak, "search": rows.search, "history": rows.history,
    "log-batch-big": rows.log_batch_big, "search-many": rows.search,
}


def measured(server, row, plan):
    """One row, with the time and the machine's load when it began: a busy machine makes a row worth less."""
    say(f"{server.name}: {row}")
    began = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "load_average": os.getloadavg()[0]}
    return {**LOAD[row](server, plan), **began}


def measure_empty(server, wanted, plan, scratch, results):
    folder = scratch / f"{server.name.replace(' ', '-')}-empty"
    first = server.start(folder)
    if "start" in wanted:
        again = rows.starts(server, folder, plan.restarts)
        results["start"] = {"empty_folder_ms": first, "existing_ms": again}
    if "memory" in wanted:
        results["memory"] = {"idle_mb": rows.settled_memory(server), "processes": len(server.processes())}
    for row in EMPTY[2:-1]:
        if row in wanted:
            results[row] = measured(server, row, plan)
    if "memory" in wanted:
        results["memory"]["loaded_mb"] = rows.settled_memory(server)
    # The clients' minute has bounds of its own, for Slipway alone: it comes after what is compared.
    if "soak" in wanted and server.name == "slipway":
        results["soak"] = measured(server, "soak", plan)
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def measure_filled(server, wanted, plan, scratch, cache, results):
    folder = seeded(server, cache, scratch, plan.runs)
    server.start(folder)
    for row in FILLED:
        if row in wanted:
            results[row] = measured(server, row, plan)
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def measure(server, wanted, plan, scratch, cache, results):
    if set(EMPTY) & wanted:
        measure_empty(server, wanted, plan, scratch, results)
    if set(FILLED) & wanted:
        measure_filled(server, wanted, plan, scratch, cache, results)
    if "search-many" in wanted and server.name == "slipway":
        server.start(seeded(server, cache, scratch, plan.many_runs, points=False))
        results["search-many"] = {**measured(server, "search-many", plan), "runs": plan.many_runs}
        server.stop()


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return {
        "cpu": model, "cores": os.cpu_count(), "memory_gb": round(memory / 2**20, 1), "kernel": platform.release(),
        "python": platform.python_version()}


def output_of(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    return (result.stdout or result.stderr).strip().splitlines()[0]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="Slipway's release binary")
    parser.add_argument("--quick", action="store_true", help="shorter and fewer repetitions, a few minutes")
    parser.add_argument("--only", action="append", choices=ALL, metavar="ROW", help=", ".join(ALL))
    parser.add_argument("--peer", action="append", choices=("mlflow", "mlflow tuned", "slipway"), help="only these")
    parser.add_argument("--ports", type=int, help="first of the ports to use; else free ones")
    parser.add_argument("--resume", metavar="FILE", help="an earlier answer: rows not measured now are taken from it")
    parser.add_argument("--cache", default=str(ROOT / ".data/bench-mlflow"), help="where filled databases are kept")
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plan = QUICK if options.quick else FULL
    # The quick run leaves out what takes minutes to fill.
    wanted = set(options.only or [row for row in ALL if not (options.quick and row == "search-many")])
    ports = itertools.cycle(range(options.ports, options.ports + 20)) if options.ports else None
    binary = str(Path(options.binary).resolve())
    peers = [
        mlflow_server("mlflow", [], ports), mlflow_server("mlflow tuned", ["--workers", "1"], ports),
        slipway_server(binary, ports)]
    load_before = os.getloadavg()
    results = json.loads(Path(options.resume).read_text())["measured"] if options.resume else {}
    try:
        with tempfile.TemporaryDirectory(prefix="bench-mlflow-") as scratch:
            if "artifacts" in wanted:
                say("the disk alone")
                results["disk"] = {"durable_small_files": rows.durable_files(plan, Path(scratch) / "disk")}
            for server in peers:
                if not options.peer or server.name in options.peer:
                    own = results.setdefault(server.name, {})
                    measure(server, wanted, plan, Path(scratch), options.cache, own)
    except KeyboardInterrupt:
        say("stopped: nothing is left running")
        raise SystemExit(130) from None
    finally:
        stop_all()
    report = {
        "machine": machine(), "mode": "quick" if options.quick else "full",
        "versions": {
            "mlflow": output_of(str(ROOT / ".venv/bin/mlflow"), "--version"), "slipway": output_of(binary, "--version"),
            "load_generator": output_of("wrk", "--version")},
        "load_average_before": load_before, "load_average_after": os.getloadavg(), "measured": results}
    report["rows"] = judged(results)
    shown(report["rows"])
    # The servers and wrk themselves keep about two to four threads running; what is beyond that is somebody else's work.
    report["quiet"] = load_before[0] < os.cpu_count() / 2
    if not report["quiet"]:
        say(f"the machine was busy when this began (load {load_before[0]:.1f}): do not quote these figures")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
