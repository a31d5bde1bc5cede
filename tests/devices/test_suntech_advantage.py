"""SunTech Advantage, against the document's frames and data frames built by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.adapter import Cuff, Vitals
from devices.cuffs.suntech_advantage import SunTechDecoder
from devices.cuffs.suntech_emulator import SunTechEmulator
from devices.readings import SECOND, ConditionKind, Metric, Numeric, Quality, Reading, ReplyKind
from tests.devices.captures import AT, absent, by_pieces, conditions, numerics, replies

START = bytes.fromhex("3a20a6")
ABORT = bytes.fromhex("3a7901004c")
ASK_PRESSURE = bytes.fromhex("3a79050048")
ASK_RESULT = bytes.fromhex("3a7903004a")
COMPLETED = bytes.fromhex("3e044b73")
PRESSURES = (Metric.SYS, Metric.DIA, Metric.MAP)
TENTH = SECOND // 10


def answer(letter: str) -> bytes:
    code = ord(letter)
    return bytes([0x3E, 0x04, code, (256 - (0x3E + 0x04 + code) % 256) % 256])


def pressure(mmhg: int) -> bytes:
    body = [0x3E, 0x05, mmhg % 256, mmhg // 256]
    return bytes([*body, (256 - sum(body) % 256) % 256])


def result(sys: int = 0, dia: int = 0, mean: int = 0, pr: int = 0, error: int = 0) -> bytes:
    body = [0x3E, 0x18, sys % 256, sys // 256, dia % 256, dia // 256, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    body += [pr, 0, mean % 256, mean // 256, error, 0, 0]
    return bytes([*body, (256 - sum(body) % 256) % 256])


GOOD = result(sys=132, dia=84, mean=101, pr=72)


def values(readings: list[Reading]) -> dict[Metric, float | None]:
    return {r.metric: r.value for r in readings if isinstance(r, Numeric) and r.metric is not Metric.CUFF}


def told(readings: list[Reading]) -> list[ReplyKind]:
    return [reply.kind for reply in replies(readings)]


def wait(decoder: SunTechDecoder, at: int, seconds: float) -> tuple[list[Reading], list[bytes], int]:
    """Let time pass in silence: what was told, what was sent besides polls, and the time after."""
    readings: list[Reading] = []
    sent = []
    for _ in range(round(seconds * 10)):
        at += TENTH
        data = decoder.due(at)
        if data not in (b"", ASK_PRESSURE):
            sent.append(data)
        readings += decoder.feed(b"", at)
    return readings, sent, at


def connected(source: str = "", mark: Quality = Quality.OK) -> SunTechDecoder:
    """A decoder whose connection has begun."""
    decoder = SunTechDecoder(source, mark)
    assert decoder.due(AT - 1) == ABORT + ASK_RESULT
    assert decoder.feed(result(sys=111, dia=66, mean=81, pr=60), AT - 1) == [], "an old result was told as a new one"
    return decoder


def measuring(mark: Quality = Quality.OK) -> SunTechDecoder:
    """A decoder whose measurement runs since ``AT``."""
    decoder = connected("cuff", mark)
    decoder.start()
    assert decoder.due(AT) == START
    assert told(decoder.feed(answer("O"), AT)) == [ReplyKind.STARTED]
    return decoder


def test_a_measurement_gives_one_reading_with_one_time() -> None:
    decoder = measuring(Quality.SIMULATED)
    assert decoder.due(AT + TENTH) == ASK_PRESSURE
    assert decoder.due(AT + 2 * TENTH) == b""
    assert decoder.due(AT + 3 * TENTH) == ASK_PRESSURE
    assert numerics(decoder.feed(pressure(287), AT + 4 * TENTH), Metric.CUFF) == [287]
    assert decoder.feed(COMPLETED, AT + SECOND) == []
    assert decoder.due(AT + SECOND) == ASK_RESULT
    readings = decoder.feed(GOOD, AT + SECOND + TENTH)
    assert values(readings) == {Metric.SYS: 132, Metric.DIA: 84, Metric.MAP: 101, Metric.PR_NIBP: 72}
    times = {(r.measured_at, r.at, r.source, r.quality) for r in readings if isinstance(r, Numeric)}
    assert times == {(AT + SECOND, AT + SECOND + TENTH, "cuff", Quality.SIMULATED)}
    assert told(readings) == [ReplyKind.DONE]
    assert not decoder.measuring
    assert isinstance(decoder, Cuff)


def test_an_idle_module_is_asked_every_second_so_that_a_dead_one_is_noticed() -> None:
    decoder = connected()
    sent = [decoder.due(AT + tenth * TENTH) for tenth in range(50)]
    assert [tenth for tenth, data in enumerate(sent) if data] == [0, 10, 20, 30, 40]
    assert set(sent) == {b"", ASK_PRESSURE}


@pytest.mark.parametrize("code", [1, 2, 3, 4, 85, 86, 87, 88, 89, 90, 91, 97, 99, 200])
def test_a_failed_measurement_is_never_a_number_and_says_what_to_do(code: int) -> None:
    decoder = measuring()
    decoder.feed(COMPLETED, AT)
    readings = decoder.feed(result(sys=132, dia=84, mean=101, pr=72, error=code), AT)
    assert values(readings) == dict.fromkeys((*PRESSURES, Metric.PR_NIBP))
    (reply,) = replies(readings)
    assert reply.kind is ReplyKind.FAILED
    assert f"(code {code})" in reply.text
    expected = {87: ConditionKind.CUFF_LEAK} | dict.fromkeys((90, 91, 97, 99), ConditionKind.CUFF_FAULT)
    assert conditions(readings) == ([(expected[code], True)] if code in expected else [])


@pytest.mark.parametrize("data", [result(error=1), GOOD])
def test_a_leak_is_over_when_the_cuff_holds_its_pressure_again(data: bytes) -> None:
    decoder = measuring()
    decoder.feed(COMPLETED, AT)
    assert conditions(decoder.feed(result(error=87), AT)) == [(ConditionKind.CUFF_LEAK, True)]
    decoder.start()
    decoder.due(AT)
    decoder.feed(answer("O") + COMPLETED, AT)
    assert ConditionKind.CUFF_LEAK in absent(decoder.feed(data, AT))


@pytest.mark.parametrize("letter", ["B", "N", "D", "E", "S", "T"])
def test_a_refused_start_says_why(letter: str) -> None:
    decoder = connected()
    decoder.start()
    decoder.due(AT)
    (reply,) = replies(decoder.feed(answer(letter), AT))
    assert (reply.kind, decoder.measuring) == (ReplyKind.REFUSED, False)
    assert reply.text


def test_a_start_without_an_answer_is_sent_once_more_and_then_fails() -> None:
    decoder = connected()
    decoder.start()
    assert decoder.due(AT) == START
    readings, sent, _ = wait(decoder, AT, 4.5)
    assert sent == [START, ABORT]
    assert told(readings) == [ReplyKind.FAILED]
    assert not decoder.measuring


def test_busy_after_the_second_start_means_that_the_first_was_obeyed() -> None:
    decoder = connected()
    decoder.start()
    decoder.due(AT)
    _, sent, at = wait(decoder, AT, 2.5)
    assert sent == [START]
    assert told(decoder.feed(answer("B"), at)) == [ReplyKind.STARTED]


def test_cancelling_deflates_at_once_and_a_result_that_still_comes_is_ignored() -> None:
    decoder = measuring()
    decoder.cancel()
    assert decoder.due(AT + TENTH) == ABORT
    assert decoder.closing() == ABORT
    assert decoder.feed(COMPLETED + GOOD, AT + TENTH) == []
    assert told(decoder.feed(answer("A"), AT + TENTH)) == [ReplyKind.CANCELLED]
    assert not decoder.measuring
    assert decoder.feed(COMPLETED + GOOD + answer("A"), AT + SECOND) == []


def test_a_cancel_that_nobody_confirms_is_repeated_and_tells_to_look_at_the_cuff() -> None:
    decoder = measuring()
    decoder.cancel()
    assert decoder.due(AT) == ABORT
    readings, sent, _ = wait(decoder, AT, 2.5)
    (reply,) = replies(readings)
    assert (sent, reply.kind) == ([ABORT], ReplyKind.CANCELLED)
    assert "look whether the cuff is empty" in reply.text


def test_a_cancel_before_the_start_went_out_starts_nothing() -> None:
    decoder = connected()
    decoder.start()
    decoder.cancel()
    assert decoder.due(AT) == ABORT
    _, sent, _ = wait(decoder, AT, 5)
    assert START not in sent


def test_a_lost_completion_is_made_up_for_when_the_cuff_has_emptied() -> None:
    decoder = measuring()
    decoder.feed(pressure(5), AT)
    _, sent, at = wait(decoder, AT, 4)
    assert sent == []
    decoder.feed(pressure(160) + pressure(9), at)
    _, sent, at = wait(decoder, at, 3)
    assert sent == [ASK_RESULT]
    assert values(decoder.feed(GOOD, at))[Metric.SYS] == 132


def test_the_last_reading_told_again_is_never_a_new_one() -> None:
    decoder = measuring()
    decoder.feed(COMPLETED + GOOD, AT)
    assert decoder.feed(GOOD, AT + SECOND) == []
    decoder.start()
    decoder.due(AT + SECOND)
    decoder.feed(answer("O") + pressure(160) + pressure(0), AT + SECOND)
    _, sent, at = wait(decoder, AT + SECOND, 3.5)
    assert sent == [ASK_RESULT]
    readings = decoder.feed(GOOD, at)
    assert (values(readings), told(readings)) == ({}, [ReplyKind.FAILED])


def test_two_measurements_that_happen_to_agree_are_two_readings() -> None:
    decoder = measuring()
    decoder.feed(COMPLETED + GOOD, AT)
    decoder.start()
    decoder.due(AT + SECOND)
    readings = decoder.feed(answer("O") + pressure(160) + COMPLETED + GOOD, AT + SECOND)
    assert values(readings)[Metric.SYS] == 132


def test_a_late_answer_to_an_old_question_does_not_end_the_new_measurement() -> None:
    decoder = measuring()
    assert decoder.feed(GOOD, AT) == []
    assert decoder.measuring


def test_a_measurement_that_never_ends_is_aborted_after_three_minutes() -> None:
    decoder = measuring()
    at, sent = AT, []
    while decoder.measuring and at < AT + 200 * SECOND:
        at += TENTH
        data = decoder.due(at)
        readings = decoder.feed(pressure(120) if data == ASK_PRESSURE else answer("A") if data else b"", at)
        sent += [data] if data == ABORT else []
    assert (sent, at) == ([ABORT], AT + 180 * SECOND)
    assert told(readings) == [ReplyKind.FAILED]


def test_a_cuff_above_the_highest_pressure_is_told_to_deflate() -> None:
    decoder = measuring()
    decoder.feed(pressure(301), AT)
    assert decoder.due(AT) == ABORT
    (reply,) = replies(decoder.feed(answer("A"), AT))
    assert reply.kind is ReplyKind.FAILED
    assert "300 mmHg" in reply.text


def test_a_module_that_falls_silent_in_mid_measurement_is_reported() -> None:
    readings, sent, _ = wait(measuring(), AT, 13)
    assert told(readings) == [ReplyKind.FAILED]
    assert set(sent) == {ABORT}


def test_a_result_that_never_comes_fails() -> None:
    decoder = measuring()
    decoder.feed(COMPLETED, AT)
    readings, sent, _ = wait(decoder, AT, 5)
    assert sent == [ASK_RESULT] * 3 + [ABORT]
    assert told(readings) == [ReplyKind.FAILED]


@pytest.mark.parametrize("letter", ["A", "T"])
def test_a_measurement_ended_at_the_module_is_reported(letter: str) -> None:
    decoder = measuring()
    assert told(decoder.feed(answer(letter), AT)) == [ReplyKind.FAILED]
    assert decoder.feed(GOOD, AT) == []


@pytest.mark.parametrize(("sys", "dia"), [(0, 0), (132, 0), (301, 84), (65535, 84)])
def test_a_result_that_no_body_can_have_made_is_no_reading(sys: int, dia: int) -> None:
    decoder = measuring()
    decoder.feed(COMPLETED, AT)
    readings = decoder.feed(result(sys=sys, dia=dia, mean=100, pr=72), AT)
    assert None in (values(readings)[Metric.SYS], values(readings)[Metric.DIA])
    assert told(readings) == [ReplyKind.FAILED]


def test_a_systolic_below_the_diastolic_is_no_reading() -> None:
    readings = SunTechDecoder().feed(result(sys=80, dia=120, mean=100, pr=72), AT)
    assert values(readings) == dict.fromkeys((*PRESSURES, Metric.PR_NIBP))
    assert told(readings) == [ReplyKind.FAILED]


def test_a_mean_outside_the_reading_is_missing() -> None:
    readings = SunTechDecoder().feed(result(sys=120, dia=80, mean=150, pr=72), AT)
    assert values(readings) == {Metric.SYS: 120, Metric.DIA: 80, Metric.MAP: None, Metric.PR_NIBP: 72}


def test_a_cuff_that_an_earlier_connection_left_inflated_is_emptied() -> None:
    emulator = SunTechEmulator()
    emulator.receive(START)
    for _ in range(30):
        emulator.step(Vitals())
    assert emulator.pressure > 100
    emulator.receive(SunTechDecoder().due(AT))
    assert not emulator.running


def test_a_capture_without_a_host_is_read_and_a_missing_pulse_stays_missing() -> None:
    capture = b"\x00\x3e" + answer("O") + pressure(150) + COMPLETED + result(sys=288, dia=84, mean=101)
    readings = SunTechDecoder().feed(capture, AT)
    assert values(readings) == {Metric.SYS: 288, Metric.DIA: 84, Metric.MAP: 101, Metric.PR_NIBP: None}


def test_a_damaged_frame_gives_nothing_and_is_counted() -> None:
    for place in range(len(GOOD)):
        decoder = measuring()
        decoder.feed(COMPLETED, AT)
        bad = bytearray(GOOD)
        bad[place] ^= 0x10
        readings = decoder.feed(bytes(bad) + answer("O") * 6, AT)
        assert values(readings) == {}, f"byte {place}"
        assert decoder.counters.resyncs == 1


def test_every_cut_of_a_capture_gives_the_same_readings() -> None:
    bad = GOOD[:7] + b"\x99" + GOOD[8:]
    capture = b"\x3e\x05" + answer("O") + pressure(150) + bad + COMPLETED + b"\x3e" + GOOD + pressure(300) + GOOD[:9]
    whole = measuring()
    expected = whole.feed(capture, AT)
    assert values(expected)[Metric.SYS] == 132
    for cut in range(len(capture) + 1):
        pieces = measuring()
        assert by_pieces(pieces, capture, [cut]) == expected, f"cut at {cut}"
        assert (pieces.counters, pieces.pending) == (whole.counters, whole.pending)


def run(decoder: SunTechDecoder, emulator: SunTechEmulator, vitals: Vitals, seconds: float = 60) -> list[Reading]:
    """Decoder and emulator joined by a cable until the measurement is over."""
    readings: list[Reading] = []
    at = AT
    for step in range(round(seconds * 10)):
        at += TENTH
        readings += decoder.feed(emulator.receive(decoder.due(at)), at)
        if step % 2:
            readings += decoder.feed(emulator.step(vitals), at)
        if not decoder.measuring:
            break
    return readings


@given(sys=st.integers(60, 240), gap=st.integers(15, 40), pr=st.integers(30, 240))
@settings(max_examples=30)
def test_what_the_emulator_measures_is_what_the_decoder_tells(sys: int, gap: int, pr: int) -> None:
    decoder, emulator = connected(), SunTechEmulator(speed=4.0)
    decoder.start()
    vitals = Vitals(sys=sys + 0.2, dia=sys - gap - 0.2, map=sys - gap / 2, pr=pr)
    readings = run(decoder, emulator, vitals)
    assert told(readings) == [ReplyKind.STARTED, ReplyKind.DONE]
    expected = {Metric.SYS: sys, Metric.DIA: sys - gap, Metric.MAP: round(sys - gap / 2), Metric.PR_NIBP: pr}
    assert values(readings) == expected
    assert max(value or 0 for value in numerics(readings, Metric.CUFF)) >= min(150, sys)


def test_the_emulators_cuff_takes_as_long_as_a_real_one() -> None:
    decoder, emulator = connected(), SunTechEmulator()
    decoder.start()
    (_, done) = replies(run(decoder, emulator, Vitals()))
    assert done.kind is ReplyKind.DONE
    assert 15 * SECOND < done.at - AT < 40 * SECOND


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"forgets_completion": True}, [ReplyKind.STARTED, ReplyKind.DONE]),
        ({"bad_checksum_every": 3}, [ReplyKind.STARTED, ReplyKind.DONE]),
        ({"error": 2}, [ReplyKind.STARTED, ReplyKind.FAILED]),
        ({"refuse": ord("B")}, [ReplyKind.REFUSED]),
        ({"silent": True}, [ReplyKind.FAILED]),
    ],
    ids=lambda fault: next(iter(fault)) if isinstance(fault, dict) else "",
)
def test_the_decoder_gets_through_the_emulators_faults(fault: dict[str, int], expected: list[ReplyKind]) -> None:
    decoder, emulator = connected(), SunTechEmulator()
    for name, value in fault.items():
        setattr(emulator, name, value)
    decoder.start()
    assert told(run(decoder, emulator, Vitals())) == expected


def test_an_untied_cuff_is_told_as_a_leak() -> None:
    decoder, emulator = connected(), SunTechEmulator()
    decoder.start()
    readings = run(decoder, emulator, Vitals(attached=False))
    assert conditions(readings) == [(ConditionKind.CUFF_LEAK, True)]
    assert values(readings) == dict.fromkeys((*PRESSURES, Metric.PR_NIBP))


def test_cancelling_the_emulator_empties_its_cuff() -> None:
    decoder, emulator = connected(), SunTechEmulator()
    decoder.start()
    run(decoder, emulator, Vitals(), seconds=4)
    assert emulator.pressure > 40
    decoder.cancel()
    assert told(run(decoder, emulator, Vitals())) == [ReplyKind.CANCELLED]
    assert not emulator.running
    for _ in range(20):
        emulator.step(Vitals())
    assert emulator.pressure == 0


def test_the_emulator_refuses_damaged_and_unknown_commands() -> None:
    emulator = SunTechEmulator()
    assert emulator.receive(bytes.fromhex("3a20a7")) == answer("E")
    assert emulator.receive(bytes.fromhex("3a55 71")) == answer("D")
    assert emulator.receive(START[:1]) + emulator.receive(START[1:]) == answer("O")
    assert emulator.receive(START) == answer("B")
