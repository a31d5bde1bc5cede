"""What a health record was sent before a correction does not stay there as if it were right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from devices.readings import METRICS, Metric
from monitor.clinic.events import AnyEvent, PressureTaken
from monitor.clinic.session import folded
from monitor.clinic.treatment.amending import AMENDABLE, TIMES, WITHDRAWABLE, Value, as_amended
from monitor.clinic.treatment.events import (
    Amended,
    BolusGiven,
    DeviceGiven,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    RateChanged,
)
from monitor.reports.session_record import SessionRecord
from tests.reports.exported import amended, number_of
from tests.reports.fhir_bundles import Resource, demand_valid, lively, read, sent
from tests.reports.lifelike import infusion
from tests.reports.scripted import at, without

Change = dict[str, Value]


@pytest.fixture(scope="module")
def nasal(tmp_path_factory: pytest.TempPathFactory) -> SessionRecord:
    """Stopped after two of three devices."""
    stopped = DosingEnded(at=at(11), by="nurse 1", complete=False, mg=56, reason="Nausea")
    events = [*without(lively(), DosingEnded), stopped]
    third = next(each for each in events if isinstance(each, DeviceGiven) and each.number == 3)
    return _uncharted(read(tmp_path_factory.mktemp("nasal"), [each for each in events if each is not third]))


@pytest.fixture(scope="module")
def vein(tmp_path_factory: pytest.TempPathFactory) -> SessionRecord:
    events = [
        *infusion(),
        RateChanged(at=at(10), by="nurse 1", rate_ml_h=60),
        InfusionPaused(at=at(12), by="nurse 1", reason="Anxious"),
        InfusionResumed(at=at(15), by="nurse 1"),
    ]
    return _uncharted(read(tmp_path_factory.mktemp("vein"), events))


def _uncharted(found: SessionRecord) -> SessionRecord:
    """Without what devices streamed, which no correction changes."""
    return msgspec.structs.replace(found, series={})


def after(found: SessionRecord, *fixes: Amended) -> SessionRecord:
    """The session once it was corrected."""
    newest = found.told[-1].seq
    told: list[AnyEvent] = [
        *found.told,
        *(msgspec.structs.replace(each, seq=newest + number) for number, each in enumerate(fixes, 1)),
    ]
    events = as_amended(told)
    return msgspec.structs.replace(found, told=told, events=events, session=folded(events))


def corrections() -> Iterator[tuple[type[AnyEvent], Change]]:
    """Each kind of entry with each value that a correction may put in, and without any where it may be withdrawn."""
    for kind, names in AMENDABLE.items():
        for name in names:
            yield from ((kind, {name: value}) for value in _values(name))
    yield from ((kind, {}) for kind in WITHDRAWABLE)


RANGES: dict[str, tuple[float, float]] = {
    "mg": (0, 1000),
    "dose_mg": (0.1, 1000),
    "volume_ml": (1, 2000),
    "rate_ml_h": (0.1, 2000),
    "sys": (METRICS[Metric.SYS].lowest, METRICS[Metric.SYS].highest),
    "dia": (METRICS[Metric.DIA].lowest, METRICS[Metric.DIA].highest),
    "pr": (METRICS[Metric.PR].lowest, METRICS[Metric.PR].highest),
}


def _values(name: str) -> Sequence[Value]:
    if name in TIMES:
        return at(-20), at(17), at(125)
    if name in RANGES:
        return *RANGES[name], *([None] if name == "pr" else [84.0])
    return ("2028-04" if name == "expiry" else "X9",)


def fix_of(found: SessionRecord, kind: type[AnyEvent], change: Change, minutes: float = 130) -> Amended:
    return amended(minutes, number_of(found, kind), change, withdrawn=not change)


def stored(*bundles: Resource) -> dict[str, Resource]:
    """What a server has after these."""
    return {each["request"]["url"]: each["resource"] for bundle in bundles for each in bundle["entry"]}


def told_in(nasal: SessionRecord, vein: SessionRecord, kind: type[AnyEvent]) -> SessionRecord:
    return vein if any(isinstance(each, kind) for each in vein.told) and kind is not DosingEnded else nasal


@pytest.mark.parametrize(
    ("kind", "change"), [*corrections()], ids=lambda each: each.__name__ if isinstance(each, type) else str(each)
)
def test_no_correction_leaves_anything_behind_at_a_server(
    nasal: SessionRecord, vein: SessionRecord, kind: type[AnyEvent], change: Change
) -> None:
    found = told_in(nasal, vein, kind)
    before, now = sent(found), sent(after(found, fix_of(found, kind, change)))
    demand_valid(now)
    assert stored(before, now) == stored(now)


CHAINS: list[list[tuple[type[AnyEvent], Change]]] = [
    [(DosingEnded, {"mg": 84.0}), (DosingEnded, {"mg": 56.0}), (DeviceGiven, {"mg": 56.0}), (DeviceGiven, {})],
    [(DosingEnded, {"mg": 56.0}), (DosingEnded, {"mg": 84.0}), (DeviceGiven, {})],
    [(PressureTaken, {"pr": None}), (PressureTaken, {"pr": 66}), (PressureTaken, {})],
    [(PressureTaken, {"pr": None}), (PressureTaken, {})],
    [(BolusGiven, {"mg": 30.0}), (DosingEnded, {"mg": 5.0}), (BolusGiven, {})],
]


@pytest.mark.parametrize("chain", CHAINS)
def test_corrections_of_corrections_leave_nothing_behind_either(
    nasal: SessionRecord, vein: SessionRecord, chain: list[tuple[type[AnyEvent], Change]]
) -> None:
    found = vein if chain[0][0] is BolusGiven else nasal
    fixes = [fix_of(found, kind, change, 130 + place) for place, (kind, change) in enumerate(chain)]
    bundles = [sent(after(found, *fixes[:count])) for count in range(len(fixes) + 1)]
    assert stored(*bundles) == stored(bundles[-1])


def gone(found: SessionRecord, kind: type[AnyEvent], change: Change) -> tuple[Resource, Resource, Resource]:
    """The one resource that a correction takes away: as it was, as it is sent now, and what is told of it."""
    bundle = sent(after(found, fix_of(found, kind, change)))
    before, now = stored(sent(found)), stored(bundle)
    (url,) = [
        url
        for url, each in now.items()
        if each.get("status") == "entered-in-error" and before[url]["status"] != "entered-in-error"
    ]
    (fix,) = [
        each
        for each in now.values()
        if each["resourceType"] == "Provenance" and each["activity"]["text"].startswith("Corrected")
    ]
    assert {"reference": f"urn:uuid:{now[url]['id']}"} in fix["target"]
    return before[url], now[url], fix


def test_a_dose_that_was_given_after_all_is_missing_nowhere(nasal: SessionRecord) -> None:
    before, now, fix = gone(nasal, DosingEnded, {"mg": 84.0})
    assert before["status"] == "not-done"
    assert before["note"][0]["text"] == "28 mg of 84 mg were planned and not given"
    assert [each["text"] for each in now["note"]] == ["Slip of the pen"]
    assert "dosage" not in now
    assert not re.search(r"\b(28|84) mg", json.dumps(now))
    (kept,) = fix["contained"]
    assert kept["note"] == before["note"]
    assert fix["entity"] == [{"role": "revision", "what": {"reference": f"#{kept['id']}"}}]


def test_a_pulse_that_nobody_counted_has_no_number(nasal: SessionRecord) -> None:
    before, now, fix = gone(nasal, PressureTaken, {"pr": None})
    assert before["valueQuantity"]["value"] == 72
    assert "valueQuantity" not in now
    assert now["dataAbsentReason"]["text"] == "Corrected: there was none"
    assert [each["valueQuantity"]["value"] for each in fix["contained"] if "valueQuantity" in each] == [72]


def test_a_pressure_that_was_right_is_not_called_corrected_with_its_pulse(nasal: SessionRecord) -> None:
    now = stored(sent(after(nasal, fix_of(nasal, PressureTaken, {"pr": 66}))))
    counted = {each["code"]["text"]: each for each in now.values() if "performer" in each and "code" in each}
    assert counted["Blood pressure"]["status"] == "final"
    pulse = counted["Pulse, counted by a person"]
    assert (pulse["status"], pulse["valueQuantity"]["value"]) == ("corrected", 66)


def test_an_infusion_that_was_corrected_twice_keeps_what_each_correction_replaced(vein: SessionRecord) -> None:
    fixes = [fix_of(vein, RateChanged, {"rate_ml_h": rate}, 130 + place) for place, rate in enumerate((50.0, 40.0))]
    told = [
        each["contained"]
        for each in stored(sent(after(vein, *fixes))).values()
        if each["resourceType"] == "Provenance" and each["activity"]["text"].startswith("Corrected")
    ]
    courses = [part["dosage"]["text"] for parts in told for part in parts if "dosage" in part]
    assert [re.findall(r"10 min (\d+) mL/h", each) for each in courses] == [["60"], ["50"]]


def test_a_file_is_written_when_what_a_correction_corrects_is_damaged(nasal: SessionRecord) -> None:
    fixed = after(nasal, fix_of(nasal, PressureTaken, {"pr": None}))
    told = [each for each in fixed.told if not isinstance(each, PressureTaken)]
    lost = msgspec.structs.replace(fixed, told=told, events=as_amended(told), damaged=("event 12: hash",))
    assert all("Pulse, counted" not in str(each.get("code")) for each in stored(sent(lost)).values())
