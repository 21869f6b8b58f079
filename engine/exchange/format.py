"""Reads a file of tasks in any format there is, recognised by its content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange import beads, vespera
from engine.exchange.identity import with_ids
from engine.exchange.lines import numbered_lines, parse_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine.tasks import TaskDraft

FormatName = Literal["auto", "vespera", "beads"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)
READERS: Mapping[str, Callable[[Mapping[str, Any]], TaskDraft]] = {
    "vespera": vespera.read_object,
    "beads": beads.read_object,
}
Error = tuple[int, str]
Given = TypeVar("Given")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What a file holds."""

    format: str
    drafts: tuple[tuple[int, TaskDraft], ...] = ()
    """Line number (from 1) and task; every task has an id, and no id comes twice."""
    errors: tuple[Error, ...] = ()
    """Line number and what is wrong with it, for each line that was left out."""


def read_file(path: str | Path, format: str = "auto") -> ParsedFile:  # noqa: A002 - the option's name
    """Everything in the file at ``path``.

    Raises ImportFormatError if the file can't be read, or holds lines but no JSON object at all;
    InvalidInputError for an unknown ``format``.
    """
    if format not in FORMATS:
        raise InvalidInputError(f"format: {format!r} is not one of {', '.join(FORMATS)}")
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ImportFormatError(f"{str(path)!r}: {error.strerror or error}") from None
    return _parse(str(path), data, format)


def _parse(path: str, data: bytes, name: str) -> ParsedFile:
    objects, errors = _collect(numbered_lines(data), parse_object)
    if errors and not objects:
        number, message = errors[0]
        raise ImportFormatError(
            f"{path!r} is no file of JSON objects, one a line: line {number}: {message}"
        )
    found = name if name != "auto" else detect([value for _, value in objects])
    drafts, unread = _collect(objects, READERS[found])
    kept, doubled = with_ids(drafts)
    return ParsedFile(found, tuple(kept), tuple(sorted(errors + unread + doubled)))


def _collect(
    lines: Iterable[tuple[int, Given]], read: Callable[[Given], Read]
) -> tuple[list[tuple[int, Read]], list[Error]]:
    done: list[tuple[int, Read]] = []
    errors: list[Error] = []
    for number, line in lines:
        try:
            done.append((number, read(line)))
        except InvalidInputError as error:
            errors.append((number, str(error)))
    return done, errors


def detect(objects: Sequence[Mapping[str, Any]]) -> str:
    """``beads`` if most lines have a field that only beads writes, else ``vespera``."""
    marked = sum(beads.looks_like(value) for value in objects)
    return "beads" if 2 * marked > len(objects) else "vespera"
