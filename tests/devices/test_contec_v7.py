"""Contec V7.0, against packages built by hand from the protocol's tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.adapter import Vitals
from devices.oximeters.contec_v7 import ContecV7Decoder, ContecV7Emulator
from devices.readings import SECOND, ConditionKind, Metric, Quality, ReplyKind, Waveform
from tests.devices.captures import AT, absent, by_pieces, conditions, numerics, qualities, replies, samples

EXAMPLE = bytes.fromhex("01e085b396c1e1ffff")
STORED = bytes.fromhex("0980e1c1ffff")


def live(pr: int = 65, spo2: int = 97, pi: int = 0xFFFF, *, strength: int = 5, pleth: int = 33, bar: int = 6) -> bytes:
    data = [strength, pleth, bar, pr, spo2, pi & 0xFF, pi >> 8]
    high = 0x80 + sum(1 << bit for bit, byte in enumerate(data) if byte >= 0x80)
    return bytes([0x01, high, *[byte | 0x80 for byte in data]])


def test_the_documented_example_is_read() -> None:
    readings = ContecV7Decoder().feed(EXAMPLE * 12, AT)
    assert numerics(readings, Metric.PR)[-1] == 65
    assert numerics(readings, Metric.SPO2)[-1] == 97
    assert numerics(readings, Metric.PI)[-1] is None
    assert samples(readings) == [0x33] * 12
    assert conditions(readings) == []


def test_a_value_is_questionable_until_the_next_package_repeats_it() -> None:
    questionable, ok = Quality.QUESTIONABLE, Quality.OK
    decoder = ContecV7Decoder()
    readings = decoder.feed(live() * 3 + live(pr=66) * 3, AT)
    assert numerics(readings, Metric.PR) == [65, 65, 66, 66]
    assert qualities(readings, Metric.PR) == [questionable, ok, questionable, ok]
    after_a_cut = decoder.feed(live()[:5] + live(pr=66) * 2, AT)
    assert qualities(after_a_cut, Metric.PR) == [questionable, ok]


def test_an_added_byte_never_gives_a_number_that_counts() -> None:
    """The package then ends one byte early, with the bar shown as the pulse and the pulse as the saturation."""
    for place in range(1, 9):
        package = live(pr=91, spo2=97)
        data = live(pr=91) * 3 + package[:place] + b"\xaa" + package[place:] + live(pr=91) * 3
        readings = ContecV7Decoder().feed(data, AT)
        trusted = {
            value
            for value, quality in zip(numerics(readings, Metric.SPO2), qualities(readings, Metric.SPO2), strict=True)
            if quality is Quality.OK
        }
        assert trusted - {None} == {97}, f"byte added at {place}"


def test_unchanged_values_are_told_twice_a_second() -> None:
    readings = ContecV7Decoder().feed(live() * 301, AT)
    assert len(numerics(readings, Metric.SPO2)) == 2 + 9


@pytest.mark.parametrize(("pr", "told"), [(17, None), (18, 18), (127, 127), (128, 128), (254, 254), (255, None)])
def test_the_pulse_rate_has_its_eighth_bit_and_its_code_for_missing(pr: int, told: int | None) -> None:
    assert numerics(ContecV7Decoder().feed(live(pr=pr), AT), Metric.PR) == [told]


@pytest.mark.parametrize(("spo2", "told"), [(0, None), (1, 1), (100, 100), (101, None), (0x7F, None), (0xFF, None)])
def test_the_saturation_has_its_code_for_missing(spo2: int, told: int | None) -> None:
    assert numerics(ContecV7Decoder().feed(live(spo2=spo2), AT), Metric.SPO2) == [told]


@pytest.mark.parametrize(
    ("pi", "bar", "told"), [(450, 0, 4.5), (2200, 0, 22.0), (450, 0x10, None), (0xFFFF, 0, None), (9999, 0, None)]
)
def test_the_perfusion_index_has_its_codes_for_missing(pi: int, bar: int, told: float | None) -> None:
    assert numerics(ContecV7Decoder().feed(live(pi=pi, bar=bar), AT), Metric.PI) == [told]


@pytest.mark.parametrize(
    ("package", "state"),
    [
        (live(strength=0x80), ConditionKind.SENSOR_OFF),
        (live(strength=0x10), ConditionKind.SEARCHING),
        (live(pleth=0xA1), ConditionKind.SEARCHING),
    ],
)
def test_without_a_finger_or_a_pulse_there_is_no_number(package: bytes, state: ConditionKind) -> None:
    decoder = ContecV7Decoder()
    decoder.feed(live() * 2, AT)
    readings = decoder.feed(package * 12, AT)
    assert set(numerics(readings, Metric.SPO2)) == {None}
    assert set(numerics(readings, Metric.PR)) == {None}
    assert conditions(readings) == [(state, True)]
    assert bool(samples(readings)) is (state is ConditionKind.SEARCHING)
    assert absent(decoder.feed(live(), AT)) == [state]


def test_stored_values_never_become_live_ones() -> None:
    decoder = ContecV7Decoder()
    assert decoder.feed(STORED + bytes.fromhex("0f80e1c1e1c1e1c1"), AT) == []
    assert decoder.counters.frames == 2


@pytest.mark.parametrize("undocumented", ["0280818283848586ff", "0380818283848586", "068081ff", "14"])
def test_undocumented_packages_are_passed_over(undocumented: str) -> None:
    decoder = ContecV7Decoder()
    readings = decoder.feed(live() * 2 + bytes.fromhex(undocumented) + live() * 2, AT)
    assert qualities(readings, Metric.PR) == [Quality.QUESTIONABLE, Quality.OK]
    assert decoder.counters.resyncs == 0
    assert decoder.counters.skipped == len(bytes.fromhex(undocumented))


def test_a_cut_package_costs_only_itself() -> None:
    for length in range(1, 9):
        decoder = ContecV7Decoder()
        readings = decoder.feed(live() * 2 + live(pr=200)[:length] + live(pr=66) * 2, AT)
        assert numerics(readings, Metric.PR) == [65, 65, 66, 66], f"after {length} bytes"
        assert (decoder.counters.resyncs, decoder.counters.skipped) == (1, length)


@pytest.mark.parametrize(
    ("package", "kind", "words"),
    [
        ("0c80", ReplyKind.ACCEPTED, ""),
        ("0b81a180", ReplyKind.ACCEPTED, ""),
        ("0b81a185", ReplyKind.REFUSED, "does not know"),
        ("0d8081", ReplyKind.FAILED, "switched off"),
    ],
)
def test_answers_are_told_in_plain_words(package: str, kind: ReplyKind, words: str) -> None:
    (reply,) = replies(ContecV7Decoder().feed(bytes.fromhex(package), AT))
    assert reply.kind is kind
    assert words in reply.text


def test_live_data_are_started_from_a_known_state_and_kept_alive() -> None:
    decoder = ContecV7Decoder()
    stop_storage, stop, start, alive = (bytes.fromhex(f"7d81{code}808080808080") for code in ("a7", "a2", "a1", "af"))
    assert decoder.due(AT) == stop_storage + stop + start
    sent = []
    for tenth in range(1, 201):
        decoder.feed(live(), AT)
        sent.append(decoder.due(AT + tenth * SECOND // 10))
    assert [place + 1 for place, data in enumerate(sent) if data] == [50, 100, 150, 200]
    assert set(sent) == {b"", alive}
    assert decoder.closing() == stop


def test_a_device_that_fell_silent_is_started_again() -> None:
    decoder = ContecV7Decoder()
    start = decoder.due(AT)
    sent = [decoder.due(AT + second * SECOND) for second in range(1, 16)]
    assert sent[-1] == start
    assert start not in sent[:-1]


def test_every_value_carries_the_mark_and_the_wave_its_time() -> None:
    readings = ContecV7Decoder("bed 3", Quality.SIMULATED).feed(live() * 12, AT)
    assert qualities(readings, Metric.SPO2) == [Quality.SIMULATED | Quality.QUESTIONABLE, Quality.SIMULATED]
    (wave,) = [r for r in readings if isinstance(r, Waveform)]
    assert (wave.start, wave.rate_hz, wave.full_scale) == (AT - SECOND // 5, 60, 127)
    assert wave.quality is Quality.SIMULATED


def test_every_cut_of_a_capture_gives_the_same_readings() -> None:
    data = (
        live()[3:] + live() * 13 + b"\x0c\x80" + live(pr=200) * 2 + b"\x90\x02\x81" + STORED + live()[:4] + live() * 2
    )
    data += live(strength=0x80) + b"\x33" + live()[:6]
    whole = ContecV7Decoder()
    expected = whole.feed(data, AT)
    for cut in range(len(data) + 1):
        pieces = ContecV7Decoder()
        assert by_pieces(pieces, data, [cut]) == expected, f"cut at {cut}"
        assert (pieces.counters, pieces.pending) == (whole.counters, whole.pending)
    assert by_pieces(ContecV7Decoder(), data, [1] * len(data)) == expected


@given(spo2=st.integers(1, 100), pr=st.integers(18, 254), pi=st.integers(0, 2200))
def test_what_the_emulator_feels_is_what_the_decoder_tells(spo2: int, pr: int, pi: int) -> None:
    emulator, decoder = ContecV7Emulator(), ContecV7Decoder()
    readings = decoder.feed(emulator.receive(decoder.due(AT)), AT)
    assert [r.kind for r in replies(readings)] == [ReplyKind.ACCEPTED, ReplyKind.ACCEPTED]
    vitals = Vitals(spo2=spo2, pr=pr, pi=pi / 100, pleth=1.0)
    readings = decoder.feed(b"".join(emulator.step(vitals) for _ in range(12)), AT)
    assert numerics(readings, Metric.SPO2) == [spo2, spo2]
    assert numerics(readings, Metric.PR) == [pr, pr]
    assert numerics(readings, Metric.PI) == [pi / 100, pi / 100]
    assert samples(readings) == [127] * 12


def test_the_emulator_is_silent_until_asked_and_stops_when_nobody_keeps_it_alive() -> None:
    emulator, decoder = ContecV7Emulator(keep_alive_s=2), ContecV7Decoder()
    assert emulator.step(Vitals()) == b""
    emulator.receive(decoder.due(AT))
    assert sum(bool(emulator.step(Vitals())) for _ in range(600)) == 120
    emulator.receive(decoder.due(AT + 5 * SECOND))
    assert emulator.step(Vitals()) == b""
    assert emulator.receive(bytes.fromhex("7d81b5808080808080")) == bytes.fromhex("0b81b585")


def test_the_emulators_finger_out_searching_and_switching_off_reach_the_decoder() -> None:
    emulator, decoder = ContecV7Emulator(), ContecV7Decoder()
    emulator.receive(decoder.due(AT))
    assert conditions(decoder.feed(emulator.step(Vitals(attached=False)), AT)) == [(ConditionKind.SENSOR_OFF, True)]
    emulator.searching = True
    assert (ConditionKind.SEARCHING, True) in conditions(decoder.feed(emulator.step(Vitals()), AT))
    assert [r.kind for r in replies(decoder.feed(emulator.power_off(), AT))] == [ReplyKind.FAILED]
    assert emulator.step(Vitals()) == b""
