"""Evidently, whylogs, Great Expectations, pandera, NumPy, DuckDB and Slipway on the same tables in one run.

CPU seconds (user and system) and peak memory of whole processes, start, imports and reading included: a JSON object on
stdout, a table on stderr.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data_peer import rows
from data_peer.processes import Refused, say
from data_peer.table import judged, shown

ROOT = Path(__file__).resolve().parents[1]
ALL = {"drift": rows.drift, "profile": rows.profile, "validate": rows.validate, "memory": rows.memory}
PEERS = ("evidently", "whylogs", "gx", "pandera", "numpy", "duckdb", "slipway")
ENVIRONMENTS = {"evidently": "evidently", "whylogs": "whylogs", "gx": "checks", "pandera": "checks", "numpy": "checks", "duckdb": "checks"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="Slipway's release binary")
    parser.add_argument("--quick", action="store_true", help="100,000 rows, one repetition, 10 files: about two minutes")
    parser.add_argument("--rows", type=int, help="rows of each table (1,000,000; quick 100,000)")
    parser.add_argument("--files", type=int, help="files of the large table (100; quick 10)")
    parser.add_argument("--repetitions", type=int, help="of all but the slow peers (5; quick 1)")
    parser.add_argument("--only", action="append", choices=(*ALL, "sketches"), metavar="ROW", help=", ".join((*ALL, "sketches")))
    parser.add_argument("--peer", action="append", choices=PEERS, help="only these")
    parser.add_argument("--resume", metavar="FILE", help="an earlier answer: rows not measured now are taken from it")
    parser.add_argument("--environments", default=str(ROOT / ".deps/peers"), help="where scripts/setup-peers put the peers")
    parser.add_argument("--cache", default=str(ROOT / ".data/bench-data"), help="where the tables are kept")
    return parser.parse_args()


def machine():
    # The imports of the other benchmarks are not wanted here: this process stays small.
    import platform

    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()}


def versions(environments, peers, binary):
    found = {}
    wanted = ("evidently", "whylogs", "great_expectations", "great-expectations", "pandera", "duckdb", "numpy", "pandas", "pyarrow", "scipy")
    for name in sorted({ENVIRONMENTS[peer] for peer in peers if peer in ENVIRONMENTS}):
        listed = subprocess.run(
            [str(environments / name / "bin/python"), "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True)
        found[name] = {one["name"]: one["version"] for one in json.loads(listed.stdout) if one["name"] in wanted}
    told = subprocess.run([binary, "--version"], capture_output=True, text=True)
    return {**found, "slipway": told.stdout.strip()}


def resumed(options):
    earlier = json.loads(Path(options.resume).read_text())
    if earlier["rows_of_each_table"] != options.rows:
        raise SystemExit(f"{options.resume} is of {earlier['rows_of_each_table']:,} rows: resume it with --rows of as many")
    return earlier["measured"]


def prepared(options, wanted):
    """The tables, made when they are missing, and read once so that the first reader pays for no disk."""
    folder = Path(options.cache) / str(options.rows)
    if wanted == ["sketches"]:
        return folder
    many = options.files if "memory" in wanted else 0
    made = Path(__file__).parent / "data_peer/generate.py"
    say(f"tables of {options.rows:,} rows in {folder}")
    subprocess.run([sys.executable, str(made), str(folder), str(options.rows), "--many", str(many)], check=True)
    for path in (folder / name for name in ("ref.parquet", "cur.parquet", "ref.csv")):
        with open(path, "rb") as file:
            while file.read(1 << 22):
                pass
    return folder


def measure(options, wanted, results, bench):
    for row in wanted:
        say(row)
        if row == "sketches":
            # Needs models and a server: its imports come last.
            from data_peer import sketches
            results[row] = sketches.measure(bench, quick=options.quick)
        else:
            results[row] = ALL[row](bench)


def main():
    options = arguments()
    options.rows = options.rows or (100_000 if options.quick else 1_000_000)
    options.files = options.files or (10 if options.quick else 100)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load_before = os.getloadavg()
    wanted = [row for row in (*ALL, "sketches") if row in (options.only or (*ALL, "sketches"))]
    measured = resumed(options) if options.resume else {}
    peers = tuple(peer for peer in PEERS if peer in (options.peer or PEERS))
    folder = prepared(options, wanted)
    scratch = Path(tempfile.mkdtemp(prefix="bench-data-"))
    bench = rows.Bench(
        rows=options.rows, files=options.files, repetitions=options.repetitions or (1 if options.quick else 5),
        binary=str(Path(options.binary).resolve()), environments=Path(options.environments), data=folder, scratch=scratch, peers=peers)
    try:
        measure(options, wanted, measured, bench)
    except Refused as refused:
        raise SystemExit(f"stopped: {refused}") from None
    except KeyboardInterrupt:
        say("stopped: nothing is left running")
        raise SystemExit(130) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    report = {
        "machine": machine(), "mode": "quick" if options.quick else "full", "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rows_of_each_table": options.rows, "files_of_the_large_table": options.files,
        "versions": versions(bench.environments, peers, bench.binary), "load_average_before": load_before,
        "load_average_after": os.getloadavg(), "measured": measured, "rows": judged(measured, options.rows), "trouble": bench.trouble,
        "quiet": load_before[0] < os.cpu_count() / 2}
    shown(measured, report["rows"])
    for one in bench.trouble:
        say(f"not measured: {one}")
    if not report["quiet"]:
        say(f"the machine was busy when this began (load {load_before[0]:.1f}): do not quote these figures")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
