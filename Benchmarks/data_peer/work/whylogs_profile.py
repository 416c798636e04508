"""whylogs' profile with its defaults: whylogs_profile.py TABLE OUT."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")
import pandas as pd  # noqa: E402
import whylogs  # noqa: E402

view = whylogs.log(pd.read_parquet(sys.argv[1])).view()
with open(sys.argv[2], "wb") as out:
    out.write(view.serialize())
print(json.dumps({"columns": len(view.get_columns())}))
