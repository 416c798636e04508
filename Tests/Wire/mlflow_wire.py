"""Does with the unmodified mlflow client what a training script does, reads everything back and compares.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python Tests/Wire/mlflow_wire.py

Prints one line for each check that fails, then "N passed, M failed"; exits non-zero if any check failed.
Names carry the process id and the time, so that it can run again and again against one server.
"""

import os
import struct
import sys
import tempfile
import warnings
import zlib

warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
import mlflow.onnx  # noqa: E402
import mlflow.pyfunc  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import urllib.request  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402
from wire_checks import SUFFIX, check, equal, need_server, refused, report, section  # noqa: E402

EXPERIMENT, MODEL = f"wire-{SUFFIX}", f"wire-model-{SUFFIX}"
ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [-5.0, 0.5]], dtype="float32")


def png():
    """A 2 x 2 PNG made by hand, so that the bytes are known."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\x00\x00\xff\x00\xff\x00"))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def linear_model(factor):
    """y = features * factor, summed: small, and its answer is known."""
    node = helper.make_node("MatMul", ["features", "w"], ["y"])
    weights = helper.make_tensor("w", TensorProto.FLOAT, [2, 1], [factor, factor])
    graph = helper.make_graph(
        [node],
        "linear",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def train(version):
    """One run with everything that a training script logs; registers MODEL's next version."""
    with mlflow.start_run(run_name=f"run-{version}") as run:
        mlflow.log_params({"depth": version, "rate": 0.1 * version})
        mlflow.log_param("note", "späte Flüge ✈")
        mlflow.set_tags({"team": "ops", "kind": "wire"})
        mlflow.set_tag("round", str(version))
        for step in range(5):
            mlflow.log_metric("loss", 1.0 / (step + version), step=step)
        mlflow.log_metrics({"roc_auc": 0.7 + 0.01 * version, "recall": 0.5}, step=4)
        table = pd.DataFrame({"a": [1.0, 2.0], "b": [0.5, 0.25], "late": [0, 1]})
        source = "file:///data/wire/train.parquet"
        mlflow.log_input(mlflow.data.from_pandas(table, source=source, name="wire-train", targets="late"), "training")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "roc.png")
            with open(path, "wb") as file:
                file.write(png())
            mlflow.log_artifact(path)
        mlflow.log_text("hello", "notes/deep/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "notes/a b.json")
        info = mlflow.onnx.log_model(
            linear_model(float(version)),
            name="model",
            registered_model_name=MODEL,
            pip_requirements=["onnx", "onnxruntime"],
            signature=mlflow.models.infer_signature(ROWS, {"y": ROWS[:, :1]}),
        )
    equal(f"registered version of run {version}", int(info.registered_model_version), version)
    return run.info.run_id


def check_server():
    address = os.environ["MLFLOW_TRACKING_URI"].rstrip("/")
    for path in ("/health", "/version"):
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            body = answer.read().decode()
        check(f"{path} answers", answer.status == 200 and body != "", body)
        if path == "/health":
            equal("/health body", body, "OK")


def check_experiment(client, experiment_id):
    by_name, by_id = client.get_experiment_by_name(EXPERIMENT), client.get_experiment(experiment_id)
    equal("experiment by name", by_name.experiment_id, experiment_id)
    equal("experiment by id", by_id.name, EXPERIMENT)
    equal("experiment is active", by_id.lifecycle_stage, "active")
    check("experiment has a creation time", (by_id.creation_time or 0) > 0)
    client.set_experiment_tag(experiment_id, "purpose", "wire")
    equal("experiment tag", client.get_experiment(experiment_id).tags.get("purpose"), "wire")
    found = client.search_experiments(filter_string=f"name = '{EXPERIMENT}'")
    equal("search_experiments", [item.experiment_id for item in found], [experiment_id])
    equal("an experiment that is not there", client.get_experiment_by_name(EXPERIMENT + "-none"), None)
    refused("experiment name twice", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(EXPERIMENT))
    refused("experiment id unknown", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("987654321"))


def check_run(client, run_id, version):
    run = client.get_run(run_id)
    equal("run name", run.info.run_name, f"run-{version}")
    equal("run status", run.info.status, "FINISHED")
    check("run times are in order", 0 < run.info.start_time <= run.info.end_time)
    params = {"depth": str(version), "rate": str(0.1 * version), "note": "späte Flüge ✈"}
    equal("params", run.data.params, params)
    equal("latest loss", run.data.metrics["loss"], 1.0 / (4 + version))
    equal("roc_auc", run.data.metrics["roc_auc"], 0.7 + 0.01 * version)
    tags = {key: run.data.tags.get(key) for key in ("team", "kind", "round", "mlflow.runName")}
    equal("tags", tags, {"team": "ops", "kind": "wire", "round": str(version), "mlflow.runName": f"run-{version}"})
    history = client.get_metric_history(run_id, "loss")
    points = [(point.step, point.value) for point in history]
    equal("metric history", points, [(step, 1.0 / (step + version)) for step in range(5)])
    check("metric timestamps", all(point.timestamp > 0 for point in history))
    equal("history of an unknown metric", list(client.get_metric_history(run_id, "none")), [])
    equal("dataset inputs", len(run.inputs.dataset_inputs), 1)
    entry = run.inputs.dataset_inputs[0]
    equal("dataset name", entry.dataset.name, "wire-train")
    check("dataset source", "/data/wire/train.parquet" in entry.dataset.source, entry.dataset.source)
    check("dataset digest, schema and profile", entry.dataset.digest and entry.dataset.schema and entry.dataset.profile)
    equal("dataset context", {tag.key: tag.value for tag in entry.tags}, {"mlflow.data.context": "training"})
    equal("model output", len(run.outputs.model_outputs), 1)


def check_artifacts(client, run_id):
    equal("artifacts at the root", sorted(a.path for a in client.list_artifacts(run_id) if a.path != "model"),
          ["notes", "roc.png"])
    notes = {a.path: (a.is_dir, a.file_size) for a in client.list_artifacts(run_id, "notes")}
    equal("artifacts in a folder", sorted(notes), ["notes/a b.json", "notes/deep"])
    equal("folder is a folder", notes["notes/deep"][0], True)
    sizes = {a.path: a.file_size for a in client.list_artifacts(run_id)}
    equal("file size", sizes["roc.png"], len(png()))
    equal("list of a missing folder", list(client.list_artifacts(run_id, "none")), [])
    uri = client.get_run(run_id).info.artifact_uri
    equal("load_text", mlflow.artifacts.load_text(f"{uri}/notes/deep/hello.txt"), "hello")
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="roc.png", dst_path=folder)
        with open(path, "rb") as file:
            equal("PNG bytes", file.read(), png())
        path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="notes", dst_path=folder)
        found = sorted(os.path.relpath(os.path.join(at, name), path) for at, _, names in os.walk(path) for name in names)
        equal("folder download", found, ["a b.json", "deep/hello.txt"])
        with open(os.path.join(path, "a b.json")) as file:
            equal("artifact with a blank in its name", file.read().split(), '{ "a": [ 1, 2 ] }'.split())


