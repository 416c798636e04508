"""Fills servers before they are measured: the same runs, one run with a million points, one metric with 100,000.

MLflow's database is written directly in its own schema (over HTTP 50,000 runs would take it an hour); Slipway is filled
over HTTP, through the calls that clients make. Both are kept in a cache folder and copied for each measurement.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

from .load import wrk
from .servers import QUIET, ROOT, say

RATES = ("0.1", "0.01", "0.001", "0.0001")
EXPERIMENT = "search"
POINTS = 1_000_000
HISTORY = 100_000
START = 1_700_000_000_000


def accuracy(index):
    return index * 2654435761 % 2**32 / 2**32


def point_batches(key_count, count):
    """Metric points in lists of a thousand, with steps that count up."""
    for start in range(0, count, 1000):
        yield [
            {"key": f"metric_{step % key_count}", "value": round(step % 1000 / 7, 4), "timestamp": START, "step": step}
            for step in range(start, start + 1000)]


def mlflow_schema(path):
    code = (
        "import sys; from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore;"
        "SqlAlchemyStore(sys.argv[1], 'mlflow-artifacts:/')")
    subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-c", code, f"sqlite:///{path}"], check=True, capture_output=True,
        env={**os.environ, **QUIET})


def mlflow_rows(runs, first_experiment):
    """Rows of each of MLflow's tables for the runs of seed-runs.lua."""
    tables = {name: [] for name in ("runs", "metrics", "latest_metrics", "params", "tags")}
    for index in range(runs):
        run, value, time_ms = f"{index:032x}", accuracy(index), START + index * 1000
        tables["runs"].append((
            run, f"run-{index:07d}", "UNKNOWN", "", "", "bench", "RUNNING", time_ms, None, "", "active",
            f"mlflow-artifacts:/{first_experiment}/{run}/artifacts", first_experiment, None))
        for step in range(8):
            tables["metrics"].append(("loss", round((1 - value) / (step + 1), 9), START + step, run, step, 0))
        last = [
            ("accuracy", round(value, 9), START + 8, run, 0, 0), ("f1", round(value * 0.9, 9), START + 8, run, 0, 0)]
        tables["metrics"] += last
        latest = [*last, tables["metrics"][-3]]
        tables["latest_metrics"] += [(key, number, when, step, nan, who) for key, number, when, who, step, nan in latest]
        tables["params"] += [("lr", RATES[index % 4], run), ("depth", str(index % 10), run), ("seed", str(index), run)]
        tables["tags"] += [
            ("team", f"team-{index % 5}", run), ("stage", "final" if index % 2 else "try", run),
            ("host", f"node-{index % 16}", run), ("mlflow.runName", f"run-{index:07d}", run)]
    return tables


def insert(database, tables):
    for table, rows in tables.items():
        if rows:
            marks = ",".join("?" * len(rows[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def seed_mlflow(path, runs):
    mlflow_schema(path)
    database = sqlite3.connect(path)
    database.execute(
        "INSERT INTO experiments VALUES (1, ?, 'mlflow-artifacts:/1', 'active', ?, ?, 'default')",
        (EXPERIMENT, START, START))
    insert(database, mlflow_rows(runs, 1))
    for name, keys, count in (("big", 10, POINTS), ("history", 1, HISTORY)):
        run = hashlib.md5(name.encode()).hexdigest()
        tables = {"runs": [(
            run, name, "UNKNOWN", "", "", "bench", "RUNNING", START, None, "", "active",
            f"mlflow-artifacts:/0/{run}/artifacts", 0, None)]}
        tables["metrics"] = [
            (p["key"], p["value"], p["timestamp"], run, p["step"], 0) for b in point_batches(keys, count) for p in b]
        tables["latest_metrics"] = [(k, v, t, s, n, r) for k, v, t, r, s, n in tables["metrics"][-keys:]]
        tables["tags"] = [("mlflow.runName", name, run)]
        insert(database, tables)
    database.commit()
    database.close()


def seed_slipway(server, runs, points):
    """Fills a running server over HTTP."""
    experiment = server.call("POST", "/experiments/create", {"name": EXPERIMENT})["experiment_id"]
    ids = server.folder / "ids.txt"
    for phase in ("create", "log"):
        done = wrk(
            server, "seed-runs.lua", 32, 3600, threads=1,
            COUNT=runs, IDS=ids, PHASE=phase, EXPERIMENT=experiment)
        say(f"  {phase}: {runs} runs in {done['seconds']:.0f} s")
    for name, keys, count in (("big", 10, POINTS), ("history", 1, HISTORY)) if points else ():
        info = server.call("POST", "/runs/create", {"experiment_id": "0", "run_name": name})["run"]["info"]
        connection = server.connection()
        for batch in point_batches(keys, count):
            server.call("POST", "/runs/log-batch", {"run_id": info["run_id"], "metrics": batch}, connection)


def fingerprint(server):
    """Changes when the server's schema does."""
    folder = Path(server.folder)
    database = sqlite3.connect(f"file:{folder / server.database}?mode=ro", uri=True)
    statements = sorted(row[0] or "" for row in database.execute("SELECT sql FROM sqlite_master"))
    database.close()
    return hashlib.sha256(json.dumps(statements).encode()).hexdigest()[:12]


def seeded(server, cache, scratch, runs, points=True):
    """A folder of the server's own with the seed in it, from the cache or made now."""
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    is_slipway = server.name == "slipway"
    if is_slipway:
        server.start(scratch / "schema")
        server.stop()
        kept = cache / f"slipway-{runs}-{fingerprint(server)}"
    else:
        kept = cache / f"mlflow-{runs}"
    if not kept.exists():
        began = time.perf_counter()
        making = cache / (kept.name + ".part")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        say(f"seeding {server.name} with {runs:,} runs (kept in {kept})")
        if is_slipway:
            server.start(making)
            seed_slipway(server, runs, points)
            server.stop()
        else:
            seed_mlflow(making / "mlflow.db", runs)
        making.rename(kept)
        say(f"  seeded in {time.perf_counter() - began:.0f} s")
    own = scratch / f"{server.name.replace(' ', '-')}-{runs}"
    if not own.exists():
        subprocess.run(["cp", "-r", "--reflink=auto", str(kept), str(own)], check=True)
    if server.name == "mlflow tuned":
        database = sqlite3.connect(own / "mlflow.db")
        database.execute("ANALYZE")
        database.commit()
        database.close()
    return own
