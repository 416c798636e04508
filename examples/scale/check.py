"""Real Spark and Ray jobs over 20 partitions against one machine: the same bytes, or the check fails.

    check.py --binary slipway [--rows 100000] [--only spark-pipe] ...

Against a reference the merged profile must be byte for byte that of one machine over the whole table, whatever the
partitions. Without one, the deciles must be within the stated rank error of the exact ones.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PARTITIONS = 20
# A profile without a reference has at most 4,096 bins a column, and an edge of its grid is the end of a bin.
RANK_ERROR = 0.005


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def run(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))[:200]} ended with {done.returncode}:\n{done.stdout[-500:]}{done.stderr[-1500:]}")
    return done.stdout


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def deciles(found):
    """The reference deciles of a stored column, wherever they stand."""
    if isinstance(found, dict):
        if isinstance(found.get("deciles"), list):
            return found["deciles"]
        found = list(found.values())
    if isinstance(found, list):
        for inner in found:
            if (one := deciles(inner)) is not None:
                return one
    return None


def rank_errors(profile, table):
    """Of each numeric column, how far the ranks of its deciles are from 0.1 ... 0.9 in the exact data."""
    rows, worst = pq.read_table(table), {}
    for column in json.loads(Path(profile).read_text())["columns"]:
        values = deciles(column)
        if values is None or rows[column["name"]].type not in ("double", "int64"):
            continue
        exact = np.sort(rows[column["name"]].drop_null().to_numpy())
        low, high = (np.searchsorted(exact, values, side=side) / len(exact) for side in ("left", "right"))
        if len(values) == 9:  # equal deciles of a column of few values are kept once
            wanted = np.arange(1, 10) / 10
            worst[column["name"]] = float(np.maximum(low - wanted, wanted - high).clip(0).max())
    return worst


def jobs(options, table, csv):
    """Name, command, and the table of the single machine."""
    spark, ray = (options.environments / name / "bin/python" for name in ("spark", "ray"))
    return {
        "spark-pipe": ([spark, HERE / "spark_profile.py", "pipe", csv], csv),
        "spark-files": ([spark, HERE / "spark_profile.py", "files", table], table),
        "ray": ([ray, HERE / "ray_profile.py", table], table),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", action="append", choices=("spark-pipe", "spark-files", "ray"))
    parser.add_argument("--environments", type=Path, default=ROOT / ".deps/peers")
    parser.add_argument("--cache", type=Path, default=ROOT / ".data/bench-data", help="where the tables are kept")
    options = parser.parse_args()
    options.binary, options.environments = str(Path(options.binary).resolve()), options.environments.absolute()
    folder = options.cache.resolve() / str(options.rows)
    run(sys.executable, ROOT / "Benchmarks/data_peer/generate.py", folder, options.rows)
    table, csv = folder / "cur.parquet", folder / "cur.csv"
    lines, wrong = {}, []
    with tempfile.TemporaryDirectory(prefix="scale-check-") as scratch:
        scratch = Path(scratch)
        reference = scratch / "reference.json"
        run(options.binary, "profile", folder / "ref.parquet", "-o", reference)
        for kind, words in (("against a reference", ["--reference", reference]), ("without a reference", [])):
            single = {}
            for name, (command, whole) in jobs(options, table, csv).items():
                if options.only and name not in options.only:
                    continue
                if whole not in single:
                    single[whole] = scratch / f"single{whole.suffix}.json"
                    run(options.binary, "profile", whole, *words, "-o", single[whole])
                say(f"{name}, {kind}")
                out = scratch / f"{name}.json"
                began = time.monotonic()
                parts = int(run(*command, "--binary", options.binary, "--partitions", PARTITIONS, *words, "--output", out).split()[-1])
                same = digest(out) == digest(single[whole])
                line = {"partitions": parts, "bytes": out.stat().st_size, "sha256": digest(out), "same_bytes": same,
                        "seconds": round(time.monotonic() - began, 1)}
                if parts != PARTITIONS:
                    wrong.append(f"{name}: {parts} partitions instead of {PARTITIONS}")
                if words and not same:
                    wrong.append(f"{name}: other bytes than one machine's, against the same reference")
                if not words:
                    errors = rank_errors(out, table)
                    line["columns"], line["largest_rank_error"] = len(errors), max(errors.values(), default=None)
                    if len(errors) < 12:
                        wrong.append(f"{name}: deciles of {len(errors)} numeric columns only")
                    wrong += [f"{name}: rank error {error:.4f} in {column}" for column, error in errors.items() if error > RANK_ERROR]
                lines[f"{name}, {kind}"] = line
    print(json.dumps({"rows": options.rows, "rank_error_bound": RANK_ERROR, "jobs": lines, "wrong": wrong}, indent=1))
    for one in wrong:
        say(f"WRONG  {one}")
    say("the same everywhere" if not wrong else f"{len(wrong)} things are wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
