"""The files of a session, in every form in which it leaves the house."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from devices.readings import Metric
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.record.reader import RecordReader
from monitor.reports.chart_pdf import chart_pdf
from monitor.reports.clinic_time import iso_day
from monitor.reports.fhir.bundle import fhir_bundle
from monitor.reports.form_json import form_json
from monitor.reports.form_pdf import form_pdf
from monitor.reports.hl7 import session_file
from monitor.reports.kinds import Format
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.events import events_csv
from monitor.reports.tables.measurements import ParquetMissing, measurements_csv, measurements_parquet
from monitor.reports.tables.wfdb_files import wfdb_files

Files = Mapping[str, bytes]
"""Content by name, such as ``form.pdf``."""


class CannotBeWritten(Exception):
    """Why a session has no such file, as one sentence for a person."""


def files_of(found: SessionRecord, kind: Format, reader: RecordReader) -> Files:
    """The files of a session in a format; most have one.

    Raises: CannotBeWritten for a session that has none; RecordError while the record cannot be read.
    """
    demand_beginning(found)
    return WRITERS[kind](found, reader)


def demand_beginning(found: SessionRecord) -> None:
    """Without the event that opened it nobody knows whose a session is, and no mark of an artefact counts: so it leaves
    the house in no form.

    Raises: CannotBeWritten.
    """
    if found.session is None or found.figures is None:
        raise CannotBeWritten(f"The beginning of session {found.row.id} is damaged: run app.py verify.")


def folder_name(found: SessionRecord) -> str:
    """What the files of a session among those of others are called after: day, patient and id, safe on every disk."""
    patient = re.sub(r"[^A-Za-z0-9.-]+", "-", found.row.patient).strip("-.")
    return f"{iso_day(found.row.opened_us)}_{patient}_{found.row.id[:8]}"


def _pdf(found: SessionRecord, _: RecordReader) -> Files:
    return {"chart.pdf": chart_pdf(found)}


def _csv(found: SessionRecord, _: RecordReader) -> Files:
    return {"measurements.csv": measurements_csv(found), "events.csv": events_csv(found)}


def _parquet(found: SessionRecord, _: RecordReader) -> Files:
    try:
        return {"measurements.parquet": measurements_parquet(found)}
    except ParquetMissing as error:
        raise CannotBeWritten(str(error)) from error


def _wfdb(found: SessionRecord, reader: RecordReader) -> Files:
    return wfdb_files(found, {Metric.PLETH: reader.waveform(found.row.id, Metric.PLETH)})


def _fhir(found: SessionRecord, _: RecordReader) -> Files:
    return {"fhir.json": fhir_bundle(found)}


def _hl7(found: SessionRecord, _: RecordReader) -> Files:
    return {"messages.hl7": session_file(found)}


def _form(found: SessionRecord, _: RecordReader) -> Files:
    return {"form.pdf": form_pdf(_form_of(found))}


def _form_json(found: SessionRecord, _: RecordReader) -> Files:
    return {"form.json": form_json(_form_of(found))}


def _form_of(found: SessionRecord) -> MonitoringForm:
    if found.form is None:
        raise CannotBeWritten(f"Session {found.row.id} has no monitoring form.")
    return found.form


WRITERS: dict[Format, Callable[[SessionRecord, RecordReader], Files]] = {
    Format.PDF: _pdf,
    Format.CSV: _csv,
    Format.PARQUET: _parquet,
    Format.WFDB: _wfdb,
    Format.FHIR: _fhir,
    Format.HL7: _hl7,
    Format.FORM: _form,
    Format.FORM_JSON: _form_json,
}
