"""Format 8, against frames built by hand from the 9560's table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.adapter import Vitals
from devices.oximeters.nonin_df8 import NoninDf8Decoder, NoninDf8Emulator
from devices.readings import NOT_LIVE, SECOND, ConditionKind, Metric, Quality, ReplyKind
from tests.devices.captures import AT, absent, by_pieces, conditions, numerics, qualities, replies


def frame(pr: int, spo2: int, signal: int = 0, state: int = 0) -> bytes:
    return bytes([0x80 | signal | pr >> 7, pr & 0x7F, spo2, state])


def test_the_documented_bytes_are_read() -> None:
    readings = NoninDf8Decoder().feed(bytes.fromhex("80486100 82056020"), AT)
    assert numerics(readings, Metric.PR) == [72, 261]
    assert numerics(readings, Metric.SPO2) == [97, 96]


def test_the_first_frame_is_questionable_until_a_second_one_follows_directly() -> None:
    questionable, ok = Quality.QUESTIONABLE, Quality.OK
    readings = NoninDf8Decoder().feed(frame(72, 97) * 3, AT)
    assert qualities(readings, Metric.PR) == [questionable, ok, ok]
    torn = NoninDf8Decoder().feed(frame(72, 97) * 2 + frame(72, 97)[:3] + frame(73, 97) * 2, AT)
    assert numerics(torn, Metric.PR) == [72, 72, 73, 73]
    assert qualities(torn, Metric.PR) == [questionable, ok, questionable, ok]


def test_a_held_value_is_never_a_fresh_number() -> None:
    decoder = NoninDf8Decoder()
    readings = decoder.feed(frame(72, 97) * 2 + frame(72, 97, state=0x08) * 2, AT)
    assert [bool(quality & NOT_LIVE) for quality in qualities(readings, Metric.SPO2)] == [False, False, True, True]
    assert conditions(readings) == [(ConditionKind.SENSOR_OFF, True)]
    assert absent(decoder.feed(frame(72, 97), AT)) == [ConditionKind.SENSOR_OFF]


def test_a_missing_value_is_never_a_number() -> None:
    readings = NoninDf8Decoder().feed(frame(511, 127) + frame(511, 97) + frame(72, 127), AT)
    assert numerics(readings, Metric.PR) == [None, None, 72]
    assert numerics(readings, Metric.SPO2) == [None, 97, None]


@pytest.mark.parametrize(("pr", "spo2"), [(17, 97), (322, 97), (72, 0), (72, 101)])
def test_a_frame_that_no_body_can_have_made_is_dropped(pr: int, spo2: int) -> None:
    decoder = NoninDf8Decoder()
    assert decoder.feed(frame(pr, spo2), AT) == []
    assert decoder.counters.frames == 0


@pytest.mark.parametrize(
    ("signal", "quality", "state"),
    [
        (0x20, Quality.QUESTIONABLE, [(ConditionKind.SEARCHING, True)]),
        (0x10, Quality.LOW_PERFUSION, [(ConditionKind.LOW_PERFUSION, True)]),
        (0x08, Quality.OK, []),
        (0x04, Quality.QUESTIONABLE, []),
    ],
)
def test_each_signal_bit_marks_its_number(
    signal: int, quality: Quality, state: list[tuple[ConditionKind, bool]]
) -> None:
    decoder = NoninDf8Decoder()
    decoder.feed(frame(72, 97), AT)
    readings = decoder.feed(frame(72, 97, signal=signal), AT)
    assert qualities(readings, Metric.PR) == [quality]
    assert conditions(readings) == state


@given(reserved=st.integers(0, 127).map(lambda bits: bits & 0b01110110))
def test_reserved_bits_change_nothing(reserved: int) -> None:
    readings = NoninDf8Decoder().feed(frame(72, 97, signal=0x40, state=reserved) * 2, AT)
    assert numerics(readings, Metric.PR) == [72, 72]
    assert conditions(readings) == []


def test_every_cut_of_a_capture_gives_the_same_readings() -> None:
    data = b"\x48\x61" + frame(72, 97) * 3 + b"\x06" + frame(130, 96)[:2] + frame(131, 95, state=0x09) * 2 + b"\x80"
    whole = NoninDf8Decoder()
    expected = whole.feed(data, AT)
    assert numerics(expected, Metric.PR) == [72, 72, 72, 131, 131]
    for cut in range(len(data) + 1):
        pieces = NoninDf8Decoder()
        assert by_pieces(pieces, data, [cut]) == expected, f"cut at {cut}"
        assert (pieces.counters, pieces.pending) == (whole.counters, whole.pending)


def test_an_answer_between_frames_is_told_and_does_not_break_the_lock() -> None:
    decoder = NoninDf8Decoder("", Quality.OK, select=True)
    assert decoder.due(AT) == bytes.fromhex("027002020803")
    readings = decoder.feed(frame(72, 97) + b"\x06" + frame(73, 97), AT)
    assert [r.kind for r in replies(readings)] == [ReplyKind.ACCEPTED]
    assert qualities(readings, Metric.PR) == [Quality.QUESTIONABLE, Quality.OK]
    assert decoder.due(AT + SECOND) == b""


@given(spo2=st.integers(1, 100), pr=st.integers(18, 321))
def test_what_the_emulator_feels_is_what_the_decoder_tells(spo2: int, pr: int) -> None:
    emulator, decoder = NoninDf8Emulator(), NoninDf8Decoder()
    readings = decoder.feed(b"".join(emulator.step(Vitals(spo2=spo2, pr=pr)) for _ in range(4)), AT)
    assert numerics(readings, Metric.SPO2) == [spo2] * 4
    assert numerics(readings, Metric.PR) == [pr] * 4


def test_the_emulator_holds_its_display_for_ten_seconds_with_the_alarm_bit_set() -> None:
    emulator, decoder = NoninDf8Emulator(), NoninDf8Decoder()
    decoder.feed(b"".join(emulator.step(Vitals()) for _ in range(4)), AT)
    readings = decoder.feed(b"".join(emulator.step(Vitals(attached=False)) for _ in range(12)), AT)
    values = numerics(readings, Metric.SPO2)
    assert values[0] == 97
    assert values[-1] is None
    assert 8 <= values.index(None) <= 10
    assert all(quality & Quality.HELD for quality in qualities(readings, Metric.SPO2))


def test_a_sensor_found_on_the_finger_ends_an_alarm_from_before_the_connection() -> None:
    assert ConditionKind.SENSOR_OFF in absent(NoninDf8Decoder().feed(frame(72, 97), AT))
