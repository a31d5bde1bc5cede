"""What things are called in the messages.

Codes of measured values, units and devices are those of IEEE 11073-10101 (MDC), written as IHE PCD TF-2 has them:
number, name, ``MDC``. The code of a device's MDS, VMD and channel are its own plus 1, 2 and 3. Where no MDC code is
certain, LOINC stands; what a person charts has names of our own, under ``99CHAIRSIDE``.
"""

from __future__ import annotations

from typing import NamedTuple

from devices.readings import METRICS, Metric
from monitor.clinic.treatment.scales import SCALES, Scale

OWN = "99CHAIRSIDE"


class Code(NamedTuple):
    """A name in a coding system."""

    code: str
    text: str
    system: str


def _mdc(number: int, name: str) -> Code:
    return Code(str(number), name, "MDC")


def _own(code: str, text: str) -> Code:
    return Code(code, text, OWN)


_NAMES = {
    Metric.SPO2: "MDC_PULS_OXIM_SAT_O2",
    Metric.PR: "MDC_PULS_OXIM_PULS_RATE",
    Metric.PI: "MDC_PULS_OXIM_PERF_REL",
    Metric.RR: "MDC_RESP_RATE",
    Metric.SYS: "MDC_PRESS_BLD_NONINV_SYS",
    Metric.DIA: "MDC_PRESS_BLD_NONINV_DIA",
    Metric.MAP: "MDC_PRESS_BLD_NONINV_MEAN",
    Metric.TEMP: "MDC_TEMP_BODY",
}
MEASURED = {
    **{metric: _mdc(METRICS[metric].mdc or 0, name) for metric, name in _NAMES.items()},
    Metric.PR_NIBP: _mdc(149546, "MDC_PULS_RATE_NON_INV"),
    Metric.ETCO2: Code(METRICS[Metric.ETCO2].loinc or "", "EtCO2", "LN"),
}
"""By metric, of all that are numbers of a patient."""
PULSE_BY_HAND = _mdc(149514, "MDC_PULS_RATE")

PERCENT = _mdc(262688, "MDC_DIM_PERCENT")
BEATS = _mdc(264864, "MDC_DIM_BEAT_PER_MIN")
BREATHS = _mdc(264928, "MDC_DIM_RESP_PER_MIN")
MMHG = _mdc(266016, "MDC_DIM_MMHG")
CELSIUS = _mdc(268192, "MDC_DIM_DEGC")
MG = _mdc(263890, "MDC_DIM_MILLI_G")
ML = _mdc(263762, "MDC_DIM_MILLI_L")
ML_PER_H = _mdc(265266, "MDC_DIM_MILLI_L_PER_HR")
LITRES_PER_MIN = Code("L/min", "litre per minute", "UCUM")
SCORE = Code("{score}", "score", "UCUM")
UNITS = {
    Metric.SPO2: PERCENT,
    Metric.PR: BEATS,
    Metric.PI: PERCENT,
    Metric.RR: BREATHS,
    Metric.SYS: MMHG,
    Metric.DIA: MMHG,
    Metric.MAP: MMHG,
    Metric.PR_NIBP: BEATS,
    Metric.ETCO2: MMHG,
    Metric.TEMP: CELSIUS,
}

MONITOR_MDS = _mdc(69965, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS")
OXIMETER = (_mdc(69642, "MDC_DEV_ANALY_SAT_O2_VMD"), _mdc(69643, "MDC_DEV_ANALY_SAT_O2_CHAN"))
CUFF = (_mdc(69854, "MDC_DEV_METER_PRESS_BLD_VMD"), _mdc(69855, "MDC_DEV_METER_PRESS_BLD_CHAN"))
OTHER = (_mdc(69966, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_VMD"), _mdc(69967, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_CHAN"))
"""What the values of a device are hung under: its VMD and its channel."""

BY_DEVICE = Code("AMEAS", "auto-measurement", "MDC")
BY_HAND = Code("MMEAS", "manual-measurement", "MDC")
SET_BY_HAND = Code("MSET", "manual-setting", "MDC")
MEDIAN = _own("MEDIAN_1MIN", "Median of one minute")

CHARTED = _own("CHARTED", "Charted by a person")
"""What an entry of a person is, as an order (OBR-4)."""

RATE = _mdc(157784, "MDC_FLOW_FLUID_PUMP")
NASAL_DOSE = _own("DOSE_NASAL", "Nasal device given")
INFUSION_DOSE = _own("DOSE_INFUSION", "Infusion started, dose in the bag")
INFUSION_VOLUME = _own("INFUSION_VOLUME", "Infusion started, volume")
INFUSION_STATE = _own("INFUSION_STATE", "Infusion paused or resumed")
BOLUS = _own("DOSE_BOLUS", "Bolus given")
TOTAL_DOSE = _own("DOSE_TOTAL", "Dosing ended, given in all")
DOSING_END = _own("DOSING_END", "Dosing ended, how")
LOT = _own("LOT", "Lot")
MEDICINE = _own("MEDICINE", "Other medicine given")
OXYGEN = _own("OXYGEN", "Oxygen flow")


def assessment(scale: Scale) -> Code:
    """A scale that a patient was assessed by; the value is the result, of several items their sum."""
    return _own(f"SCALE_{scale.name}", SCALES[scale].label)
