"""The yardstick: the same board as a plain Dash app would do it.

A ``dcc.Interval`` of one second and one callback that rebuilds everything: four numbers and a figure of two minutes for
every room. Its values are made in its own process, so no device, decoder, bus or record takes time or processor.

``python -m benchmarks.yardstick PORT ROOMS LOG``; every change of a saturation is written to the file LOG.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

import plotly.graph_objects as go
import psutil
import uvicorn
from dash import Dash, Input, Output, dcc, html

from benchmarks.clinic import ROOT, free_ports
from benchmarks.delays import Change
from benchmarks.figures import NotMeasured
from benchmarks.probes import STEPS
from devices.simulation.patient import Patient

LENGTH = 120
STEP_S = 2.37
"""Longer than the interval, so that the page can show every change, and no multiple of it."""
LOOK_S = 0.01
START_S = 30.0


class Bed:
    """One room's values."""

    def __init__(self, number: int) -> None:
        self.patient = Patient(number)
        self.next_step = number * 0.137
        self.step = 0
        self.numbers: tuple[str, str, str, str] = ("", "", "", "")
        self.spo2: deque[float] = deque(maxlen=LENGTH)
        self.pr: deque[float] = deque(maxlen=LENGTH)
        for second in range(-LENGTH, 0):
            self.step = second // 2
            self.take(second)

    def take(self, at: float) -> None:
        """The values of a second."""
        vitals = self.patient.vitals(at)
        saturation = STEPS[self.step % len(STEPS)]
        self.spo2.append(saturation)
        self.pr.append(round(vitals.pr))
        self.numbers = (str(saturation), f"{vitals.pr:.0f}", f"{vitals.sys:.0f}/{vitals.dia:.0f}", f"{vitals.pi:.1f}")

    def advance(self, at: float) -> str | None:
        """The new saturation when it changes now."""
        if at < self.next_step:
            return None
        self.next_step += STEP_S
        self.step += 1
        value = str(STEPS[self.step % len(STEPS)])
        self.numbers = (value, *self.numbers[1:])
        return value


def live(beds: list[Bed], log: IO[str]) -> None:
    """Let time pass in the beds for ever."""
    began = time.monotonic()
    second = 0
    while True:
        at = time.monotonic() - began
        for number, bed in enumerate(beds, 1):
            if at >= second:
                bed.take(at)
            changed = bed.advance(at)
            if changed is not None:
                print(json.dumps([str(number), changed, time.time()]), file=log, flush=True)
        second += at >= second
        time.sleep(LOOK_S)


def figure(bed: Bed) -> go.Figure:
    """The trend."""
    seconds = list(range(-len(bed.spo2), 0))
    trend = go.Figure([go.Scatter(x=seconds, y=list(bed.spo2)), go.Scatter(x=seconds, y=list(bed.pr), yaxis="y2")])
    trend.update_layout(
        height=90, margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, yaxis2={"overlaying": "y"}
    )
    return trend


def create_app(beds: list[Bed]) -> Dash:
    """The board."""
    app = Dash(__name__, backend="fastapi", update_title="")
    names = [(number, part) for number in range(1, len(beds) + 1) for part in range(4)]
    tiles = [
        html.Div([*(html.Div(id=f"n{number}-{part}") for part in range(4)), dcc.Graph(id=f"trend{number}")])
        for number in range(1, len(beds) + 1)
    ]
    grid = {"display": "grid", "gridTemplateColumns": "repeat(4, 1fr)"}
    app.layout = html.Div([dcc.Interval(id="beat", interval=1000), html.Div(tiles, style=grid)])

    @app.callback(  # type: ignore[untyped-decorator]
        *(Output(f"n{number}-{part}", "children") for number, part in names),
        *(Output(f"trend{number}", "figure") for number in range(1, len(beds) + 1)),
        Input("beat", "n_intervals"),
    )
    def update(_: int) -> list[Any]:
        return [text for bed in beds for text in bed.numbers] + [figure(bed) for bed in beds]

    return app


class Yardstick:
    """A running yardstick."""

    def __init__(self, url: str, server: psutil.Process, log: Path) -> None:
        self.url = url
        self.server = server
        self._log = log

    def written(self) -> list[Change]:
        """Every change of a saturation so far."""
        return [Change(*json.loads(line)) for line in self._log.read_text("utf-8").splitlines()]


@contextmanager
def running_yardstick(rooms: int) -> Iterator[Yardstick]:
    """Start it.

    Raises: NotMeasured when it does not come up.
    """
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="chairside-yardstick-") as name:
        log = Path(name) / "log"
        command = [sys.executable, "-m", "benchmarks.yardstick", str(port), str(rooms), str(log)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}", server)
            yield Yardstick(f"http://127.0.0.1:{port}", psutil.Process(server.pid), log)
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            urlopen(url, timeout=5).close()  # noqa: S310 - a loopback address of our own
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NotMeasured(f"the yardstick did not come up: {error}") from error
            time.sleep(0.2)
        else:
            return


def main() -> None:
    """Run until killed."""
    port, rooms, log = sys.argv[1:]
    beds = [Bed(number) for number in range(1, int(rooms) + 1)]
    file = Path(log).open("w", encoding="utf-8")  # noqa: SIM115 - open for as long as the process runs
    threading.Thread(target=live, args=(beds, file), daemon=True).start()
    uvicorn.run(create_app(beds).server, host="127.0.0.1", port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
