"""Does with an unmodified mlflow client what people do with the registry, prompts and webhooks, and reads it all back.

    slipway up --webhook-allow-host 127.0.0.1
    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python Tests/Wire/registry_wire.py

Runs with MLflow 2.22 as well, which has no webhooks and fewer calls on prompts. Prints one line for each check that
fails, then "N passed, M failed"; exits non-zero if any check failed. Names carry the process id and the time.
"""

import hashlib
import hmac
import base64
import http.server
import json
import threading
import time
import warnings

warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from wire_checks import SUFFIX, check, equal, need_server, refused, report, section  # noqa: E402

IS_NEW = hasattr(MlflowClient, "create_webhook")


def check_models(client):
    """Versions, stages, tags, aliases and download URIs."""
    name = f"models-{SUFFIX}"
    client.create_registered_model(name, tags={"team": "ops"}, description="first")
    refused("a name taken", "RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model(name))
    experiment = client.create_experiment(f"registry-{SUFFIX}")
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "weights", "model/weights.txt")
    source = f"{run.info.artifact_uri}/model"
    versions = [
        client.create_model_version(name, source, run_id=run.info.run_id, tags={"n": str(n)}, description=f"v{n}")
        for n in (1, 2, 3)
    ]
    equal("versions count up", [v.version for v in versions], ["1", "2", "3"])
    equal("a version is ready", versions[0].status, "READY")
    got = client.get_model_version(name, "2")
    equal("a version reads back", (got.source, got.run_id, got.tags, got.description),
          (source, run.info.run_id, {"n": "2"}, "v2"))
    equal("download uri", client.get_model_version_download_uri(name, "1"), source)
    check_tags(client, name)
    check_aliases(client, name)
    check_stages(client, name)

    client.update_registered_model(name, "second")
    equal("a description changes", client.get_registered_model(name).description, "second")
    client.update_model_version(name, "1", "better")
    equal("a version's description changes", client.get_model_version(name, "1").description, "better")
    found = client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
    equal("versions are found", [int(v.version) for v in found], [1, 2, 3])
    equal("models are found", [m.name for m in client.search_registered_models(f"name = '{name}'")], [name])

    client.delete_model_version(name, "2")
    refused("a deleted version", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version(name, "2"))
    client.rename_registered_model(name, name + "-b")
    equal("a model is renamed", client.get_registered_model(name + "-b").tags, {"team": "risk"})
    refused("an old name", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(name))
    client.delete_registered_model(name + "-b")
    refused("a deleted model", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(name + "-b"))


def check_tags(client, name):
    client.set_registered_model_tag(name, "team", "risk")
    client.set_registered_model_tag(name, "gone", "x")
    client.delete_registered_model_tag(name, "gone")
    equal("a model's tags", client.get_registered_model(name).tags, {"team": "risk"})
    client.set_model_version_tag(name, "1", "checked", "yes")
    client.delete_model_version_tag(name, "1", "n")
    equal("a version's tags", client.get_model_version(name, "1").tags, {"checked": "yes"})


def check_aliases(client, name):
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "champion", "3")
    client.set_registered_model_alias(name, "gone", "1")
    client.delete_registered_model_alias(name, "gone")
    equal("an alias moves", int(client.get_model_version_by_alias(name, "champion").version), 3)
    equal("aliases of a model", {k: int(v) for k, v in client.get_registered_model(name).aliases.items()},
          {"champion": 3})
    equal("aliases of a version", list(client.get_model_version(name, "3").aliases), ["champion"])
    refused("an alias that is not there", "INVALID_PARAMETER_VALUE",
            lambda: client.get_model_version_by_alias(name, "gone"))
    refused("an alias like a version", "INVALID_PARAMETER_VALUE",
            lambda: client.set_registered_model_alias(name, "v1", "1"))


def check_stages(client, name):
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "production", archive_existing_versions=True)
    equal("a stage is emptied", client.get_model_version(name, "1").current_stage, "Archived")
    latest = client.get_latest_versions(name, stages=["Production"])
    equal("the latest of a stage", [int(v.version) for v in latest], [2])
    latest = client.get_latest_versions(name)
    equal("the latest of all stages", {v.current_stage: int(v.version) for v in latest},
          {"Archived": 1, "Production": 2, "None": 3})
    refused("an unknown stage", "INVALID_PARAMETER_VALUE",
            lambda: client.transition_model_version_stage(name, "1", "Limbo"))


