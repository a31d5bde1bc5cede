"""A real Chromium that notes when a text on its page changed, and what its main thread did."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import CDPSession, Error, Page, sync_playwright

from benchmarks.delays import Change
from benchmarks.figures import NotMeasured

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1280, "height": 800}
PATIENCE_S = 30.0
COUNTED = ("Timestamp", "TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration")

# Notes what can be read in an element when it has changed; asks for nothing that makes the browser lay out the page
# early. The page's clock counts from the wall clock at its start.
RECORD = """selectors => {
  const seen = (window.benchmarkSeen = []);
  for (const [room, selector] of Object.entries(selectors)) {
    const element = document.querySelector(selector);
    const read = () => (element.closest("[hidden]") ? "" : element.textContent);
    let last = read();
    new MutationObserver(() => {
      const text = read();
      if (text === last) return;
      last = text;
      seen.push([room, text, (performance.timeOrigin + performance.now()) / 1000]);
    }).observe(element, { childList: true, characterData: true, subtree: true });
  }
}"""


class MainThread(NamedTuple):
    """What the page's main thread had done at a time, all in seconds. ``busy`` is the processor time of all its tasks
    and ``script``, ``style`` and ``layout`` are parts of it; ``wall`` is how long they took with what interrupted them.
    """

    at: float
    busy: float
    script: float
    style: float
    layout: float
    wall: float

    def ms_per_s_since(self, before: MainThread) -> MainThread:
        """Milliseconds of work a second between two looks; ``at`` is how many seconds they were apart."""
        seconds = self.at - before.at
        work = (1000 * (now - then) / seconds for now, then in zip(self[1:], before[1:], strict=True))
        return MainThread(seconds, *work)


class Watched:
    """A page under observation."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._wall = self._metrics("timeTicks")
        self._processor = self._metrics("threadTicks")

    def _metrics(self, clock: str) -> CDPSession:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable", {"timeDomain": clock})
        return session

    def record(self, selectors: Mapping[str, str]) -> None:
        """Note from now on when the text of these elements changes; the key is the room it is of."""
        self.page.evaluate(RECORD, dict(selectors))

    def seen(self) -> list[Change]:
        """What changed since ``record``."""
        return [Change(*each) for each in self.page.evaluate("window.benchmarkSeen")]

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.page.wait_for_timeout(seconds * 1000)

    def wait_until(self, expression: str, what: str) -> None:
        """Wait until the page's JavaScript ``expression`` is true; ``what`` names it for the person."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.page.evaluate(expression):
            if time.monotonic() > deadline:
                raise NotMeasured(f"the page never showed {what}")
            self.wait(0.2)

    def main_thread(self) -> MainThread:
        """All tasks of the main thread so far."""
        processor, wall = _values(self._processor), _values(self._wall)
        at, busy, script, style, layout = (processor[name] for name in COUNTED)
        return MainThread(at, busy, script, style, layout, wall["TaskDuration"])

    def clock_gap_ms(self) -> float:
        """How far the page's clock is ahead of ours, from the quickest of some questions."""
        tries = []
        for _ in range(10):
            before = time.time()
            page = self.page.evaluate("performance.timeOrigin + performance.now()")
            after = time.time()
            tries.append((after - before, page - (before + after) / 2 * 1000))
        return float(min(tries)[1])


def _values(metrics: CDPSession) -> dict[str, float]:
    return {each["name"]: each["value"] for each in metrics.send("Performance.getMetrics")["metrics"]}


@contextmanager
def opened_page(url: str, cookie: str = "") -> Iterator[Watched]:
    """A page in a Chromium of its own, which holds this cookie (``NAME=VALUE``).

    Raises: NotMeasured when Chromium cannot be used or the page fails.
    """
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            try:
                page = chromium.new_page(viewport=SIZE)  # type: ignore[arg-type]
                name, _, value = cookie.partition("=")
                if name:
                    page.context.add_cookies([{"name": name, "value": value, "url": url}])
                page.goto(url)
                yield Watched(page)
            finally:
                chromium.close()
    except Error as error:
        raise NotMeasured(f"Chromium: {error.message.splitlines()[0]}") from error


def chromium_version() -> str:
    """The version that answers, or why none does."""
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            version = chromium.version
            chromium.close()
    except Error as error:
        return f"none ({error.message.splitlines()[0]})"
    return version
