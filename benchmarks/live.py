"""32 rooms over the real path, 8 viewers: how old what stands on the page is, and what the service costs."""

from __future__ import annotations

from benchmarks import chairside_page
from benchmarks.browser import opened_page
from benchmarks.clinic import running_clinic
from benchmarks.cpu import CpuMeter
from benchmarks.delays import Delays
from benchmarks.figures import Effort, Figure, NotMeasured, Result, What, percentile
from benchmarks.viewers import watching

MEASURES = (What.PIXEL, What.ALARM, What.SERVICE)
ROOMS = 32
PROBED = (1, 9, 17, 25)
BOARDS, ROOM_PAGES = 3, (2, 3, 4, 5)
CUFFS_AT_WORK = ("6", "7")
"""32 cuffs that measure for 40 s every ten minutes keep two at work."""
WARM_UP_S = 8.0
LEAST = 20
"""Fewer have no 99th percentile worth telling."""


def measure(effort: Effort) -> Result:
    """Take the figures of ``MEASURES``."""
    with running_clinic(ROOMS, PROBED) as clinic:
        live = f"{clinic.url}/live"
        pages = [live] * BOARDS + [f"{live}?room={room}" for room in ROOM_PAGES]
        readers = [["stream", page, "1", clinic.cookie] for page in pages]
        with watching(*readers) as viewers, opened_page(clinic.url, clinic.cookie) as page:
            chairside_page.wait_until_live(page)
            page.wait(WARM_UP_S)
            clinic.measure_pressure(CUFFS_AT_WORK)
            meters = {name: CpuMeter(clinic.process(f"monitor.{name}")) for name in ("service", "web", "simulator")}
            pixel = chairside_page.watch_steps(page, clinic, effort.pixel_s)
            spent = {name: meter.ms_per_s() for name, meter in meters.items()}
            alarm = chairside_page.watch_crises(page, clinic, effort.alarm_s)
            if any(viewer.poll() is not None for viewer in viewers):
                raise NotMeasured("a viewer lost its stream")
            gap = page.clock_gap_ms()
    beside = ", ".join(f"{name} {spent[name] / 10:.1f} %" for name in ("web", "simulator"))
    return Result(
        [
            _figure(What.PIXEL, pixel, "changes"),
            _figure(What.ALARM, alarm, "violations"),
            Figure(What.SERVICE, {"": spent["service"] / 10}, f"over {effort.pixel_s:.0f} s; beside it {beside}"),
        ],
        notes=[f"The page's clock was {abs(gap):.1f} ms {'ahead of' if gap > 0 else 'behind'} the devices' clock."],
    )


def _figure(what: What, found: Delays, counted: str) -> Figure:
    if len(found.ms) < LEAST:
        return Figure(what, missing=f"only {len(found.ms)} {counted} were shown, {found.missed} never")
    values = {"p50": percentile(found.ms, 50), "p99": percentile(found.ms, 99)}
    return Figure(
        what, values, f"{len(found.ms)} {counted}, longest {max(found.ms):.0f} ms, {found.missed} never shown"
    )
