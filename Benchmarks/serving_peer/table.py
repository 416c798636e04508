"""The goals of the gateway, and whether a run met them."""

import sys


def rate(results, name, key="per_second"):
    return results.get(name, {}).get(key)


def ratio(results, other):
    own, base = rate(results, "slipway"), rate(results, other)
    return own / base if own and base else None


def over_limit(results):
    """Megabytes above what ONNX Runtime alone holds for the same models."""
    own = rate(results, "slipway", "loaded_mb")
    return own - results["limit"]["all_mb"] if own else None


def cost(results, whole="slipway"):
    own, base = rate(results, whole), rate(results, "alone")
    return 1 - own / base if own and base else None


# Row, what is compared, how it is computed, the goal, and whether the goal is a ceiling.
GOALS = (
    ("one-row", "trees, 1 row, JSON: times MLServer", lambda r: ratio(r, "mlserver"), 12, False),
    ("one-row", "trees, 1 row, JSON: times FastAPI, 2 workers", lambda r: ratio(r, "fastapi"), 2.5, False),
    ("one-row", "trees, 1 row, JSON: share of a bare NIO echo", lambda r: ratio(r, "echo"), 0.6, False),
    ("many-rows", "trees, 64 rows, JSON: times MLServer", lambda r: ratio(r, "mlserver"), 8, False),
    ("many-rows", "trees, 64 rows, JSON: times FastAPI, 2 workers", lambda r: ratio(r, "fastapi"), 2, False),
    ("perceptron", "perceptron, 64 rows, binary: share of the limit", lambda r: ratio(r, "limit"), 0.9, False),
    ("batching", "perceptron, 1 row, batched: times the unbatched limit", lambda r: ratio(r, "limit"), 1, False),
    ("grpc", "trees, 1 row, gRPC: times MLServer", lambda r: ratio(r, "mlserver"), 5, False),
    ("half-load", "trees, 1 row, half of the peak: p99 (ms)", lambda r: rate(r, "slipway", "p99_ms"), 3, True),
    ("governance", "two versions, log and sketches: share of throughput lost", cost, 0.15, True),
    ("governance", "the same, and each scored by the other too (no goal)", lambda r: cost(r, "with copies"), None, None),
    ("memory", "ten models: MB above ONNX Runtime in process", over_limit, 250, True),
)


def judged(measured):
    lines = []
    for row, title, compute, goal, ceiling in GOALS:
        if row not in measured:
            continue
        value = compute(measured[row])
        errors = sum(stack.get("errors", 0) for stack in measured[row].values())
        line = {"row": row, "title": title, "value": None if value is None else round(value, 3), "goal": goal, "errors": errors}
        if value is not None and goal is not None:
            line["met"] = (value <= goal if ceiling else value >= goal) and errors == 0
        lines.append(line)
    return lines


def shown(measured, lines):
    """The table for people."""
    print(f"\n{'requests/s':12}" + "".join(f"{name:>14}" for name in ("MLServer", "FastAPI", "Slipway", "limit")), file=sys.stderr)
    for row, results in measured.items():
        limits = rate(results, "echo") or rate(results, "limit") or rate(results, "alone")
        cells = [rate(results, name) for name in ("mlserver", "fastapi", "slipway")] + [limits]
        print(f"{row:12}" + "".join(f"{cell:>14,.0f}" if cell else f"{'-':>14}" for cell in cells), file=sys.stderr)
    print(file=sys.stderr)
    for line in lines:
        verdict = {True: "met", False: "MISSED", None: "for information" if line["goal"] is None else "not measured"}[
            line.get("met")]
        value = "-" if line["value"] is None else f"{line['value']:,.3f}"
        goal = "-" if line["goal"] is None else line["goal"]
        bad = f"  {line['errors']} errors" if line["errors"] else ""
        print(f"{line['title']:58}{value:>10}  goal {goal:<6}{verdict}{bad}", file=sys.stderr)
