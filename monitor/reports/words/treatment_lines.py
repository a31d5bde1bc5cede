"""What happened in a treatment, in the words of the timeline."""

from __future__ import annotations

from collections.abc import Callable

from devices.readings import METRICS, SECOND, Micros
from monitor.clinic.events import AnyEvent, PressureReading, PressureTaken
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    AssessmentRecorded,
    AttestationWithdrawn,
    BolusGiven,
    ChecklistAttested,
    ChecklistOverridden,
    DeviceGiven,
    DoseEvent,
    DoseHeld,
    DosingEnded,
    Episode,
    EpisodeSet,
    FormSubmitted,
    GateOverridden,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    IntakeRecorded,
    MedicineGiven,
    OxygenSet,
    RateChanged,
    ReadinessLost,
    ReadinessReached,
    Reviewed,
    SeriousEventReported,
    Signed,
    Stage,
)
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.reports.words.line import Line

EPISODES = {
    Episode.SEDATION: "Sedation",
    Episode.DISSOCIATION: "Dissociation",
    Episode.RESPIRATORY_DEPRESSION: "Respiratory depression",
}
LATE: Micros = 60 * SECOND
Clock = Callable[[Micros], str]


def treatment_line(event: AnyEvent, clock: Clock) -> Line | None:
    """The line of an event of a treatment; ``None`` for others."""
    return (
        _given(event, clock)
        or _before_dose(event, clock)
        or _found(event, clock)
        or _checked(event)
        or _looked_at_again(event, clock)
    )


def _at(given_at: Micros, told_at: Micros, clock: Clock) -> str:
    """When it was, where that is not when it was told."""
    return f" at {clock(given_at)}" if told_at - given_at > LATE else ""


def _by(by: str, *parts: str) -> str:
    return "".join(f" · {part}" for part in (*parts, by) if part)


def _given(event: AnyEvent, clock: Clock) -> Line | None:
    at, by = event.at, event.by
    late = _at(event.happened_at, at, clock).strip() if isinstance(event, DoseEvent) else ""
    match event:
        case DeviceGiven(number=number, mg=mg, lot=lot, warnings=warnings):
            who = "self-administered" if event.self_administered else "given"
            text = f"{who}{_at(event.given_at, at, clock)}, observed by {event.observed_by}"
            return Line(at, f"Device {number}, {mg:g} mg", _by(by, text, f"lot {lot}", *warnings))
        case InfusionStarted(dose_mg=mg, rate_ml_h=rate, minutes=minutes, warnings=warnings):
            text = f"{mg:g} mg in {event.volume_ml:g} mL over {minutes:g} min, {rate:.4g} mL/h"
            return Line(at, "Infusion started", _by(by, late, text, f"lot {event.lot}", *warnings))
        case RateChanged(rate_ml_h=rate, warnings=warnings):
            return Line(at, f"Rate {rate:.4g} mL/h", _by(by, late, *warnings))
        case InfusionPaused(reason=reason):
            return Line(at, "Infusion paused", _by(by, late, reason), "low")
        case InfusionResumed():
            return Line(at, "Infusion resumed", _by(by, late))
        case BolusGiven(mg=mg, warnings=warnings):
            return Line(at, f"Bolus {mg:g} mg", _by(by, late, *warnings))
        case DosingEnded(complete=complete, mg=mg, reason=reason):
            how = "Dosing complete" if complete else "Dosing stopped early"
            return Line(at, how, _by(by, late, f"{mg:g} mg given", reason))
        case MedicineGiven(medicine=medicine, dose=dose):
            return Line(at, f"{medicine} {dose}", _by(by, _at(event.given_at, at, clock).strip()))
        case OxygenSet(litres_min=litres):
            return Line(at, f"Oxygen {litres:g} L/min" if litres else "Room air", _by(by))
    return None


