"""The twenty rules in Great Expectations: gx_validate.py TABLE RULES."""

import json
import os
import sys
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import great_expectations as gx  # noqa: E402
import pandas as pd  # noqa: E402

from data_peer import rules  # noqa: E402

table, chosen = sys.argv[1], getattr(rules, sys.argv[2])
frame = pd.read_parquet(table) if table.endswith(".parquet") else pd.read_csv(table)
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batch = (
    context.data_sources.add_pandas("pandas").add_dataframe_asset("window").add_batch_definition_whole_dataframe("all")
    .get_batch({"dataframe": frame}))
suite = gx.ExpectationSuite(name="twenty", expectations=rules.expectations(chosen))
answer = batch.validate(suite)
failed = [one.expectation_config.kwargs.get("column") for one in answer.results if not one.success]
print(json.dumps({"rules": len(answer.results), "failed": len(failed)}))