def check_search(client, experiment_id, run_ids):
    def runs(text, order=("metrics.roc_auc DESC",)):
        table = mlflow.search_runs(experiment_names=[EXPERIMENT], filter_string=text, order_by=list(order))
        return list(table.run_id) if len(table) else []

    equal("search_runs, best first", runs(""), run_ids[::-1])
    equal("search_runs, worst first", runs("", ["metrics.roc_auc ASC"]), run_ids)
    equal("filter on a metric", runs("metrics.roc_auc > 0.715"), run_ids[:0:-1])
    equal("filter on a param", runs("params.depth = '2'"), [run_ids[1]])
    equal("filter on a tag and a metric", runs("tags.round != '1' AND metrics.roc_auc < 0.725"), [run_ids[1]])
    equal("filter with LIKE", runs("tags.kind LIKE 'wi%' and attributes.run_name = 'run-3'"), [run_ids[2]])
    equal("filter on the status", len(runs("attributes.status = 'FINISHED'")), 3)
    equal("filter that finds nothing", runs("params.depth = '99'"), [])
    table = mlflow.search_runs(experiment_names=[EXPERIMENT], order_by=["params.depth ASC"])
    equal("search_runs columns", list(table["metrics.roc_auc"]), [0.71, 0.72, 0.73])
    page = client.search_runs([experiment_id], order_by=["metrics.roc_auc ASC"], max_results=2)
    rest = client.search_runs([experiment_id], order_by=["metrics.roc_auc ASC"], max_results=2, page_token=page.token)
    equal("search_runs by pages", [run.info.run_id for run in [*page, *rest]], run_ids)
    check("the last page has no token", not rest.token, rest.token)
    refused("a filter that is no filter", "INVALID_PARAMETER_VALUE", lambda: runs("metrics.roc_auc >"))


