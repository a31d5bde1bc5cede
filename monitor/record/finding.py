"""Finds sessions for a list: by what is wanted of them, in any order, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select
from sqlalchemy.sql.elements import UnaryExpression

from devices.readings import Micros
from monitor.record import schema
from monitor.record.glance import Glance, Signature, kept_glance
from monitor.record.sessions import SessionRow, session_row

_session, _glance = schema.session.c, schema.glance.c
_is_final = _glance.over == _session.ended_us.is_not(None)
"""Between a session's end and its last seal the figures so far are no longer those of now, nor yet the last."""
_joined = schema.session.outerjoin(schema.glance, and_(_glance.session == _session.id, _is_final))

AlarmChoice = Literal["any", "high", "none"]
FormChoice = Literal["due", "overdue", "sent"]
"""``due`` has those that are overdue, and those that were sent and changed since; ``sent`` what needs no more."""
SignatureChoice = Literal["to_sign", "unsigned", "changed", "signed"]
"""``to_sign`` is unsigned or changed since."""
SortKey = Literal[
    "date",
    "patient",
    "protocol",
    "room",
    "peak",
    "rise",
    "lowest",
    "below",
    "alarms",
    "ended",
    "signature",
    "form",
]
SORT_KEYS: tuple[SortKey, ...] = get_args(SortKey)
_OF_SUMMARIES = {None, "date", "patient", "protocol", "room", "ended", "form"}
"""Orders for which no figure is needed."""


