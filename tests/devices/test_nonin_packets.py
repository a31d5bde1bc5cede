"""Formats 2 and 7, against frames built by hand from the OEM III tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.adapter import Vitals
from devices.oximeters.nonin_df2 import NoninDf2Decoder, NoninDf2Emulator
from devices.oximeters.nonin_df7 import NoninDf7Decoder, NoninDf7Emulator
from devices.oximeters.nonin_packet import PacketDecoder, PacketEmulator
from devices.readings import SECOND, ConditionKind, Metric, Numeric, Quality, ReplyKind, Waveform
from tests.devices.captures import (
    AT,
    absent,
    by_pieces,
    conditions,
    df2_frame,
    df2_packet,
    df7_frame,
    df7_packet,
    numerics,
    qualities,
    replies,
    samples,
    slots,
)

FRAME = 5
PACKET = 25 * FRAME


class Format(NamedTuple):
    decoder: type[PacketDecoder]
    emulator: type[PacketEmulator]
    packet: Callable[..., bytes]
    frame: Callable[[int, int, int], bytes]


DF2 = Format(NoninDf2Decoder, NoninDf2Emulator, df2_packet, df2_frame)
DF7 = Format(NoninDf7Decoder, NoninDf7Emulator, df7_packet, df7_frame)
both = pytest.mark.parametrize("kind", [DF2, DF7], ids=["df2", "df7"])


def capture(kind: Format, rates: list[int], spo2s: list[int], first_timer: int = 100) -> bytes:
    pairs = zip(rates, spo2s, strict=True)
    return b"".join(kind.packet(slots(pr, spo2, timer=first_timer + n)) for n, (pr, spo2) in enumerate(pairs))


def test_the_documented_bytes_of_format_2_are_read() -> None:
    data = bytes.fromhex("01813000b2 01803048f9 0180306112")
    data += b"".join(df2_frame(0x80, 0x30, 94) for _ in range(22))
    readings = NoninDf2Decoder().feed(data, AT)
    assert numerics(readings, Metric.PR) == [72]
    assert numerics(readings, Metric.SPO2) == [97]
    assert samples(readings) == [0x30] * 15


def test_the_documented_bytes_of_format_7_are_read() -> None:
    data = bytes.fromhex("81123401c8 80ffff7ffd 80000062e2")
    data += b"".join(df7_frame(0x80, 0xBEEF, 94) for _ in range(22))
    readings = NoninDf7Decoder().feed(data, AT)
    assert numerics(readings, Metric.PR) == [255]
    assert numerics(readings, Metric.SPO2) == [98]
    assert samples(readings)[:4] == [0x1234, 0xFFFF, 0, 0xBEEF]


@both
@pytest.mark.parametrize("pr", [18, 127, 128, 129, 255, 256, 257, 321])
def test_a_pulse_rate_over_two_slots_is_put_together_right(kind: Format, pr: int) -> None:
    assert numerics(kind.decoder().feed(kind.packet(slots(pr, 97)), AT), Metric.PR) == [pr]


@both
def test_a_missing_value_is_never_a_number(kind: Format) -> None:
    readings = kind.decoder().feed(kind.packet(slots(511, 127, display_pr=72, display_spo2=97)), AT)
    assert numerics(readings, Metric.PR) == [None]
    assert numerics(readings, Metric.SPO2) == [None]


@both
@pytest.mark.parametrize("status", [0x88, 0xC0, 0xD8])
def test_a_held_value_is_never_a_fresh_number(kind: Format, status: int) -> None:
    """The finger is out; the display slots, and even the plain ones, still hold numbers."""
    readings = kind.decoder().feed(kind.packet(slots(72, 97), status=status), AT)
    assert numerics(readings, Metric.PR) == [None]
    assert numerics(readings, Metric.SPO2) == [None]
    assert samples(readings) == []


@both
def test_the_finger_leaving_within_a_packet_blanks_that_packet(kind: Format) -> None:
    whole = kind.packet(slots(72, 97))
    gone = kind.packet(slots(72, 97), status=0x88)
    readings = kind.decoder().feed(whole[: 20 * FRAME] + gone[20 * FRAME :], AT)
    assert numerics(readings, Metric.SPO2) == [None]
    assert conditions(readings) == [(ConditionKind.SENSOR_OFF, True)]


@both
def test_each_technical_state_is_told_once_when_it_begins_and_once_when_it_ends(kind: Format) -> None:
    decoder = kind.decoder()
    sick = kind.packet(slots(72, 97, timer=1, stat2=0x01), status=0xD8)
    well = kind.packet(slots(72, 97, timer=2, stat2=0xFE), status=0x80)
    assert set(conditions(decoder.feed(sick * 3, AT))) == {
        (ConditionKind.SENSOR_OFF, True),
        (ConditionKind.NO_SENSOR, True),
        (ConditionKind.SEARCHING, True),
        (ConditionKind.LOW_BATTERY, True),
    }
    assert set(absent(decoder.feed(well * 3, AT))) == {
        ConditionKind.SENSOR_OFF,
        ConditionKind.NO_SENSOR,
        ConditionKind.SEARCHING,
        ConditionKind.LOW_BATTERY,
    }


@both
@pytest.mark.parametrize("bit", [0x20, 0x10])
def test_artifact_and_lost_pulse_make_a_number_questionable(kind: Format, bit: int) -> None:
    clean = kind.packet(slots(72, 97))
    one_bad = clean[: 7 * FRAME] + kind.frame(0x80 | bit, 5, slots(72, 97)[7]) + clean[8 * FRAME :]
    assert qualities(kind.decoder().feed(one_bad, AT), Metric.SPO2) == [Quality.QUESTIONABLE]


@both
def test_red_perfusion_marks_numbers_until_a_beat_is_better(kind: Format) -> None:
    decoder = kind.decoder()

    def beat(timer: int, perfusion: int) -> bytes:
        values = slots(72, 97, timer=timer)
        return b"".join(
            kind.frame(0x80 | (place == 0) | (perfusion if 3 <= place < 15 else 0), 9, value)
            for place, value in enumerate(values)
        )

    readings = decoder.feed(beat(0, 0x04) + beat(1, 0) + beat(2, 0x06) + beat(3, 0x02), AT)
    low, ok = Quality.LOW_PERFUSION, Quality.OK
    assert qualities(readings, Metric.SPO2) == [low, low, low, ok]
    assert conditions(readings) == [(ConditionKind.LOW_PERFUSION, True), (ConditionKind.LOW_PERFUSION, False)]


@both
@given(filler=st.integers(0, 255), stat2=st.integers(0, 127).map(lambda bits: bits << 1))
def test_reserved_slots_and_bits_change_nothing(kind: Format, filler: int, stat2: int) -> None:
    readings = kind.decoder().feed(kind.packet(slots(72, 97, filler=filler, stat2=stat2)), AT)
    assert numerics(readings, Metric.PR) == [72]
    assert numerics(readings, Metric.SPO2) == [97]
    assert conditions(readings) == []


@both
def test_every_value_carries_the_mark_the_source_and_the_time_of_its_call(kind: Format) -> None:
    decoder = kind.decoder("bed 3", Quality.SIMULATED)
    data = kind.packet(slots(72, 97))
    assert not [r for r in decoder.feed(data[:-1], AT) if isinstance(r, Numeric)]
    last = decoder.feed(data[-1:], AT + 5)
    assert [(r.at, r.source) for r in last if isinstance(r, Numeric)] == [(AT + 5, "bed 3")] * 2
    assert qualities(last, Metric.PR) == [Quality.SIMULATED]


@both
def test_the_wave_keeps_its_rate_and_its_time(kind: Format) -> None:
    data = b"".join(kind.frame(0x80, sample, 0) for sample in range(30))
    waves = [r for r in kind.decoder().feed(data, AT) if isinstance(r, Waveform)]
    assert [wave.samples for wave in waves] == [tuple(range(15)), tuple(range(15, 30))]
    assert waves[0].start == AT - SECOND // 5
    assert (waves[0].rate_hz, waves[0].full_scale) == (75, 255 if kind is DF2 else 65535)


@both
def test_every_cut_of_a_capture_gives_the_same_readings(kind: Format) -> None:
    data = b"\x33\x81" + capture(kind, [72, 130], [97, 96]) + b"\x06" + capture(kind, [70], [95], 102) + b"\x01\x80"
    data = data[:200] + b"\xff" + data[200:]
    whole = kind.decoder()
    expected = whole.feed(data, AT)
    for cut in range(len(data) + 1):
        pieces = kind.decoder()
        assert by_pieces(pieces, data, [cut]) == expected, f"cut at {cut}"
        assert (pieces.counters, pieces.pending) == (whole.counters, whole.pending)
    single = kind.decoder()
    assert by_pieces(single, data, [1] * len(data)) == expected


@both
def test_a_start_in_mid_frame_costs_nothing_but_the_first_packet(kind: Format) -> None:
    data = capture(kind, [72, 73, 74], [97, 96, 95])
    for start in range(1, PACKET):
        assert numerics(kind.decoder().feed(data[start:], AT), Metric.PR) == [73, 74], f"from byte {start}"


@both
def test_a_truncated_capture_gives_its_whole_packets_and_tells_the_rest(kind: Format) -> None:
    decoder = kind.decoder()
    data = capture(kind, [72, 73], [97, 96]) + kind.packet(slots(99, 50, timer=102))[:-3]
    assert numerics(decoder.feed(data, AT), Metric.PR) == [72, 73]
    assert (decoder.counters.frames, decoder.pending, decoder.counters.skipped) == (74, 2, 0)


@both
@given(at=st.integers(0, 4 * PACKET - 1), flip=st.integers(1, 255))
def test_a_damaged_byte_never_gives_a_number(kind: Format, at: int, flip: int) -> None:
    data = bytearray(capture(kind, [72, 73, 74, 75], [97, 96, 95, 94]))
    data[at] ^= flip
    decoder = kind.decoder()
    readings = decoder.feed(bytes(data), AT)
    hurt = at // PACKET
    expected = [72, 73, 74, 75]
    assert numerics(readings, Metric.PR) == expected[:hurt] + expected[hurt + 1 :]
    assert decoder.counters.frames <= 99


@both
def test_a_bad_checksum_and_the_loss_of_lock_are_counted(kind: Format) -> None:
    data = bytearray(capture(kind, [72, 73], [97, 96]))
    data[10 * FRAME + 4] ^= 0x55
    decoder = kind.decoder()
    decoder.feed(bytes(data), AT)
    assert decoder.counters.bad_checksums == 1
    assert decoder.counters.resyncs == 1
    assert decoder.counters.skipped == FRAME
    assert decoder.counters.frames == 49


@both
@given(start=st.integers(0, 6 * PACKET), length=st.integers(1, 3 * PACKET))
@settings(max_examples=300)
def test_lost_bytes_never_give_a_number_that_was_not_sent(kind: Format, start: int, length: int) -> None:
    data = capture(kind, [72, 73, 74, 75, 76, 77], [97, 96, 95, 93, 92, 91])
    readings = kind.decoder().feed(data[:start] + data[start + length :], AT)
    assert set(numerics(readings, Metric.PR)) <= {72, 73, 74, 75, 76, 77}
    assert set(numerics(readings, Metric.SPO2)) <= {97, 96, 95, 93, 92, 91}


@both
def test_whole_frames_lost_anywhere_never_give_a_number_that_was_not_sent(kind: Format) -> None:
    """Also whole packets' worth, cut between the two halves of a pulse rate that crosses 128: the timer tells."""
    rates, spo2s = [120, 130, 120, 131, 122, 133], [97, 96, 95, 93, 92, 91]
    data = capture(kind, rates, spo2s)
    for first in range(2 * 25, 6 * 25):
        for count in range(1, 6 * 25 - first):
            left = data[: first * FRAME] + data[(first + count) * FRAME :]
            readings = kind.decoder().feed(left, AT)
            seen = set(numerics(readings, Metric.PR)), set(numerics(readings, Metric.SPO2))
            assert seen[0] <= set(rates), f"{count} frames lost before frame {first}"
            assert seen[1] <= set(spo2s), f"{count} frames lost before frame {first}"


