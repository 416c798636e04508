"""Compares all that a real MLflow server holds with a Slipway server that imported it.

    import_compare.py MLFLOW SLIPWAY           everything
    import_compare.py MLFLOW SLIPWAY MILLIS    what `--since` brings: what was made since then, versions that are in use,
                                               and the runs and logged models that these versions come from

Runs with MLflow 2.22, too, against a server of that version.
"""

import base64
import hashlib
import json
import math
import os
import sys
import tempfile

import mlflow
import requests
from mlflow import MlflowClient
from mlflow.entities import ViewType

THERE, HERE = sys.argv[1:3]
SINCE = int(sys.argv[3]) if len(sys.argv) > 3 else None
IS_OLD = mlflow.__version__.startswith("2.")
EXPERIMENTS = "_mlflow_experiment_ids"
PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'"
there, here = MlflowClient(THERE), MlflowClient(HERE)
passed, failures = 0, []


def equal(what, left, right):
    global passed
    if plain(left) == plain(right):
        passed += 1
    else:
        failures.append(f"{what}:\n  there {left!r}\n  here  {right!r}")


def plain(value):
    """NaN equals NaN here."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def pages(search):
    found, token = [], None
    while True:
        page = search(token)
        found += page
        token = page.token
        if not token:
            return found


def digests(uri, tracking, run=None):
    """The path, size and SHA-256 of every file under an artifact URI, which may be a run's."""
    mlflow.set_tracking_uri(tracking)
    if run and not MlflowClient(tracking).list_artifacts(run):
        return {}  # MLflow 2 answers 500 to who downloads a folder that is not there
    with tempfile.TemporaryDirectory() as folder:
        try:
            root = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder, tracking_uri=tracking)
        except Exception as error:  # an empty folder is an error of the client's
            return {} if "does not exist" in str(error) or "No such" in str(error) else {"error": str(error)}
        files = {}
        for base, _, names in os.walk(root):
            for name in names:
                path = os.path.join(base, name)
                with open(path, "rb") as file:
                    data = file.read()
                files[os.path.relpath(path, root)] = (len(data), hashlib.sha256(data).hexdigest())
        return files


def experiments():
    def all_of(client):
        found = pages(lambda token: client.search_experiments(ViewType.ALL, page_token=token))
        return {item.experiment_id: item for item in found}

    left, right = all_of(there), all_of(here)
    equal("experiment ids", sorted(left), sorted(right))
    for id, item in left.items():
        other = right[id]
        for field in ("name", "lifecycle_stage", "tags"):
            equal(f"experiment {id} {field}", getattr(item, field), getattr(other, field))
        if id != "0":
            for field in ("creation_time", "last_update_time"):
                equal(f"experiment {id} {field}", getattr(item, field), getattr(other, field))
    return list(left)


def run_fields(run):
    info = run.info
    return {
        "info": [info.run_id, info.run_name, info.experiment_id, info.user_id, info.status, info.start_time]
        + [info.end_time, info.lifecycle_stage],
        "metrics": sorted((m.key, m.value, m.timestamp, m.step) for m in run.data._metric_objs),
        "params": run.data.params,
        "tags": run.data.tags,
        "datasets": sorted(
            json.dumps([item.dataset.to_dictionary(), sorted((tag.key, tag.value) for tag in item.tags)], sort_keys=True)
            for item in run.inputs.dataset_inputs
        ),
        "inputs": [] if IS_OLD else sorted(item.model_id for item in run.inputs.model_inputs or []),
        "outputs": [] if IS_OLD or not run.outputs else sorted((o.model_id, o.step) for o in run.outputs.model_outputs),
    }


def is_wanted(version, aliases):
    in_use = aliases or version.current_stage in ("Staging", "Production")
    return SINCE is None or version.creation_timestamp >= SINCE or bool(in_use)


def wanted_versions(name, filter):
    """The versions of a model there that should be here, by number."""
    query = f"name = '{name}'" + (f" AND {filter}" if filter else "")
    found = pages(lambda token: there.search_model_versions(query, page_token=token))
    model = next(m for m in pages(lambda token: there.search_registered_models(filter, page_token=token)) if m.name == name)
    used = {str(number) for number in model.aliases.values()}
    return {item.version: item for item in found if is_wanted(item, item.version in used)}


