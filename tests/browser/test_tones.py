"""The alarm tones as the browser renders them, measured against IEC 60601-1-8."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Clinic

RATE = 48_000
LEAD_S = 0.1
Samples = NDArray[np.float64]
Band = tuple[float, float]

RENDER = """async ([priority, strength, lead, rate]) => {
    const context = new OfflineAudioContext(1, 6 * rate, rate);
    const volume = new GainNode(context, {gain: chairside.sound.VOLUME.full / 100});
    volume.connect(context.destination);
    chairside.tones.schedule(context, volume, priority, lead, strength);
    const samples = (await context.startRendering()).getChannelData(0);
    const bytes = new Uint8Array(samples.buffer);
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
}"""


class Standard(NamedTuple):
    """What IEC 60601-1-8 (tables 3 and 4) asks of a priority's burst, in seconds. ``rhythm`` is where pulses stand,
    counted in beats of a pulse and a spacing, up to the gap between the half-bursts.
    """

    pulses: int
    pulse: Band
    spacing: Band
    rhythm: tuple[int, ...]
    interval: Band


STANDARD = {
    "high": Standard(10, (0.075, 0.200), (0.050, 0.125), (0, 1, 2, 4, 5), (2.5, 15.0)),
    "medium": Standard(3, (0.125, 0.250), (0.125, 0.250), (0, 1, 2), (2.5, 30.0)),
    "low": Standard(2, (0.125, 0.250), (0.125, 0.250), (0, 1), (15.0, 60.0)),
}
HALF_BURST_GAP: Band = (0.35, 1.30)
FUNDAMENTAL_HZ: Band = (150.0, 1000.0)
HARMONICS_HZ: Band = (300.0, 4000.0)
RISE_SHARE: Band = (0.10, 0.40)
LATE_S = 0.5
"""A burst begins with one of the page's ticks, a quarter of a second apart."""
TIMING_S = 0.003
"""An envelope is known to about a period of the tone."""


class Pulse(NamedTuple):
    """A pulse by its envelope: times in seconds of 10 % and 90 % of the burst's peak, and its own peak."""

    foot: float
    start: float
    end: float
    tail: float
    peak: float

    @property
    def length(self) -> float:
        """From 90 % to 90 %."""
        return self.end - self.start


class Burst:
    """A rendered burst and what can be measured on it."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.spectrum = self._lines()
        self.envelope = self._envelope()
        self.pulses = [self._pulse(*edges) for edges in self._above(0.1)]

    @property
    def fundamental(self) -> float:
        """The lowest line of the spectrum, in hertz."""
        return min(self.spectrum)

    @property
    def spacings(self) -> list[float]:
        """From the end of each pulse to the start of the next, in seconds."""
        return [later.start - earlier.end for earlier, later in zip(self.pulses, self.pulses[1:], strict=False)]

    def _lines(self) -> dict[float, float]:
        """Frequency and level, in decibels below the strongest, of every spectral line down to -40 dB."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.5 * np.abs(self.samples).max())
        pulse = self.samples[loud[0] : loud[0] + int(0.1 * RATE)]
        size = 1 << 18
        levels = np.abs(np.fft.rfft(pulse * np.blackman(len(pulse)), size))
        decibels = 20 * np.log10(levels / levels.max() + 1e-12)
        middle = decibels[1:-1]
        peaks = 1 + np.flatnonzero((middle > decibels[:-2]) & (middle >= decibels[2:]) & (middle > -40))
        return {float(peak * RATE / size): float(decibels[peak]) for peak in peaks}

    def _envelope(self) -> Samples:
        """The level over whole periods of the tone, so that the tone itself does not ripple in it."""
        periods = round(RATE / self.fundamental)
        power = np.convolve(self.samples**2, np.ones(periods) / periods, mode="same")
        return np.sqrt(np.maximum(power, 0))

    def _above(self, share: float) -> list[tuple[int, int]]:
        above = np.concatenate([[False], self.envelope > share * self.envelope.max(), [False]])
        edges = np.flatnonzero(above[1:] != above[:-1])
        return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]

    def _pulse(self, foot: int, tail: int) -> Pulse:
        piece = self.envelope[foot:tail]
        high = foot + np.flatnonzero(piece > 0.9 * piece.max())
        return Pulse(foot / RATE, high[0] / RATE, high[-1] / RATE, tail / RATE, float(piece.max()))


Render = Callable[..., Burst]


@pytest.fixture(scope="module")
def shipped(clinic: Clinic, browser: Browser) -> Iterator[Page]:
    """A page with the shipped scripts, that no test changes."""
    page = browser.new_page()
    page.goto(clinic.url)
    page.wait_for_function("() => window.chairside && chairside.sound")
    yield page
    page.close()


