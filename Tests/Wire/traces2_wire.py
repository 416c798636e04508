"""Traces code with the unmodified mlflow 2.22 client, which many companies still run, and reads everything back.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 .deps/mlflow-2/bin/python Tests/Wire/traces2_wire.py

Prints one line for each check that fails, then "N passed, M failed"; exits non-zero if any check failed.
"""

import os
import warnings

warnings.filterwarnings("ignore")
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from wire_checks import SUFFIX, check, equal, need_server, report, section  # noqa: E402


@mlflow.trace(attributes={"unit": "grams"})
def weigh(thing):
    return {"thing": thing, "grams": 12.5}


@mlflow.trace(span_type="AGENT")
def cook(dish, cups=2):
    return {"dish": dish, "from": weigh(dish)}


@mlflow.trace
def fail():
    raise ValueError("no salt")


def run_checks():
    client = MlflowClient()
    experiment = mlflow.set_experiment(f"traces2-{SUFFIX}").experiment_id
    equal("the client", mlflow.__version__.split(".")[0], "2")
    cook("stew", cups=3)
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    check("a decorated trace is found", trace is not None)
    request_id = trace.info.request_id
    equal("its spans", sorted(s.name for s in trace.data.spans), ["cook", "weigh"])
    root = next(s for s in trace.data.spans if s.parent_id is None)
    equal("its inputs", root.inputs, {"dish": "stew", "cups": 3})
    equal("its outputs", root.outputs, {"dish": "stew", "from": {"thing": "stew", "grams": 12.5}})
    equal("its state", trace.info.status.value, "OK")
    equal("its name", trace.info.tags["mlflow.traceName"], "cook")
    try:
        fail()
    except ValueError:
        pass
    equal("a failure", mlflow.get_trace(mlflow.get_last_active_trace_id()).info.status.value, "ERROR")
    with mlflow.start_run() as run:
        weigh("flour")
    frame = mlflow.search_traces(experiment_ids=[experiment])
    equal("all traces", len(frame), 3)
    equal("with spans", sorted(len(spans) for spans in frame["spans"]), [1, 1, 2])
    found = client.search_traces(experiment_ids=[experiment], filter_string="status = 'ERROR'")
    equal("by status", [len(t.data.spans) for t in found], [1])
    found = client.search_traces(experiment_ids=[experiment], filter_string="trace.name = 'cook'")
    equal("by name", [t.info.request_id for t in found], [request_id])
    equal("by run", len(client.search_traces(experiment_ids=[experiment], run_id=run.info.run_id)), 1)
    ordered = client.search_traces(experiment_ids=[experiment], order_by=["timestamp_ms ASC"], max_results=1)
    equal("in order", ordered[0].info.request_id, request_id)
    check("a token for more", ordered.token)
    client.set_trace_tag(request_id, "note", "hot")
    equal("a tag", client.get_trace(request_id).info.tags["note"], "hot")
    found = client.search_traces(experiment_ids=[experiment], filter_string="tags.note = 'hot'")
    equal("by tag", [t.info.request_id for t in found], [request_id])
    client.delete_trace_tag(request_id, "note")
    check("no tag", "note" not in client.get_trace(request_id).info.tags)
    span = client.start_trace("by hand", experiment_id=experiment, inputs={"x": 1}, tags={"hand": "made"})
    child = client.start_span("child", request_id=span.request_id, parent_id=span.span_id)
    client.end_span(request_id=span.request_id, span_id=child.span_id, outputs={"y": 2})
    client.end_trace(request_id=span.request_id, outputs={"z": 3})
    trace = client.get_trace(span.request_id)
    equal("made by hand", sorted(s.name for s in trace.data.spans), ["by hand", "child"])
    equal("its tag", trace.info.tags["hand"], "made")
    equal("deleted", client.delete_traces(experiment_id=experiment, request_ids=[request_id]), 1)
    try:
        client.get_trace(request_id)
        check("gone", False, "is still there")
    except MlflowException as error:
        equal("gone", error.error_code, "RESOURCE_DOES_NOT_EXIST")


def main():
    need_server()
    section("traces", run_checks)
    report()


if __name__ == "__main__":
    main()
