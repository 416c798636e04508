"""The same statistics exactly, in NumPy: numpy_drift.py REFERENCE CURRENT.

Of each numeric column the two-sample KS distance with its asymptotic p-value, Wasserstein's distance, and PSI and
Jensen-Shannon on the reference's deciles; of each other column chi-square, Cramer's V, PSI and Jensen-Shannon; of all
the missing shares. Both columns are sorted once, which is what costs.
"""

import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.special import chdtrc, kolmogorov


def shares(p, q):
    p, q = p / p.sum(), q / q.sum()
    floored, other = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.nansum(p * np.log2(p / middle)) / 2 + np.nansum(q * np.log2(q / middle)) / 2
    return {"psi": float(((floored - other) * np.log(floored / other)).sum()), "js": float(np.sqrt(max(divergence, 0)))}


def numeric(a, b):
    n, m = len(a), len(b)
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    missing = [(n - len(a)) / n, (m - len(b)) / m]
    n, m = len(a), len(b)
    every = np.concatenate([a, b])
    every.sort(kind="stable")  # two sorted runs: a merge
    f = np.searchsorted(a, every, side="right") / n
    g = np.searchsorted(b, every, side="right") / m
    gap = np.abs(f - g)
    distance = float(gap.max())
    wasserstein = float((gap[:-1] * np.diff(every)).sum())
    edges = np.quantile(a, np.arange(1, 10) / 10)
    p, q = (np.diff(np.concatenate([[0], np.searchsorted(side, edges, side="right"), [len(side)]])) for side in (a, b))
    return {"ks": distance, "p": float(kolmogorov(distance * np.sqrt(n * m / (n + m)))), "wasserstein": wasserstein,
            "missing": missing, **shares(p, q)}


def categorical(a, b):
    counts = [dict(zip(*(part.to_pylist() for part in pc.value_counts(side.drop_null()).flatten()))) for side in (a, b)]
    names = sorted(set(counts[0]) | set(counts[1]))
    p, q = (np.array([side.get(name, 0) for name in names], dtype=float) for side in counts)
    n, m = p.sum(), q.sum()
    expected = np.outer([n, m], (p + q) / (n + m))
    chi = float((((np.stack([p, q]) - expected) ** 2) / expected).sum())
    return {"chi2": chi, "p": float(chdtrc(len(names) - 1, chi)), "v": float(np.sqrt(chi / (n + m))),
            "missing": [a.null_count / len(a), b.null_count / len(b)], **shares(p, q)}


pa.set_cpu_count(1)
found = {}
files = [pq.ParquetFile(path) for path in sys.argv[1:]]
for field in files[0].schema_arrow:
    a, b = (file.read(columns=[field.name], use_threads=False).column(0).combine_chunks() for file in files)
    if pa.types.is_floating(field.type) or pa.types.is_integer(field.type):
        found[field.name] = numeric(*(side.to_numpy(zero_copy_only=False).astype(float) for side in (a, b)))
    else:
        found[field.name] = categorical(a, b)
ks = {name: line["ks"] for name, line in found.items() if "ks" in line}
print(json.dumps({"columns": len(found), "ks": ks, "v": {name: line["v"] for name, line in found.items() if "v" in line}}))
