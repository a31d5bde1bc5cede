"""A nurse's screen that a test writes messages to and listens to."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Clinic

LISTEN = """(() => {
    window.heard = {tones: [], peak: 0, now: 0};
    const {start} = AudioScheduledSourceNode.prototype;
    OscillatorNode.prototype.start = function (at) {
        heard.tones.push({pitch: this.frequency.value, at});
        return start.call(this, at);
    };
    const {connect} = AudioNode.prototype;
    AudioNode.prototype.connect = function (to, ...rest) {
        const result = connect.call(this, to, ...rest);
        if (to !== this.context.destination) return result;
        const tap = new AnalyserNode(this.context, {fftSize: 32768});
        connect.call(this, tap);
        const recent = new Float32Array(tap.fftSize);
        setInterval(() => {
            tap.getFloatTimeDomainData(recent);
            heard.now = recent.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
            heard.peak = Math.max(heard.peak, heard.now);
        }, 200);
        return result;
    };
})()"""
"""Notes at the browser's own audio which tones start, and the loudest sample that reaches the loudspeaker: ever, and in
the last moments.
"""

Alarm = dict[str, Any]


def alarm(priority: str, state: str = "active", acknowledged_by: str | None = None, escalated: int = 0) -> Alarm:
    return {
        "condition": f"test.{priority}",
        "metric": None,
        "text": f"A {priority} test alarm",
        "priority": priority,
        "state": state,
        "acknowledged_by": acknowledged_by,
        "escalated": escalated,
        "since": time.time_ns() // 1000,
        "until": time.time_ns() // 1000 if state == "latched" else None,
    }


def wait_ticks(page: Page, count: int) -> None:
    """Let the page do so many times what it does four times a second."""
    page.evaluate(
        "count => new Promise(done => { let ticks = 0; chairside.on('tick', () => ++ticks === count && done()); })",
        count,
    )


class Station:
    """A nurse's screen whose messages the test writes, in the form in which the clinic sends them."""

    def __init__(self, clinic: Clinic, page: Page) -> None:
        with urllib.request.urlopen(f"{clinic.url}/live", timeout=5) as stream:  # noqa: S310 - our own address
            data = next(line for line in stream if line.startswith(b"data: ") and b'"rooms"' in line)
        self._message = json.loads(data.removeprefix(b"data: "))
        self.alarms: list[Alarm] = []
        self.paused = False
        self.connected = True
        self.head: dict[str, Any] = {}
        self.page = page
        page.add_init_script(LISTEN)
        page.route(re.compile(r"/live(\?|$)"), self._answer)
        page.goto(clinic.url)
        expect(page.locator("#live-chip")).to_contain_text("live")

    def _answer(self, route: Route) -> None:
        if not self.connected:
            return route.abort()
        now = time.time_ns() // 1000
        rooms = [room | {"alarms": self.alarms if room["id"] == "1" else []} for room in self._message["rooms"]]
        until = now + 60_000_000 if self.paused else None
        message = self._message | {"at": now, "now": now, "rooms": rooms, "audio_paused_until": until} | self.head
        body = f"event: snapshot\ndata: {json.dumps(message)}\n\n"
        return route.fulfill(content_type="text/event-stream", body=body)

    def sounds(self, priority: str | None) -> None:
        """Wait until this should sound."""
        self.page.wait_for_function("priority => chairside.sounding === priority", arg=priority)

    def open_panel(self) -> None:
        self.page.locator("#sound-chip").click()
        expect(self.page.locator("#sound-panel")).to_be_visible()

    def hear(self, pulses: int) -> list[str]:
        """Wait for so many pulses; which tones they were, in order."""
        self.page.wait_for_function("count => heard.tones.length >= count", arg=pulses)
        pitches = self.page.evaluate(
            "Object.fromEntries(Object.entries(chairside.tones.BURSTS).map(([name, {pitch}]) => [pitch, name]))"
        )
        tones: list[str] = [pitches[str(tone["pitch"])] for tone in self.page.evaluate("heard.tones")]
        return tones

    def loudness(self) -> float:
        """The loudest that was heard, once it is silent again."""
        self.page.wait_for_function("() => heard.peak > 0 && heard.now < 1e-4")
        peak: float = self.page.evaluate("heard.peak")
        return peak

    def switch_audio_off(self, ago_s: float, reminder_s: float) -> None:
        """As a clinician did so long ago."""
        since = time.time_ns() // 1000 - int(ago_s * 1e6)
        off = {"condition": None, "by": "nurse 1", "reason": "test", "since": since, "until": None}
        self.head = {"audio_off": off, "reminder_s": reminder_s}
        self.page.wait_for_function(
            "since => chairside.state.audioOff && chairside.state.audioOff.since === since", arg=since
        )
