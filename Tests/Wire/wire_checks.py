"""What the wire scripts share: checks that count, sections that fail alone, and a report at the end."""

import os
import sys
import time
import traceback

from mlflow.exceptions import MlflowException

SUFFIX = f"{os.getpid()}-{int(time.time())}"
passed, failed = 0, 0


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name} {detail}")


def equal(name, actual, expected):
    check(name, actual == expected, f"is {actual!r}, expected {expected!r}")


def refused(name, codes, call):
    """The call must fail with one of the codes, which stand between bars."""
    try:
        call()
    except MlflowException as error:
        check(name, error.error_code in codes.split("|"), f"was refused with {error.error_code}: {error.message}")
    else:
        check(name, False, "was accepted")


def section(name, call):
    """A section that stops half-way counts as one failure, and the next one still runs."""
    global failed
    try:
        return call()
    except Exception:
        failed += 1
        print(f"FAILED: {name} stopped")
        traceback.print_exc(limit=-6, file=sys.stdout)
        return None


def report():
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def need_server():
    if not os.environ.get("MLFLOW_TRACKING_URI", "").startswith("http"):
        raise SystemExit("set MLFLOW_TRACKING_URI to a server, for example http://127.0.0.1:5000")
