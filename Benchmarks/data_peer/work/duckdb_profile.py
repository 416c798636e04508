"""A profile by DuckDB's approximate aggregates in one scan: duckdb_profile.py TABLE."""

import json
import sys

import duckdb

table = sys.argv[1]
database = duckdb.connect()
parts, columns = [], database.execute(f"DESCRIBE SELECT * FROM '{table}'").fetchall()
for name, kind, *_ in columns:
    parts += [f"count({name})", f"approx_count_distinct({name})"]
    if kind in ("DOUBLE", "BIGINT"):
        parts += [f"min({name})", f"max({name})", f"avg({name})", f"stddev({name})"]
        parts.append(f"approx_quantile({name}, {[tenth / 10 for tenth in range(1, 10)]})")
    else:
        parts.append(f"approx_top_k({name}, 10)")
found = database.execute(f"SELECT {', '.join(parts)} FROM '{table}'").fetchone()
print(json.dumps({"columns": len(columns), "results": len(found)}))
