"""Makes every-column.parquet beside this file: 600 rows in three row groups. Run with pyarrow installed."""
import datetime as dt
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
ROWS = range(600)
START = dt.datetime(2013, 1, 1)


def minutes(extra=0):
    return [START + dt.timedelta(minutes=i, microseconds=extra) for i in ROWS]


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
