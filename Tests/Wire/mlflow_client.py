"""MlflowClient, call by call, with the current client and with 2.22: tracking and registry.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python Tests/Wire/mlflow_client.py
"""

import math
import os
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")

from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402
from requests import HTTPError  # noqa: E402

from wire_checks import SUFFIX, check, equal, need_server, refused, report, section  # noqa: E402

EXPERIMENT, MODEL = f"client-{SUFFIX}", f"client-model-{SUFFIX}"


def check_experiments(client):
    made = client.create_experiment(EXPERIMENT, tags={"a": "1"})
    experiment = client.get_experiment(made)
    equal("artifact location", experiment.artifact_location, f"mlflow-artifacts:/{made}")
    equal("created and changed", experiment.creation_time, experiment.last_update_time)
    client.set_experiment_tag(made, "b", "2")
    equal("tags", client.get_experiment(made).tags, {"a": "1", "b": "2"})
    if hasattr(client, "delete_experiment_tag"):
        client.delete_experiment_tag(made, "b")
        equal("tags after one was deleted", client.get_experiment(made).tags, {"a": "1"})
    page = client.search_experiments(max_results=1, order_by=["creation_time DESC"])
    equal("the newest experiment", [item.experiment_id for item in page], [made])
    check("a page follows", page.token)
    rest = client.search_experiments(max_results=1000, page_token=page.token, order_by=["creation_time DESC"])
    check("the default experiment is on it", "Default" in [item.name for item in rest])
    refused("a name twice", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(EXPERIMENT))
    refused("no name", "INVALID_PARAMETER_VALUE", lambda: client.create_experiment(""))
    refused("an experiment that is not there", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("987654321"))
    refused("restoring an active one", "RESOURCE_DOES_NOT_EXIST", lambda: client.restore_experiment(made))
    equal("an unknown name", client.get_experiment_by_name(f"{EXPERIMENT}-none"), None)
    return made


def check_runs(client, experiment):
    before = int(time.time() * 1000)
    made = client.create_run(experiment, start_time=1_700_000_000_000, tags={"t": "1"}, run_name="first")
    run_id = made.info.run_id
    equal("created", (made.info.run_name, made.info.status, made.info.start_time, made.info.end_time),
          ("first", "RUNNING", 1_700_000_000_000, None))
    equal("artifact uri", made.info.artifact_uri, f"mlflow-artifacts:/{experiment}/{run_id}/artifacts")
    client.log_param(run_id, "p", 1)
    client.log_param(run_id, "p", 1)
    refused("a param that changes", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run_id, "p", 2))
    for step, value in ((5, 0.5), (-1, 2.5), (3, math.nan), (2**63 - 1, 1.0)):
        client.log_metric(run_id, "m", value, timestamp=before + 1, step=step)
    equal("the latest metric has the largest step", client.get_run(run_id).data.metrics, {"m": 1.0})
    history = client.get_metric_history(run_id, "m")
    equal("steps of the history", [point.step for point in history], [-1, 3, 5, 2**63 - 1])
    check("NaN in the history", math.isnan(history[1].value))
    client.log_batch(run_id, [Metric("n", 1.5, before, 0), Metric("n", 1.5, before, 0), Metric("n", 2.5, before, 1)],
                     [Param("q", "x")], [RunTag("u", "v"), RunTag("t", "2")])
    equal("a point twice in a batch is one", [(p.value, p.step) for p in client.get_metric_history(run_id, "n")],
          [(1.5, 0), (2.5, 1)])
    client.set_tag(run_id, "w", "x")
    client.delete_tag(run_id, "w")
    refused("a tag that is not there", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_tag(run_id, "w"))
    data = client.get_run(run_id).data
    equal("params", data.params, {"p": "1", "q": "x"})
    equal("tags", data.tags, {"t": "2", "u": "v", "mlflow.runName": "first"})
    client.update_run(run_id, status="SCHEDULED", name="renamed")
    run = client.get_run(run_id)
    equal("updated", (run.info.status, run.info.run_name, run.data.tags["mlflow.runName"]),
          ("SCHEDULED", "renamed", "renamed"))
    client.set_terminated(run_id, "FAILED", end_time=before + 5)
    equal("terminated", (client.get_run(run_id).info.status, client.get_run(run_id).info.end_time),
          ("FAILED", before + 5))
    client.delete_run(run_id)
    refused("writing to a deleted run", "INVALID_PARAMETER_VALUE", lambda: client.log_metric(run_id, "m", 1))
    equal("deleted only", [r.info.run_id for r in client.search_runs([experiment], "", ViewType.DELETED_ONLY)], [run_id])
    client.restore_run(run_id)
    equal("restored", client.get_run(run_id).info.lifecycle_stage, "active")
    check_run_artifacts(client, run_id)
    check_pages(client, experiment)


def check_run_artifacts(client, run_id):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ünï cödé.txt")
        with open(path, "w") as file:
            file.write("x" * 100_000)
        client.log_artifact(run_id, path, "in/here")
        client.log_artifacts(run_id, folder, "all")
        client.log_text(run_id, "second", "in/here/other.txt")
        client.log_dict(run_id, {"k": 1}, "in/k.json")
        listed = {item.path: item.file_size for item in client.list_artifacts(run_id, "in/here")}
        equal("listed", listed, {"in/here/ünï cödé.txt": 100_000, "in/here/other.txt": 6})
        equal("a file lists as nothing", list(client.list_artifacts(run_id, "in/k.json")), [])
        down = client.download_artifacts(run_id, "in", folder)
        with open(os.path.join(down, "here", "ünï cödé.txt")) as file:
            equal("downloaded", file.read(), "x" * 100_000)
    try:
        client.list_artifacts(run_id, "../..")
        check("a way out", False, "was accepted")
    except HTTPError as error:
        equal("a way out", error.response.status_code, 400)


