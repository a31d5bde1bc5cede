"""What holds for every protocol in the registry."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.adapter import ProtocolInfo, Vitals
from devices.readings import METRICS, SECOND, Numeric, Quality, Reading, Waveform
from devices.registry import PROTOCOLS, UnknownProtocol, protocol
from tests.devices.captures import AT

every = pytest.mark.parametrize("info", PROTOCOLS.values(), ids=PROTOCOLS)
CHECKSUMMED = ("nonin_df2", "nonin_df7", "suntech_advantage")
MOST_PENDING = 32


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownProtocol) as error:
        protocol("nonin_df9")
    assert error.value.name == "nonin_df9"
    assert all(name in str(error.value) for name in ("nonin_df9", *PROTOCOLS))


def test_dashes_and_underscores_name_the_same_protocol() -> None:
    assert protocol("nonin-df2") is protocol("nonin_df2") is PROTOCOLS["nonin_df2"]


@every
def test_a_million_random_bytes_raise_nothing_and_pile_up_nowhere(info: ProtocolInfo) -> None:
    noise = random.Random(info.name)
    decoder = info.decoder("", Quality.OK)
    numbers = 0
    for _ in range(250):
        for reading in decoder.feed(noise.randbytes(4000), AT):
            numbers += isinstance(reading, Numeric) and reading.value is not None
        assert decoder.pending < MOST_PENDING
    if info.name in CHECKSUMMED:
        assert numbers <= 3, "noise was read as a patient's values"


@every
@given(pieces=st.lists(st.binary(max_size=60), max_size=20))
@settings(max_examples=200)
def test_whatever_comes_no_value_is_outside_what_a_body_can_have(info: ProtocolInfo, pieces: list[bytes]) -> None:
    decoder = info.decoder("", Quality.OK)
    for number, piece in enumerate(pieces):
        decoder.due(AT + number * SECOND)
        for reading in decoder.feed(piece, AT + number * SECOND):
            if isinstance(reading, Numeric) and reading.value is not None:
                limits = METRICS[reading.metric]
                assert limits.lowest <= reading.value <= limits.highest
        assert decoder.pending < MOST_PENDING


@every
@given(seed=st.integers(0, 1 << 32), damage=st.integers(1, 40))
@settings(max_examples=50)
def test_a_damaged_stream_is_found_again(info: ProtocolInfo, seed: int, damage: int) -> None:
    """Bytes are lost, added and changed; afterwards the decoder reads every frame again."""
    chance = random.Random(seed)
    decoder, emulator = info.decoder("", Quality.OK), info.emulator()
    clean = [emulator.receive(decoder.due(AT))]
    clean += [emulator.step(Vitals()) + emulator.receive(bytes.fromhex("3a79050048")) for _ in range(100)]
    dirty = bytearray(b"".join(clean))
    for _ in range(damage):
        place = chance.randrange(len(dirty))
        dirty[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    decoder.feed(bytes(dirty), AT)
    before = decoder.counters.frames
    after = [emulator.step(Vitals()) + emulator.receive(bytes.fromhex("3a79050048")) for _ in range(50)]
    decoder.feed(b"".join(after), AT)
    assert decoder.counters.frames - before >= 40


@every
def test_an_emulator_takes_any_bytes_from_the_host(info: ProtocolInfo) -> None:
    noise = random.Random(1)
    emulator = info.emulator()
    for _ in range(200):
        answer = emulator.receive(noise.randbytes(50))
        assert len(answer) < 300
        emulator.step(Vitals())


@every
def test_every_reading_carries_the_mark_and_the_source(info: ProtocolInfo) -> None:
    decoder, emulator = info.decoder("bed 3", Quality.SIMULATED), info.emulator()
    readings: list[Reading] = []
    for step in range(100):
        readings += decoder.feed(emulator.receive(decoder.due(AT + step * SECOND)), AT)
        readings += decoder.feed(emulator.step(Vitals()), AT)
    values = [r for r in readings if isinstance(r, Numeric | Waveform)]
    assert values
    assert all(r.quality & Quality.SIMULATED and r.source == "bed 3" for r in values)


@pytest.mark.parametrize("name", ["nonin_df2", "nonin_df7", "nonin_df8"])
def test_a_format_that_must_be_selected_has_its_decoder_in_the_registry(name: str) -> None:
    info = protocol(name)
    assert info.select is not None
    asking = info.select("bed 3", Quality.OK).due(AT)
    assert asking
    assert info.emulator().receive(asking) == b"\x06"
    assert info.decoder("bed 3", Quality.OK).due(AT) == b""
