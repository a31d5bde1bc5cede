"""Captures built byte by byte from the manuals' tables, without the emulators, and ways to feed them."""

from __future__ import annotations

from collections.abc import Iterable

from devices.adapter import Decoder
from devices.readings import Condition, ConditionKind, Metric, Numeric, Quality, Reading, Reply, Waveform

AT = 1_700_000_000_000_000


def slots(
    pr: int,
    spo2: int,
    *,
    timer: int = 0,
    display_pr: int | None = None,
    display_spo2: int | None = None,
    stat2: int = 0x04,
    filler: int = 94,
) -> list[int]:
    """The 25 slots of a packet. Slots without a meaning hold ``filler``, which would pass for an SpO2 or a pulse."""
    shown_pr = pr if display_pr is None else display_pr
    shown_spo2 = spo2 if display_spo2 is None else display_spo2
    high, low = pr >> 7, pr & 0x7F
    shown = [shown_pr >> 7, shown_pr & 0x7F]
    return [
        *[high, low, spo2, 94, filler, timer >> 7 & 0x7F, timer & 0x7F, stat2, shown_spo2, spo2, spo2],
        *[filler, filler, high, low, spo2, shown_spo2, filler, filler, *shown, *shown, filler, filler],
    ]


def df2_frame(status: int, pleth: int, slot: int) -> bytes:
    return bytes([1, status, pleth, slot, (1 + status + pleth + slot) % 256])


def df7_frame(status: int, pleth: int, slot: int) -> bytes:
    high, low = pleth >> 8, pleth & 0xFF
    return bytes([status, high, low, slot, (status + high + low + slot) % 256])


def df2_packet(slot_values: list[int], status: int = 0x80, pleth: int = 1) -> bytes:
    return b"".join(df2_frame(status | (place == 0), pleth, slot) for place, slot in enumerate(slot_values))


def df7_packet(slot_values: list[int], status: int = 0x80, pleth: int = 0x0101) -> bytes:
    return b"".join(df7_frame(status | (place == 0), pleth, slot) for place, slot in enumerate(slot_values))


def by_pieces(decoder: Decoder, data: bytes, sizes: Iterable[int], at: int = AT) -> list[Reading]:
    """Feed ``data`` cut into pieces of these sizes, then the rest."""
    readings: list[Reading] = []
    start = 0
    for size in sizes:
        readings += decoder.feed(data[start : start + size], at)
        start += size
    readings += decoder.feed(data[start:], at)
    return readings


def numerics(readings: Iterable[Reading], metric: Metric) -> list[float | None]:
    return [r.value for r in readings if isinstance(r, Numeric) and r.metric is metric]


def qualities(readings: Iterable[Reading], metric: Metric) -> list[Quality]:
    return [r.quality for r in readings if isinstance(r, Numeric) and r.metric is metric]


def samples(readings: Iterable[Reading]) -> list[int]:
    return [sample for r in readings if isinstance(r, Waveform) for sample in r.samples]


def conditions(readings: Iterable[Reading]) -> list[tuple[ConditionKind, bool]]:
    """What began, and what ended of it. That a state does not hold is also told once at first; that is left out."""
    found: list[tuple[ConditionKind, bool]] = []
    for reading in readings:
        if isinstance(reading, Condition) and (reading.active or (reading.kind, True) in found):
            found.append((reading.kind, reading.active))
    return found


def absent(readings: Iterable[Reading]) -> list[ConditionKind]:
    """The states that do not hold, according to these readings."""
    return [r.kind for r in readings if isinstance(r, Condition) and not r.active]


def replies(readings: Iterable[Reading]) -> list[Reply]:
    return [r for r in readings if isinstance(r, Reply)]
