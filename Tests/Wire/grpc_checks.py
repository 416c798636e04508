"""What the gRPC scripts share: checks that count, calls that must be refused with a code, and a report at the end."""

import sys
import traceback

import grpc

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


def refused(name, code, call, says=""):
    """The call must fail with the code, and with a sentence that has the words."""
    try:
        call()
    except Exception as error:
        # tritonclient wraps the error of grpc and keeps its code as text.
        inner = getattr(error, "debug_details", lambda: None)()
        if isinstance(error, grpc.RpcError):
            actual, message = error.code().name, error.details()
        elif isinstance(inner, grpc.RpcError):
            actual, message = inner.code().name, inner.details()
        else:
            actual = str(getattr(error, "status", lambda: type(error).__name__)()).removeprefix("StatusCode.")
            message = getattr(error, "message", lambda: str(error))()
        check(f"{name}: code", actual == code, f"is {actual} ({message})")
        check(f"{name}: sentence", len(message or "") > 15 and says in message, f"is {message!r}")
    else:
        check(name, False, "was accepted")


def section(name, call, *arguments):
    """A section that stops half-way counts as one failure, and the next one still runs."""
    global failed
    try:
        return call(*arguments)
    except Exception:
        failed += 1
        print(f"FAILED: {name} stopped")
        traceback.print_exc(limit=-6, file=sys.stdout)
        return None


def report():
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
