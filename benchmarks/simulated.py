"""What a simulated patient's oximeter gives, second by second, made as fast as the computer can."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from devices.oximeters.nonin_df7 import NoninDf7Decoder, NoninDf7Emulator
from devices.oximeters.nonin_packet import FRAMES_PER_SECOND
from devices.readings import SECOND, Metric, Micros, Numeric, Waveform
from devices.simulation.patient import Patient
from monitor.record.journal import Measurement

ARRIVAL: Micros = 50_000
"""Readings arrive within one gathering read of each other, not on the dot."""


def seconds(seed: int, count: int, start: Micros = 0) -> Iterator[list[Measurement]]:
    """``count`` seconds of what the record keeps of a Nonin format 7: the newest SpO2 and PR, and the waves. PI, which
    this format does not have, is added as other oximeters send it.
    """
    patient, emulator, decoder = Patient(seed), NoninDf7Emulator(), NoninDf7Decoder("oximeter")
    for second in range(count):
        newest: dict[Metric, Numeric] = {}
        waves: list[Measurement] = []
        for frame in range(FRAMES_PER_SECOND):
            elapsed = second + frame / FRAMES_PER_SECOND
            at = start + int(elapsed * SECOND) // ARRIVAL * ARRIVAL + (seed * 7919 + second * 104_729) % ARRIVAL
            for reading in decoder.feed(emulator.step(patient.vitals(elapsed)), at):
                if isinstance(reading, Numeric):
                    newest[reading.metric] = reading
                elif isinstance(reading, Waveform):
                    waves.append(reading)
        perfusion = [
            msgspec.structs.replace(pr, metric=Metric.PI, value=round(patient.vitals(second).pi, 1))
            for pr in (newest.get(Metric.PR),)
            if pr is not None
        ]
        yield [*newest.values(), *perfusion, *waves]
