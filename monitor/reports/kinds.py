"""The forms in which a session leaves the house, by name."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What can be written of a session."""

    PDF = "pdf"
    CSV = "csv"
    PARQUET = "parquet"
    WFDB = "wfdb"
    FHIR = "fhir"
    HL7 = "hl7"
    FORM = "form"
    FORM_JSON = "form-json"


MEANINGS = {
    Format.PDF: "the chart on paper",
    Format.CSV: "measurements and events as tables",
    Format.PARQUET: "measurements as a typed table",
    Format.WFDB: "waves and numbers for research tools",
    Format.FHIR: "a FHIR R4 transaction as JSON",
    Format.HL7: "HL7 v2 messages, one a minute",
    Format.FORM: "the monitoring form as PDF",
    Format.FORM_JSON: "the monitoring form as JSON",
}
