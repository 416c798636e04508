"""Traces code with the unmodified mlflow 3 client, reads everything back by every way there is, and compares.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python Tests/Wire/traces_wire.py

Prints one line for each check that fails, then "N passed, M failed"; exits non-zero if any check failed.
"""

import asyncio
import gzip
import json
import os
import time
import urllib.error
import urllib.request
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "true")

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import AssessmentSource, SpanType  # noqa: E402
from wire_checks import SUFFIX, check, equal, need_server, refused, report, section  # noqa: E402

URI = os.environ.get("MLFLOW_TRACKING_URI", "")


def flush():
    mlflow.flush_trace_async_logging()


@mlflow.trace(span_type=SpanType.TOOL, attributes={"unit": "grams", "depth": 2})
def weigh(thing):
    return {"thing": thing, "grams": 12.5, "heavy": False, "parts": [1, 2, None]}


@mlflow.trace
def fail(thing):
    raise ValueError(f"no {thing} — here")


@mlflow.trace(name="kitchen", span_type=SpanType.AGENT)
def cook(dish, cups=2):
    result = weigh(dish)
    with mlflow.start_span("stir", span_type=SpanType.CHAIN) as span:
        span.set_inputs({"cups": cups})
        span.set_attribute("spoon", {"wood": True, "length": 30})
        span.add_event(mlflow.entities.SpanEvent("boiling", attributes={"celsius": 100}))
        span.set_outputs("soup")
    try:
        fail("salt")
    except ValueError:
        pass
    mlflow.update_current_trace(tags={"course": "main", "chef": "Ana"}, metadata={"mlflow.trace.session": "s-1"})
    return {"dish": dish, "from": result}


@mlflow.trace
async def wait_for(dish):
    await asyncio.sleep(0.01)
    return f"{dish} is ready"


@mlflow.trace
async def serve(dish):
    first, second = await asyncio.gather(wait_for(dish), wait_for("tea"))
    return [first, second]


def check_decorated(client):
    cook("stew", cups=3)
    flush()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    check("a decorated trace is found", trace is not None)
    spans = {span.name: span for span in trace.data.spans}
    equal("all spans are there", sorted(spans), ["fail", "kitchen", "stir", "weigh"])
    root = spans["kitchen"]
    equal("the root has no parent", root.parent_id, None)
    check("the others have the root as parent", all(s.parent_id == root.span_id for n, s in spans.items() if n != "kitchen"))
    equal("inputs", root.inputs, {"dish": "stew", "cups": 3})
    equal("outputs keep their types", spans["weigh"].outputs, {"thing": "stew", "grams": 12.5, "heavy": False, "parts": [1, 2, None]})
    equal("the span's type", (root.span_type, spans["weigh"].span_type), ("AGENT", "TOOL"))
    equal("attributes", (spans["weigh"].get_attribute("unit"), spans["weigh"].get_attribute("depth")), ("grams", 2))
    equal("nested attributes", spans["stir"].get_attribute("spoon"), {"wood": True, "length": 30})
    equal("events", [(e.name, e.attributes) for e in spans["stir"].events], [("boiling", {"celsius": 100})])
    equal("the failing span's status", spans["fail"].status.status_code.value, "ERROR")
    check("the exception is an event", any("no salt — here" in str(e.attributes) for e in spans["fail"].events))
    equal("the trace's state", trace.info.state.value, "OK")
    equal("the trace's name", trace.info.tags["mlflow.traceName"], "kitchen")
    equal("tags", (trace.info.tags["course"], trace.info.tags["chef"]), ("main", "Ana"))
    equal("spans are in the store", trace.info.tags["mlflow.trace.spansLocation"], "TRACKING_STORE")
    check("previews", "stew" in trace.info.request_preview and "stew" in trace.info.response_preview)
    check("a duration", trace.info.execution_duration >= 0 and root.end_time_ns > root.start_time_ns)
    same = client.get_trace(trace.info.trace_id)
    equal("MlflowClient shows the same", [s.to_dict() for s in same.data.spans], [s.to_dict() for s in trace.data.spans])
    return trace


def check_async():
    asyncio.run(serve("pasta"))
    flush()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    equal("async spans", sorted(s.name for s in trace.data.spans), ["serve", "wait_for", "wait_for"])
    equal("async outputs", trace.data.spans[0].outputs, ["pasta is ready", "tea is ready"])
    try:
        fail("pepper")
    except ValueError:
        pass
    flush()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    equal("a trace that fails", trace.info.state.value, "ERROR")


