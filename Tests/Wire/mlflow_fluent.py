"""The fluent API as training scripts use it, with the current client and with 2.22.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python Tests/Wire/mlflow_fluent.py
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402

from wire_checks import SUFFIX, check, equal, need_server, refused, report, section  # noqa: E402

EXPERIMENT = f"fluent-{SUFFIX}"


def check_run_states(client):
    with mlflow.start_run(run_name="outer", tags={"a": "b"}, description="a note") as outer:
        equal("active run", mlflow.active_run().info.run_id, outer.info.run_id)
        with mlflow.start_run(run_name="inner", nested=True) as inner:
            equal("active run inside", mlflow.active_run().info.run_id, inner.info.run_id)
            equal("parent run", mlflow.get_parent_run(inner.info.run_id).info.run_id, outer.info.run_id)
        equal("a run without a parent", mlflow.get_parent_run(outer.info.run_id), None)
    equal("no active run", mlflow.active_run(), None)
    equal("last active run", mlflow.last_active_run().info.run_id, outer.info.run_id)
    run = mlflow.get_run(outer.info.run_id)
    equal("state at the end", run.info.status, "FINISHED")
    equal("description", run.data.tags["mlflow.note.content"], "a note")
    equal("run tag", run.data.tags["a"], "b")
    for tag in ("mlflow.user", "mlflow.source.name", "mlflow.source.type", "mlflow.runName"):
        check(f"system tag {tag}", run.data.tags.get(tag), run.data.tags)
    child = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{outer.info.run_id}'")
    equal("child runs are found by their parent", [r.info.run_id for r in child], [inner.info.run_id])
    try:
        with mlflow.start_run(run_name="fails") as failing:
            raise ValueError("on purpose")
    except ValueError:
        equal("a run that raised", client.get_run(failing.info.run_id).info.status, "FAILED")
    mlflow.start_run(run_name="killed")
    killed = mlflow.active_run().info.run_id
    mlflow.end_run("KILLED")
    equal("a run that was ended so", client.get_run(killed).info.status, "KILLED")
    with mlflow.start_run(run_id=killed):
        equal("a run that is taken up again", client.get_run(killed).info.status, "RUNNING")
        mlflow.log_metric("again", 1)
    equal("and ended", client.get_run(killed).info.status, "FINISHED")
    equal("its metric", client.get_run(killed).data.metrics, {"again": 1.0})
    return outer.info.run_id


def check_logging(client):
    with mlflow.start_run() as run:
        equal("log_param gives the value", mlflow.log_param("depth", 3), 3)
        mlflow.log_params({"rate": 0.1, "name": "späte Flüge ✈", "none": None, "list": [1, 2]})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metric("loss", 0.25, step=2, timestamp=1_700_000_000_123)
        mlflow.log_metrics({"a": 1, "b": float("nan"), "c": -0.0, "d": 1e-300}, step=7)
        mlflow.set_tags({"team": "ops", "number": 5})
        mlflow.set_tag("gone", "soon")
        mlflow.delete_tag("gone")
        mlflow.log_text("Grüße", "texts/hello.txt")
        mlflow.log_dict({"a": [1, {"b": None}]}, "dicts/a.json")
        mlflow.log_dict({"a": [1, 2]}, "dicts/a.yaml")
        mlflow.log_table({"q": ["x", "y"], "n": [1, 2]}, "table.json")
        mlflow.log_table({"q": ["z"], "n": [3]}, "table.json")
        if importlib.util.find_spec("PIL"):
            mlflow.log_image(np.zeros((4, 5, 3), dtype=np.uint8), "images/black.png")
            mlflow.log_image(np.full((4, 5), 255, dtype=np.uint8), key="white", step=3)
        if importlib.util.find_spec("matplotlib"):
            import matplotlib

            matplotlib.use("Agg")
            from matplotlib import pyplot

            figure, axes = pyplot.subplots()
            axes.plot([1, 2], [3, 4])
            mlflow.log_figure(figure, "figures/line.png")
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(f"{folder}/deep/er")
            for name, content in (("deep/er/x.bin", bytes(range(256))), ("empty", b""), ("a b&c=d.txt", b"blank")):
                with open(f"{folder}/{name}", "wb") as file:
                    file.write(content)
            mlflow.log_artifacts(folder, "tree")
        uri = mlflow.get_artifact_uri("tree/empty")
    data = client.get_run(run.info.run_id).data
    wanted = {"depth": "3", "rate": "0.1", "name": "späte Flüge ✈", "none": "None", "list": "[1, 2]"}
    equal("params", data.params, wanted)
    equal("metrics", {k: v for k, v in data.metrics.items() if k != "b"}, {"loss": 0.25, "a": 1.0, "c": 0.0, "d": 1e-300})
    check("NaN", np.isnan(data.metrics["b"]))
    history = client.get_metric_history(run.info.run_id, "loss")
    equal("history", [(m.step, m.value) for m in sorted(history, key=lambda m: m.step)], [(1, 0.5), (2, 0.25)])
    equal("a given time", max(history, key=lambda m: m.step).timestamp, 1_700_000_000_123)
    equal("tags", {key: data.tags.get(key) for key in ("team", "number", "gone")},
          {"team": "ops", "number": "5", "gone": None})
    check_artifacts(run.info.run_id, uri)


def check_artifacts(run_id, uri):
    root = f"runs:/{run_id}"
    check("artifact uri", uri.endswith(f"/{run_id}/artifacts/tree/empty"), uri)
    equal("log_text", mlflow.artifacts.load_text(f"{root}/texts/hello.txt"), "Grüße")
    equal("log_dict", mlflow.artifacts.load_dict(f"{root}/dicts/a.json"), {"a": [1, {"b": None}]})
    equal("log_dict as YAML", mlflow.artifacts.load_text(f"{root}/dicts/a.yaml").split(), "a: - 1 - 2".split())
    table = mlflow.load_table("table.json", run_ids=[run_id])
    equal("log_table twice", table.values.tolist(), [["x", 1], ["y", 2], ["z", 3]])
    names = [item.path for item in mlflow.artifacts.list_artifacts(run_id=run_id)]
    check("list_artifacts", {"texts", "dicts", "table.json", "tree"} <= set(names), names)
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f"{root}/tree", dst_path=folder)
        found = {}
        for at, _, files in os.walk(path):
            for name in files:
                with open(os.path.join(at, name), "rb") as file:
                    found[os.path.relpath(os.path.join(at, name), path)] = file.read()
        equal("log_artifacts and back", found,
              {"deep/er/x.bin": bytes(range(256)), "empty": b"", "a b&c=d.txt": b"blank"})
    if importlib.util.find_spec("PIL"):
        image = mlflow.artifacts.load_image(f"{root}/images/black.png")
        equal("log_image", (image.size, image.getpixel((0, 0))), ((5, 4), (0, 0, 0)))
        equal("log_image with a key", len(mlflow.artifacts.list_artifacts(f"{root}/images")) >= 2, True)
    if importlib.util.find_spec("matplotlib"):
        image = mlflow.artifacts.load_image(f"{root}/figures/line.png")
        check("log_figure", image.size[0] > 100, image.size)


def check_inputs(client):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    data = mlflow.data.from_pandas(frame, source="https://example.com/t.parquet", name="train", targets="y")
    array = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="array")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training", tags={"split": "1"})
        mlflow.log_input(data, context="training")
        mlflow.log_input(array, context="eval")
    inputs = {item.dataset.name: item for item in client.get_run(run.info.run_id).inputs.dataset_inputs}
    equal("inputs", sorted(inputs), ["array", "train"])
    dataset = inputs["train"].dataset
    equal("digest", dataset.digest, data.digest)
    equal("source type", dataset.source_type, "http")
    equal("source", json.loads(dataset.source), {"url": "https://example.com/t.parquet"})
    equal("profile", json.loads(dataset.profile), {"num_rows": 3, "num_elements": 6})
    check("schema", "mlflow_colspec" in json.loads(dataset.schema), dataset.schema)
    equal("context", {t.key: t.value for t in inputs["array"].tags}, {"mlflow.data.context": "eval"})
    equal("a source is built again", mlflow.data.get_source(dataset).url, "https://example.com/t.parquet")
    for text in ("dataset.name = 'train'", "datasets.name LIKE 'tr%'", f"dataset.digest = '{data.digest}'",
                 "dataset.context = 'eval'"):
        found = mlflow.search_runs(experiment_names=[EXPERIMENT], filter_string=text)
        equal(f"search by {text}", list(found.run_id), [run.info.run_id])


def check_asynchronous(client):
    with mlflow.start_run() as run:
        operations = [mlflow.log_metric("x", float(i), step=i, synchronous=False) for i in range(500)]
        mlflow.log_params({f"p{i}": i for i in range(150)}, synchronous=False)
        mlflow.set_tags({f"t{i}": i for i in range(120)}, synchronous=False)
        mlflow.flush_async_logging()
        for operation in operations[-3:]:
            operation.wait()
    history = client.get_metric_history(run.info.run_id, "x")
    equal("asynchronous metrics", sorted((m.step, m.value) for m in history), [(i, float(i)) for i in range(500)])
    data = client.get_run(run.info.run_id).data
    equal("asynchronous params", {k: data.params.get(k) for k in ("p0", "p149")}, {"p0": "0", "p149": "149"})
    equal("asynchronous tags", len([key for key in data.tags if not key.startswith("mlflow.")]), 120)


def check_search(client, outer):
    ids = []
    for index in range(5):
        with mlflow.start_run(run_name=f"s{index}") as run:
            mlflow.log_param("kind", "even" if index % 2 == 0 else "odd")
            mlflow.log_metric("score", index / 10)
            ids.append(run.info.run_id)

    def names(text, order=("metrics.score DESC",), **more):
        found = mlflow.search_runs(experiment_names=[EXPERIMENT], filter_string=text, order_by=list(order), **more)
        return list(found["tags.mlflow.runName"]) if len(found) else []

    equal("by param and metric", names("params.kind = 'even' and metrics.score > 0.1"), ["s4", "s2"])
    equal("by name", names("attributes.run_name ILIKE 'S_'"),
          ["s4", "s3", "s2", "s1", "s0"])
    equal("the first two", names("metrics.score >= 0", max_results=2), ["s4", "s3"])
    objects = mlflow.search_runs(experiment_names=[EXPERIMENT], filter_string="metrics.score < 0.15",
                                 order_by=["metrics.score"], output_format="list")
    equal("as objects", [run.info.run_id for run in objects], ids[:2])
    frame = mlflow.search_runs(search_all_experiments=True, filter_string=f"attributes.run_id = '{outer}'")
    equal("over all experiments", list(frame.run_id), [outer])
    mlflow.delete_run(ids[0])
    equal("a deleted run", client.get_run(ids[0]).info.lifecycle_stage, "deleted")
    equal("is not found", names("metrics.score < 0.05"), [])
    equal("but as deleted", names("", run_view_type=ViewType.DELETED_ONLY), ["s0"])
    client.restore_run(ids[0])
    equal("nor when restored", names("metrics.score < 0.05"), ["s0"])


def check_experiments(client):
    location = f"mlflow-artifacts:/elsewhere-{SUFFIX}"
    made = mlflow.create_experiment(f"{EXPERIMENT}-b", artifact_location=location, tags={"k": "v"})
    experiment = mlflow.get_experiment(made)
    equal("experiment", (experiment.name, experiment.tags, experiment.artifact_location),
          (f"{EXPERIMENT}-b", {"k": "v"}, location))
    with mlflow.start_run(experiment_id=made) as run:
        mlflow.log_text("there", "t.txt")
    check("artifacts lie at the location", run.info.artifact_uri.startswith(location), run.info.artifact_uri)
    equal("and are read from it", mlflow.artifacts.load_text(f"{run.info.artifact_uri}/t.txt"), "there")
    mlflow.set_experiment(experiment_id=made)
    mlflow.set_experiment_tags({"k": "w", "l": SUFFIX})
    equal("experiment tags", mlflow.get_experiment(made).tags, {"k": "w", "l": SUFFIX})
    found = mlflow.search_experiments(filter_string=f"name LIKE '{EXPERIMENT}%'", order_by=["name DESC"])
    equal("search_experiments", [item.name for item in found], [f"{EXPERIMENT}-b", EXPERIMENT])
    found = mlflow.search_experiments(filter_string=f"tags.l = '{SUFFIX}'")
    equal("search_experiments by tag", [item.experiment_id for item in found], [made])
    client.rename_experiment(made, f"{EXPERIMENT}-c")
    equal("a new name", mlflow.get_experiment_by_name(f"{EXPERIMENT}-c").experiment_id, made)
    mlflow.delete_experiment(made)
    equal("deleted", mlflow.get_experiment(made).lifecycle_stage, "deleted")
    refused("a run of a deleted experiment", "INVALID_PARAMETER_VALUE", lambda: client.create_run(made))
    gone = mlflow.search_experiments(ViewType.DELETED_ONLY, filter_string=f"name = '{EXPERIMENT}-c'")
    equal("search for deleted ones", [item.experiment_id for item in gone], [made])
    client.restore_experiment(made)
    equal("restored", mlflow.get_experiment(made).lifecycle_stage, "active")
    equal("and its run", client.get_run(run.info.run_id).info.lifecycle_stage, "active")
    mlflow.set_experiment(EXPERIMENT)


def check_limits(client):
    run_id = client.create_run(mlflow.get_experiment_by_name(EXPERIMENT).experiment_id).info.run_id
    points = [Metric("m", float(i), 1_700_000_000_000 + i, i) for i in range(1000)]
    client.log_batch(run_id, metrics=points)
    equal("1,000 points in a batch", len(client.get_metric_history(run_id, "m")), 1000)
    client.log_batch(run_id, params=[Param(f"p{i}", "v" * 6000) for i in range(100)],
                     tags=[RunTag(f"t{i}", "v" * 5000) for i in range(100)])
    data = client.get_run(run_id).data
    equal("100 params of 6,000 signs", {len(v) for k, v in data.params.items()}, {6000})
    equal("and so many", len(data.params), 100)
    equal("100 tags of 5,000 signs", sum(len(v) == 5000 for v in data.tags.values()), 100)
    refused("a bad key", "INVALID_PARAMETER_VALUE", lambda: client.log_metric(run_id, "a$b", 1))
    refused("a run that is not there", "RESOURCE_DOES_NOT_EXIST", lambda: client.log_metric("0" * 32, "a", 1))


def check_command_line(run_id):
    program = [sys.executable, "-m", "mlflow"]
    environment = dict(os.environ, PYTHONWARNINGS="ignore")

    def output(*arguments):
        done = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=120, env=environment)
        check(f"mlflow {' '.join(arguments[:2])} ends well", done.returncode == 0, done.stderr[-600:])
        return done.stdout

    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    check("mlflow experiments search", EXPERIMENT in output("experiments", "search"))
    check("mlflow runs list", run_id in output("runs", "list", "--experiment-id", experiment.experiment_id))
    with tempfile.TemporaryDirectory() as folder:
        MlflowClient().log_text(run_id, "by hand", "up.txt")
        output("artifacts", "download", "--run-id", run_id, "--artifact-path", "up.txt", "--dst-path", folder)
        with open(f"{folder}/up.txt") as file:
            equal("mlflow artifacts download", file.read(), "by hand")


def main():
    need_server()
    client = MlflowClient()
    mlflow.set_experiment(EXPERIMENT)
    outer = section("run states", lambda: check_run_states(client))
    section("logging", lambda: check_logging(client))
    section("inputs", lambda: check_inputs(client))
    section("asynchronous logging", lambda: check_asynchronous(client))
    section("search", lambda: check_search(client, outer))
    section("experiments", lambda: check_experiments(client))
    section("limits", lambda: check_limits(client))
    section("command line", lambda: check_command_line(outer))
    report()


if __name__ == "__main__":
    main()
