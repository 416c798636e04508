"""Fills an MLflow server with one of everything that an import has to bring over. MLFLOW_TRACKING_URI says which.

    import_fill.py          everything
    import_fill.py later    what a team goes on to do on a server that was filled before

Runs with MLflow 2.22 too, whose servers have no logged models and no assessments.
"""

import math
import os
import sys
import tempfile

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from sklearn.linear_model import LogisticRegression

client = MlflowClient()
IS_OLD = mlflow.__version__.startswith("2.")


def history(run_id, key, values, start=1_700_000_000_000):
    """Logs one point a value, in batches of a thousand."""
    points = [Metric(key, value, start + index, index) for index, value in enumerate(values)]
    for first in range(0, len(points), 1000):
        client.log_batch(run_id, metrics=points[first : first + 1000])


def experiments():
    for name in ("churn", "prices é", "to be deleted"):
        client.create_experiment(name, tags={"team": "alpha", "note": "a 'quoted' text\nwith two lines"})
    client.set_experiment_tag("0", "default", "yes")


def churn():
    mlflow.set_experiment("churn")
    frame = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0, 0, 1, 1]})
    with mlflow.start_run(run_name="parent", description="the first one") as parent:
        mlflow.log_params({"depth": 3, "path/with.dots-and space": "ü" * 300, "empty": ""})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="train", targets="y"), context="training")
        mlflow.log_input(mlflow.data.from_pandas(frame * 2, name="test"), context="validation", tags={"fold": "1"})
        history(parent.info.run_id, "loss", [1 / (1 + step) for step in range(2500)])
        odd = [math.nan, math.inf, -math.inf, -0.0, 1e-300, 1.7976931348623157e308, 0.1 + 0.2]
        history(parent.info.run_id, "odd/values", odd)
        client.log_metric(parent.info.run_id, "late", 5, timestamp=5, step=-7)
        client.log_metric(parent.info.run_id, "late", 4, timestamp=9, step=-7)
        client.log_metric(parent.info.run_id, "late", 4, timestamp=9, step=2**53 + 1)
        mlflow.log_text("hello", "notes/readme.txt")
        mlflow.log_text("", "notes/empty.txt")
        mlflow.log_dict({"a": [1, 2]}, "data é/with space.json")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "big.bin")
            with open(path, "wb") as file:
                file.write(numpy.random.default_rng(7).bytes(3_000_000))
            mlflow.log_artifact(path)
        for child in range(3):
            with mlflow.start_run(run_name=f"child-{child}", nested=True):
                mlflow.log_metric("auc", 0.5 + child / 10)
                mlflow.set_tag("kind", "child")
    return parent.info.run_id


def other_runs():
    prices = client.get_experiment_by_name("prices é").experiment_id
    failed = client.create_run(prices, start_time=1_600_000_000_000, run_name="failed", tags={"a": "b"})
    client.log_batch(failed.info.run_id, params=[Param("p", "1")], tags=[RunTag("long", "x" * 7000)])
    client.set_terminated(failed.info.run_id, "FAILED", end_time=1_600_000_100_000)
    gone = client.create_run(prices, run_name="gone")
    client.log_metric(gone.info.run_id, "m", 1.5)
    client.set_terminated(gone.info.run_id, "KILLED")
    client.delete_run(gone.info.run_id)
    client.create_run(prices, run_name="still running")
    client.create_run("0", run_name="in Default")
    trash = client.get_experiment_by_name("to be deleted").experiment_id
    client.create_run(trash, run_name="in the trash")
    client.delete_experiment(trash)


