"""The twenty rules as one query of DuckDB: duckdb_validate.py TABLE RULES."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import duckdb  # noqa: E402

from data_peer import rules  # noqa: E402

table, chosen = sys.argv[1], getattr(rules, sys.argv[2])
row = duckdb.connect().execute(rules.sql(chosen, f"'{table}'")).fetchone()
print(json.dumps({"rules": len(chosen), "failed": len(rules.failed(chosen, row))}))
