"""A Ray job that profiles a table: `slipway profile` on each partition in a task of its own, merged pair by pair.

    python ray_profile.py TABLE.parquet --output profile.json [--reference reference.json] [--partitions 20]

The partitions are every twentieth row, and the pairs are drawn by chance: against a given reference the bytes of the
result do not depend on either.
"""

import argparse
import os
import random
import subprocess
import tempfile
from pathlib import Path

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
import pyarrow.parquet as pq  # noqa: E402
import ray  # noqa: E402


def slipway(binary, *words):
    subprocess.run([binary, *map(str, words)], check=True, capture_output=True)


@ray.remote
def profile(binary, table, number, partitions, reference):
    """The profile of one partition, as bytes."""
    with tempfile.TemporaryDirectory(prefix="ray-profile-") as scratch:
        part, out = Path(scratch) / "part.parquet", Path(scratch) / "profile.json"
        rows = pq.read_table(table)
        pq.write_table(rows.take(list(range(number, rows.num_rows, partitions))), part)
        slipway(binary, "profile", part, *(["--reference", reference] if reference else []), "-o", out)
        return out.read_bytes()


@ray.remote
def merged(binary, first, second):
    with tempfile.TemporaryDirectory(prefix="ray-profile-") as scratch:
        a, b, out = (Path(scratch) / name for name in ("a.json", "b.json", "merged.json"))
        a.write_bytes(first)
        b.write_bytes(second)
        slipway(binary, "profile", "merge", a, b, "-o", out)
        return out.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--output", required=True)
    parser.add_argument("--reference")
    parser.add_argument("--partitions", type=int, default=20)
    parser.add_argument("--binary", default="slipway")
    parser.add_argument("--seed", type=int, default=5, help="of the order in which parts are merged")
    options = parser.parse_args()
    table = str(Path(options.table).resolve())
    reference = options.reference and str(Path(options.reference).resolve())
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=200 * 2**20, logging_level="warning")
    parts = [profile.remote(options.binary, table, number, options.partitions, reference) for number in range(options.partitions)]
    draw = random.Random(options.seed)
    while len(parts) > 1:
        draw.shuffle(parts)
        parts.append(merged.remote(options.binary, parts.pop(), parts.pop()))
    Path(options.output).write_bytes(ray.get(parts[0]))
    ray.shutdown()
    print(options.partitions)


if __name__ == "__main__":
    main()
