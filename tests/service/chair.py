"""A room without devices, its record and the rules between them, at the time that a test says: what the service does in
one thread, without its process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor import config
from monitor.clinic.alarms.policy import NOTHING_SPECIAL
from monitor.clinic.events import AnyEvent, CuffMeasured, SessionOpened
from monitor.clinic.session import Session
from monitor.clinic.treatment.intake import Intake, Pregnancy
from monitor.clinic.treatment.scales import Scale
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.service.actor import Actor
from monitor.service.commands import Ward, decide
from monitor.service.messages import AnyCommand, StartSession
from monitor.service.past import RecordedPast
from monitor.service.room import Room
from monitor.service.treatment_messages import RecordAssessment
from tests.clinic.treatments import SHIPPED, pressure

NURSE, SIGNING_NURSE = Actor("nurse 1", "nurse"), Actor("nurse 1", "nurse", signed=True)
CLINICIAN = Actor("Dr. 1", "clinician", signed=True)
BEGAN: Micros = 1_800_000_000 * SECOND
"""In January 2027."""
ASKED = Intake(
    age=44,
    allergies="none",
    medicines=(),
    fasting=True,
    pregnancy=Pregnancy.TEST_NEGATIVE,
    escort="sister",
    consent=True,
)


class Chair:
    """``now`` goes on by ``sit``, second by second, with a saturation or none."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGAN
        self._writer = RecordWriter(folder)
        self._reader = RecordReader(folder)
        self.room = Room(config.Room("1", "Room 1", []), lambda: self.now, lambda *_: None)
        self._ward = Ward({"1": self.room}, SHIPPED, config.AlarmSettings(), RecordedPast(self._reader))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._reader.close()
        self._writer.close()

    def ask(self, command: AnyCommand, actor: Actor = NURSE) -> list[AnyEvent]:
        """Carry out a command; raises ``Refused`` as the service answers it."""
        return self.happen(*decide(command, actor, self._ward, self.now).events)

    def happen(self, *events: AnyEvent) -> list[AnyEvent]:
        """Keep events, let them act, and keep what follows from them."""
        kept = self._writer.append_events(list(events)) if events else []
        for event in kept:
            following = self.room.apply(event, self.now)
            if isinstance(event, SessionOpened):
                following += self.room.begin_watch(SHIPPED[event.protocol], NOTHING_SPECIAL, self.now)
            self.happen(*following)
        return kept

    def sit(self, seconds: float, saturation: float | None = 97.0) -> None:
        """Let time pass."""
        for _ in range(round(seconds)):
            self.now += SECOND
            if saturation is not None:
                value = Numeric(Metric.SPO2, saturation, self.now, self.now, "oximeter", Quality.OK)
                self.happen(*self.room.take([value], self.now))
            self.happen(*self.room.tick(self.now))
            self.happen(*self.room.second(self.now))

    def sit_minutes(self, minutes: float, saturation: float | None = 97.0) -> None:
        self.sit(minutes * 60, saturation)

    def skip_minutes(self, minutes: float) -> None:
        """Let time pass that nothing depends on."""
        self.now += round(minutes * 60) * SECOND

    def measure(self, sys: float = 120, dia: float = 75) -> CuffMeasured:
        """A cuff reading of now."""
        reading = replace(pressure(self.now, sys, dia), room=self.session.room, session=self.session.id)
        (kept,) = self.happen(reading)
        assert isinstance(kept, CuffMeasured)
        return kept

    def assess(self, results: Mapping[Scale, dict[str, int]]) -> None:
        for scale, values in results.items():
            self.ask(RecordAssessment(room="1", session=self.session.id, scale=scale, values=values))

    def start(
        self, protocol: str = "esketamine_us", dose_mg: float = 56, patient: str = "K-1", intake: Intake = ASKED
    ) -> str:
        """A patient who was asked everything; the session's id."""
        self.ask(
            StartSession(room="1", patient=patient, weight_kg=70, protocol=protocol, dose_mg=dose_mg, intake=intake)
        )
        return self.session.id

    def start_ready_for_dose(self, protocol: str = "esketamine_us", dose_mg: float = 56) -> str:
        """A patient for whom nothing speaks against the dose."""
        session = self.start(protocol, dose_mg)
        self.assess({Scale.MOAAS: {"value": 5}})
        self.measure()
        self.sit(5)
        return session

    @property
    def session(self) -> Session:
        assert self.room.session is not None
        return self.room.session

    def holding(self) -> dict[str, bool]:
        """The checklist as screens show it."""
        return {item.id: item.holds for item in self.room.evidence.checked}

    def recorded(self) -> list[AnyEvent]:
        return self._reader.events()
