"""Lines of a JSON-lines file, each as an object that every store can keep."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, NoReturn, cast

from engine.errors import InvalidInputError
from engine.tasks import check_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNLIMITED = 2**62
MAX_DEPTH = 100
"""Values inside values inside values."""
ROOM = MAX_DEPTH + 20
"""As above for records of other trackers, which may hold such values a little deeper."""


def numbered_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """``(line number, text)`` of the lines that are not blank; numbers start at 1.

    Only LF ends a line (a CR before it is white space): JSON text may hold U+2028 and the like.
    """
    for number, line in enumerate(data.removeprefix(BYTE_ORDER_MARK).split(b"\n"), start=1):
        stripped = line.strip()
        if stripped:
            yield number, stripped


def parse_object(line: bytes, room: int = MAX_DEPTH) -> dict[str, Any]:
    """The JSON object in ``line``.

    Raises InvalidInputError for bad UTF-8, bad JSON, another type, a key given twice, and text
    that can't be stored.
    """
    value = parse_json(line)
    if not isinstance(value, dict):
        raise InvalidInputError(f"expected a JSON object, found {json_type(value)}")
    check_storable("line", value, room)
    return cast("dict[str, Any]", value)


def parse_json(data: bytes) -> object:
    """The JSON in ``data``, not yet checked to be storable; InvalidInputError if it is none."""
    try:
        return json.loads(
            data.decode(), parse_constant=_no_constant, object_pairs_hook=_distinct_keys
        )
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        where = f"in line {error.lineno} at" if error.lineno > 1 else "at"
        column = error.colno if error.lineno > 1 else error.pos + 1
        raise InvalidInputError(f"not JSON: {error.msg} {where} character {column}") from None
    except RecursionError:
        raise InvalidInputError("not readable: nested too deeply") from None
    except ValueError as error:  # a number with more digits than Python converts
        raise InvalidInputError(f"not readable: {error}") from None


def _no_constant(text: str) -> NoReturn:
    raise InvalidInputError(f"not JSON: {text} is no number")


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidInputError(f"{twice}: given twice")
    return found


def json_type(value: object) -> str:
    """What JSON calls the type of ``value``, with its article where it has one."""
    names = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list"}
    return "null" if value is None else names.get(type(value), "an object")


def check_storable(name: str, value: object, room: int = MAX_DEPTH) -> None:
    """Refuse NUL, lone surrogates, infinite numbers and, beyond ``room``, nesting in ``value``."""
    if room < 0:
        raise InvalidInputError(f"{name[:60]}: nested too deeply")
    if isinstance(value, str):
        check_text(name, value, UNLIMITED)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise InvalidInputError(f"{name}: number too large")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text("name of a field", key, UNLIMITED)
            check_storable(key if name == "line" else f"{name}.{key}", inner, room - 1)
    elif isinstance(value, list):
        for inner in value:
            check_storable(name, inner, room - 1)


def check_names(where: str, value: Mapping[str, object], allowed: Collection[str]) -> None:
    """Refuse a field that is not in ``allowed``, naming the nearest one that is."""
    for name in value:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(allowed)}"
            raise InvalidInputError(f"{where}{name[:60]!r}: unknown field; {hint}")


def list_of_objects(name: str, value: object) -> list[dict[str, Any]]:
    """``value`` if it is a list of objects; InvalidInputError otherwise."""
    if not isinstance(value, list):
        raise InvalidInputError(f"{name}: expected a list, found {json_type(value)}")
    for item in value:
        if not isinstance(item, dict):
            raise InvalidInputError(f"{name}: expected objects in it, found {json_type(item)}")
    return value
