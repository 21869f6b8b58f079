"""Values as bytes and back, by their type hints: what crosses a socket or is kept in the store.

Frozen dataclasses, enums, tuples and mappings become plain MessagePack; the hint on the other side
says what they were. Nothing is converted that the hint does not ask for: ``"7"`` stays a text, so
that the engine's own checks speak wherever a call comes from.
"""

from __future__ import annotations

import ast
import collections.abc
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from importlib import import_module
from typing import Any

import ormsgpack

Decoder = Callable[[Any], Any]
TEXT, NUMBER, PAIRS = 1, 2, 3
"""Extension types: a text with lone surrogates, a whole number beyond 64 bits, a map with such."""
PLAIN = (Any, object, str, int, float, bool, bytes, type(None), None)
ARRAYS = (list, collections.abc.Sequence, collections.abc.Collection, collections.abc.Iterable)
OPTIONS = ormsgpack.OPT_NON_STR_KEYS


def pack(value: object) -> bytes:
    """``value`` as MessagePack. Raises TypeError for what it can't carry."""
    try:
        return ormsgpack.packb(value, default=_other, option=OPTIONS)
    except TypeError:  # rare, so the walk that cures it is not paid for by every value
        try:
            return ormsgpack.packb(_carried(value), default=_other, option=OPTIONS)
        except RecursionError as error:
            raise TypeError("it is nested too deeply") from error


