"""The protocols that Chairside speaks. A new device is one file and one line here."""

from __future__ import annotations

from devices.adapter import PortSettings, ProtocolInfo
from devices.cuffs.suntech_advantage import SunTechDecoder
from devices.cuffs.suntech_emulator import SunTechEmulator
from devices.oximeters.contec_v7 import ContecV7Decoder, ContecV7Emulator
from devices.oximeters.nonin_df2 import NoninDf2Decoder, NoninDf2Emulator
from devices.oximeters.nonin_df7 import NoninDf7Decoder, NoninDf7Emulator
from devices.oximeters.nonin_df8 import NoninDf8Decoder, NoninDf8Emulator

_SLOW = PortSettings(9600)


class UnknownProtocol(LookupError):
    """No protocol has this name; the text lists those that exist. Attribute ``name`` is what was asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"unknown protocol {name!r}; known are {', '.join(PROTOCOLS)}")


_ALL = (
    ProtocolInfo(
        name="nonin_df2",
        title="Nonin data format 2 (OEM III, Xpod, 3150, 9560)",
        kind="oximeter",
        port=_SLOW,
        decoder=NoninDf2Decoder,
        emulator=NoninDf2Emulator,
        stream=True,
        select=lambda source, mark: NoninDf2Decoder(source, mark, select=True),
    ),
    ProtocolInfo(
        name="nonin_df7",
        title="Nonin data format 7 (OEM III, Xpod, 3150, 9560)",
        kind="oximeter",
        port=_SLOW,
        decoder=NoninDf7Decoder,
        emulator=NoninDf7Emulator,
        stream=True,
        select=lambda source, mark: NoninDf7Decoder(source, mark, select=True),
    ),
    ProtocolInfo(
        name="nonin_df8",
        title="Nonin data format 8 (3150, 9560)",
        kind="oximeter",
        port=_SLOW,
        decoder=NoninDf8Decoder,
        emulator=NoninDf8Emulator,
        stream=True,
        select=lambda source, mark: NoninDf8Decoder(source, mark, select=True),
    ),
    ProtocolInfo(
        name="contec_v7",
        title="Contec V7.0 (CMS50D+ from firmware 4.6, CMS50E, CMS50F, CMS50I)",
        kind="oximeter",
        port=PortSettings(115200),
        decoder=ContecV7Decoder,
        emulator=ContecV7Emulator,
        stream=True,
    ),
    ProtocolInfo(
        name="suntech_advantage",
        title="SunTech Advantage OEM cuff module",
        kind="cuff",
        port=_SLOW,
        decoder=SunTechDecoder,
        emulator=SunTechEmulator,
        stream=False,
    ),
)

PROTOCOLS: dict[str, ProtocolInfo] = {info.name: info for info in _ALL}


def protocol(name: str) -> ProtocolInfo:
    """The protocol of this name; dashes may stand for underscores. Raises ``UnknownProtocol``."""
    try:
        return PROTOCOLS[name.replace("-", "_")]
    except KeyError:
        raise UnknownProtocol(name) from None
