"""Are alerts worth waking for? Clean streams and injected faults through Slipway and through its peers' default rules.

Prints a table in Markdown, and with --json everything that it was made of. Slipway is the real binary: `slipway monitor`
replays each stream with the decisions of the live service.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import peers
import streams

BIG = 0.08  # a fault of this size has to be found ...
SOON = 3  # ... within this many windows


@dataclass
class Tally:
    """What one rule did."""

    name: str
    clean_streams: int = 0
    clean_windows: int = 0
    clean_episodes: int = 0
    true_episodes: int = 0
    false_episodes: int = 0
    big: int = 0
    found: int = 0
    small: int = 0
    small_found: int = 0
    delays: list = field(default_factory=list)
    first_column: list = field(default_factory=list)
    missed: list = field(default_factory=list)
    false: list = field(default_factory=list)

    def add(self, stream, episodes, hits):
        """`episodes` are (window, columns) of what was told; `hits` are the windows in which a faulty column was."""
        if stream.fault is None:
            self.clean_streams += 1
            self.clean_windows += len(stream.windows)
            self.clean_episodes += len(episodes)
            self.false += [f"{stream.name}: window {window + 1}, {', '.join(names)}" for window, names in episodes]
            return
        for window, names in episodes:
            is_true = window >= streams.ONSET and set(names) & set(stream.fault.columns)
            self.true_episodes += bool(is_true)
            self.false_episodes += not is_true
            if not is_true:
                self.false.append(f"{stream.name}: window {window + 1}, {', '.join(names)}")
            elif stream.distance >= BIG:
                self.first_column.append(names[0] in stream.fault.columns)
        delay = next((window - streams.ONSET + 1 for window in hits if window >= streams.ONSET), None)
        if stream.distance >= BIG:
            self.big += 1
            self.found += delay is not None and delay <= SOON
            if delay is None or delay > SOON:
                self.missed.append(f"{stream.name} (D {stream.distance:.3f}): {delay and f'window {delay}' or 'never'}")
        elif stream.distance >= 0.01:
            self.small += 1
            self.small_found += delay is not None
        if delay is not None and stream.distance >= BIG:
            self.delays.append(delay)

    @property
    def episodes(self):
        return self.true_episodes + self.false_episodes + self.clean_episodes

    @property
    def precision(self):
        return self.true_episodes / self.episodes if self.episodes else None

    @property
    def recall(self):
        return self.found / self.big if self.big else None

    def row(self):
        share = lambda value: "-" if value is None else f"{value:.3f}"
        delay = f"{pd.Series(self.delays).median():.0f}" if self.delays else "-"
        first = f"{sum(self.first_column) / len(self.first_column):.2f}" if self.first_column else "-"
        return (
            f"| {self.name} | {self.clean_episodes} | {share(self.precision)} "
            f"| {share(self.recall)} ({self.found} of {self.big}) | {delay} | {first} | {self.small_found} of {self.small} |"
        )


def by_rule(rule, stream):
    """A rule without memory: an episode is a run of windows in which anything is told."""
    told = [rule.flags(window) for window in stream.windows]
    episodes = [(i, names) for i, names in enumerate(told) if names and not (i and told[i - 1])]
    hits = [i for i, names in enumerate(told) if stream.fault and set(names) & set(stream.fault.columns)]
    return episodes, hits


def by_slipway(command, stream, folder):
    keep = stream.features + ([stream.time] if stream.time else [])
    reference, rows = Path(folder, "reference.parquet"), Path(folder, "stream.parquet")
    stream.reference[keep].to_parquet(reference, index=False)
    stream.rows[keep].to_parquet(rows, index=False)
    arguments = [*command, str(reference), str(rows), "--rows", str(streams.WINDOW), "--json"]
    if stream.time:
        arguments += ["--time", stream.time]
    elif stream.kind == "in order":
        arguments += ["--in-order"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"{stream.name}: {done.stderr or done.stdout}")
    alerts = json.loads(done.stdout)["histories"][0]["alerts"]
    episodes = [(alert["window"], alert["columns"]) for alert in alerts]
    hits = [window for window, names in episodes if stream.fault and set(names) & set(stream.fault.columns)]
    return episodes, hits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the slipway binary")
    parser.add_argument("--only-slipway", action="store_true", help="leave the peers out")
    parser.add_argument("--every", type=int, default=1, help="only every so many streams, for a quick look")
    parser.add_argument("--seed", type=int, default=0, help="added to all seeds: other shuffles and other faulty rows")
    parser.add_argument("--json", help="write everything here")
    parser.add_argument("--dump", help="write a sample and the peers' numbers here for check_peers.py, and do nothing else")
    options = parser.parse_args()
    if options.dump:
        return dump(Path(options.dump))
    rules = [] if options.only_slipway else peers.ALL
    groups = {kind: [Tally("**Slipway**")] + [Tally(rule.name) for rule in rules] for kind in ("shuffled", "in order")}
    everything = []
    with tempfile.TemporaryDirectory() as folder:
        for number, stream in enumerate(itertools.chain(streams.clean_streams(options.seed), streams.faulty_streams(options.seed))):
            if number % options.every:
                continue
            tallies = groups[stream.kind]
            told = by_slipway([options.binary, "monitor"], stream, folder)
            tallies[0].add(stream, *told)
            everything.append({"stream": stream.name, "distance": stream.distance, "slipway": told[0]})
            fitted = {}
            for rule, tally in zip(rules, tallies[1:]):
                fitted[rule] = rule(stream.reference[stream.features], fitted)
                told = by_rule(fitted[rule], stream)
                tally.add(stream, *told)
                everything[-1][rule.name] = told[0]
            if number % 20 == 0:
                print(f"{number + 1} streams", file=sys.stderr)
    print("## Independent rows\n")
    show(groups["shuffled"])
    print("\n## Rows in order\n")
    show(groups["in order"])
    if options.json:
        tallies = {kind: [vars(tally) for tally in found] for kind, found in groups.items()}
        Path(options.json).write_text(json.dumps({"streams": everything, "tallies": tallies}, indent=1, default=str))
    met = is_met(groups["shuffled"])
    print(f"\nGoal for independent rows (precision at least 0.95, every fault found, no false episode in clean streams, ahead "
          f"of every peer on both): {'met' if met else 'NOT met'}")
    return 0 if met else 1


def dump(folder):
    """One faulty window of people, with numbers, categories, a new one, and missing values."""
    folder.mkdir(parents=True, exist_ok=True)
    name, rows = next(iter(streams.people().items()))
    stream = streams.shuffled(name, rows, streams.PEOPLE_FEATURES, 1)
    reference, window = stream.reference[stream.features], stream.windows[0].copy()
    window.loc[window.index[:100], "MAR"] = "9"
    window.loc[window.index[:50], "SCHL"] = None
    window["AGEP"] = window["AGEP"] + 3
    evidently, nannyml = peers.Evidently(reference), peers.NannyML(reference)
    scores = {
        "evidently": {name: float(evidently.score(name, window[name])) for name in window.columns},
        "nannyml": {name: float(nannyml.score(name, window[name])) for name in window.columns}
        | {f"{name} limit": float(limit) for name, limit in nannyml.limits.items()},
    }
    reference.to_parquet(folder / "reference.parquet", index=False)
    window.to_parquet(folder / "window.parquet", index=False)
    (folder / "scores.json").write_text(json.dumps(scores))
    return 0


def show(tallies):
    slipway = tallies[0]
    print(f"{slipway.clean_streams} clean streams ({slipway.clean_windows} windows of {streams.WINDOW} rows), {slipway.big} "
          f"streams with a fault of distance {BIG} or more, {slipway.small} with a smaller one.\n")
    print(f"| Rule | False episodes in clean streams | Precision of episodes | Found within {SOON} windows | Median delay "
          "in windows | Faulty column named first | Smaller faults found |")
    print("|---|---|---|---|---|---|---|")
    for tally in tallies:
        print(tally.row())
    for title, lines in (("Missed by Slipway", slipway.missed), ("False alarms of Slipway", slipway.false)):
        print(f"\n{title}: {len(lines) or 'none'}")
        for line in lines:
            print(f"- {line}")


def is_met(tallies):
    slipway, *others = tallies
    best = lambda what: max((getattr(tally, what) or 0 for tally in others), default=0)
    return (
        slipway.clean_episodes == 0 and (slipway.precision or 0) >= 0.95 and slipway.recall == 1
        and slipway.precision > best("precision")
        # Everything found leaves a peer that finds everything too with its precision only.
        and all(slipway.recall > (tally.recall or 0) or slipway.precision > 2 * (tally.precision or 0) for tally in others)
    )


if __name__ == "__main__":
    sys.exit(main())