def behind_versions():
    """The runs and logged models that wanted versions come from, and the runs behind wanted logged models."""
    runs, models = set(), set()
    if not IS_OLD:
        ids = [item.experiment_id for item in there.search_experiments(ViewType.ALL)]
        found = pages(lambda token: there.search_logged_models(ids, page_token=token))
        models |= {model.model_id for model in found if model.creation_timestamp >= SINCE}
    for model in pages(lambda token: there.search_registered_models(page_token=token)):
        for version in wanted_versions(model.name, None).values():
            runs.add(version.run_id)
            if not IS_OLD and version.model_id:
                models.add(version.model_id)
            elif version.source.startswith("models:/m-"):
                models.add(version.source.removeprefix("models:/"))
    for id in models:
        model = there.get_logged_model(id)
        runs |= {model.source_run_id} | {metric.run_id for metric in model.metrics or []}
    return runs, models


def runs(ids):
    def all_of(client):
        found = pages(lambda token: client.search_runs(ids, run_view_type=ViewType.ALL, page_token=token))
        return {run.info.run_id: run for run in found}

    left, right = all_of(there), all_of(here)
    if SINCE is not None:
        behind, _ = behind_versions()
        left = {id: run for id, run in left.items() if run.info.start_time >= SINCE or id in behind}
        assert 0 < len(left) < len(all_of(there)), "the time must lie between the runs"
    equal("run ids", sorted(left), sorted(right))
    points = 0
    for id in left:
        mine, theirs = run_fields(here.get_run(id)), run_fields(there.get_run(id))
        for field in theirs:
            equal(f"run {id} {field}", theirs[field], mine[field])
        for key in left[id].data.metrics:
            history = [[(p.value, p.timestamp, p.step) for p in c.get_metric_history(id, key)] for c in (there, here)]
            equal(f"history of {key} of {id}", *history)
            points += len(history[0])
        equal(
            f"artifacts of {id}",
            digests(left[id].info.artifact_uri, THERE, id),
            digests(right[id].info.artifact_uri, HERE, id),
        )
    return points


def logged_models(ids):
    def all_of(client):
        found = pages(lambda token: client.search_logged_models(ids, page_token=token))
        return {model.model_id: model for model in found}

    left, right = all_of(there), all_of(here)
    if SINCE is not None:
        _, behind = behind_versions()
        left = {id: model for id, model in left.items() if model.creation_timestamp >= SINCE or id in behind}
    equal("logged model ids", sorted(left), sorted(right))
    for id, model in left.items():
        for field in (
            "experiment_id", "name", "model_type", "source_run_id", "status", "creation_timestamp", "params", "tags",
        ):
            equal(f"logged model {id} {field}", getattr(model, field), getattr(right[id], field))
        metrics = [
            sorted(
                ((m.key, m.timestamp, m.step, str(m.value), m.run_id, m.dataset_name) for m in item.metrics or []),
                key=str,
            )
            for item in (model, right[id])
        ]
        equal(f"metrics of {id}", *metrics)
        equal(f"files of {id}", digests(model.artifact_location, THERE), digests(right[id].artifact_location, HERE))


def registry():
    for filter in (None, PROMPTS):

        def models_of(client):
            found = pages(lambda token: client.search_registered_models(filter, page_token=token))
            return {model.name: model for model in found}

        left, right = models_of(there), models_of(here)
        if SINCE is not None:
            left = {name: model for name, model in left.items() if wanted_versions(name, filter)}
        equal(f"models {filter}", sorted(left), sorted(right))
        for name, model in left.items():
            for field in ("description", "tags", "aliases", "creation_timestamp", "last_updated_timestamp"):
                theirs, mine = getattr(model, field), getattr(right[name], field)
                if field == "tags":
                    # Written by whoever loads a prompt, and what people write here stays.
                    theirs, mine = ({k: v for k, v in tags.items() if k != EXPERIMENTS} for tags in (theirs, mine))
                equal(f"model {name} {field}", theirs, mine)
            versions_of(name, filter)


def versions_of(name, filter):
    query = f"name = '{name}'" + (f" AND {filter}" if filter else "")

    def all_of(client):
        return {item.version: item for item in pages(lambda token: client.search_model_versions(query, page_token=token))}

    left, right = wanted_versions(name, filter), all_of(here)
    equal(f"versions of {name}", sorted(left), sorted(right))
    fields = (
        "description", "tags", "current_stage", "run_id", "status", "creation_timestamp", "last_updated_timestamp",
        "source", "run_link",
    )
    for number in left:
        for field in fields:
            theirs, mine = getattr(left[number], field), getattr(right[number], field)
            equal(f"{name}/{number} {field}", theirs or None, mine or None)
        if filter:
            continue  # the client does not read versions of prompts this way
        theirs, mine = (client.get_model_version(name, number).aliases for client in (there, here))
        equal(f"{name}/{number} aliases", sorted(theirs), sorted(mine))


