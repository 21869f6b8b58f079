"""Markdown with YAML before it, between two lines of ``---``."""

from __future__ import annotations

import re
from typing import Any

import yaml

from engine.errors import InvalidInputError
from engine.exchange.lines import ROOM, check_storable, json_type

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


class _Loader(LOADER):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's way of configuring


class _Dumper(DUMPER):  # type: ignore[misc]
    """Quotes what this loader, or one of YAML 1.1, would not take for text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as above
        k: list(v) for k, v in DUMPER.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Every value is written out."""
        return True


for _name, _pattern, _first in CORE:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(PREFIX + _name, re.compile(rf"^(?:{_pattern})$"), _first)


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

    Raises InvalidInputError with the line for bad YAML, and for aliases, tags, keys that are no
    text or come twice, and what can't be stored.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInputError(f"front matter of {len(text):,} characters; at most {MAX_LENGTH:,}")
    loader = None
    try:
        loader = _Loader(_at_quoted(text))
        node = loader.get_single_node()
        value = None if node is None else _value(loader, node, set(), 0)
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 2}" if error.problem_mark else ""
        raise InvalidInputError(f"not YAML: {error.problem or error.context}{where}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidInputError(f"not readable as YAML: {type(error).__name__}: {error}") from None
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(value, dict):
        raise InvalidInputError(f"front matter: expected fields, found {json_type(value)}")
    check_storable("line", value, ROOM)
    return value


AT = re.compile(r"^((?:(?:assignee|reporter):|[ \t]*-)[ \t]+)(@[^\s#,]+)[ \t]*$", re.MULTILINE)
AT_LIST = re.compile(r"^((?:assignee|reporter):[ \t]*\[)([^\]\"'\n]*@[^\]\"'\n]*)\]", re.MULTILINE)


def _at_quoted(text: str) -> str:
    """``assignee: @ana`` is not YAML, but people and Backlog.md write it."""

    def quoted(found: re.Match[str]) -> str:
        names = (name.strip() for name in found[2].split(","))
        return found[1] + ", ".join(f'"{name}"' for name in names if name) + "]"

    return AT_LIST.sub(quoted, AT.sub(r'\1"\2"', text))


def _value(loader: Any, node: yaml.Node, seen: set[int], depth: int) -> Any:
    """The value of a node. One met twice is an alias: small files could stand for endless ones."""
    line = node.start_mark.line + 2
    if id(node) in seen:
        raise InvalidInputError(f"not readable: an alias (*) in line {line}; write the value out")
    if depth > ROOM:
        raise InvalidInputError(f"not readable: nested deeper than {ROOM}")
    seen.add(id(node))
    if not node.tag.startswith(PREFIX) or node.tag[len(PREFIX) :] not in _TAGS:
        raise InvalidInputError(f"not readable: the tag {node.tag[:60]!r} in line {line}")
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, seen, depth + 1) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(loader, node)
    fields: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None:
            raise InvalidInputError(f"a name of a field that is no text in line {line}")
        if key in fields:
            raise InvalidInputError(f"{key}: given twice")
        fields[key] = _value(loader, value_node, seen, depth + 1)
    return fields


_TAGS = frozenset({"str", "null", "bool", "int", "float", "seq", "map"})


def _scalar(loader: Any, node: yaml.ScalarNode) -> Any:
    if node.tag == f"{PREFIX}int":
        return int(node.value)
    return loader.construct_object(node)


def dump(fields: dict[str, Any]) -> str:
    """``fields`` as YAML that :func:`load` reads back."""
    return str(yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**30))
