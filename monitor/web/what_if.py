"""What if: recorded sessions through the alarm engine with other limits. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec

from devices.readings import METRICS, Metric, Numeric
from monitor.clinic.alarms.checks import LimitProblem
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.alarms.overrides import LIMIT, Setting, place_of, written
from monitor.clinic.alarms.rules import Baseline
from monitor.clinic.alarms.statistics import room_hours
from monitor.clinic.alarms.what_if import Change, SevereEpisode, Trial, changes, try_limits, with_trial
from monitor.clinic.events import AnyEvent, BaselineLocked
from monitor.clinic.protocol import Protocol
from monitor.config import Config
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.service.policy import policy_for
from monitor.service.restore import recorded
from monitor.web.questions import NONE, Moment, Word

MOST_SESSIONS = 50
TRIED = (LIMIT, "delay_s", "area", "severe")

_PARTS = {"limit": "", "delay_s": ".delay"}
"""How the fields of a limit that a problem may name are called in the form."""

Limits = Mapping[Metric, MetricLimits]


class WhatIfRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page's script asks for: sessions by id, and settings as they were typed, such as ``SpO2.low.delay``:
    ``"10"``. ``now`` is the service's time, ``run`` numbers the page's questions.
    """

    run: Moment
    now: Moment
    sessions: Annotated[list[Word], msgspec.Meta(max_length=MOST_SESSIONS)]
    settings: Annotated[dict[Word, Word], msgspec.Meta(max_length=100)]


class NotTried(Exception):
    """Limits that cannot be tried. ``text`` tells the person why; ``field`` is the form's field to mend."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.field = field


class Missed(msgspec.Struct, frozen=True):
    """A severe episode without an alarm; ``now_too``: with the limits as they are as well."""

    session: SessionRow
    severe: SevereEpisode
    now_too: bool


class WhatIf(msgspec.Struct, frozen=True):
    """What came out. ``left_out`` are sessions whose protocol is not configured any more."""

    sessions: int
    left_out: int
    room_hours: float
    changes: Sequence[Change]
    severe: int
    missed_now: int
    missed: Sequence[Missed]
    damaged: Sequence[str]


class WhatIfDesk:
    """Plays recorded sessions again. Blocking, for some seconds: to be called from a thread."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._config = config

    def run(self, request: WhatIfRequest) -> WhatIf:
        """Both limits over all sessions.

        Raises: NotTried for settings that cannot be, RecordError while the record cannot be read.
        """
        settings = self._settings(request)
        rows = [row for each in dict.fromkeys(request.sessions) if (row := self._reader.session(each)) is not None]
        known = [row for row in rows if row.protocol in self._config.protocols]
        if not known:
            gone = "The protocols of these sessions are not configured any more: there are no limits to compare with."
            raise NotTried(gone if rows else "Choose at least one session.")
        others = self._limits(dict.fromkeys(row.protocol for row in known), settings)
        trials: list[Trial] = []
        missed: list[Missed] = []
        damaged: list[str] = []
        for row in known:
            tried = self._try(row, others[row.protocol], request, damaged)
            trials.append(tried)
            missed += [Missed(row, severe, severe in tried.missed_before) for severe in tried.missed_after]
        return WhatIf(
            sessions=len(known),
            left_out=len(rows) - len(known),
            room_hours=room_hours(((row.opened_us, row.ended_us) for row in known), 0, request.now),
            changes=changes(trials),
            severe=sum(len(each.severe) for each in trials),
            missed_now=sum(len(each.missed_before) for each in trials),
            missed=sorted(missed, key=lambda each: each.severe.start, reverse=True),
            damaged=damaged,
        )

    def _settings(self, request: WhatIfRequest) -> dict[str, Setting]:
        typed = {key: text.strip().replace(",", ".") for key, text in request.settings.items() if text.strip()}
        if not typed:
            raise NotTried("Give at least one other limit.")
        try:
            if any(place_of(key)[2] not in TRIED for key in typed):
                raise NotTried("Only limits, delays, areas and severe limits can be tried.")
            numbers = written(f"{key}={text}" for key, text in typed.items() if text != NONE)
        except LimitProblem as problem:
            raise _refusal(problem, typed) from problem
        return {key: None if text == NONE else numbers[key] for key, text in typed.items()}

    def _limits(self, protocols: Iterable[str], settings: Mapping[str, Setting]) -> dict[str, Limits]:
        """The other limits of each protocol; where only some refuse a setting, the refusal names one of them."""
        found: dict[str, Limits] = {}
        refused: list[tuple[Protocol, LimitProblem]] = []
        for protocol in map(self._config.protocols.__getitem__, protocols):
            try:
                found[protocol.id] = with_trial(protocol.limits, settings)
            except LimitProblem as problem:
                refused.append((protocol, problem))
        if refused:
            protocol, first = refused[0]
            raise _refusal(first, settings, f"{protocol.title}: " if found else "") from first
        return found

    def _try(self, row: SessionRow, others: Limits, request: WhatIfRequest, damaged: list[str]) -> Trial:
        """One session; what of it is damaged is added."""
        protocol = self._config.protocols[row.protocol]
        events, lost = self._reader.readable_events(row.id)
        damaged += lost
        values = recorded(self._numerics(row, protocol, damaged), events)
        room = self._config.room(row.room)
        return try_limits(
            values,
            request.now if row.ended_us is None else row.ended_us,
            protocol.limits,
            others,
            _baseline(events),
            policy_for(self._config.alarms, protocol.alarms, room is not None and room.same_arm),
        )

    def _numerics(self, row: SessionRow, protocol: Protocol, damaged: list[str]) -> list[Numeric]:
        """The streamed values that have limits, and the perfusion index, which says how much they count."""
        streamed = [metric for metric in protocol.limits if not METRICS[metric].episodic]
        found: list[Numeric] = []
        for metric in dict.fromkeys([*streamed, Metric.PI]):
            series = self._reader.numerics(row.id, metric)
            found += series.readings(metric)
            damaged += series.damaged
        return found


def _baseline(events: Iterable[AnyEvent]) -> Baseline | None:
    """The baseline that was locked last, for the whole session."""
    locked = [event for event in events if isinstance(event, BaselineLocked)]
    return locked[-1].values if locked else None


def _refusal(problem: LimitProblem, typed: Iterable[str], of: str = "") -> NotTried:
    """``of`` names the protocol whose limits refuse, where it is not that of all sessions."""
    return NotTried(f"{of}{problem.sentence}", _field_of(problem.key, list(typed)))


def _field_of(key: str, typed: Sequence[str]) -> str | None:
    """The typed field that a problem is told at: the one it names, else one of that side, else one of that metric."""
    metric, side, *part = key.split(".")
    named = f"{metric}.{side}" + "".join(_PARTS.get(each, f".{each}") for each in part)
    candidates = [named, f"{metric}.{side}"] + [each for each in typed if each.startswith(f"{metric}.{side}.")]
    candidates += [each for each in typed if each.startswith(f"{metric}.")]
    return next((each for each in candidates if each in typed), None)
