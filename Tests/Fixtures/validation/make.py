#!/usr/bin/env python3
"""Writes the same rules as an ODCS contract and as a Great Expectations suite, and what three others count with them.

usage: make.py DRIFTINPUTS      (DRIFTINPUTS: what make_drift_inputs.py wrote; the table is synthetic_2k.cur.csv)
made with the environment `checks` of scripts/setup-peers

  contract.yaml   the rules as a contract; most of them are broken by the table
  gx-suite.json   the same rules as Great Expectations 1.24.1 stores a suite, and after them five that the standard's metrics
                  cannot say: three of them can be said in SQL (mean, median, a pair), two cannot (an order, a divergence)
  golden.json     rows; for each rule its kind, column and the number of failing rows: Great Expectations, pandera (where it
                  counts) and DuckDB agree, or this script ends with an error
"""
import json
import os
import sys
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Benchmarks"))
import duckdb  # noqa: E402
import great_expectations as gx  # noqa: E402
import great_expectations.expectations as gxe  # noqa: E402
import pandas as pd  # noqa: E402
import pandera.errors  # noqa: E402

from data_peer import rules  # noqa: E402

RULES = (
    ("rows", None, 2000),
    ("required", "n_missing_null", None),
    ("required", "n_missing_up", None),
    ("required", "c_tier_null", None),
    ("missing", "n_missing_null", 0.05),
    ("missing", "n_missing_up", 0.05),
    ("range", "n_gauss_null", (-2, 2)),
    ("range", "n_lognorm_tail", (1, 100)),
    ("range", "n_int_poisson_up", (1, 9)),
    ("range", "n_missing_up", (30, 70)),
    ("values", "c_tier_shift", ["bronze", "silver", "gold"]),
    ("values", "c_country_null", [f"C{number:03}" for number in range(20)]),
    ("pattern", "c_country_shift", "^C0[0-3]"),
    ("pattern", "c_merchant_null", "^m[0-9]{4}[05]$"),
    ("length", "c_tier_null", (5, 6)),
)
# What has no counterpart among the standard's metrics, nor in the options of its types.
STRANGE = [
    gxe.ExpectColumnMeanToBeBetween(column="n_gauss_null", min_value=-0.1, max_value=0.1),
    gxe.ExpectColumnMedianToBeBetween(column="n_exp_null", min_value=5, max_value=9),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="n_uniform_shift", column_B="n_gauss_null"),
    gxe.ExpectColumnValuesToBeIncreasing(column="n_exp_null"),
    gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="c_tier_null", partition_object={"values": rules.TIERS, "weights": [.4, .3, .2, .1]}, threshold=0.1),
]


def by_gx(frame):
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("pandas").add_dataframe_asset("window").add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame}))
    suite = gx.ExpectationSuite(name="window", expectations=rules.expectations(RULES))
    results = batch.validate(suite).results
    assert len(results) == len(RULES)
    found = {}
    for one in results:
        config = one.expectation_config
        found[(config.type, config.kwargs.get("column"), config.kwargs.get("mostly"))] = (one.result.get("unexpected_count"), one.success)
    # In the order of the rules: the results come in an order of their own.
    return [found[(one.expectation_type, getattr(one, "column", None), one.mostly if getattr(one, "mostly", 1) != 1 else None)]
            for one in rules.expectations(RULES)]


def by_pandera(frame):
    """The failing rows of each column's checks; of `missing` it tells only whether the check holds."""
    try:
        rules.schema(RULES).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        return cases[cases["index"].notna()].groupby(["column", "check"]).size().to_dict()
    return {}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table = os.path.join(sys.argv[1], "synthetic_2k.cur.csv")
    frame = pd.read_csv(table)
    answer = duckdb.connect().execute(rules.sql(RULES, f"'{table}'")).fetchone()
    total, counts = answer[0], iter(answer[1:])
    failed, theirs, cases = rules.failed(RULES, answer), by_gx(frame), by_pandera(frame)
    words = {"required": "not_nullable", "range": "in_range", "values": "isin", "pattern": "str_matches", "length": "str_length"}
    lines = []
    for (kind, column, what), (unexpected, success) in zip(RULES, theirs):
        failing = None if kind == "rows" else next(counts)
        holds = f"{kind} {column}" not in failed
        assert holds == success and (unexpected is None or unexpected == failing), (kind, column, failing, unexpected)
        if kind in words:
            seen = sum(n for (name, check), n in cases.items() if name == column and check.startswith(words[kind]))
            assert seen == failing, (kind, column, failing, seen)
        lines.append({"kind": kind, "column": column, "failing": failing, "holds": holds})
    (HERE / "contract.yaml").write_text(rules.contract(RULES))
    # pandas read whole numbers and texts: the types of the stored suite are those of the rules alone.
    suite = gx.ExpectationSuite(name="window", expectations=rules.expectations(RULES) + STRANGE)
    stored = suite.to_json_dict()
    for number, one in enumerate(stored["expectations"]):
        one["id"] = f"00000000-0000-4000-8000-{number:012}"  # else another file each time
    stored["id"] = "00000000-0000-4000-8000-ffffffffffff"
    (HERE / "gx-suite.json").write_text(json.dumps(stored, indent=1) + "\n")
    (HERE / "golden.json").write_text(json.dumps({"rows": total, "rules": lines}).replace("}, {", "},\n{") + "\n")
    print(f"{len(lines)} rules, {sum(not line['holds'] for line in lines)} broken")


if __name__ == "__main__":
    main()
