"""A control plane and two gateways at half load, a release every minute, and `kill -9` in between.

The peak is what wrk finds on one gateway; half of it is asked of both together, most of it by wrk, which checks every
answer against the known ones of both versions. Eight clients besides recompute answers to rows of their own, which must
come from a version that was approved and not withdrawn more than a second before it was asked. Prints one JSON object;
exits with 1 when anything was wrong.
"""
import argparse
import http.client
import json
import math
import multiprocessing
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
NATIVE = "/api/slipway/v1"
MODEL = "tiny"
# Requests sent later than this after a withdrawal may not be answered by the withdrawn version.
GRACE = 1.0
# Answers a second that are recomputed for rows of their own; the rest of the load has two known answers.
CHECKED = 300
MANIFEST = f"""
apiVersion: slipway/v1
kind: Model
metadata: {{name: {MODEL}, owner: team-soak, tier: 3}}
spec:
  task: binary-classification
  release:
    strategy: canary
    steps: [10, 50, 100]
    stepDuration: 2s
    minRequests: 50
    deadline: 10m
    analysis:
      - {{metric: error_rate, against: stable, maxIncrease: 0.1}}
      - {{metric: disagreement, max: 0.1}}
"""


class Process:
    """A server that is started, killed and started again on the same port and folder."""

    started = []

    def __init__(self, binary, arguments, log, port):
        self.command, self.log, self.port, self.child = [binary, *arguments], log, port, None

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SLIPWAY_")}
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, stdout=log, stderr=log, env=environment)
        Process.started.append(self.child)
        return self

    @staticmethod
    def end_all():
        """Whatever still runs ends with the soak, also when that ended early."""
        for child in Process.started:
            if child.poll() is None:
                child.kill()
                child.wait()

    def wait(self, path):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                sys.exit(f"{self.command} ended: see {self.log}")
            try:
                if call(self.port, "GET", path)[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        sys.exit(f"{self.command} does not answer: see {self.log}")

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(timeout=60)


def call(port, method, path, body=None, kind="application/json"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": kind} if body is not None and kind else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data[:1] in (b"{", b"[") else data
    finally:
        connection.close()


def demand(*arguments, **options):
    status, answer = call(*arguments, **options)
    if not 200 <= status < 300:
        sys.exit(f"{arguments[1:3]}: {status} {answer}")
    return answer


def prepare(port):
    """Three versions, of which the third has no evidence and must never answer."""
    demand(port, "POST", "/api/2.0/mlflow/registered-models/create", {"name": MODEL})
    for version, file in enumerate(["tiny-1", "tiny-2", "tiny-2"], 1):
        data = (ROOT / f"Tests/Fixtures/onnx/{file}.onnx").read_bytes()
        path = f"/api/2.0/mlflow-artifacts/artifacts/{MODEL}/{version}/model/model.onnx"
        demand(port, "PUT", path, data, kind=None)
        source = f"mlflow-artifacts:/{MODEL}/{version}/model"
        demand(port, "POST", "/api/2.0/mlflow/model-versions/create", {"name": MODEL, "source": source})
    demand(port, "POST", NATIVE + "/manifests?file=slipway.yaml", MANIFEST.encode(), kind=None)
    table = b"a,b,y\n1,1,1\n-1,-1,0\n2,0,1\n0,-3,0\n"
    for version in (1, 2):
        path = f"{NATIVE}/models/{MODEL}/versions/{version}/evaluations?label=y&file=x.csv"
        demand(port, "POST", path, table, kind=None)
    release = ship(port, 1)
    if finished(port, release, 60) != "promoted":
        sys.exit("the first version was not promoted")


def ship(port, version):
    answer = demand(port, "POST", f"{NATIVE}/models/{MODEL}/versions/{version}/ship", {})
    if "release" not in answer:
        sys.exit(f"version {version} may not be released: {answer}")
    return answer["release"]["release"]


def finished(port, release, seconds):
    """The outcome of a release, or None when it is not over by then; the server may be away meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = call(port, "GET", f"{NATIVE}/releases/{release}")[1]
            if isinstance(state, dict) and state.get("phase") == "finished":
                return state["outcome"]
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    return None


def expected(version, row):
    a, b = row
    score = a + b if version == 1 else 2 * a + b
    return 1 / (1 + math.exp(-score))


class Client(threading.Thread):
    """Asks one gateway after the other, as behind a load balancer: who does not answer is left for a moment."""

    def __init__(self, number, ports, pause, stop):
        super().__init__(daemon=True)
        self.random, self.ports, self.pause, self.stop = random.Random(number), ports, pause, stop
        self.number, self.answers, self.wrong, self.refused, self.interrupted = number, [], [], 0, 0
        self.seconds = []

    def run(self):
        place, connection, count = self.number % len(self.ports), None, 0
        while not self.stop.is_set():
            started = time.time()
            row = [self.random.uniform(0.1, 2), self.random.uniform(0.1, 2)]
            body = json.dumps({
                "inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 2], "data": row}],
                "parameters": {"key": f"k{self.number}-{count}"},
            })
            count += 1
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.ports[place], timeout=15)
                connection.request(
                    "POST", f"/v2/models/{MODEL}/infer", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                data = answer.read()
                if answer.status == 503:
                    # Not ready yet: its balancer would have asked somebody else.
                    self.refused += 1
                    connection.close()
                    connection, place = None, (place + 1) % len(self.ports)
                else:
                    self.check(row, started, answer.status, data)
            except (OSError, http.client.HTTPException):
                self.interrupted += 1
                if connection is not None:
                    connection.close()
                connection, place = None, (place + 1) % len(self.ports)
                time.sleep(0.01)
            rest = self.pause.value - (time.time() - started)
            if rest > 0:
                time.sleep(rest)

    def check(self, row, started, status, data):
        ended = time.time()
        try:
            answer = json.loads(data)
            version = int(answer["model_version"])
            outputs = {output["name"]: output["data"] for output in answer["outputs"]}
            score = outputs["probabilities"][1]
            isRight = status == 200 and abs(score - expected(version, row)) < 1e-5 and outputs["label"] == [1]
        except (ValueError, KeyError, IndexError, TypeError):
            version, isRight = 0, False
        if not isRight:
            self.wrong.append([status, row, data[:300].decode(errors="replace")])
        self.answers.append((started, version))
        self.seconds.append(ended - started)


def clients(number, threads, ports, pause, stop, results):
    """One process of clients; what they saw is told at the end."""
    team = [Client(number * 100 + index, ports, pause, stop) for index in range(threads)]
    for client in team:
        client.start()
    for client in team:
        client.join()
    results.put({
        "answers": [answer for client in team for answer in client.answers],
        "seconds": sorted(second for client in team for second in client.seconds[-20_000:]),
        "wrong": [wrong for client in team for wrong in client.wrong][:20],
        "wrongCount": sum(len(client.wrong) for client in team),
        "refused": sum(client.refused for client in team),
        "interrupted": sum(client.interrupted for client in team),
    })


class Hammer(threading.Thread):
    """wrk against one gateway, a few seconds at a time, paced to some requests a second; begins again after a kill."""

    CONNECTIONS = 64

    def __init__(self, port, rate, stop):
        super().__init__(daemon=True)
        self.port, self.rate, self.stop = port, rate, stop
        self.answers = self.wrong = self.busy = 0
        self.examples = []

    @staticmethod
    def strike(port, seconds, delay_ms):
        environment = {**os.environ, "MODEL": MODEL, "DELAY_MS": f"{delay_ms:.3f}"}
        command = ["wrk", "-t1", f"-c{Hammer.CONNECTIONS}", f"-d{seconds}s", "-s", str(ROOT / "Benchmarks/soak.lua")]
        ran = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, env=environment, timeout=120)
        lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
        return (json.loads(lines[-1]) if lines else None), ran.stderr.splitlines()

    def run(self):
        while not self.stop.is_set():
            # The time of an answer is small beside the pause.
            found, examples = self.strike(self.port, 4, 1000 * self.CONNECTIONS / self.rate)
            if found is None:
                time.sleep(0.2)
                continue
            self.answers += found["answers"]
            self.wrong += found["wrong"]
            self.busy += found["busy"]
            self.examples += examples[:3]


def violations(answers, withdrawn):
    """Answers by a version that nobody approved, or that was withdrawn when they were asked for."""
    found = []
    for started, version in answers:
        if version not in (1, 2):
            found.append([started, version, "never approved"])
        for who, since, until in withdrawn:
            if version == who and since + GRACE < started < (until or math.inf):
                found.append([started, version, f"withdrawn {started - since:.2f} s before"])
    return found


def soak(options, folder):
    control_port, first = options.port, options.port + 2
    control = Process(
        options.binary,
        ["up", "--data", f"{folder}/control", "--port", str(control_port), "--grpc-port", "off"],
        f"{folder}/control.log", control_port,
    ).start().wait("/health")
    prepare(control_port)
    gateways = []
    for index in range(2):
        port = first + index
        arguments = ["gateway", "--control", f"http://127.0.0.1:{control_port}", "--data", f"{folder}/gateway-{index}"]
        arguments += ["--port", str(port), "--grpc-port", "off", "--name", f"g{index}"]
        gateways.append(Process(options.binary, arguments, f"{folder}/gateway-{index}.log", port).start())
    for gateway in gateways:
        gateway.wait("/v2/health/ready")

    peak = Hammer.strike(gateways[0].port, options.peak, 0)[0]
    peak = peak["answers"] / peak["seconds"]
    pause = multiprocessing.Value("d", 8 / CHECKED)
    stop, results = multiprocessing.Event(), multiprocessing.Queue()
    team = [
        multiprocessing.Process(
            target=clients, args=(number, 4, [g.port for g in gateways], pause, stop, results), daemon=True)
        for number in range(2)
    ]
    for process in team:
        process.start()
    resting = threading.Event()
    rate = max(50, (peak / 2 - CHECKED) / len(gateways))
    hammers = [Hammer(gateway.port, rate, resting) for gateway in gateways]
    for hammer in hammers:
        hammer.start()

    withdrawn, releases, kills = [], [], {"gateway": 0, "control": 0}
    serving, begun = 1, time.monotonic()
    for minute in range(options.minutes):
        other = 2 if serving == 1 else 1
        turn = begun + minute * 60
        # From here on the other version may answer again.
        withdrawn = [(who, since, until or (time.time() if who == other else None)) for who, since, until in withdrawn]
        release = ship(control_port, other)
        isTakenBack = minute % 3 == 1
        time.sleep(max(0, turn + 3 - time.monotonic()))
        victim = gateways[minute % 2]
        victim.kill()
        kills["gateway"] += 1
        if isTakenBack:
            # While the gateway is dead: what it kept on its disk is over when it starts again.
            demand(control_port, "POST", f"{NATIVE}/models/{MODEL}/rollback", {})
            withdrawn.append((other, time.time(), None))
        time.sleep(0.5)
        victim.start().wait("/v2/health/ready")
        if minute % 3 == 2:
            control.kill()
            kills["control"] += 1
            time.sleep(3)
            control.start().wait("/health")
        outcome = finished(control_port, release, max(5, turn + 55 - time.monotonic()))
        releases.append({"version": other, "takenBack": isTakenBack, "outcome": outcome})
        if outcome == "promoted":
            withdrawn.append((serving, time.time(), None))
            serving = other
        # A second kill, in quiet: the new table is on the disk.
        victim = gateways[(minute + 1) % 2]
        victim.kill()
        kills["gateway"] += 1
        victim.start().wait("/v2/health/ready")
        time.sleep(max(0, turn + 60 - time.monotonic()))
    resting.set()
    stop.set()
    for hammer in hammers:
        hammer.join()
    parts = [results.get() for _ in team]
    for process in team:
        process.join()
    codes = [gateway.end() for gateway in gateways]
    ledger = subprocess.run(
        [options.binary, "ledger", "verify"], capture_output=True, text=True,
        env={**os.environ, "SLIPWAY_URL": f"http://127.0.0.1:{control_port}"})
    codes.append(control.end())
    return report(folder, parts, hammers, withdrawn, releases, kills, codes, ledger, peak, options)


def report(folder, parts, hammers, withdrawn, releases, kills, codes, ledger, peak, options):
    answers = [answer for part in parts for answer in part["answers"]]
    bad = violations(answers, withdrawn)
    interrupted = sum(part["interrupted"] for part in parts)
    seconds = sorted(second for part in parts for second in part["seconds"])
    database = sqlite3.connect(f"file:{folder}/control/slipway.sqlite?mode=ro", uri=True)
    kept = database.execute("SELECT COUNT(*) FROM predictions").fetchone()[0]
    counted = database.execute("SELECT COALESCE(SUM(requests), 0) FROM endpoint_hours").fetchone()[0]
    database.close()
    hammered = sum(hammer.answers for hammer in hammers)
    # What was cut off by a kill, or by the end of a run of wrk, may have been counted; nothing may be counted twice.
    runs = 2 + options.minutes * 60 // 4 * len(hammers)
    peaked = peak * options.peak
    least, most = len(answers) + hammered + peaked, len(answers) + interrupted + hammered + peaked
    most += Hammer.CONNECTIONS * (2 * runs + 4 * options.minutes)
    expected_outcomes = all(r["outcome"] == ("rolledBack" if r["takenBack"] else "promoted") for r in releases)
    wrong = sum(part["wrongCount"] for part in parts) + sum(hammer.wrong for hammer in hammers)
    checks = {
        "no wrong answer": wrong == 0,
        "no answer by an unapproved or withdrawn version": not bad,
        "every release ended as it should": expected_outcomes,
        "nothing was counted twice": kept <= most and counted <= most,
        "little was lost": kept >= 0.9 * least,
        "every process ended well": codes == [0] * len(codes),
        "the ledger verifies": ledger.returncode == 0,
    }
    return {
        "minutes": options.minutes, "answers": len(answers), "hammered": hammered, "interrupted": interrupted,
        "refused": sum(part["refused"] for part in parts), "wrong": wrong, "unapproved": len(bad),
        "peakPerSecond": round(peak), "versions": {v: sum(1 for a in answers if a[1] == v) for v in (1, 2)},
        "p50_ms": round(1000 * seconds[len(seconds) // 2], 2) if seconds else None,
        "p99_ms": round(1000 * seconds[len(seconds) * 99 // 100], 2) if seconds else None,
        "predictionsKept": kept, "requestsCounted": counted, "releases": releases, "kills": kills,
        "codes": codes, "checks": checks, "examples": (bad + [w for part in parts for w in part["wrong"]] + [e for h in hammers for e in h.examples])[:10],
        "isGood": all(checks.values()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/slipway"))
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--peak", type=int, default=5, help="seconds over which the peak is measured")
    parser.add_argument("--port", type=int, default=5080, help="the first of four ports")
    parser.add_argument("--keep", action="store_true", help="keep the folder with data and logs")
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        sys.exit(f"no binary at {options.binary}: `make build`, or --binary FILE")
    folder = tempfile.mkdtemp(prefix="slipway-soak-")
    try:
        result = soak(options, folder)
    finally:
        Process.end_all()
    print(json.dumps(result, indent=2))
    if options.keep or not result["isGood"]:
        print(f"data and logs are in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    sys.exit(0 if result["isGood"] else 1)


if __name__ == "__main__":
    main()
