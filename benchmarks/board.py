"""A board of 16 rooms with 8 viewers: what a viewer costs the server and the browser, beside a plain Dash board."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import psutil

from benchmarks import chairside_page
from benchmarks.browser import MainThread, opened_page
from benchmarks.clinic import running_clinic
from benchmarks.cpu import CpuMeter
from benchmarks.delays import delays
from benchmarks.figures import Effort, Figure, NotMeasured, Ratio, Result, What, percentile
from benchmarks.viewers import watching
from benchmarks.yardstick import running_yardstick

MEASURES = (What.VIEWER, What.MAIN_THREAD)
ROOMS = 16
PROBED = (1, 5, 9, 13)
LIGHT_VIEWERS = 7
"""Beside the page."""
CROWD = 32
"""Viewers whose cost is measured against none: enough that the cost stands out of the server's own."""
CROWD_PROCESSES = 4
SETTLE_S = 3.0
YARDSTICK = "plain Dash: dcc.Interval 1 s, figures rebuilt in one callback"
ALL_DRAWN = "document.querySelectorAll('.js-plotly-plot .scatterlayer .trace').length >= 2 * 16"
CALLBACK = "/_dash-update-component"


class Seen(NamedTuple):
    """What one block found, in ms and ms/s. ``unsteady`` is by how much the server's own use wandered meanwhile."""

    pixel: list[float]
    viewer: float
    main_thread: MainThread
    alone: float
    unsteady: float


def measure(effort: Effort) -> Result:
    """Take the figures of ``MEASURES`` and their ratios; the order turns around from one round to the next."""
    blocks = {"chairside": _chairside, "yardstick": _yardstick}
    found: dict[str, list[Seen]] = defaultdict(list)
    for turn in range(effort.rounds):
        for name in sorted(blocks, reverse=bool(turn % 2)):
            found[name].append(blocks[name](effort))
    ours, theirs = _joined(found["chairside"]), _joined(found["yardstick"])
    ratios = [
        Ratio("Sample → pixel, p50", "ms", percentile(ours.pixel, 50), percentile(theirs.pixel, 50), YARDSTICK),
        Ratio("Sample → pixel, p99", "ms", percentile(ours.pixel, 99), percentile(theirs.pixel, 99), YARDSTICK),
        Ratio("Browser main thread", "ms/s", ours.main_thread.busy, theirs.main_thread.busy, YARDSTICK),
    ]
    viewer = _viewer_figure(ours, f"{effort.rounds} × {effort.idle_s:g} s")
    if not viewer.missing:
        ratios.insert(2, Ratio("Server CPU per viewer", "ms/s", ours.viewer, theirs.viewer, YARDSTICK))
    return Result(
        [viewer, _main_thread_figure(ours.main_thread, f"{effort.rounds} × {effort.viewers_s:g} s")],
        ratios,
        [f"Sample → pixel beside the yardstick: {len(ours.pixel)} and {len(theirs.pixel)} changes."],
    )


def _viewer_figure(found: Seen, looked: str) -> Figure:
    wandered = found.unsteady / CROWD
    if found.viewer <= wandered:
        why = f"the server's own use wandered by {wandered:.2f} ms/s per viewer, more than viewers cost"
        return Figure(What.VIEWER, missing=why)
    detail = (
        f"{looked}; {CROWD} viewers against none, uncertain by {wandered:.2f}; the server alone {found.alone:.0f} ms/s"
    )
    return Figure(What.VIEWER, {"": found.viewer}, detail)


def _main_thread_figure(found: MainThread, looked: str) -> Figure:
    parts = f"script {found.script:.0f}, style {found.style:.0f}, layout {found.layout:.0f}"
    detail = f"{looked}; of it {parts}; with interruptions {found.wall:.0f} ms/s"
    return Figure(What.MAIN_THREAD, {"": found.busy}, detail)


def _joined(blocks: list[Seen]) -> Seen:
    return Seen(
        [delay for block in blocks for delay in block.pixel],
        mean(block.viewer for block in blocks),
        MainThread(*(mean(part) for part in zip(*(block.main_thread for block in blocks), strict=True))),
        mean(block.alone for block in blocks),
        mean(block.unsteady for block in blocks),
    )


def _chairside(effort: Effort) -> Seen:
    with running_clinic(ROOMS, PROBED) as clinic:
        live, web = f"{clinic.url}/live", clinic.process("monitor.web")
        time.sleep(SETTLE_S)
        before = _spent(web, effort.idle_s / 2)
        with watching(*[["stream", live, str(CROWD // CROWD_PROCESSES), clinic.cookie]] * CROWD_PROCESSES):
            time.sleep(SETTLE_S)
            crowded = _spent(web, effort.idle_s)
        time.sleep(SETTLE_S)
        after = _spent(web, effort.idle_s / 2)
        crowd = ["stream", live, str(LIGHT_VIEWERS), clinic.cookie]
        with watching(crowd), opened_page(clinic.url, clinic.cookie) as page:
            chairside_page.wait_until_live(page)
            page.wait(SETTLE_S)
            begin = page.main_thread()
            pixel = chairside_page.watch_steps(page, clinic, effort.viewers_s)
            busy = page.main_thread().ms_per_s_since(begin)
    alone = (before + after) / 2
    return Seen(pixel.ms, (crowded - alone) / CROWD, busy, alone, abs(before - after))


def _spent(process: psutil.Process, seconds: float) -> float:
    meter = CpuMeter(process)
    time.sleep(seconds)
    return meter.ms_per_s()


def _yardstick(effort: Effort) -> Seen:
    with running_yardstick(ROOMS) as yardstick, tempfile.TemporaryDirectory() as folder:
        alone = _spent(yardstick.server, effort.idle_s / 2)
        with opened_page(yardstick.url) as page:
            body = Path(folder) / "body"
            page.wait_until(ALL_DRAWN, "every trend")
            with page.page.expect_request(lambda request: CALLBACK in request.url) as asked:
                page.wait(2)
            body.write_text(asked.value.post_data or "", "utf-8")
            with watching(["poll", asked.value.url, str(LIGHT_VIEWERS), str(body)]) as viewers:
                page.wait(SETTLE_S)
                page.record({str(room): f"#n{room}-0" for room in range(1, ROOMS + 1)})
                before, meter = page.main_thread(), CpuMeter(yardstick.server)
                page.wait(effort.viewers_s)
                crowded, busy = meter.ms_per_s(), page.main_thread().ms_per_s_since(before)
                if viewers[0].poll() is not None:
                    raise NotMeasured("the yardstick's viewers were turned away")
            pixel = delays(yardstick.written(), page.seen(), time.time()).ms
    return Seen(pixel, (crowded - alone) / (LIGHT_VIEWERS + 1), busy, alone, 0.0)
