"""A Spark job that profiles a table: `slipway profile` on each partition, wherever it is, and one merge of the results.

    python spark_profile.py pipe  TABLE.csv     --output profile.json [--reference reference.json] [--partitions 20]
    python spark_profile.py files TABLE.parquet --output profile.json ...

`pipe` sends the lines of each partition through the command (RDD.pipe); nothing but Slipway is needed on the workers.
`files` lets Spark write the partitions as Parquet, and its tasks profile those. A profile is some kilobytes a column,
however many rows a partition has, so the driver merges them itself.
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession


def against(reference):
    return ["--reference", str(Path(reference).resolve())] if reference else []


def by_pipe(spark, options):
    lines = spark.sparkContext.textFile(options.table, options.partitions)
    header = lines.first()
    # A shuffle, so that no partition is a run of neighbouring lines; the order of rows does not matter.
    rows = lines.filter(lambda line: line != header).repartition(options.partitions)
    words = [options.binary, "profile", "-", *against(options.reference), "-o", "-"]
    # Each partition is a table of its own, so each gets the header.
    script = '{ printf "%s\\n" "$HEADER"; cat; } | ' + shlex.join(words)
    return rows.pipe(shlex.join(["sh", "-c", script]), {"HEADER": header}, checkCode=True).collect()


def by_files(spark, options, scratch):
    folder = scratch / "partitions"
    spark.read.parquet(options.table).repartition(options.partitions).write.parquet(str(folder))
    parts = sorted(map(str, folder.glob("part-*.parquet")))
    words = [options.binary, "profile"], [*against(options.reference), "-o", "-"]

    def profile(paths):
        for path in paths:
            yield subprocess.run([*words[0], path, *words[1]], check=True, capture_output=True, text=True).stdout

    return spark.sparkContext.parallelize(parts, len(parts)).mapPartitions(profile).collect()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("pipe", "files"))
    parser.add_argument("table")
    parser.add_argument("--output", required=True)
    parser.add_argument("--reference")
    parser.add_argument("--partitions", type=int, default=20)
    parser.add_argument("--binary", default="slipway")
    options = parser.parse_args()
    spark = (
        SparkSession.builder.master("local[2]").appName("slipway-profile").config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate())
    with tempfile.TemporaryDirectory(prefix="spark-profile-") as scratch:
        scratch = Path(scratch)
        found = by_pipe(spark, options) if options.way == "pipe" else by_files(spark, options, scratch)
        spark.stop()
        parts = []
        for number, text in enumerate(line for line in found if line.strip()):
            parts.append(scratch / f"{number:03}.json")
            parts[-1].write_text(text)
        subprocess.run([options.binary, "profile", "merge", *map(str, parts), "-o", options.output], check=True, stdout=sys.stderr)
    print(len(parts))


if __name__ == "__main__":
    main()