def registry(run_id):
    model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    if IS_OLD:
        with mlflow.start_run(run_name="model maker"):
            mlflow.sklearn.log_model(model, "classifier", input_example=[[1.0]], registered_model_name="churn-model")
    else:
        logged_model(model)
    client.create_model_version("churn-model", f"runs:/{run_id}/notes", run_id, description="a second one")
    client.create_model_version("churn-model", "s3://bucket/model", tags={"where": "far"})
    client.delete_model_version("churn-model", "2")
    first = client.get_model_version("churn-model", "1")
    logged = {} if IS_OLD else {"model_id": first.source.removeprefix("models:/")}
    client.create_model_version("churn-model", first.source, first.run_id, {"again": "yes"}, **logged)
    client.update_registered_model("churn-model", "Who leaves?")
    client.set_registered_model_tag("churn-model", "owner", "ops")
    client.set_registered_model_alias("churn-model", "champion", "1")
    client.set_registered_model_alias("churn-model", "challenger", "4")
    client.transition_model_version_stage("churn-model", "1", "Production")
    client.transition_model_version_stage("churn-model", "3", "Archived")
    client.create_registered_model("empty model", tags={"t": "v"}, description="nothing in it")


def logged_model(model):
    with mlflow.start_run(run_name="model maker") as run:
        info = mlflow.sklearn.log_model(
            model, name="classifier", input_example=[[1.0]], registered_model_name="churn-model", params={"alpha": 1}
        )
        mlflow.log_metric("accuracy", 0.75, step=3, model_id=info.model_id)
        mlflow.log_metric("accuracy", math.nan, step=4, model_id=info.model_id)
    client.set_logged_model_tags(info.model_id, {"stage": "kept"})
    with mlflow.start_run(run_name="model reader"):
        client.log_inputs(mlflow.active_run().info.run_id, models=[mlflow.entities.LoggedModelInput(info.model_id)])


def prompts():
    if IS_OLD:
        mlflow.register_prompt("greeting", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
        mlflow.register_prompt("greeting", "Hi {{name}}", commit_message="second")
        mlflow.set_prompt_alias("greeting", "live", 2)
        return
    mlflow.genai.register_prompt("greeting", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
    mlflow.genai.register_prompt("greeting", [{"role": "user", "content": "Hi {{name}}"}])
    mlflow.genai.set_prompt_alias("greeting", "live", 2)


def traces():
    mlflow.set_experiment("prices é")

    @mlflow.trace(name="answer", attributes={"depth": 2})
    def answer(question):
        with mlflow.start_span("search", span_type="RETRIEVER") as span:
            span.set_inputs({"q": question})
            span.set_outputs(["a", "b"])
        return question.upper()

    for question in ("one", "two", "three"):
        answer(question)
        if IS_OLD:
            trace_id = mlflow.get_last_active_trace().info.request_id
            client.set_trace_tag(trace_id, "asked", question)
            continue
        trace_id = mlflow.get_last_active_trace_id()
        mlflow.flush_trace_async_logging()
        mlflow.set_trace_tag(trace_id, "asked", question)
        source = mlflow.entities.AssessmentSource("HUMAN", "ann@example.com")
        mlflow.log_feedback(trace_id=trace_id, name="good", value=question != "two", source=source, rationale="because")
        mlflow.log_expectation(trace_id=trace_id, name="expected", value=question, source=source)


def later():
    """New work, some of it about what was there before: an old run is registered, an old version promoted."""
    old = client.search_runs([client.get_experiment_by_name("churn").experiment_id], "run_name = 'parent'")[0]
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="later") as run:
        history(run.info.run_id, "loss", [1 / (1 + step) for step in range(300)], start=1_750_000_000_000)
        mlflow.log_text("later", "later.txt")
    client.create_model_version("churn-model", f"runs:/{old.info.run_id}/notes", old.info.run_id)
    if not IS_OLD:
        made = mlflow.initialize_logged_model("later", source_run_id=old.info.run_id)
        mlflow.finalize_logged_model(made.model_id, "READY")
    client.create_registered_model("later-model")
    client.create_model_version("later-model", f"{run.info.artifact_uri}", run.info.run_id)

    @mlflow.trace(name="later")
    def answer():
        return 1

    mlflow.set_experiment("prices é")
    answer()
    if not IS_OLD:
        mlflow.flush_trace_async_logging()


if sys.argv[1:] == ["later"]:
    later()
else:
    experiments()
    parent_run = churn()
    other_runs()
    registry(parent_run)
    prompts()
    traces()
print("filled")
