"""The monitoring form in words: the same rows on page and paper."""

from __future__ import annotations

import msgspec

from monitor.clinic.event import Phase
from monitor.clinic.monitoring_form.fields import WORDS, Dose, Effect, MonitoringForm, Pressure, SeriousEvent
from monitor.clinic.treatment.events import SeriousOutcome

TICKED, OPEN = "☒", "☐"
BOXES = ("56", "84", "other")
OUTCOMES = {
    SeriousOutcome.DEATH: "Death",
    SeriousOutcome.LIFE_THREATENING: "Life-threatening",
    SeriousOutcome.HOSPITALISATION: "Hospitalisation",
    SeriousOutcome.DISABILITY: "Disability or permanent damage",
    SeriousOutcome.INTERVENTION: "Medical intervention or important medical event",
}
ENDS = {
    Phase.DISCHARGED: "discharged",
    Phase.LEFT: "left against advice",
    Phase.TRANSFERRED: "transferred",
    Phase.ABORTED: "stopped early",
}


class Row(msgspec.Struct, frozen=True):
    """A line of the form; without ``text`` it is missing."""

    label: str
    text: str | None


class Section(msgspec.Struct, frozen=True):
    """A titled part of the form."""

    title: str
    rows: list[Row]


def sections(form: MonitoringForm) -> list[Section]:
    """All of the form but what stands at its head and foot."""
    return [
        Section("Patient", _patient(form)),
        Section("Site", _site(form)),
        Section("Treatment", _treatment(form)),
        Section("Other medicines", _medicines(form)),
        Section("Vital signs", _vitals(form)),
        Section("Effects", _effects(form)),
        Section("Serious adverse events", _serious(form)),
    ]


def marks(form: MonitoringForm) -> list[str]:
    """What must be seen before anything else of the form."""
    return ["SIMULATED"] * form.simulated + ["NOT FINISHED"] * (not form.finished)


def _row(path: str, text: str | None) -> Row:
    return Row(WORDS[path], text)


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else _boxes(("yes", "no"), "yes" if value else "no")


def _boxes(choices: tuple[str, ...], chosen: str, unit: str = "") -> str:
    return "  ".join(
        f"{TICKED if each == chosen else OPEN} {each}{'' if each == 'other' else unit}" for each in choices
    )


def _patient(form: MonitoringForm) -> list[Row]:
    patient = form.patient
    return [
        Row("Code", patient.code),
        _row("patient.name", patient.name),
        _row("patient.birth_date", patient.birth_date),
        _row("patient.sex", patient.sex),
        _row("patient.first_treatment", _yes_no(patient.first_treatment)),
    ]


def _site(form: MonitoringForm) -> list[Row]:
    provider = form.provider
    who = None if provider.name is None else ", ".join(each for each in (provider.name, provider.role) if each)
    return [
        Row("Site", form.site.name),
        Row("Room", form.site.room),
        _row("site.address", form.site.address),
        _row("provider.name", who),
        _row("provider.contact", provider.contact),
    ]


def _treatment(form: MonitoringForm) -> list[Row]:
    dose, times = form.dose, form.times
    given = None if dose.given_mg is None else f"{dose.given_mg:g} of {dose.planned_mg:g} mg planned"
    return [
        Row("Protocol", form.protocol),
        _row("times.treatment_date", times.treatment_date),
        _row("dose.box", None if dose.box is None else _boxes(BOXES, dose.box, " mg")),
        _row("dose.given_mg", given),
        *_lots(dose),
        _row("times.total_min", _minutes(times.total_min)),
        _row("times.ready_min", _minutes(times.ready_min)),
        Row("Session ended", "goes on" if form.ended is None else ENDS.get(form.ended, form.ended)),
    ]


def _minutes(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes} min"


def _lots(dose: Dose) -> list[Row]:
    if dose.lots is None:
        return [_row("dose.lots", None)]
    return [
        Row(
            f"{each.what}, {each.mg:g} mg, at {each.minutes} min",
            f"lot {each.lot}" + ("" if each.expiry is None else f", expires {each.expiry}"),
        )
        for each in dose.lots
    ]


def _medicines(form: MonitoringForm) -> list[Row]:
    given = msgspec.structs.asdict(form.medicines)
    return [_row(f"medicines.{name}", _yes_no(taken)) for name, taken in given.items()]


def _vitals(form: MonitoringForm) -> list[Row]:
    rows = [_row(f"vitals.{name}", _yes_no(found)) for name, found in msgspec.structs.asdict(form.vitals).items()]
    taken = msgspec.structs.asdict(form.pressures)
    rows += [_row(f"pressures.{name}", _pressure(pressure)) for name, pressure in taken.items()]
    oximetry = form.oximetry
    rows.append(_row("oximetry.on", _yes_no(oximetry.on)))
    if oximetry.on:
        lowest = None if oximetry.lowest_spo2 is None else f"{oximetry.lowest_spo2} %"
        rows += [_row("oximetry.lowest_spo2", lowest), Row("Minutes with values", _minutes(oximetry.minutes))]
    return rows


def _pressure(pressure: Pressure | None) -> str | None:
    if pressure is None:
        return None
    before = pressure.minutes <= 0
    when = f"{-pressure.minutes} min before the dose" if before else f"at {pressure.minutes} min"
    return f"{pressure.sys}/{pressure.dia} mmHg, {when}"


def _effects(form: MonitoringForm) -> list[Row]:
    rows: list[Row] = []
    for name in form.effects.__struct_fields__:
        effect: Effect = getattr(form.effects, name)
        rows.append(_row(f"effects.{name}.present", _yes_no(effect.present)))
        if effect.present:
            for part in ("onset_min", "resolution_min"):
                rows.append(_row(f"effects.{name}.{part}", _minutes(getattr(effect, part))))
    return rows


def _serious(form: MonitoringForm) -> list[Row]:
    serious = form.serious
    rows = [_row("serious.occurred", _yes_no(serious.occurred))]
    if serious.occurred:
        rows.append(_row("serious.related_to_product", _yes_no(serious.related_to_product)))
        rows += [row for each in serious.events for row in _event(each)]
    return rows


def _event(event: SeriousEvent) -> list[Row]:
    boxes = "  ".join(f"{TICKED if each in event.outcomes else OPEN} {words}" for each, words in OUTCOMES.items())
    when = "" if event.minutes is None else f"Told at {event.minutes} min by "
    return [Row("Outcome", boxes), Row("What happened", f"{event.narrative} ({when}{event.reported_by})")]
