"""Makes the Parquet and Arrow files beside this one. Run with pyarrow installed."""
import datetime as dt
import decimal
import pathlib

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
ROWS = range(600)
START = dt.datetime(2013, 1, 1)


def minutes(extra=0):
    return [START + dt.timedelta(minutes=i, microseconds=extra) for i in ROWS]


# 600 rows in three row groups.
table = pa.table({
    "id": pa.array(ROWS, pa.int64()),
    "small": pa.array([None if i % 10 == 3 else i % 100 - 50 for i in ROWS], pa.int8()),
    "count": pa.array([i * 4000000 for i in ROWS], pa.uint32()),
    "big": pa.array([2**63 + i * 2048 for i in ROWS], pa.uint64()),
    "ratio": pa.array([None if i % 7 == 0 else i / 8 for i in ROWS], pa.float32()),
    "delay": pa.array([None if i % 5 == 0 else i * 0.25 - 10 for i in ROWS], pa.float64()),
    "late": pa.array([None if i % 11 == 0 else i % 3 == 0 for i in ROWS], pa.bool_()),
    "carrier": pa.array([None if i % 13 == 0 else ["UA", "AA", "", "Zürich – Kloten"][i % 4] for i in ROWS]),
    "category": pa.array([["x", "y", "z"][i % 3] for i in ROWS]).dictionary_encode(),
    "at_ms": pa.array([None if i % 17 == 0 else at for i, at in zip(ROWS, minutes())], pa.timestamp("ms")),
    "at_us": pa.array(minutes(999), pa.timestamp("us")),
    "at_ns": pa.array(minutes(), pa.timestamp("ns")),
    "at_tz": pa.array(minutes(), pa.timestamp("us", tz="UTC")),
    "day": pa.array([(START + dt.timedelta(days=i - 20000)).date() for i in ROWS], pa.date32()),
    "price": pa.array([None if i % 19 == 0 else decimal.Decimal(i) / 100 for i in ROWS], pa.decimal128(10, 2)),
    "tags": pa.array([[i, i + 1] for i in ROWS], pa.list_(pa.int32())),
})
pq.write_table(table, HERE / "every-column.parquet", row_group_size=250, compression="zstd")

# The same rows as an Arrow stream, an Arrow file and a Parquet file.
SIXTY = range(60)
mixed = pa.table({
    "i8": pa.array([None if i % 11 == 0 else i % 100 - 50 for i in SIXTY], pa.int8()),
    "u32": pa.array([i * 70000 for i in SIXTY], pa.uint32()),
    "i64": pa.array([-(1 << 40) + i for i in SIXTY], pa.int64()),
    "f32": pa.array([i / 4 for i in SIXTY], pa.float32()),
    "f64": pa.array([None if i % 7 == 0 else i * 1.1 for i in SIXTY]),
    "b": pa.array([None if i % 7 == 0 else i % 2 == 0 for i in SIXTY]),
    "s": pa.array([None if i % 5 == 0 else f"v{i % 9}\u00e9" for i in SIXTY]),
    "ls": pa.array([f"w{i % 4}" for i in SIXTY], pa.large_string()),
    "d": pa.array([dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in SIXTY]),
    "ts": pa.array([dt.datetime(2020, 1, 1) + dt.timedelta(seconds=i * 3, microseconds=1500) for i in SIXTY], pa.timestamp("us")),
})
with pa.OSFile(str(HERE / "mixed.arrows"), "wb") as file, ipc.new_stream(file, mixed.schema) as writer:
    writer.write_table(mixed, max_chunksize=25)
with pa.OSFile(str(HERE / "mixed.arrow"), "wb") as file, ipc.new_file(file, mixed.schema) as writer:
    writer.write_table(mixed)
pq.write_table(mixed, HERE / "mixed.parquet")

# Ten values are NaN, of which the statistics that the writer puts into the file say nothing.
many = pa.array([float("nan") if i % 50 == 0 else i / 8 for i in range(500)])
pq.write_table(pa.table({"a": many}), HERE / "nan.parquet")
