"""MLflow's own pages on Slipway, in a headless Chromium.

Starts `slipway up --mlflow-ui`, fills it with the real client, opens the pages that people use and demands their texts,
no failed request, no script error and nothing that the content security policy stopped. Screenshots go to --out.

Run by `make check-ui`: .venv/bin/python Tests/Wire/ui_check.py BINARY --out FOLDER
"""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import aiohttp

# Requests that may fail, each with the reason: (a part of the URL, the status).
TOLERATED: list[tuple[str, int]] = [
    # MLflow's server answers so, too, when it runs without its basic-auth application: the pages then show no account.
    ("/ajax-api/2.0/mlflow/users/current", 404),
    # The assistant starts coding agents on the server's machine. Slipway has none, and the panel only shows its welcome.
    ("/ajax-api/3.0/mlflow/assistant/", 404),
]

# Presses an element; false while there is none.
PRESS = "(e => e ? (e.click(), true) : false)(%s)"
# The run list shows no metrics until its reader asks for more columns, and ticks them.
METRICS = [
    "document.querySelector('[data-component-id*=experimentviewrunstableaddcolumncta]')",
    "[...document.querySelectorAll('[class*=tree-treenode]')].find(e => e.innerText.trim() === 'roc_auc')"
    "?.querySelector('[class*=tree-checkbox]')",
]

# Seconds until a page that does not come is given up.
PATIENCE = 25.0


class Server:
    """A slipway of its own on a fresh folder."""

    def __init__(self, binary: str, port: int):
        self.folder = tempfile.mkdtemp(prefix="slipway-ui-")
        self.process = subprocess.Popen(
            [binary, "up", "--port", str(port), "--data", self.folder + "/data", "--mlflow-ui"],
            stderr=subprocess.PIPE,
            text=True,
        )
        told = ""
        while "listens on http://" not in told:
            line = self.process.stderr.readline()
            if not line:
                raise SystemExit(f"the server did not start: {told}")
            told += line
        self.url = told.split("listens on ")[1].split(",")[0]
        # What it says later must not fill the pipe, which would hold it up.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def fill(url: str) -> dict:
    """Everything that the pages shall show, written by the real client; returns its identifiers."""
    os.environ["MLFLOW_TRACKING_URI"] = url
    import mlflow
    from mlflow import MlflowClient

    mlflow.set_tracking_uri(url)
    client = MlflowClient(url)
    ids: dict = {"experiment": mlflow.set_experiment("flights").experiment_id, "runs": []}
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.txt"
        report.write_text("late by 12 minutes\n")
        for number, rate in enumerate([0.1, 0.01]):
            with mlflow.start_run(run_name=f"boosting-{number}") as run:
                mlflow.log_params({"learning_rate": rate, "depth": 3 + number})
                mlflow.set_tag("team", "ops")
                for step in range(60):
                    mlflow.log_metric("loss", 1 / (1 + rate * step), step=step)
                mlflow.log_metric("roc_auc", 0.7 + number / 20)
                mlflow.log_artifact(str(report), "reports")
                mlflow.log_text("kind: model", "model/MLmodel")
                ids["runs"].append(run.info.run_id)
    client.create_registered_model("flight-delay", description="Will this flight arrive late?")
    client.create_model_version("flight-delay", client.get_run(ids["runs"][0]).info.artifact_uri + "/model",
                                run_id=ids["runs"][0], description="the first one")
    client.set_registered_model_alias("flight-delay", "champion", "1")
    mlflow.genai.register_prompt(name="greeting", template="Hello {{name}}", commit_message="first words")
    ids["trace"] = trace(mlflow)
    return ids


def trace(mlflow) -> str:
    """Two traces of a decorated function; returns the id of the first."""

    @mlflow.trace(name="answer-question")
    def answer(question: str) -> str:
        with mlflow.start_span(name="look-up") as span:
            span.set_inputs({"question": question})
            span.set_outputs({"found": 3})
        return f"an answer to {question}"

    answer("why is it late?")
    first = mlflow.get_last_active_trace_id()
    answer("when will it land?")
    mlflow.flush_trace_async_logging()
    return first


