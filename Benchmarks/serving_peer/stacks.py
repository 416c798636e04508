"""The servers that are compared: MLServer, FastAPI with two workers, Slipway alone and governed, and the bare echo."""

import json
import shutil
import subprocess
import time

from mlflow_peer.servers import ROOT, Server, free_port

from .fixtures import model_file

PEERS = ROOT / ".deps/mlserver/bin"
HERE = ROOT / "Benchmarks"


class Ports:
    """Ports for those that need two: out of the stated range, or free ones."""

    def __init__(self, first):
        self.next = first

    def take(self):
        if self.next is None:
            return free_port()
        self.next += 1
        return self.next - 1

    def __next__(self):
        return self.take()


def mlserver(fixtures, models, ports):
    """In process: its worker processes halve its speed here. `models` maps names to the fixtures behind them."""
    grpc = ports.take()

    def command(folder, port):
        settings = {
            "host": "127.0.0.1", "http_port": port, "grpc_port": grpc, "metrics_port": ports.take(),
            "parallel_workers": 0, "debug": False}
        (folder / "settings.json").write_text(json.dumps(settings))
        for name, fixture in models.items():
            (folder / name).mkdir(exist_ok=True)
            model = {
                "name": name, "implementation": "serving_peer.mlserver_onnx.OnnxModel",
                "parameters": {"uri": model_file(fixtures, fixture)}}
            (folder / name / "model-settings.json").write_text(json.dumps(model))
        return [str(PEERS / "mlserver"), "start", str(folder)]

    made = Server("mlserver", command, None, ports, "/v2/health/ready", {"PYTHONPATH": str(HERE)})
    made.grpc_port = grpc
    return made


def fastapi(fixtures, models, ports):
    files = ":".join(model_file(fixtures, model) for model in models)

    def command(folder, port):
        return [
            str(PEERS / "uvicorn"), "serving_peer.fastapi_onnx:app", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "2", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]

    return Server("fastapi", command, None, ports, variables={"PYTHONPATH": str(HERE), "BENCH_MODELS": files})


def slipway_files(binary, files, ports, *options):
    """`slipway serve` of these files: the gateway alone."""
    grpc = ports.take()

    def command(folder, port):
        return [binary, "serve", *files, "--port", str(port), "--grpc-port", str(grpc), *options]

    made = Server("slipway", command, None, ports, "/v2/health/ready")
    made.grpc_port = grpc
    return made


def slipway_up(binary, ports):
    grpc = ports.take()

    def command(folder, port):
        return [binary, "up", "--data", f"{folder}/data", "--port", str(port), "--grpc-port", str(grpc)]

    made = Server("slipway up", command, "data/slipway.sqlite", ports)
    made.grpc_port = grpc
    return made


def echo(binary, size, ports):
    return Server("echo", lambda folder, port: [binary, str(port), str(size)], None, ports, "/")


def built_echo(say):
    """The release binary of Benchmarks/echo, a package of its own."""
    say("building the echo (a minute or two the first time)")
    place = ["--package-path", str(HERE / "echo"), "--scratch-path", str(ROOT / ".build-echo"), "-c", "release"]
    subprocess.run(["swift", "build", *place, "--product", "echo"], check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run(["swift", "build", *place, "--show-bin-path"], check=True, capture_output=True, text=True)
    return shown.stdout.strip() + "/echo"


class Limit:
    """ONNX Runtime in process, through a small C program with the same library that Slipway loads."""

    def __init__(self, scratch):
        self.program = str(scratch / "ort_limit")
        compiler = shutil.which("cc") or shutil.which("clang")
        source = str(HERE / "serving_peer/ort_limit.c")
        # The table's functions are called by place, without prototypes: older C allows that.
        options = ["-O2", "-std=gnu11", "-w", source, "-o", self.program, "-ldl", "-lpthread"]
        subprocess.run([compiler, *options], check=True)
        found = sorted((ROOT / ".deps/onnxruntime/onnxruntime/capi").glob("libonnxruntime.so.*"))
        self.library = str(found[-1])

    def run(self, model, name, rows, columns, threads, seconds, outputs):
        words = ["run", model, name, str(rows), str(columns), str(threads), str(seconds), *outputs]
        done = subprocess.run([self.program, self.library, *words], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def memory_mb(self, models, name, columns, outputs):
        """PSS of a process that has loaded the models and has run each once, and of one without any model."""
        held = []
        for files in (models, []):
            words = ["hold", str(len(files)), name, "1", str(columns), *files, *outputs]
            process = subprocess.Popen(
                [self.program, self.library, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            process.stdout.readline()
            time.sleep(0.2)
            with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
                held.append(next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024)
            process.communicate("\n")
        return {"all_mb": held[0], "library_mb": held[1]}