def check_llm():
    for tokens in (10, 20):
        with mlflow.start_span("ask", span_type=SpanType.CHAT_MODEL) as span:
            span.set_inputs({"messages": [{"role": "user", "content": "How much?"}]})
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": tokens, "output_tokens": 5, "total_tokens": tokens + 5})
            span.set_outputs({"choices": [{"message": {"role": "assistant", "content": "This much."}}]})
    flush()
    info = mlflow.get_trace(mlflow.get_last_active_trace_id()).info
    equal("token usage", info.token_usage, {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25})
    equal("previews of a chat", (info.request_preview, info.response_preview), ("How much?", "This much."))


def check_search(client, experiment, first):
    def found(filter_string, **options):
        return [t.info.trace_id for t in client.search_traces(locations=[experiment], filter_string=filter_string, **options)]

    trace_id = first.info.trace_id
    everything = found(None)
    equal("all traces, newest first", (len(everything), everything[-1]), (5, trace_id))
    for filter_string in [
        "tags.course = 'main'", "tag.chef LIKE 'A%'", "tags.chef ILIKE 'a%'", "tags.chef RLIKE '^An?a$'",
        "metadata.`mlflow.trace.session` = 's-1'", "name = 'kitchen'", "trace.name IN ('kitchen', 'other')",
        "span.name = 'stir'", "span.type = 'TOOL' AND span.name LIKE 'wei%'", "span.attributes.unit = 'grams'",
        "span.attributes.depth = '2'", "span.attributes.spoon LIKE '%wood%'", "span.attributes.unit RLIKE 'gr(a|e)ms'",
        "trace.text LIKE '%boiling%'", "span.content ILIKE '%BOILING%'", f"request_id = '{trace_id}'",
        "status = 'OK' AND tags.course = 'main'", "span.status = 'ERROR' AND span.name = 'fail' AND name = 'kitchen'",
        "tags.course IS NOT NULL", f"timestamp_ms = {first.info.request_time}", "execution_time_ms >= 0 AND tags.course = 'main'",
    ]:
        equal(filter_string, found(filter_string), [trace_id])
    equal("two span conditions mean one span", found("span.name = 'stir' AND span.type = 'TOOL'"), [])
    equal("tags that are missing", len(found("tags.course IS NULL")), 4)
    equal("errors only", len(found("status = 'ERROR'")), 1)
    equal("oldest first", found(None, order_by=["timestamp_ms ASC"])[0], trace_id)
    pages, token = [], None
    while True:
        page = client.search_traces(locations=[experiment], max_results=2, page_token=token)
        pages.append(len(page))
        token = page.token
        if not token:
            break
    equal("pages", pages, [2, 2, 1])
    refused("a bad filter", "INVALID_PARAMETER_VALUE", lambda: found("nonsense = 'x'"))
    refused("a pattern that cannot be linear", "INVALID_PARAMETER_VALUE", lambda: found(r"tags.a RLIKE '(a)\1'"))
    frame = mlflow.search_traces(locations=[experiment], filter_string="name = 'kitchen'")
    equal("the frame's rows", len(frame), 1)
    equal("the frame's spans", len(frame.iloc[0]["spans"]), 4)
    listed = mlflow.search_traces(locations=[experiment], return_type="list", include_spans=True)
    equal("spans in a list", sorted(len(t.data.spans) for t in listed), [1, 1, 1, 3, 4])
    bare = mlflow.search_traces(locations=[experiment], return_type="list", include_spans=False)
    check("no spans when not asked for", all(not t.data.spans for t in bare))


