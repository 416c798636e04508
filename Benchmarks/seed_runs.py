"""Fills the database of a stopped Slipway with runs, directly, for searches at scale.

    python3 Benchmarks/seed_runs.py DATA/slipway.db --runs 500000 --experiments 1 --points 10

Each run has three metrics (m0 uniform in 0..1, m1 in 0..100, m2 mostly 0 and sometimes not a number), three params
(p0 of 10 values, p1 of 1000, p2 a path), three tags besides its name, and `--points` points for m0. The seed is fixed.
"""

import argparse
import random
import sqlite3


def seed(path, runs, experiments, points):
    dice = random.Random(20260401)
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -400000")
    first_run = database.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM runs").fetchone()[0]
    first_experiment = database.execute("SELECT MAX(id) + 1 FROM experiments").fetchone()[0]
    ids = list(range(first_experiment, first_experiment + experiments))
    keys = []
    for name in ("m0", "m1", "m2"):
        database.execute("INSERT INTO metric_keys (key) VALUES (?) ON CONFLICT DO NOTHING", (name,))
        keys.append(database.execute("SELECT id FROM metric_keys WHERE key = ?", (name,)).fetchone()[0])
    database.executemany(
        "INSERT INTO experiments (id, name, artifact_location, created_at, updated_at) VALUES (?, ?, ?, 1, 1)",
        [(i, f"seeded {i}", f"mlflow-artifacts:/{i}") for i in ids],
    )
    step = 20_000
    for start in range(first_run, first_run + runs, step):
        rows = {name: [] for name in ("runs", "latest", "points", "params", "tags")}
        for number in range(start, min(start + step, first_run + runs)):
            identifier = f"{dice.getrandbits(128):032x}"
            experiment = ids[number % experiments]
            status = dice.choices(("FINISHED", "FAILED", "RUNNING"), (90, 8, 2))[0]
            began = 1_700_000_000_000 + number * 1000 + dice.randrange(5000)
            rows["runs"].append((
                number, identifier, experiment, f"run-{number}", f"user{number % 20}", status, began, began + 500,
                f"mlflow-artifacts:/{experiment}/{identifier}/artifacts"))
            values = (dice.random(), dice.random() * 100, float(dice.randrange(4)))
            is_nan = (0, 0, 1 if dice.random() < 0.01 else 0)
            for key, value, nan in zip(keys, values, is_nan):
                rows["latest"].append((number, key, points, began + points, 0.0 if nan else value, nan))
            for at in range(1, points + 1):
                rows["points"].append((number, keys[0], at, began + at, values[0] if at == points else dice.random(), 0))
            rows["params"] += [
                (number, "p0", f"v{dice.randrange(10)}"), (number, "p1", f"v{dice.randrange(1000)}"),
                (number, "p2", f"s3://bucket/{dice.randrange(10**6):06d}/data.parquet")]
            rows["tags"] += [
                (number, "team", f"team{dice.randrange(5)}"), (number, "env", dice.choice(("prod", "dev"))),
                (number, "commit", f"{dice.getrandbits(80):020x}"), (number, "mlflow.runName", f"run-{number}")]
        database.executemany(
            "INSERT INTO runs (number, id, experiment, name, user_id, status, started_at, ended_at, artifact_uri) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows["runs"])
        database.executemany("INSERT INTO latest_metrics VALUES (?, ?, ?, ?, ?, ?)", rows["latest"])
        database.executemany("INSERT INTO metric_points VALUES (?, ?, ?, ?, ?, ?)", rows["points"])
        database.executemany("INSERT INTO run_params VALUES (?, ?, ?)", rows["params"])
        database.executemany("INSERT INTO run_tags VALUES (?, ?, ?)", rows["tags"])
        database.commit()
    database.close()
    return ids


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--experiments", type=int, default=1)
    parser.add_argument("--points", type=int, default=1)
    options = parser.parse_args()
    made = seed(options.database, options.runs, options.experiments, options.points)
    print(f"{options.runs} runs in experiments {made[0]} to {made[-1]}")
