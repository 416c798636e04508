"""Ratios, targets and whether they are met."""

import sys


def at(measured, row, *path):
    found = measured.get(row)
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def times_less(row, peer, own="slipway", *path):
    """How many times less CPU than the peer."""
    def compute(measured):
        base, mine = at(measured, row, *path, peer, "cpu_seconds"), at(measured, row, *path, own, "cpu_seconds")
        return base / mine if base and mine else None
    return compute


def share_of(row, peer, own="slipway", *path):
    def compute(measured):
        ratio = times_less(row, peer, own, *path)(measured)
        return 1 / ratio if ratio else None
    return compute


def peak(size):
    def compute(measured):
        found = [one[size]["peak_mb"] for one in (measured.get("memory") or {}).values() if size in one]
        return max(found) if found else None
    return compute


def growth(measured):
    both = [one for one in (measured.get("memory") or {}).values() if {"once", "many"} <= one.keys()]
    return max(one["many"]["peak_mb"] / one["once"]["peak_mb"] for one in both) if both else None


def validation(kind):
    title, path = f"validate 20 rules, {kind}:", kind.lower()
    return (
        ("validate", f"{title} times less CPU than Great Expectations", times_less("validate", "gx", "slipway", path), 8, False),
        ("validate", f"{title} times less CPU than pandera", times_less("validate", "pandera", "slipway", path), 2.5, False),
        ("validate", f"{title} times one DuckDB query", share_of("validate", "duckdb", "slipway", path), 1.2, True),
    )


# Row, what is compared, how it is computed, the target (None: for information), and whether the target is a ceiling.
TARGETS = (
    ("drift", "drift: times less CPU than Evidently's DataDriftPreset", times_less("drift", "evidently"), 60, False),
    ("drift", "drift: times less CPU than the exact statistics in NumPy", times_less("drift", "numpy"), 4, False),
    ("drift", "drift: share of PSI alone in DuckDB's SQL", share_of("drift", "duckdb"), 1, True),
    # "Half of that" can be half of PSI in SQL, or half of both tables: both are shown.
    ("drift", "drift against a stored reference: share of PSI alone in SQL", share_of("drift", "duckdb", "slipway stored"), 0.5, True),
    ("drift", "drift against a stored reference: share of both tables", share_of("drift", "slipway", "slipway stored"), 0.5, True),
    ("profile", "profile: times less CPU than whylogs", times_less("profile", "whylogs"), 15, False),
    ("profile", "profile: times less CPU than DuckDB's approx_*", times_less("profile", "duckdb"), 2, False),
    *validation("Parquet"), *validation("CSV"),
    ("memory", "peak memory at the first size (MB)", peak("once"), 300, True),
    ("memory", "peak memory at the large size (MB)", peak("many"), 300, True),
    ("memory", "peak memory, large size over first", growth, None, True),
    ("sketches", "sketches of live traffic: CPU ns a value, upper end", lambda found: at(found, "sketches", "upper_ns_per_value"), 150, True),
)


def judged(measured, rows):
    """Every line of the table; the targets are for a million rows, so at other sizes there are ratios only."""
    lines = []
    for row, title, compute, target, ceiling in TARGETS:
        if row not in measured:
            continue
        value = compute(measured)
        line = {"row": row, "title": title, "ratio": None if value is None else round(value, 3), "target": target, "ceiling": ceiling}
        if value is not None and target is not None and rows == 1_000_000:
            line["met"] = value <= target if ceiling else value >= target
        lines.append(line)
    return lines


def lines_of(measured):
    """Every leaf that has CPU seconds, with its path as the name."""
    for name, found in measured.items():
        if isinstance(found, dict):
            if "cpu_seconds" in found:
                yield name, found
            else:
                yield from ((f"{name}, {inner}", leaf) for inner, leaf in lines_of(found))


def shown(measured, judgements):
    """The table for people."""
    print(f"\n{'':52}{'CPU s':>10}{'peak MB':>10}{'load':>7}", file=sys.stderr)
    for name, found in lines_of(measured):
        load = found.get("load_average")
        print(f"{name:52}{found['cpu_seconds']:>10.2f}{found['peak_mb']:>10.0f}{load if load is None else round(load, 1)!s:>7}", file=sys.stderr)
    print(file=sys.stderr)
    for line in judgements:
        verdict = {True: "met", False: "MISSED", None: "not measured" if line["ratio"] is None else "not judged"}[line.get("met")]
        value = "-" if line["ratio"] is None else f"{line['ratio']:,.2f}"
        word = "at most" if line["ceiling"] else "at least"
        target = "for information" if line["target"] is None else f"{word} {line['target']:<6}{verdict}"
        print(f"{line['title']:70}{value:>10}  {target}", file=sys.stderr)
