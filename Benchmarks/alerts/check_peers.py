"""Compares the rules of peers.py with the real packages on a sample; run it with a Python that has one of them.

    python check_peers.py evidently|nannyml DUMP

DUMP is a folder that `study.py --dump DUMP` wrote: reference.parquet, window.parquet and scores.json.
"""

import json
import sys
from pathlib import Path

import pandas as pd


def evidently(reference, window):
    from evidently.legacy.calculations.stattests import jensenshannon_stat_test, wasserstein_stat_test
    from evidently.legacy.calculations.stattests.registry import _get_default_stattest
    from evidently.legacy.core import ColumnType

    scores = {}
    for name in window.columns:
        kind = ColumnType.Numerical if pd.api.types.is_numeric_dtype(reference[name]) else ColumnType.Categorical
        old, new = reference[name].dropna(), window[name].dropna()
        test = _get_default_stattest(old, new, kind)
        assert test in (jensenshannon_stat_test, wasserstein_stat_test), test
        scores[name] = test(old, new, kind, None).drift_score
    return scores


def nannyml(reference, window):
    import nannyml as nml

    numeric = [name for name in reference.columns if pd.api.types.is_numeric_dtype(reference[name])]
    calculator = nml.UnivariateDriftCalculator(
        column_names=list(reference.columns), chunk_size=1000,
        treat_as_categorical=[name for name in reference.columns if name not in numeric],
    )
    calculator.fit(reference.reset_index(drop=True))
    frame = calculator.calculate(window.reset_index(drop=True)).to_df()
    scores = {}
    for name in window.columns:
        scores[name] = float(frame[(name, "jensen_shannon", "value")].iloc[-1])
        scores[f"{name} limit"] = float(frame[(name, "jensen_shannon", "upper_threshold")].iloc[-1])
    return scores


def main():
    peer, folder = sys.argv[1], Path(sys.argv[2])
    reference, window = pd.read_parquet(folder / "reference.parquet"), pd.read_parquet(folder / "window.parquet")
    ours = json.loads((folder / "scores.json").read_text())[peer]
    theirs = {"evidently": evidently, "nannyml": nannyml}[peer](reference, window)
    worst = max(abs(ours[name] - value) for name, value in theirs.items())
    print(f"{peer}: {len(theirs)} numbers, the largest difference is {worst:.3g}")
    return 0 if worst < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
