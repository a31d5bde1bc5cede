"""What every adapter yields.

Times are UTC microseconds as integers. A missing value is ``None``, never a number. Readings are kept by the hundred
thousand and hold no cycles, so the garbage collector is told to leave them alone.
"""

from __future__ import annotations

from enum import IntFlag, StrEnum

import msgspec

Micros = int
"""A point in time, or a span of it, in microseconds; points count from 1970-01-01T00:00Z."""

SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND


class Metric(StrEnum):
    """A measured quantity. The value is the name used in configuration, files and on the wire."""

    SPO2 = "SpO2"
    PR = "PR"
    PI = "PI"
    RR = "RR"
    SYS = "SYS"
    DIA = "DIA"
    MAP = "MAP"
    PR_NIBP = "PR_NIBP"
    CUFF = "CUFF"
    ETCO2 = "EtCO2"
    TEMP = "Temp"
    PLETH = "PLETH"


class MetricInfo(msgspec.Struct, frozen=True):
    """What is fixed about a metric: how it is shown, coded, and what a body can have at all."""

    label: str
    unit: str
    ucum: str
    mdc: int | None
    """Code of the IEEE 11073-10101 nomenclature, context-free part with partition, as one integer."""
    loinc: str | None
    decimals: int
    lowest: float
    highest: float
    """Values outside ``lowest..highest`` cannot come from a living adult; decoders without a checksum drop them."""
    episodic: bool = False
    """True for a value that stands until the next measurement (a cuff reading), not for seconds."""


METRICS: dict[Metric, MetricInfo] = {
    Metric.SPO2: MetricInfo("SpO₂", "%", "%", 150456, "59408-5", 0, 1, 100),
    Metric.PR: MetricInfo("PR", "/min", "/min", 149530, "8889-8", 0, 18, 321),
    Metric.PI: MetricInfo("PI", "%", "%", 150448, "61006-3", 1, 0, 30),
    Metric.RR: MetricInfo("RR", "/min", "/min", 151562, "9279-1", 0, 0, 120),
    Metric.SYS: MetricInfo("SYS", "mmHg", "mm[Hg]", 150021, "8480-6", 0, 30, 300, episodic=True),
    Metric.DIA: MetricInfo("DIA", "mmHg", "mm[Hg]", 150022, "8462-4", 0, 10, 270, episodic=True),
    Metric.MAP: MetricInfo("MAP", "mmHg", "mm[Hg]", 150023, "8478-0", 0, 15, 285, episodic=True),
    Metric.PR_NIBP: MetricInfo("PR (cuff)", "/min", "/min", None, "8867-4", 0, 18, 300, episodic=True),
    Metric.CUFF: MetricInfo("Cuff", "mmHg", "mm[Hg]", None, None, 0, 0, 330),
    Metric.ETCO2: MetricInfo("EtCO₂", "mmHg", "mm[Hg]", 151708, None, 0, 0, 150),
    Metric.TEMP: MetricInfo("Temp", "°C", "Cel", 150364, "8310-5", 1, 20, 45),
    Metric.PLETH: MetricInfo("Pleth", "", "1", None, None, 0, 0, 65535),
}


def plausible(metric: Metric, value: float) -> float | None:
    """The value, or ``None`` where no living adult can have it, as most devices' codes for "missing" are."""
    info = METRICS[metric]
    return value if info.lowest <= value <= info.highest else None


class Quality(IntFlag):
    """What a number's source says against it. No flag set: nothing known against it."""

    OK = 0
    LOW_PERFUSION = 1
    QUESTIONABLE = 2
    HELD = 4
    """The device repeats its last value although it measures nothing now."""
    STORED = 8
    """From the device's memory, not measured now."""
    PARTIAL = 16
    """Part of a measurement that is not complete yet."""
    SIMULATED = 32

    def names(self) -> str:
        """The flags as ``ok`` or lower-case names joined with ``|``."""
        return "|".join(str(flag.name).lower() for flag in self) or "ok"


NOT_LIVE = Quality.HELD | Quality.STORED | Quality.PARTIAL
"""A value with any of these flags is not a measurement of now: it is never shown or judged as one."""


class Numeric(msgspec.Struct, frozen=True, gc=False, tag="numeric"):
    """One value of one metric. ``at`` is its arrival, ``measured_at`` when the device measured it."""

    metric: Metric
    value: float | None
    at: Micros
    measured_at: Micros
    source: str = ""
    quality: Quality = Quality.OK


class Waveform(msgspec.Struct, frozen=True, gc=False, tag="waveform"):
    """A stretch of evenly spaced samples. ``samples`` count 0..``full_scale``; ``start`` is the first one's time."""

    metric: Metric
    start: Micros
    rate_hz: float
    samples: tuple[int, ...]
    full_scale: int
    source: str = ""
    quality: Quality = Quality.OK


class ConditionKind(StrEnum):
    """A device's technical state."""

    LINK_DOWN = "link_down"
    NO_DATA = "no_data"
    NO_VALUE = "no_value"
    """Connected and sending, but for a while no number that is one of now; no other state says why."""
    SENSOR_OFF = "sensor_off"
    NO_SENSOR = "no_sensor"
    SEARCHING = "searching"
    INTERFERENCE = "interference"
    LOW_PERFUSION = "low_perfusion"
    LOW_BATTERY = "low_battery"
    NO_READING = "no_reading"
    """A cuff that failed as often as it may be tried again."""
    CUFF_LEAK = "cuff_leak"
    CUFF_FAULT = "cuff_fault"


class Condition(msgspec.Struct, frozen=True, tag="condition"):
    """A technical state began (``active``) or ended. Sent on change only. ``text`` adds what the device says."""

    kind: ConditionKind
    active: bool
    at: Micros
    source: str = ""
    text: str = ""


class ReplyKind(StrEnum):
    """What a device answers to a command."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """A device's answer. ``text`` says in plain words why something failed and what to do."""

    kind: ReplyKind
    at: Micros
    source: str = ""
    text: str = ""


Reading = Numeric | Waveform | Condition | Reply
