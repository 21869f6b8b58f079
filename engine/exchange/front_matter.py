"""Markdown with YAML before it, between two lines of ``---``."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import yaml

from engine.errors import InvalidInputError
from engine.exchange.lines import ROOM, check_storable, json_type

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
MAX_LENGTH = 1_000_000
"""Characters of front matter."""
PREFIX = "tag:yaml.org,2002:"
CORE = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
        list("-+.0123456789"),
    ),
)
"""The plain scalars of YAML 1.2 that are no text; dates, ``yes`` and 1:30 stay text."""


class _Dumper(DUMPER):  # type: ignore[misc]
    """Quotes what this loader, or one of YAML 1.1, would not take for text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as above
        k: list(v) for k, v in DUMPER.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Every value is written out."""
        return True


for _name, _pattern, _first in CORE:
    _Dumper.add_implicit_resolver(PREFIX + _name, re.compile(rf"^(?:{_pattern})$"), _first)


def _text(dumper: Any, value: str) -> Any:
    style = None if value.isprintable() else '"'
    return dumper.represent_scalar(f"{PREFIX}str", value, style=style)


_Dumper.add_representer(str, _text)


def split(text: str) -> tuple[str, str]:
    """The front matter and the body after it, a CR before LF removed if the first line has one.

    Raises InvalidInputError when there is no front matter.
    """
    if text.startswith("---\r\n"):
        text = text.replace("\r\n", "\n")
    if not re.match(r"---[ \t]*\n", text):
        raise InvalidInputError("no front matter: the first line must be ---")
    found = re.compile(r"^---[ \t]*$\n?", re.MULTILINE).search(text, text.index("\n") + 1)
    if found is None:
        raise InvalidInputError("the front matter has no end: no second line of ---")
    return text[text.index("\n") + 1 : found.start()], text[found.end() :]


def load(text: str) -> dict[str, Any]:
    """The fields in a text of YAML, as JSON would have them.

    It is read event by event: composing a tree first overflows the stack of libyaml when the text
    is nested deeply. Raises InvalidInputError with the line for bad YAML, and for aliases, tags,
    keys that are no text or come twice, and what can't be stored.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInputError(f"front matter of {len(text):,} characters; at most {MAX_LENGTH:,}")
    try:
        value = _document(yaml.parse(_at_quoted(text), Loader=LOADER))
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 2}" if error.problem_mark else ""
        raise InvalidInputError(f"not YAML: {error.problem or error.context}{where}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInputError(f"not readable as YAML: {_one_line(error)}") from None
    if not isinstance(value, dict):
        raise InvalidInputError(f"front matter: expected fields, found {json_type(value)}")
    check_storable("line", value, ROOM)
    return value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


AT = re.compile(r"^((?:(?:assignee|reporter):|[ \t]*-)[ \t]+)(@[^\s#,]+)[ \t]*$", re.MULTILINE)
AT_LIST = re.compile(r"^((?:assignee|reporter):[ \t]*\[)([^\]\"'\n]*@[^\]\"'\n]*)\]", re.MULTILINE)


def _at_quoted(text: str) -> str:
    """``assignee: @ana`` is not YAML, but people and Backlog.md write it."""

    def quoted(found: re.Match[str]) -> str:
        names = (name.strip() for name in found[2].split(","))
        return found[1] + ", ".join(f'"{name}"' for name in names if name) + "]"

    return AT_LIST.sub(quoted, AT.sub(r'\1"\2"', text))


def _document(events: Iterator[yaml.Event]) -> Any:
    """The value of the first document; None if there is none."""
    for event in events:  # a stream, in it a document, in it the value
        if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            return None if isinstance(event, yaml.StreamEndEvent) else _value(event, events, ROOM)
    return None


def _value(event: yaml.Event, events: Iterator[yaml.Event], room: int) -> Any:
    """The value that begins with ``event``.

    An alias is refused: with those, small files could stand for endless ones.
    """
    line = _line(event)
    if isinstance(event, yaml.AliasEvent):
        raise InvalidInputError(f"not readable: an alias (*) in line {line}; write the value out")
    if room < 0:
        raise InvalidInputError(f"not readable: nested too deeply in line {line}")
    tag = getattr(event, "tag", None)
    if tag not in {None, "!"} and tag.removeprefix(PREFIX) not in {"str", "seq", "map"}:
        raise InvalidInputError(f"not readable: the tag {tag[:60]!r} in line {line}")
    if isinstance(event, yaml.SequenceStartEvent):
        inner = takewhile(lambda item: not isinstance(item, yaml.SequenceEndEvent), events)
        return [_value(item, events, room - 1) for item in inner]
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, room)
    if not isinstance(event, yaml.ScalarEvent):
        raise InvalidInputError(f"not readable as YAML in line {line}")
    return _scalar(event.value) if event.implicit[0] and tag is None else event.value


def _line(event: yaml.Event) -> int:
    """Of the file: from 1, and after the line that begins the front matter."""
    return event.start_mark.line + 2 if event.start_mark else 1


def _mapping(events: Iterator[yaml.Event], room: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise InvalidInputError(f"a name of a field that is no text in line {_line(event)}")
        if event.value in fields:
            raise InvalidInputError(f"{event.value}: given twice")
        fields[event.value] = _value(next(events), events, room - 1)
    return fields


def _scalar(text: str) -> Any:
    """A plain scalar of YAML 1.2."""
    kind = next((name for name, pattern, _ in CORE if re.fullmatch(pattern, text)), "")
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    return int(text) if kind == "int" else float(text) if kind == "float" else text


def dump(fields: dict[str, Any]) -> str:
    """``fields`` as YAML that :func:`load` reads back."""
    return str(yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**30))