def check_pages(client, experiment):
    ids = [client.create_run(experiment, start_time=1_800_000_000_000 + index).info.run_id for index in range(7)]
    found, token = [], None
    while True:
        page = client.search_runs([experiment], "attributes.start_time >= 1800000000000", max_results=3,
                                  order_by=["attributes.start_time ASC"], page_token=token)
        found += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    equal("seven runs by pages of three", found, ids)
    refused("a token that nobody gave", "INVALID_PARAMETER_VALUE",
            lambda: client.search_runs([experiment], page_token="bm9uZQ=="))


def check_registry(client, experiment):
    run_id = client.create_run(experiment).info.run_id
    client.log_text(run_id, "weights", "model/weights.txt")
    source = f"{client.get_run(run_id).info.artifact_uri}/model"
    model = client.create_registered_model(MODEL, tags={"k": "v"}, description="words")
    equal("created", (model.name, model.tags, model.description, model.aliases), (MODEL, {"k": "v"}, "words", {}))
    refused("a model twice", "RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model(MODEL))
    for index in range(3):
        version = client.create_model_version(MODEL, source, run_id, tags={"n": str(index)}, description=f"d{index}")
        equal("numbered", (int(version.version), version.status, version.source, version.run_id),
              (index + 1, "READY", source, run_id))
    refused("a file of the server", "INVALID_PARAMETER_VALUE",
            lambda: client.create_model_version(MODEL, "file:///etc/passwd"))
    equal("download uri", client.get_model_version_download_uri(MODEL, "1"), source)
    found = client.search_model_versions(f"name = '{MODEL}' and tags.n = '1'")
    equal("versions by tag", [int(item.version) for item in found], [2])
    page = client.search_model_versions(f"name = '{MODEL}'", max_results=2, order_by=["version_number DESC"])
    rest = client.search_model_versions(f"name = '{MODEL}'", max_results=2, order_by=["version_number DESC"],
                                        page_token=page.token)
    equal("versions by pages", [int(item.version) for item in [*page, *rest]], [3, 2, 1])
    client.set_registered_model_alias(MODEL, "best", "1")
    client.set_registered_model_alias(MODEL, "best", "3")
    equal("by alias", int(client.get_model_version_by_alias(MODEL, "best").version), 3)
    refused("a reserved alias", "INVALID_PARAMETER_VALUE",
            lambda: client.set_registered_model_alias(MODEL, "latest", "1"))
    client.delete_model_version(MODEL, "3")
    refused("a deleted version", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version(MODEL, "3"))
    equal("its alias is gone", client.get_registered_model(MODEL).aliases, {})
    check_stages_and_tags(client)
    client.rename_registered_model(MODEL, f"{MODEL}-2")
    equal("versions move with the name", sorted(int(v.version) for v in client.search_model_versions(
        f"name = '{MODEL}-2'")), [1, 2])
    refused("the old name", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(MODEL))
    client.delete_registered_model(f"{MODEL}-2")
    refused("the deleted model", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(f"{MODEL}-2"))


def check_stages_and_tags(client):
    for number in ("1", "2"):
        client.transition_model_version_stage(MODEL, number, "Production", archive_existing_versions=True)
    stages = {int(v.version): v.current_stage for v in client.search_model_versions(f"name = '{MODEL}'")}
    equal("stages", stages, {1: "Archived", 2: "Production"})
    equal("the latest of each stage", sorted((v.current_stage, int(v.version)) for v in
                                              client.get_latest_versions(MODEL)), [("Archived", 1), ("Production", 2)])
    client.set_model_version_tag(MODEL, "1", "x", "y")
    client.set_model_version_tag(MODEL, version="2", key="x", value="z")
    client.delete_model_version_tag(MODEL, "2", "x")
    equal("version tags", (client.get_model_version(MODEL, "1").tags, client.get_model_version(MODEL, "2").tags),
          ({"n": "0", "x": "y"}, {"n": "1"}))
    client.set_registered_model_tag(MODEL, "l", "w")
    client.delete_registered_model_tag(MODEL, "k")
    client.update_registered_model(MODEL, "other words")
    client.update_model_version(MODEL, "1", "d9")
    model = client.get_registered_model(MODEL)
    equal("model tags and words", (model.tags, model.description), ({"l": "w"}, "other words"))
    equal("version words", client.get_model_version(MODEL, "1").description, "d9")
    check("last changed", model.last_updated_timestamp >= model.creation_timestamp)
    found = client.search_registered_models("tags.l = 'w'", order_by=["name ASC"])
    equal("models by tag", [item.name for item in found], [MODEL])
    equal("its latest versions", sorted(int(v.version) for v in found[0].latest_versions), [1, 2])
    equal("models by pattern", [m.name for m in client.search_registered_models(f"name ILIKE '{MODEL.upper()}'")], [MODEL])


def main():
    need_server()
    client = MlflowClient()
    experiment = section("experiments", lambda: check_experiments(client))
    section("runs", lambda: check_runs(client, experiment))
    section("registry", lambda: check_registry(client, experiment))
    report()


if __name__ == "__main__":
    main()
