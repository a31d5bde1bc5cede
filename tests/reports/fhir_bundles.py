"""Bundles as a receiver gets them, and sessions with all that a person can chart and correct."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from fhir.resources.R4B.bundle import Bundle

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.events import AnyEvent, CuffMeasured, PressureTaken
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    DeviceGiven,
    IntakeRecorded,
    MedicineGiven,
    OxygenSet,
    SeriousEventReported,
    SeriousOutcome,
)
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.scales import Scale
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.reports.fhir.bundle import fhir_bundle
from monitor.reports.session_record import SessionRecord, read_session
from tests.reports.lifelike import esketamine, record_lifelike
from tests.reports.scripted import (
    CONFIG,
    SESSION,
    assessed,
    at,
    in_order,
)

Resource = dict[str, Any]
AFTER = 200
"""Minutes after the dose at which the record is looked at again."""
HOSTILE = "<script>alert(1)</script>\u202e\x07\x00 [x](javascript:1) K\u2028x"


def read(folder: Path, events: Sequence[AnyEvent], minutes: float = AFTER) -> SessionRecord:
    record_lifelike(folder, events)
    return found_in(folder, minutes)


def found_in(folder: Path, minutes: float = AFTER) -> SessionRecord:
    with RecordReader(folder) as reader:
        found = read_session(reader, load(CONFIG), SESSION, at(minutes))
    assert found is not None
    return found


def sent(found: SessionRecord) -> Resource:
    """The bundle, after an independent reader took some of each kind of resource."""
    bundle: Resource = json.loads(fhir_bundle(found))
    kinds: dict[tuple[str, ...], list[Resource]] = defaultdict(list)
    for each in bundle["entry"]:
        resource = each["resource"]
        about = resource["code"]["text"] if resource["resourceType"] == "Observation" else ""
        kinds[resource["resourceType"], about, resource.get("status", "")].append(each)
    demand_valid({**bundle, "entry": [each for some in kinds.values() for each in some[:2]]})
    return bundle


def demand_valid(bundle: Resource) -> None:
    """The models are of R4B, where all that is sent has the form that it has in R4."""
    Bundle.model_validate(bundle)


def resources(bundle: Resource, kind: str) -> list[Resource]:
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]


def observations(bundle: Resource, text: str) -> list[Resource]:
    return [each for each in resources(bundle, "Observation") if each["code"]["text"] == text]


def corrected(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """With corrections of some of these events, told afterwards."""
    told = in_order(events)

    def seq(kind: type[AnyEvent], place: int = 0) -> int:
        return [each.seq for each in told if isinstance(each, kind)][place]

    def fix(minutes: float, corrects: int, *, withdrawn: bool = False, **changes: float | int | str | None) -> Amended:
        return Amended(
            at=at(minutes),
            by="Dr. 1",
            role="clinician",
            corrects=corrects,
            text="Read wrongly",
            reason="Seen on paper",
            changes=changes,
            withdrawn=withdrawn,
        )

    return [
        *events,
        fix(140, seq(PressureTaken), sys=128),
        fix(141, seq(DeviceGiven, 1), lot="22KG9"),
        fix(142, seq(MedicineGiven), withdrawn=True),
        fix(143, seq(CuffMeasured)),
        mark(144, (60, 62.5), Metric.SPO2),
        mark(145, (41, 42), Metric.SYS, Metric.DIA, Metric.MAP),
        mark(146, (70, 71), Metric.SPO2),
        ArtefactWithdrawn(at=at(147), by="nurse 1", role="nurse", marked=len(told) + 7, reason="It was none"),
    ]


def mark(told: float, minutes: tuple[float, float], *metrics: Metric) -> ArtefactMarked:
    return ArtefactMarked(
        at=at(told),
        by="nurse 1",
        role="nurse",
        start=at(minutes[0]),
        end=at(minutes[1]),
        metrics=metrics,
        reason="Probe moved",
    )


def lively() -> list[AnyEvent]:
    """An esketamine session with all that a person can chart."""
    items = {"slow": 2, "unreal": 3, "apart": 1, "body": 0, "track": 2, "gaps": 0}
    return [
        *esketamine(),
        IntakeRecorded(at=at(-18), by="nurse 1", intake=Intake(name=HOSTILE, birth_date="1984-02-29")),
        msgspec.structs.replace(assessed(41, Scale.CADSS6, 8), values=items),
        assessed(55, Scale.MOAAS, 4, told=56),
        OxygenSet(at=at(53), by="nurse 1", litres_min=2),
        SeriousEventReported(
            at=at(90), by="nurse 1", text="Syncope on standing up", outcomes=(SeriousOutcome.HOSPITALISATION,)
        ),
    ]


def iso(at: Micros) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at // SECOND))}.{at // 1000 % 1000:03}Z"


def parts(observation: Resource) -> dict[str, Any]:
    return {
        each["code"]["text"]: each.get("valueQuantity", {}).get("value", each.get("valueInteger"))
        for each in observation.get("component", [])
    }
