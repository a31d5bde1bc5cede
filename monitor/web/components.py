"""The small parts that pages are made of. The live script fills what carries ``data-bind`` and shows or hides what
carries ``data-show``; the nearest ancestor with ``data-room`` says whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from dash import html

from monitor.config import Room
from monitor.people.sign_ins import OPEN_PIN
from monitor.service.messages import Command, SetFault
from monitor.web.markup import Input

LONGEST_REASON = 200
"""How many characters a reason may have."""


def bound(name: str, class_name: str = "", text: str = "") -> html.Span:
    """A piece of text that follows the live state."""
    return html.Span(text, className=class_name, **{"data-bind": name})


def shown_when(condition: str, *children: Any, class_name: str = "") -> html.Div:
    """A block that is there only while the condition holds; ``!`` in front of it turns it around."""
    return html.Div(list(children), className=class_name, hidden=True, **{"data-show": condition})


def card(title: str, *children: Any, class_name: str = "", **attributes: Any) -> html.Section:
    """A titled box."""
    return html.Section([html.H2(title), *children], className=f"card pad {class_name}".strip(), **attributes)


def command_button(label: str, command: Command | SetFault, class_name: str = "btn", **attributes: Any) -> html.Button:
    """A button that sends a command when it is pressed."""
    body = msgspec.json.encode(command).decode()
    return html.Button(label, type="button", className=class_name, **{"data-command": body}, **attributes)


def opening_button(label: str, dialog: str, class_name: str = "btn") -> html.Button:
    """A button that opens a dialog of the page."""
    return html.Button(label, type="button", className=class_name, **{"data-open": dialog})


def answer() -> html.Output:
    """Where the answer to a form or a button beside it is said."""
    return html.Output(className="answer", **{"data-answer": "", "aria-live": "polite"})


def field(label: str, control: Any, name: str, hint: Any = None) -> html.Label:
    """A labelled control of a form, with the place where its problem is said."""
    return html.Label(
        [
            html.Span(label, className="label"),
            control,
            *([hint] if hint is not None else []),
            html.Span(className="problem", role="alert", **{"data-problem": name}),
        ],
        className="field",
    )


def page_title(children: Any, class_name: str = "") -> html.H1:
    """The heading of a page, which takes the focus when the page is opened from another one."""
    return html.H1(children, className=class_name, tabIndex=-1)


def text_input(
    name: str, *, number: bool = False, longest: int = 40, optional: bool = False, **attributes: Any
) -> Input:
    """A one-line input; a ``number`` is sent as one, with point or comma. An ``optional`` one that is empty is not
    sent.
    """
    if optional:
        attributes["data-optional"] = ""
    return Input(
        name=name,
        type="text",
        inputmode="decimal" if number else "text",
        autocomplete="off",
        spellcheck="false",
        maxlength=longest,
        className="number" if number else "",
        **attributes,
    )


def time_input(name: str) -> Input:
    """A time of today; empty is now. It is sent in microseconds."""
    return Input(name=name, type="time", className="number", **{"data-kind": "time", "data-optional": ""})


def pin_input(*, is_open: bool) -> Input:
    """An input for the PIN of who is signed in. In any form: ``pin`` goes beside the command, not into it."""
    return Input(
        name="pin",
        type="password",
        inputmode="numeric",
        autocomplete="off",
        maxlength=8,
        placeholder=f"PIN ({OPEN_PIN})" if is_open else "PIN",
        className="pin",
    )


def checkbox(name: str, label: str, *, value: str | None = None, checked: bool = False) -> html.Label:
    """A box to tick: sent as true or false, or with a ``value`` as a member of a list."""
    kind = "flag" if value is None else "list"
    given = {} if value is None else {"value": value}
    box = Input(name=name, type="checkbox", checked=checked, **given, **{"data-kind": kind})
    return html.Label([box, html.Span(label)], className="tick")


def choice(name: str, options: Mapping[str, str], *, kind: str = "text", optional: bool = False) -> html.Select:
    """A choice of one; ``kind`` ``flag`` sends yes as true and no as false."""
    attributes = {"data-kind": kind} | ({"data-optional": ""} if optional else {})
    return html.Select(
        [html.Option(label, value=value) for value, label in options.items()], name=name, className="btn", **attributes
    )


def form_actions(button: html.Button, *, close: str = "Cancel") -> html.Div:
    """The foot of a dialog's form: leave it, or do it."""
    return html.Div([close_button(close), button], className="actions")


def submit(label: str, look: str = "primary") -> html.Button:
    """The button that sends a form."""
    return html.Button(label, type="submit", className=f"btn {look}")


def addressed_form(address: str, *children: Any, **attributes: Any) -> html.Form:
    """A form whose named inputs go to an address of their own, not into a command."""
    return html.Form([*children], noValidate="noValidate", **{"data-address": address}, **attributes)


def addressed_button(label: str, address: str, body: dict[str, Any], **attributes: Any) -> html.Button:
    """A button that sends ``body`` to an address of its own when it is pressed."""
    data = {"data-address": address, "data-command": msgspec.json.encode(body).decode()}
    return html.Button(label, type="button", **data, **attributes)


def command_form(kind: type[Command], fixed: dict[str, Any], *children: Any, **attributes: Any) -> html.Form:
    """A form that sends a command of this kind: the ``fixed`` members and the named inputs."""
    data = {"data-command-type": kind.__name__, "data-fixed": msgspec.json.encode(fixed).decode()}
    return html.Form([*children], noValidate="noValidate", **data, **attributes)


def dialog(name: str, title: str, *children: Any, class_name: str = "", **attributes: Any) -> html.Dialog:
    """A dialog that ``opening_button`` opens. ``{}`` in its title stands for the patient for whom it was opened."""
    before, _, after = title.partition("{}")
    heading = html.H2([before, html.Span(**{"data-patient": ""}), after], id=f"{name}-title")
    labels = {"aria-labelledby": f"{name}-title", "aria-modal": "false"}
    return html.Dialog([heading, *children], id=name, className=f"dialog {class_name}".strip(), **labels, **attributes)


def close_button(label: str = "Cancel", *, focused: bool = False) -> html.Button:
    """Closes the dialog that it stands in. ``focused``: it has the focus at first, so that stray keys type nothing."""
    focus = {"data-focus": ""} if focused else {}
    return html.Button(label, type="button", className="btn", **{"data-close": ""}, **focus)


def form_dialog(
    name: str, title: str, room: Room, kind: type[Command], button: html.Button, *fields: Any, **attributes: Any
) -> html.Dialog:
    """A dialog with one form, which sends a command about the patient of this room."""
    form = command_form(kind, {"room": room.id}, *fields, answer(), form_actions(button), **attributes)
    return dialog(name, title, form)


def reason_field(label: str = "Reason", name: str = "reason") -> html.Label:
    """Where a person says why."""
    return field(label, text_input(name, longest=LONGEST_REASON), name)


def time_field(name: str = "given_at") -> html.Label:
    """When something was that is charted later."""
    return field("Time, empty for now", time_input(name), name)