def _before_dose(event: AnyEvent, clock: Clock) -> Line | None:
    at, by = event.at, event.by
    match event:
        case IntakeRecorded(warnings=warnings):
            return Line(at, "", f"Intake recorded{_by(by, *warnings)}")
        case DoseHeld(until=until, findings=findings):
            return Line(at, "Dose waits", _by(by, f"next reading {clock(until)}", *findings), "low")
        case GateOverridden(findings=findings, reason=reason):
            return Line(at, "Dose released by a clinician", _by(by, reason, *findings.values()), "medium")
    return None


def _found(event: AnyEvent, clock: Clock) -> Line | None:
    at, by = event.at, event.by
    match event:
        case PressureTaken(warnings=warnings):
            told_late = _at(event.measured_at, at, clock).strip()
            return Line(at, "", f"{pressure_words(event)} by hand{_by(by, told_late, *warnings)}")
        case AssessmentRecorded(scale=scale, result=result):
            return Line(
                at,
                f"{SCALES[scale].label} {result}",
                _by(by, _words(scale, result), _at(event.given_at, at, clock).strip()),
            )
        case EpisodeSet(episode=episode, onset_at=onset, resolved_at=resolved, reason=reason):
            course = "none" if onset is None else f"from {clock(onset)}"
            course += f" to {clock(resolved)}" if resolved is not None else ""
            return Line(at, EPISODES[episode], _by(by, course, reason))
        case SeriousEventReported(text=text, outcomes=outcomes):
            return Line(
                at, "Serious adverse event", _by(by, text, *(each.replace("_", " ") for each in outcomes)), "high"
            )
    return None


def pressure_words(reading: PressureReading) -> str:
    """A blood pressure, with its mean and the pulse where they are known."""
    mean = "" if reading.map is None else f" ({reading.map:.0f})"
    pulse = "" if reading.pr is None else f", pulse {reading.pr:.0f}"
    return f"NIBP {reading.sys:.0f}/{reading.dia:.0f}{mean}{pulse}"


def _words(scale: Scale, result: int) -> str:
    """What a result means, where the scale has a word for it."""
    items = SCALES[scale].items
    return items[0].words.get(result, "") if len(items) == 1 else ""


def _checked(event: AnyEvent) -> Line | None:
    at, by = event.at, event.by
    match event:
        case ChecklistAttested(item=item, remark=remark):
            return Line(at, "", f"Attested: {item.replace('_', ' ')}{_by(by, remark)}")
        case AttestationWithdrawn(item=item, reason=reason):
            return Line(at, "", f"No longer attested: {item.replace('_', ' ')}{_by(by, reason)}")
        case ReadinessReached(stage=Stage.READY):
            return Line(at, "Clinically ready")
        case ReadinessLost(stage=Stage.READY, items=items):
            return Line(at, "Not ready any more", f" · {'; '.join(items)}", "low")
        case ChecklistOverridden(items=items, reason=reason):
            return Line(at, "Open items overridden", _by(by, reason, *items), "medium")
        case Signed(meaning=meaning, role=role):
            return Line(at, f"Signed: {meaning}", f" · {by}, {role}")
        case Amended(text=text, reason=reason, corrects=corrects, withdrawn=withdrawn, warnings=warnings):
            what = f"Entry {corrects} withdrawn" if withdrawn else f"Amendment to entry {corrects}"
            return Line(at, what, _by(by, text, reason, *warnings), "medium")
        case FormSubmitted():
            return Line(at, "Monitoring form sent", _by(by))
    return None


def _looked_at_again(event: AnyEvent, clock: Clock) -> Line | None:
    at, by = event.at, event.by
    match event:
        case ArtefactMarked(start=start, end=end, metrics=metrics, reason=reason):
            names = ", ".join(METRICS[metric].label for metric in metrics)
            return Line(at, "Artefact", _by(by, f"{names} {clock(start)}–{clock(end)}", reason), "low")
        case ArtefactWithdrawn(marked=marked, reason=reason):
            return Line(at, "No artefact", _by(by, f"mark {marked} withdrawn", reason))
        case Reviewed(text=text, role=role):
            return Line(at, "Reviewed", f" · {text} · {by}, {role}")
    return None