def check_prompts(client):
    """Text and chat, versions, aliases, tags, formats, and the wall between prompts and models."""
    registry = mlflow.genai if IS_NEW else mlflow
    name = f"prompt-{SUFFIX}"
    first = registry.register_prompt(name, "Hello {{name}}!", commit_message="first", tags={"author": "ada"})
    equal("the first version", (int(first.version), first.template, first.commit_message),
          (1, "Hello {{name}}!", "first"))
    second = registry.register_prompt(name, "Good day {{name}}!")
    equal("the second version", int(second.version), 2)
    loaded = registry.load_prompt(f"prompts:/{name}/1")
    equal("a prompt is loaded and filled in", loaded.format(name="Bob"), "Hello Bob!")
    registry.set_prompt_alias(name, "production", 2)
    equal("a prompt by alias", int(registry.load_prompt(f"prompts:/{name}@production").version), 2)
    registry.delete_prompt_alias(name, "production")
    refused("an alias that is gone", "INVALID_PARAMETER_VALUE|RESOURCE_DOES_NOT_EXIST",
            lambda: registry.load_prompt(f"prompts:/{name}@production"))
    found = client.search_registered_models(f"name = '{name}'")
    equal("prompts are hidden from models", list(found), [])

    model = f"prompt-wall-{SUFFIX}"
    client.create_registered_model(model)
    refused("a prompt under a model's name", "INVALID_PARAMETER_VALUE|RESOURCE_ALREADY_EXISTS",
            lambda: registry.register_prompt(model, "x"))
    refused("a model under a prompt's name", "RESOURCE_ALREADY_EXISTS|INVALID_PARAMETER_VALUE",
            lambda: client.create_registered_model(name))
    refused("a model's version under a prompt's name", "RESOURCE_DOES_NOT_EXIST|INVALID_PARAMETER_VALUE",
            lambda: client.create_model_version(name, "s3://bucket/model"))
    refused("a prompt as a model's source", "RESOURCE_DOES_NOT_EXIST|INVALID_PARAMETER_VALUE",
            lambda: client.create_model_version(model, f"models:/{name}/1"))
    if IS_NEW:
        check_new_prompts(client, name, model)


