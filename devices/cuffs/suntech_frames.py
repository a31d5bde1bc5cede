"""Bytes and error codes of the SunTech Advantage OEM modules (SunTech Advantage OEM module specification).

The host sends ``3A command data... checksum``, the module ``3E length data... checksum`` with the length of the whole
frame; every frame sums to 0 modulo 256.
"""

from __future__ import annotations

HOST, MODULE = 0x3A, 0x3E
ANSWER_LENGTH, PRESSURE_LENGTH, RESULT_LENGTH = 4, 5, 24
LENGTHS = frozenset({ANSWER_LENGTH, PRESSURE_LENGTH, RESULT_LENGTH})
"""Frames that are ever asked for. Waiting for any other length would let one damaged byte swallow later answers."""


def framed(*body: int) -> bytes:
    """The bytes and the checksum that makes their sum 0 modulo 256."""
    return bytes([*body, -sum(body) & 0xFF])


START_ADULT = framed(HOST, 0x20)
ABORT = framed(HOST, 0x79, 0x01, 0x00)
ASK_PRESSURE = framed(HOST, 0x79, 0x05, 0x00)
ASK_RESULT = framed(HOST, 0x79, 0x03, 0x00)

RECEIVED, EXECUTED, ABORTED, BUSY, ERROR, UNDEFINED, UNRECOGNISED, ASLEEP, TIMEOUT = b"OKABENDST"
REFUSALS = {
    BUSY: "The cuff is busy. Wait until it is deflated, then start again.",
    ERROR: "The cuff module reported an error instead of starting. Start again.",
    UNDEFINED: "The cuff module cannot measure now. Wait a moment, then start again.",
    UNRECOGNISED: "The cuff module did not understand. Check that it is a SunTech Advantage, then start again.",
    ASLEEP: "The cuff module was asleep. Start again.",
    TIMEOUT: "The cuff module gave up waiting. Start again.",
}

LEAK = 87
FAULTS = frozenset({90, 91, 97, 99})
SERVICE = "Measure by hand and have the module serviced"
FAILURES = {
    1: "The cuff felt no clear pulse. Put it snugly on the bare upper arm and measure again",
    2: "Movement disturbed the measurement. Keep the arm still and measure again",
    3: "The pressure is outside what this cuff can measure. Look at the patient, then measure again or by hand",
    4: "The measurement took too long. Keep the arm still, check the cuff's size and measure again",
    85: "The air hose is blocked. Straighten it and measure again",
    86: "The measurement was stopped at the cuff module. Measure again when ready",
    87: "The cuff did not fill: it leaks, is loose or its hose is off. Check cuff and hose, then measure again",
    88: "The module's safety timer ended the measurement. Check that the cuff is empty, then measure again",
    89: "The cuff pressure went too high. Check that nobody leans on the cuff and the hose is free, then measure again",
    90: f"The cuff module has a power or hardware fault. {SERVICE}",
    91: f"The cuff module could not find its zero. Take the cuff off, switch the module off and on; else: {SERVICE}",
    97: f"The cuff module's pressure sensor is faulty. {SERVICE}",
    99: f"The cuff module's memory is faulty. {SERVICE}",
}
NO_ANSWER = "The cuff module does not answer. Check its cable and power; look whether the cuff is empty."
NO_RESULT = "The cuff module gave no result. Measure again."
TOO_LONG = "The cuff did not finish within 3 minutes and was told to deflate. Check the cuff, then measure again."
TOO_HIGH = "The cuff pressure went above 300 mmHg and the cuff was told to deflate. Check hose and cuff."
STOPPED_THERE = "The measurement was stopped at the cuff module. Measure again when ready."
STOPPED = "The measurement was stopped."
UNCONFIRMED = " The module did not confirm: look whether the cuff is empty."


def failure_text(code: int) -> str:
    """What went wrong in plain words, and what to do; the module's code for whoever services it."""
    return f"{FAILURES.get(code, f'The cuff module reported an unknown error. {SERVICE}')} (code {code})."