@both
def test_a_doubled_frame_never_makes_up_for_a_damaged_one(kind: Format) -> None:
    """25 frames again, but in between every slot has moved: 94 would be shown as the saturation."""
    data = kind.packet(slots(72, 97))
    frames = [data[start : start + FRAME] for start in range(0, PACKET, FRAME)]
    frames[2] = frames[2][:-1] + bytes([frames[2][-1] ^ 0x55])
    readings = kind.decoder().feed(b"".join([*frames, frames[-1]]), AT)
    assert numerics(readings, Metric.SPO2) == []


@both
def test_the_timer_running_over_and_a_timer_that_stands_still_lose_nothing(kind: Format) -> None:
    wrapping = b"".join(kind.packet(slots(72, 97, timer=timer)) for timer in (16382, 16383, 0, 1))
    standing = b"".join(kind.packet(slots(72, 97, timer=5)) for _ in range(4))
    assert numerics(kind.decoder().feed(wrapping, AT), Metric.PR) == [72] * 4
    assert numerics(kind.decoder().feed(standing, AT), Metric.PR) == [72] * 4


@both
@pytest.mark.parametrize(("answer", "reply"), [(0x06, ReplyKind.ACCEPTED), (0x15, ReplyKind.REFUSED)])
def test_an_answer_in_mid_stream_is_told_and_costs_no_packet(kind: Format, answer: int, reply: ReplyKind) -> None:
    data = capture(kind, [72, 73], [97, 96])
    for frames in range(1, 50):
        decoder = kind.decoder()
        readings = decoder.feed(data[: frames * FRAME] + bytes([answer]) + data[frames * FRAME :], AT)
        told = [r.kind for r in replies(readings)]
        if frames > 1:
            assert (told, numerics(readings, Metric.PR)) == ([reply], [72, 73]), f"after {frames} frames"
            assert decoder.counters.resyncs == 0


