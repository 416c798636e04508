"""Writes the tables that every peer reads: 14 numeric and 6 categorical columns, a reference and a current window.

usage: generate.py FOLDER ROWS [--many FILES]     (numpy and pandas; the same bytes on every machine)

FOLDER/ref.parquet, cur.parquet, ref.csv, cur.csv; with --many also FOLDER/many/NNN.parquet: so many files, a tenth of
them with rows of their own (at least one), the others hard links to those. What happens in the current window is
known: half of the columns do not drift. Everything is made in a temporary folder and moved into place when whole.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Fixtures"))
from make_drift_inputs import window  # noqa: E402

REFERENCE_SEED, CURRENT_SEED = 20240601, 20240602
ROW_GROUP = 131_072


def parquet(frame, path):
    frame.to_parquet(path, index=False, compression="snappy", row_group_size=ROW_GROUP)


def windows(folder, rows):
    for name, seed, current in (("ref", REFERENCE_SEED, False), ("cur", CURRENT_SEED, True)):
        frame = window(rows, seed, current)
        parquet(frame, folder / f"{name}.parquet")
        frame.to_csv(folder / f"{name}.csv", index=False)


def many(folder, rows, files):
    """So large a table that nobody keeps it whole, without its gigabytes on the disk."""
    folder.mkdir()
    distinct = max(1, files // 10)
    for number in range(files):
        path = folder / f"{number:03}.parquet"
        if number < distinct:
            parquet(window(rows, REFERENCE_SEED + 1000 + number, False), path)
        else:
            os.link(folder / f"{number % distinct:03}.parquet", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("--many", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    scratch = options.folder / "making"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    if not (options.folder / "cur.csv").exists():
        windows(scratch, options.rows)
        for name in ("ref.parquet", "cur.parquet", "ref.csv", "cur.csv"):
            (scratch / name).rename(options.folder / name)
    if options.many and len(list((options.folder / "many").glob("*.parquet"))) != options.many:
        many(scratch / "many", options.rows, options.many)
        shutil.rmtree(options.folder / "many", ignore_errors=True)
        (scratch / "many").rename(options.folder / "many")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