def check_new_prompts(client, name, model):
    genai = mlflow.genai
    messages = [{"role": "system", "content": "You are {{tone}}."}, {"role": "user", "content": "{{question}}"}]
    answer = {"type": "object", "properties": {"text": {"type": "string"}}}
    chat = genai.register_prompt(name + "-chat", messages, response_format=answer,
                                 model_config={"model_name": "m", "temperature": 0.5})
    equal("a chat's messages", chat.template, messages)
    back = genai.load_prompt(name + "-chat", version=1)
    equal("a chat reads back", back.template, messages)
    equal("a response format reads back", back.response_format, answer)
    equal("a model config reads back", (back.model_config["model_name"], back.model_config["temperature"]), ("m", 0.5))
    genai.set_prompt_model_config(name + "-chat", 1, {"model_name": "other"})
    equal("a model config changes", client.get_prompt_version(name + "-chat", 1).model_config["model_name"], "other")
    genai.delete_prompt_model_config(name + "-chat", 1)
    equal("a model config goes", client.get_prompt_version(name + "-chat", 1).model_config, None)

    genai.set_prompt_tag(name, "use", "greeting")
    tags = genai.get_prompt_tags(name)
    check("a prompt's tags", tags.get("use") == "greeting" and tags.get("author") == "ada", tags)
    genai.delete_prompt_tag(name, "use")
    check("a prompt's tag goes", "use" not in client.get_prompt(name).tags)
    genai.set_prompt_version_tag(name, 1, "checked", "yes")
    equal("a version's tag", client.get_prompt_version(name, 1).tags.get("checked"), "yes")
    genai.delete_prompt_version_tag(name, 1, "checked")
    check("a version's tag goes", "checked" not in client.get_prompt_version(name, 1).tags)

    found = [p.name for p in genai.search_prompts(f"name LIKE '{name}%'")]
    equal("prompts are found", sorted(found), sorted([name, name + "-chat"]))
    equal("versions of a prompt", [v.version for v in client.search_prompt_versions(name)], [2, 1])
    equal("a missing prompt", genai.load_prompt(f"no-{SUFFIX}", version=1, allow_missing=True), None)
    refused("a model asked for as a prompt", "INVALID_PARAMETER_VALUE|RESOURCE_DOES_NOT_EXIST",
            lambda: client.get_prompt_version(model, 1))

    run = client.create_run("0")
    client.link_prompt_version_to_run(run.info.run_id, f"prompts:/{name}/1")
    linked = json.loads(client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"])
    equal("a run's prompts", linked, [{"name": name, "version": "1"}])
    logged = mlflow.initialize_logged_model(name="linked", source_run_id=run.info.run_id)
    client.link_prompt_version_to_model(name, "2", logged.model_id)
    linked = json.loads(client.get_logged_model(logged.model_id).tags["mlflow.linkedPrompts"])
    equal("a model's prompts", linked, [{"name": name, "version": "2"}])

    made = client.create_prompt(name + "-made", description="d", tags={"k": "v"})
    equal("a prompt without versions", (made.name, made.description, made.tags.get("k")), (name + "-made", "d", "v"))
    equal("its first version", client.create_prompt_version(name + "-made", "t", tags={"a": "b"}).version, 1)
    client.delete_prompt_version(name + "-made", "1")
    client.delete_prompt(name + "-made")
    equal("a deleted prompt", client.get_prompt(name + "-made"), None)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes deliveries as a receiver in Python does, and keeps them."""

    got = []
    answers = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = Receiver.answers.pop(0) if Receiver.answers else 200
        Receiver.got.append((self.path, dict(self.headers.items()), body, status))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        payload = b"an inner secret"
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *arguments):
        pass


def received(count, seconds=20):
    deadline = time.time() + seconds
    while len(Receiver.got) < count and time.time() < deadline:
        time.sleep(0.02)
    return Receiver.got


def check_signature(name, headers, body, secret):
    from mlflow.webhooks.constants import (
        WEBHOOK_DELIVERY_ID_HEADER, WEBHOOK_SIGNATURE_HEADER, WEBHOOK_TIMESTAMP_HEADER)
    from mlflow.webhooks.delivery import _generate_hmac_signature

    delivery, stamp = headers[WEBHOOK_DELIVERY_ID_HEADER], headers[WEBHOOK_TIMESTAMP_HEADER]
    signed = f"{delivery}.{stamp}.".encode() + body
    mine = "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    equal(f"{name}: the signature by the standard library", headers.get(WEBHOOK_SIGNATURE_HEADER), mine)
    equal(f"{name}: the signature by mlflow", headers.get(WEBHOOK_SIGNATURE_HEADER),
          _generate_hmac_signature(secret, delivery, stamp, body.decode()))
    check(f"{name}: the time is now", abs(int(stamp) - time.time()) < 60, stamp)


def check_webhooks(client):
    """Made, listed, tested, delivered with a signature, tried again, changed, removed."""
    from mlflow.webhooks.types import EVENT_TO_PAYLOAD_CLASS

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hook?key=1"
    secret = "a secret of 21 letters"
    events = [f"{entity}.{action}" for entity, action in EVENT_TO_PAYLOAD_CLASS]
    hook = client.create_webhook(f"wire-{SUFFIX}", url, events, description="d", secret=secret)
    equal("a webhook", (hook.name, hook.url, hook.description, str(hook.status), hook.secret),
          (f"wire-{SUFFIX}", url, "d", "ACTIVE", None))
    equal("its events", sorted(str(e) for e in hook.events), sorted(events))
    check("it is listed", hook.webhook_id in [w.webhook_id for w in client.list_webhooks()])
    for wrong in ("http://example.com/", "https://127.0.0.2/", "https://localhost./", "https://[::1]/",
                  "https://0x7f000001/", "https://127.2/", "https://u@127.0.0.1/", "ftp://1.1.1.1/"):
        refused(f"the url {wrong}", "INVALID_PARAMETER_VALUE", lambda: client.create_webhook("w", wrong, events[:1]))
    refused("no events", "INVALID_PARAMETER_VALUE", lambda: client.create_webhook("w", url, []))

    for event in events:
        Receiver.got.clear()
        result = client.test_webhook(hook.webhook_id, event)
        equal(f"a test of {event}", (result.success, result.response_status), (True, 200))
        check("the answer's body stays inside", "inner" not in str(result.response_body))
        _, headers, body, _ = Receiver.got[0]
        sent = json.loads(body)
        entity, action = event.split(".")
        equal(f"{event}: what is sent", (sent["entity"], sent["action"]), (entity, action))
        example = EVENT_TO_PAYLOAD_CLASS[next(k for k in EVENT_TO_PAYLOAD_CLASS if f"{k[0]}.{k[1]}" == event)].example()
        equal(f"{event}: its members", sorted(sent["data"]), sorted(example))
        check_signature(event, headers, body, secret)
    Receiver.answers[:] = [302]
    equal("a redirect is no success", client.test_webhook(hook.webhook_id).success, False)

    check_deliveries(client, EVENT_TO_PAYLOAD_CLASS, secret)
    check_retries(client, url)
    changed = client.update_webhook(hook.webhook_id, name=f"other-{SUFFIX}", status="DISABLED")
    equal("a webhook changes", (changed.name, str(changed.status)), (f"other-{SUFFIX}", "DISABLED"))
    Receiver.got.clear()
    client.create_registered_model(f"unheard-{SUFFIX}")
    time.sleep(1)
    equal("a disabled webhook hears nothing", Receiver.got, [])
    client.delete_webhook(hook.webhook_id)
    refused("a deleted webhook", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_webhook(hook.webhook_id))
    server.shutdown()


def check_deliveries(client, classes, secret):
    """One of each event, from the calls that cause them."""
    Receiver.got.clear()
    model, prompt = f"heard-{SUFFIX}", f"heard-prompt-{SUFFIX}"
    client.create_registered_model(model, tags={"t": "1"}, description="about")
    client.create_model_version(model, "s3://bucket/m", tags={"n": "1"})
    client.set_model_version_tag(model, "1", "k", "v")
    client.delete_model_version_tag(model, "1", "k")
    client.set_registered_model_alias(model, "best", "1")
    client.delete_registered_model_alias(model, "best")
    mlflow.genai.register_prompt(prompt, "Say {{what}}", tags={"a": "b"}, commit_message="c")
    mlflow.genai.set_prompt_tag(prompt, "k", "v")
    mlflow.genai.delete_prompt_tag(prompt, "k")
    mlflow.genai.set_prompt_version_tag(prompt, 1, "k", "v")
    mlflow.genai.delete_prompt_version_tag(prompt, 1, "k")
    mlflow.genai.set_prompt_alias(prompt, "best", 1)
    mlflow.genai.delete_prompt_alias(prompt, "best")
    version = {"name": model, "version": "1"}
    of_prompt = {"name": prompt, "version": "1"}
    expected = {
        "registered_model.created": {"name": model, "tags": {"t": "1"}, "description": "about"},
        "model_version.created": {**version, "source": "s3://bucket/m", "run_id": None, "tags": {"n": "1"},
                                  "description": None},
        "model_version_tag.set": {**version, "key": "k", "value": "v"},
        "model_version_tag.deleted": {**version, "key": "k"},
        "model_version_alias.created": {**version, "alias": "best"},
        "model_version_alias.deleted": {"name": model, "alias": "best"},
        "prompt.created": {"name": prompt, "tags": {"a": "b"}, "description": "c"},
        "prompt_version.created": {**of_prompt, "template": "Say {{what}}", "tags": {"a": "b"}, "description": "c"},
        "prompt_tag.set": {"name": prompt, "key": "k", "value": "v"},
        "prompt_tag.deleted": {"name": prompt, "key": "k"},
        "prompt_version_tag.set": {**of_prompt, "key": "k", "value": "v"},
        "prompt_version_tag.deleted": {**of_prompt, "key": "k"},
        "prompt_alias.created": {**of_prompt, "alias": "best"},
        "prompt_alias.deleted": {"name": prompt, "alias": "best"},
    }
    # The client tags a prompt with its experiment from a thread of its own, whenever it likes.
    heard = [json.loads(body) for _, _, body, _ in received(len(expected))]
    heard = {f"{m['entity']}.{m['action']}": m["data"] for m in heard if m["data"].get("key") != "_mlflow_experiment_ids"}
    deadline = time.time() + 10
    while len(heard) < len(expected) and time.time() < deadline:
        time.sleep(0.05)
        heard = {f"{m['entity']}.{m['action']}": m["data"]
                 for m in [json.loads(body) for _, _, body, _ in list(Receiver.got)]
                 if m["data"].get("key") != "_mlflow_experiment_ids"}
    for event, data in expected.items():
        equal(f"{event} arrives", heard.get(event), data)
    equal("every event but the budget's can happen", len(classes) - 1, len(expected))
    for path, headers, body, _ in list(Receiver.got):
        equal("the path", path, "/hook?key=1")
        check_signature("a delivery", headers, body, secret)
    ids = [headers["X-MLflow-Delivery-Id"] for _, headers, _, _ in Receiver.got]
    equal("each delivery has an id of its own", len(set(ids)), len(ids))


def check_retries(client, url):
    hook = client.create_webhook(f"again-{SUFFIX}", url.replace("/hook", "/again"), ["registered_model.created"])
    Receiver.got.clear()
    Receiver.answers[:] = [503, 503, 503]
    client.create_registered_model(f"again-{SUFFIX}")
    received(5, seconds=30)
    again = [(headers, body, status) for path, headers, body, status in Receiver.got if path.startswith("/again")]
    equal("it is sent until it arrives", again[-1][2] if again else None, 200)
    equal("under one id", len({headers["X-MLflow-Delivery-Id"] for headers, _, _ in again}), 1)
    equal("with the same body", len({body for _, body, _ in again}), 1)
    check("without a secret there is no signature", all("X-MLflow-Signature" not in h for h, _, _ in again))
    client.delete_webhook(hook.webhook_id)


def main():
    need_server()
    client = MlflowClient()
    section("models", lambda: check_models(client))
    section("prompts", lambda: check_prompts(client))
    if IS_NEW:
        section("webhooks", lambda: check_webhooks(client))
    report()


if __name__ == "__main__":
    main()
