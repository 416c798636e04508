"""Autologging with scikit-learn, logged and registered models, evaluation: with the current client and with 2.22.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python Tests/Wire/mlflow_sklearn.py
"""

import importlib.util
import json
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
import mlflow.pyfunc  # noqa: E402
import mlflow.sklearn  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402

from wire_checks import SUFFIX, check, equal, need_server, refused, report, section  # noqa: E402

EXPERIMENT, MODEL = f"sklearn-{SUFFIX}", f"sklearn-model-{SUFFIX}"
IS_3 = int(mlflow.__version__.split(".")[0]) >= 3
GENERATOR = np.random.default_rng(20_261_123)
X = pd.DataFrame(GENERATOR.normal(size=(80, 3)), columns=["a", "b", "c"])
Y = (X["a"] + 0.5 * X["b"] > 0).astype(int)


def check_autolog(client):
    mlflow.sklearn.autolog(silent=True)
    with mlflow.start_run(run_name="logistic") as run:
        model = LogisticRegression(C=0.5, max_iter=200).fit(X, Y)
        score = model.score(X, Y)
    mlflow.sklearn.autolog(disable=True)
    logged = client.get_run(run.info.run_id)
    data = logged.data
    equal("autologged params", {key: data.params.get(key) for key in ("C", "max_iter", "fit_intercept")},
          {"C": "0.5", "max_iter": "200", "fit_intercept": "True"})
    equal("autologged accuracy", data.metrics["training_accuracy_score"], score)
    later = [value for key, value in data.metrics.items() if key.startswith("LogisticRegression_score")]
    equal("autologged score of a later call", later, [score])
    check("autologged log loss", 0 < data.metrics["training_log_loss"] < 1, data.metrics)
    equal("estimator tag", data.tags["estimator_name"], "LogisticRegression")
    equal("autologged data set", [item.dataset.name for item in logged.inputs.dataset_inputs][:1], ["dataset"])
    if importlib.util.find_spec("matplotlib"):
        names = [item.path for item in client.list_artifacts(run.info.run_id)]
        check("autologged figures", "training_confusion_matrix.png" in names, names)
    loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    check("the autologged model predicts the same", np.array_equal(loaded.predict(X), model.predict(X)))
    check("its coefficients", np.array_equal(loaded.coef_, model.coef_))


def check_grid(client):
    mlflow.sklearn.autolog(silent=True, max_tuning_runs=4, log_models=False)
    with mlflow.start_run(run_name="grid") as run:
        search = GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.01, 0.1, 1.0, 10.0]}, cv=3).fit(X, Y)
    mlflow.sklearn.autolog(disable=True)
    data = client.get_run(run.info.run_id).data
    equal("best params", data.params["best_C"], str(search.best_params_["C"]))
    equal("best score", data.metrics["best_cv_score"], search.best_score_)
    children = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    means = dict(zip(map(str, search.cv_results_["param_C"]), search.cv_results_["mean_test_score"]))
    equal("child runs", {c.data.params["C"]: c.data.metrics["mean_test_score"] for c in children}, means)
    check("child runs are finished", {c.info.status for c in children} == {"FINISHED"})
    names = [item.path for item in client.list_artifacts(run.info.run_id)]
    check("cv_results.csv", "cv_results.csv" in names, names)


def log(model, path, **more):
    """The argument's name changed between the versions."""
    return mlflow.sklearn.log_model(model, **{"name" if IS_3 else "artifact_path": path}, **more)


def check_models(client):
    frame = X[["a", "b"]]
    models = [LinearRegression().fit(frame, frame["a"] * factor + 1) for factor in (2.0, 3.0)]
    infos = []
    for index, model in enumerate(models):
        with mlflow.start_run(run_name=f"m{index}"):
            infos.append(
                log(model, "line", signature=infer_signature(frame, model.predict(frame)),
                    input_example=frame.head(2), registered_model_name=MODEL,
                    pip_requirements=["scikit-learn"], metadata={"round": index}))
    versions = client.search_model_versions(f"name = '{MODEL}'", order_by=["version_number ASC"])
    equal("versions", [int(item.version) for item in versions], [1, 2])
    equal("runs of the versions", [item.run_id for item in versions], [info.run_id for info in infos])
    client.set_registered_model_alias(MODEL, "champion", "2")
    uris = {f"models:/{MODEL}/1": 0, f"models:/{MODEL}/2": 1, f"models:/{MODEL}@champion": 1,
            f"models:/{MODEL}/latest": 1, f"runs:/{infos[0].run_id}/line": 0, infos[1].model_uri: 1}
    for uri, index in uris.items():
        wanted = models[index].predict(frame)
        check(f"sklearn from {uri}", np.array_equal(mlflow.sklearn.load_model(uri).predict(frame), wanted))
        if uri.startswith(f"models:/{MODEL}@"):
            # It copies the table on the way, so the last bits may differ.
            check(f"pyfunc from {uri}", np.allclose(mlflow.pyfunc.load_model(uri).predict(frame), wanted, rtol=1e-12))
    info = mlflow.models.get_model_info(f"models:/{MODEL}/1")
    equal("signature", json.loads(info.signature.to_dict()["inputs"])[0]["name"], "a")
    equal("metadata", info.metadata, {"round": 0})
    example = mlflow.pyfunc.load_model(f"models:/{MODEL}/1").input_example
    check("input example", example is not None and np.allclose(np.asarray(example), frame.head(2).values))
    path = mlflow.artifacts.download_artifacts(f"models:/{MODEL}/1")
    with open(f"{path}/requirements.txt") as file:
        check("requirements", "scikit-learn" in file.read())
    client.transition_model_version_stage(MODEL, "1", "Production")
    equal("by stage", [int(v.version) for v in client.get_latest_versions(MODEL, ["Production"])], [1])
    check("sklearn by stage", np.array_equal(
        mlflow.sklearn.load_model(f"models:/{MODEL}/Production").predict(frame), models[0].predict(frame)))
    copied = client.copy_model_version(f"models:/{MODEL}@champion", f"{MODEL}-copy")
    equal("a copied version", (copied.name, int(copied.version)), (f"{MODEL}-copy", 1))
    check("predicts the same", np.array_equal(
        mlflow.sklearn.load_model(f"models:/{MODEL}-copy/1").predict(frame), models[1].predict(frame)))
    refused("an alias that is not there", "INVALID_PARAMETER_VALUE",
            lambda: mlflow.sklearn.load_model(f"models:/{MODEL}@none"))
    if IS_3:
        check_logged_models(client, infos, models, frame)
    else:
        history = json.loads(client.get_run(infos[0].run_id).data.tags["mlflow.log-model.history"])
        equal("the history of logged models", [item["artifact_path"] for item in history], ["line"])


