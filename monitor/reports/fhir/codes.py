"""What Chairside measures, in the codes of LOINC, IEEE 11073-10101 and the profiles of FHIR.

LOINC of saturation, rates, temperature and pressures: FHIR R4, vital signs. 59408-5, 8889-8 and 61006-3 are LOINC's own
for values of a pulse oximeter. MDC codes as in ``devices.readings``.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from devices.readings import METRICS, Metric
from monitor.reports.fhir.elements import Element, coding, concept

LOINC = "http://loinc.org"
MDC = "urn:iso:std:iso:11073:10101"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
STATISTICS = "http://terminology.hl7.org/CodeSystem/observation-statistics"
PROFILES = "http://hl7.org/fhir/StructureDefinition/"


class Coded(NamedTuple):
    """The codes of a metric, the general ones first, and the vital-signs profile that it follows."""

    loinc: tuple[str, ...]
    mdc: int | None
    profile: str


CODED: dict[Metric, Coded] = {
    Metric.SPO2: Coded(("2708-6", "59408-5"), METRICS[Metric.SPO2].mdc, "oxygensat"),
    Metric.PR: Coded(("8867-4", "8889-8"), METRICS[Metric.PR].mdc, "heartrate"),
    Metric.PI: Coded(("61006-3",), METRICS[Metric.PI].mdc, "vitalsigns"),
    Metric.RR: Coded(("9279-1",), METRICS[Metric.RR].mdc, "resprate"),
    Metric.SYS: Coded(("8480-6",), METRICS[Metric.SYS].mdc, "bp"),
    Metric.DIA: Coded(("8462-4",), METRICS[Metric.DIA].mdc, "bp"),
    Metric.MAP: Coded(("8478-0",), METRICS[Metric.MAP].mdc, "bp"),
    Metric.PR_NIBP: Coded(("8867-4",), METRICS[Metric.PR_NIBP].mdc, "heartrate"),
    Metric.ETCO2: Coded((), METRICS[Metric.ETCO2].mdc, "vitalsigns"),
    Metric.TEMP: Coded(("8310-5",), METRICS[Metric.TEMP].mdc, "bodytemp"),
}
"""End-tidal carbon dioxide has no LOINC code here: published sources name two for it, with different units."""

PRESSURE_PANEL = (coding(LOINC, "85354-9"), coding(MDC, "150020"))
WEIGHT = coding(LOINC, "29463-7")
OXYGEN_FLOW = coding(LOINC, "3151-8")
NASAL, INTRAVENOUS = coding(SNOMED, "46713006"), coding(SNOMED, "47625008")
ESKETAMINE_NASAL_SPRAY = coding(RXNORM, "2201623")


@cache
def metric_concept(metric: Metric) -> Element:
    """A metric with all of its codes."""
    coded = CODED[metric]
    return concept(METRICS[metric].label, [*(coding(LOINC, code) for code in coded.loinc), *_mdc(metric)])


def stream_concept(metric: Metric) -> Element:
    """A metric as a device sends it, in the nomenclature of devices alone: LOINC codes of vital signs would claim that
    the stream is one value.
    """
    return concept(f"{METRICS[metric].label}, every second", _mdc(metric))


def _mdc(metric: Metric) -> list[Element]:
    code = CODED[metric].mdc
    return [] if code is None else [coding(MDC, str(code))]


def category(code: str) -> list[Element]:
    """What kind of observation it is."""
    return [{"coding": [coding(CATEGORY, code)]}]


@cache
def statistic(code: str) -> Element:
    """What a number says of the values that it stands for."""
    return concept(code.capitalize(), [coding(STATISTICS, code)])


def profile(name: str) -> str:
    """The address of a profile of FHIR itself."""
    return PROFILES + name
