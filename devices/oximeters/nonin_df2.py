"""Nonin data format 2: 75 frames a second of 8-bit pleth (Nonin OEM III specification, data format 2).

A frame is ``01 status pleth slot checksum``. 9600 baud, 8N1.
"""

from __future__ import annotations

from devices.oximeters.nonin_packet import ALWAYS, PacketDecoder, PacketEmulator

LEAD = 0x01


class NoninDf2Decoder(PacketDecoder):
    """SpO2 and PR three times a second, PLETH 0..255 at 75 Hz."""

    data_format = 2
    full_scale = 255

    def _has_fixed_bits(self, frame: bytes) -> bool:
        return frame[0] == LEAD and frame[1] >= ALWAYS

    def _parts(self, frame: bytes) -> tuple[int, int, int]:
        return frame[1], frame[2], frame[3]


class NoninDf2Emulator(PacketEmulator):
    """An OEM III module or Xpod that is strapped to format 2."""

    data_format = 2

    def _body(self, status: int, pleth: float, slot: int) -> bytes:
        return bytes([LEAD, status, round(pleth * 255), slot])
