"""Tells the format of a file or folder by what is in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange import beads, taskmaster, taskwarrior, vespera
from engine.exchange.lines import (
    BYTE_ORDER_MARK,
    ROOM,
    check_storable,
    json_type,
    numbered_lines,
    parse_json,
    parse_object,
)
from engine.exchange.names import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Error = tuple[int, str]
Numbered = tuple[int, dict[str, Any]]
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Content:
    """The JSON in a file: one document, or an object a line."""

    document: dict[str, Any] | None
    objects: tuple[Numbered, ...]
    """Line number, or place in the array from 1, and object."""
    errors: tuple[Error, ...]
    noun: str = "record"
    """What is numbered: line or record."""


def parse(path: str, data: bytes) -> Content:
    """What the file holds. Raises ImportFormatError if that is no JSON object at all."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    start = data.lstrip()[:1]
    if start == b"[":
        return _array(path, data)
    if start == b"{" and _is_one(data):
        return _document(path, data)
    return _lines(path, data)


def _is_one(data: bytes) -> bool:
    """Whether there is one JSON value over several lines, rather than one a line."""
    first = data.lstrip().split(b"\n", 1)[0].strip().removesuffix(b",")
    try:
        value = json.loads(first)
    except ValueError:
        return not first.endswith(b"}")  # it goes on in the next line
    except RecursionError:
        return False
    return isinstance(value, dict) and taskmaster.looks_like(value)


def _document(path: str, data: bytes) -> Content:
    try:
        value = parse_json(data)
    except InvalidInputError as error:
        raise ImportFormatError(f"{path!r}: {error}") from None
    if isinstance(value, dict) and taskmaster.looks_like(value):
        return Content(value, (), ())  # checked a task at a time
    try:
        found = _object(value)
    except InvalidInputError as error:
        raise ImportFormatError(f"{path!r}: {error}") from None
    return Content(found, ((1, found),), ())


def _array(path: str, data: bytes) -> Content:
    try:
        value = parse_json(data)
    except InvalidInputError as error:
        raise ImportFormatError(f"{path!r}: {error}") from None
    objects, errors = [], []
    for number, item in enumerate(value if isinstance(value, list) else [], start=1):
        try:
            objects.append((number, _object(item)))
        except InvalidInputError as error:
            errors.append((number, str(error)))
    if errors and not objects:
        raise ImportFormatError(f"{path!r}: {_unclear('an array without a task in it')}")
    return Content(None, tuple(objects), tuple(errors))


def _object(item: object) -> dict[str, Any]:
    """``item`` if it is an object that can be stored."""
    if not isinstance(item, dict):
        raise InvalidInputError(f"expected an object, found {json_type(item)}")
    check_storable("line", item, ROOM)
    return item


def _lines(path: str, data: bytes) -> Content:
    objects, errors = [], []
    for number, line in numbered_lines(data):
        try:
            objects.append((number, parse_object(line.removesuffix(b","))))
        except InvalidInputError as error:
            errors.append((number, str(error)))
    if errors and not objects:
        number, message = errors[0]
        raise ImportFormatError(
            f"{path!r} is no file of JSON objects, one a line: line {number}: {message}"
        )
    return Content(None, tuple(objects), tuple(errors), "line")


def detect(path: str, content: Content) -> str:
    """The format; ImportFormatError that names the formats, and what is there, if it is unclear."""
    if content.document is not None and taskmaster.looks_like(content.document):
        return "taskmaster"
    values = [value for _, value in content.objects]
    for name, looks_like in (
        ("beads", beads.looks_like),
        ("taskwarrior", taskwarrior.looks_like),
        ("vespera", vespera.looks_like),
    ):
        if 2 * sum(map(looks_like, values)) > len(values):
            return name
    if not values or any(map(vespera.looks_like, values)):
        return "vespera"
    seen = list(dict.fromkeys(_names(values)))
    raise ImportFormatError(f"{path!r}: {_unclear('objects with ' + ', '.join(seen[:SHOWN]))}")


def _names(values: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for value in values[:100]:
        yield from (repr(name[:30]) for name in list(value)[:SHOWN])


def _unclear(seen: str) -> str:
    known = ", ".join(FORMATS)
    return f"the format is not clear: {seen}; say which it is with --format: {known}"
