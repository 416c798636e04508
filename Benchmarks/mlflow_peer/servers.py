"""The servers that are compared: each is started on a folder and a port, asked over loopback, and ended with its whole group."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
RUNNING = []


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A peer: `command` makes its command line from its folder and port; `database` is its SQLite file in the folder.

    `health` is the path that answers 200 once it serves, and `variables` is added to its environment.
    """

    def __init__(self, name, command, database, ports, health="/health", variables=None):
        self.name, self.command, self.database, self.ports = name, command, database, ports
        self.health, self.variables = health, variables or {}
        self.process = None

    def start(self, folder):
        """Starts on the folder and returns the milliseconds until it answered 200 at its health path."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, next(self.ports) if self.ports else free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "server.log", "ab")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            self.command(folder, self.port), stdout=self.log, stderr=self.log, cwd=folder, start_new_session=True,
            env={**os.environ, **QUIET, **self.variables})
        RUNNING.append(self)
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as health:
                    health.sendall(f"GET {self.health} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                    if b" 200 " in health.recv(200):
                        return (time.perf_counter() - began) * 1000
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - began > 300:
                raise SystemExit(f"{self.name} did not come up; see {self.log.name}")
            time.sleep(0.002)

    def processes(self):
        """Every process of the server's own session."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rpartition(")")[2].split()[3]) == self.process.pid:
                    found.append(int(stat.parent.name))
            except (OSError, ValueError, IndexError):
                continue  # It ended while it was looked at.
        return found

    def pss_mb(self):
        """Proportional set size of all processes together."""
        total = 0
        for process in self.processes():
            try:
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1))
            except (OSError, AttributeError):
                continue
        return total / 1024

    def stop(self):
        if self.process is None:
            return
        group = self.process.pid
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        for sign in (signal.SIGTERM, signal.SIGKILL):
            # Workers that outlive their parent are in the group that was made for them.
            if not self.processes():
                break
            try:
                os.killpg(group, sign)
            except ProcessLookupError:
                break
            for _ in range(100):
                if not self.processes():
                    break
                time.sleep(0.05)
        self.process = None
        self.log.close()
        RUNNING.remove(self)

    def connection(self, timeout=600):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def call(self, method, path, body=None, connection=None):
        """One call of MLflow's API; its answer as JSON."""
        own = connection or self.connection()
        text = None if body is None else json.dumps(body)
        own.request(method, "/api/2.0/mlflow" + path, text, {"Content-Type": "application/json"} if text else {})
        answer = own.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{self.name}: {method} {path} was answered with {answer.status}: {data[:500]}")
        if connection is None:
            own.close()
        return json.loads(data)

    def new_run(self, experiment="0"):
        return self.call("POST", "/runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]


class PeakMemory:
    """The largest PSS of a server while a block runs, and what it had before."""

    def __init__(self, server, every=0.1):
        self.server, self.every, self.peak = server, every, 0

    def __enter__(self):
        self.before = self.peak = self.server.pss_mb()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.ended.wait(self.every):
            self.peak = max(self.peak, self.server.pss_mb())

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    @property
    def extra(self):
        return self.peak - self.before


def stop_all():
    for server in list(RUNNING):
        server.stop()


def mlflow_server(name, arguments, ports):
    def command(folder, port):
        return [
            str(ROOT / ".venv/bin/mlflow"), "server", "--host", "127.0.0.1", "--port", str(port),
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts",
            *arguments]
    return Server(name, command, "mlflow.db", ports)


def slipway_server(binary, ports):
    def command(folder, port):
        return [binary, "up", "--data", f"{folder}/data", "--port", str(port)]
    return Server("slipway", command, "data/slipway.sqlite", ports)
