"""What is asked of each peer and of Slipway, row by row. Every function takes a Bench and gives what was measured."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from . import rules
from .processes import Refused, last_json, measured, once, say

WORK = Path(__file__).resolve().parent / "work"
# Peers that need a minute or more at full size are run once.
SLOW = {"evidently", "whylogs"}
COLUMNS = 20


@dataclass
class Bench:
    """One run: the sizes, how often, and where things are."""

    rows: int
    files: int
    repetitions: int
    binary: str
    environments: Path
    data: Path
    scratch: Path
    peers: tuple
    trouble: list = field(default_factory=list)

    def python(self, environment, script, *words):
        return [str(self.environments / environment / "bin/python"), str(WORK / script), *map(str, words)]

    def table(self, name):
        return str(self.data / name)

    def peer(self, name, command, check):
        """A peer's figures, after its answer was looked at: one that does less is not faster."""
        if name not in self.peers:
            return None
        say(f"  {name}")
        found = measured(command, 1 if name in SLOW else self.repetitions)
        answer = last_json(found.pop("text"))
        if not check(answer):
            raise Refused(f"{name} answered something else: {json.dumps(answer)[:300]}")
        return found

    def slipway(self, words, expect=(0,), label="slipway", repetitions=None):
        """Slipway's figures, with its answer beside them; None and a word about it where the command is not there."""
        if "slipway" not in self.peers:
            return None
        say(f"  {label}")
        try:
            return measured([self.binary, *map(str, words)], repetitions or self.repetitions, expect)
        except Refused as refused:
            say(f"    {refused}")
            self.trouble.append(str(refused))
            return None


def without_text(found):
    return found and {key: value for key, value in found.items() if key != "text"}


def drift(bench):
    reference, current = bench.table("ref.parquet"), bench.table("cur.parquet")
    results, exact = {}, {}

    def keeps(answer):
        exact.update(answer)
        return answer["columns"] == COLUMNS

    every = lambda answer: answer["columns"] == COLUMNS  # noqa: E731
    results["numpy"] = bench.peer("numpy", bench.python("checks", "numpy_drift.py", reference, current), keeps)
    results["duckdb"] = bench.peer("duckdb", bench.python("checks", "duckdb_psi.py", reference, current), every)
    results["evidently"] = bench.peer(
        "evidently", bench.python("evidently", "evidently_drift.py", reference, current), every)
    # The windows do differ, so the answer is 2.
    own = bench.slipway(["drift", reference, current, "--json"], (2,))
    profile = bench.scratch / "reference.json"
    stored = None
    if own and bench.slipway(["profile", reference, "-o", profile], label="slipway's reference", repetitions=1):
        stored = bench.slipway(["drift", profile, current, "--json"], (2,), "slipway, stored reference")
    results["slipway"], results["slipway stored"] = without_text(own), without_text(stored)
    if own and exact:
        results["agreement"] = agreement(json.loads(own["text"]), exact)
    return {name: found for name, found in results.items() if found}


def agreement(answer, exact):
    """How far Slipway's effects are from the exact ones: its KS is on a grid and says its own bound."""
    worst, out, compared = 0.0, [], 0
    for column in answer["columns"]:
        for test in column["tests"]:
            truth = exact["ks"].get(column["name"]) if test["statistic"] == "ks" else None
            if truth is not None:
                compared += 1
                worst = max(worst, abs(test["effect"] - truth))
                if not test["effect"] - 1e-9 <= truth <= test["bound"] + 1e-9:
                    out.append(column["name"])
    return {"ks_compared": compared, "ks_largest_difference": worst, "ks_outside_stated_bound": out}


def profile(bench):
    table = bench.table("ref.parquet")
    every = lambda answer: answer["columns"] == COLUMNS  # noqa: E731
    results = {
        "duckdb": bench.peer("duckdb", bench.python("checks", "duckdb_profile.py", table), every),
        "whylogs": bench.peer(
            "whylogs", bench.python("whylogs", "whylogs_profile.py", table, bench.scratch / "whylogs.bin"), every),
        "slipway": without_text(bench.slipway(["profile", table, "-o", bench.scratch / "profile.json"]))}
    if results["slipway"]:
        results["slipway"]["bytes"] = (bench.scratch / "profile.json").stat().st_size
    return {name: found for name, found in results.items() if found}


def validate(bench):
    """Twenty rules that hold, from Parquet and from CSV; and for information, one that fifty of a million rows break."""
    results = {}
    for title, kind, chosen, broken in (
            ("parquet", "parquet", "RULES", 0), ("csv", "csv", "RULES", 0), ("parquet, one rule broken", "parquet", "BROKEN", 1)):
        say(f" {title}")
        table = bench.table(f"ref.{kind}")
        right = lambda answer, broken=broken: answer == {"rules": 20, "failed": broken}  # noqa: E731
        contract = bench.scratch / f"{chosen.lower()}.yaml"
        contract.write_text(rules.contract(getattr(rules, chosen)))
        found = {
            name: bench.peer(name, bench.python("checks", f"{script}_validate.py", table, chosen), right)
            for name, script in (("duckdb", "duckdb"), ("pandera", "pandera"), ("gx", "gx"))}
        found["slipway"] = without_text(
            bench.slipway(["validate", table, "--contract", contract], (2,) if broken else (0,)))
        results[title] = {name: one for name, one in found.items() if one}
    return results


def memory(bench):
    """Peak memory at one size and at so many times that size: the same command on a folder of files of the same rows."""
    results = {}
    many = bench.table("many/*.parquet")
    profile = bench.scratch / "small.json"
    contract = bench.scratch / "memory.yaml"
    contract.write_text(rules.contract(rules.RULES))
    commands = {
        "profile": (lambda table: ["profile", table, "-o", profile], (0,)),
        "drift": (lambda table: ["drift", profile, table, "--json"], (0, 2)),
        "validate": (lambda table: ["validate", table, "--contract", contract], (0, 2)),
    }
    for name, (words, expect) in commands.items():
        for title, table in (("once", bench.table("ref.parquet")), ("many", many)):
            found = bench.slipway(words(table), expect, f"slipway {name}, {title}", 1)
            if found:
                results.setdefault(name, {})[title] = {**without_text(found), "rows": bench.rows * (
                    bench.files if title == "many" else 1)}
            # The later commands compare with the profile of the small table.
            if name == "profile" and title == "many" and found:
                once([bench.binary, *map(str, words(bench.table("ref.parquet")))])
    return results
