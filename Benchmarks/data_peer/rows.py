"""What is asked of each peer and of Slipway, row by row. Every function takes a Bench and gives what was measured."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from . import rules
from .processes import Refused, in_turns, once, say

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

    def race(self, own, peers=None):
        """Everybody's figures; `own` and `peers` map names to entries, and a peer's entry has a `check` of its answer.

        A peer's answer is looked at: one that does less is not faster. Slipway's answer stays beside its figures.
        """
        chosen = {name: entry for name, entry in (peers or {}).items() if name in self.peers}
        entries = {name: {**entry, "once": name in SLOW} for name, entry in chosen.items()}
        if "slipway" in self.peers:
            entries.update({name: {**entry, "absent": True} for name, entry in own.items()})
        return in_turns(entries, self.repetitions, self.trouble)

    def slipway(self, words, expect=(0,)):
        """An entry for Slipway's own command."""
        return {"command": [self.binary, *map(str, words)], "expect": expect}


def without_text(found):
    return {key: value for key, value in found.items() if key != "text"}


def drift(bench):
    reference, current = bench.table("ref.parquet"), bench.table("cur.parquet")
    exact = {}

    def keeps(answer):
        exact.update(answer)
        return answer["columns"] == COLUMNS

    every = lambda answer: answer["columns"] == COLUMNS  # noqa: E731
    profile = bench.scratch / "reference.json"
    # The windows do differ, so the answer is 2.
    own = {"slipway": bench.slipway(["drift", reference, current, "--json"], (2,))}
    if "slipway" in bench.peers:
        try:
            once([bench.binary, "profile", reference, "-o", str(profile)])
            own["slipway stored"] = bench.slipway(["drift", profile, current, "--json"], (2,))
        except Refused as refused:
            bench.trouble.append(str(refused))
    results = bench.race(own, {
        "numpy": {"command": bench.python("checks", "numpy_drift.py", reference, current), "check": keeps},
        "duckdb": {"command": bench.python("checks", "duckdb_psi.py", reference, current), "check": every},
        "evidently": {"command": bench.python("evidently", "evidently_drift.py", reference, current), "check": every}})
    if exact and "slipway" in results:
        results["agreement"] = agreement(json.loads(results["slipway"]["text"]), exact)
    return {name: without_text(found) for name, found in results.items()}


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
    whylogs = bench.python("whylogs", "whylogs_profile.py", table, bench.scratch / "whylogs.bin")
    results = bench.race({"slipway": bench.slipway(["profile", table, "-o", bench.scratch / "profile.json"])}, {
        "duckdb": {"command": bench.python("checks", "duckdb_profile.py", table), "check": every},
        "whylogs": {"command": whylogs, "check": every}})
    if "slipway" in results:
        results["slipway"]["bytes"] = (bench.scratch / "profile.json").stat().st_size
    return {name: without_text(found) for name, found in results.items()}


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
        own = {"slipway": bench.slipway(["validate", table, "--contract", contract], (2,) if broken else (0,))}
        found = bench.race(own, {
            name: {"command": bench.python("checks", f"{name}_validate.py", table, chosen), "check": right}
            for name in ("duckdb", "pandera", "gx")})
        results[title] = {name: without_text(one) for name, one in found.items()}
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
            label = f"slipway {name}, {title}"
            found = bench.race({label: {**bench.slipway(words(table), expect), "once": True}})
            if found:
                results.setdefault(name, {})[title] = {**without_text(found[label]), "rows": bench.rows * (
                    bench.files if title == "many" else 1)}
            # The later commands compare with the profile of the small table.
            if name == "profile" and title == "many" and found:
                once([bench.binary, *map(str, words(bench.table("ref.parquet")))])
    return results