def _other(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(f"a {type(value).__name__} can't be sent")


def _carried(value: object) -> object:
    """``value`` with every text and number that MessagePack refuses as an extension."""
    if isinstance(value, Enum):
        value = value.value
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return _carried_map(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_carried(item) for item in value]
    return _carried_alone(value)


def _carried_map(value: Mapping[Any, Any]) -> object:
    pairs = [(_carried(key), _carried(item)) for key, item in value.items()]
    if any(isinstance(key, ormsgpack.Ext) for key, _ in pairs):  # no key of a map
        return ormsgpack.Ext(PAIRS, ormsgpack.packb(pairs, default=_other, option=OPTIONS))
    return dict(pairs)


def _carried_alone(value: object) -> object:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return ormsgpack.Ext(NUMBER, str(value).encode())
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> object:
    try:
        value.encode()
    except UnicodeEncodeError:
        return ormsgpack.Ext(TEXT, value.encode("utf-8", "surrogatepass"))
    return value


def unpack(data: bytes) -> Any:
    """Plain values again; :func:`decoder` gives them their types. Raises ValueError."""
    return ormsgpack.unpackb(data, ext_hook=_extension, option=OPTIONS)


def _extension(kind: int, data: bytes) -> object:
    if kind == TEXT:
        return data.decode("utf-8", "surrogatepass")
    if kind == NUMBER:
        return int(data)
    if kind == PAIRS:
        return dict(unpack(data))
    raise ValueError(f"an extension of type {kind}; there are {TEXT}, {NUMBER} and {PAIRS}")


@cache
def decoder(hint: Any) -> Decoder:
    """What makes a value of the type ``hint`` out of plain ones.

    Raises TypeError for a hint that it does not know; what it returns raises ValueError or
    TypeError for values that do not fit.
    """
    origin = typing.get_origin(hint)
    if hint in PLAIN:
        return _same
    if origin in GENERIC:
        return GENERIC[origin](typing.get_args(hint))
    return _class(hint)


def _same(value: Any) -> Any:
    return value


def _class(hint: Any) -> Decoder:
    if isinstance(hint, type):
        if issubclass(hint, Enum):
            return hint
        if is_dataclass(hint):
            return _dataclass(hint)
        if hasattr(hint, "_make"):  # a named tuple
            return _named(hint)
        if hint in {list, tuple, dict, collections.abc.Mapping}:
            return tuple if hint is tuple else _same
    raise TypeError(f"{hint!r} can't be sent")


def _dataclass(kind: type) -> Decoder:
    parts: dict[str, Decoder] = {}

    def make(value: Any) -> Any:
        if not parts:  # not before: a class may hold its own kind
            types_of = hints(kind)
            parts.update({f.name: decoder(types_of[f.name]) for f in fields(kind)})
        _expect(value, dict, kind)
        if unknown := value.keys() - parts.keys():
            raise ValueError(f"{kind.__name__} has no {', '.join(map(str, unknown))}")
        return kind(**{name: parts[name](item) for name, item in value.items()})

    return make


def _named(kind: Any) -> Decoder:
    parts = [decoder(hint) for hint in hints(kind).values()]
    return lambda value: kind._make(part(item) for part, item in zip(parts, value, strict=True))


def _tuple(inner: Sequence[Any]) -> Decoder:
    if len(inner) == 2 and inner[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        return _array(tuple, inner[:1])
    parts = [decoder(hint) for hint in inner]

    def make(value: Any) -> Any:
        _expect(value, list, tuple)
        return tuple(part(item) for part, item in zip(parts, value, strict=True))

    return make


def _array(kind: Callable[[Any], Any], inner: Sequence[Any]) -> Decoder:
    part = decoder(inner[0])

    def make(value: Any) -> Any:
        _expect(value, list, kind)
        return kind(map(part, value))

    return make


def _mapping(inner: Sequence[Any]) -> Decoder:
    key, item = map(decoder, inner)

    def make(value: Any) -> Any:
        _expect(value, dict, dict)
        return {key(k): item(v) for k, v in value.items()}

    return make


def _union(inner: Sequence[Any]) -> Decoder:
    others = [hint for hint in inner if hint is not type(None)]
    parts = [decoder(hint) for hint in others]
    if len(parts) == 1:
        return lambda value: None if value is None else parts[0](value)

    def make(value: Any) -> Any:
        if value is None:
            return None
        for hint, part in zip(others, parts, strict=True):
            if _looks_like(value, hint):
                return part(value)
        return value

    return make


def _looks_like(value: Any, hint: Any) -> bool:
    if is_dataclass(hint):
        return isinstance(value, dict) and value.keys() <= {each.name for each in fields(hint)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return any(value == member.value for member in hint)
    if typing.get_origin(hint) in {dict, collections.abc.Mapping}:
        return isinstance(value, dict)
    if typing.get_origin(hint) in {tuple, set, frozenset, *ARRAYS}:
        return isinstance(value, list)
    return isinstance(hint, type) and isinstance(value, hint)


GENERIC: dict[Any, Callable[[Sequence[Any]], Decoder]] = {
    typing.Literal: lambda _: _same,
    typing.Annotated: lambda inner: decoder(inner[0]),
    typing.Union: _union,
    types.UnionType: _union,
    tuple: _tuple,
    dict: _mapping,
    collections.abc.Mapping: _mapping,
    set: partial(_array, set),
    frozenset: partial(_array, frozenset),
    collections.abc.Set: partial(_array, frozenset),
    **{kind: partial(_array, list) for kind in ARRAYS},
}
"""By the origin of a hint, what makes a decoder of its arguments."""


def _expect(value: object, wanted: type, what: object) -> None:
    if not isinstance(value, wanted):
        name = getattr(what, "__name__", str(what))
        raise TypeError(f"expected a {name}, found {type(value).__name__}")


def hints(thing: Any) -> dict[str, Any]:
    """Type hints of a class or function, also where their names are imported for checkers only."""
    classes = thing.__mro__ if isinstance(thing, type) else (thing,)
    names = _Names()
    for each in classes:
        names.homes.update(_imported_for_types(each.__module__))
    return typing.get_type_hints(thing, localns=names)


class _Names(dict[str, Any]):
    """Names that modules import under ``if TYPE_CHECKING``, each imported when looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.homes: dict[str, tuple[str, str]] = {}

    def __missing__(self, name: str) -> Any:
        module, attribute = self.homes[name]
        return getattr(import_module(module), attribute)


@cache
def _imported_for_types(module: str) -> dict[str, tuple[str, str]]:
    """Where each name comes from that ``module`` imports under ``if TYPE_CHECKING``."""
    if not module.startswith("engine"):
        return {}
    found = {}
    for block in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING":
            for line in block.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    for name in line.names:
                        found[name.asname or name.name] = (line.module, name.name)
    return found
