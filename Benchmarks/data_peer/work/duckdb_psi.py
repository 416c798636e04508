"""The population stability index alone, in DuckDB's SQL: duckdb_psi.py REFERENCE CURRENT.

Numeric columns by the reference's deciles (`quantile_disc`, which costs less than `approx_quantile` here), the others by
their values. One scan of the reference for the deciles, then one of each table for all the counts: `histogram` with given
ends costs a fraction of counts with filters.
"""

import json
import math
import sys

import duckdb

reference, current = sys.argv[1:]
database = duckdb.connect()
columns = database.execute(f"DESCRIBE SELECT * FROM '{reference}'").fetchall()
numbers = [name for name, kind, *_ in columns if kind in ("DOUBLE", "BIGINT")]
others = [name for name, *_ in columns if name not in numbers]
tenths = [tenth / 10 for tenth in range(1, 10)]
deciles = database.execute(
    f"SELECT {', '.join(f'quantile_disc({name}, {tenths})' for name in numbers)} FROM '{reference}'").fetchone()
edges = {name: sorted(set(found)) for name, found in zip(numbers, deciles)}


def counts(table):
    parts = [f"histogram({name}, {edges[name]})" for name in numbers] + [f"histogram({name})" for name in others]
    return database.execute(f"SELECT {', '.join(parts)} FROM '{table}'").fetchone()


def index(p, q):
    n, m, total = sum(p.values()), sum(q.values()), 0.0
    for name in p.keys() | q.keys():
        a, b = max(p.get(name, 0) / n, 1e-4), max(q.get(name, 0) / m, 1e-4)
        total += (a - b) * math.log(a / b)
    return total


found = {name: index(p, q) for name, p, q in zip(numbers + others, counts(reference), counts(current))}
print(json.dumps({"columns": len(found), "psi": found}))
