"""Nonin data format 7: 75 frames a second of 16-bit pleth (Nonin OEM III specification, data format 7).

A frame is ``status pleth_high pleth_low slot checksum``. 9600 baud, 8N1.
"""

from __future__ import annotations

from devices.oximeters.nonin_packet import ALWAYS, PacketDecoder, PacketEmulator


class NoninDf7Decoder(PacketDecoder):
    """SpO2 and PR three times a second, PLETH 0..65535 at 75 Hz."""

    data_format = 7
    full_scale = 65535

    def _has_fixed_bits(self, frame: bytes) -> bool:
        return frame[0] >= ALWAYS

    def _parts(self, frame: bytes) -> tuple[int, int, int]:
        return frame[0], frame[1] << 8 | frame[2], frame[3]


class NoninDf7Emulator(PacketEmulator):
    """An OEM III module or Xpod that is strapped to format 7."""

    data_format = 7

    def _body(self, status: int, pleth: float, slot: int) -> bytes:
        return bytes([status, *round(pleth * 65535).to_bytes(2, "big"), slot])