class Browser:
    """A page of a headless Chromium, steered over its DevTools protocol."""

    def __init__(self, socket, out: pathlib.Path):
        self.socket = socket
        self.out = out
        self.number = 0
        self.answers: dict = {}
        self.urls: dict = {}
        self.pending: set = set()
        self.problems: list[str] = []
        self.last_traffic = time.monotonic()

    async def listen(self):
        async for message in self.socket:
            event = json.loads(message.data)
            if "id" in event:
                answer = self.answers.pop(event["id"], None)
                # Nobody waits any more for an answer that came too late.
                if answer and not answer.done():
                    answer.set_result(event)
            else:
                self.note(event["method"], event["params"])

    def note(self, method: str, params: dict):
        if method == "Network.requestWillBeSent":
            request = params["request"]
            body = request.get("postData", "")[:400]
            self.urls[params["requestId"]] = f"{request['method']} {request['url']} {body}".rstrip()
            # The end of a worker's script is told to the worker, never to its page.
            if not request["url"].endswith(".worker.js"):
                self.pending.add(params["requestId"])
            self.last_traffic = time.monotonic()
        elif method in ("Network.loadingFinished", "Network.loadingFailed"):
            self.pending.discard(params["requestId"])
            self.last_traffic = time.monotonic()
            url = self.urls.get(params["requestId"], "?")
            if method.endswith("Failed") and not params.get("canceled"):
                self.problems.append(f"request failed: {url}: {params.get('errorText')} {params.get('blockedReason', '')}")
        elif method == "Network.responseReceived":
            status = params["response"]["status"]
            url = self.urls.get(params["requestId"], params["response"]["url"])
            if status >= 400 and not any(part in url and status == code for part, code in TOLERATED):
                self.problems.append(f"status {status}: {url}")
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            text = details.get("exception", {}).get("description") or details["text"]
            self.problems.append(f"script error: {text[:400]}")
        elif method == "Log.entryAdded":
            entry = params["entry"]
            if entry["source"] == "security" or "Content Security Policy" in entry["text"]:
                self.problems.append(f"security: {entry['text'][:300]}")

    async def send(self, method: str, **params):
        self.number += 1
        answer = asyncio.get_running_loop().create_future()
        self.answers[self.number] = answer
        await self.socket.send_json({"id": self.number, "method": method, "params": params})
        reply = await asyncio.wait_for(answer, PATIENCE)
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        return reply["result"]

    async def value(self, script: str):
        result = await self.send("Runtime.evaluate", expression=script, returnByValue=True)
        return result["result"].get("value")

    async def screenshot(self, name: str):
        shot = await self.send("Page.captureScreenshot", format="png")
        (self.out / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    async def visit(
        self, name: str, url: str, texts: list[str], scripts: list[str] = (), clicks: list[str] = ()
    ) -> list[str]:
        """Opens a page in a fresh document, presses what a reader would press, waits for its texts and for silence;
        returns what was wrong."""
        waiting = list(clicks)
        self.problems = []
        await self.send("Page.navigate", url="about:blank")
        await self.send("Page.navigate", url=url)
        deadline = time.monotonic() + PATIENCE
        missing = list(texts) + list(scripts)
        while time.monotonic() < deadline:
            if waiting and await self.value(PRESS % waiting[0]):
                waiting.pop(0)
            seen = await self.value("document.body ? document.body.innerText : ''") or ""
            missing = [text for text in texts if text not in seen]
            for script in scripts:
                if not await self.value(script):
                    missing.append(script)
            is_quiet = not self.pending and time.monotonic() - self.last_traffic > 1.0
            if not missing and is_quiet:
                break
            await asyncio.sleep(0.2)
        await self.screenshot(name)
        problems = [f"never shown: {text!r}" for text in missing] + list(dict.fromkeys(self.problems))
        print(f"{'ok  ' if not problems else 'FAIL'} {name}", flush=True)
        for problem in problems:
            print(f"       {problem}", flush=True)
        return problems


def pages(url: str, ids: dict) -> list[tuple]:
    """Name, address, texts that must be read, expressions that must be true."""
    base = f"{url}/mlflow/#"
    experiment = f"{base}/experiments/{ids['experiment']}"
    first, second = ids["runs"]
    runs = urllib.parse.quote(json.dumps(ids["runs"], separators=(",", ":")))
    compared = urllib.parse.quote(json.dumps([ids["experiment"]]))
    drawn = "document.querySelectorAll('.js-plotly-plot .main-svg path').length > 0"
    return [
        ("experiments", f"{base}/experiments", ["Experiments", "flights", "Default"]),
        ("runs", f"{experiment}/runs", ["flights", "boosting-0", "boosting-1", "roc_auc", "0.75"], [], METRICS),
        ("run", f"{experiment}/runs/{first}", ["boosting-0", "learning_rate", "0.1", "roc_auc", "flight-delay"]),
        ("run-charts", f"{experiment}/runs/{first}/model-metrics", ["boosting-0", "loss"], [drawn]),
        ("run-artifacts", f"{experiment}/runs/{first}/artifacts/reports/report.txt", ["report.txt", "late by 12 minutes"]),
        ("compare", f"{base}/compare-runs?runs={runs}&experiments={compared}", ["boosting-0", "boosting-1", "learning_rate"], [drawn]),
        ("chart-list", f"{experiment}/runs?compareRunsMode=CHART", ["boosting-0", "loss"], [drawn]),
        ("models", f"{base}/models", ["flight-delay", "Version 1"]),
        ("model", f"{base}/models/flight-delay", ["flight-delay", "Will this flight arrive late?", "champion"]),
        ("version", f"{base}/models/flight-delay/versions/1", ["flight-delay", "Version 1", "the first one", "boosting-0"]),
        ("prompts", f"{base}/prompts", ["greeting"]),
        ("prompt", f"{base}/prompts/greeting", ["greeting", "Hello", "first words"]),
        ("logged-models", f"{experiment}/models", ["flights"]),
        ("traces", f"{experiment}/traces", ["why is it late?", "an answer to why is it late?", "OK", "2 of 2"]),
        ("trace", f"{experiment}/traces?selectedEvaluationId={ids['trace']}", ["answer-question", "look-up"]),
        ("evaluation-runs", f"{experiment}/evaluation-runs", ["flights"]),
        ("datasets", f"{experiment}/datasets", ["flights"]),
        ("judges", f"{experiment}/judges", ["flights"]),
        ("no-such-run", f"{experiment}/runs/{'0' * 32}", ["there is no run with id"]),
    ]


@contextlib.asynccontextmanager
async def browser(out: pathlib.Path, chromium: str):
    """A page of a Chromium that is ended afterwards, however it fares."""
    profile = tempfile.mkdtemp(prefix="slipway-chromium-")
    process = subprocess.Popen(
        [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--window-size=3400,1300",
            # Nothing but this machine: a page that asks elsewhere must fail, not reach it.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-port=0",
            f"--user-data-dir={profile}", "about:blank",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        port_file = pathlib.Path(profile) / "DevToolsActivePort"
        deadline = time.monotonic() + PATIENCE
        while not port_file.exists() or not port_file.read_text():
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("Chromium did not start")
            await asyncio.sleep(0.1)
        port = port_file.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                target = next(page for page in await answer.json() if page["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Browser(socket, out)
                listener = asyncio.create_task(page.listen())
                for domain in ["Page", "Network", "Runtime", "Log"]:
                    await page.send(f"{domain}.enable")
                await page.send("Network.setCacheDisabled", cacheDisabled=False)
                yield page
                listener.cancel()
    finally:
        process.kill()
        process.wait(20)
        shutil.rmtree(profile, ignore_errors=True)


async def check(url: str, ids: dict, out: pathlib.Path, chromium: str, only: str | None) -> int:
    """How many pages are not well. A Chromium that stands still is told from a page that is not well: the page is opened
    once more in a new one."""
    waiting = [page for page in pages(url, ids) if not only or only in page[0]]
    failures = 0
    stood_still = ""
    while waiting:
        try:
            async with browser(out, chromium) as page:
                while waiting:
                    failures += bool(await asyncio.wait_for(page.visit(*waiting[0]), 3 * PATIENCE))
                    waiting.pop(0)
        except (asyncio.TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            name = waiting[0][0]
            print(f"     Chromium stood still at {name} ({type(error).__name__})", flush=True)
            if stood_still == name:
                print(f"FAIL {name}", flush=True)
                failures += 1
                waiting.pop(0)
            stood_still = name
    return failures


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--out", default=".build-check-ui")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser") or "google-chrome")
    parser.add_argument("--only", help="only pages whose name holds this")
    arguments = parser.parse_args()
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    server = Server(arguments.binary, arguments.port)
    try:
        ids = fill(server.url)
        failures = asyncio.run(check(server.url, ids, out, arguments.chromium, arguments.only))
    finally:
        server.stop()
    print(f"{'every page is well' if failures == 0 else f'{failures} pages are not well'}; screenshots in {out}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
