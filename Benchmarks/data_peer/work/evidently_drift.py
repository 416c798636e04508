"""Evidently's DataDriftPreset with its defaults: evidently_drift.py REFERENCE CURRENT. Prints what it found."""

import json
import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

reference, current = (pd.read_parquet(path) for path in sys.argv[1:])
answer = json.loads(Report([DataDriftPreset()]).run(current, reference).json())
columns = {
    metric["config"]["column"]: metric["value"] for metric in answer["metrics"] if "column" in metric.get("config", {})}
print(json.dumps({"columns": len(columns), "drifted": sorted(name for name, value in columns.items() if value >= 0.1)}))