def check_assessments(client, experiment, trace_id):
    source = AssessmentSource(source_type="HUMAN", source_id="ana@example.com")
    feedback = mlflow.log_feedback(trace_id=trace_id, name="tasty", value=True, source=source, rationale="hot", metadata={"k": "v"})
    mlflow.log_feedback(trace_id=trace_id, name="score", value=0.75)
    mlflow.log_feedback(trace_id=trace_id, name="notes", value={"a": [1, "x"]})
    mlflow.log_feedback(trace_id=trace_id, name="broken", error=ValueError("judge failed"))
    expected = mlflow.log_expectation(trace_id=trace_id, name="dish", value={"name": "stew", "n": 1}, source=source)
    mlflow.log_expectation(trace_id=trace_id, name="color", value="red")
    by_name = {a.name: a for a in mlflow.get_trace(trace_id).info.assessments}
    equal("assessments", sorted(by_name), ["broken", "color", "dish", "notes", "score", "tasty"])
    equal("a flag", (by_name["tasty"].value, by_name["tasty"].rationale, by_name["tasty"].metadata), (True, "hot", {"k": "v"}))
    equal("a number", by_name["score"].value, 0.75)
    equal("a structure", by_name["notes"].value, {"a": [1, "x"]})
    equal("an error", by_name["broken"].error.error_message, "judge failed")
    equal("an expectation", by_name["dish"].value, {"name": "stew", "n": 1})
    equal("its source", by_name["dish"].source.source_id, "ana@example.com")

    def found(filter_string):
        return [t.info.trace_id for t in client.search_traces(locations=[experiment], filter_string=filter_string)]

    for filter_string in [
        "feedback.tasty = 'true'", "feedback.score > 0.5", "feedback.score <= 0.75", "expectation.color = 'red'",
        "feedback.tasty IS NOT NULL", "expectation.color LIKE '%re%'",
    ]:
        equal(filter_string, found(filter_string), [trace_id])
    equal("nothing that large", found("feedback.score > 0.8"), [])
    equal("missing feedback", len(found("feedback.tasty IS NULL")), 4)
    changed = mlflow.update_assessment(
        trace_id=trace_id,
        assessment_id=feedback.assessment_id,
        assessment=mlflow.entities.Feedback(name="tasty", value=False, rationale="cold", metadata={"k2": "v2"}),
    )
    equal("an update", (changed.value, changed.rationale, changed.metadata), (False, "cold", {"k": "v", "k2": "v2"}))
    new = mlflow.override_feedback(trace_id=trace_id, assessment_id=feedback.assessment_id, value=True, rationale="hot again")
    old = mlflow.get_assessment(trace_id, feedback.assessment_id)
    equal("overriding", (new.overrides, new.valid, old.valid), (feedback.assessment_id, True, False))
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=new.assessment_id)
    equal("an override taken back", mlflow.get_assessment(trace_id, feedback.assessment_id).valid, True)
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=expected.assessment_id)
    refused("a deleted one", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.get_assessment(trace_id, expected.assessment_id))
    refused("on no trace", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.log_feedback(trace_id="tr-none", name="x", value=1))


def check_tags(client, trace_id):
    mlflow.set_trace_tag(trace_id, "note", "é")
    equal("a tag is set", client.get_trace(trace_id).info.tags["note"], "é")
    mlflow.delete_trace_tag(trace_id, "note")
    check("a tag is gone", "note" not in client.get_trace(trace_id).info.tags)
    refused("a tag twice gone", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.delete_trace_tag(trace_id, "note"))


def check_runs(client, experiment, trace_id):
    with mlflow.start_run() as run:
        weigh("flour")
    flush()
    inside = [t.info.trace_id for t in mlflow.search_traces(run_id=run.info.run_id, locations=[experiment], return_type="list")]
    equal("the run's own trace", len(inside), 1)
    client.link_traces_to_run([trace_id], run.info.run_id)
    both = mlflow.search_traces(run_id=run.info.run_id, locations=[experiment], return_type="list")
    equal("a linked trace", sorted(t.info.trace_id for t in both), sorted(inside + [trace_id]))


def check_otlp(experiment):
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

    results = []

    class Noting(OTLPSpanExporter):
        def export(self, spans):
            results.append(super().export(spans))
            return results[-1]

    for compression in (Compression.Gzip, Compression.Deflate, Compression.NoCompression):
        provider = TracerProvider(resource=Resource.create({"service.name": "shop", "team": "ops"}))
        exporter = Noting(endpoint=f"{URI}/v1/traces", headers={"x-mlflow-experiment-id": experiment}, compression=compression)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("wire")
        with tracer.start_as_current_span(f"order {compression.value}") as outer:
            outer.set_attribute("gen_ai.operation.name", "chat")
            outer.set_attribute("gen_ai.request.model", "gpt-x")
            outer.set_attribute("gen_ai.usage.input_tokens", 7)
            outer.set_attribute("gen_ai.usage.output_tokens", 3)
            outer.set_attribute("input.value", "two pies")
            with tracer.start_as_current_span("pay") as inner:
                inner.set_attribute("amounts", [1.5, 2.0])
        provider.shutdown()
        trace_id = "tr-" + format(outer.get_span_context().trace_id, "032x")
        trace = mlflow.get_trace(trace_id)
        equal(f"OTel spans ({compression.value})", [s.name for s in trace.data.spans], [f"order {compression.value}", "pay"])
        equal("OTel attributes", trace.data.spans[1].get_attribute("amounts"), [1.5, 2.0])
        equal("OTel span type", trace.data.spans[0].span_type, "CHAT_MODEL")
        equal("OTel tokens", trace.info.token_usage, {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10})
        equal("OTel preview", trace.info.request_preview, '"two pies"')
        equal("OTel resource", (trace.info.tags["service.name"], trace.info.tags["team"]), ("shop", "ops"))
        equal("OTel state", trace.info.state.value, "OK")
    equal("every export was taken", results, [SpanExportResult.SUCCESS] * 6)


