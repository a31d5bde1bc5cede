"""What screens are told of how a patient is watched: limits, the limits that formulas offer, baseline, symptoms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from devices.readings import METRICS, Metric
from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.watching import offered_limits
from monitor.service.frames import BaselineView, LimitView, OfferView, WatchingView


def watching_view(session: Session, protocol: Protocol, limits: Mapping[Metric, MetricLimits]) -> WatchingView:
    """The dialogs of a room page; ``limits`` are those in force."""
    locked = session.baseline
    baseline = BaselineView(
        values=session.baseline_values,
        locked=locked is not None,
        readings=locked.readings if locked else len(session.readings_before_dose),
        at=locked.at if locked else None,
    )
    return WatchingView(
        limits=list(_limit_views(protocol.limits, limits)),
        offers=[
            OfferView(formula, offered)
            for formula in Formula
            if (offered := offered_limits(session, protocol, formula))
        ],
        baseline=baseline,
        symptoms=session.symptoms,
    )


def _limit_views(profile: Mapping[Metric, MetricLimits], limits: Mapping[Metric, MetricLimits]) -> Iterator[LimitView]:
    for metric, sides in profile.items():
        for side in Side:
            own, given = sides.side(side), limits.get(metric, MetricLimits()).side(side)
            if own is not None and given is not None:
                yield _limit_view(metric, side, own, given)


def _limit_view(metric: Metric, side: Side, profile: SideLimit, given: SideLimit) -> LimitView:
    info = METRICS[metric]
    lowest, highest = profile.guard or (info.lowest, info.highest)
    return LimitView(
        key=f"{metric}.{side}",
        label=f"{info.label} {side}",
        unit=info.unit,
        limit=given.limit,
        delay_s=given.delay_s,
        area=given.area,
        profile_limit=profile.limit,
        profile_delay_s=profile.delay_s,
        profile_area=profile.area,
        lowest=lowest,
        highest=highest,
        episodic=info.episodic,
    )
