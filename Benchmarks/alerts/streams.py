"""Real rows as streams with a known truth: clean ones, and ones into which a fault of known size comes.

Clean means: the rows of the reference and of the stream are of the same season and neither saw the other. There are two
kinds. Shuffled: the rows of one quarter (or year) in random order, so that rows are independent. In order: every third
day (or every other block of rows) as it came, so that rows depend on each other: hours, weekdays, weather, households.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
WINDOW = 1000
ONSET = 8  # windows before the fault
FAULTY = 8  # windows with it

FLIGHT_FEATURES = [
    "carrier", "origin", "hour", "weekday", "distance_miles", "recent_late_percent", "overdue_percent",
    "scheduled_departures", "precipitation_inches", "visibility_miles", "heat_fahrenheit",
]
PEOPLE_FEATURES = [
    "AGEP", "SCHL", "MAR", "RELP", "DIS", "ESP", "CIT", "MIG", "MIL", "ANC", "NATIVITY", "DEAR", "DEYE", "DREM", "SEX",
    "RAC1P", "predicted_probability",
]


def flights():
    """The flights of each quarter of 2013, in the order of their scheduled departure."""
    folder = ROOT / ".data/flight-delay"
    files = [folder / "train.parquet"] + [folder / f"live-{month:02}.parquet" for month in range(4, 13)]
    rows = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    rows = rows.sort_values("scheduled_at", kind="stable").reset_index(drop=True)
    for name in FLIGHT_FEATURES[2:]:
        rows[name] = rows[name].astype("float64")
    for name in FLIGHT_FEATURES[:2]:
        rows[name] = rows[name].astype(object)
    quarter = (rows["scheduled_at"].dt.month - 1) // 3
    return {f"flights Q{number + 1}": rows[quarter == number].reset_index(drop=True) for number in range(4)}


def people():
    """The people of the ACS of Massachusetts, year by year, in the order of the file."""
    folder = ROOT / ".data/acs-employment"
    rows = pd.concat([pd.read_parquet(folder / f"employment_MA_{part}.pq") for part in ("reference", "analysis")])
    rows = rows.sort_values("id").reset_index(drop=True)
    for name in PEOPLE_FEATURES[1:-1]:
        rows[name] = rows[name].astype(str).astype(object)
    return {f"people {year}": rows[rows["year"] == year].reset_index(drop=True) for year in range(2015, 2019)}


@dataclass
class Stream:
    """A reference and what follows it."""

    name: str
    kind: str
    reference: pd.DataFrame
    rows: pd.DataFrame
    features: list
    time: str | None = None
    fault: "Fault | None" = None
    distance: float = 0.0

    @property
    def windows(self):
        columns = self.features
        return [self.rows[columns].iloc[i : i + WINDOW] for i in range(0, len(self.rows) - WINDOW + 1, WINDOW)]


def shuffled(name, rows, features, seed, reference=20_000, stream=30_000):
    order = np.random.default_rng(seed).permutation(len(rows))
    stream = min(stream, (len(rows) - reference) // WINDOW * WINDOW)
    taken = rows.iloc[order[: reference + stream]]
    return Stream(f"{name}, shuffle {seed}", "shuffled", taken.iloc[:reference], taken.iloc[reference:], features)


def days_in_order(name, rows, features, third):
    day = rows["scheduled_at"].dt.dayofyear
    mine = day % 3 == third
    stream = rows[mine]
    stream = stream.iloc[: len(stream) // WINDOW * WINDOW]
    return Stream(f"{name}, every third day from {third}", "in order", rows[~mine], stream, features, "scheduled_at")


def blocks_in_order(name, rows, features, block):
    mine = (np.arange(len(rows)) // block) % 2 == 1
    stream = rows[mine].iloc[:30_000]
    return Stream(f"{name}, every other {block} rows", "in order", rows[~mine], stream, features)


def clean_streams(first=0):
    """One hundred streams of independent rows in which nothing happens, and 24 of rows in order; `first` is added to seeds."""
    by_quarter, by_year = flights(), people()
    for seed in range(13):
        for name, rows in by_quarter.items():
            yield shuffled(name, rows, FLIGHT_FEATURES, first + seed)
    for seed in range(12):
        for name, rows in by_year.items():
            yield shuffled(name, rows, PEOPLE_FEATURES, first + 100 + seed)
    for third in range(3):
        for name, rows in by_quarter.items():
            yield days_in_order(name, rows, FLIGHT_FEATURES, third)
    for block in (250, 500, 1000):
        for name, rows in by_year.items():
            yield blocks_in_order(name, rows, PEOPLE_FEATURES, block)


@dataclass
class Fault:
    """Something that goes wrong with one feature, or with two."""

    kind: str
    size: str
    columns: list
    apply: object

    def __str__(self):
        return f"{self.kind} of {' and '.join(self.columns)}, {self.size}"


def some(rng, rows, share):
    return rng.random(len(rows)) < share


def unit(column, factor, offset, share, size):
    def apply(rows, rng, before):
        chosen = some(rng, rows, share)
        rows.loc[chosen, column] = rows.loc[chosen, column] * factor + offset
    return Fault("unit change", size, [column], apply)


def nulls(column, share):
    def apply(rows, rng, before):
        rows.loc[some(rng, rows, share), column] = None
    return Fault("nulls", f"{share:.0%}", [column], apply)


def category(column, value, share):
    def apply(rows, rng, before):
        rows.loc[some(rng, rows, share), column] = value
    return Fault("new category", f"{share:.0%}", [column], apply)


def shift(column, deviations):
    def apply(rows, rng, before):
        rows[column] = rows[column] + deviations * before[column].std()
    return Fault("shifted column", f"{deviations} sd", [column], apply)


def swap(first, second, share):
    def apply(rows, rng, before):
        chosen = some(rng, rows, share)
        held = rows.loc[chosen, first].copy()
        rows.loc[chosen, first] = rows.loc[chosen, second].to_numpy()
        rows.loc[chosen, second] = held.to_numpy()
    return Fault("swapped columns", f"{share:.0%}", [first, second], apply)


def stale(column, share):
    def apply(rows, rng, before):
        rows.loc[some(rng, rows, share), column] = before[column].iloc[-1]
    return Fault("stale feature", f"{share:.0%} frozen", [column], apply)


def late(column, rows_late):
    """The values of other rows, some time ago: the distribution does not change, so nobody who looks at it can see it."""

    def apply(rows, rng, before):
        old = pd.concat([before[column], rows[column]])
        rows[column] = old.iloc[len(before) - rows_late : len(old) - rows_late].to_numpy()
    return Fault("stale feature", f"{rows_late} rows late", [column], apply)


FLIGHT_FAULTS = (
    [unit("distance_miles", 1.609, 0, share, f"miles to km, {share:.0%}") for share in (0.05, 0.2, 0.5, 1.0)]
    + [unit("heat_fahrenheit", 5 / 9, -160 / 9, share, f"F to C, {share:.0%}") for share in (0.03, 0.1, 1.0)]
    + [nulls("visibility_miles", share) for share in (0.005, 0.05, 0.1, 0.3)]
    + [nulls("carrier", share) for share in (0.05, 0.1)]
    + [category("origin", "XXX", share) for share in (0.005, 0.05, 0.1, 0.3)]
    + [shift("heat_fahrenheit", size) for size in (0.02, 0.1, 0.2, 0.3, 0.5)]
    + [shift("scheduled_departures", size) for size in (0.2, 0.4)]
    + [swap("recent_late_percent", "overdue_percent", share) for share in (0.05, 0.3, 1.0)]
    + [swap("precipitation_inches", "visibility_miles", share) for share in (0.1, 1.0)]
    + [stale("heat_fahrenheit", share) for share in (0.1, 0.3, 1.0)]
    + [late("recent_late_percent", 3000)]
)
PEOPLE_FAULTS = (
    [unit("AGEP", 12, 0, share, f"years to months, {share:.0%}") for share in (0.02, 0.1, 1.0)]
    + [unit("predicted_probability", 100, 0, share, f"to percent, {share:.0%}") for share in (0.1, 1.0)]
    + [nulls("SCHL", share) for share in (0.005, 0.05, 0.1, 0.3)]
    + [category("MAR", "9", share) for share in (0.005, 0.05, 0.1, 0.3)]
    + [category("SEX", "male", share) for share in (0.1, 1.0)]
    + [shift("AGEP", size) for size in (0.02, 0.1, 0.2, 0.3)]
    + [swap("DEAR", "SEX", share) for share in (0.05, 0.2, 1.0)]
    + [stale("SCHL", share) for share in (0.1, 0.3, 1.0)]
    + [late("AGEP", 3000)]
)


def distance(before, after):
    """How far a fault moved a column: the larger of the Kolmogorov-Smirnov distance of its values (total variation of
    categories) and the change of its share of missing values."""
    missing = abs(after.isna().mean() - before.isna().mean())
    old, new = before.dropna(), after.dropna()
    if not len(new):
        return 1.0
    if pd.api.types.is_numeric_dtype(before):
        grid = np.sort(np.concatenate([old, new]))
        old, new = np.sort(old), np.sort(new)
        moved = np.abs(np.searchsorted(old, grid, "right") / len(old) - np.searchsorted(new, grid, "right") / len(new)).max()
    else:
        p, q = old.value_counts(normalize=True), new.value_counts(normalize=True)
        moved = p.subtract(q, fill_value=0).abs().sum() / 2
    return float(max(missing, moved))


def faulty(stream, fault, seed):
    """The same stream with the fault from window ONSET on."""
    rows = stream.rows.iloc[: (ONSET + FAULTY) * WINDOW].reset_index(drop=True)
    before, after = rows.iloc[: ONSET * WINDOW], rows.iloc[ONSET * WINDOW :].copy()
    true = after.copy()
    fault.apply(after, np.random.default_rng(seed), before)
    found = max(distance(true[name], after[name]) for name in fault.columns)
    return Stream(
        f"{stream.name}: {fault}", stream.kind, stream.reference, pd.concat([before, after], ignore_index=True),
        stream.features, stream.time, fault, found,
    )


def faulty_streams(first=0):
    """Each fault in shuffled rows of two seasons, and in rows in order; `first` is added to seeds."""
    by_quarter, by_year = flights(), people()
    quarters, years = list(by_quarter.items()), list(by_year.items())
    for number, fault in enumerate(FLIGHT_FAULTS):
        for turn in range(2):
            name, rows = quarters[(number + turn) % 4]
            yield faulty(shuffled(name, rows, FLIGHT_FEATURES, first + 1000 + 10 * number + turn), fault, first + number)
        name, rows = quarters[number % 4]
        yield faulty(days_in_order(name, rows, FLIGHT_FEATURES, number % 3), fault, first + number)
    for number, fault in enumerate(PEOPLE_FAULTS):
        for turn in range(2):
            name, rows = years[(number + turn) % 4]
            yield faulty(shuffled(name, rows, PEOPLE_FEATURES, first + 2000 + 10 * number + turn), fault, first + number)
        name, rows = years[number % 4]
        yield faulty(blocks_in_order(name, rows, PEOPLE_FEATURES, 500), fault, first + number)
