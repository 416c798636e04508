"""Ratios, targets and whether they are met."""

import sys

# Of each line: the row, the value in it, whether less is better, the least ratio to MLflow as it comes, and to MLflow
# tuned where the goal names it.
RATIOS = {
    "log-metric, 8 connections (requests/s)": ("log-metric", "per_second", False, 60, 60),
    "log-batch of 1,000 (metrics/s)": ("log-batch", "per_second", False, 20, None),
    "create run, 8 connections (requests/s)": ("create-run", "per_second", False, 50, None),
    "search 50,000 runs (p50 ms)": ("search", "p50_ms", True, 100, 15),
    "history of 100,000 points (p50 ms)": ("history", "p50_ms", True, 30, None),
    "1 GB up (MB/s)": ("artifacts", "up_mb_per_second", False, 2, None),
    "1 GB down (MB/s)": ("artifacts", "down_mb_per_second", False, 2, None),
    "1,000 small files up (files/s)": ("artifacts", "small_up_per_second", False, 5, None),
    "1,000 small files down (files/s)": ("artifacts", "small_down_per_second", False, 5, None),
    "Python client, log_metric (calls/s)": ("client", "per_second", False, 20, None),
    "start on an empty folder (ms)": ("start", "empty_folder_ms", True, 40, None),
    "start on an existing one (ms)": ("start", "existing_ms", True, 40, None),
    "memory idle (PSS MB)": ("memory", "idle_mb", True, 30, None),
    "memory after the load (PSS MB)": ("memory", "loaded_mb", True, 30, None),
}
# Of each line: the row, the value, its bound, and whether the bound is a ceiling. Of Slipway alone.
BOUNDS = {
    "log-batch into 1 M points, share of empty": ("log-batch-big", "of_empty", 0.95, False),
    "extra memory, big file (MB)": ("artifacts", "extra_memory_mb", 50, True),
    "extra memory, small files (MB)": ("artifacts", "small_extra_memory_mb", 50, True),
    "64 clients: refused or broken": ("soak", "errors", 0, True),
    "64 clients: points lost": ("soak", "lost", 0, True),
    "64 clients: p99 (ms)": ("soak", "p99_ms", 50, True),
    "search 500,000 runs, 5 M points (p50 ms)": ("search-many", "p50_ms", 100, True),
}
PEERS = ("mlflow", "mlflow tuned", "slipway")


def rounded(value):
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


def judged(results):
    """Every line of the table, with what was measured of each peer."""
    names = {peer: results[peer]["search"]["names"] for peer in results if "search" in results[peer]}
    lines = {}
    for title, (row, key, less, default, tuned) in RATIOS.items():
        values = {peer: results.get(peer, {}).get(row) for peer in PEERS}
        if not any(values.values()):
            continue
        line = {peer: value and value[key] for peer, value in values.items()}
        own = line["slipway"]
        for peer, name, target in (("mlflow", "ratio", default), ("mlflow tuned", "ratio_tuned", tuned)):
            if own and line[peer]:
                ratio = line[peer] / own if less else own / line[peer]
                line[name] = ratio
                if target is not None:
                    line[f"{name}_target"], line[f"{name}_met"] = target, ratio >= target
        lines[title] = line
    for title, (row, key, bound, ceiling) in BOUNDS.items():
        values = {peer: results.get(peer, {}).get(row) for peer in PEERS}
        if not any(values.values()):
            continue
        line = {peer: value and value[key] for peer, value in values.items()}
        line["bound"] = bound
        if (own := line["slipway"]) is not None:
            line["met"] = own <= bound if ceiling else own >= bound
        lines[title] = line
    if len(names) > 1:
        lines["search 50,000 runs (p50 ms)"]["same_answer"] = len(set(names.values())) == 1
    return rounded(lines)


def cell(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def shown(lines):
    """The table for people."""
    print(f"\n{'':44}{'MLflow':>12}{'tuned':>12}{'Slipway':>12}{'ratio':>9}{'tuned':>9}  target", file=sys.stderr)
    for title, line in lines.items():
        text = f"{title:44}" + "".join(f"{cell(line[peer]):>12}" for peer in PEERS)
        if "bound" in line:
            verdict = {True: "met", False: "MISSED", None: ""}[line.get("met")]
            text += f"{'':18}  bound {line['bound']}: {verdict}"
        else:
            text += f"{cell(line.get('ratio')):>9}{cell(line.get('ratio_tuned')):>9}"
            for name in ("ratio", "ratio_tuned"):
                if f"{name}_target" in line:
                    text += f"  {line[name + '_target']}x: {'met' if line[name + '_met'] else 'MISSED'}"
        print(text, file=sys.stderr)
