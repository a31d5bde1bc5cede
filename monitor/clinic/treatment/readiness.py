"""When the checklist first held, and when something turned bad again."""

from __future__ import annotations

from collections.abc import Sequence

from devices.readings import Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.checklist import ItemState
from monitor.clinic.treatment.events import ReadinessLost, ReadinessReached, Stage
from monitor.clinic.treatment.plan import Observed


def readiness(
    session: Session, protocol: Protocol, states: Sequence[ItemState], now: Micros
) -> list[ReadinessReached | ReadinessLost]:
    """The edges that have happened since the session was last looked at."""
    timed = {item.id for item in protocol.checklist if isinstance(item, Observed)}
    open_items = [state for state in states if not state.holds]
    events: list[ReadinessReached | ReadinessLost] = []
    for stage, waiting in (
        (Stage.STABLE, [state for state in open_items if state.id not in timed]),
        (Stage.READY, open_items),
    ):
        held = stage in session.treatment.holding
        if not waiting and not held:
            events.append(ReadinessReached(at=now, by="service", room=session.room, session=session.id, stage=stage))
        elif waiting and held:
            items = tuple(state.text for state in waiting)
            events.append(
                ReadinessLost(at=now, by="service", room=session.room, session=session.id, stage=stage, items=items)
            )
    return events
