"""Asks MLflow's own SqlAlchemyStore and a running Slipway the same searches and compares what they find.

The store is filled in this process, on a temporary SQLite file; the server by HTTP (MLFLOW_TRACKING_URI) with equal
runs. The searches are drawn from a seed (SEED, default 1) that is printed.
"""

import json
import os
import random
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow.entities import Metric, Param, RunTag  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: E402

URL = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/"
SEED = int(os.environ.get("SEED", "1"))
DICE = random.Random(SEED)
TEXTS = ["adam", "Adam", "sgd", "50%", "a_b", "é", "É", ""]
KEYS = ["lr", "opt", "lr rate", "a.b"]


def call(path, body, method="POST"):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def must(path, body):
    status, answer = call(path, body)
    if status != 200:
        raise SystemExit(f"{path} answered {status}: {answer}")
    return answer


def fill(store, count):
    """The same runs on both sides, told apart by the tag `n`; equal starts are broken by identifier, so there are none."""
    name = f"differential {SEED}"
    theirs = store.create_experiment(name)
    ours = must("experiments/create", {"name": name})["experiment_id"]
    for n in range(count):
        start = 1_700_000_000_000 + n
        run_name = DICE.choice(["one", "Two", "two"])
        params = {k: DICE.choice(TEXTS) for k in KEYS if DICE.random() < 0.7}
        tags = {k: DICE.choice(TEXTS) for k in KEYS if DICE.random() < 0.7} | {"n": str(n)}
        values = {k: DICE.choice([0.0, 0.25, 0.5, 1.0, -3.0, float("nan")]) for k in ("acc", "val loss") if DICE.random() < 0.8}
        run = store.create_run(theirs, f"user{n % 3}", start, [RunTag("mlflow.runName", run_name)], run_name).info.run_id
        store.log_batch(
            run, [Metric(k, v, start, 0) for k, v in values.items()], [Param(k, v) for k, v in params.items()],
            [RunTag(k, v) for k, v in tags.items()])
        made = must("runs/create", {
            "experiment_id": ours, "user_id": f"user{n % 3}", "start_time": start, "run_name": run_name})["run"]["info"]["run_id"]
        must("runs/log-batch", {
            "run_id": made,
            "metrics": [{"key": k, "value": "NaN" if v != v else v, "timestamp": start, "step": 0} for k, v in values.items()],
            "params": [{"key": k, "value": v} for k, v in params.items()],
            "tags": [{"key": k, "value": v} for k, v in tags.items()]})
        if DICE.random() < 0.4:
            status = DICE.choice(["FINISHED", "FAILED"])
            from mlflow.entities import RunStatus
            store.update_run_info(run, RunStatus.from_string(status), start + 5, None)
            must("runs/update", {"run_id": made, "status": status, "end_time": start + 5})
        if DICE.random() < 0.1:
            store.delete_run(run)
            must("runs/delete", {"run_id": made})
    return theirs, ours


def key():
    name = DICE.choice(KEYS)
    return DICE.choice([f"`{name}`", f'"{name}"']) if " " in name else DICE.choice([name, f"`{name}`"])


def condition():
    text = DICE.choice(TEXTS)
    pattern = DICE.choice(["a%", "A%", "%d%", "_dam", "50%", "é", "%"])
    quote = DICE.choice("'\"")
    word = DICE.choice(["LIKE", "ILIKE", "like"])
    pairs = DICE.choice(["params", "param", "tags", "tag", "parameters"])
    return DICE.choice([
        lambda: f"{DICE.choice(['metrics', 'metric'])}.acc {DICE.choice(['=', '!=', '>', '>=', '<', '<='])} {DICE.choice(['0', '0.25', '1e-1', '-3', '.5'])}",
        lambda: f"metrics.`val loss` {DICE.choice(['>', '<=', '!='])} {DICE.choice(['0', '0.5'])}",
        lambda: f"{pairs}.{key()} {DICE.choice(['=', '!='])} {quote}{text}{quote}",
        lambda: f"{pairs}.{key()} {word} {quote}{pattern}{quote}",
        lambda: f"{pairs}.{key()} IS {DICE.choice(['', 'NOT '])}NULL",
        lambda: f"{DICE.choice(['', 'attributes.', 'run.'])}status {DICE.choice(['=', '!='])} 'FINISHED'",
        lambda: f"start_time {DICE.choice(['>', '<='])} {1_700_000_000_000 + DICE.randrange(60)}",
        lambda: f"end_time {DICE.choice(['>', '!='])} {1_700_000_000_000 + DICE.randrange(60)}",
        lambda: f"{DICE.choice(['run_name', 'attributes.`Run Name`'])} {DICE.choice(['=', '!='])} 'two'",
        lambda: f"run_name {word} 't%'",
        lambda: f"user_id {DICE.choice(['=', '!='])} 'user1'",
    ])()


def wrong():
    return DICE.choice([
        "metrics.acc > 'x'", "params.lr > 'a'", "params.lr = 5", "metrics.acc IS NULL", "acc > 1", "metrics.acc",
        "params.lr = 'x' OR params.lr = 'y'", "METRICS.acc > 1", "run_id IN ()", "user_id IN ('a')", "bogus.a = 'x'",
        "(metrics.acc > 1)", "params.lr = adam", "start_time > 'x'", "metrics.acc > NaN", ";", "   ", "dataset.x = 'y'",
    ])


def order():
    fields = ["metrics.acc", "metrics.`val loss`", "params.opt", "params.`lr rate`", "tags.lr", "start_time", "end_time",
              "run_name", "status", "attributes.Created", "metrics.nope"]
    items = [f"{field} {DICE.choice(['ASC', 'DESC', 'desc'])}" for field in DICE.sample(fields, DICE.randrange(4))]
    return items + ([DICE.choice(["bogus", "metrics.acc UP", "dataset.name"])] if DICE.random() < 0.05 else [])


def theirs_found(store, experiment, text, orders, limit):
    try:
        page = store.search_runs([experiment], text, 1, limit, orders)
        return [run.data.tags["n"] for run in page]
    except MlflowException:
        # MLflow tells some mistakes of the caller as its own (INTERNAL_ERROR), so only "refused" is compared.
        return "refused"


def ours_found(experiment, text, orders, limit):
    status, answer = call("runs/search", {
        "experiment_ids": [experiment], "filter": text, "order_by": orders, "max_results": limit})
    if status != 200:
        return "refused" if status == 400 else answer
    return [next(t["value"] for t in run["data"]["tags"] if t["key"] == "n") for run in answer.get("runs", [])]




def main():
    print(f"seed {SEED}")
    compared = differ = 0
    with tempfile.TemporaryDirectory(prefix="slipway-differential-") as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", Path(folder, "artifacts").as_uri())
        theirs, ours = fill(store, 60)
        for _ in range(400):
            count = DICE.choice([0, 1, 1, 2, 3])
            text = f" {DICE.choice(['AND', 'and'])} ".join(condition() for _ in range(count))
            if DICE.random() < 0.15:
                text = f"{text} AND {wrong()}" if text and DICE.random() < 0.5 else wrong()
            orders, limit = order(), DICE.choice([5, 100])
            wanted, found = theirs_found(store, theirs, text, orders, limit), ours_found(ours, text, orders, limit)
            compared += 1
            if wanted != found:
                differ += 1
                print(f"{text!r} by {orders}, {limit}:\n  MLflow  {wanted}\n  Slipway {found}")
    print(f"{compared} searches compared, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
