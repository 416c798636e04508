"""MLServer, FastAPI with ONNX Runtime, and Slipway on the same models and bodies in one run: a JSON object on stdout.

Beside them stand the two limits: ONNX Runtime in process, and a bare NIO echo with bodies of the same size. The stacks
are asked in turns, while the others wait, and the load generator shares the cores with each.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_mlflow import machine, output_of
from mlflow_peer.servers import ROOT, say, stop_all
from serving_peer import fixtures, rows, stacks
from serving_peer.table import judged, shown

PEERS = ("mlserver", "fastapi", "slipway")
NEED_ECHO = {"one-row", "many-rows"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="Slipway's release binary")
    parser.add_argument("--quick", action="store_true", help="shorter and fewer repetitions: about three minutes")
    parser.add_argument("--only", action="append", choices=tuple(rows.ALL), metavar="ROW", help=", ".join(rows.ALL))
    parser.add_argument("--peer", action="append", choices=PEERS, help="only these")
    parser.add_argument("--ports", type=int, help="first of the ports to use; else free ones")
    parser.add_argument("--resume", metavar="FILE", help="an earlier answer: rows not measured now are taken from it")
    return parser.parse_args()


def versions(binary):
    listed = subprocess.run([str(stacks.PEERS / "pip"), "list", "--format=json"], capture_output=True, text=True)
    wanted = ("mlserver", "fastapi", "uvicorn", "uvloop", "onnxruntime", "orjson")
    peers = {one["name"]: one["version"] for one in json.loads(listed.stdout) if one["name"] in wanted}
    return {
        **peers, "slipway": output_of(binary, "--version"), "wrk": output_of("wrk", "--version"),
        "h2load": output_of("h2load", "--version")}


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    binary = str(Path(options.binary).resolve())
    wanted = [row for row in rows.ALL if row in (options.only or rows.ALL)]
    measured = json.loads(Path(options.resume).read_text())["measured"] if options.resume else {}
    folder = ROOT / ".data/bench-serving"
    made = fixtures.prepare(folder, say)
    echo = stacks.built_echo(say) if NEED_ECHO & set(wanted) else ""
    load_before = os.getloadavg()
    scratch = Path(tempfile.mkdtemp(prefix="bench-serving-"))
    try:
        bench = rows.Bench(
            seconds=3 if options.quick else 5, repetitions=1 if options.quick else 3, binary=binary, echo=echo,
            fixtures=folder, made=made, scratch=scratch, ports=stacks.Ports(options.ports), limit=stacks.Limit(scratch),
            peers=tuple(peer for peer in PEERS if peer in (options.peer or PEERS)))
        for row in wanted:
            say(row)
            measured[row] = rows.ALL[row](bench)
    except KeyboardInterrupt:
        say("stopped: nothing is left running")
        raise SystemExit(130) from None
    finally:
        stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    report = {
        "machine": machine(), "mode": "quick" if options.quick else "full", "versions": versions(binary),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "models": made, "connections": rows.CONNECTIONS,
        "load_average_before": load_before, "load_average_after": os.getloadavg(), "measured": measured,
        "rows": judged(measured), "quiet": load_before[0] < os.cpu_count() / 2}
    shown(measured, report["rows"])
    if not report["quiet"]:
        say(f"the machine was busy when this began (load {load_before[0]:.1f}): do not quote these figures")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
