"""Single settings put into limits, such as ``SpO2.low`` = 90 and ``SpO2.low.delay`` = 15."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from devices.readings import Metric
from monitor.clinic.alarms.checks import LimitProblem, check
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.priority import Priority

Setting = float | str | None

LIMIT = "limit"
PARTS = {
    "delay": "delay_s",
    "area": "area",
    "readings": "readings",
    "hysteresis": "hysteresis",
    "severe": "severe",
    "severe_points": "severe_points",
    "severe_delay": "severe_delay_s",
    "severe_until": "severe_until",
    "priority": "priority",
    "comparator": "comparator",
}
"""What a key may end with, and the field it sets; a key that ends with the side is the limit itself."""

WORDS = {"priority": tuple(Priority), "comparator": ("<", "<=", ">", ">="), "severe_until": ("severe", "limit")}


_TAKES_PLACE: dict[str, dict[str, float | int | None]] = {
    "delay_s": {"area": None},
    "area": {"delay_s": 0.0, "readings": 1},
    "readings": {"area": None},
    "severe": {"severe_points": None},
    "severe_points": {"severe": None},
}
"""Only one of them counts: what is set takes the place of the others, unless they are set along with it."""


def with_overrides(
    limits: Mapping[Metric, MetricLimits], settings: Mapping[str, Setting]
) -> dict[Metric, MetricLimits]:
    """The limits with each setting put in, in order, and checked as a whole.

    Raises: LimitProblem for a key or value that is not possible.
    """
    found = dict(limits)
    for key, value in settings.items():
        metric, side, field = place_of(key)
        sides = found.get(metric, MetricLimits())
        changed = _changed(sides.side(side), field, value, key)
        if value is not None:
            changed = _without_others(changed, field, f"{metric}.{side}", settings)
        found[metric] = msgspec.structs.replace(sides, **{side: changed})
    check(found)
    return found


def _without_others(side: SideLimit, field: str, prefix: str, settings: Mapping[str, Setting]) -> SideLimit:
    set_along = {place_of(key)[2] for key in settings if key.startswith(f"{prefix}.")}
    others = {other: none for other, none in _TAKES_PLACE.get(field, {}).items() if other not in set_along}
    return msgspec.structs.replace(side, **others)


def written(settings: Iterable[str]) -> dict[str, Setting]:
    """Settings as they are typed: ``KEY=VALUE``.

    Raises: LimitProblem for a key that is not known or a value that is not one.
    """
    found: dict[str, Setting] = {}
    for setting in settings:
        key, _, text = setting.partition("=")
        field = place_of(key)[2]
        found[key] = text if field in WORDS else _number(text, key)
    return found


def place_of(key: str) -> tuple[Metric, Side, str]:
    """The metric, side and field of ``SideLimit`` that a key stands for.

    Raises: LimitProblem for a key that is not known.
    """
    words = key.split(".")
    if len(words) not in (2, 3) or words[0] not in set(Metric) or words[1] not in set(Side):
        metrics = ", ".join(Metric)
        raise LimitProblem(key, f"write METRIC.low=90 or METRIC.low.delay=15; metrics are {metrics}")
    if len(words) == 2:
        return Metric(words[0]), Side(words[1]), LIMIT
    if words[2] not in PARTS:
        raise LimitProblem(key, f"{words[2]} is not known; known are {', '.join(PARTS)}")
    return Metric(words[0]), Side(words[1]), PARTS[words[2]]


def setting_of(limits: Mapping[Metric, MetricLimits], key: str) -> float | None:
    """The number that a key has in these limits now; ``None`` where there is none.

    Raises: LimitProblem for a key that is not known or is no number.
    """
    metric, side, field = place_of(key)
    if field in WORDS:
        raise LimitProblem(key, "is not a number")
    given = limits.get(metric, MetricLimits()).side(side)
    found: float | None = None if given is None else getattr(given, field)
    return found


def _number(text: str, key: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise LimitProblem(key, f'"{text}" is not a number') from error


def _changed(side: SideLimit | None, field: str, value: Setting, key: str) -> SideLimit:
    if field in WORDS and value not in WORDS[field]:
        raise LimitProblem(key, f'"{value}" is not allowed; allowed are {", ".join(WORDS[field])}')
    if field == LIMIT:
        if not isinstance(value, float | int):
            raise LimitProblem(key, "a limit is a number; to silence it, switch the alarm off")
        return SideLimit(limit=value) if side is None else msgspec.structs.replace(side, limit=value)
    if side is None:
        raise LimitProblem(key, f"give the limit first, such as --limit {key.rsplit('.', 1)[0]}=90")
    if field == "readings":
        value = int(value) if isinstance(value, float) and value.is_integer() else value
        if not isinstance(value, int):
            raise LimitProblem(key, f"{value} is not a whole number")
    elif value is None and field not in ("area", "severe", "severe_points"):
        raise LimitProblem(key, "cannot be left out")
    elif field == "priority":
        value = Priority(str(value))
    return msgspec.structs.replace(side, **{field: value})
