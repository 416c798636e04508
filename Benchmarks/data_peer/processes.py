"""Runs a whole process and says what it cost: CPU seconds of user and system, peak memory, and what it answered."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

# Peers that phone home would be measured wrongly, and would do it.
QUIET = {
    "DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false", "WHYLOGS_NO_ANALYTICS": "True", "NML_DISABLE_USAGE_LOGGING": "1",
    "PYTHONWARNINGS": "ignore"}


class Refused(Exception):
    """The command is not there, ended otherwise than it should, or answered something else."""


def once(command, expect=(0,), stdin=None, seconds=7200):
    """CPU and memory of the process and of all that it waited for.

    Linux counts into a child's peak what the parent held before it became another program: this process stays small,
    so that it does not matter.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=err, env={**os.environ, **QUIET})
        try:
            _, status, usage = wait(process, began + seconds)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        out.seek(0)
        text = out.read().decode(errors="replace")
        if process.returncode not in expect:
            err.seek(0)
            told = (err.read().decode(errors="replace") or text).strip().splitlines()[-3:]
            raise Refused(f"{' '.join(map(str, command))[:300]} ended with {process.returncode}: {' | '.join(told)}")
    return {
        "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss * 1024 / 1e6, "wall_seconds": wall,
        "exit": process.returncode, "text": text}


def wait(process, until):
    while True:
        found, status, usage = os.wait4(process.pid, os.WNOHANG)
        if found:
            return found, status, usage
        if time.perf_counter() > until:
            raise Refused(f"{process.args[0]} did not end in time")
        time.sleep(0.005)


def in_turns(entries, repetitions, trouble):
    """The median of the repetitions by CPU, name by name; the peak is the worst of them.

    In turns, so that a slow minute of the machine falls on all. An entry that has `once` runs in the first turn only; the
    answer of one that has a `check` is looked at in each turn; one that may be `absent` is left out, with a word in
    `trouble`, when its command is refused.
    """
    runs, loads = {name: [] for name in entries}, {name: 0 for name in entries}
    for turn in range(repetitions):
        for name, entry in entries.items():
            if turn and (entry.get("once") or not runs[name]):
                continue
            say(f"  {name}" + (f", turn {turn + 1}" if turn else ""))
            loads[name] = max(loads[name], os.getloadavg()[0])
            try:
                run = once(entry["command"], entry.get("expect", (0,)))
                if "check" in entry and not entry["check"](answer := last_json(run["text"])):
                    raise Refused(f"{name} answered something else: {json.dumps(answer)[:300]}")
                runs[name].append(run)
            except Refused as refused:
                if not entry.get("absent"):
                    raise
                say(f"    {refused}")
                trouble.append(str(refused))
                runs[name] = []
    return {name: summary(found, loads[name]) for name, found in runs.items() if found}


def summary(runs, load):
    middle = sorted(runs, key=lambda run: run["cpu_seconds"])[(len(runs) - 1) // 2]
    return {
        "cpu_seconds": statistics.median(run["cpu_seconds"] for run in runs), "peak_mb": max(run["peak_mb"] for run in runs),
        "wall_seconds": middle["wall_seconds"], "each_cpu_seconds": [run["cpu_seconds"] for run in runs],
        "exit": middle["exit"], "load_average": load, "text": middle["text"]}


def last_json(text):
    """A peer's answer: the last line that it printed."""
    return json.loads(text.strip().splitlines()[-1])


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)
