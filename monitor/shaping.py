"""TOML tables into checked types, with errors that name the exact key, the value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T")


class Misshapen(Exception):
    """A value that does not fit. ``key`` is its place, such as ``rooms[2].devices[0].port``."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


def shape(raw: object, kind: type[T], key: str = "") -> T:
    """Convert parsed TOML to ``kind``: a struct, or what a struct's fields may hold.

    Raises: Misshapen at the first value that does not fit.
    """
    result: T = _shape(raw, kind, key)
    return result


def _shape(raw: Any, kind: Any, key: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(raw, kind, key)
    origin, inside = get_origin(kind), get_args(kind)
    if origin is list or (origin is tuple and inside[-1:] == (...,) and isinstance(raw, list)):
        if not isinstance(raw, list):
            raise Misshapen(key, f"{_shown(raw)} is not a list")
        return origin(_shape(item, inside[0], f"{key}[{index}]") for index, item in enumerate(raw))
    if origin is dict:
        if not isinstance(raw, dict):
            raise Misshapen(key, f"{_shown(raw)} is not a table")
        return {_shape(k, inside[0], f"{key}.{k}"): _shape(v, inside[1], f"{key}.{k}") for k, v in raw.items()}
    if inside and all(isinstance(each, type) and issubclass(each, msgspec.Struct) for each in inside):
        return _one_of(raw, inside, key)
    if type(None) in inside:
        kind = next(each for each in inside if each is not type(None)) if len(inside) == 2 else Union[inside]  # noqa: UP007
        return _shape(raw, kind, key)
    try:
        return msgspec.convert(raw, kind, strict=True)
    except msgspec.ValidationError as error:
        raise Misshapen(key, f"{_shown(raw)} is not allowed; allowed is {_allowed(kind)}") from error


def _struct(raw: Any, kind: type[msgspec.Struct], key: str) -> msgspec.Struct:
    if not isinstance(raw, Mapping):
        raise Misshapen(key, f"{_shown(raw)} is not a table")
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind)
    for name in raw:
        if name not in fields:
            near = difflib.get_close_matches(str(name), fields, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise Misshapen(_inside(key, name), f"this key is not known; {hint}allowed are {', '.join(fields)}")
    values = {}
    for name, field in fields.items():
        if name in raw:
            values[field.name] = _shape(raw[name], hints[field.name], _inside(key, name))
        elif field.required:
            raise Misshapen(_inside(key, name), f"is missing; give {_allowed(hints[field.name])}")
    return kind(**values)


def _one_of(raw: Any, kinds: tuple[type[msgspec.Struct], ...], key: str) -> msgspec.Struct:
    """A table of one of several kinds; the member that all of them name says which."""
    if not isinstance(raw, Mapping):
        raise Misshapen(key, f"{_shown(raw)} is not a table")
    by_tag = {str(kind.__struct_config__.tag): kind for kind in kinds}
    name = str(kinds[0].__struct_config__.tag_field)
    if name not in raw:
        raise Misshapen(_inside(key, name), f"is missing; give one of {', '.join(by_tag)}")
    if raw[name] not in by_tag:
        raise Misshapen(_inside(key, name), f"{_shown(raw[name])} is not known; known are {', '.join(by_tag)}")
    return _struct({each: value for each, value in raw.items() if each != name}, by_tag[raw[name]], key)


def _inside(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _shown(raw: object) -> str:
    text = f'"{raw}"' if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else text[:57] + "..."


def _allowed(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(str(value) for value in get_args(kind))
    if get_origin(kind) is tuple:
        inside = [each for each in get_args(kind) if each is not ...]
        many = "a list of" if ... in get_args(kind) else f"a list of {len(inside)}, each"
        return f"{many} {_allowed(inside[0])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(str(member.value) for member in kind)
    words = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
    return words.get(kind, "a table or a list of tables")