@both
def test_a_lead_byte_damaged_into_an_answer_is_no_answer(kind: Format) -> None:
    data = bytearray(capture(kind, [72, 73], [97, 96]))
    data[10 * FRAME] = 0x06
    readings = kind.decoder().feed(bytes(data), AT)
    assert replies(readings) == []
    assert numerics(readings, Metric.PR) == [73]


@both
def test_the_format_is_asked_for_each_second_for_five_seconds_until_the_device_agrees(kind: Format) -> None:
    command = bytes([0x02, 0x70, 0x02, 0x02, kind.decoder.data_format, 0x03])
    unanswered = kind.decoder("", Quality.OK, select=True)
    sent = [unanswered.due(AT + tenth * SECOND // 10) for tenth in range(100)]
    assert [tenth for tenth, data in enumerate(sent) if data] == [0, 10, 20, 30, 40, 50]
    assert set(sent) == {b"", command}
    answered = kind.decoder("", Quality.OK, select=True)
    assert answered.due(AT) == command
    assert [r.kind for r in replies(answered.feed(b"\x06", AT))] == [ReplyKind.ACCEPTED]
    assert [answered.due(AT + second * SECOND) for second in range(1, 6)] == [b""] * 5
    assert numerics(answered.feed(kind.packet(slots(72, 97)), AT), Metric.PR) == [72]
    assert kind.decoder().due(AT) == b""


@both
@given(spo2=st.integers(1, 100), pr=st.integers(18, 321), pi=st.floats(1, 20))
def test_what_the_emulator_feels_is_what_the_decoder_tells(kind: Format, spo2: int, pr: int, pi: float) -> None:
    emulator, decoder = kind.emulator(), kind.decoder()
    vitals = Vitals(spo2=spo2 + 0.3, pr=pr - 0.3, pi=pi)
    readings = decoder.feed(b"".join(emulator.step(vitals) for _ in range(75)), AT)
    assert numerics(readings, Metric.SPO2) == [spo2] * 3
    assert numerics(readings, Metric.PR) == [pr] * 3
    assert decoder.counters.frames == 75
    assert conditions(readings) == []


@both
def test_the_emulator_holds_its_display_for_ten_seconds_and_the_decoder_does_not_believe_it(kind: Format) -> None:
    emulator, decoder = kind.emulator(), kind.decoder()
    decoder.feed(b"".join(emulator.step(Vitals()) for _ in range(75)), AT)
    off = [emulator.step(Vitals(attached=False)) for _ in range(75 * 12)]
    display = [frame[3] for place, frame in enumerate(off) if place % 25 == 8]
    assert display[0] == 97
    assert display[-1] == 127
    assert 8 <= display.index(127) / 3 <= 10
    readings = decoder.feed(b"".join(off), AT)
    assert set(numerics(readings, Metric.SPO2)) == {None}
    assert (ConditionKind.SENSOR_OFF, True) in conditions(readings)


@both
def test_the_emulators_faults_reach_the_decoder(kind: Format) -> None:
    emulator, decoder = kind.emulator(), kind.decoder()
    emulator.low_battery = emulator.artifact = True
    readings = decoder.feed(b"".join(emulator.step(Vitals(pi=0.2)) for _ in range(75)), AT)
    assert {(ConditionKind.LOW_BATTERY, True), (ConditionKind.LOW_PERFUSION, True)} <= set(conditions(readings))
    assert qualities(readings, Metric.PR)[-1] == Quality.QUESTIONABLE | Quality.LOW_PERFUSION
    emulator.bad_checksum_every = 10
    decoder.feed(b"".join(emulator.step(Vitals()) for _ in range(75)), AT)
    assert decoder.counters.bad_checksums == 8
    emulator.connected = False
    readings = decoder.feed(b"".join(emulator.step(Vitals()) for _ in range(75)), AT)
    assert (ConditionKind.NO_SENSOR, True) in conditions(readings)


@both
def test_the_emulator_agrees_to_its_own_format_only(kind: Format) -> None:
    emulator = kind.emulator()
    select = kind.decoder("", Quality.OK, select=True).due(AT)
    assert emulator.receive(b"\x00" + select[:3]) + emulator.receive(select[3:]) == b"\x06"
    assert emulator.receive(bytes.fromhex("02700202 0d03 02720003")) == b"\x15"