def post(body, **headers):
    request = urllib.request.Request(f"{URI}/v1/traces", data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def check_bad_otlp(experiment):
    json_type, proto = "application/json", "application/x-protobuf"
    span = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "raw",
            "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000",
            "attributes": [{"key": "n", "value": {"intValue": "5"}}], "status": {"code": 1}}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    equal("OTLP JSON", post(body, Content_Type=json_type, x_mlflow_experiment_id=experiment), (200, b"{}"))
    trace = mlflow.get_trace("tr-5b8efff798038103d269b633813fc60c")
    equal("its span", (trace.data.spans[0].name, trace.data.spans[0].get_attribute("n")), ("raw", 5))
    equal("its times", (trace.info.request_time, trace.info.execution_duration), (1544712660000, 1000))
    bomb = gzip.compress(b"\0" * (200 << 20))
    for name, status, body, headers in [
        ("no experiment", 422, body, {"Content_Type": json_type}),
        ("no spans", 400, b"{}", {"Content_Type": json_type}),
        ("no bytes", 400, b"", {"Content_Type": proto}),
        ("no JSON", 400, b"{nope", {"Content_Type": json_type}),
        ("no protobuf", 400, b"garbage!!", {"Content_Type": proto}),
        ("no known type", 400, body, {"Content_Type": "text/plain"}),
        ("no gzip", 400, body, {"Content_Type": json_type, "Content_Encoding": "gzip"}),
        ("an unknown encoding", 400, body, {"Content_Type": json_type, "Content_Encoding": "br"}),
        ("a gzip bomb", 413, bomb, {"Content_Type": proto, "Content_Encoding": "gzip"}),
        ("a short id", 422, body.replace(b"eee19b7ec3c1b174", b"ee"), {"Content_Type": json_type}),
        ("an experiment that is not there", 404, body, {"Content_Type": json_type, "x_mlflow_experiment_id": "999999"}),
    ]:
        if name != "no experiment":
            headers.setdefault("x_mlflow_experiment_id", experiment)
        equal(name, post(body, **headers)[0], status)


def check_delete(client, experiment, first):
    count = client.delete_traces(experiment_id=experiment, trace_ids=[first])
    equal("one is deleted", count, 1)
    refused("it is gone", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_trace(first))
    left = len(client.search_traces(locations=[experiment], max_results=100))
    count = client.delete_traces(experiment_id=experiment, max_timestamp_millis=int(time.time() * 1000) + 60_000, max_traces=2)
    equal("the oldest two", count, 2)
    equal("the rest stays", len(client.search_traces(locations=[experiment], max_results=100)), left - 2)


def main():
    need_server()
    client = MlflowClient()
    experiment = mlflow.set_experiment(f"traces-{SUFFIX}").experiment_id
    first = section("decorated", lambda: check_decorated(client))
    section("async", check_async)
    section("llm", check_llm)
    if first is not None:
        trace_id = first.info.trace_id
        section("search", lambda: check_search(client, experiment, first))
        section("assessments", lambda: check_assessments(client, experiment, trace_id))
        section("tags", lambda: check_tags(client, trace_id))
        section("runs", lambda: check_runs(client, experiment, trace_id))
    other = client.create_experiment(f"otlp-{SUFFIX}")
    section("otlp", lambda: check_otlp(other))
    section("bad otlp", lambda: check_bad_otlp(other))
    if first is not None:
        section("delete", lambda: check_delete(client, experiment, trace_id))
    report()


if __name__ == "__main__":
    main()
