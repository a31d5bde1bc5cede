"""Pages as the browser's own HTML. Dash keeps every component in a store and asks all of them about each new one: the
board's 450 took 1.5 s to appear. What no callback fills needs none of that.
"""

from __future__ import annotations

from html import escape
from typing import Any

from dash import html
from dash.development.base_component import Component

from monitor.web import ids

FILLED = {name for constant, name in vars(ids).items() if constant.isupper()}
"""The ids of parts that callbacks fill or listen to."""
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements that cannot have an inside."""


class Input:
    """A field to type in or to tick, which Dash has only as a component of its own framework: the browser's is enough
    for a form that no callback reads.
    """

    def __init__(self, **attributes: Any) -> None:
        self.attributes = attributes

    def html(self) -> str:
        """As text."""
        return f"<input{''.join(_attribute(name, value) for name, value in self.attributes.items())}>"


class Written:
    """Markup written as text: a drawing, which Dash has no parts for, and what would need thousands of them. Whoever
    writes it escapes what people typed.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def html(self) -> str:
        """As text."""
        return self._text


NAMES = {"className": "class", "htmlFor": "for"}
"""Attributes that a browser's script calls otherwise than HTML does."""


def lighten(part: Any) -> Any:
    """The same part of a page with as few components as it can have."""
    if isinstance(part, list):
        return [lighten(each) for each in part]
    if not isinstance(part, Component):
        return part
    if _is_settled(part):
        return _markup(part)
    if (children := getattr(part, "children", None)) is not None:
        part.children = lighten(children)
    return part


def _is_settled(part: Any) -> bool:
    """Whether it is plain HTML that no callback fills."""
    if not isinstance(part, Component):
        return True
    plain = type(part).__module__.startswith(html.__name__) and _tag(part) not in VOID
    own = _attributes(part)
    return plain and "style" not in own and own.get("id") not in FILLED and all(map(_is_settled, _children(part)))


def _markup(part: Component) -> dict[str, Any]:
    """A component of ``assets/15-markup.js``."""
    props = {"tag": _tag(part), "attributes": _attributes(part), "inside": _inside(part)}
    return {"namespace": "chairside", "type": "Markup", "props": props}


def to_html(part: Any) -> str:
    """A settled part as text."""
    if isinstance(part, Input | Written):
        return part.html()
    if not isinstance(part, Component):
        return escape(str(part))
    attributes = "".join(_attribute(name, value) for name, value in _attributes(part).items())
    return f"<{_tag(part)}{attributes}>{_inside(part)}</{_tag(part)}>"


def _attribute(name: str, value: Any) -> str:
    if value is False:
        return ""
    return f' {NAMES.get(name, name)}="{"" if value is True else escape(str(value))}"'


def _inside(part: Component) -> str:
    return "".join(map(to_html, _children(part)))


def _tag(part: Component) -> str:
    return type(part).__name__.lower()


def _attributes(part: Component) -> dict[str, Any]:
    given: dict[str, Any] = part.to_plotly_json()["props"]
    return {name: value for name, value in given.items() if name != "children"}


def _children(part: Component) -> list[Any]:
    children = getattr(part, "children", None)
    if children is None:
        return []
    return children if isinstance(children, list) else [children]
