"""Asks a server that requires a token for its experiments, uploads and downloads; prints what came of it.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 MLFLOW_TRACKING_TOKEN=... python Tests/Wire/mlflow_login.py
"""

import mlflow
from mlflow.exceptions import MlflowException

try:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1.5)
        mlflow.log_text("secret", "s.txt")
    text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/s.txt")
    print("let in", mlflow.get_run(run.info.run_id).data.metrics, text)
except MlflowException as error:
    print("kept out", error.error_code, error.message)
