"""Answers what the page of alarms asks for; whatever a browser sent, the answer is something to show."""

from __future__ import annotations

from typing import Any

from dash import no_update

from monitor.config import HOUSE, Config
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.service.house import NAME
from monitor.web import alarm_tables
from monitor.web.alarm_log import AlarmLog, LogRequest
from monitor.web.questions import UNREADABLE, checked
from monitor.web.what_if import NotTried, WhatIfDesk, WhatIfRequest


class AlarmDesk:
    """Takes the values of the page's two requests. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._log = AlarmLog(reader)
        self._what_if = WhatIfDesk(reader, config)
        self._names = {room.id: room.name for room in config.rooms} | {HOUSE: NAME}

    def list_alarms(self, data: Any, *, may_know: bool) -> tuple[Any, Any, Any]:
        """Figures, log, and the sessions to choose from; ``may_know`` who the patients are."""
        request = checked(LogRequest, data)
        if request is None:
            return [], alarm_tables.trouble("This cannot be listed."), []
        if not may_know:
            return [], alarm_tables.trouble("Sign in to see the alarm log.", request.run), []
        try:
            page = self._log.read(request)
        except RecordError as error:
            return [], alarm_tables.trouble(UNREADABLE.format(error), request.run), []
        log = alarm_tables.log(page, request.run, request.now, self._name)
        if request.only_list:
            return no_update, log, no_update
        choices = alarm_tables.session_choices(page.sessions, request.now, self._name)
        return alarm_tables.figures(page), log, choices

    def try_limits(self, data: Any, *, may_know: bool) -> Any:
        """What other limits would have made of the chosen sessions; ``may_know`` who the patients are."""
        request = checked(WhatIfRequest, data)
        if request is None:
            return alarm_tables.trouble("This cannot be tried.")
        if not may_know:
            return alarm_tables.trouble("Sign in to try other limits.", request.run)
        try:
            found = self._what_if.run(request)
        except NotTried as refused:
            return alarm_tables.refusal(refused.text, refused.field, request.run)
        except RecordError as error:
            return alarm_tables.trouble(UNREADABLE.format(error), request.run)
        return alarm_tables.outcome(found, request.run, self._name)

    def _name(self, room: str | None) -> str:
        """The name of a place; its id when it is not configured any more."""
        return self._names.get(room or "", room or "")
