"""The twenty rules in pandera: pandera_validate.py TABLE RULES."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import pandas as pd  # noqa: E402
import pandera.errors  # noqa: E402

from data_peer import rules  # noqa: E402

table, chosen = sys.argv[1], getattr(rules, sys.argv[2])
frame = pd.read_parquet(table) if table.endswith(".parquet") else pd.read_csv(table)
failed = 0
try:
    rules.schema(chosen).validate(frame, lazy=True)
except pandera.errors.SchemaErrors as error:
    failed = len({(one.schema.name, str(one.check)) for one in error.schema_errors})
print(json.dumps({"rules": len(chosen), "failed": failed}))