def check_registry(client, run_ids):
    model = client.get_registered_model(MODEL)
    equal("registered model", model.name, MODEL)
    equal("no aliases at first", dict(model.aliases), {})
    found = client.search_model_versions(f"name = '{MODEL}'", order_by=["version_number ASC"])
    equal("versions", [int(item.version) for item in found], [1, 2, 3])
    equal("run of each version", [item.run_id for item in found], run_ids)
    check("versions are ready", all(item.status == "READY" for item in found))
    by_run = client.search_model_versions(f"run_id = '{run_ids[1]}'")
    equal("version by run", [int(item.version) for item in by_run], [2])
    names = [item.name for item in client.search_registered_models(f"name = '{MODEL}'")]
    equal("search_registered_models", names, [MODEL])
    client.set_registered_model_alias(MODEL, "champion", "1")
    client.set_registered_model_alias(MODEL, "champion", "2")
    client.set_registered_model_alias(MODEL, "candidate", "3")
    equal("version by alias", int(client.get_model_version_by_alias(MODEL, "champion").version), 2)
    aliases = {key: int(value) for key, value in client.get_registered_model(MODEL).aliases.items()}
    equal("aliases of the model", aliases, {"champion": 2, "candidate": 3})
    equal("aliases of the version", list(client.get_model_version(MODEL, "3").aliases), ["candidate"])
    client.delete_registered_model_alias(MODEL, "candidate")
    equal("an alias taken away", list(client.get_model_version(MODEL, "3").aliases), [])
    client.set_model_version_tag(MODEL, "2", "checked", "yes")
    client.update_model_version(MODEL, "2", description="the better one")
    client.set_registered_model_tag(MODEL, "tier", "2")
    client.update_registered_model(MODEL, description="a test model")
    version, model = client.get_model_version(MODEL, "2"), client.get_registered_model(MODEL)
    equal("version tag", version.tags.get("checked"), "yes")
    equal("version description", version.description, "the better one")
    equal("model tag", model.tags.get("tier"), "2")
    equal("model description", model.description, "a test model")
    refused("unknown version", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version(MODEL, "99"))
    refused("unknown model", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(MODEL + "-none"))
    refused("alias of a missing version", "RESOURCE_DOES_NOT_EXIST",
            lambda: client.set_registered_model_alias(MODEL, "x", "99"))


def check_loading(run_id):
    total = ROWS.sum(axis=1, keepdims=True)
    for uri, factor in [(f"models:/{MODEL}/1", 1.0), (f"models:/{MODEL}/3", 3.0), (f"models:/{MODEL}@champion", 2.0),
                        (f"runs:/{run_id}/model", 1.0)]:
        loaded = mlflow.onnx.load_model(uri)
        equal(f"onnx bytes from {uri}", loaded.SerializeToString(), linear_model(factor).SerializeToString())
        answer = mlflow.pyfunc.load_model(uri).predict(ROWS)
        values = np.asarray(answer["y"] if hasattr(answer, "keys") else answer).reshape(-1, 1)
        check(f"prediction from {uri}", np.array_equal(values, total * factor), values.tolist())


def check_writes(client, experiment_id):
    """What a retrying or careless client sends."""
    run_id = client.create_run(experiment_id, run_name="careless").info.run_id
    client.log_param(run_id, "a", "1")
    client.log_param(run_id, "a", "1")
    refused("a param that changes", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run_id, "a", "2"))
    for _ in range(2):
        client.log_metric(run_id, "m", 1.5, timestamp=1000, step=-3)
    equal("a metric sent twice is stored once", len(client.get_metric_history(run_id, "m")), 1)
    client.log_metric(run_id, "nan", float("nan"))
    client.log_metric(run_id, "inf", float("inf"))
    metrics = client.get_run(run_id).data.metrics
    check("NaN comes back", np.isnan(metrics["nan"]), metrics["nan"])
    equal("infinity comes back as the largest number", metrics["inf"], sys.float_info.max)
    points = [Metric("many", float(i), 2000 + i, i) for i in range(900)]
    client.log_batch(run_id, points, [Param("p", "q")], [RunTag("t", "u")])
    history = client.get_metric_history(run_id, "many")
    equal("a batch of 900 points", [(m.step, m.value) for m in history], [(i, float(i)) for i in range(900)])
    client.set_tag(run_id, "t", "v")
    client.set_tag(run_id, "gone", "x")
    client.delete_tag(run_id, "gone")
    tags = client.get_run(run_id).data.tags
    check("tags after an upsert and a delete", tags.get("t") == "v" and "gone" not in tags, tags)
    client.set_terminated(run_id, "FAILED")
    equal("a failed run", client.get_run(run_id).info.status, "FAILED")
    client.delete_run(run_id)
    equal("a deleted run", client.get_run(run_id).info.lifecycle_stage, "deleted")
    refused("writing to a deleted run", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run_id, "b", "1"))
    active = client.search_runs([experiment_id], run_view_type=ViewType.ACTIVE_ONLY)
    gone = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    check("deleted runs are found only when asked for", run_id not in [r.info.run_id for r in active]
          and [r.info.run_id for r in gone] == [run_id])
    refused("a run that is not there", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("0" * 32))


def main():
    need_server()
    client = MlflowClient()
    section("server", check_server)
    experiment = section("set_experiment", lambda: mlflow.set_experiment(EXPERIMENT))
    run_ids = section("training", lambda: [train(version) for version in (1, 2, 3)])
    if experiment is not None:
        experiment_id = experiment.experiment_id
        section("experiment", lambda: check_experiment(client, experiment_id))
        if run_ids is not None:
            section("run", lambda: check_run(client, run_ids[1], 2))
            section("artifacts", lambda: check_artifacts(client, run_ids[0]))
            section("search", lambda: check_search(client, experiment_id, run_ids))
            section("registry", lambda: check_registry(client, run_ids))
            section("loading", lambda: check_loading(run_ids[0]))
        section("writes", lambda: check_writes(client, experiment_id))
    report()


if __name__ == "__main__":
    main()