def check_logged_models(client, infos, models, frame):
    ids = [info.model_id for info in infos]
    found = mlflow.search_logged_models(filter_string="name = 'line'", output_format="list",
                                        order_by=[{"field_name": "creation_timestamp", "ascending": True}])
    equal("search_logged_models", [item.model_id for item in found], ids)
    table = mlflow.search_logged_models(filter_string=f"source_run_id = '{infos[1].run_id}'")
    equal("search_logged_models as a table", list(table["model_id"]), ids[1:])
    model = mlflow.get_logged_model(ids[0])
    equal("logged model", (model.name, model.status, model.source_run_id), ("line", "READY", infos[0].run_id))
    check("from models:/m-...", np.array_equal(
        mlflow.sklearn.load_model(f"models:/{ids[0]}").predict(frame), models[0].predict(frame)))
    with mlflow.start_run() as run:
        data = mlflow.data.from_pandas(frame, name="test")
        mlflow.log_metric("rmse", 0.25, step=1, model_id=ids[1], dataset=data)
        mlflow.log_input(data, model=mlflow.entities.LoggedModelInput(ids[1]))
    metrics = mlflow.get_logged_model(ids[1]).metrics
    equal("metric of a model", [(m.key, m.value, m.step, m.dataset_name, m.run_id) for m in metrics],
          [("rmse", 0.25, 1, "test", run.info.run_id)])
    best = mlflow.search_logged_models(filter_string="metrics.rmse < 0.5", output_format="list")
    equal("search by a model's metric", [item.model_id for item in best], ids[1:])
    inputs = client.get_run(run.info.run_id).inputs.model_inputs
    equal("model input", [item.model_id for item in inputs], ids[1:])
    outputs = client.get_run(infos[0].run_id).outputs.model_outputs
    equal("model output", [item.model_id for item in outputs], ids[:1])
    client.set_logged_model_tags(ids[0], {"k": "v", "l": "w"})
    client.delete_logged_model_tag(ids[0], "l")
    equal("tags of a logged model", {k: v for k, v in mlflow.get_logged_model(ids[0]).tags.items()
                                     if not k.startswith("mlflow.")}, {"k": "v"})
    made = mlflow.initialize_logged_model(name="bare", params={"p": "1"}, tags={"t": "u"}, model_type="thing")
    equal("a model that is begun", mlflow.get_logged_model(made.model_id).status, "PENDING")
    mlflow.log_model_params({"q": "2"}, model_id=made.model_id)
    with tempfile.TemporaryDirectory() as folder:
        client.log_model_artifacts(made.model_id, mlflow.artifacts.download_artifacts(f"models:/{ids[0]}", dst_path=folder))
    names = sorted(item.path for item in client.list_logged_model_artifacts(made.model_id))
    check("artifacts of a logged model", {"MLmodel", "requirements.txt"} <= set(names), names)
    mlflow.finalize_logged_model(made.model_id, "READY")
    model = mlflow.get_logged_model(made.model_id)
    equal("and finished", (model.status, model.params, model.model_type), ("READY", {"p": "1", "q": "2"}, "thing"))
    client.delete_logged_model(made.model_id)
    refused("a deleted model", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.get_logged_model(made.model_id))


def check_pyfunc(client):
    class Doubler(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input * 2

    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(**{"name" if IS_3 else "artifact_path": "doubler"}, python_model=Doubler(),
                                pip_requirements=["pandas"])
    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/doubler")
    equal("a Python model", loaded.predict(pd.DataFrame({"x": [1, 2]}))["x"].tolist(), [2, 4])


def check_evaluation(client):
    """Needs packages that only the whole client brings."""
    if not (IS_3 and importlib.util.find_spec("matplotlib")):
        return
    model = LogisticRegression().fit(X, Y)
    data = X.assign(label=Y)
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(lambda frame: model.predict(frame[["a", "b", "c"]]), data, targets="label",
                                        model_type="classifier", evaluator_config={"log_explainer": False})
    logged = client.get_run(run.info.run_id).data.metrics
    equal("evaluated accuracy", logged["accuracy_score"], model.score(X, Y))
    equal("all its metrics", logged, {key: float(value) for key, value in result.metrics.items()})


def main():
    need_server()
    client = MlflowClient()
    mlflow.set_experiment(EXPERIMENT)
    section("autologging", lambda: check_autolog(client))
    section("a grid search", lambda: check_grid(client))
    section("models", lambda: check_models(client))
    section("a Python model", lambda: check_pyfunc(client))
    section("evaluation", lambda: check_evaluation(client))
    report()


if __name__ == "__main__":
    main()
