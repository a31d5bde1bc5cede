"""Everything that was measured in a session, one row a value: as CSV, and as Parquet where that is installed."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import msgspec
import numpy as np

from monitor.record.series import MILLI
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.cells import csv_bytes, iso_times, number_texts, safe_text
from monitor.reports.tables.rows import Texts, measurements

COLUMNS = ("time", "arrived", "metric", "value", "unit", "source", "quality", "origin", "artefact")


class ParquetMissing(Exception):
    """Parquet was asked for and is not installed; the text is one line for a person."""

    def __init__(self) -> None:
        super().__init__("Parquet files need pyarrow: install Chairside with its extra “parquet”, or export CSV.")


def measurements_csv(found: SessionRecord) -> bytes:
    """The measurements of a session. Columns and their meaning: ``docs/exports.md``."""
    rows = measurements(found)
    differs = rows.arrived_ms != rows.time_ms
    arrived = np.full(len(rows), "", np.object_)
    arrived[differs] = iso_times(rows.arrived_ms[differs])
    columns: tuple[Iterable[str], ...] = (
        iso_times(rows.time_ms),
        arrived,
        rows.metric,
        number_texts(rows.value),
        rows.units(),
        _safe(rows.source),
        rows.qualities(),
        rows.origin,
        rows.artefact,
    )
    return csv_bytes(COLUMNS, zip(*columns, strict=True))


def measurements_parquet(found: SessionRecord) -> bytes:
    """The same rows with typed columns, times in UTC, and whose they are in the metadata of the schema.

    Raises: ParquetMissing
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ParquetMissing from error

    def moments(ms: Any, mask: Any = None) -> Any:
        return pa.array(ms * MILLI, mask=mask).cast(pa.timestamp("us", tz="UTC"))

    def words(texts: Texts) -> Any:
        return pa.array([text or None for text in texts], pa.string())

    rows = measurements(found)
    columns = (
        moments(rows.time_ms),
        moments(rows.arrived_ms, rows.arrived_ms == rows.time_ms),
        words(rows.metric).dictionary_encode(),
        pa.array(rows.value, mask=np.isnan(rows.value)),
        words(rows.units()).dictionary_encode(),
        words(rows.source).dictionary_encode(),
        words(rows.qualities()).dictionary_encode(),
        words(rows.origin).dictionary_encode(),
        words(rows.artefact),
    )
    about = {
        "session": found.row.id,
        "clinic": found.clinic,
        "anchor": found.anchor,
        "simulated": str(found.simulated).lower(),
        "damaged": msgspec.json.encode(found.damaged).decode(),
    }
    out = BytesIO()
    parquet.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True)), metadata=about), out, compression="zstd")
    return out.getvalue()


def _safe(texts: Texts) -> list[str]:
    safe = {text: safe_text(text) for text in set(texts)}
    return [safe[text] for text in texts]
