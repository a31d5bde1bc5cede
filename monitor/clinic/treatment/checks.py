"""Mistakes in a protocol's treatment that its shape alone does not show."""

from __future__ import annotations

from collections.abc import Iterator

from devices.readings import MINUTE
from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.plan import Assessed, PressureNearBaseline, Saturation
from monitor.clinic.treatment.saturation import LONGEST
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.clinic.treatment.schedule import NIBP

DAY_MIN = 1440
LONGEST_GRACE = 60


class PlanProblem(Exception):
    """``key`` is the place in the protocol, ``problem`` what is wrong and what is allowed there."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


def check_treatment(protocol: Protocol) -> None:
    """Look at everything.

    Raises: PlanProblem at the first mistake.
    """
    for key, value, lowest, highest in _ranges(protocol):
        if not lowest <= value <= highest:
            raise PlanProblem(key, f"{value:g} is not allowed; allowed is {lowest:g} to {highest:g}")
    _check_dose(protocol)
    _check_due(protocol)
    _check_checklist(protocol)


def _ranges(protocol: Protocol) -> Iterator[tuple[str, float, float, float]]:
    gate, checks = protocol.gate, protocol.dose.checks
    for key, sys, dia in [
        ("gate", gate.sys, gate.dia),
        *((f"gate.by_age[{i}]", b.sys, b.dia) for i, b in enumerate(gate.by_age)),
    ]:
        yield f"{key}.sys", sys, 100, 220
        yield f"{key}.dia", dia, 50, 140
    for index, band in enumerate(gate.by_age):
        yield f"gate.by_age[{index}].from_age", band.from_age, 0, 120
    if gate.spo2 is not None:
        yield "gate.spo2", gate.spo2, 80, 100
    yield "gate.within_min", gate.within_min, 1, 240
    yield "gate.repeat_min", gate.repeat_min, 1, 120
    yield "observation.minutes", protocol.observation.minutes, 1, 1440
    yield "dose.device_wait_min", protocol.dose.device_wait_min, 0, 60
    for key, number in (
        ("device_mg", protocol.dose.device_mg),
        ("checks.mg_per_kg", checks.mg_per_kg),
        ("checks.mg_per_kg_h", checks.mg_per_kg_h),
        ("checks.shortest_min", checks.shortest_min),
    ):
        if number is not None:
            yield f"dose.{key}", number, 0.1, 1000
    yield "dose.checks.lightest", checks.lightest, 20, 300
    yield "dose.checks.heaviest", checks.heaviest, checks.lightest, 300
    yield "dose.checks.weight_change", checks.weight_change, 1, 100
    for index, item in enumerate(protocol.checklist):
        key = f"checklist[{index}]"
        match item:
            case PressureNearBaseline():
                yield f"{key}.percent", item.percent, 1, 100
                yield f"{key}.below_percent", item.below_percent, 1, 100
                if item.highest_sys is not None:
                    yield f"{key}.highest_sys", item.highest_sys, 100, 250
                if item.highest_dia is not None:
                    yield f"{key}.highest_dia", item.highest_dia, 60, 150
                yield f"{key}.readings", item.readings, 1, 5
                yield f"{key}.within_min", item.within_min, 1, 240
            case Assessed():
                yield f"{key}.within_min", item.within_min, 1, 240
            case Saturation():
                yield f"{key}.at_least", item.at_least, 80, 100
                yield f"{key}.minutes", item.minutes, 1, LONGEST / MINUTE


def _check_dose(protocol: Protocol) -> None:
    dose = protocol.dose
    if dose.route == "iv":
        return
    if dose.device_mg is None:
        raise PlanProblem("dose.device_mg", "is missing; give what one nasal device holds, in mg")
    for mg in dose.fixed_mg:
        if mg % dose.device_mg:
            raise PlanProblem("dose.fixed_mg", f"{mg:g} mg is no whole number of devices of {dose.device_mg:g} mg")


def _check_due(protocol: Protocol) -> None:
    seen: set[str] = set()
    for index, due in enumerate(protocol.due):
        key = f"due[{index}]"
        if due.what != NIBP and due.what not in set(Scale):
            known = ", ".join([NIBP, *Scale])
            raise PlanProblem(f"{key}.what", f'"{due.what}" is not known; known are {known}')
        if due.what in seen:
            raise PlanProblem(f"{key}.what", f'"{due.what}" is named twice; put its times into one table')
        seen.add(due.what)
        if due.what == NIBP and due.every_min is not None:
            raise PlanProblem(f"{key}.every_min", "is not for the cuff; its interval is in cuff_minutes")
        if due.every_min is not None and due.every_min < 1:
            raise PlanProblem(f"{key}.every_min", f"{due.every_min:g} is not allowed; allowed is 1 or more")
        if not 0 <= due.grace_min <= LONGEST_GRACE:
            raise PlanProblem(f"{key}.grace_min", f"{due.grace_min:g} is not allowed; allowed is 0 to {LONGEST_GRACE}")
        for minute in due.at_min:
            if not due.grace_min < minute <= DAY_MIN:
                allowed = f"allowed is more than grace_min, {due.grace_min:g}, up to {DAY_MIN}"
                raise PlanProblem(f"{key}.at_min", f"{minute:g} is not allowed; {allowed}")


def _check_checklist(protocol: Protocol) -> None:
    seen: set[str] = set()
    for index, item in enumerate(protocol.checklist):
        key = f"checklist[{index}]"
        if item.id in seen:
            raise PlanProblem(f"{key}.id", f'"{item.id}" is used twice; give each item an id of its own')
        seen.add(item.id)
        if not isinstance(item, Assessed):
            continue
        scale = SCALES[item.scale]
        if item.at_least is not None and item.at_most is not None and item.at_least > item.at_most:
            raise PlanProblem(f"{key}.at_least", f"{item.at_least} is above at_most; allowed is up to {item.at_most}")
        if item.at_least is None and item.at_most is None:
            raise PlanProblem(key, "give at_least or at_most")
        for name, value in (("at_least", item.at_least), ("at_most", item.at_most)):
            if value is not None and not scale.lowest <= value <= scale.highest:
                allowed = f"{scale.label} goes from {scale.lowest} to {scale.highest}"
                raise PlanProblem(f"{key}.{name}", f"{value} is not on the scale; {allowed}")
