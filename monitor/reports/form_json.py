"""The monitoring form as a file of its own."""

from __future__ import annotations

import msgspec

from monitor.clinic.monitoring_form.fields import MonitoringForm


def form_json(form: MonitoringForm) -> bytes:
    """The form as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(form), indent=2) + b"\n"
