"""The unmodified Python client: logs COUNT metrics one by one and prints the seconds it took and its own CPU seconds."""

import json
import os
import sys
import time

import mlflow

count = int(sys.argv[1])
mlflow.set_experiment("client")
with mlflow.start_run():
    mlflow.log_metric("warm", 0)
    waits = []
    began, cpu = time.perf_counter(), os.times()
    for step in range(count):
        call = time.perf_counter()
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        waits.append((time.perf_counter() - call) * 1000)
    seconds, after = time.perf_counter() - began, os.times()
waits.sort()
print(json.dumps({
    "seconds": seconds, "client_cpu_seconds": after.user + after.system - cpu.user - cpu.system,
    "p50_ms": waits[count // 2], "p99_ms": waits[count * 99 // 100], "version": mlflow.__version__}))