def models_load():
    for uri in ("models:/churn-model/1", "models:/churn-model@challenger"):
        answers = []
        for address in (THERE, HERE):
            mlflow.set_tracking_uri(address)
            mlflow.set_registry_uri(address)
            answers.append(mlflow.sklearn.load_model(uri).predict([[0.0], [3.0]]).tolist())
        equal(f"predictions of {uri}", *answers)
    if IS_OLD:
        return
    # Only here: loading a prompt writes into its tags.
    mlflow.set_tracking_uri(HERE)
    mlflow.set_registry_uri(HERE)
    prompt = mlflow.genai.load_prompt("prompts:/greeting@live")
    equal("the prompt", prompt.template, [{"role": "user", "content": "Hi {{name}}"}])


def traces(ids):
    def all_of(address):
        mlflow.set_tracking_uri(address)
        found = MlflowClient(address).search_traces(locations=ids, max_results=100, include_spans=True)
        return {trace.info.trace_id: trace for trace in found}

    left, right = all_of(THERE), all_of(HERE)
    if SINCE is not None:
        left = {id: trace for id, trace in left.items() if trace.info.request_time >= SINCE}
    equal("trace ids", sorted(left), sorted(right))
    for id, trace in left.items():
        theirs, mine = trace.to_dict(), right[id].to_dict()
        for part in (theirs, mine):
            part["info"].get("assessments", []).sort(key=lambda item: item["assessment_id"])
            part["data"]["spans"].sort(key=lambda span: span["span_id"])
            # Where the files are is each server's own matter.
            part["info"]["tags"].pop("mlflow.artifactLocation", None)
        equal(f"head of {id}", theirs["info"], mine["info"])
        equal(f"spans of {id}", theirs["data"]["spans"], mine["data"]["spans"])
    return len(left)


def span_facts(span):
    """A span as a tuple, whether MLflow 2 or MLflow 3 wrote it."""
    if "context" in span:
        ids = span["context"]["trace_id"], span["context"]["span_id"], span["parent_id"]
        times, status = (span["start_time"], span["end_time"]), (span["status_code"], span["status_message"] or "")
        events = [(event["name"], event["timestamp"]) for event in span["events"]]
    else:
        read = lambda text: base64.b64decode(text).hex() if text else None
        ids = read(span["trace_id"]), read(span["span_id"]), read(span["parent_span_id"])
        times = span["start_time_unix_nano"], span["end_time_unix_nano"]
        status = span["status"]["code"].removeprefix("STATUS_CODE_"), span["status"].get("message", "")
        events = [(event["name"], event["time_unix_nano"]) for event in span["events"]]
    return span["name"], ids, times, status, events, sorted(span["attributes"].items())


def traces_of_mlflow2(ids):
    def all_of(address):
        found = MlflowClient(address)._tracking_client.store.search_traces(ids, max_results=100)[0]
        return {info.request_id: info for info in found}

    def spans_of(address, id):
        url = f"{address}/ajax-api/2.0/mlflow/get-trace-artifact"
        return sorted(map(span_facts, requests.get(url, {"request_id": id}, timeout=30).json()["spans"]))

    left, right = all_of(THERE), all_of(HERE)
    if SINCE is not None:
        left = {id: info for id, info in left.items() if info.timestamp_ms >= SINCE}
    equal("trace ids", sorted(left), sorted(right))
    for id, info in left.items():
        if id not in right:
            continue
        heads = [item.to_dict() for item in (info, right[id])]
        for head in heads:
            # Where the files and the spans are is each server's own matter.
            for tag in ("mlflow.artifactLocation", "mlflow.trace.spansLocation"):
                head["tags"].pop(tag, None)
        equal(f"head of {id}", *heads)
        equal(f"spans of {id}", spans_of(THERE, id), spans_of(HERE, id))
    return len(left)


ids = experiments()
points = runs(ids)
if not IS_OLD:
    logged_models(ids)
registry()
models_load()
count = (traces_of_mlflow2 if IS_OLD else traces)(ids)
for failure in failures:
    print(failure)
print(f"{points} points, {count} traces, {passed} equal, {len(failures)} different")
sys.exit(1 if failures else 0)
