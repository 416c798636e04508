"""Compares samples of metric histories with MLflow's own SqlAlchemyStore, on random points (MLFLOW_TRACKING_URI)."""

import json
import os
import random
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow.entities import Metric  # noqa: E402
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: E402

ROOT = os.environ["MLFLOW_TRACKING_URI"]
DICE = random.Random(int(os.environ.get("SEED", "1")))


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ROOT + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def plain(value):
    return "NaN" if value != value else value


def main():
    compared = differ = 0
    with tempfile.TemporaryDirectory(prefix="slipway-differential-") as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", Path(folder, "artifacts").as_uri())
        for count in (1, 2, 7, 40, 400):
            theirs = store.create_run("0", "u", 1, [], "r").info.run_id
            ours = call("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
            points = [(DICE.choice([0.5, 1.5, float("nan")]), DICE.randrange(1000), DICE.randrange(-20, 200)) for _ in range(count)]
            store.log_batch(theirs, [Metric("m", *point) for point in points], [], [])
            call("/api/2.0/mlflow/runs/log-batch", {"run_id": ours, "metrics": [
                {"key": "m", "value": plain(v), "timestamp": t, "step": s} for v, t, s in points]})
            for limit in (1, 2, 3, 10, 39, 320, 2500):
                for steps in (None, (-5, 60)):
                    wanted = [
                        (plain(p.value), p.timestamp, p.step) for p in
                        store.get_metric_history_bulk_interval([theirs], "m", limit, *(steps or (None, None)))]
                    query = {"run_ids": ours, "metric_key": "m", "max_results": limit}
                    if steps:
                        query |= {"start_step": steps[0], "end_step": steps[1]}
                    answer = call("/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?" + urllib.parse.urlencode(query))
                    found = [(p["value"], p["timestamp"], p["step"]) for p in answer.get("metrics", [])]
                    compared += 1
                    if wanted != found:
                        differ += 1
                        print(count, limit, steps, wanted[:6], found[:6])
            bulk = call("/ajax-api/2.0/mlflow/metrics/get-history-bulk?" + urllib.parse.urlencode({"run_id": ours, "metric_key": "m"}))
            wanted = [(plain(p.value), p.timestamp, p.step) for p in store.get_metric_history_bulk([theirs], "m", 25000)]
            compared += 1
            if wanted != [(p["value"], p["timestamp"], p["step"]) for p in bulk["metrics"]]:
                differ += 1
                print("bulk", count)
    print(f"{compared} histories compared, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