@pytest.fixture
def render(shipped: Page) -> Render:
    """Renders a burst with the shipped scripts."""

    def rendered(priority: str, escalated: int = 0) -> Burst:
        strength = shipped.evaluate("escalated => chairside.tones.strength(escalated)", escalated)
        text = shipped.evaluate(RENDER, [priority, strength, LEAD_S, RATE])
        return Burst(np.frombuffer(base64.b64decode(text), np.float32).astype(np.float64))

    return rendered


each_priority = pytest.mark.parametrize("priority", STANDARD)


def within(value: float, band: Band, tolerance: float = 0.0) -> bool:
    return band[0] - tolerance <= value <= band[1] + tolerance


@each_priority
def test_a_burst_is_known_by_its_number_of_pulses_and_their_rhythm(render: Render, priority: str) -> None:
    standard, burst = STANDARD[priority], render(priority)
    assert len(burst.pulses) == standard.pulses
    assert all(within(pulse.length, standard.pulse) for pulse in burst.pulses), burst.pulses
    close = [spacing for spacing in burst.spacings if spacing < 2 * standard.spacing[0] + standard.pulse[0]]
    assert all(within(spacing, standard.spacing) for spacing in close), burst.spacings
    assert max(close) < 1.05 * min(close), "the pulses stumble"
    beat = float(np.mean(close)) + burst.pulses[0].length
    half = len(standard.rhythm)
    for begin in range(0, standard.pulses, half):
        starts = [pulse.start - burst.pulses[begin].start for pulse in burst.pulses[begin : begin + half]]
        assert starts == pytest.approx([each * beat for each in standard.rhythm], abs=TIMING_S)
    if standard.pulses > half:
        assert within(burst.spacings[half - 1], HALF_BURST_GAP)
    assert max(pulse.peak for pulse in burst.pulses) < 1.1 * min(pulse.peak for pulse in burst.pulses)


def test_worse_alarms_are_quicker_and_higher(render: Render) -> None:
    bursts = [render(priority) for priority in STANDARD]
    assert [burst.fundamental for burst in bursts] == sorted((burst.fundamental for burst in bursts), reverse=True)
    beats = [burst.pulses[1].start - burst.pulses[0].start for burst in bursts]
    assert beats[0] < min(beats[1:]), "a medium burst is as quick as a high one"


@each_priority
def test_a_tone_has_harmonics_that_small_loudspeakers_can_give(render: Render, priority: str) -> None:
    burst = render(priority)
    assert within(burst.fundamental, FUNDAMENTAL_HZ)
    own = burst.spectrum[burst.fundamental]
    harmonics = {hertz: level - own for hertz, level in burst.spectrum.items() if hertz > 1.5 * burst.fundamental}
    for hertz in harmonics:
        times = hertz / burst.fundamental
        assert times == pytest.approx(round(times), abs=0.02), f"{hertz} Hz belongs to no harmonic"
    carried = [level for hertz, level in harmonics.items() if within(hertz, HARMONICS_HZ)]
    assert len([level for level in carried if abs(level) <= 15]) >= 4, harmonics
    assert len(carried) == len(harmonics), "a harmonic is lost above 4000 Hz"


@each_priority
def test_a_pulse_begins_and_ends_softly_and_without_a_click(render: Render, priority: str) -> None:
    burst = render(priority)
    for pulse, spacing in zip(burst.pulses, [*burst.spacings, np.inf], strict=True):
        rise, fall = pulse.start - pulse.foot, pulse.tail - pulse.end
        assert within(rise / pulse.length, RISE_SHARE), "too hard or too slow"
        assert fall <= spacing - rise, "it runs into the next pulse"
    steps = np.abs(np.diff(burst.samples))
    loudest = np.abs(burst.samples).max()
    quiet = burst.envelope[1:] < 0.1 * burst.envelope.max()
    assert steps[quiet].max() < 0.03 * loudest, "a click at the edge of a pulse"
    assert steps.max() < 0.3 * loudest, "a click inside a pulse"
    between = burst.samples[: int((LEAD_S - 0.001) * RATE)]
    assert not between.any(), "it sounds before its time"


@each_priority
def test_the_loudest_alarm_is_not_distorted(render: Render, priority: str) -> None:
    ordinary, escalated = render(priority), render(priority, escalated=1)
    peak = np.abs(escalated.samples).max()
    assert 0.9 < peak <= 1, "not the full volume, or more than a loudspeaker can give"
    assert peak > 1.5 * np.abs(ordinary.samples).max(), "nobody hears that it was escalated"
    assert escalated.spectrum.keys() == ordinary.spectrum.keys(), "it sounds like another alarm"
    again = render(priority, escalated=3)
    assert np.abs(again.samples).max() == peak


@each_priority
def test_a_burst_comes_back_when_the_standard_asks(shipped: Page, priority: str) -> None:
    interval = shipped.evaluate("priority => chairside.tones.BURSTS[priority].interval", priority)
    assert within(interval, STANDARD[priority].interval)
    assert within(interval + LATE_S, STANDARD[priority].interval), "a late tick would leave the band"