class FormTerms(msgspec.Struct, frozen=True):
    """Which protocols ask for a monitoring form; of a session that ended before ``overdue_before`` it is overdue."""

    protocols: tuple[str, ...]
    overdue_before: Micros


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a session, all of it: a part of the patient's code, opened from ``since`` to just before
    ``until``, one of these protocols, and so on; ``None`` and empty ask for nothing. A choice that rests on figures
    which are not counted yet leaves the session out.
    """

    forms: FormTerms
    patient: str = ""
    since: Micros | None = None
    until: Micros | None = None
    protocols: tuple[str, ...] = ()
    room: str = ""
    alarms: AlarmChoice | None = None
    form: FormChoice | None = None
    signature: SignatureChoice | None = None


class Order(msgspec.Struct, frozen=True):
    """By one column; without one, what is to be signed or whose form is overdue comes first. Of equals the newest comes
    first, and what has no value comes last both ways.
    """

    key: SortKey | None = None
    descending: bool = False


class FoundSession(NamedTuple):
    """A line of the list; without a glance its figures are not counted yet."""

    row: SessionRow
    glance: Glance | None


class Found(NamedTuple):
    """A page, and how many there are on all of them."""

    sessions: list[FoundSession]
    total: int


def found_sessions(connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int) -> Found:
    """The page that begins after ``offset`` sessions. Only its own lines are read whole."""
    conditions = _conditions(wanted)
    total = connection.scalar(select(func.count()).select_from(schema.session).where(*conditions)) or 0
    joined = schema.session if order.key in _OF_SUMMARIES else _joined
    page = select(_session.id).select_from(joined).where(*conditions).order_by(*_ordering(order, wanted.forms))
    ids = list(connection.scalars(page.limit(limit).offset(offset)))
    rows = {row.id: session_row(row) for row in connection.execute(select(schema.session).where(_session.id.in_(ids)))}
    counted = select(*_glance).select_from(_joined).where(_session.id.in_(ids), _glance.session.is_not(None))
    glances = {row.session: kept_glance(row) for row in connection.execute(counted)}
    return Found([FoundSession(rows[each], glances.get(each)) for each in ids], total)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.patient:
        asked.append(_session.patient.icontains(wanted.patient, autoescape=True))
    if wanted.since is not None:
        asked.append(_session.opened_us >= wanted.since)
    if wanted.until is not None:
        asked.append(_session.opened_us < wanted.until)
    if wanted.protocols:
        asked.append(_session.protocol.in_(wanted.protocols))
    if wanted.room:
        asked.append(_session.room == wanted.room)
    if wanted.alarms is not None:
        asked.append(_alarmed(wanted.alarms))
    if wanted.form is not None:
        asked.append(_form(wanted.form, wanted.forms))
    if wanted.signature is not None:
        asked.append(_signed_as(_SIGNATURES[wanted.signature]))
    return asked


_over: ColumnElement[bool] = _session.ended_us.is_not(None)
_counted = schema.glance.alias("counted")
"""For conditions, which are asked apart from the joined figures that a page is ordered by: that takes half the time."""
_all_alarms = _counted.c.alarms_high + _counted.c.alarms_medium + _counted.c.alarms_low
_ALARMS: dict[AlarmChoice, ColumnElement[bool]] = {
    "any": _all_alarms > 0,
    "high": _counted.c.alarms_high > 0,
    "none": _all_alarms == 0,
}
_SIGNATURES: dict[SignatureChoice, tuple[Signature, ...]] = {
    "to_sign": (Signature.UNSIGNED, Signature.CHANGED),
    "unsigned": (Signature.UNSIGNED,),
    "changed": (Signature.CHANGED,),
    "signed": (Signature.SIGNED,),
}


def _alarmed(choice: AlarmChoice) -> ColumnElement[bool]:
    own = (_counted.c.session == _session.id, _counted.c.over == _session.ended_us.is_not(None))
    return select(_counted.c.session).where(*own, _ALARMS[choice]).correlate(schema.session).exists()


def _signed_as(signatures: Sequence[Signature]) -> ColumnElement[bool]:
    """Of sessions that are over; one that goes on owes no signature yet."""
    theirs = select(_counted.c.session).where(_counted.c.over, _counted.c.signature.in_(signatures))
    return and_(_over, _session.id.in_(theirs))


_SIGNED_LAST = case(
    (_glance.signature == Signature.UNSIGNED, 0),
    (_glance.signature == Signature.CHANGED, 1),
    (_glance.signature == Signature.SIGNED, 2),
)


def _form(choice: FormChoice, terms: FormTerms) -> ColumnElement[bool]:
    if choice == "sent":
        return and_(_session.form_sent_us.is_not(None), ~_session.form_changed)
    awaited = and_(
        _session.first_dose_us.is_not(None),
        _session.ended_us.is_not(None),
        _session.form_sent_us.is_(None),
        _session.protocol.in_(terms.protocols),
    )
    if choice == "overdue":
        return and_(awaited, _session.ended_us < terms.overdue_before)
    return or_(awaited, _session.form_changed)


def _ordering(order: Order, terms: FormTerms) -> list[UnaryExpression[Any]]:
    newest = [_session.opened_us.desc(), _session.id.desc()]
    if order.key is None:
        first = case((or_(_signed_as(_SIGNATURES["to_sign"]), _form("overdue", terms)), 0), else_=1)
        return [first.asc(), *newest]
    columns = _columns(order.key, terms)
    turned = [column.desc() if order.descending else column.asc() for column in columns]
    return [*(each.nulls_last() for each in turned), *newest]


def _columns(key: SortKey, terms: FormTerms) -> list[ColumnElement[Any]]:
    """What a column of the list is ordered by. Rooms are ordered as numbers where they are numbered."""
    if key == "form":
        awaited = case((_form("due", terms), 0), (_session.form_sent_us.is_not(None), 2), else_=1)
        return [awaited, _session.ended_us]
    columns: dict[SortKey, list[ColumnElement[Any]]] = {
        "date": [_session.opened_us],
        "patient": [func.lower(_session.patient)],
        "protocol": [_session.protocol, _session.dose_mg],
        "room": [func.length(_session.room), _session.room],
        "peak": [_glance.peak_sys, _glance.peak_dia],
        "rise": [_glance.rise_sys],
        "lowest": [_glance.lowest_spo2],
        "below": [_glance.below_90_s],
        "alarms": [_glance.alarms_high, _glance.alarms_medium, _glance.alarms_low],
        "ended": [_session.phase],
        "signature": [case((_over, _SIGNED_LAST))],
    }
    return columns[key]
